"""What must always be true of the engine, over generated estates in real databases: I1 to I7 of the design.

The oracle knows no SQL and no order; the engine reads the estate's text, scans the live schema, plans and runs. More worlds
with HYPOTHESIS_PROFILE=long.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from tests.oracle.case import Row, Rows
from tests.oracle.compare import differences
from tests.oracle.databases import create, dump, sorted_rows
from tests.oracle.engine import Engine, FileJournal, engine_of
from tests.oracle.generate import FEATURES, Shape, World, generate, shapes
from tests.oracle.oracle import FOREVER, Blank, Expected, ExpectedAccess, access, erase, subject_rows
from tests.oracle.test_generated import PAIRS, shape
from tests.oracle.wire import tapped
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.model import Estate
from upheld.engine.execution import Answer, Bound, WorkingCopy
from upheld.engine.execution.access_rows import AccessAnswer
from upheld.engine.execution.journal import MemoryJournal
from upheld.engine.plan.model import Refused
from upheld.engine.plan.plans import Plan, Preview
from upheld.engine.plan.steps import BlankColumns, CutLink, DeleteRows, EditDocument

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
settings.register_profile("oracle-short", max_examples=40, deadline=None, phases=(Phase.explicit, Phase.generate, Phase.shrink))
settings.register_profile("oracle-long", max_examples=1500, deadline=None)
QUIET = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)
generated = settings(settings.get_profile("oracle-long" if LONG else "oracle-short"), suppress_health_check=QUIET)
SEEN: dict[str, int] = dict.fromkeys(FEATURES, 0)


def ran(engine: Engine) -> Answer | Refused:
    bound = engine.bind()
    return bound if isinstance(bound, Refused) else engine.erase(bound)


def shown_and_run(engine: Engine) -> tuple[Answer | Refused, Preview | Refused | None]:
    """As a person does it: the counts are shown first, and the run is held to them."""
    bound = engine.bind()
    if isinstance(bound, Refused):
        return bound, None
    shown = engine.preview(bound)
    return engine.erase(bound, preview=None if isinstance(shown, Refused) else shown), shown


def after(world: World, addresses: dict[str, str]) -> Rows:
    return dump(world.stores, addresses, world.case.catalogue)


def expected_rows(world: World, expected: Expected) -> Rows:
    return sorted_rows(expected.dump, world.case.catalogue)


def agrees(world: World, outcome: Answer | Refused, expected: Expected) -> None:
    """The engine refuses exactly where the page refuses, and otherwise calls nothing done that is not."""
    if expected.ambiguous:
        assert isinstance(outcome, Refused) and outcome.code == "X202", outcome
        return
    assert isinstance(outcome, Answer), outcome
    refused = {s.store for s in outcome.stores if isinstance(s.problem, Refused)}
    assert refused == expected.refused, outcome
    assert outcome.is_done == (not expected.refused), outcome


def up_to(expected: Rows, outcome: Answer | Refused, before: Rows) -> Rows:
    """The expected dump of the stores that the run came to; a store after a refusal is as it was."""
    reached = {s.store for s in outcome.stores} if isinstance(outcome, Answer) else set()
    return {place: rows if place[0] in reached else before[place] for place, rows in expected.items()}


# ---- I1, I2 ----------------------------------------------------------------------------------------------------------


@generated
@given(shapes(PAIRS))
def test_i1_every_table_is_left_as_the_oracle_says(tmp_path: Path, made: Shape):
    world = generate(made)
    note(str(world.shape))
    for feature in made.features:
        SEEN[feature] += 1
    expected = erase(world.case)
    before = sorted_rows(world.rows, world.case.catalogue)
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        outcome, shown = shown_and_run(engine)
    agrees(world, outcome, expected)
    assert isinstance(shown, Refused) == bool(expected.refused) or expected.ambiguous, shown
    found = after(world, addresses)
    assert differences(found, up_to(expected_rows(world, expected), outcome, before)) == []
    if isinstance(outcome, Answer) and outcome.is_done:
        only_kept_tokens_are_found(world, expected, found)
        holds_are_recorded(world, outcome, expected)
        contested = sum(chunk.contested for store in outcome.stores for chunk in store.chunks)
        assert contested == len(expected.contested) or len(world.subjects) > 1, (contested, expected.contested)


def only_kept_tokens_are_found(world: World, expected: Expected, found: Rows) -> None:
    """I2: of all that was written in the subjects' rows, exactly what is kept can be found, wherever one looks."""
    theirs = {t for s in world.subjects for _, row in subject_rows(world.case, s) for t in tokens_of(world, row)}
    anywhere = {t for rows in found.values() for row in rows for t in tokens_of(world, row)}
    left = {t for rows in expected.dump.values() for row in rows for t in tokens_of(world, row)}
    assert theirs & anywhere == theirs & left


def tokens_of(world: World, row: Row) -> set[str]:
    """Every token in a row's texts and documents, whatever its letters' case."""
    text = repr([v for v in row.values() if not isinstance(v, Blank)]).lower()
    for sign in "'\"[]{},: @\\":
        text = text.replace(sign, "|")
    return {part for part in text.split("|") if part in world.tokens}


def holds_are_recorded(world: World, outcome: Answer, expected: Expected) -> None:
    """Every kept cell is in the record, with its ground and its end; and no other."""
    meant = set()
    for place, fate in expected.fates.items():
        key = tuple(world.case.row(place)[c] for c in world.case.estate.table(*place[:2]).key)
        for column, (_, end) in fate.keep.items():
            meant.add((*place[:2], key, column, None if end == FOREVER else end))
    said: dict[tuple[str, str, tuple[object, ...], str], date | None] = {}
    for store in outcome.stores:
        for kept in store.kept:
            for key, until in zip(kept.keys, kept.until, strict=True):
                for column in kept.rule.columns:
                    cell = (store.store, kept.table, tuple(key), column)
                    said[cell] = (
                        None
                        if until is None or (cell in said and said[cell] is None)
                        else max(until, said.get(cell, until) or until)
                    )
    assert {(*cell, until) for cell, until in said.items()} == meant


def test_every_feature_was_run(capsys: pytest.CaptureFixture[str]):
    """Stands after I1 in this file: whatever hypothesis drew, each feature ran."""
    if not sum(SEEN.values()):
        pytest.skip("runs with I1")
    with capsys.disabled():
        print("\nrun by I1:", ", ".join(f"{k} {v}" for k, v in SEEN.items()))
    assert min(SEEN.values()) >= 1, SEEN


# ---- I3 --------------------------------------------------------------------------------------------------------------


@generated
@given(shapes(PAIRS))
def test_i3_access_returns_exactly_the_cells_of_each_subject(tmp_path: Path, made: Shape):
    world = generate(made)
    expected = {s.ref: access(world.case, s) for s in world.subjects}
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        bound = engine.bind()
        if any(e.ambiguous for e in expected.values()):
            assert isinstance(bound, Refused) and bound.code == "X202"
            return
        assert isinstance(bound, Bound), bound
        copy = engine.access(bound, tmp_path / "copies")
        assert isinstance(copy, WorkingCopy), copy
        found = {ref: answered(world, engine, copy.answer(ref, engine.estate)) for ref in expected}
        assert copy.unreached == ()
    for ref, want in expected.items():
        assert found[ref].rows == want.rows
        assert found[ref].review == want.review
        assert found[ref].others >= want.others
        assert copy.answer(ref, engine.estate).contested == len(want.contested)
    assert differences(after(world, addresses), sorted_rows(world.rows, world.case.catalogue)) == [], (
        "an access changes nothing"
    )


def answered(world: World, engine: Engine, answer: AccessAnswer) -> ExpectedAccess:
    """An answer in the oracle's words. No row may come twice."""
    result = ExpectedAccess()
    for table in answer.tables:
        names = [c.name for c in table.columns]
        live = engine.catalogue.stores[table.store].tables[table.table]
        for row in table.rows:
            cells = {c: _as_stored(v, live.column(c).family) for c, v in zip(names, row, strict=True)}
            place = (table.store, table.table, tuple(cells[c] for c in live.primary_key))
            assert place not in result.rows, place
            result.rows[place] = cells
        result.review |= {(table.store, table.table, tuple(r.key), r.column) for r in table.review}
        result.others |= {(table.store, table.table, w.column) for w in table.withheld if w.because == "others"}
    return result


def _as_stored(value: object, family: str) -> object:
    if family == "timestamp" and isinstance(value, str):
        return value.replace("T", " ")
    return bool(value) if family == "boolean" and value is not None else value


# ---- I4 --------------------------------------------------------------------------------------------------------------

WIDE = frozenset(
    {"deep", "self-reference", "cycle", "messages", "inherited", "polymorphic", "json", "keep", "trigger", "batch", "not-null"}
)
FIXED = 16  # the session's start, timeouts, fence, fingerprint, constraints, xid, commit


def counted(made: Shape, folder: Path) -> tuple[int, Plan, World]:
    """Statements on the wire of one run in PostgreSQL, its plan, the world."""
    world = generate(made)
    addresses = create(world, folder)
    with tapped(addresses["shop"]) as wire, engine_of(world, addresses | {"shop": wire.address}) as engine:
        plan, bound = engine.plan(), engine.bind()
        assert isinstance(bound, Bound)
        wire.reset()
        outcome = engine.erase(bound, plan)
        count = wire.statements
    assert outcome.is_done
    return count, plan, world


def rows_of(world: World) -> int:
    return sum(map(len, world.rows.values()))


@pytest.mark.parametrize("seed", range(3))
def test_i4_statements_depend_on_the_estate_and_not_on_rows_or_depth(tmp_path: Path, seed: int):
    """One plan for every size; no more statements on the wire than it has steps, and what is fixed."""
    small = Shape(WIDE, ("postgresql", "sqlite"), people=4, rows=3, seed=seed, depth=5)
    _, plan, world = counted(small, tmp_path)
    tables = [t for t in world.stores[0].tabs if not t.not_covered]
    links, keys = sum(len(t.owning) for t in tables), sum(len(t.fks) for t in tables)
    steps = len(plan.store("shop").steps)
    assert steps <= len(tables) * 6 + links + 2 * keys + 4
    for larger in (dataclasses.replace(small, rows=30), dataclasses.replace(small, depth=50)):
        statements, same, many = counted(larger, tmp_path)
        assert rows_of(many) > 2 * rows_of(world)
        assert dataclasses.replace(same, stores=()) == dataclasses.replace(plan, stores=())  # the digest, too
        assert statements <= steps + FIXED, (statements, steps)


# ---- I5 --------------------------------------------------------------------------------------------------------------

POINTS = ("before-prepared", "before-store-commit", "after-store-commit", "after-done")


class Crash(BaseException):
    """What a failpoint raises; no `except Exception` may catch it."""


def crash_at(point: str, store_number: int) -> Callable[[str], None]:
    passed = 0

    def failpoint(name: str) -> None:
        nonlocal passed
        if name == point:
            passed += 1
            if passed == store_number:
                raise Crash(point)

    return failpoint


def usable(seeds: Iterator[int] | range, most: int = 12, **change: object) -> Iterator[World]:
    """Worlds whose ask is neither ambiguous nor refused."""
    for seed in seeds:
        world = generate(dataclasses.replace(shape(seed, most), **change))
        expected = erase(world.case)
        if not expected.ambiguous and not expected.refused:
            yield world


def projected(journal: MemoryJournal) -> object:
    """The record without what differs between attempts: the store's token, whether it was settled later, the order of rules."""
    return {
        place: dataclasses.replace(r, token="", settled=False, kept=tuple(sorted(r.kept, key=repr)))
        for place, r in journal.records.items()
    }


@pytest.mark.parametrize("point", POINTS)
def test_i5_stopped_at_a_failpoint_and_resumed_is_as_if_it_had_not_stopped(tmp_path: Path, point: str):
    for world in usable(range(100, 400 if LONG else 106), 14):
        expected = expected_rows(world, erase(world.case))
        whole = MemoryJournal()
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as engine:
            bound = engine.bind()
            assert isinstance(bound, Bound)
            engine.erase(bound, journal=whole)
        for number in (1, 2):
            addresses = create(world, tmp_path)
            journal = MemoryJournal()
            with engine_of(world, addresses) as engine:
                bound = engine.bind()
                assert isinstance(bound, Bound)
                with contextlib.suppress(Crash):
                    engine.erase(bound, journal=journal, failpoint=crash_at(point, number))
            with engine_of(world, addresses) as engine:  # the bindings outlive the run: nobody is looked up again
                assert engine.erase(bound, journal=journal).is_done
            assert differences(after(world, addresses), expected) == []
            assert projected(journal) == projected(whole), (world.shape, point, number)


def test_i5_twice_is_once(tmp_path: Path):
    for world in usable(range(200, 500 if LONG else 210), 14):
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as engine:
            bound = engine.bind()
            assert isinstance(bound, Bound)
            engine.erase(bound)
            first = after(world, addresses)
            assert engine.erase(bound).is_done
            assert after(world, addresses) == first


def test_i5_killed_and_resumed_by_another_process(tmp_path: Path):
    points = [(p, n) for p in POINTS for n in (1, 2)]
    for world, (point, number) in zip(usable(range(300, 400), 14), points, strict=False):
        expected = expected_rows(world, erase(world.case))
        addresses = create(world, tmp_path)
        journal = tmp_path / f"{point}-{number}.journal"
        with engine_of(world, addresses) as engine:
            bound = engine.bind()
            assert isinstance(bound, Bound)
        child = os.fork()
        if child == 0:  # a process of its own: only the file outlives it
            try:
                with engine_of(world, addresses) as engine:
                    engine.erase(bound, journal=FileJournal(journal), failpoint=killing(crash_at(point, number)))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        with engine_of(world, addresses) as engine:
            assert engine.erase(bound, journal=FileJournal(journal)).is_done
        assert differences(after(world, addresses), expected) == []


def killing(crash: Callable[[str], None]) -> Callable[[str], None]:
    """Where `crash` raises, the process is gone without a word."""

    def failpoint(name: str) -> None:
        try:
            crash(name)
        except Crash:
            os.kill(os.getpid(), signal.SIGKILL)

    return failpoint


# ---- I6 --------------------------------------------------------------------------------------------------------------


def test_i6_one_after_the_other_is_what_the_oracle_says_of_each(tmp_path: Path):
    """The second ask's oracle starts from what the first ask left in the databases."""
    done = 0
    for seed in range(0, 600 if LONG else 36):
        made = shape(seed, 14)
        world = generate(dataclasses.replace(made, features=made.features | {"batch"}))
        addresses = create(world, tmp_path)
        case = world.case
        for subject in world.subjects:
            expected = erase(case.of(subject))
            if expected.ambiguous or expected.refused:
                break
            alone = dataclasses.replace(world, subjects=(subject,))
            with engine_of(alone, addresses) as engine:
                bound = engine.bind()
                if isinstance(bound, Refused):  # the first ask took her address with it: nobody is found
                    break
                assert engine.erase(bound).is_done
            found = after(world, addresses)
            assert differences(found, expected_rows(world, expected)) == [], world.shape
            case = case.with_rows(found)
            done += 1
    assert done > 20


def test_i6_chunks_of_one_subject_end_as_one_chunk(tmp_path: Path):
    for world in usable(range(0, 600 if LONG else 60), 14):
        if len(world.subjects) < 2:
            continue
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as engine:
            bound = engine.bind()
            assert isinstance(bound, Bound)
            outcome = engine.erase(bound, chunk_subjects=1)
        if outcome.is_done:
            assert differences(after(world, addresses), expected_rows(world, erase(world.case))) == [], world.shape
        else:
            assert all(isinstance(s.problem, Refused) for s in outcome.stores if s.problem), outcome


def doubled(world: World) -> World:
    """The same world with a second, parallel one beside it: other keys, other addresses, the same shape."""
    rows = {place: [*found, *(_shifted(row) for row in found)] for place, found in world.rows.items()}
    return dataclasses.replace(world, rows=rows)


def _shifted(row: Row) -> Row:
    def shifted(column: str, value: object) -> object:
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            return value + 500_000
        taboo = str(value).strip().lower() in ("", "n/a", "unknown@example.test", "none@example.test")
        if not isinstance(value, str) or taboo or column == "of_type" or value[:4].isdigit():
            return value
        return "z" + value.lstrip() if value[0] != " " else " z" + value.lstrip()

    return {c: shifted(c, v) for c, v in row.items()}


def test_i6_strangers_change_nothing(tmp_path: Path):
    for world in usable(range(500, 800 if LONG else 510), 14):
        both = doubled(world)
        mine = erase(world.case).dump
        expected = {place: [*mine[place], *(_shifted(r) for r in world.rows[place])] for place in mine}
        addresses = create(both, tmp_path)
        with engine_of(both, addresses) as engine:
            outcome = ran(engine)
        assert isinstance(outcome, Answer) and outcome.is_done, (world.shape, outcome)
        assert differences(after(both, addresses), sorted_rows(expected, world.case.catalogue)) == [], world.shape


# ---- I7 --------------------------------------------------------------------------------------------------------------


def test_i7_a_step_that_does_not_happen_is_never_called_done(tmp_path: Path):
    """Each effect in turn is left out at the store; where that changes the outcome, the engine's own checks are red."""
    tried: dict[str, int] = {}
    caught: dict[str, int] = {}
    for world in usable(range(600, 900 if LONG else 607), 14):
        expected = expected_rows(world, erase(world.case))
        plan = None
        for store, number, kind in effects_of(world, tmp_path):
            addresses = create(world, tmp_path)
            with engine_of(world, addresses) as engine:
                plan = plan or engine.plan()
                engine.leave_out(store, number)
                outcome = ran(engine)
            tried[kind] = tried.get(kind, 0) + 1
            wrong = differences(after(world, addresses), expected) != []
            red = isinstance(outcome, Refused) or not outcome.is_done
            assert red or not wrong or kind == "CutLink and cascade", (world.shape, store, number, kind)
            caught[kind] = caught.get(kind, 0) + red
    assert all(caught.get(kind, 0) > 0 for kind in tried if kind != "CutLink and cascade"), (tried, caught)


def effects_of(world: World, folder: Path) -> list[tuple[str, int, str]]:
    """The steps that touch rows in this world."""
    addresses = create(world, folder)
    with engine_of(world, addresses) as engine:
        plan, outcome = engine.plan(), ran(engine)
    assert isinstance(outcome, Answer), outcome
    touched = [(s.store, n) for s in outcome.stores for record in s.chunks for n, rows in record.rows.items() if rows]
    steps = {(part.store, n): step for part in plan.stores for n, step in enumerate(part.steps)}
    return [(store, n, name) for store, n in touched if (name := _kind(world, store, steps[store, n]))]


def _kind(world: World, store: str, step: object) -> str:
    """The step's word. Where a cut only forestalls a cascade, a row that should have stayed is gone, and no read-back of
    what was to go can see it: there only the oracle's dump is red."""
    match step:
        case CutLink(rows=rows, parent=parent) if parent:
            tab = next(s for s in world.stores if s.name == store).tab(rows.table)
            cascades = any(k.target == parent and k.on_delete == "cascade" for k in tab.fks)
            return "CutLink and cascade" if cascades else "CutLink"
        case BlankColumns() | CutLink() | DeleteRows() | EditDocument():
            return type(step).__name__
    return ""


def test_i7_a_table_dropped_from_the_map_turns_the_check_red(tmp_path: Path):
    for world in usable(range(700, 706), 14):
        with engine_of(world, create(world, tmp_path)) as engine:
            estate, live = engine.estate, engine.catalogue
        for store in estate.stores.values():
            for name in store.tables:
                rest = {n: t for n, t in store.tables.items() if n != name}
                dropped = Estate(dict(estate.stores) | {store.store: dataclasses.replace(store, tables=rest)})
                found = check_estate(dropped, live)
                assert any(d.severity == "error" and name in d.detail for d in found), name
