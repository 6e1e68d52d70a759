"""A case becomes all that the desk knows of it, in one value: clock, timeline, what is prepared, papers, orders, refusals that wait.

What a person said is in `said` and in the timeline's notes; the caller gives it on only to whoever may see it. Never proofs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upheld.duties.recipients import OrderState
from upheld.duties.recipients.orders import orders_of
from upheld.duties.requests import Case, details_of, request_of, timeline
from upheld.duties.requests.cases import asks_of, clock_now
from upheld.duties.requests.marks import mark_of
from upheld.duties.requests.model import Event
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.model import Prepared
from upheld.faces.app.desk.papers import Paper, papers_of
from upheld.faces.app.desk.refusing import REFUSAL
from upheld.faces.app.desk.works.copies import FeeNow, fee_now

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Whole:
    """`said`: details by kind, opened. `refusals`: rights whose refusal waits for a second person. `asks`: the engine's, with their purpose."""

    case: Case
    events: tuple[Event, ...]
    said: Mapping[str, str]
    prepared: Mapping[str, Prepared]
    asks: tuple[tuple[str, str], ...]
    papers: tuple[Paper, ...]
    orders: tuple[OrderState, ...]
    refusals: tuple[str, ...]
    cites: tuple[str, ...]
    fee: FeeNow

    @property
    def mark(self) -> str:
        return mark_of(self.case, len(self.events))

    def items(self, kind: str) -> tuple[str, ...]:
        """What the desk noted under `missing`, `unproven` or `proven`."""
        return tuple(self.said.get(kind, "").split())


def whole_case(desk: Desk, number: int) -> Whole:
    """RequestFault R101 where there is none. Some 10 statements."""
    with desk.own.connection() as connection:
        case = request_of(connection, number)
        events = timeline(connection, desk.master, number)
        said = details_of(connection, desk.master, number)
        orders = orders_of(connection, case.id)
        asks = asks_of(connection, number)
        cites = clock_now(connection, desk.law, case).cites
    refusals = tuple(right for right in case.rights if said.get(REFUSAL + right))
    prepared = prepared_of(said, case.rights)
    return Whole(case, events, said, prepared, asks, papers_of(desk, number), orders, refusals, cites, fee_now(desk, case))
