"""Cases become the rows of the queue: who, how many days are left, a clock on one scale for all. Pure.

No day is a number here: the clock is the case's own, and what counts as near is a share of the whole period that law and notice give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from upheld.duties.requests import Case
from upheld.faces.console.desk.wording import STATES, rights_said
from upheld.faces.console.tongue import ENGLISH, Tongue

ZERO, RIGHT = 24, 208
PX_A_DAY = 4.0
UNKNOWN_PX = 120.0
NEAR = 0.2  # the share of the period that is left when the eye should fall on it
Bar = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`left` in words with the class of its colour; `bar`: (class, x, width) of rectangles; `sub`: right, day, state."""

    id: str
    name: str
    left: str
    css: str
    bar: Bar
    sub: str
    current: bool


def rows_of(
    cases: Sequence[Case], names: Mapping[int, str], today: date, current: str = "", say: Tongue = ENGLISH
) -> tuple[Row, ...]:
    """One row a case, in the order given. A case whose name is not to be seen is called by its number."""
    longest = max((_whole(case) for case in cases), default=0)
    scale = min(PX_A_DAY, (RIGHT - ZERO) / longest) if longest else PX_A_DAY
    return tuple(
        Row(
            case.id,
            names.get(case.number, case.id),
            *left_of(case, today, say),
            bar_of(case, today, scale),
            _sub(case, say),
            case.id == current,
        )
        for case in cases
    )


def left_of(case: Case, today: date, say: Tongue = ENGLISH) -> tuple[str, str]:
    """`13 days` and the class of its colour: late is broken, near is unproven."""
    if case.ended_at is not None:
        return say(STATES[case.state]), ""
    if case.still:
        return say("paused"), ""
    if case.answer_by is None:
        return say("no day"), ""
    days = (case.answer_by - today).days
    if days < 0:
        return say("{days} late", days=days_said(-days, say)), "broken"
    said = say("today") if days == 0 else days_said(days, say)
    return said, "unproven" if is_near(case, today) else ""


def is_near(case: Case, today: date) -> bool:
    """Little of the period is left."""
    return case.answer_by is not None and 0 <= (case.answer_by - today).days <= NEAR * _whole(case)


def bar_of(case: Case, today: date, scale: float) -> Bar:
    """What is filled is left, the outline is the whole period; late grows left of zero, paused is hatched."""
    if case.still:
        return (("whole", ZERO, UNKNOWN_PX), ("paused", ZERO, UNKNOWN_PX))
    if case.answer_by is None:
        return (("whole", ZERO, UNKNOWN_PX),)
    days = (case.answer_by - today).days
    if days < 0:
        width = min(-days * PX_A_DAY, ZERO - 2)
        return (("late", ZERO - width, width),)
    whole = round(max(_whole(case) * scale, 1), 1)
    return (("whole", ZERO, whole), ("soon" if is_near(case, today) else "left", ZERO, round(min(days * scale, whole), 1)))


def lead_of(cases: Sequence[Case], today: date, say: Tongue = ENGLISH) -> tuple[tuple[str, str], ...]:
    """The page's first sentence, as (class, text): who waits, what is late, what comes next."""
    waiting = len(cases)
    if not waiting:
        return (("", say("Nobody is waiting for an answer.")),)
    one, many = "{number} person is waiting for an answer", "{number} people are waiting for an answer"
    said = [("", say.sentence(say.counted(waiting, one, many)))]
    late = sum(1 for case in cases if case.answer_by is not None and case.answer_by < today and not case.still)
    if late:
        said += [("", " "), ("broken", say.sentence(say.counted(late, "{number} answer is late", "{number} answers are late")))]
    ahead = [case.answer_by for case in cases if case.answer_by is not None and case.answer_by >= today]
    if ahead:
        said.append(("", " " + say("The next answer is due on {day}.", day=say.day(min(ahead)))))
    return tuple(said)


def days_said(days: int, say: Tongue = ENGLISH) -> str:
    return say("1 day") if days == 1 else say("{days} days", days=days)


def _whole(case: Case) -> int:
    return max((case.answer_by - case.received_at.date()).days, 0) if case.answer_by is not None else 0


def _sub(case: Case, say: Tongue) -> str:
    due = say("due {day}", day=say.day(case.answer_by)) if case.answer_by is not None and case.open else ""
    return " · ".join(filter(None, (rights_said(case.rights, say), due, say(STATES[case.state]))))
