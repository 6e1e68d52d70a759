"""What connectors are given from outside, and from it the connector of an entry. Nothing here reads the clock or the environment by itself."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import psycopg

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.connectors.transport import SECONDS, Line
from upheld.duties.recipients.model import Entry, Order


class Runner(Protocol):
    """Runs statements in one transaction of the database at `url`: for each, its rows, or how many it touched. RecipientFault alone."""

    def __call__(
        self, place: str, engine: str, url: str, statements: Sequence[tuple[str, Mapping[str, object]]]
    ) -> list[list[tuple[object, ...]] | int]: ...


@dataclass(frozen=True, slots=True)
class Means:
    """`secret`: the value of an environment variable, or None. `mail`: writes a recipient's order as a letter (address, order); what it returns puts
    it into the outbox, in the transaction that records the order as told.

    `callback`: where a recipient's answers come in, without its name; empty: it cannot call back. `tls`: trust other than the system's. `seconds`: for one call.
    """

    now: Callable[[], datetime]
    secret: Callable[[str], str | None]
    mail: Callable[[str, Order], Callable[[psycopg.Connection], object] | None] | None = None
    run: Runner | None = None
    callback: str = ""
    tls: ssl.SSLContext | None = None
    seconds: float = SECONDS

    def secret_of(self, entry: Entry, word: str) -> str:
        """The credential of an entry; R331 where its variable is not set."""
        name = entry.secrets.get(word, "")
        value = self.secret(name) if name else None
        if not value:
            raise RecipientFault("R331", entry.name, f"{name or word} is not set.", "Set it for every worker.")
        return value

    def line(self, entry: Entry) -> Line:
        """The way to an entry's address."""
        return Line(entry.name, entry.address, entry.private, self.tls, self.seconds)


def written(said: object) -> bytes:
    """JSON as it is sent: the same bytes for the same content."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def cannot(entry: Entry, act: str) -> RecipientFault:
    """R328: this connector does not do this."""
    return RecipientFault(
        "R328", entry.name, f"Its connector cannot do `{act}`.", "Tell the recipient by hand, and answer the order."
    )
