"""What a cover is counted from becomes the rows whose end nobody can ever tell: a cell that cannot be read, a row that is not there, a birth date left out.

Such rows stay, and are told (L302). An event without a date is none of these: it has not come. Not taken: ending them with the last that is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from upheld.engine.estate.model import Category
from upheld.engine.plan.calendar.covers import BIRTH, Cover
from upheld.engine.plan.calendar.judged import Finding, Judged
from upheld.engine.plan.ends import (
    NEVER,
    Both,
    Dated,
    Elsewhere,
    Ends,
    First,
    Hop,
    Last,
    Named,
    NoneLeft,
    Not,
    NotTrue,
    Over,
    Unread,
    both,
    first,
    unread,
)

UNREAD = (
    "the promise's end is counted from a cell in which no moment can be read",
    "Write it as a day (2027-01-31), or in seconds since 1970, and mend these rows.",
)
NOWHERE = (
    "the promise's end is counted from a row that is not there, or from a birth date that is not known",
    "Say whose these rows are, or count the promise from a moment that each row bears.",
)


def untold(work: Judged, table: str, cover: Cover, columns: tuple[str, ...]) -> Iterator[Finding]:
    """Findings about rows of `table` whose end cannot be told; most have no row, which is counted elsewhere."""
    every = (cover.ends, *(move for move, *_ in cover.moves))
    cells = [one for ends in every for one in unread(ends) if _may_be_unread(work, table, one)]
    lost = [one for ends in every if (one := _nowhere(work, table, ends)) != NEVER]
    for found, said in ((cells, UNREAD), (lost, NOWHERE)):
        if found:
            yield Finding("L302", work.store.store, table, columns, cover.why.clauses, *said, first(*found))


def _may_be_unread(work: Judged, table: str, cell: Ends) -> bool:
    """Whether the column's type admits anything but moments; a column of SQLite admits anything."""
    while isinstance(cell, Not) and isinstance(cell.of, NoneLeft) and cell.of.still is not None:
        table, cell = cell.of.hops[-1].table, cell.of.still
    assert isinstance(cell, Unread)
    return work.store.engine == "sqlite" or work.live.tables[table].column(cell.column).family not in ("date", "timestamp")


def _nowhere(work: Judged, table: str, ends: Ends) -> Ends:
    """Over for a row of which `ends` can never be over, whatever may come."""
    match ends:
        case Dated(column=column) if _is_birth(work, table, column):
            return NotTrue(first(ends, Not(ends)))
        case Over(hops=hops, ends=inner) if _is_owned(work, table, hops):
            there = _nowhere(work, hops[-1].table, inner)
            nobody = NoneLeft(hops, None, None)
            return nobody if there == NEVER else first(nobody, Not(NoneLeft(hops, there, None)))
        case Both(of=of):
            found = [one for each in of if (one := _nowhere(work, table, each)) != NEVER]
            return first(*found) if found else NEVER
        case First(of=of) | Last(of=of):
            found = [_nowhere(work, table, each) for each in of]
            return both(*found) if found and NEVER not in found else NEVER
        case Elsewhere():
            return NotTrue(first(ends, Not(ends)))  # nobody bears the identifier
        case Named():
            return Not(ends)
        case _:
            return NEVER


def _is_owned(work: Judged, table: str, hops: tuple[Hop, ...]) -> bool:
    """Whether the way leads up to owners alone. By another key it leads to what may yet be said: a trip that has no ship so far."""
    for hop in hops:
        if not any((link.parent, link.columns) == (hop.table, hop.at) for link in work.store.tables[table].owning):
            return False
        table = hop.table
    return all(hop.up for hop in hops)


def _is_birth(work: Judged, table: str, column: str) -> bool:
    role = work.store.tables[table].column(column).role
    return isinstance(role, Category) and role.leaf == BIRTH
