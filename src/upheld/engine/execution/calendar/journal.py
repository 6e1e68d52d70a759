"""A calendar's chunks become records and leaves: clause, method and counts, of nobody in particular.

No tombstone is laid: after a restore the calendar finds the same rows past their date again, by what they say themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from upheld.engine.execution.errors import refused
from upheld.engine.execution.journal import ChunkRecord
from upheld.engine.execution.own_journal import OwnJournal
from upheld.engine.plan.model import Refused
from upheld.engine.plan.steps import BlankColumns, CutLink, DeleteRows, EditDocument
from upheld.records.keys import MasterKey, hash_key
from upheld.records.ledger import Leaf
from upheld.records.people.tombstones import Erased


def token_secret(connection: psycopg.Connection, master: MasterKey, now: datetime) -> str:
    """What tokens of the calendar are made from: the same in every run, so that a blank cell is seen to be blank. 1 statement."""
    return hash_key(connection, master, "retention", "tokens", now).hex()


METHODS = ((DeleteRows, "erased"), (BlankColumns, "blanked"), (EditDocument, "blanked"), (CutLink, "cut"))


@dataclass(slots=True)
class CalendarJournal(OwnJournal):
    """See OwnJournal; the subjects of a chunk are nobody. `restrictions`: the number of the latest restriction that the run knows."""

    restrictions: int | None = None

    def guard(self, refs: Sequence[str]) -> Refused | None:
        """No hold can be accepted until `done` or `release`. Refused if one is there that the plan does not know, whomever it names."""
        refusal = OwnJournal.guard(self, refs)
        if refusal is not None:
            return refusal
        connection = self._guarding()
        connection.execute("LOCK TABLE hold, person_restriction IN SHARE MODE")
        rows = connection.execute(
            "SELECT (SELECT count(*) FROM hold WHERE ended_at IS NULL AND until > %s AND id <> ALL (%s)) "
            "+ (SELECT count(*) FROM person_restriction WHERE lifted_at IS NULL AND serial > coalesce(%s, serial))",
            [self.now().date(), sorted(self.holds), self.restrictions],
        ).fetchone()
        if rows is None or not rows[0]:
            return None
        self.release()
        return refused(
            "X207", f"{rows[0]} that the plan does not know", "Run `upheld retain` again; what the hold names will stay."
        )

    def _leaves(self, record: ChunkRecord, now: datetime, subjects: bool) -> list[Leaf]:
        at = self._place(record.store)
        steps = self.plan.stores[at].steps
        counts: dict[str, int] = {}
        clauses: set[str] = set()
        for number, rows in record.rows.items():
            method = next((word for kind, word in METHODS if isinstance(steps[number], kind)), "touched")
            counts[method] = counts.get(method, 0) + rows
            if rows:
                clauses |= set(steps[number].why.clauses)
        counts["left"] = record.left
        return [
            Leaf(
                "retention:chunk:done", now, tuple(sorted(clauses)), counts, plan=self.plan.digest, chunk=record.chunk, step=at
            )
        ]

    def _buried(self, store: str, refs: Sequence[str]) -> list[Erased]:
        return []

    def chunks(self, store: str) -> int:
        """How many chunks of this store are on record."""
        return len([1 for name, _ in self._records if name == store])
