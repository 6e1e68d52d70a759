"""Kept rows become lists by what is kept in them: an erasure's by the whole row, the calendar's by column."""

from __future__ import annotations

from datetime import date

from upheld.engine.execution.calendar.lists import lists_of_kept, over_in
from upheld.engine.execution.kept.rows import KeptRows
from upheld.engine.plan.model import KeepRule, Until, Why

DAY = date(2026, 1, 15)
LATER, BEFORE = date(2027, 1, 1), date(2025, 1, 1)


def kept(columns: tuple[str, ...], until: date, *, whole: bool) -> KeptRows:
    return KeptRows("quay", "bills", KeepRule("tax-law", columns, Until(until), Why(("c.1",))), until, ((20,),), whole)


def over(*rows: KeptRows) -> set[str]:
    return {one.ref for one in lists_of_kept(rows, DAY) if one.ref.startswith("ended") and one.roots}


def test_what_an_erasure_left_ends_as_a_whole_with_the_last_that_keeps_it() -> None:
    assert over(kept(("payer",), BEFORE, whole=True)) == {"ended", "ended payer"}
    assert over(kept(("payer",), BEFORE, whole=True), kept(("phone",), LATER, whole=True)) == {"ended payer"}
    assert over(kept(("payer",), BEFORE, whole=True), kept(("payer",), LATER, whole=True)) == set()


def test_what_the_calendar_holds_ends_column_by_column() -> None:
    rows = kept(("payer",), BEFORE, whole=False), kept(("phone",), LATER, whole=False)
    assert over(*rows) == {"ended payer"}
    assert over_in(lists_of_kept(rows, DAY)) == {("quay", "bills")} and not over_in(lists_of_kept(rows[1:], DAY))
    assert "noted" not in {one.ref for one in lists_of_kept(rows, DAY)}
