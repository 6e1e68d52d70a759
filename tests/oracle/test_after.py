"""After an erasure: an access returns exactly what is kept; asks with no row in common add up; a stranger's world is as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from tests.oracle.case import Case, Place, Row, Subject
from tests.oracle.databases import create
from tests.oracle.engine import engine_of
from tests.oracle.generate import World, generate
from tests.oracle.oracle import LEFT_OUT, Blank, Expected, cell_of, erase, personal_columns, subject_rows
from tests.oracle.ownership import key_of
from tests.oracle.running import LONG, after, answered
from tests.oracle.test_generated import shape
from upheld.engine.execution import Bound, WorkingCopy
from upheld.engine.plan.model import Binding, DueAfter


def places(world: World, number: int) -> set[Place]:
    return {place for place, _ in subject_rows(world.case, world.subjects[number])}


def erased(world: World, addresses: dict[str, str], *numbers: int) -> None:
    asked = tuple(world.subjects[n] for n in numbers)
    with engine_of(dataclasses.replace(world, subjects=asked), addresses) as engine:
        bound = engine.bind()
        assert isinstance(bound, Bound), bound
        assert engine.erase(bound).is_done


# ---- two asks that share no row --------------------------------------------------------------------------------------


def apart(world: World) -> bool:
    """Two people with no row in common, neither refused, and neither's row is needed by the other's that stays."""
    if len(world.subjects) != 2 or places(world, 0) & places(world, 1):
        return False
    case = world.case
    outcomes = [erase(case), *(erase(case.of(s)) for s in world.subjects)]
    return not any(o.ambiguous or o.refused or o.contested for o in outcomes)


def test_i6_both_at_once_is_one_and_then_the_other_where_no_row_is_shared(tmp_path: Path):
    """Of the databases themselves: no oracle stands between the two dumps."""
    done, kept = 0, 0
    for seed in range(0, 2000):
        made = shape(seed, 14)
        world = generate(dataclasses.replace(made, features=(made.features | {"batch", "keep"}) - {"asked-by-mail"}))
        if not apart(world):
            continue
        addresses = create(world, tmp_path)
        erased(world, addresses, 0, 1)
        together = after(world, addresses)
        addresses = create(world, tmp_path)
        erased(world, addresses, 0)
        erased(world, addresses, 1)
        expected = erase(world.case)
        assert after(world, addresses) == together, world.shape
        done += 1
        if done == (400 if LONG else 8):
            break
        kept += any(fate.keep for fate in expected.fates.values())
    assert kept >= 1, (done, kept)


# ---- access after an erasure -----------------------------------------------------------------------------------------

Cell = tuple[str, str, tuple[object, ...], str]


def kept(world: World, expected: Expected) -> dict[Cell, object]:
    """The kept cells that an access may show, with what stands in them; NULL is nothing to show."""
    cells: dict[Cell, object] = {}
    for place, fate in expected.fates.items():
        table, row = world.case.estate.table(*place[:2]), world.case.row(place)
        for column in fate.keep:
            shown, _ = cell_of(table.column(column).role, row[column])
            if shown is not LEFT_OUT and row[column] is not None:
                cells[(*place[:2], key_of(table, row), column)] = shown
    return cells


def test_access_after_an_erasure_returns_the_kept_cells_and_no_other(tmp_path: Path):
    """What stays only for its links, keys and days is no content. A kept row whose every link was cut is in the record, by key."""
    shown, hidden, seeds = 0, 0, range(0, 1500 if LONG else 40)
    for seed in seeds:
        made = shape(seed, 10)
        world = generate(dataclasses.replace(made, features=(made.features | {"keep"}) - SHARED))
        expected = erase(world.case)
        if expected.ambiguous or expected.refused or expected.contested:
            continue
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as engine:
            bound = engine.bind()
            assert isinstance(bound, Bound)
            outcome = engine.erase(bound)
            assert outcome.is_done
            copy = engine.access(bound, tmp_path / f"copies-{seed}")
            assert isinstance(copy, WorkingCopy), copy
            answers = [answered(world, engine, copy.answer(s.ref, engine.estate)) for s in world.subjects]
        left = world.case.with_rows(after(world, addresses))
        found = {(*place, c): v for a in answers for place, cells in a.rows.items() for c, v in cells.items()}
        meant = kept(world, expected)
        content = {cell: v for cell, v in found.items() if v is not None and _is_content(world, expected, meant, cell)}
        assert content.items() <= meant.items(), world.shape
        recorded = {
            (s.store, k.table, tuple(key), c) for s in outcome.stores for k in s.kept for key in k.keys for c in k.rule.columns
        }
        reached = {
            (*place[:2], key_of(world.case.estate.table(*place[:2]), row))
            for s in bound.bindings
            for place, row in _still(left, s)
        }
        for cell in meant.keys() - content.keys():
            assert cell[:3] not in reached and cell in recorded, (world.shape, cell)
        shown, hidden = shown + len(content), hidden + len(meant.keys() - content.keys())
    assert shown >= 20, (shown, hidden)
    print("kept cells shown", shown, "known by the record alone", hidden)


SHARED = {"messages", "inherited", "many-to-many"}


def _still(left: Case, binding: Binding) -> Iterator[tuple[Place, Row]]:
    """The rows that links still lead to, from the roots and identifiers that were bound before."""
    names = tuple((i.kind, i.form, i.normal) for i in binding.identifiers)
    return subject_rows(left, Subject(binding.ref, binding.roots, names))


def _is_content(world: World, expected: Expected, meant: dict[Cell, object], cell: Cell) -> bool:
    """Of a personal column, not the event that a kept row's end is counted from, and no token that stands for nothing."""
    table = world.case.estate.table(*cell[:2])
    kept = any(p[:2] == cell[:2] and key_of(table, world.case.row(p)) == cell[2] and f.keep for p, f in expected.fates.items())
    counted = {r.ends.column for r in world.keeps.get((cell[0], cell[1]), ()) if isinstance(r.ends, DueAfter)}
    if cell[3] not in personal_columns(table) or (kept and cell[3] in counted and cell not in meant):
        return False
    rows = {key_of(table, row): row for row in expected.dump[cell[0], cell[1]]}
    return not isinstance(rows[cell[2]][cell[3]], Blank)
