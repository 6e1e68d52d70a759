"""From a moment and a clock of law to the last day (or hour) allowed; and what `law` means for a right.

The day of the start is never counted. Months run by the calendar: a day that the last month lacks becomes its last day.
Holidays are given, because they hang on where the controller sits. Never reads a clock. Not taken: converting months to
30 days, which is sometimes a day late.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

from upheld.language.law.combining import shortest
from upheld.language.law.model import Clock, Law, LawTerms, Regime, Span

RESPOND = "respond"
ACKNOWLEDGE = "acknowledge"
# Clocks by which a request is answered, in the order they are looked for.
_ANSWERING = (
    RESPOND,
    "respond-correction",
    "respond-other",
    "opt-out",
    "limit",
    "opt-out-admt",
    "unsubscribe-action",
    "objection",
)
_FRIDAY = 4
_WEEKEND = {5: "saturday", 6: "sunday"}
# A floor, a wait or an expiry ends on its own day: rolling it would keep longer, or permit longer, than the law says.
ROLLING = ("deadline", "theirs")


def respond_by(
    law: Law,
    regime: str,
    received: date,
    extended: bool = False,
    holidays: frozenset[date] = frozenset(),
) -> date:
    """Last day to answer a request received on `received`, that day not counted.

    Rolls past weekends and `holidays` only where the regime says so. Not promised: that an extension is justified, or
    that no pause applies. Raises KeyError for a regime the package does not know.
    Source: GDPR Art. 12(3) with Regulation 1182/71 Art. 3; 11 CCR 7021(b).
    """
    return last_day(law.regimes[regime], RESPOND, received, extended, holidays)


def answer_by(law: Law, regime: str, right: str, received: date, holidays: frozenset[date] = frozenset()) -> date | None:
    """Last day to answer a request for `right`, by the right's own clock, the shortest where several regimes bind (`a+b`); None where none gives a number."""
    if "+" in regime:
        return shortest(*(answer_by(law, one, right, received, holidays) for one in regime.split("+")))
    clock = law_terms(law, regime, right).clock if regime in law.regimes else None
    if clock is None or clock.length.value is None or clock.length.value.unit == "hours":
        return None
    return day_of(law.regimes[regime], clock, received, False, holidays)


def last_day(
    regime: Regime,
    clock: str,
    start: date,
    extended: bool = False,
    holidays: frozenset[date] = frozenset(),
) -> date:
    """Last day of `clock` (an id such as `acknowledge`, `breach-subject`) that started on the day `start`.

    A clock in hours needs the moment: see `last_moment`. Raises KeyError for an unknown clock, ValueError for one
    without a number in the statute, for an extension the law does not know, or for hours.
    """
    return day_of(regime, regime.clocks[clock], start, extended, holidays)


def day_of(regime: Regime, clock: Clock, start: date, extended: bool, holidays: frozenset[date], left_out: int = 0) -> date:
    """Last day of a clock of the regime, `left_out` days of it not counted; see `last_day`."""
    begins = start - timedelta(days=1) if clock.first_day_counts else start
    end = _added(begins, _lengths(clock, extended), holidays) + timedelta(days=left_out)
    if clock.ends_day_before:
        return end - timedelta(days=1)
    return rolled(end, holidays, regime.rolls.value) if clock.kind in ROLLING else end


def last_moment(
    regime: Regime,
    clock: str,
    start: datetime,
    extended: bool = False,
    holidays: frozenset[date] = frozenset(),
) -> datetime | date:
    """Last moment of `clock`: a moment where the clock counts hours (these never roll), else the last day."""
    span = _lengths(regime.clocks[clock], extended)[0]
    if span.unit == "hours":
        return start + timedelta(hours=span.amount)
    return last_day(regime, clock, start.date(), extended, holidays)


def add_span(start: date, span: Span, holidays: frozenset[date] = frozenset()) -> date:
    """The day `span` after `start`. Raises ValueError for hours: a day has no hour to count from."""
    match span.unit:
        case "days":
            return start + timedelta(days=span.amount)
        case "weeks":
            return start + timedelta(weeks=span.amount)
        case "months":
            return _add_months(start, span.amount)
        case "years":
            return _add_months(start, 12 * span.amount)
        case "working days":
            return _add_working_days(start, span.amount, holidays)
        case "hours":
            raise ValueError("hours are counted from a moment, not from a day")


def law_terms(law: Law, regime: str, right: str) -> LawTerms:
    """What `within: law`, `proof: law`, `unless: law`, `contents: law`, `fee: law` mean for `right` under `regime`.

    A right the regime answers as part of another (`confirm` within access) takes that one's terms. What the regime does
    not regulate is None or empty. Raises KeyError for an unknown regime.
    """
    found = law.regimes[regime]
    asked = found.parts.get(right, right)
    receipt = found.clocks.get(ACKNOWLEDGE)
    acknowledges = receipt is not None and receipt.length.value is not None and asked in receipt.rights
    return LawTerms(
        regime=regime,
        right=right,
        clock=_answering(found, found.answered_as.get(asked, asked)),
        acknowledge=receipt if acknowledges else None,
        proof=found.proof.get(asked),
        unless=found.withheld.get(asked, ()),
        contents=found.contents.get(asked, ()),
        fee=found.fee,
        refusal=found.refusal,
        at_once=found.at_once if found.at_once is not None and asked in found.at_once.value else None,
    )


def _answering(regime: Regime, right: str) -> Clock | None:
    for each in _ANSWERING:
        clock = regime.clocks.get(each)
        if clock is not None and right in clock.rights:
            return clock
    return None


def _lengths(clock: Clock, extended: bool) -> tuple[Span, ...]:
    length = clock.length.value
    if length is None:
        raise ValueError("the statute gives this clock no number")
    if not extended:
        return (length,)
    if clock.extension is None:
        raise ValueError("the law knows no extension of this clock")
    return (length, clock.extension.by.value)


def _added(start: date, spans: tuple[Span, ...], holidays: frozenset[date]) -> date:
    """Start plus all `spans`, of one unit summed first: 31 January plus 1 + 2 months is 30 April, not 28."""
    if len({span.unit for span in spans}) == 1:
        return add_span(start, Span(sum(span.amount for span in spans), spans[0].unit), holidays)
    end = start
    for span in spans:
        end = add_span(end, span, holidays)
    return end


def _add_months(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _works(day: date, holidays: frozenset[date]) -> bool:
    return day.weekday() <= _FRIDAY and day not in holidays


def _add_working_days(start: date, amount: int, holidays: frozenset[date]) -> date:
    day = start
    for _ in range(amount):
        day += timedelta(days=1)
        while not _works(day, holidays):
            day += timedelta(days=1)
    return day


def rolled(day: date, holidays: frozenset[date], rolls: tuple[str, ...]) -> date:
    """The first day from `day` on that is none of `rolls` (`saturday`, `sunday`, `holiday`)."""
    while _kinds(day, holidays) & set(rolls):
        day += timedelta(days=1)
    return day


def _kinds(day: date, holidays: frozenset[date]) -> set[str]:
    kinds = {"holiday"} if day in holidays else set()
    return kinds | ({_WEEKEND[day.weekday()]} if day.weekday() in _WEEKEND else set())
