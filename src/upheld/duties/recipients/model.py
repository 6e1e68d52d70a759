"""What the room speaks of: who got data and how it is told (entries), what it is told (orders), what came of it (outcomes). Plain values.

An order names no person: who is meant lies sealed beside it and is opened only to be sent. Not taken: a class per connector of orders;
every recipient is told the same order, only in other words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

import psycopg

Act = Literal["erase", "rectify", "restrict", "lift", "opt-out", "access"]
ACTS: tuple[Act, ...] = ("erase", "rectify", "restrict", "lift", "opt-out", "access")
State = Literal["queued", "told", "acknowledged", "done", "refused", "failed", "waits-for-person"]
OPEN: tuple[State, ...] = ("queued", "told", "acknowledged", "waits-for-person")
ENDED: tuple[State, ...] = ("done", "refused", "failed")
Standing = Literal["kept", "unproven", "person", "none"]
Identifier = tuple[str, str]  # (normal form, value), such as ("email/1", "…"); a key of ours is ("key:shop.customers", "17")


@dataclass(frozen=True, slots=True)
class Entry:
    """One recipient of the deployment, as its file says. `party`: its name in the notice; `data`: leaves, all that the notice gives it.

    `secrets`: name → environment variable. `settings`: what its connector needs to know. `closes_without`: regime → the words that allow it.
    `recorded`: the disclosure ledger holds all that it ever got, so that who is not in there is not its to hear of.
    """

    name: str
    party: str
    connector: str
    line: int = 0
    address: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    data: frozenset[str] = frozenset()
    found_by: tuple[str, ...] = ()
    can: frozenset[str] = frozenset()
    chase: tuple[timedelta, ...] = ()
    person: str = ""
    because: str = ""
    closes_without: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    recorded: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """What the notice says that a party gets: leaves of data, and the clauses that say it. `role`: processor, recipient or joint."""

    party: str
    role: str
    data: frozenset[str]
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """Every recipient of the deployment by name, and what the notice gives whom. `unlisted`: parties that have no entry."""

    entries: Mapping[str, Entry]
    given: Mapping[str, Given]
    unlisted: tuple[str, ...] = ()
    covers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # entry → the parties it stands for


@dataclass(frozen=True, slots=True)
class Order:
    """What a connector is handed: opened, in memory only. `key` is the same at every try, so that a recipient knows it again.

    `handle`: the recipient's own name for it, from its first answer. `link`: where a person of the recipient answers; empty: nowhere.
    `reminders`: how often it was reminded so far; `told_at`: when it was first told, None before. `wait`: until it is told again, or a person looks.
    """

    number: int
    reference: str
    recipient: str
    act: Act
    key: UUID
    identifiers: tuple[Identifier, ...]
    corrections: Mapping[str, str]
    regime: str
    placed_at: datetime
    tries: int = 0
    handle: str = ""
    link: str = ""
    reminders: int = 0
    told_at: datetime | None = None
    wait: timedelta = timedelta(days=1)

    def by(self, forms: Sequence[str]) -> tuple[Identifier, ...]:
        """The identifiers that a recipient with these forms can be asked by; a form `key` takes every key of ours."""
        return tuple(one for one in self.identifiers if one[0] in forms or (one[0].startswith("key:") and "key" in forms))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `again`: try later (`after`, if the recipient said when). `person`: somebody must look at it.

    `answer`: what the recipient sent back, sealed before it is stored. `real`: it came over verified TLS from a public address. `within`: what is
    still to be done, in the very transaction that records the attempt: a letter is in the outbox if and only if the order says told.
    """

    state: Literal["told", "acknowledged", "done", "refused", "failed", "again", "person"]
    code: str = ""
    after: timedelta | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    handle: str = ""
    answer: bytes = b""
    real: bool = False
    within: Callable[[psycopg.Connection], object] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a recipient holds of somebody. `records`: as its interface gave them, for the answer to an access; never logged."""

    records: tuple[Mapping[str, object], ...] = ()
    real: bool = False


class Connector(Protocol):
    """How one kind of recipient is told. Raises RecipientFault alone; the same order sent twice has one effect."""

    @property
    def name(self) -> str: ...
    @property
    def capabilities(self) -> frozenset[str]: ...

    def send(self, order: Order) -> Outcome:
        """Tell the recipient. Called again with the same `key` for every retry and reminder."""
        ...

    def poll(self, order: Order) -> Outcome:
        """Ask what became of it. `told` where there is nothing new, or no way to ask."""
        ...

    def find(self, subject: Sequence[Identifier]) -> Found:
        """What the recipient holds of this person. RecipientFault R328 where it cannot be asked."""
        ...


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order without anything personal: for lists, pages and metrics."""

    number: int
    reference: str
    recipient: str
    act: Act
    state: State
    code: str
    tries: int
    placed_at: datetime
    told_at: datetime | None
    next_at: datetime | None
    ended_at: datetime | None
    answered_by: str
    receipt: str  # hex, empty before an answer
    real: bool
    connector: str = ""

    @property
    def name(self) -> str:
        return f"O-{self.number:04d}"

    @property
    def open(self) -> bool:
        return self.state in OPEN
