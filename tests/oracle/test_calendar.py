"""Retention over generated estates: each table is left as the page says, by an oracle that knows no SQL; twice is once; stopped and gone on is the same."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.oracle.calendar import _holds, _identifying, _over, questions, retained
from tests.oracle.calendar_world import Keeping, Question, Way, begun, mapped_rows, ways_to
from tests.oracle.calendar_world import World as Oracle
from tests.oracle.case import Case, Row, Rows
from tests.oracle.compare import differences
from tests.oracle.databases import create, sorted_rows
from tests.oracle.engine import SECRET, Engine, FileJournal, engine_of
from tests.oracle.generate import FEATURES, Shape, World, generate
from tests.oracle.oracle import Blank, personal_columns
from tests.oracle.running import LONG, POINTS, Crash, after, crash_at
from upheld.engine.estate.model import Event, leaves_of
from upheld.engine.execution.calendar import Ended, preview_due, run_calendar
from upheld.engine.execution.calendar.lists import lists_of_kept
from upheld.engine.execution.journal import ChunkRecord, Journal, MemoryJournal
from upheld.engine.execution.kept.rows import KeptRows
from upheld.engine.plan.calendar import retention
from upheld.engine.plan.calendar.ways import event_columns, ways
from upheld.engine.plan.model import Ask, Binding, Refused
from upheld.engine.plan.passes.graph import components
from upheld.language.promises.model import After, Key, Kind, Moment, Name, Period, Pick, Program, Promise, Source

WORLDS = 2_000 if LONG else 40
BEYOND = () if LONG else (88, 135, 297)  # what only another store tells of, and what is held meanwhile
NAMED = () if LONG else (91,)  # a circle in which cells are told of by what somebody else's row says
# Copies that triggers make in the run are no rows of the world as it was generated; by hand: tests/calendar.
COPIES = {"trigger", "root-history"}
PERIODS = (
    Period(2, "years"),
    Period(40, "months"),
    Period(900, "days"),
    Period(6, "years"),
    Period(1, "months"),
    Period(0, "days"),
)
PURPOSES = ("ferrying", "news", "safety")
ENGINES = (("postgresql", "sqlite"), ("sqlite", "postgresql"))
SEEN = dict.fromkeys(("deleted", "blanked", "frames", "nothing"), 0)


def shape(seed: int) -> Shape:
    rng = random.Random(f"calendar {seed}")
    features = frozenset(rng.sample([f for f in FEATURES if f not in COPIES], rng.randint(0, 12))) | {"keep"}
    return Shape(features, rng.choice(ENGINES), rng.randint(2, 4), rng.randint(1, 3), seed)


def promises_of(world: World, seed: int) -> tuple[Keeping, ...]:
    """Promises over the leaves and events of the world: most leaves covered, some twice, some by nothing.

    No two tables count on each other's events: there the cells go as everywhere, and which rows stay as empty frames hangs on the order of the run
    (a test below). None where two hundred draws find nothing but circles: then nothing may end.
    """
    case = world.case
    draws = (drawn(case, random.Random(f"promises {seed} {n}")) for n in range(200))
    return next((found for found in draws if not in_circle(case, found)), ())


def circles_of(world: World, seed: int) -> tuple[Keeping, ...]:
    """Promises by which tables count on each other's events; none where a hundred draws find none."""
    case = world.case
    draws = (drawn(case, random.Random(f"circles {seed} {n}")) for n in range(100))
    return next((found for found in draws if in_circle(case, found)), ())


def in_circle(case: Case, promises: tuple[Keeping, ...]) -> bool:
    """Whether the events of tables wait for each other; a row without personal cells waits for what its owner waits for."""
    ordered = [
        (store.store, table.name, hops[-1].table)
        for store in case.estate.stores.values()
        for table in store.tables.values()
        for promise in promises
        for event in events_in(promise.until)
        if any(leaf in promise.leaves for c in table.columns for leaf in leaves_of(c.role))
        for way in ways(store, table.name, event_columns(event))
        if (hops := way.hops)
    ]
    ordered_afar = [
        (f"{store.store}.{table.name}", f"{one.store}.{there}")
        for store in case.estate.stores.values()
        for table in store.tables.values()
        for promise in promises
        if any(leaf in promise.leaves for c in table.columns for leaf in leaves_of(c.role))
        for one in asked_of(case, store.store, table.name, promise.until)
        for there in (
            one.table,
            *(n for event in events_in(promise.until) for w in ways_of(case, one, event) for _, n, _ in w),
        )
    ]
    bearing = {(store, there) for store, _, there in ordered}
    ordered += [
        (store.store, table.name, link.parent)
        for store in case.estate.stores.values()
        for table in store.tables.values()
        for link in table.owning
        if (store.store, table.name) in bearing and not personal_columns(table)
    ]
    edges: dict[str, frozenset[str]] = {}
    for store, here, there in ordered:
        edges[f"{store}.{here}"] = edges.get(f"{store}.{here}", frozenset()) | {f"{store}.{there}"}
    for here, there in ordered_afar:
        edges[here] = edges.get(here, frozenset()) | {there}
    nodes = {name for pair in edges.items() for name in (pair[0], *pair[1])}
    return any(len(one) > 1 for one in components(nodes, edges))


def asked_of(case: Case, store: str, table: str, until: Moment) -> list[Question]:
    oracle, place = Oracle(case, ()), (store, table, 0)
    parts = [until, *(Name(Kind.EVENT, event) for event in events_in(until) if not ways_to(oracle, place, event))]
    told = any(ways_to(oracle, place, event) for event in events_in(until))
    return [one for part in (parts[1:] if told else parts) for one in questions(oracle, place, part)]


def ways_of(case: Case, one: Question, event: str) -> list[Way]:
    return ways_to(Oracle(case, ()), (one.store, one.table, 0), event)


def events_in(moment: Moment) -> set[str]:
    match moment:
        case After(of=of):
            return events_in(of)
        case Pick(of=parts):
            return {event for part in parts for event in events_in(part)}
        case Name(id=event):
            return {event}
        case _:
            return set()


def drawn(case: Case, rng: random.Random) -> tuple[Keeping, ...]:
    tables = [t for s in case.estate.stores.values() for t in s.tables.values()]
    leaves = sorted({leaf for t in tables for c in t.columns for leaf in leaves_of(c.role)})
    events = sorted({c.role.event for t in tables for c in t.columns if isinstance(c.role, Event)})
    if not events:
        return ()
    found = []
    for _ in range(rng.randint(1, 4)):
        chosen = frozenset(rng.sample(leaves, rng.randint(max(1, len(leaves) * 2 // 3), len(leaves))))
        found.append(Keeping(chosen, moment(rng, events)))
    return tuple(found) if rng.random() < 0.4 else tuple(further(rng, leaves, events, found))


def further(rng: random.Random, leaves: list[str], events: list[str], found: list[Keeping]) -> Iterator[Keeping]:
    """The same promises for purposes, and held states."""
    for promise in found:
        purposes = rng.sample(PURPOSES, rng.randint(0, 2)) if rng.random() < 0.6 else []
        yield dataclasses.replace(promise, purposes=frozenset(purposes))
    for _ in range(rng.randint(0, 2)):
        chosen = frozenset(rng.sample(leaves, rng.randint(1, max(1, len(leaves) // 2))))
        yield Keeping(chosen, moment(rng, events), held=True)


def moment(rng: random.Random, events: list[str]) -> Moment:
    def one() -> Moment:
        period = rng.choice(PERIODS)
        return After(period, period, Name(Kind.EVENT, rng.choice(events)))

    if len(events) > 1 and rng.random() < 0.4:
        return Pick(rng.random() < 0.5, (one(), one()))
    return one()


def program_of(promises: tuple[Keeping, ...]) -> Program:
    said = tuple(
        Promise(f"tern.keep.{n}#1", Source("tern", date(2026, 1, 1), (f"tern.keep.{n}",), 1), "may", "retain",
                frozenset(Name(Kind.DATA, leaf) for leaf in p.leaves), end=p.until, then="erase", terms=terms_of(p))
        for n, p in enumerate(promises)
    )  # fmt: skip
    return Program((), {}, said, (), (), "")


def terms_of(promise: Keeping) -> dict[Key, tuple[Name, ...]]:
    found: dict[Key, tuple[Name, ...]] = {}
    if promise.purposes:
        found["for"] = tuple(Name(Kind.PURPOSE, one) for one in sorted(promise.purposes))
    return found | ({"ground": (Name(Kind.GROUND, "tax-law"),)} if promise.held else {})


def ran(
    engine: Engine, program: Program, journal: Journal | None = None, failpoint: object = None, held: tuple[Binding, ...] = ()
) -> Ended:
    found = retention(program, engine.estate, engine.catalogue, Ask("A-0001", "retention", 0), engine.world.today)
    assert not isinstance(found, Refused), found
    counts = preview_due(found, engine.estate, engine.catalogue, engine.stores, held, secret=SECRET)
    assert not isinstance(counts, Refused), counts
    more = {"failpoint": failpoint} if failpoint else {}
    return run_calendar(
        found.plan, engine.estate, engine.catalogue, engine.stores, day=engine.world.today, secret=SECRET,
        journal=journal or MemoryJournal(), preview=counts, lists=held, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def on_record(chunks: Iterable[ChunkRecord]) -> tuple[Binding, ...]:
    """Held rows by key, as our own database hands them on to the next run."""
    kept = ((chunk.store, one) for chunk in chunks for one in chunk.kept)
    rows = (KeptRows(store, one.table, one.rule, None, one.keys, whole=False) for store, one in kept)
    return lists_of_kept(rows, date.min)


@pytest.mark.parametrize("seed", range(1_000 if LONG else 6))
def test_so_it_is_where_triggers_copy_what_the_run_touches(tmp_path: Path, seed: int) -> None:
    """Beside the copies of the run: of these nothing may be past its date nor of a row that went, and no row that stood before may differ."""
    drawn = shape(seed)
    world = generate(dataclasses.replace(drawn, features=drawn.features | {("trigger", "root-history")[seed % 2]}))
    promises = promises_of(world, seed)
    meant = expected(world, promises)
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        came = ran(engine, program_of(promises))
        assert came.answer.is_done and not came.left, came.left
        found = after(world, addresses)
        for store in world.stores:
            for tab in (t for t in store.tabs if t.serial):
                before = {row[tab.key[0]] for row in world.rows[store.name, tab.name]} - taken_again(
                    world, store.name, tab.name, found[store.name, tab.name], meant[store.name, tab.name]
                )
                made = [row for row in found[store.name, tab.name] if row[tab.key[0]] not in before]
                assert of_rows_that_went(world, found, store.name, tab.name, made, promises) == [], (world.shape, promises)
                found[store.name, tab.name] = [row for row in found[store.name, tab.name] if row[tab.key[0]] in before]
    assert differences(found, meant) == [], (world.shape, promises)


def taken_again(world: World, store: str, table: str, found: list[Row], meant: list[Row]) -> set[object]:
    """Numbers that SQLite gave to a copy after the row that bore them had gone: a copy of what has no owner any more bears none."""
    if next(one.engine for one in world.stores if one.name == store) != "sqlite":
        return set()
    mapped = world.case.estate.stores[store].tables[table]
    [key], stay = mapped.key, {row[mapped.key[0]] for row in meant}
    links = [column for link in mapped.owning for column in link.columns]
    were = {row[key]: row for row in world.rows[store, table]}
    empty = [row for row in found if all(row[c] is None for c in (*links, *personal_columns(mapped)))]
    return {row[key] for row in empty if row[key] in were and row[key] not in stay}


def of_rows_that_went(
    world: World, found: Rows, store: str, table: str, made: list[Row], promises: tuple[Keeping, ...]
) -> list[Row]:
    """Copies whose owner went in this run: nobody could tell any more when they end. What is held of them has an end of its own."""
    mapped = world.case.estate.stores[store].tables[table]
    held = {leaf for one in promises if one.held for leaf in one.leaves}
    if any(leaf in held for column in mapped.columns for leaf in leaves_of(column.role)):
        return []
    gone: list[Row] = []
    for link in mapped.owning:
        were, are = (
            {tuple(row[c] for c in link.parent_columns) for row in rows[store, link.parent]} for rows in (world.rows, found)
        )
        gone += [row for row in made if tuple(row[c] for c in link.columns) in were - are]
    return gone


def expected(world: World, promises: tuple[Keeping, ...]) -> dict[tuple[str, str], list[dict[str, object]]]:
    return sorted_rows(retained(world.case, promises), world.case.catalogue)


@pytest.mark.parametrize("seed", (*range(WORLDS), *BEYOND))
def test_every_table_is_left_as_the_oracle_says_and_twice_is_once(tmp_path: Path, seed: int) -> None:
    world = generate(shape(seed))
    promises = promises_of(world, seed)
    program, meant = program_of(promises), expected(world, promises)
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        came = ran(engine, program)
        assert came.answer.is_done and not came.left, ([s.problem for s in came.answer.stores], came.left)
        found = after(world, addresses)
        assert differences(found, meant) == [], (world.shape, promises)
        again = ran(engine, program, held=on_record(chunk for s in came.answer.stores for chunk in s.chunks))
        assert again.answer.is_done and sum(s.rows for s in again.answer.stores) == 0, (world.shape, again)
        assert after(world, addresses) == found
    counted(world, meant)


@pytest.mark.parametrize("seed", (*range(0, WORLDS, 5), *NAMED))
def test_where_tables_count_on_each_other_cells_go_as_everywhere_and_rows_may_stay_as_frames(tmp_path: Path, seed: int) -> None:
    world = generate(shape(seed))
    promises = circles_of(world, seed)
    if not promises:
        pytest.skip("no circle in this world")
    program, meant = program_of(promises), expected(world, promises)
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        came = ran(engine, program)
        assert came.answer.is_done and not came.left, ([s.problem for s in came.answer.stores], came.left)
        found = after(world, addresses)
        assert cells_apart(world, promises, found, meant) == [], (world.shape, promises)
        held = on_record(chunk for s in came.answer.stores for chunk in s.chunks)
        assert sum(s.rows for s in ran(engine, program, held=held).answer.stores) == 0


def cells_apart(world: World, promises: tuple[Keeping, ...], found: Rows, meant: Rows) -> list[str]:
    """Cells that went though their time was not over when the run began, and cells that stayed though it was.

    Which cell's time is over hangs on no order; only what others count on, events and identifiers, may have to stay, where the oracle says so, too.
    """
    before, lines = begun(world.case, promises), []
    for place in mapped_rows(before):
        table, row = before.table(place), before.row(place)
        key = world.case.catalogue.stores[place[0]].tables[place[1]].primary_key
        cells = personal_columns(table)
        if cells & set(key):
            continue  # a row whose key is a token is not found by it
        here, there = (row_of(some[place[:2]], key, row) for some in (found, meant))
        named = {column for column, *_ in _identifying(table)}
        for cell in sorted(c for c in cells if _holds(before, place, c)):
            gone, over = is_gone(here, cell, row), _over(before, place, cell)
            counted = cell in named or isinstance(table.column(cell).role, Event)
            if gone != over and not (counted and (gone <= over) and not is_gone(there, cell, row)):
                lines.append(f"{place} {cell}: {'gone' if gone else 'there'}, and {'over' if over else 'not over'}")
    return lines


def row_of(rows: Iterable[Row], key: tuple[str, ...], row: Row) -> Row | None:
    return next((one for one in rows if all(one[c] == row[c] for c in key)), None)


def is_gone(now: Row | None, cell: str, row: Row) -> bool:
    return now is None or now[cell] is None or isinstance(now[cell], Blank) or now[cell] != row[cell]


def counted(world: World, meant: dict[tuple[str, str], list[dict[str, object]]]) -> None:
    gone = sum(len(rows) - len(meant[place]) for place, rows in world.case.rows.items())
    SEEN["deleted"] += gone
    SEEN["nothing"] += not gone
    for (store, name), rows in meant.items():
        table = world.case.estate.stores[store].tables.get(name)
        personal = personal_columns(table) if table is not None else set()
        SEEN["frames"] += sum(1 for row in rows if personal and all(row[c] is None for c in personal))


def test_enough_of_everything_was_run(capsys: pytest.CaptureFixture[str]) -> None:
    if not SEEN["deleted"]:
        pytest.skip("runs with the test above")
    with capsys.disabled():
        print("\nretention:", SEEN)
    assert SEEN["deleted"] > 50 and SEEN["frames"] > 5


@pytest.mark.parametrize("seed", range(300, 312))
@pytest.mark.parametrize("point", POINTS)
def test_stopped_at_any_commit_it_goes_on_to_the_same_end(tmp_path: Path, seed: int, point: str) -> None:
    world = generate(shape(seed))
    promises = promises_of(world, seed)
    program, meant = program_of(promises), expected(world, promises)
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        try:
            ran(engine, program, FileJournal(tmp_path / "journal"), crash_at(point, 1 + seed % 3))
        except Crash:
            for session in engine.stores.values():
                session.rollback()
    with engine_of(world, addresses) as engine:
        journal = FileJournal(tmp_path / "journal")
        came = ran(engine, program, journal, held=on_record(journal.records.values()))
        assert came.answer.is_done and not came.left
    assert differences(after(world, addresses), meant) == [], (world.shape, promises)
