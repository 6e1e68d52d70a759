"""Every recipient of the deployment as it stands now: how it is told, whether it ever answered, how many orders wait for it.

*Kept* is said of one that has answered itself, at this address and by this connector; one whose connector is written from published pages alone, only
where a real one did. What a stand-in answered, or a person took down, proves nothing of the way. Names nobody, and no address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from upheld.duties.recipients.kinds import is_declared
from upheld.duties.recipients.model import Registry, Standing
from upheld.duties.recipients.orders import answered_really
from upheld.duties.recipients.registry import standing_of
from upheld.faces.app.desk.standing.registry import registry_of

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

OPEN_AND_LAST = "SELECT recipient, count(*) FILTER (WHERE ended_at IS NULL), max(ended_at) FILTER (WHERE state = 'done') FROM recipient_order GROUP BY 1"


@dataclass(frozen=True, slots=True)
class RecipientNow:
    """`standing`: `unlisted` is a party of the notice without an entry, for which each order is a person's. `declared`: its connector is written from
    published pages. `parties`, `role`, `data` and `clauses` are the notice's; `can` the acts it is told of; `because`: why it is never told.
    """

    name: str
    parties: tuple[str, ...]
    role: str
    data: tuple[str, ...]
    clauses: tuple[str, ...]
    connector: str
    can: tuple[str, ...]
    standing: Standing | Literal["unlisted"]
    declared: bool
    because: str
    waiting: int
    done_at: datetime | None


def recipients_now(desk: Desk) -> tuple[RecipientNow, ...]:
    """Unproven and unlisted ones too, in alphabetical order. Two statements."""
    registry = registry_of(desk)
    with desk.own.connection() as connection:
        answered = answered_really(connection, registry)
        rows = connection.execute(OPEN_AND_LAST).fetchall()
    counts = {str(name): (int(waiting), done) for name, waiting, done in rows}
    found = [_listed(registry, name, name in answered, *counts.get(name, (0, None))) for name in registry.entries]
    found += [_unlisted(registry, party, *counts.get(party, (0, None))) for party in registry.unlisted]
    return tuple(sorted(found, key=lambda one: one.name))


def standings(desk: Desk) -> Mapping[str, str]:
    """Recipient → its standing. One statement."""
    registry = registry_of(desk)
    with desk.own.connection() as connection:
        answered = answered_really(connection, registry)
    listed = {name: standing_of(entry, name in answered) for name, entry in registry.entries.items()}
    return {**dict.fromkeys(registry.unlisted, "unlisted"), **listed}


def _listed(registry: Registry, name: str, answered: bool, waiting: int, done: datetime | None) -> RecipientNow:
    entry, parties = registry.entries[name], registry.covers.get(name, ())
    given = [registry.given[party] for party in parties if party in registry.given]
    return RecipientNow(
        name=name,
        parties=parties,
        role=next((one.role for one in given), ""),
        data=tuple(sorted(entry.data or frozenset().union(*(one.data for one in given)))),
        clauses=tuple(dict.fromkeys(clause for one in given for clause in one.clauses)),
        connector=entry.connector,
        can=tuple(sorted(entry.can)),
        standing=standing_of(entry, answered),
        declared=is_declared(entry),
        because=entry.because,
        waiting=waiting,
        done_at=done,
    )


def _unlisted(registry: Registry, party: str, waiting: int, done: datetime | None) -> RecipientNow:
    one = registry.given[party]
    return RecipientNow(
        party, (party,), one.role, tuple(sorted(one.data)), one.clauses, "", (), "unlisted", False, "", waiting, done
    )
