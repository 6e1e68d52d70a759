"""I5 with our own database: killed at any failpoint, another process goes on from what is stored, to the same rows and the same leaves."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.oracle.databases import create
from tests.oracle.engine import Engine, engine_of
from tests.oracle.generate import World
from tests.oracle.running import LONG, POINTS, after, crash_at, killing, usable
from upheld.engine.execution import Answer, Bound
from upheld.engine.execution.asks import find_ask, store_bindings, store_plan
from upheld.engine.execution.own_journal import OwnJournal, kept_keys
from upheld.engine.plan import Preview
from upheld.records.keys import MasterKey, load_master
from upheld.records.own import EmbeddedServer, OwnDatabase, on_server

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
COUNT = 3 if LONG else 1


@dataclass
class Records:
    """An own database by name: every process opens it for itself."""

    server: EmbeddedServer
    name: str
    master: MasterKey

    def opened(self) -> OwnDatabase:
        return on_server(self.server, self.name)


@pytest.fixture
def fresh(pg: EmbeddedServer, own_template: str, tmp_path: Path) -> Iterator[Callable[[], Records]]:
    """Own databases, all under one master key: so leaves and tombstones can be compared."""
    made: list[str] = []
    master = load_master(None, tmp_path / "master.key")

    def make() -> Records:
        made.append(f"own_{uuid.uuid4().hex[:12]}")
        on_server(pg, made[-1], template=own_template).close()
        return Records(pg, made[-1], master)

    yield make
    for name in made:
        pg.drop_database(name)


def store_ask(records: Records, engine: Engine) -> None:
    own, plan, bound = records.opened(), engine.plan(), engine.bind()
    assert isinstance(bound, Bound)
    with own.transaction() as connection:
        connection.execute(
            "INSERT INTO ask (id, kind, regime, subjects, asked_at) VALUES ('A-0001', 'erasure', NULL, %s, %s)",
            [plan.ask.subjects, NOW],
        )
        store_bindings(connection, records.master, plan.ask, bound.bindings, NOW)
        store_plan(connection, plan, Preview({}, plan.ask.subjects), NOW)
    own.close()


def carried_out(records: Records, engine: Engine, failpoint: Callable[[str], None] = lambda _: None) -> Answer:
    """The stored ask, as it is read back: this process knows nothing else of it."""
    own = records.opened()
    try:
        with own.connection() as connection:
            found = find_ask(connection, records.master, "A-0001")
        assert found is not None and found.plan is not None
        bindings = {b.ref: b for b in found.bindings}
        journal = OwnJournal(own, records.master, found.plan, bindings, lambda: NOW).open()
        try:
            return engine.erase(Bound(found.bindings), found.plan, journal=journal, failpoint=failpoint)
        finally:
            journal.close()
    finally:
        own.close()


def in_another_process(world: World, addresses: dict[str, str], records: Records, failpoint: Callable[[str], None]) -> int:
    """The run in a process of its own; the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with engine_of(world, addresses) as engine:
                code = 0 if carried_out(records, engine, failpoint).is_done else 2
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def recorded(records: Records) -> tuple[object, ...]:
    """The ledger's leaf ids, the tombstones and the kept rows: what anybody will ever know of the run."""
    own = records.opened()
    with own.connection() as connection:
        leaves = connection.execute("SELECT id FROM ledger_leaf").fetchall()
        kept = kept_keys(connection, records.master, "A-0001", NOW)
        [(tombstones,)] = connection.execute("SELECT count(*) FROM tombstone").fetchall()
        states = connection.execute("SELECT DISTINCT state FROM chunk").fetchall()
    own.close()
    assert states == [("done",)]
    assert len(leaves) == len(set(leaves)), "a leaf stands once"
    cells = {(store, table, until, tuple(key)) for store, table, until, keys in kept for key in keys}
    return {id for (id,) in leaves}, cells, tombstones


@pytest.mark.parametrize("number", (1, 2))
@pytest.mark.parametrize("point", POINTS)
def test_i5_killed_and_resumed_by_another_process_the_rows_and_the_leaves_are_those_of_one_run(
    point: str, number: int, tmp_path: Path, fresh: Callable[[], Records]
) -> None:
    start = 800 + 40 * (2 * POINTS.index(point) + number)
    for world, _ in zip(usable(range(start, start + 40), 14), range(COUNT), strict=False):
        addresses, whole = create(world, tmp_path), fresh()
        with engine_of(world, addresses) as engine:
            store_ask(whole, engine)
            assert carried_out(whole, engine).is_done
        rows = after(world, addresses)
        addresses, cut = create(world, tmp_path), fresh()
        with engine_of(world, addresses) as engine:
            store_ask(cut, engine)
        assert in_another_process(world, addresses, cut, killing(crash_at(point, number))) == signal.SIGKILL
        assert in_another_process(world, addresses, cut, lambda _: None) == 0
        assert after(world, addresses) == rows, world.shape
        assert recorded(cut) == recorded(whole), world.shape
        assert recorded(whole)[0] != set()
