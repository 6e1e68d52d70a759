"""A regime, the rights asked for and what happened become the days of a case: acknowledge, tell an extension, answer.

The shortest of law and notice wins; of several rights, and of several regimes that bind at once, the earliest. A clock that stands still has no day. Nothing here is a number:
lengths, pauses and extensions are the regime's (`language.law`) and the notice's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from upheld.language.law import Law, Regime, Span, add_span, law_terms
from upheld.language.law.combining import shortest
from upheld.language.law.due import EXTENDED, TRIGGERS, Due, Happened, UnknownLaw, due_dates, events_known
from upheld.language.law.lookup import bound

# Events of a case that clocks know; the others move no day.
CLOCK_EVENTS = frozenset({kind for pair in TRIGGERS.values() for kind in pair} | {EXTENDED})


@dataclass(frozen=True, slots=True)
class CaseClock:
    """`acknowledge_by`, `extend_by` (last day to tell that it takes longer), `answer_by`: None where there is no such day.

    `still`: the clock stands still until an answer comes in. `dues`: the law's dates behind it, with their citations.
    """

    acknowledge_by: date | None = None
    extend_by: date | None = None
    answer_by: date | None = None
    still: bool = False
    dues: tuple[Due, ...] = ()

    @property
    def cites(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(due.fact.cite for due in self.dues if due.stands and due.step != "tell extension"))


def clock_of(
    law: Law,
    regime: str,
    rights: Sequence[str],
    received_at: datetime,
    events: Iterable[tuple[str, datetime]] = (),
    promised: str = "",
    holidays: frozenset[date] = frozenset(),
) -> CaseClock:
    """The days as they stand after `events`. `promised`: the notice's own period, `10 days`; it never lengthens the law's.

    An unknown regime has no law: only the notice's period counts. Of several (`a+b`) a clock that runs counts though another stands still.
    """
    known = [law.regimes[one] for one in bound(regime) if one in law.regimes]
    each = [[_of_right(law, one, right, received_at, list(events), holidays) for one in known] for right in rights]
    clocks = [clock for one in each for clock in one]
    own = _promised(promised, received_at.date(), holidays)
    still = any(_stands_still(one) for one in each)
    return CaseClock(
        shortest(*(clock.acknowledge_by for clock in clocks)),
        shortest(*(clock.extend_by for clock in clocks)),
        None if still else shortest(own, *(clock.answer_by for clock in clocks)),
        still,
        tuple(due for clock in clocks for due in clock.dues),
    )


def _stands_still(clocks: Sequence[CaseClock]) -> bool:
    """Of one right under every regime: none of the clocks that it has runs on."""
    counted = [clock for clock in clocks if clock.still or clock.answer_by is not None]
    return bool(counted) and all(clock.still for clock in counted)


def _of_right(
    law: Law,
    regime: Regime,
    right: str,
    received: datetime,
    events: Sequence[tuple[str, datetime]],
    holidays: frozenset[date],
) -> CaseClock:
    terms = law_terms(law, regime.id, right)
    known = set(events_known(regime))
    happened = [Happened(kind, at.date()) for kind, at in events if kind in CLOCK_EVENTS and kind in known]
    dues: list[Due] = []
    for clock in (terms.acknowledge, terms.clock):
        if clock is not None:
            try:
                dues += due_dates(regime, clock.id, received, happened, holidays)
            except UnknownLaw:
                continue
    answers = [due for due in dues if terms.clock is not None and due.clock == terms.clock.id]
    acknowledged = [due for due in dues if terms.acknowledge is not None and due.clock == terms.acknowledge.id]
    longer = next((due for due in answers if due.step == "extended" and due.stands), None)
    first = next((due for due in answers if due.step == "first"), None)
    standing = longer or first
    return CaseClock(
        _day(next((due for due in acknowledged if due.step == "first"), None)),
        _day(next((due for due in answers if due.step == "tell extension"), None)),
        _day(standing),
        standing is not None and standing.state in ("stands still", "not begun"),
        tuple(dues),
    )


def _promised(text: str, received: date, holidays: frozenset[date]) -> date | None:
    """The last day of `10 days`, `at once` (the same day); None where the notice gives no period of its own."""
    if text == "at once":
        return received
    amount, _, unit = text.partition(" ")
    if not amount.isdigit() or unit == "hours":
        return received if unit == "hours" else None
    return add_span(received, Span(int(amount), unit), holidays)  # type: ignore[arg-type]


def _day(due: Due | None) -> date | None:
    if due is None or due.day is None:
        return None
    return due.day.date() if isinstance(due.day, datetime) else due.day
