"""I5: a run that is stopped anywhere and resumed ends as one that was not, and twice is once."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path

import pytest

from tests import mariadb
from tests.oracle.compare import differences
from tests.oracle.databases import create
from tests.oracle.engine import FileJournal, engine_of
from tests.oracle.generate import World
from tests.oracle.oracle import erase
from tests.oracle.running import LONG, POINTS, Crash, after, crash_at, expected_rows, killing, usable
from upheld.engine.execution import Bound
from upheld.engine.execution.journal import MemoryJournal


def seeds_of(engines: dict, first: int, long: int, short: int) -> range:
    """The worlds to look at; of MariaDB, whose worlds take longer to make, a third. Skips where it is not there."""
    if not engines:
        return range(first, long if LONG else short)
    mariadb.needed()
    return range(first, first + ((long if LONG else short) - first) // 3)


def projected(journal: MemoryJournal) -> object:
    """The record without what differs between attempts: the store's token, whether it was settled later, the order of rules."""
    return {
        place: dataclasses.replace(r, token="", settled=False, kept=tuple(sorted(r.kept, key=repr)))
        for place, r in journal.records.items()
    }


def same_but_for_drains(world: World, journal: MemoryJournal, whole: MemoryJournal, told: object) -> None:
    """The records agree; tables declared large are emptied before the chunk's own commit, and a second attempt counts what it met itself."""
    if "large" in world.shape.features:
        for place, record in whole.records.items():
            again = journal.records[place]
            assert all(again.rows[step] <= rows for step, rows in record.rows.items()), told
            assert again.rows.keys() == record.rows.keys(), told
            journal.records[place] = dataclasses.replace(again, rows=record.rows)
    assert projected(journal) == projected(whole), told


ENGINES = [{}, {"engines": ("mariadb", "sqlite")}]
NAMES = ["any", "mariadb"]


@pytest.mark.parametrize("engines", ENGINES, ids=NAMES)
@pytest.mark.parametrize("point", POINTS)
def test_i5_stopped_at_a_failpoint_and_resumed_is_as_if_it_had_not_stopped(tmp_path: Path, point: str, engines: dict):
    for world in usable(seeds_of(engines, 100, 400, 106), 14, **engines):
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
            same_but_for_drains(world, journal, whole, (world.shape, point, number))


@pytest.mark.parametrize("engines", ENGINES, ids=NAMES)
def test_i5_twice_is_once(tmp_path: Path, engines: dict):
    for world in usable(seeds_of(engines, 200, 500, 210), 14, **engines):
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as engine:
            bound = engine.bind()
            assert isinstance(bound, Bound)
            engine.erase(bound)
            first = after(world, addresses)
            assert engine.erase(bound).is_done
            assert after(world, addresses) == first


@pytest.mark.parametrize("engines", ENGINES, ids=NAMES)
def test_i5_killed_and_resumed_by_another_process(tmp_path: Path, engines: dict):
    seeds_of(engines, 0, 0, 0)
    points = [(p, n) for p in POINTS for n in (1, 2)]
    for world, (point, number) in zip(usable(range(300, 400), 14, **engines), points, strict=False):
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
