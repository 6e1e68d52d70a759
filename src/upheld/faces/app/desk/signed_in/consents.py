"""What a person was asked and what she said becomes a list: each choice that the notice offers, her answer, and what ends with a no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upheld.faces.app.desk.rights.consenting import affected
from upheld.language.promises.model import Kind, Name
from upheld.records.people import facts_of

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Consent:
    """One choice. `given`: yes, no, or None for never answered. `ends`: what no longer happens after a no, by ids of the notice."""

    choice: str
    given: bool | None
    ends: tuple[str, ...]


def consents_of(desk: Desk, ref: str) -> tuple[Consent, ...]:
    """Every choice that the notice offers, in alphabetical order, with her answer as it counts today."""
    with desk.own.connection() as connection:
        facts = facts_of(connection, ref, desk.now.date())
    offered = sorted(
        {
            name.id
            for promise in desk.program.promises
            if promise.verb == "offer"
            for name in promise.object
            if name.kind is Kind.CHOICE
        }
    )
    return tuple(
        Consent(choice, _answer(facts.get(Name(Kind.CHOICE, choice))), affected(desk.program, choice)) for choice in offered
    )


def _answer(fact: object) -> bool | None:
    return None if fact is None else fact is not False
