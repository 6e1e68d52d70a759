"""From a row to other rows by hops, and the day on which a rule that counts there lets go: over dicts, without SQL."""

from __future__ import annotations

from datetime import date

from tests.oracle.case import Case, Place
from upheld.engine.plan.ends import Dated, Hop, Over


def reached(case: Case, place: Place, hops: tuple[Hop, ...]) -> set[Place]:
    """The rows at the end of the way."""
    here = {place}
    for hop in hops:
        found = set()
        for at in here:
            row = case.row(at)
            for n, there in enumerate(case.rows[at[0], hop.table]):
                bearer = row if hop.up else there
                if hop.when is not None and bearer[hop.when[0]] != hop.when[1]:
                    continue
                pairs = [(there[c], row[a]) for c, a in zip(hop.columns, hop.at, strict=True)]
                if all(value is not None and value == other for value, other in pairs):
                    found.add((at[0], hop.table, n))
        here = found
    return here


def days_at(case: Case, place: Place, over: Over) -> list[date | None]:
    """The dates of the event in every row that the way leads to."""
    assert isinstance(over.ends, Dated)
    values = [case.row(at)[over.ends.column] for at in reached(case, place, over.hops)]
    return [None if value is None else date.fromisoformat(str(value)[:10]) for value in values]
