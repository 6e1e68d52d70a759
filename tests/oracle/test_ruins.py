"""The half-erased query over generated worlds: an erasure of ours leaves no ruin that was not there before, but for what it kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tests.oracle.databases import create
from tests.oracle.engine import engine_of
from tests.oracle.generate import generate
from tests.oracle.oracle import erase
from tests.oracle.running import LONG
from tests.oracle.test_generated import shape
from upheld.engine.execution import Bound
from upheld.engine.execution.half_erased import half_erased
from upheld.engine.execution.own_journal import KeptRows


def test_an_erasure_adds_no_half_erased_row_but_what_it_kept(tmp_path: Path):
    asked, kept_some, saw_ruins = 0, 0, 0
    for seed in range(0, 2000 if LONG else 60):
        made = shape(seed, 12)
        world = generate(dataclasses.replace(made, features=made.features | {"keep"}))
        expected = erase(world.case)
        if expected.ambiguous or expected.refused or expected.contested:
            continue
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as engine:
            before = half_erased(engine.estate, engine.catalogue, engine.stores)
            bound = engine.bind()
            assert isinstance(bound, Bound)
            answer = engine.erase(bound)
            assert answer.is_done
            kept = [
                KeptRows(s.store, k.table, k.rule, until, (tuple(key),))
                for s in answer.stores
                for k in s.kept
                for key, until in zip(k.keys, k.until, strict=True)
            ]
            after = half_erased(engine.estate, engine.catalogue, engine.stores, kept, world.case.today)
            assert all(count <= before.get(place, 0) for place, count in after.items()), (world.shape, before, after)
            asked, kept_some, saw_ruins = asked + 1, kept_some + bool(kept), saw_ruins + bool(before)
    assert asked >= 20 and kept_some >= 5 and saw_ruins >= 3, (asked, kept_some, saw_ruins)
