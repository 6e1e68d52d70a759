"""A regime, a right and what happened become due dates: acknowledge, answer, extended answer, each with its citation.

An event is a kind and a day. Identity, clarification and fee are asked for and come in; what that does to a clock
(nothing, a pause, a standstill, a new start) is the regime's own rule by trigger. Days that two triggers take out count
once. A trigger whose answer has not come stops the clock, and no day is guessed. Never reads a clock of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from upheld.language.diagnostic import counted
from upheld.language.law.clocks import add_span, day_of, rolled
from upheld.language.law.model import Clock, Fact, Regime

# Trigger → what is asked for, what comes in.
TRIGGERS = {
    "identity": ("identity-asked", "identity-received"),
    "clarification": ("clarification-asked", "clarification-received"),
    "fee": ("fee-asked", "fee-paid"),
}
EXTENDED = "extended"  # the day on which the person was told that the answer will take longer
State = Literal["due", "stands still", "not begun", "no number"]


class UnknownLaw(Exception):
    """A right, duty, clock or event that the regime does not know; `known` are those it does."""

    def __init__(self, what: str, word: str, known: Iterable[str]) -> None:
        super().__init__(f"{word!r} is no {what}")
        self.what, self.word, self.known = what, word, tuple(sorted(set(known)))


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to a request. A clock in hours needs a moment, any other a day."""

    kind: str
    on: date | datetime


@dataclass(frozen=True, slots=True)
class Due:
    """One date of one clock. `day` is None unless `state` is `due`; `stands` is False where another of the list took its place.

    `step`: `first` (the clock itself), `tell extension` (the last day to say that it will take longer), `extended`.
    """

    clock: str
    step: Literal["first", "tell extension", "extended"]
    state: State
    day: date | datetime | None
    fact: Fact[Any]
    kind: str = "deadline"
    stands: bool = True
    word: str = ""
    misses: str = ""
    must_state: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def rights_known(regime: Regime) -> tuple[str, ...]:
    """Every right, duty and clock that `due_dates` takes, sorted."""
    asked = {right for clock in regime.clocks.values() for right in clock.rights} - {"any"}
    return tuple(sorted(asked | set(regime.clocks) | set(regime.parts) | {fact.value for fact in regime.rights}))


def events_known(regime: Regime) -> tuple[str, ...]:
    """Every kind of event that `due_dates` takes, sorted."""
    starts = {clock.start for clock in regime.clocks.values() if clock.start}
    return tuple(sorted(starts | {kind for pair in TRIGGERS.values() for kind in pair} | {EXTENDED}))


def clocks_of(regime: Regime, asked: str) -> tuple[Clock, ...]:
    """The clocks of a right or duty, or the one clock of that id. UnknownLaw if the regime knows neither."""
    if asked in regime.clocks:
        return (regime.clocks[asked],)
    right = regime.parts.get(asked, asked)
    right = regime.answered_as.get(right, right)
    if asked not in rights_known(regime):
        raise UnknownLaw("right, duty or clock", asked, rights_known(regime))
    own = [clock for clock in regime.clocks.values() if right in clock.rights]
    granted = {fact.value for fact in regime.rights}
    return tuple(own + [clock for clock in regime.clocks.values() if "any" in clock.rights and right in granted])


def due_dates(
    regime: Regime,
    asked: str,
    received: date | datetime,
    events: Sequence[Happened] = (),
    holidays: frozenset[date] = frozenset(),
) -> tuple[Due, ...]:
    """Every date that the regime's clocks give a request (or duty) `asked` that began on `received`.

    `holidays` are those of the establishment: without them a working day is any from Monday to Friday, and an end that
    would roll past a holiday stands on it, both a day early at worst. Raises UnknownLaw for a right or an event that the
    regime does not know; ValueError where a clock counts hours and `received` is a day, or an answer precedes its asking.
    """
    for event in events:
        if event.kind not in events_known(regime):
            raise UnknownLaw("event", event.kind, events_known(regime))
    return tuple(each for clock in clocks_of(regime, asked) for each in _of_clock(regime, clock, received, events, holidays))


def _of_clock(
    regime: Regime, clock: Clock, received: date | datetime, events: Sequence[Happened], holidays: frozenset[date]
) -> Iterable[Due]:
    start = next((each.on for each in events if each.kind == clock.start), received)
    first = Due(clock.id, "first", "due", None, clock.length, clock.kind, True, clock.word, clock.misses, clock.must_state)
    if clock.length.value is None:
        yield replace(first, state="no number", notes=(_unnumbered(clock),))
        return
    if clock.length.value.unit == "hours":
        yield replace(first, day=_moment(start) + timedelta(hours=clock.length.value.amount))
        return
    begun, waits = _begun(clock, _day(start), events)
    if waits:
        yield replace(first, state="not begun", notes=(f"it begins when {waits} happens",))
        return
    yield from _with_extension(regime, clock, first, begun, _day(start), events, holidays)


def _with_extension(
    regime: Regime, clock: Clock, first: Due, begun: date, received: date, events: Sequence[Happened], holidays: frozenset[date]
) -> Iterable[Due]:
    end = day_of(regime, clock, begun, False, holidays)
    out, waits = _left_out(clock, begun, end, events)
    told = next((_day(each.on) for each in events if each.kind == EXTENDED), None)
    if waits:
        yield replace(first, state="stands still", notes=(f"it stands still until {waits} happens",))
    else:
        end = day_of(regime, clock, begun, False, holidays, out)
        yield replace(first, day=end, notes=_taken_out(out, begun, received))
    longer = clock.extension
    if longer is None:
        return
    paused = "pauses" in longer.notify_from
    tell_by = add_span(begun if paused else received, longer.notify_within, holidays)
    tell_by = rolled(tell_by + timedelta(days=out if paused else 0), holidays, regime.rolls.value)
    in_time = told is not None and told <= tell_by
    notes = ("told too late: the answer may not take longer",) if told and not in_time else ()
    because = "only for: " + "; ".join(longer.when)
    second = Due(clock.id, "tell extension", "due", tell_by, longer.by, must_state=longer.must_state, notes=notes)
    yield second
    last = None if waits else day_of(regime, clock, begun, True, holidays, out)
    yield replace(
        second,
        step="extended",
        state="stands still" if waits else "due",
        day=last,
        stands=in_time,
        must_state=(),
        notes=(because,),
    )


def _begun(clock: Clock, start: date, events: Sequence[Happened]) -> tuple[date, str]:
    """The day from which the clock counts, and the event it still waits for, if any."""
    for pause in clock.pauses:
        if pause.effect.value == "restart":
            for asked, came, answer in _asked(pause.by, events):
                if came is None and asked is not None:
                    return start, answer
                start = max(start, came or start)
    return start, ""


def _left_out(clock: Clock, begun: date, end: date, events: Sequence[Happened]) -> tuple[int, str]:
    """How many days do not count, and the event that the clock still waits for, if any."""
    out: set[date] = set()
    for pause in clock.pauses:
        if pause.effect.value not in ("pause-inclusive", "suspend"):
            continue
        for asked, came, answer in _asked(pause.by, events):
            if asked is None or asked > end:  # asked for when the time was over: nothing is left to stop
                continue
            if came is None:
                return len(out), answer
            first = asked if pause.effect.value == "pause-inclusive" else asked + timedelta(days=1)
            out |= {first + timedelta(days=n) for n in range((came - first).days + 1) if first + timedelta(days=n) > begun}
    return len(out), ""


def _asked(triggers: Sequence[str], events: Sequence[Happened]) -> Iterable[tuple[date | None, date | None, str]]:
    """For each trigger: when it was asked for, when the answer came, and the event that would be the answer."""
    for trigger in triggers:
        question, answer = TRIGGERS[trigger]
        asked = next((_day(each.on) for each in events if each.kind == question), None)
        came = next((_day(each.on) for each in events if each.kind == answer), None)
        if asked and came and came < asked:
            raise ValueError(f"{answer} lies before {question}")
        yield asked, came, answer


def _taken_out(out: int, begun: date, received: date) -> tuple[str, ...]:
    said = (counted(out, "day", "does not count", "do not count"),) if out else ()
    return (*said, f"it began anew on {begun}") if begun != received else said


def _unnumbered(clock: Clock) -> str:
    if not clock.word:
        return "the law knows no such deadline"
    return f"the law says `{clock.word}` and gives no number: set a policy of your own, and call it policy"


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _moment(start: date | datetime) -> datetime:
    if not isinstance(start, datetime):
        raise ValueError("this clock counts hours: give the moment, such as 2026-05-22T18:00")
    return start
