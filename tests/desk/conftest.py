"""A small firm with its stores filled, its desk, and a worker that does what waits, one job after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import psycopg
import pytest

from tests.examples.firms import NOW
from tests.examples.running import Running, running
from upheld.faces.app.desk import Desk
from upheld.records.own import EmbeddedServer


@dataclass(slots=True)
class Clock:
    """The time of a test, set forward by hand."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: int) -> None:
        self.at += timedelta(**span)


@dataclass(frozen=True, slots=True)
class Desked:
    """A desk over a filled firm. `work` does every job that waits now, in this thread, until none is left."""

    desk: Desk
    firm: Running
    clock: Clock
    work: Callable[[], int]

    def email(self, number: int = 0) -> str:
        """The address of a customer whom nobody shares it with, by the order of keys."""
        with psycopg.connect(self.firm.app.settings.environment["UPHELD_PLATFORM_URL"]) as connection:
            rows = connection.execute(
                "SELECT min(email) FROM customers WHERE deleted_at IS NULL AND email LIKE '%@%' AND email NOT LIKE 'unknown%' "
                "GROUP BY lower(email) HAVING count(*) = 1 ORDER BY min(id)"
            ).fetchall()
        return str(rows[number][0])


def worker(desk: Desk, clock: Clock) -> Callable[[], int]:
    """Does every job that waits now, in this thread, one after the other; how many."""

    def work() -> int:
        done = 0
        while True:
            with desk.own.transaction() as connection:
                row = connection.execute(
                    "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = (SELECT id FROM procrastinate_jobs WHERE status = 'todo' "
                    "AND (scheduled_at IS NULL OR scheduled_at <= %s) ORDER BY id LIMIT 1) RETURNING task_name, args",
                    [clock()],
                ).fetchone()
            if row is None:
                return done
            name, ids = row
            if name == "later":
                name, ids = ids["task"], ids["ids"]
            desk.in_background().handlers[name](ids)
            done += 1

    return work


@pytest.fixture(scope="module")
def filled(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("qualer", pg, own_template, tmp_path_factory.mktemp("desk")) as firm:
        yield firm


def at_desk(filled: Running) -> Desked:
    """A desk over the firm, its clock set by hand."""
    clock = Clock()
    filled.app.settings = replace(filled.app.settings, now=clock)
    desk = Desk(filled.app, filled.folder)

    return Desked(desk, filled, clock, worker(desk, clock))


@pytest.fixture(scope="module")
def desked(filled: Running) -> Desked:
    return at_desk(filled)
