"""I6: asks one after the other, in chunks, together, and beside strangers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tests.oracle.case import Row
from tests.oracle.compare import differences
from tests.oracle.databases import create, sorted_rows
from tests.oracle.engine import engine_of
from tests.oracle.generate import World, generate
from tests.oracle.oracle import erase
from tests.oracle.running import LONG, after, expected_rows, ran, usable
from tests.oracle.test_generated import shape
from upheld.engine.execution import Answer, Bound
from upheld.engine.plan.model import Refused


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
        if column == "phone" and isinstance(value, str) and "2345" in value:
            return value.replace("2345", "2346")  # a letter before it would leave it the same number
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
