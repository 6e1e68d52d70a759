"""What a retention run must leave of every table: docs/retention.md over dicts, without SQL and without order. Must never import the planner.

In rounds over the data as it is then: rows that may go go, then cells, events last, until a round changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tests.oracle.calendar_world import (
    Afar,
    Keeping,
    Question,
    Truth,
    Way,
    World,
    bearing_columns,
    begun,
    by_purpose,
    distances,
    events_of,
    last_of,
    mapped_rows,
    near_ways,
    over_in_all,
    tree,
    walk,
    ways_to,
)
from tests.oracle.case import Case, Place, Rows
from tests.oracle.oracle import Blank, blank_document, foreign_keys, is_nullable, later, personal_columns
from tests.oracle.ownership import leads_to, links_at_all, normal_form, region_of
from upheld.engine.estate.model import Category, Event, FreeText, JsonPaths, NotPersonal, Table
from upheld.language.promises.model import After, Kind, Moment, Name, Pick


def retained(case: Case, promises: tuple[Keeping, ...]) -> Rows:
    """The dump of all tables after the run."""
    world = begun(case, promises)
    for place in mapped_rows(world):
        for promise in promises:
            _past(world, place, promise.until, ())
    while _round(world):
        pass
    return {place: [row for row in rows if row is not None] for place, rows in world.rows.items()}


def _round(world: World) -> bool:
    """Rows that may go, as long as any may; else cells that nothing counts on; else events and identifiers; else what only its row asks by.

    With its own event, or the identifier by which another store is asked of it, a row forgets that it is over.
    """
    _note(world)
    return _rows_go(world) or any(_cells_go(world, last) for last in range(3))


def _rows_go(world: World) -> bool:
    going = [p for p in mapped_rows(world) if world.table(p).erasure == "delete" and _may_go(world, p)]
    going = [p for p in going if not _needed(world, p)]
    for place in going:
        _cut(world, place)
    for place in going:
        world.rows[place[:2]][place[2]] = None
    world.afar = None
    return bool(going)


def _cells_go(world: World, last: int) -> bool:
    blank = [
        (p, c)
        for p in mapped_rows(world)
        for c in sorted(_over_cells(world, p))
        if tells(world, p, c) == last and _holds(world, p, c)
    ]
    for place, column in blank:
        _blank(world, place, column)
    world.afar = None
    return bool(blank)


def tells(world: World, place: Place, column: str) -> int:
    """How late a cell goes. 1: ends are counted from it, or found by it. 2: the end of its own row is."""
    table = world.table(place)
    if column in {name for name, *_ in _identifying(table)}:
        asked = (q for cell in personal_columns(table) for m in _moments(world, place, cell) for q in _asked(world, place, m))
        events = {event for moment in _moments(world, place, column) for event in events_of(moment)}
        in_row = any(ways_to(world, place, event) == [()] for event in events)  # gone with that event, or never
        return 2 if not in_row and any(q.way == () and q.column == column for q in asked) else 1
    return int(isinstance(table.column(column).role, Event))


# ---- whose time is over ----------------------------------------------------------------------------------------------


def _leaves(role: object) -> set[str]:
    match role:
        case Category(leaf=leaf) | FreeText(leaf=leaf):
            return {leaf}
        case Event(leaf=leaf):
            return {leaf} if leaf else set()
        case JsonPaths(paths=paths, others=others):
            found = set().union(*(_leaves(r) for r in paths.values() if not isinstance(r, NotPersonal)))
            return found | (_leaves(others) if isinstance(others, FreeText) else set())
        case _:
            return set()


def _over(world: World, place: Place, column: str) -> bool:
    """The cell's own promises are over: of each leaf, the shortest."""
    leaves = _leaves(world.table(place).column(column).role)
    return bool(leaves) and all(_leaf_over(world, place, leaf) for leaf in leaves)


def _leaf_over(world: World, place: Place, leaf: str) -> bool:
    """The ordinary period is over, and so is every held state that the row, or one that owns it, knows the end of."""
    stays = _stays(world, place, leaf)
    return (
        bool(stays or _ordinary(world, leaf))
        and _ordinary_over(world, place, leaf)
        and all(_stay_over(world, place, s) for s in stays)
    )


def _ordinary(world: World, leaf: str) -> list[Keeping]:
    return [p for p in world.promises if leaf in p.leaves and not p.held]


def _ordinary_over(world: World, place: Place, leaf: str) -> bool:
    """For each purpose the shortest period, of several purposes the last; once a row is held for what another row said, for good."""
    if any((place, column) in world.noted for column in _only(world, place, leaf)):
        return True
    return all(any(_past(world, place, p.until, ()) is True for p in some) for some in by_purpose(_ordinary(world, leaf)))


def _stays(world: World, place: Place, leaf: str) -> list[Keeping]:
    held = [p for p in world.promises if leaf in p.leaves and p.held]
    return [p for p in held if any(near_ways(world, place, event) for event in events_of(p.until))]


def _stay_over(world: World, place: Place, stay: Keeping) -> bool:
    return _past(world, place, stay.until, (), alone=True, near=True) is True


def _only(world: World, place: Place, leaf: str) -> list[str]:
    """Columns of this leaf alone."""
    return [c for c in personal_columns(world.table(place)) if _leaves(world.table(place).column(c).role) == {leaf}]


def _is_held(world: World, place: Place, column: str) -> bool:
    """The ordinary period is over, and something still keeps the cell: it counts on nothing any more. A document of several kinds is never so."""
    leaves = _leaves(world.table(place).column(column).role)
    if len(leaves) != 1:
        return False
    [leaf] = leaves
    stays = _stays(world, place, leaf)
    return bool(stays) and _ordinary_over(world, place, leaf) and not all(_stay_over(world, place, s) for s in stays)


def _note(world: World) -> None:
    """Cells that are held by now stay so, though the rows that said so may go."""
    for place in mapped_rows(world):
        world.noted |= {
            (place, c) for c in personal_columns(world.table(place)) if _holds(world, place, c) and _is_held(world, place, c)
        }


def _counts(world: World, place: Place, column: str) -> bool:
    """The cell holds something that can end, and is written then: what its end is counted from must stay."""
    return (
        _has_end(world, place, column)
        and _holds(world, place, column)
        and _writable(world, place, column)
        and not _is_held(world, place, column)
    )


def _past(world: World, place: Place, moment: Moment, lengths: tuple[tuple[int, str], ...], alone: bool = False,
          near: bool = False) -> Truth:  # fmt: skip
    """Judged in the rows that bear the events, all of them, where one table bears every event; else each event by itself.

    Where owning links lead to none, an identifier does (docs/decisions/what-another-store-says.md), unless `alone`.
    """
    ways = {event: (near_ways if near else ways_to)(world, place, event) for event in events_of(moment)}
    if not alone and not any(ways.values()) and questions(world, place, moment):
        return _elsewhere(world, place, moment, lengths)
    if len(ways) > 1 and len({tuple(w) for w in ways.values()}) == 1 and any(ways.values()):
        if next(iter(ways.values())) == [()]:
            return _in_row(world, place, moment, lengths)
        found = [
            over_in_all([_in_row(world, at, moment, lengths) for at in walk(world, place, way)])
            for way in next(iter(ways.values()))
        ]
        return last_of(found)

    def one(event: str, after: tuple[tuple[int, str], ...]) -> Truth:
        if not ways[event] and not alone:
            return _elsewhere(world, place, Name(Kind.EVENT, event), after)
        return _event_past(world, place, ways[event], event, after)

    return tree(moment, lengths, one)


def _event_past(world: World, place: Place, ways: list[Way], event: str, lengths: tuple[tuple[int, str], ...]) -> Truth:
    if ways == [()]:
        return _dated(world, place, event, lengths)  # a row's own event that has not come is not known, and nothing else
    return last_of([over_in_all([_dated(world, at, event, lengths) for at in walk(world, place, way)]) for way in ways])


def _in_row(world: World, place: Place, moment: Moment, lengths: tuple[tuple[int, str], ...]) -> Truth:
    return tree(moment, lengths, lambda event, after: _dated(world, place, event, after))


def _dated(world: World, place: Place, event: str, lengths: tuple[tuple[int, str], ...]) -> Truth:
    found = []
    for column in bearing_columns(world.table(place), event):
        value = world.row(place)[column]
        if value is None or isinstance(value, Blank):
            found.append(None)
            continue
        day = date.fromisoformat(str(value)[:10])
        for amount, unit in lengths:
            day = later(day, amount, unit)
        found.append(day <= world.case.today)
    return last_of(found)


# ---- what is said elsewhere ------------------------------------------------------------------------------------------


def _identifying(table: Table) -> list[tuple[str, str, str]]:
    """Column, form and kind of person of every identifier that a row of the table bears."""
    roots = [(i.column, i.form, table.root) for i in table.identifies] if table.root else []
    return [*((link.column, link.form, link.kind) for link in table.identity), *roots]


def questions(world: World, place: Place, moment: Moment) -> list[Question]:
    asked = (*place[:2], moment)
    if asked not in world.asked:
        world.asked[asked] = _nearest(world, place, moment)
    return world.asked[asked]


def _nearest(world: World, place: Place, moment: Moment) -> list[Question]:
    """By tables: where the person is named nearest; then her root tables that tell of the moment, else other tables that do."""
    tables = world.case.estate.stores[place[0]].tables
    named: list[tuple[Way, str]] = [((), place[1])]
    if not _identifying(tables[place[1]]):
        levels = distances(tables, place[1], True)
        named = next((found for level in levels if (found := [(w, n) for w, n in level if _identifying(tables[n])])), [])
    result = []
    for way, bearer in named:
        for column, form, kind in _identifying(tables[bearer]):
            for roots in (True, False):
                found = [
                    Question(way, bearer, column, form, store.store, table.name, at)
                    for store in world.case.estate.stores.values()
                    for table in store.tables.values()
                    for at, theirs, whose in _told_of(table, roots, kind)
                    if (store.store, table.name) != (place[0], bearer) and theirs == form and whose == kind
                    and _reachable(world, (store.store, table.name, 0), moment, alone=True)
                ]  # fmt: skip
                result += found
                if found:
                    break
    return result


def _told_of(table: Table, roots: bool, kind: str) -> list[tuple[str, str, str]]:
    if roots:
        return [(i.column, i.form, kind) for i in table.identifies] if table.root == kind else []
    return [(link.column, link.form, link.kind) for link in table.identity] if table.root != kind else []


def _who(world: World, place: Place, column: str, form: str) -> str | None:
    value = world.row(place)[column]
    if isinstance(value, Blank) or not links_at_all(world.case, place[0], world.table(place), form, value):
        return None
    return normal_form(form, value, region_of(world.case, place[0]))


def _bearing_rows(world: World, question: Question, normal: str) -> list[Place]:
    return [
        at for at, _ in world.living(question.store, question.table) if _who(world, at, question.at, question.form) == normal
    ]


def _elsewhere(world: World, place: Place, moment: Moment, lengths: tuple[tuple[int, str], ...]) -> Truth:
    found: list[Truth] = []
    for question in questions(world, place, moment):
        said = [_said(world, at, question, moment, lengths) for at in walk(world, place, question.way)]
        found.append(over_in_all(said) if question.way else said[0])
    return last_of(found)


def _said(world: World, bearer: Place, question: Question, moment: Moment, lengths: tuple[tuple[int, str], ...]) -> Truth:
    """Over in each row that bears the identifier; what was over when the run began is over in it."""
    normal = _who(world, bearer, question.column, question.form)
    if normal is None:
        return None
    asked = bearer, f"{normal} {question} {moment} {lengths}"
    rows = _bearing_rows(world, question, normal)
    root = world.case.estate.table(question.store, question.table).root
    if rows and (not root or len(rows) <= world.case.estate.stores[bearer[0]].max_shared):
        if all(_past(world, at, moment, lengths, alone=True) is True for at in rows):
            world.was_over.add(asked)
        return asked in world.was_over
    return True if asked in world.was_over else None


def _counted_afar(world: World, other: Place, column: str) -> Iterator[tuple[Question, Place, list[Way]]]:
    """Rows elsewhere by which the end of a cell is told, with the ways from them to the events; as long as the cell holds something."""
    if not _counts(world, other, column):
        return
    for moment in _moments(world, other, column):
        local = {event: ways_to(world, other, event) for event in events_of(moment)}
        parts: list[Moment] = [Name(Kind.EVENT, event) for event, ways in local.items() if not ways]
        whole = not any(local.values()) and questions(world, other, moment)
        for part in [moment] if whole else parts:
            for question in questions(world, other, part):
                for bearer in walk(world, other, question.way):
                    normal = _who(world, bearer, question.column, question.form)
                    for at in _bearing_rows(world, question, normal) if normal is not None else ():
                        yield question, at, [way for event in events_of(part) for way in ways_to(world, at, event)]


def _moments(world: World, place: Place, column: str) -> list[Moment]:
    leaves = _leaves(world.table(place).column(column).role)
    return [promise.until for promise in world.promises if leaves & promise.leaves and not promise.held]


def _afar(world: World) -> Afar:
    if world.afar is not None:
        return world.afar
    found = world.afar = Afar()
    for other in mapped_rows(world):
        for cell in personal_columns(world.table(other)):
            late = _has_end(world, other, cell) and not _over(world, other, cell) and not _is_held(world, other, cell)
            for question, at, ways in _counted_afar(world, other, cell):
                found.ends |= {there for way in ways for there in walk(world, at, way)}
                found.passed |= {there for way in ways for n in range(len(way)) for there in walk(world, at, way[:n])}
                if late:
                    found.names.add((at, question.at))
            if late:
                found.names |= _named_by(world, other, cell)
            found.passed |= {there for there in _passed_afar(world, other, cell) if there[:2] != other[:2]}
    return found


def _passed_afar(world: World, other: Place, cell: str) -> Iterator[Place]:
    """Rows on the way to where the person is named, and the row that names her: without them nothing tells that the cell's time is over."""
    if not _counts(world, other, cell):
        return
    for moment in _moments(world, other, cell):
        for question in _asked(world, other, moment):
            for n in range(1, len(question.way) + 1):
                yield from walk(world, other, question.way[:n])


def _asked(world: World, place: Place, moment: Moment) -> Iterator[Question]:
    """What is asked of other tables: the whole moment where the row's own store tells nothing of it, else each event that it does not tell of."""
    local = {event: ways_to(world, place, event) for event in events_of(moment)}
    if not any(local.values()) and questions(world, place, moment):
        yield from questions(world, place, moment)
        return
    for event in (event for event, ways in local.items() if not ways):
        yield from questions(world, place, Name(Kind.EVENT, event))


def _named_by(world: World, other: Place, cell: str) -> set[tuple[Place, str]]:
    """The identifiers by which the end of a cell is told: of the row itself, or of rows that own it as long as it holds something."""
    found = set()
    holds = _holds(world, other, cell)
    for moment in _moments(world, other, cell):
        for event in events_of(moment):
            for q in questions(world, other, Name(Kind.EVENT, event)) if not ways_to(world, other, event) else ():
                found |= {(at, q.column) for at in walk(world, other, q.way) if holds or at == other}
    return found


# ---- what may go -----------------------------------------------------------------------------------------------------


def _over_cells(world: World, place: Place) -> set[str]:
    """Cells that may be blanked now: over, and no event among them that anything still counts on."""
    table = world.table(place)
    found = {c for c in personal_columns(table) if _over(world, place, c)}
    if table.erasure == "delete":
        live = world.case.catalogue.stores[place[0]].tables[place[1]]
        found -= set(live.primary_key)
    names = {column for column, *_ in _identifying(table)}
    found -= {c for c in found & names if (place, c) in _afar(world).names}
    return {c for c in found if not isinstance(table.column(c).role, Event) or not _counted_on(world, place, c)}


def _counted_on(world: World, place: Place, column: str) -> bool:
    """Cells of the row that count from this column are not over; or rows elsewhere still hold something that counts on its row."""
    return (
        any(not _over(world, place, other) for other in _counting(world, place, column))
        or _waited_for(world, place)
        or place in _afar(world).ends
    )


def _counting(world: World, place: Place, column: str) -> set[str]:
    table = world.table(place)
    role = table.column(column).role
    assert isinstance(role, Event)
    return {
        c
        for c in personal_columns(table)
        if _has_end(world, place, c)
        for leaf in _leaves(table.column(c).role)
        for promise in world.promises
        if leaf in promise.leaves and role.event in events_of(promise.until)
    }


def _has_end(world: World, place: Place, column: str) -> bool:
    """Whether the promises of every leaf could ever be over for such a row."""
    return all(_leaf_ends(world, place, leaf) for leaf in _leaves(world.table(place).column(column).role))


def _leaf_ends(world: World, place: Place, leaf: str) -> bool:
    ordinary = _ordinary(world, leaf)
    if not ordinary:
        return bool(_stays(world, place, leaf))
    return all(any(_reachable(world, place, p.until) for p in some) for some in by_purpose(ordinary))


def _reachable(world: World, place: Place, moment: Moment, alone: bool = False) -> bool:
    match moment:
        case Name(id=event):
            return bool(ways_to(world, place, event)) or (not alone and bool(questions(world, place, moment)))
        case After(of=of):
            return _reachable(world, place, of, alone)
        case Pick(of=parts):
            return any(_reachable(world, place, part, alone) for part in parts)
        case _:
            raise AssertionError(moment)


def _waited_for(world: World, place: Place, on_the_way: bool = False) -> bool:
    """Another table's rows count on an event of this row, or find theirs over it, and hold something yet."""
    for other in mapped_rows(world):
        if other[0] != place[0] or other[1] == place[1]:
            continue
        for way in {way for column in personal_columns(world.table(other)) for way in _counted_ways(world, other, column)}:
            if way[-1][1] == place[1] and place in walk(world, other, way):
                return True
            over = [way[:n] for n in range(1, len(way)) if way[n - 1][1] == place[1]] if on_the_way else []
            if any(place in walk(world, other, part) for part in over):
                return True
    return False


def _counted_ways(world: World, place: Place, column: str) -> Iterator[Way]:
    """Ways to other rows by which this cell's end is told, as long as it holds something that can end."""
    if _counts(world, place, column):
        yield from _told_by(world, place, column)


def _told_by(world: World, place: Place, column: str) -> Iterator[Way]:
    """Ways to other rows on which the promises about this column count."""
    for leaf in _leaves(world.table(place).column(column).role):
        for promise in world.promises:
            for event in events_of(promise.until) if leaf in promise.leaves else ():
                yield from (way for way in (near_ways if promise.held else ways_to)(world, place, event) if way)


def _writable(world: World, place: Place, column: str) -> bool:
    table = world.table(place)
    return table.erasure != "delete" or column not in world.case.catalogue.stores[place[0]].tables[place[1]].primary_key


def _may_go(world: World, place: Place) -> bool:
    return (
        _whole(world, place, frozenset())
        and not _waited_for(world, place, on_the_way=True)
        and place not in _afar(world).ends | _afar(world).passed
    )


def _whole(world: World, place: Place, below: frozenset[str]) -> bool:
    """Every personal cell is over; a row without any goes with a row that owns it."""
    table = world.table(place)
    personal = personal_columns(table)
    names = {column for column, *_ in _identifying(table)}
    if personal:
        return all(
            _over(world, place, c)
            and (not isinstance(table.column(c).role, Event) or all(_over(world, place, o) for o in _counting(world, place, c)))
            and (c not in names or (place, c) not in _afar(world).names)
            for c in personal
        )
    for link in table.owning:
        parent = world.case.estate.stores[place[0]].tables[link.parent]
        if parent.erasure != "delete" or link.parent in below | {table.name} or _outlives(world, place, parent):
            continue
        above = [p for p, row in world.living(place[0], link.parent) if leads_to(link, world.row(place), row)]
        if above and all(_whole(world, p, below | {table.name}) for p in above):
            return True
    return False


def _outlives(world: World, place: Place, parent: Table) -> bool:
    """The owner's table counts on this one, and its rows can go without it."""
    there = place[0], parent.name, 0
    ways = {way for c in personal_columns(parent) if _has_end(world, there, c) for way in _told_by(world, there, c)}
    if not any(name == place[1] for way in ways for _, name, _ in way):
        return False
    keys = [key for store, name, key in foreign_keys(world.case) if (store, name) == place[:2] and key.target == parent.name]
    primary = world.case.catalogue.stores[place[0]].tables[place[1]].primary_key
    return all(any(is_nullable(world.case, place, c) and c not in primary for c in key.columns) for key in keys)


def _references(world: World, place: Place) -> Iterator[tuple[Place, tuple[str, ...], bool]]:
    """Rows whose foreign key leads to this one: the row, the key's columns, whether any may be NULL."""
    row = world.row(place)
    for store, name, key in foreign_keys(world.case):
        if store != place[0] or key.target != place[1]:
            continue
        for child, other in world.living(store, name):
            value = tuple(other[c] for c in key.columns)
            if None not in value and value == tuple(row[c] for c in key.target_columns):
                primary = world.case.catalogue.stores[store].tables[name].primary_key
                free = tuple(c for c in key.columns if is_nullable(world.case, child, c) and c not in primary)
                yield child, free, bool(free)


def _needed(world: World, place: Place) -> bool:
    return any(not free for _, _, free in _references(world, place))


def _cut(world: World, place: Place) -> None:
    for child, columns, free in list(_references(world, place)):
        if free:
            for column in columns:
                world.row(child)[column] = None


# ---- blanks ----------------------------------------------------------------------------------------------------------


def _holds(world: World, place: Place, column: str) -> bool:
    """The cell is not yet as a blank one is."""
    value = world.row(place)[column]
    role = world.table(place).column(column).role
    if value is None or isinstance(value, Blank):
        return False
    if isinstance(role, JsonPaths):
        return bool(blank_document(role, value) != value)
    return (place, column) not in world.blanked


def _blank(world: World, place: Place, column: str) -> None:
    role, row = world.table(place).column(column).role, world.row(place)
    value = row[column]
    nullable = is_nullable(world.case, place, column)
    row[column] = blank_document(role, value) if isinstance(role, JsonPaths) else (None if nullable else Blank(nullable, value))
    world.blanked.add((place, column))
