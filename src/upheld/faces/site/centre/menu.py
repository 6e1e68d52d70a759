"""What a person of a place may ask for becomes the choices of the form: plain words, what it costs, by when it is answered, by which law.

The rights that many ask for stand first, others fold; what is nobody's to ask us for (a court, the authority) stands elsewhere on the page.
Day and price are the desk's and the law's, never the page's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from upheld.duties.messages.letters.placed import place as placed
from upheld.duties.requests.clock import clock_of
from upheld.duties.requests.offers import Offer
from upheld.faces.app.desk import Desk
from upheld.faces.site.centre.places import LAST, Place
from upheld.faces.site.centre.words import Speech
from upheld.language.law.lookup import bound
from upheld.language.law.residing import of_a_child_alone

CHANNEL = "web-form"
FIRST = (
    "access", "rectification", "erasure", "portability", "opt-out-sale-sharing", "opt-out-sale", "opt-out-targeted-advertising",
    "opt-out-profiling", "limit-sensitive", "objection-direct-marketing", "objection", "restriction", "withdraw-consent",
)  # fmt: skip
# What other pages are for, or what nobody can ask a firm for.
NOT_OURS = frozenset({"complaint", "judicial-remedy", "non-retaliation", "recipient-notice"})
FREE, COST = "none", "cost"
COPIES = frozenset({"access", "portability", "document-copy", "parental-access"})  # what a copy costs is asked of a copy only


@dataclass(frozen=True, slots=True)
class Choice:
    """One right. `cost` (empty: nothing is said of it) and `by` in words; `day` is the last day if it were asked for now, None where neither
    law nor notice has one."""

    right: str
    title: str
    hint: str
    cost: str
    by: str
    free: bool
    day: date | None
    cite: str = ""
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Menu:
    """`first` and `more`: the choices; `wants`: what the notice wants said, over all rights; `proves`: some right wants proof of identity."""

    first: tuple[Choice, ...]
    more: tuple[Choice, ...]
    wants: frozenset[str]
    proves: bool

    @property
    def all(self) -> tuple[Choice, ...]:
        return self.first + self.more

    @property
    def last_day(self) -> date | None:
        """The day by which any of the first is answered; None where one of them has none."""
        days = [choice.day for choice in self.first if choice.right not in LAST]
        return max((day for day in days if day), default=None) if all(days) else None

    @property
    def free(self) -> bool:
        return all(choice.free for choice in self.all)


def menu_of(desk: Desk, place: Place, say: Speech) -> Menu:
    """The choices as they stand today."""
    laws = bound(desk.binding(place.regime))
    offers = {
        offer.right: offer
        for offer in desk.menu(place.regime)
        if offer.right not in NOT_OURS
        and not of_a_child_alone(desk.law, laws, offer.right)  # whoever asks for a child says so as her place
    }
    first = [right for right in FIRST if right in offers]
    more = [right for right in offers if right not in FIRST and right not in LAST]
    wanted = frozenset(item for offer in offers.values() for item in offer.content(CHANNEL))
    return Menu(
        tuple(_choices(desk, place, say, offers, [*first, *LAST])),
        tuple(_choices(desk, place, say, offers, more)),
        wanted,
        any(offer.proof(CHANNEL) for offer in offers.values()),
    )


def title_of(right: str, say: Speech) -> str:
    """The right in plain words; a word of the notice's own where we have none."""
    return say(f"right.{right}") if say.has(f"right.{right}") else say("right.named", right=right.replace("-", " "))


def _choices(desk: Desk, place: Place, say: Speech, offers: dict[str, Offer], rights: Iterable[str]) -> Iterable[Choice]:
    regime = desk.binding(place.regime)
    for right in rights:
        offer = offers.get(right)
        hint = say(f"right.{right}.hint") if say.has(f"right.{right}.hint") else ""
        promised = offer.promised(CHANNEL) if offer is not None else ""
        clock = clock_of(desk.law, regime, (right,), desk.now, (), promised)
        cost = _cost(right, offer)
        by_law = clock_of(desk.law, regime, (right,), desk.now) if promised else clock
        cite, confirmed = "", True
        if clock.answer_by == by_law.answer_by:
            cite, confirmed = _cite(regime, right, offer, say, desk.now.date())
        yield Choice(
            right,
            title_of(right, say),
            hint,
            say(f"cost.{cost}") if cost else "",
            _by(
                clock.answer_by,
                desk.now.date(),
                say,
                at_once=offer is not None and offer.law is not None and offer.law.at_once is not None,
            ),
            cost in ("none", "copies"),
            clock.answer_by,
            cite,
            confirmed,
        )


def _by(day: date | None, today: date, say: Speech, *, at_once: bool = False) -> str:
    if day is None:
        return say("by.none")
    if at_once and day != today:
        return say("by.at-once", day=say.day(day))
    return say("by.today") if day == today else say("by.day", day=say.day(day))


def _cost(right: str, offer: Offer | None) -> str:
    """`none`, `copies` (free but for more of the same) or `some`; empty where a law has a price of copies, and this is none."""
    if offer is None:
        return "none"
    said = {way.fee for way in offer.ways} - {""}
    laws = {terms.fee.value for terms in offer.laws}
    law = FREE if FREE in laws else next(iter(sorted(laws)), "")
    if COST not in said | {law}:
        return "none"
    if right not in COPIES and COST not in said:
        return ""
    return "copies" if FREE in said | {law} else "some"


def _cite(regime: str, right: str, offer: Offer | None, say: Speech, today: date) -> tuple[str, bool]:
    clock = offer.law.clock if offer is not None and offer.law is not None else None
    if clock is None:
        return "", True
    there = placed(regime, right, say.language, today)
    return there.cited(clock.length), not there.unconfirmed
