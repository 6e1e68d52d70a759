"""The board's own records: evidence, twins, causes, attestations and days become rows, and rows become them again.

Evidence and twins only grow. Each function takes a connection and lives in its caller's transaction, so that a ledger leaf
and its evidence are both there or neither. Not taken: the state of a clause as a column that somebody could set; a day's
state is a copy for the history and is never read to judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from upheld.faces.board.model import Attestation, Cause, ClauseState, Coverage, Evidence, State

# Per control the newest evidence of each scope is enough to judge; older rows stay for the history.
NEWEST = """
SELECT DISTINCT ON (e.control, e.scope) e.control, e.probe, e.at, e.exercised, e.outcome, e.canary, e.scope, e.bypasses,
       e.coverage, e.detail, e.says, e.mend, e.leaf::text, n.n,
       (SELECT max(t.at) FROM board_twin t WHERE t.notice = e.notice AND t.control = e.control AND t.probe = e.probe AND t.red
          AND t.at >= COALESCE((SELECT max(g.at) FROM board_twin g
                                WHERE g.notice = e.notice AND g.control = e.control AND g.probe = e.probe AND NOT g.red), '-infinity'))
  FROM board_evidence e LEFT JOIN ledger_entry n ON n.id = e.leaf
 WHERE e.notice = %s
 ORDER BY e.control, e.scope, e.at DESC, e.serial DESC
"""


class Connection(Protocol):
    """A connection to our own database, as `records.own` lends it."""

    def execute(self, query: Any, params: Any = None) -> Any: ...


def add_evidence(connection: Connection, notice: str, evidence: Evidence) -> None:
    """One row, under the leaf that `evidence` names."""
    coverage = evidence.coverage and [evidence.coverage.reached, evidence.coverage.of, evidence.coverage.noun]
    connection.execute(
        "INSERT INTO board_evidence VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            evidence.leaf, notice, evidence.control, evidence.probe, evidence.at, evidence.exercised, evidence.outcome,
            evidence.canary, sorted(evidence.scope), list(evidence.bypasses), json.dumps(coverage) if coverage else None,
            json.dumps(dict(evidence.detail)), evidence.says, evidence.mend,
        ],
    )  # fmt: skip


def newest_evidence(connection: Connection, notice: str) -> tuple[Evidence, ...]:
    """The newest evidence of each control and scope, with its entry and the last moment its twin was red.

    A twin that stayed green takes the earlier reds with it: `twin_red` counts only reds after the last green.
    """
    return tuple(_evidence(row) for row in connection.execute(NEWEST, [notice]))


def add_twin(connection: Connection, notice: str, control: str, probe: str, at: datetime, red: bool, says: str) -> None:
    """One row: the twin of `probe` was tried on `control`."""
    connection.execute(
        "INSERT INTO board_twin VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [notice, control, probe, at, red, says],
    )


def newest_twins(connection: Connection, notice: str) -> dict[tuple[str, str], tuple[datetime, bool]]:
    """By control and probe: when the twin was last tried, and whether it went red."""
    rows = connection.execute(
        "SELECT DISTINCT ON (control, probe) control, probe, at, red FROM board_twin WHERE notice = %s "
        "ORDER BY control, probe, at DESC",
        [notice],
    )
    return {(control, probe): (at, red) for control, probe, at, red in rows}


def open_causes(connection: Connection, notice: str, failed: Iterable[Evidence]) -> None:
    """Each failed control has one open cause for its scope; one that is open already stays as it was."""
    for evidence in failed:
        connection.execute(
            """INSERT INTO board_cause (id, notice, control, scope, opened, says)
               SELECT 'C-' || lpad((count(*) + 1)::text, 4, '0'), %(notice)s, %(control)s, %(scope)s, %(at)s, %(says)s
                 FROM board_cause
               ON CONFLICT (notice, control, scope) WHERE closed IS NULL DO NOTHING""",
            {
                "notice": notice, "control": evidence.control, "scope": sorted(evidence.scope), "at": evidence.at,
                "says": evidence.says,
            },
        )  # fmt: skip


def causes(connection: Connection, notice: str) -> tuple[Cause, ...]:
    """All causes of the notice, closed ones too, oldest first."""
    rows = connection.execute(
        "SELECT id, control, scope, opened, says, closed, because, closed_by FROM board_cause WHERE notice = %s ORDER BY serial",
        [notice],
    )
    return tuple(Cause(i, c, frozenset(s), o, says, d, b, by) for i, c, s, o, says, d, b, by in rows)


def close_cause(connection: Connection, cause: str, because: str, by: str, at: datetime) -> bool:
    """The cause is closed; False if there is none of this id that is open. The control still has to be found held."""
    done = connection.execute(
        "UPDATE board_cause SET closed = %s, because = %s, closed_by = %s WHERE id = %s AND closed IS NULL",
        [at, because, by, cause],
    )
    return bool(done.rowcount)


def attestations(connection: Connection, clauses: Iterable[str]) -> tuple[Attestation, ...]:
    """The newest attestation of each of these clauses, lapsed ones too."""
    rows = connection.execute(
        """SELECT DISTINCT ON (a.clause) a.clause, a.signed_by, a.role, a.at, a.until, n.n
             FROM board_attestation a LEFT JOIN ledger_entry n ON n.id = a.leaf
            WHERE a.clause = ANY(%s) ORDER BY a.clause, a.at DESC""",
        [list(clauses)],
    )
    return tuple(Attestation(*row) for row in rows)


def add_attestation(connection: Connection, leaf: str, attestation: Attestation) -> None:
    """One row, under the leaf in which it was signed."""
    a = attestation
    connection.execute(
        "INSERT INTO board_attestation VALUES (%s, %s, %s, %s, %s, %s)", [leaf, a.clause, a.by, a.role, a.at, a.until]
    )


def note_day(connection: Connection, notice: str, day: date, found: Iterable[ClauseState]) -> None:
    """The day's last state of each clause; an earlier run of the same day is overwritten."""
    rows = list(found)
    connection.execute(
        """INSERT INTO board_day SELECT %s, c, %s, s FROM unnest(%s::text[], %s::text[]) AS t(c, s)
           ON CONFLICT (notice, clause, day) DO UPDATE SET state = excluded.state""",
        [notice, day, [c.id for c in rows], [c.state for c in rows]],
    )


def history(connection: Connection, notice: str) -> Mapping[str, tuple[tuple[date, State], ...]]:
    """By clause, the last state of each day that had a run, oldest first."""
    found: dict[str, list[tuple[date, State]]] = {}
    for clause, day, state in connection.execute(
        "SELECT clause, day, state FROM board_day WHERE notice = %s ORDER BY clause, day", [notice]
    ):
        found.setdefault(clause, []).append((day, state))
    return {clause: tuple(days) for clause, days in found.items()}


def _evidence(row: tuple[Any, ...]) -> Evidence:
    control, probe, at, exercised, outcome, canary, scope, bypasses, coverage, detail, says, mend, leaf, entry, red = row
    return Evidence(
        control, probe, at, exercised, outcome, canary, frozenset(scope), red, tuple(bypasses),
        Coverage(*coverage) if coverage else None, detail, says, mend, leaf, entry,
    )  # fmt: skip
