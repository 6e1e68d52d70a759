"""After an erasure: an access returns exactly what is kept; asks with no row in common add up; a stranger's world is as it was."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.oracle.case import Place, Row, Subject
from tests.oracle.databases import create
from tests.oracle.engine import Engine, engine_of
from tests.oracle.generate import World, generate
from tests.oracle.oracle import LEFT_OUT, access, cell_of, erase, kept_cells, subject_rows
from tests.oracle.ownership import belongings, key_of
from tests.oracle.running import LONG, after, answered
from tests.oracle.test_generated import shape
from tests.oracle.test_own_records import Records, carried_out, fresh, store_ask
from upheld.engine.execution import Bound, WorkingCopy
from upheld.engine.execution import Subject as Asked
from upheld.engine.execution.access_rows import AccessAnswer
from upheld.engine.execution.kept.asking import Asking, bind_with_held
from upheld.engine.execution.kept.people import held_of
from upheld.engine.plan.model import Binding

__all__ = ["fresh"]


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

Answered = dict[tuple[str, str, tuple[object, ...]], Row]


def kept_of(world: World, subject: Subject) -> Answered:
    """What an erasure keeps of one subject and an access may show her: the row's key and the kept cells, by row."""
    mine, found = belongings(world.case, subject), Answered()
    everybody = {one.ref: belongings(world.case, one) for one in world.subjects}
    for place, roles in mine.roles.items():
        owners = {ref for ref, theirs in everybody.items() if place in theirs}
        cells = kept_cells(world.case, place, owners) if roles else {}
        table, row = world.case.estate.table(*place[:2]), world.case.row(place)
        left_out: set[str] = set()
        if table.shared:
            open_to = [table.shared[r] for r in roles if table.shared[r].access == "full"]
            if not open_to:
                continue
            left_out = set.intersection(*(set(rule.without) for rule in open_to))
        shown = {c: cell_of(table.column(c).role, row[c])[0] for c in cells if c not in left_out}
        if cells:
            key = key_of(table, row)
            found[*place[:2], key] = dict(zip(table.key, key, strict=True)) | {
                c: v for c, v in shown.items() if v is not LEFT_OUT
            }
    return found


def asking(records: Records, engine: Engine, subject: Subject) -> Binding | None:
    """Who asks again by what she verified before: bound, or known by what is held alone; None where neither is."""
    own = records.opened()
    try:
        with own.connection() as connection:
            seek = functools.partial(held_of, connection, records.master)
            asked = Asked(subject.ref, subject.keys, subject.identifiers)
            found = bind_with_held(engine.estate, engine.catalogue, engine.stores, [asked], seek)
    finally:
        own.close()
    if not isinstance(found, Asking):
        assert [why.code for _, why in found] == ["X201"]
        return None
    return (*found.living, *found.gone)[0]


def both(reached: Answered, held: Answered) -> Answered:
    """Rows that links lead to as they stand, and the held ones; a row that is both is told once, with all its cells."""
    return {place: held.get(place, {}) | reached.get(place, {}) for place in {*reached, *held}}


@pytest.mark.parametrize("features", [("keep",), ("keep", "batch"), ("keep", "batch", "messages")], ids="-".join)
def test_i6_access_after_an_erasure_returns_exactly_the_held_cells(
    tmp_path: Path, fresh: Callable[[], Records], features: tuple[str, ...]
) -> None:
    """Also of rows whose every link was cut, and of people who have no row of their own any more."""
    held_alone, reached_too, gone, done = 0, 0, 0, 0
    for seed in range(0, 1500 if LONG else 100):
        made = shape(seed, 10)
        world = generate(dataclasses.replace(made, features=made.features.union(features)))
        expected = erase(world.case)
        if expected.ambiguous or expected.refused or not any(fate.keep for fate in expected.fates.values()):
            continue
        addresses, records = create(world, tmp_path), fresh()
        with engine_of(world, addresses) as engine:
            store_ask(records, engine)
            assert carried_out(records, engine).is_done
            left = world.case.with_rows(after(world, addresses))
            for number, subject in enumerate(world.subjects):
                held, who = kept_of(world, subject), asking(records, engine, subject)
                if who is None:
                    assert held == {}, (world.shape, subject.ref)
                    continue
                copy = engine.access(Bound((who,)), tmp_path / f"copies-{seed}-{number}")
                assert isinstance(copy, WorkingCopy), copy
                found = told(world, engine, copy.answer(subject.ref, engine.estate))
                links = access(left, Subject(subject.ref, who.roots, subject.identifiers)).rows
                assert found == both(links, held), (world.shape, subject.ref)
                held_alone += len(held.keys() - links.keys())
                reached_too += len(held.keys() & links.keys())
                gone += not who.roots
        done += 1
        if done == (200 if LONG else 14):
            break
    print("rows held and reached by no link", held_alone, "reached too", reached_too, "people without a row", gone)
    assert held_alone >= 3 and gone >= 2, (held_alone, reached_too, gone)


def told(world: World, engine: Engine, answer: AccessAnswer) -> Answered:
    """An answer's cells by row; a held row may stand beside the same row in another role, with other columns."""
    found: Answered = {}
    for table in answer.tables:
        one = answered(world, engine, dataclasses.replace(answer, tables=[table]))
        for place, cells in one.rows.items():
            before = found.setdefault(place, {})
            keys = set(world.case.estate.table(*place[:2]).key)
            assert not (before.keys() & cells.keys()) - keys, place
            before.update(cells)
    return found
