"""What must always be true of the engine, over generated estates in real databases: I1 to I4 of the design.

The oracle knows no SQL and no order; the engine reads the estate's text, scans the live schema, plans and runs. More worlds
with HYPOTHESIS_PROFILE=long.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, note, settings

from tests import mariadb
from tests.oracle.case import Rows
from tests.oracle.compare import differences
from tests.oracle.databases import create, sorted_rows
from tests.oracle.engine import Engine, engine_of
from tests.oracle.generate import EVERY, Shape, World, generate, shapes
from tests.oracle.oracle import FOREVER, Expected, access, erase, subject_rows
from tests.oracle.running import LONG, after, answered, expected_rows, tokens_of
from tests.oracle.test_generated import PAIRS, THIRD
from tests.oracle.wire import tapped
from upheld.engine.execution import Answer, Bound, WorkingCopy
from upheld.engine.plan.model import Refused
from upheld.engine.plan.plans import Plan, Preview
from upheld.engine.plan.steps import ReadRows, SelectCycle, SelectRows
from upheld.engine.stores.sql.reading import views_of

settings.register_profile(
    "oracle-short", max_examples=40, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.shrink)
)
settings.register_profile("oracle-long", max_examples=1500, deadline=None)
QUIET = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)
generated = settings(settings.get_profile("oracle-long" if LONG else "oracle-short"), suppress_health_check=QUIET)
# The third engine's worlds take longer to make; the same properties, fewer of them.
third = settings(generated, max_examples=400 if LONG else 16)
# In each a placeholder stands in an odd writing beside a person of the ask: the row says nobody else, and goes.
ODD_NOBODY = (
    Shape(frozenset({"asked-by-mail", "identity-roles", "odd-mails", "blank-mails"}), ("sqlite", "sqlite"), 2, 2, 4718),
    Shape(frozenset({"identity-roles", "odd-mails", "blank-mails"}), ("sqlite", "postgresql"), 4, 3, 684),
)
ODD_NOBODY_MARIADB = Shape(
    frozenset({"batch", "cascade", "subscriber-root", "personal-keys", "identity-roles", "not-null", "blank-mails", "odd-mails", "polymorphic",
               "odd-documents", "hold"}), ("sqlite", "mariadb"), 2, 2, 4718,
)  # fmt: skip
SEEN: dict[str, int] = dict.fromkeys(EVERY, 0)


def shown_and_run(engine: Engine) -> tuple[Answer | Refused, Preview | Refused | None]:
    """As a person does it: the counts are shown first, and the run is held to them."""
    bound = engine.bind()
    if isinstance(bound, Refused):
        return bound, None
    shown = engine.preview(bound)
    return engine.erase(bound, preview=None if isinstance(shown, Refused) else shown), shown


def agrees(world: World, outcome: Answer | Refused, expected: Expected) -> None:
    """The engine refuses exactly where the page refuses, and otherwise calls nothing done that is not."""
    if expected.ambiguous:
        assert isinstance(outcome, Refused) and outcome.code == ("X205" if expected.unclear else "X202"), outcome
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
@example(ODD_NOBODY[0])
@example(ODD_NOBODY[1])
def test_i1_every_table_is_left_as_the_oracle_says(tmp_path: Path, made: Shape):
    for feature in made.features:
        SEEN[feature] += 1
    left_as_the_oracle_says(tmp_path, made)


@third
@given(shapes(THIRD))
@example(ODD_NOBODY_MARIADB)
def test_i1_every_table_is_left_as_the_oracle_says_on_mariadb(tmp_path: Path, made: Shape):
    mariadb.needed()
    left_as_the_oracle_says(tmp_path, made)


def left_as_the_oracle_says(tmp_path: Path, made: Shape) -> None:
    world = generate(made)
    note(str(world.shape))
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
    returns_exactly_the_cells(tmp_path, made)


@third
@given(shapes(THIRD))
def test_i3_access_returns_exactly_the_cells_of_each_subject_on_mariadb(tmp_path: Path, made: Shape):
    mariadb.needed()
    returns_exactly_the_cells(tmp_path, made)


def returns_exactly_the_cells(tmp_path: Path, made: Shape) -> None:
    world = generate(made)
    expected = {s.ref: access(world.case, s) for s in world.subjects}
    addresses = create(world, tmp_path)
    with engine_of(world, addresses) as engine:
        bound = engine.bind()
        if any(e.ambiguous for e in expected.values()):
            codes = {"X205" if e.unclear else "X202" for e in expected.values() if e.ambiguous}
            assert isinstance(bound, Refused) and bound.code in codes, (bound, codes)
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


# ---- I4 --------------------------------------------------------------------------------------------------------------

WIDE = frozenset(
    {"deep", "self-reference", "cycle", "messages", "inherited", "polymorphic", "json", "keep", "trigger", "batch", "not-null"}
)
FIXED = 8  # beginning, settings with the fence, stamp and fingerprint of the schema, constraints, the transaction's id, commit, and one in hand
FIXED_READING = 6  # beginning, settings, stamp and fingerprint of the schema, how far a copy lags behind, end


def counted(made: Shape, folder: Path, kind: str = "erasure") -> tuple[int, Plan, World]:
    """Statements on the wire of one run in the shop, its plan, the world."""
    world = generate(made)
    addresses = create(world, folder)
    with tapped(addresses["shop"]) as wire, engine_of(world, addresses | {"shop": wire.address}) as engine:
        plan, bound = engine.plan(kind), engine.bind()
        assert isinstance(bound, Bound)
        wire.reset()
        if kind == "erasure":
            assert engine.erase(bound, plan).is_done
        else:
            copy = engine.access(bound, folder / f"copies-{sum(map(len, world.rows.values()))}")
            assert isinstance(copy, WorkingCopy) and copy.unreached == ()
        count = wire.statements
    return count, plan, world


def wide(engine: str, seed: int) -> Shape:
    if engine == "mariadb":
        mariadb.needed()
    return Shape(WIDE, (engine, "sqlite"), people=4, rows=3, seed=seed, depth=5)


def rows_of(world: World) -> int:
    return sum(map(len, world.rows.values()))


def deepest(world: World) -> int:
    """The longest chain of folders in folders."""
    [up] = [link for link in world.stores[0].tab("folders").owning if link.parent == "folders"]
    above = {row["id"]: row[up.columns[0]] for row in world.rows["shop", "folders"]}

    def depth(folder: object) -> int:
        met: set[object] = set()
        while folder is not None and folder not in met:
            met.add(folder)
            folder = above.get(folder)
        return len(met)

    return max(map(depth, above))


def ten_times(small: Shape, world: World, folder: Path, kind: str) -> list[tuple[int, Plan]]:
    """The same with ten times the rows, and with ten times the depth: statements and plan of each."""
    rows, plan_of_rows, many = counted(dataclasses.replace(small, rows=10 * small.rows), folder, kind)
    depth, plan_of_depth, deep = counted(dataclasses.replace(small, depth=10 * small.depth), folder, kind)
    assert rows_of(many) >= 10 * rows_of(world)
    assert deepest(deep) >= 10 * small.depth
    return [(rows, plan_of_rows), (depth, plan_of_depth)]


WIRED = [("postgresql", 0), ("postgresql", 1), ("postgresql", 2), ("mariadb", 0)]


@pytest.mark.parametrize(("engine", "seed"), WIRED)
def test_i4_statements_depend_on_the_estate_and_not_on_rows_or_depth(tmp_path: Path, engine: str, seed: int):
    """One plan for every size; no more statements on the wire than it has steps, and eight."""
    small = wide(engine, seed)
    first, plan, world = counted(small, tmp_path)
    tables = [t for t in world.stores[0].tabs if not t.not_covered]
    links, keys = sum(len(t.owning) for t in tables), sum(len(t.fks) for t in tables)
    steps = len(plan.store("shop").steps)
    assert steps <= len(tables) * 6 + links + 2 * keys + 4
    for statements, same in [(first, plan), *ten_times(small, world, tmp_path, "erasure")]:
        assert dataclasses.replace(same, stores=()) == dataclasses.replace(plan, stores=())  # the digest, too
        assert statements <= steps + FIXED, (statements, steps)


@pytest.mark.parametrize(("engine", "seed"), WIRED)
def test_i4_an_access_reads_each_set_once_and_each_view_of_a_table_at_most_twice(tmp_path: Path, engine: str, seed: int):
    """Once to see whether it is short, and once more as a stream where it is long: whatever the rows and the depth."""
    small = wide(engine, seed)
    first, plan, world = counted(small, tmp_path, "access")
    steps = plan.store("shop").steps
    sets = sum(isinstance(step, SelectRows | SelectCycle) for step in steps)
    views = sum(len({left_out for _, _, left_out in views_of(step)}) for step in steps if isinstance(step, ReadRows))
    assert first <= sets + views + FIXED_READING, (first, sets, views)
    for statements, same in ten_times(small, world, tmp_path, "access"):
        assert same.digest == plan.digest
        assert statements <= sets + 2 * views + FIXED_READING, (statements, sets, views)
