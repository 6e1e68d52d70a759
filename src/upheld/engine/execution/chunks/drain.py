"""Tables declared large are emptied of the chunk's rows in bounded transactions, before the chunk's own.

Only leaves whose rows all go: nothing hangs on them and nothing of them stays, so that parts of the work committed are parts of the work done. A
run that stops in between has fewer rows left to do, and its record counts what the last attempt met. Not taken: one transaction whatever the rows; it
holds locks and log for as long as a person with a million rows takes.
"""

from __future__ import annotations

from collections.abc import Callable

from upheld.engine.execution.chunks.chunk import SELECTS, rounds, take_set
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.plan.errors import drifted
from upheld.engine.plan.model import Refused
from upheld.engine.stores import Store
from upheld.engine.stores.sql.scripts import DRAIN_ROWS
from upheld.engine.stores.sql.statements import Script


def drain(session: Store, script: Script, values_of: Callable[[], ChunkValues], begin: Callable[[], None], fingerprint: str,
          check: Callable[[dict[int, int]], Refused | None]) -> dict[int, int] | Refused:  # fmt: skip
    """Rows deleted by step; Refused where the schema drifted or `check(rows so far by step)` stops before a commit."""
    done: dict[int, int] = {}
    for number, statement in script.drains.items():
        count = DRAIN_ROWS
        while count >= DRAIN_ROWS:
            begin()
            if session.fingerprint() != fingerprint:
                session.rollback()
                return drifted(session.name)
            values = values_of()
            _select(session, script, values)
            count = session.run(statement, values)
            done[number] = done.get(number, 0) + count
            problem = check(done)  # all of them: rows that a trigger copied count by the rows that it copied
            if problem is not None:
                session.rollback()
                return problem
            session.commit()
    return done


def _select(session: Store, script: Script, values: ChunkValues) -> None:
    for numbers in rounds(script, several=False):
        if not isinstance(script.steps[numbers[0]], SELECTS):
            return
        for number, answered in zip(numbers, session.together([script.statements[n] for n in numbers], values), strict=False):
            if answered.fault is not None:
                raise answered.fault
            take_set(values, script.steps[number], list(answered.rows))
