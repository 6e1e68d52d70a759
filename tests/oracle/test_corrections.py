"""Corrections over generated worlds: the dump afterwards is the dump before with exactly the person's cells changed; stopped anywhere and resumed, the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.oracle.case import Rows
from tests.oracle.compare import differences
from tests.oracle.databases import create, sorted_rows
from tests.oracle.engine import Engine, engine_of
from tests.oracle.generate import World
from tests.oracle.ownership import belongings, key_of
from tests.oracle.running import LONG, POINTS, Crash, after, crash_at, usable
from upheld.engine.estate.model import Category, FreeText
from upheld.engine.execution import Bound
from upheld.engine.execution.corrections import preview_corrections, rehearse_corrections, run_corrections
from upheld.engine.execution.journal import MemoryJournal
from upheld.engine.plan.corrections import places_of, plan_corrections
from upheld.engine.plan.model import Ask, Binding, Correction, Refused
from upheld.engine.plan.plans import Plan, Preview
from upheld.language.promises.model import Program

NO_PROMISES = Program((), {}, (), (), (), "")
Cell = tuple[str, str, tuple[object, ...], str, str, str]  # store, table, key, column, before, after


def correctable(world: World, engine: Engine) -> Iterator[tuple[str, Cell]]:
    """(person, cell) of every text of hers that she may correct: hers by the oracle's word, and by the engine's no key and no identifier."""
    known = {(s.name, t.name): t for s in world.stores for t in s.tabs}
    for subject in world.subjects:
        for place, roles in belongings(world.case, subject).roles.items():
            store, name, _ = place
            table, row = world.case.estate.table(store, name), world.case.row(place)
            computed = {source for column in known[store, name].cols for source in (column.source or "",)}
            bearing = {i.column for i in table.identifies} | {link.column for link in table.identity}
            for column in table.columns:
                value = row[column.name]
                if not roles or not isinstance(column.role, Category | FreeText) or column.name in bearing or table.triggers:
                    continue
                if not isinstance(value, str) or value not in world.tokens or any(column.name in said for said in computed):
                    continue
                if table.shared and not any(column.name in table.shared[role].mine for role in roles):
                    continue
                said = Correction(value[::-1], value, place=(store, name, column.name))
                if not isinstance(places_of(engine.estate, engine.catalogue, said), Refused):
                    yield subject.ref, (store, name, key_of(table, row), column.name, value, value[::-1])


def chosen(world: World, engine: Engine, seed: int) -> dict[str, list[Cell]]:
    rng = random.Random(seed)
    found: dict[str, list[Cell]] = {}
    for ref, cell in correctable(world, engine):
        found.setdefault(ref, []).append(cell)
    return {ref: rng.sample(cells, min(4, len(cells))) for ref, cells in found.items()}


def said_of(world: World, cell: Cell, by_leaf: bool) -> Correction:
    store, table, _, column, was, now = cell
    role = world.case.estate.table(store, table).column(column).role
    if by_leaf and isinstance(role, Category):
        return Correction(now, was, leaf=role.leaf)
    return Correction(now, was, place=(store, table, column))


def expected(world: World, cells: list[Cell]) -> Rows:
    rows = {place: [dict(row) for row in each] for place, each in world.rows.items()}
    for store, table, key, column, _, now in cells:
        mapped = world.case.estate.table(store, table)
        (row,) = [row for row in rows[store, table] if key_of(mapped, row) == key]
        row[column] = now
    return sorted_rows(rows, world.case.catalogue)


def tables_alone(world: World, rows: Rows) -> Rows:
    """Without what views repeat; they are made anew, which a test of its own holds."""
    return {place: each for place, each in rows.items() if place not in world.case.views}


@pytest.mark.parametrize("pair", [("postgresql", "sqlite"), ("mariadb", "sqlite")])
def test_exactly_the_persons_cells_change_also_when_it_is_stopped_and_gone_on_with(
    tmp_path: Path, pair: tuple[str, str]
) -> None:
    tried = 0
    for n, world in enumerate(usable(range(700, 760 if LONG else 704), 14, engines=pair)):
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as engine:
            cells = chosen(world, engine, n)
            bound = engine.bind()
            if not cells or not isinstance(bound, Bound):
                continue
            bindings = [
                replace(one, corrections=tuple(said_of(world, cell, by_leaf=bool(n % 2)) for cell in cells[one.ref]))
                for one in bound.bindings
                if one.ref in cells
            ]
            every = [cell for one in bindings for cell in cells[one.ref]]
            if not ran(world, engine, bindings, every, n):
                continue
            left, wanted = tables_alone(world, after(world, addresses)), tables_alone(world, expected(world, every))
            assert differences(left, wanted) == [], world.shape
            tried += 1
    assert tried >= 2


def ran(world: World, engine: Engine, bindings: list[Binding], cells: list[Cell], n: int) -> bool:
    """The corrections are planned, rehearsed, stopped once and gone on with, and settled; False where the store itself takes no such value."""
    ask = Ask("A-0001", "rectification", len(bindings))
    said = {one.ref: one.corrections for one in bindings}
    plan = plan_corrections(NO_PROMISES, engine.estate, engine.catalogue, (), ask, said, world.today)
    assert isinstance(plan, Plan), (plan, world.shape)
    given = plan, engine.estate, engine.catalogue, bindings, engine.stores
    counts = preview_corrections(*given, world.today)
    assert isinstance(counts, Preview) and sum(counts.rows.values()) == len(set(cells)), (counts, world.shape)
    if rehearse_corrections(*given, world.today) is not None:
        return False
    journal = MemoryJournal()
    more = {"today": world.today, "journal": journal, "preview": counts, "chunk_subjects": 1 + n % 2}
    try:
        run_corrections(*given, **more, failpoint=crash_at(POINTS[n % len(POINTS)], 1))  # type: ignore[arg-type]
    except Crash:
        for session in engine.stores.values():
            session.rollback()
    answer = run_corrections(*given, **more)  # type: ignore[arg-type]
    assert answer.is_done, (answer, world.shape)
    found = {(r.store, c.table, c.key, c.column, c.before, c.after) for r in journal.records.values() for c in r.changed}
    assert found == set(cells), world.shape
    again = run_corrections(*given, today=world.today, settling=True)
    assert again.is_done and [one.rows for one in again.stores] == [0] * len(again.stores)
    return True
