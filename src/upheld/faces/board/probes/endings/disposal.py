"""The clock of disposal: rows past their date must go within the promise's `within`, so a run of the calendar must have ended within that time before now.

Counts runs on record that carried out all that they were shown; a run that was begun and never ended is none. Whether anything is late is another
control's (`calendar:retention`); this one shows that somebody, or something, runs the calendar often enough to be in time.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.language.promises.model import After, Moment, Period, Pick, Program
from upheld.records.ledger import begin
from upheld.records.own import on_server

CONTROL, VERSION = "clock:disposal", "disposal-clock/1"
DAYS = {"days": 1, "working days": 1, "weeks": 7, "months": 28, "years": 365}
LONG_AGO = timedelta(days=4000)


def clocked(context: ProbeContext) -> list[Evidence]:
    """By clause that says how soon a row past its date is gone: the age of the last whole run."""
    due = periods_of(context.program)
    runs, last = _runs(context)
    return [_judged(context, clause, length, runs, last) for clause, length in due.items()]


def periods_of(program: Program) -> dict[str, timedelta]:
    """Clause → the shortest time that its promises to keep give for the end; working days and months count as few days."""
    found: dict[str, timedelta] = {}
    for promise in program.promises:
        if promise.verb == "retain" and promise.modality == "may" and promise.due is not None:
            length = _length(promise.due)
            if length is not None:
                found |= {clause: min(found.get(clause, length), length) for clause in promise.source.clauses}
    return found


def _length(moment: Moment) -> timedelta | None:
    match moment:
        case After(_, Period(amount, "hours"), _, _):
            return timedelta(hours=amount)
        case After(_, Period(amount, unit), _, _):
            return timedelta(days=amount * DAYS[unit])
        case Pick(_, of):
            return min(filter(None, map(_length, of)), default=None)
        case _:
            return None


def _runs(context: ProbeContext) -> tuple[int, datetime | None]:
    with context.own.connection() as connection:
        [(runs, last)] = connection.execute(
            "SELECT count(*), max(ended_at) FROM ask WHERE kind = 'retention' AND state = 'done'"
        )
    return int(runs), last


def _judged(context: ProbeContext, clause: str, length: timedelta, runs: int, last: datetime | None) -> Evidence:
    scope = frozenset({clause})
    if last is None:
        says = "no run of the calendar is on record yet"
        return evidence(context, CONTROL, VERSION, 0, "not run", says, scope=scope)
    age = context.now() - last
    late = age > length
    says = f"the calendar was last carried out {age.days} days ago; the clause allows {length.days}"
    detail = {"runs": runs, "days since": age.days, "days allowed": length.days}
    mend = "Run `upheld retain` every night." if late else ""
    return evidence(context, CONTROL, VERSION, runs, "failed" if late else "held", says, scope=scope, detail=detail, mend=mend)


@contextmanager
def _long_ago(context: ProbeContext) -> Iterator[ProbeContext]:
    """Records of our own making, whose last run of the calendar is years ago."""
    server, name = context.server(), f"shadow_{secrets.token_hex(6)}"
    own = on_server(server, name, pool_size=2)
    try:
        own.migrate()
        with own.connect() as connection:
            begin(connection, context.master, "shadow.example.test/ledger", context.now())
            at = context.now() - LONG_AGO
            connection.execute(
                "INSERT INTO ask (id, kind, subjects, asked_at, state, ended_at) VALUES ('R-0001', 'retention', 0, %s, 'done', %s)",
                [at, at],
            )
        yield replace(context, own=own, sandboxed=True)
    finally:
        own.let_go()
        server.drop_database(name)


DISPOSAL_CLOCK = Probe("disposal-clock", 1, frozenset({CONTROL}), clocked, _long_ago)
