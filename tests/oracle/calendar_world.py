"""The world of a retention run as it is, row by row, and the ways in it from a row to others: docs/retention.md, where an end is counted from.

Ways go by tables, since the map does not change; walks go by rows as they are now. Must never import the planner.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.oracle.case import Case, Place, Row
from tests.oracle.ownership import leads_to
from upheld.engine.estate.model import Event, OwningLink, Table
from upheld.language.promises.model import After, Moment, Name, Pick

Truth = bool | None
UNITS = {"days": "days", "months": "months", "years": "years"}
Way = tuple[tuple[OwningLink, str, bool], ...]  # link, the table it leads to, upwards


@dataclass(frozen=True)
class Question:
    """Rows of `table` whose `at` bears, in normal form, the identifier that stands in `column` of the rows at the end of `way`."""

    way: Way
    bearer: str
    column: str
    form: str
    store: str
    table: str
    at: str


@dataclass
class Afar:
    """Of the data as it is: rows that bear events which other stores count on, rows by which they are found, and cells that name people for them."""

    ends: set[Place] = field(default_factory=set)
    passed: set[Place] = field(default_factory=set)
    names: set[tuple[Place, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Keeping:
    """One promise: these leaves may be kept until this moment. `held`: on a ground, from where the ordinary period ends."""

    leaves: frozenset[str]
    until: Moment
    purposes: frozenset[str] = frozenset()
    held: bool = False


@dataclass
class World:
    """The data as it is, row by row; a row that went is None."""

    case: Case
    promises: tuple[Keeping, ...]
    rows: dict[tuple[str, str], list[Row | None]] = field(default_factory=dict)
    blanked: set[tuple[Place, str]] = field(default_factory=set)
    was_over: set[tuple[Place, str]] = field(
        default_factory=set
    )  # (root or bearer's row, what was asked): over at the beginning

    noted: set[tuple[Place, str]] = field(default_factory=set)  # cells that are held, on record by the key of their row
    afar: Afar | None = None  # of the data as it is now
    ways: dict[object, list[Way]] = field(default_factory=dict)  # by table and event: the map does not change
    asked: dict[object, list[Question]] = field(default_factory=dict)

    def row(self, place: Place) -> Row:
        found = self.rows[place[:2]][place[2]]
        assert found is not None
        return found

    def living(self, store: str, table: str) -> Iterator[tuple[Place, Row]]:
        for n, row in enumerate(self.rows[store, table]):
            if row is not None:
                yield (store, table, n), row

    def table(self, place: Place) -> Table:
        return self.case.estate.table(*place[:2])


def begun(case: Case, promises: tuple[Keeping, ...]) -> World:
    """The data as it is when the run begins."""
    return World(case, promises, {place: [dict(row) for row in rows] for place, rows in copy.deepcopy(case.rows).items()})


def by_purpose(promises: list[Keeping]) -> list[list[Keeping]]:
    """Promises of which one must be over: those for a purpose, with those for none."""
    purposes = sorted({name for p in promises for name in p.purposes})
    if not purposes:
        return [promises] if promises else []
    return [[p for p in promises if not p.purposes or purpose in p.purposes] for purpose in purposes]


def mapped_rows(world: World) -> list[Place]:
    return [
        place
        for store in world.case.estate.stores.values()
        for table in store.tables
        for place, _ in world.living(store.store, table)
    ]


def bearing_columns(table: Table, event: str) -> list[str]:
    return [c.name for c in table.columns if isinstance(c.role, Event) and c.role.event == event]


def ways_to(world: World, place: Place, event: str) -> list[Way]:
    asked = (*place[:2], event)
    if asked not in world.ways:
        world.ways[asked] = _found(world, place, event)
    return world.ways[asked]


def near_ways(world: World, place: Place, event: str) -> list[Way]:
    """Ways to the row itself, or to rows that own it."""
    return [way for way in ways_to(world, place, event) if all(up for *_, up in way)]


def _found(world: World, place: Place, event: str) -> list[Way]:
    """By tables: the row's own; the nearest above; the nearest below, from here and then from ever farther above."""
    tables = world.case.estate.stores[place[0]].tables
    if bearing_columns(tables[place[1]], event):
        return [()]
    above = distances(tables, place[1], True)
    for level in above:
        if found := [way for way, name in level if bearing_columns(tables[name], event)]:
            return found
    for level in [[((), place[1])], *above]:
        found = []
        for way, name in level:
            for below in distances(tables, name, False):
                here = [(*way, *down) for down, at in below if bearing_columns(tables[at], event)]
                if here:
                    found += [one for one in here if one[-1][1] != place[1] or way]
                    break
        if found:
            return list(dict.fromkeys(found))
    return []


def distances(tables: dict[str, Table], start: str, up: bool) -> list[list[tuple[Way, str]]]:
    levels: list[list[tuple[Way, str]]] = []
    seen, level = {start}, [((), start)]
    while level and len(levels) < 8:
        further: list[tuple[Way, str]] = []
        for way, name in level:
            for table in tables.values():
                for link in table.owning:
                    before, after = (table.name, link.parent) if up else (link.parent, table.name)
                    if before == name and after in tables and after not in seen:
                        further.append(((*way, (link, after, up)), after))
        seen |= {name for _, name in further}
        level = further
        if level:
            levels.append(level)
    return levels


def walk(world: World, place: Place, way: Way) -> list[Place]:
    here = {place}
    for link, table, up in way:
        here = {
            there
            for at in here
            for there, row in world.living(place[0], table)
            if (leads_to(link, world.row(at), row) if up else leads_to(link, row, world.row(at)))
        }
    return sorted(here)


def over_in_all(found: list[Truth]) -> Truth:
    """Of rows: over in each; not known where there is none."""
    return None if not found else all(one is True for one in found)


def last_of(found: list[Truth]) -> Truth:
    known = [one for one in found if one is not None]
    return all(known) if known else None


def events_of(moment: Moment) -> set[str]:
    match moment:
        case Name(id=event):
            return {event}
        case After(of=of):
            return events_of(of)
        case Pick(of=parts):
            return set().union(*map(events_of, parts))
        case _:
            raise AssertionError(moment)


def tree(
    moment: Moment, lengths: tuple[tuple[int, str], ...], leaf: Callable[[str, tuple[tuple[int, str], ...]], Truth]
) -> Truth:
    match moment:
        case Name(id=event):
            return leaf(event, lengths)
        case After(high=high, of=of):
            return tree(of, ((high.amount, UNITS[high.unit]), *lengths), leaf)
        case Pick(latest=True, of=parts):
            return last_of([tree(part, lengths, leaf) for part in parts])
        case Pick(of=parts):
            found = [tree(part, lengths, leaf) for part in parts]
            return True if True in found else None if None in found else False
        case _:
            raise AssertionError(moment)
