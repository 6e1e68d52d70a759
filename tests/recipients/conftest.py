"""A small firm's registry, and connectors that answer as a test wants, on our own real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import psycopg
import pytest

from upheld.duties.recipients import Desk, OrderState, Registry, carry_out
from upheld.duties.recipients.model import ACTS, Entry, Found, Given, Identifier, Order, Outcome
from upheld.records.keys import MasterKey
from upheld.records.own import EmbeddedServer, OwnDatabase, on_server

MASTER = MasterKey(bytes(range(32)))
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADA: tuple[Identifier, ...] = (("email/1", "ada.quillfeather@example.test"), ("key:shop.customers", "17"))
AT_ONCE = datetime.min.replace(tzinfo=UTC)
CHASE = (timedelta(days=3), timedelta(days=7))


def entry(name: str = "brightpost", connector: str = "webhook", **more: object) -> Entry:
    given: dict[str, object] = {
        "party": name, "line": 3, "found_by": ("email/1",), "can": frozenset(ACTS), "chase": CHASE, "private": True,
        "address": "http://127.0.0.1:9", "secrets": {"secret": "SECRET"}, "person": "privacy-lead",
    }  # fmt: skip
    return Entry(name=name, connector=connector, **(given | more))  # type: ignore[arg-type]


def registry_of(*entries: Entry, unlisted: tuple[str, ...] = ()) -> Registry:
    given = {party: Given(party, "processor", frozenset({"email-address"}), ("north.share.1",)) for party in unlisted}
    return Registry({one.name: one for one in entries}, given, unlisted, {one.name: (one.party,) for one in entries})


@dataclass
class Jobs:
    """What was deferred, as (order, when); a job that is rolled back with its transaction is none."""

    made: list[tuple[int, datetime]] = field(default_factory=list)

    def __call__(
        self,
        connection: psycopg.Connection,
        task: str,
        ids: Mapping[str, int | str],
        *,
        lock: str = "",
        at: datetime | None = None,
    ) -> None:
        assert task == "recipient-order" and set(ids) == {"order"} and isinstance(ids["order"], int)
        self.made.append((ids["order"], at or AT_ONCE))


@dataclass
class Scripted:
    """A connector that gives the outcomes of a list, one a call, the last for ever; keeps what it was sent."""

    outcomes: list[Outcome]
    polls: list[Outcome] = field(default_factory=list)
    name: str = "scripted"
    capabilities: frozenset[str] = frozenset(ACTS)
    sent: list[Order] = field(default_factory=list)

    def send(self, order: Order) -> Outcome:
        self.sent.append(order)
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]

    def poll(self, order: Order) -> Outcome:
        if not self.polls:
            return Outcome("told")
        return self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]

    def find(self, subject: object) -> Found:
        return Found()


@dataclass
class Bench:
    """A registry with one way to connect, and a clock that runs to the next job."""

    own: OwnDatabase
    jobs: Jobs
    desk: Desk
    reminded: list[str] = field(default_factory=list)

    def until_quiet(self, number: int, now: datetime, most: int = 40) -> tuple[OrderState, datetime]:
        """Every job in its turn, until none is left."""
        state = None
        for _ in range(most):
            due = [at for order, at in self.jobs.made if order == number]
            if not due:
                break
            now = max(now, min(due))
            self.jobs.made.remove((number, min(due)))
            state = carry_out(self.own, self.desk, number, now)
            if state.ended_at is not None:
                break
        assert state is not None
        return state, now


_CASES = count(1)
_now: list[str] = []


def case() -> str:
    """The case of the test that runs: each test has one of its own, so that they share a database."""
    return _now[-1]


@pytest.fixture(autouse=True)
def _own_case() -> None:
    _now.append(f"R-{next(_CASES):04d}")


@pytest.fixture(scope="module")
def own(pg: EmbeddedServer, own_template: str) -> Iterator[OwnDatabase]:
    """Our own database, migrated, of one module's tests: each has its own case in it."""
    name = f"own_{uuid4().hex[:12]}"
    database = on_server(pg, name, template=own_template)
    yield database
    database.close()
    pg.drop_database(name)


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
def bench(own: OwnDatabase, jobs: Jobs) -> Callable[..., Bench]:
    def made(registry: Registry, connector: object) -> Bench:
        found: list[str] = []
        desk = Desk(
            MASTER,
            registry,
            lambda one: connector,  # type: ignore[return-value, arg-type]
            jobs,
            link=_link,
            remind=lambda person, order: found.append(f"{person} {order.name}"),
        )
        return Bench(own, jobs, desk, found)

    return made


def _link(number: int, key: UUID) -> str:
    return f"https://rights.example.test/answer/{number}"
