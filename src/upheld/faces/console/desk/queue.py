"""Cases become the rows of the queue: who, how many days are left, a clock on one scale for all. Pure.

No day is a number here: the clock is the case's own, and what counts as near is a share of the whole period that law and notice give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from upheld.duties.requests import Case
from upheld.faces.board.words import day, number, sentence
from upheld.faces.console.desk.wording import STATES, rights_said

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


def rows_of(cases: Sequence[Case], names: Mapping[int, str], today: date, current: str = "") -> tuple[Row, ...]:
    """One row a case, in the order given. A case whose name is not to be seen is called by its number."""
    longest = max((_whole(case) for case in cases), default=0)
    scale = min(PX_A_DAY, (RIGHT - ZERO) / longest) if longest else PX_A_DAY
    return tuple(
        Row(
            case.id,
            names.get(case.number, case.id),
            *left_of(case, today),
            bar_of(case, today, scale),
            _sub(case),
            case.id == current,
        )
        for case in cases
    )


def left_of(case: Case, today: date) -> tuple[str, str]:
    """`13 days` and the class of its colour: late is broken, near is unproven."""
    if case.ended_at is not None:
        return STATES[case.state], ""
    if case.still:
        return "paused", ""
    if case.answer_by is None:
        return "no day", ""
    days = (case.answer_by - today).days
    if days < 0:
        return f"{days_said(-days)} late", "broken"
    said = "today" if days == 0 else days_said(days)
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


def lead_of(cases: Sequence[Case], today: date) -> tuple[tuple[str, str], ...]:
    """The page's first sentence, as (class, text): who waits, what is late, what comes next."""
    waiting = len(cases)
    if not waiting:
        return (("", "Nobody is waiting for an answer."),)
    said = [("", sentence(f"{number(waiting)} {'person is' if waiting == 1 else 'people are'} waiting for an answer"))]
    late = sum(1 for case in cases if case.answer_by is not None and case.answer_by < today and not case.still)
    if late:
        said += [("", " "), ("broken", sentence(f"{number(late)} {'answer is' if late == 1 else 'answers are'} late"))]
    ahead = [case.answer_by for case in cases if case.answer_by is not None and case.answer_by >= today]
    if ahead:
        said.append(("", f" The next answer is due on {day(min(ahead))}."))
    return tuple(said)


def days_said(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _whole(case: Case) -> int:
    return max((case.answer_by - case.received_at.date()).days, 0) if case.answer_by is not None else 0


def _sub(case: Case) -> str:
    due = f"due {day(case.answer_by)}" if case.answer_by is not None and case.open else ""
    return " · ".join(filter(None, (rights_said(case.rights), due, STATES[case.state])))
