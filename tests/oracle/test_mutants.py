"""I7: what is left out, swapped or dropped turns some check red."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tests.oracle.compare import differences
from tests.oracle.databases import create
from tests.oracle.engine import engine_of
from tests.oracle.generate import World
from tests.oracle.oracle import erase
from tests.oracle.running import LONG, after, expected_rows, ran, usable
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.model import Estate
from upheld.engine.execution import Answer
from upheld.engine.plan.model import Refused
from upheld.engine.plan.steps import BlankColumns, CutLink, DeleteRows, EditDocument


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
