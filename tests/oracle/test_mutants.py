"""I7: what is left out, swapped or dropped turns some check red."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import mariadb
from tests.oracle.case import Row, Rows
from tests.oracle.compare import differences
from tests.oracle.databases import create
from tests.oracle.engine import engine_of
from tests.oracle.generate import World, generate
from tests.oracle.hard import HARD
from tests.oracle.oracle import erase, subject_rows
from tests.oracle.running import LONG, after, expected_rows, ran, usable
from tests.oracle.test_generated import PAIRS, THIRD, shape
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.model import Estate
from upheld.engine.execution import Answer, Bound
from upheld.engine.execution.journal import ChunkRecord
from upheld.engine.execution.sweep import sweep
from upheld.engine.plan.digest import plan_from_json, plan_to_json
from upheld.engine.plan.model import Refused
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import (
    BlankColumns,
    CutLink,
    DeleteObjects,
    DeleteRows,
    EditDocument,
    Guard,
    HoldRows,
    LockRoots,
    ReadBackIdentifiers,
    ReadBackKeys,
    ReadPaths,
    RefreshDerived,
    Rekey,
    SelectCycle,
    SelectRows,
    Step,
)

EFFECTS = (CutLink, BlankColumns, EditDocument, DeleteRows, Rekey)
AFTER = "after the stores"
NEW = (Rekey, ReadPaths, RefreshDerived, DeleteObjects)
HARDEST = frozenset({*HARD, "deep", "keep", "generated"})
SELECTS = (LockRoots, SelectRows, SelectCycle)


def test_i7_a_step_that_does_not_happen_is_never_called_done(tmp_path: Path):
    """Each effect in turn is left out at the store; where that changes the outcome, the engine's own checks are red."""
    tried: dict[str, int] = {}
    caught: dict[str, int] = {}
    for world in usable(range(600, 900 if LONG else 607), 14, hard=False):
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
    assert sum(caught.values()) > sum(tried.values()) / 2, (tried, caught)
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
    hard = next(usable(range(9700, 9710), features=HARDEST, engines=PAIRS[0]))
    for world in (*usable(range(700, 706), 14, hard=False), hard):
        with engine_of(world, create(world, tmp_path)) as engine:
            estate, live = engine.estate, engine.catalogue
        for store in estate.stores.values():
            for name in store.tables:
                rest = {n: t for n, t in store.tables.items() if n != name}
                dropped = Estate(dict(estate.stores) | {store.store: dataclasses.replace(store, tables=rest)})
                found = check_estate(dropped, live)
                assert any(d.severity == "error" and name in d.detail for d in found), name


# ---- plans with a step removed, or two steps swapped -----------------------------------------------------------------


@dataclasses.dataclass
class Mutant:
    """A plan that a faulty planner would make: `order` says which of the old steps stand where."""

    word: str
    store: str
    steps: tuple[int, ...]  # the mutated positions, of the plan as it should be
    order: tuple[int, ...]

    def of(self, plan: Plan) -> Plan:
        """The mutant; read-backs follow the steps that they were made for."""
        if self.store == AFTER:
            return dataclasses.replace(plan, after=tuple(plan.after[n] for n in self.order))
        parts = tuple(dataclasses.replace(p, steps=self._steps(p)) if p.store == self.store else p for p in plan.stores)
        return dataclasses.replace(plan, stores=parts)

    def _steps(self, part: StorePlan) -> tuple[Step, ...]:
        at = {old: new for new, old in enumerate(self.order)}
        found = []
        for old in self.order:
            step = part.steps[old]
            if isinstance(step, ReadBackKeys):
                step = dataclasses.replace(step, steps=tuple(at[n] for n in step.steps if n in at))
            found.append(step)
        return tuple(found)


def mutants(plan: Plan) -> Iterator[Mutant]:
    for part in plan.stores:
        all_steps = tuple(range(len(part.steps)))
        for n in all_steps:
            yield Mutant(f"no {type(part.steps[n]).__name__}", part.store, (n,), (*all_steps[:n], *all_steps[n + 1 :]))
            after_it = n + 1
            if after_it in all_steps and all(isinstance(part.steps[m], EFFECTS) for m in (n, after_it)):
                yield Mutant("swap", part.store, (n, after_it), (*all_steps[:n], after_it, n, *all_steps[n + 2 :]))
    every = tuple(range(len(plan.after)))
    for n in every:
        yield Mutant(f"no {type(plan.after[n]).__name__}", AFTER, (n,), (*every[:n], *every[n + 1 :]))


@dataclasses.dataclass
class Whole:
    """The run of the plan as it should be: the rows that each step touched, what it kept, the rows before and after."""

    plan: Plan
    records: dict[str, tuple[ChunkRecord, ...]]
    before: Rows
    rows: Rows
    swept: dict[str, int]
    keys: dict[tuple[str, str], tuple[str, ...]]

    def touched(self, mutant: Mutant, n: int) -> int:
        return sum(r.rows.get(n, 0) for r in self.records.get(mutant.store, ()))

    def key(self, store: str, table: str) -> tuple[str, ...]:
        return self.keys[store, table]

    def step(self, mutant: Mutant, n: int = 0) -> Step:
        steps = self.plan.after if mutant.store == AFTER else self.plan.store(mutant.store).steps
        return steps[mutant.steps[n]]


def judged(world: World, addresses: dict[str, str], whole: Whole, mutant: Mutant) -> str:
    """Which check is red: the engine's own first, then the sweep, the record, and last the dump. Empty if none."""
    with engine_of(world, addresses) as engine:
        bound = engine.bind()
        assert isinstance(bound, Bound)
        try:
            outcome = engine.erase(bound, mutant.of(whole.plan))
        except (AssertionError, KeyError, IndexError, ValueError, TypeError, AttributeError):
            return "engine"  # it cannot be run at all
        if not outcome.is_done or any(s.found != {} for s in outcome.stores):
            return "engine"
        left = {n: sweep(engine.stores[n], engine.estate.stores[n], bound.bindings, {}).left for n in engine.stores}
    if any(left[n] > whole.swept[n] for n in left):
        return "sweep"
    if any(set(s.kept) != {k for r in whole.records[s.store] for k in r.kept} for s in outcome.stores):
        return "record"
    return "dump" if after(world, addresses) != whole.rows else ""


def explained(world: World, whole: Whole, mutant: Mutant) -> str:
    """Why nothing can be seen of a mutant in this world; empty where it should have been."""
    step = whole.step(mutant)
    touches = [whole.touched(mutant, n) for n in mutant.steps]
    match step:
        case _ if mutant.word == "swap":
            if 0 in touches:
                return "one of the two finds no row"
            return "" if depends(world, whole, mutant) else "the two steps do not wait for each other"
        case Guard():
            return "nothing hangs outside of the ask"  # a world that is refused is tried apart
        case ReadBackKeys() | ReadBackIdentifiers():
            return "all that it asks for had happened"  # tried apart, with a store that forgets
        case SelectRows(scope="ask") | SelectCycle(scope="ask"):
            return "one chunk: the ask's rows are its own"
        case HoldRows() if (
            sum(
                isinstance(s, HoldRows) and (s.table, s.rule) == (step.table, step.rule)
                for s in whole.plan.store(mutant.store).steps
            )
            > 1
        ):
            return "the same rule stands there twice"
        case ReadPaths():
            return "" if files_let_go(whole, mutant.store, step) else "no file goes by it alone"
        case DeleteObjects() if whole.before[step.objects, "files"] == whole.rows[step.objects, "files"]:
            return "no file goes"
        case RefreshDerived():
            return "the views hold nothing of hers" if views_alike(world, whole, mutant.store) else ""
        case HoldRows():
            return (
                ""
                if any(k.table == step.table and k.rule == step.rule for r in whole.records[mutant.store] for k in r.kept)
                else "keeps no row"
            )
        case LockRoots() | SelectRows() | SelectCycle():
            tables = {w.table for w in step.wanted} if isinstance(step, SelectCycle) else {step.wanted.table}
            rows = {place for s in world.subjects for place, _ in subject_rows(world.case, s)}
            if not any(p[:2] == (mutant.store, t) for p in rows for t in tables):
                return "the set has no row"
            return "" if used(whole, mutant, tables) else "every step finds the set's rows by their links"
        case CutLink() | BlankColumns() | EditDocument() | DeleteRows() | Rekey() if touches == [0]:
            return "finds no row"
        case CutLink() | BlankColumns() | EditDocument() if unchanged(whole, mutant, step):
            return "the cells were so before"
        case CutLink():
            return by_itself(world, whole, mutant, step)
        case DeleteRows():
            keys = key_actions(world, mutant.store, step.rows.table)
            return "its rows go with their parents" if "cascade" in keys.values() else ""
        case _:
            return "no store executes it" if type(step).__name__ in ("Sweep", "Compact", "TellRecipient", "ReviewRows") else ""


def files_let_go(whole: Whole, store: str, step: ReadPaths) -> set[object]:
    """Files that went, and that only rows of this table pointed to."""
    place = step.objects, "files"
    gone = {row["name"] for row in whole.before[place]} - {row["name"] for row in whole.rows[place]}

    def named(mine: bool) -> set[object]:
        tables = [t for t in whole.before if t != place and (t == (store, step.rows.table)) is mine]
        return {value for t in tables for row in whole.before[t] for name, value in row.items() if name.endswith(step.column)}

    return gone & named(True) - named(False)


def views_alike(world: World, whole: Whole, store: str) -> bool:
    places = [(store, view.name) for s in world.stores if s.name == store for view in s.views]
    return all(whole.before[place] == whole.rows[place] for place in places)


def used(whole: Whole, mutant: Mutant, tables: set[str]) -> bool:
    """Another step takes rows from the set, by key or as parents. A set of what stays with others alone is read only to be locked."""
    steps = whole.plan.store(mutant.store).steps
    others = [step for n, step in enumerate(steps) if n not in mutant.steps]
    if any(f"parent='{table}', at=" in repr(step) for step in others for table in tables):
        return True
    by_key = [
        step
        for step in others
        if isinstance(step, CutLink | BlankColumns | EditDocument | DeleteRows) and "ByKey(" in repr(step)
    ]
    held = {step.table for step in others if isinstance(step, HoldRows)}
    return bool(tables & held) or any(step.rows.table in tables for step in by_key)


def columns_of(step: CutLink | BlankColumns | EditDocument) -> tuple[str, ...]:
    return step.columns if isinstance(step, CutLink) else tuple(name for name, _ in step.columns)


def unchanged(whole: Whole, mutant: Mutant, step: CutLink | BlankColumns | EditDocument) -> bool:
    """The whole run leaves these columns of every row that stays as they were."""
    place = mutant.store, step.rows.table
    was = {tuple(r[c] for c in whole.keys[place]): r for r in whole.before[place]}
    both = [(was.get(tuple(r[c] for c in whole.keys[place])), r) for r in whole.rows[place]]
    return all(old is not None and old[c] == row[c] for old, row in both for c in columns_of(step))


def by_itself(world: World, whole: Whole, mutant: Mutant, step: CutLink) -> str:
    """A cut that the key's own ON DELETE SET NULL makes, too, or another cut of the same columns."""
    actions = key_actions(world, mutant.store, step.rows.table)
    if any(columns == step.columns and action == "set null" for (columns, _), action in actions.items()):
        return "the key sets NULL itself"
    for other in whole.plan.store(mutant.store).steps:
        alike = isinstance(other, CutLink) and (other.rows.table, other.columns) == (step.rows.table, step.columns)
        if alike and other != step:
            return "another step cuts the same link"
    return ""


def key_actions(world: World, store: str, table: str) -> dict[tuple[tuple[str, ...], str], str]:
    tab = next(s for s in world.stores if s.name == store).tab(table)
    return {(k.columns, k.target): k.on_delete for k in tab.fks}


def depends(world: World, whole: Whole, mutant: Mutant) -> bool:
    """The first step takes away what holds on to rows that the second deletes, at once: NO ACTION, not deferrable."""
    first, second = whole.step(mutant), whole.step(mutant, 1)
    if not isinstance(second, DeleteRows) or not isinstance(first, CutLink | DeleteRows):
        return False
    tab = next(s for s in world.stores if s.name == mutant.store).tab(first.rows.table)
    gone = missing(whole, mutant.store, second.rows.table)
    for k in tab.fks:
        loosened = isinstance(first, DeleteRows) or set(k.columns) & set(first.columns)
        if (
            k.target != second.rows.table
            or k.on_delete != "no action"
            or k.deferrable
            or not loosened
            or first.rows.table == k.target
        ):
            continue
        if any(
            tuple(r[c] for c in k.columns) in {tuple(g[c] for c in k.target_columns) for g in gone}
            for r in whole.before[mutant.store, tab.name]
        ):
            return True
    return False


def missing(whole: Whole, store: str, table: str) -> list[Row]:
    """Rows that went. Blanked ones differ in other columns than their keys."""
    key = whole.key(store, table)
    left = {tuple(r[c] for c in key) for r in whole.rows[store, table]}
    return [r for r in whole.before[store, table] if tuple(r[c] for c in key) not in left]


def whole_run(world: World, addresses: dict[str, str]) -> Whole:
    before = after(world, addresses)
    with engine_of(world, addresses) as engine:
        plan, bound = engine.plan(), engine.bind()
        assert isinstance(bound, Bound)
        outcome = engine.erase(bound, plan)
        assert outcome.is_done
        swept = {n: sweep(engine.stores[n], engine.estate.stores[n], bound.bindings, {}).left for n in engine.stores}
    return Whole(
        plan,
        {s.store: s.chunks for s in outcome.stores},
        before,
        after(world, addresses),
        swept,
        {(s.name, t.name): t.key for s in world.stores for t in s.tabs},
    )


@pytest.mark.parametrize(
    ("pair", "seed"), [*((PAIRS[2], n) for n in range(900, 903)), (PAIRS[0], 950), *([(THIRD[0], 961)] if LONG else [])]
)
def test_i7_a_plan_with_a_step_removed_or_two_swapped_turns_a_check_red(tmp_path: Path, pair: tuple[str, str], seed: int):
    """Removed: each step, with the read-back made for it. Swapped: each two effects that stand together."""
    if "mariadb" in pair:
        mariadb.needed()
    world = next(usable(range(seed * 10, seed * 10 + 10), 14, hard=False, engines=pair))
    whole = whole_run(world, create(world, tmp_path))
    red: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    addresses, fresh = create(world, tmp_path), True
    for mutant in mutants(whole.plan):
        refused = plan_from_json(plan_to_json(mutant.of(whole.plan)))
        assert isinstance(refused, Refused) and refused.code == "L205", mutant
        if not fresh:
            addresses = create(world, tmp_path)
        by = judged(world, addresses, whole, mutant)
        fresh = after(world, addresses) == whole.before
        reason = explained(world, whole, mutant) if not by else ""
        assert by or reason, (world.shape, mutant, whole.step(mutant))
        (red if by else silent)[f"{mutant.word}: {by or reason}"] += 1
    print("\nred:", dict(red), "\nnot to be seen:", dict(silent))
    assert sum(red.values()) >= 3, (red, silent)


@pytest.mark.parametrize("seed", range(970, 980) if LONG else (970, 973))
def test_i7_so_it_is_with_personal_keys_files_and_views(tmp_path: Path, seed: int):
    """Every step in the long run; else those that only such worlds have, alone and swapped with a neighbour."""
    world = next(usable(range(seed * 10, seed * 10 + 10), features=HARDEST, engines=PAIRS[0]))
    whole = whole_run(world, create(world, tmp_path))
    addresses, fresh, red = create(world, tmp_path), True, Counter[str]()
    for mutant in mutants(whole.plan):
        if not LONG and not any(isinstance(whole.step(mutant, n), NEW) for n in range(len(mutant.steps))):
            continue
        if not fresh:
            addresses = create(world, tmp_path)
        by = judged(world, addresses, whole, mutant)
        fresh = after(world, addresses) == whole.before
        assert by or explained(world, whole, mutant), (world.shape, mutant, whole.step(mutant))
        red[mutant.word] += bool(by)
    expected = (
        {"no Rekey"} if seed == 973 else {"no ReadPaths", "no RefreshDerived", "no DeleteObjects"} if seed == 970 else set()
    )
    assert expected <= {word for word, count in red.items() if count}, red


def test_i7_a_refused_world_without_its_guard_is_still_not_erased_in_silence(tmp_path: Path):
    """A guard's place is taken by the key itself, or the rows that hang outside are seen to change."""
    tried = 0
    for seed in range(2000):
        world = generate(dataclasses.replace(shape(seed, 10, hard=False), engines=PAIRS[2]))
        expected = erase(world.case)
        if expected.ambiguous or not expected.refused:
            continue
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as engine:
            plan, bound = engine.plan(), engine.bind()
            assert isinstance(bound, Bound)
            for mutant in mutants(plan):
                if mutant.word == "no Guard" and mutant.store in expected.refused:
                    outcome = engine.erase(bound, mutant.of(plan))
                    wrong = differences(after(world, addresses), expected_rows(world, expected)) != []
                    assert not outcome.is_done or wrong, (world.shape, mutant)
                    tried += 1
        if tried >= (60 if LONG else 6):
            return


def test_i7_without_its_read_backs_a_plan_calls_done_what_a_store_forgot(tmp_path: Path):
    """Read-backs are seen only where something failed: with them the run is red, without them it lies."""
    lied = 0
    for world in usable(range(620, 800 if LONG else 622), 14, hard=False, engines=PAIRS[2]):
        expected = expected_rows(world, erase(world.case))
        for store, number, _ in effects_of(world, tmp_path):
            red = []
            for bare in (False, True):
                addresses = create(world, tmp_path)
                with engine_of(world, addresses) as engine:
                    plan, bound = engine.plan(), engine.bind()
                    assert isinstance(bound, Bound)
                    engine.leave_out(store, number)
                    red.append(not engine.erase(bound, without_read_backs(plan) if bare else plan).is_done)
            lied += red == [True, False] and differences(after(world, addresses), expected) != []
    assert lied >= 2


def without_read_backs(plan: Plan) -> Plan:
    """Read-backs stand last, so that no other step moves."""
    parts = []
    for part in plan.stores:
        last = max(n for n, s in enumerate(part.steps) if isinstance(s, EFFECTS))
        first = min(n for n, s in enumerate(part.steps) if isinstance(s, ReadBackKeys))
        assert last < first
        steps = tuple(s for s in part.steps if not isinstance(s, ReadBackKeys | ReadBackIdentifiers))
        parts.append(dataclasses.replace(part, steps=steps))
    return dataclasses.replace(plan, stores=tuple(parts))
