"""Events that promises are counted from become waits: rows that bear one, and rows by which it is found, stay until nothing counts on it.

Each wait says of a row that none of certain others is left. Circles of tables are walked in passes of the run; what a row counts on stays until its last.
"""

from __future__ import annotations

from collections.abc import Mapping

from upheld.engine.estate.model import Event, Table
from upheld.engine.plan.calendar.covers import Cover
from upheld.engine.plan.calendar.judged import Changes, Judged, keys_into
from upheld.engine.plan.calendar.ways import back
from upheld.engine.plan.ends import (
    NEVER,
    Both,
    Elsewhere,
    Ends,
    First,
    Holds,
    Hop,
    Last,
    NoneLeft,
    Not,
    NotTrue,
    Over,
    both,
    elsewheres,
    first,
    own_columns,
    reached_columns,
)
from upheld.engine.plan.passes.fates import nullable_of


def spare_events(work: Judged, table: Table) -> None:
    """The event that a promise is counted from stays as long as any row counts on it: in its own row, and in others."""
    for group, treated in work.groups.get(table.name, ()):
        named = {(hops, one.column) for hops, one in elsewheres(group.cover.ends)}
        for column in own_columns(group.cover.ends):
            if (table.name, column) in work.ends:
                only_asked = ((), column) in named and not isinstance(table.column(column).role, Event)
                free = first(group.cover.ends, is_held(group.cover)) if only_asked and group.cover.held else group.cover.ends
                work.ends[table.name, column] = both(work.ends[table.name, column], free)
        for hops, columns in reached_columns(group.cover.ends):
            still: Ends = Holds(table.key, treated.changes)
            if group.cover.held:
                # What is held by now is on record by key, and counts on nothing any more.
                still = both(still, NotTrue(is_held(group.cover)))
            _wait(work, table.name, hops, still, group.cover.ends, events=any((hops, c) not in named for c in columns))


def _wait(work: Judged, table: str, hops: tuple[Hop, ...], still: Ends | None, going: Ends | None, events: bool = True) -> None:
    """Rows at the end of the way wait, event and all, for the rows of `table`; rows on the way stay, for without them the event is not found."""
    for n, hop in enumerate(hops, 1):
        waiting = NoneLeft(back(work.store, table, hops[:n]), still, going)
        before = (work.waits if events and n == len(hops) else work.passed).setdefault(hop.table, [])
        if hop.table != table and waiting not in before:
            before.append(waiting)


def waited_for(ends: Ends) -> frozenset[str]:
    """The tables of which no row may be left before it is over."""
    match ends:
        case NoneLeft(hops=hops):
            return frozenset({hops[-1].table})
        case Over(ends=one) | Not(of=one) | NotTrue(of=one):
            return waited_for(one)
        case Both(of=of) | First(of=of) | Last(of=of):
            return frozenset().union(*(waited_for(one) for one in of))
        case _:
            return frozenset()


def keep_events(work: Judged, table: str, cover: Cover) -> None:
    """Cells that no step ends, or a person must, are still counted from their event: without it their time would never be over."""
    for column in own_columns(cover.ends):
        if (table, column) in work.ends:
            work.ends[table, column] = NEVER
    for hops, _ in reached_columns(cover.ends):
        _wait(work, table, hops, None, None)


def is_held(cover: Cover) -> Ends:
    """Whether the ordinary period is over and something still keeps the cells."""
    return both(cover.ordinary, NotTrue(both(*(stay.ends for stay in cover.held))))


def wait_for_circle(work: Judged, name: str) -> None:
    """A row of tables that wait for each other goes in a later pass, when its cells are blank already: until then what it counts on stays."""
    ends = work.bare.get(name)
    for there, waits in sorted(work.waits.items()):
        if ends is not None and there not in work.bare:
            ways = dict.fromkeys(wait.hops for wait in waits if wait.hops[-1].table == name)
            work.circles.setdefault(there, []).extend(NoneLeft(hops, ends, ends) for hops in ways)


def outlives(work: Judged, table: Table, parent: str) -> bool:
    """Whether rows of `parent` count on rows that they own, and can let go of them: which of the two went first would else decide."""
    waits = (*work.waits.get(table.name, ()), *work.passed.get(table.name, ()))
    if not any(wait.hops[-1].table == parent for wait in waits):
        return False
    keys = [key for child, key in keys_into(work, parent) if child == table.name]
    return all(nullable_of(work.live.tables[table.name], key.columns) for key in keys)


def spare_afar(work: Judged, all_stores: Mapping[str, Judged]) -> None:
    """Rows of other stores that bear an event, the rows by which it is found, and the identifier itself stay until nothing here counts on them."""
    covers = [(name, group.cover, treated.changes) for name, groups in sorted(work.groups.items()) for group, treated in groups]
    for name, cover, changes in (*covers, *((name, cover, None) for name, cover in work.stuck)):
        for hops, one in elsewheres(cover.ends):
            if one.store in all_stores:
                there = all_stores[one.store]
                _wait_afar(there, one, _counting(work, name, cover, changes, hops, one, pending=False))
                bearer = hops[-1].table if hops else name
                if hops and changes is not None and (bearer, one.column) in work.ends:
                    counts = both(_counts(work, name, cover, changes), *([NotTrue(is_held(cover))] if cover.held else []))
                    late = NoneLeft(back(work.store, name, hops), counts, cover.ends)
                    work.ends[bearer, one.column] = both(work.ends[bearer, one.column], late)
                if (one.table, one.at) in there.ends:
                    # What is over by now needs the identifier no more: else two tables that count on each other would wait for ever.
                    free = Not(_counting(work, name, cover, changes, hops, one, pending=True))
                    there.ends[one.table, one.at] = both(there.ends[one.table, one.at], free)


def _counting(
    work: Judged, name: str, cover: Cover, changes: Changes | None, hops: tuple[Hop, ...], one: Elsewhere, *, pending: bool
) -> Ends:
    """Whether a row of `name` that bears the identifier, or that such a row owns, counts on what stands there. `pending`: and is not over yet."""
    table = work.store.tables[name]
    still: Ends = Holds(table.key, changes) if changes is not None else both()
    going = cover.ends if changes is not None else None
    if cover.held:
        still = both(still, NotTrue(is_held(cover)))
    if pending and going is not None:
        still, going = both(still, NotTrue(going)), None
    if hops:
        still, going = Not(NoneLeft(back(work.store, name, hops), still, going)), None
    there = hops[-1].table if hops else name
    return Elsewhere(one.at, one.form, one.kind, work.store.store, there, one.column, still, True, going)


def _counts(work: Judged, name: str, cover: Cover, changes: Changes) -> Ends:
    """Whether a row needs the identifier by which its end is told: cells that hold something and are not over, and of cells on which nothing else waits
    also those that are over. They go first; without the identifier nobody could tell any more, in the next pass or after a crash, that they are.
    """  # fmt: skip
    table = work.store.tables[name]
    named = {link.column for link in table.identity} | {one.column for one in table.identifies}
    plain = tuple(one for one in changes if one[0] not in named and not isinstance(table.column(one[0]).role, Event))
    open_yet = both(Holds(table.key, changes), NotTrue(cover.ends))
    return first(Holds(table.key, plain), open_yet) if plain else open_yet


def _wait_afar(work: Judged, one: Elsewhere, counting: Ends) -> None:
    free = Not(counting)
    if own_columns(one.ends):
        work.afar.setdefault(one.table, []).append(free)
    for hops, _ in reached_columns(one.ends):
        for n, hop in enumerate(hops, 1):
            waiting = NoneLeft(back(work.store, one.table, hops[:n]), counting, None)
            (work.afar if n == len(hops) else work.afar_passed).setdefault(hop.table, []).append(waiting)
        work.afar_passed.setdefault(one.table, []).append(free)
