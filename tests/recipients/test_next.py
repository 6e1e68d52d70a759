"""Whatever a recipient does in whatever order, its order ends only by its word, and an open order is never forgotten. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipients.conftest import NOW, entry
from upheld.duties.recipients.carrying import EARLY, FAULT_WAITS, LONGEST, _Claimed, _next
from upheld.duties.recipients.model import Outcome

WAITS = st.lists(st.integers(1, 400), max_size=4, unique=True).map(
    lambda hours: tuple(timedelta(hours=h) for h in sorted(hours))
)
ASKED = st.one_of(st.none(), st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)))
OUTCOMES = st.builds(
    Outcome,
    state=st.sampled_from(["told", "acknowledged", "done", "refused", "failed", "again", "again", "person"]),
    code=st.sampled_from(["", "R321", "R324"]),
    after=ASKED,
)


@given(WAITS, st.lists(OUTCOMES, min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_an_order_ends_by_a_word_alone_and_else_has_an_hour_or_a_person(
    waits: tuple[timedelta, ...], outcomes: list[Outcome]
) -> None:
    made = entry(chase=waits)
    claimed = _Claimed(
        1, NOW, "R-0001", made.name, "erase", "", UUID(int=1), b"", "queued", 0, 0, 0, NOW, None, None, "webhook", None
    )
    now = NOW
    for outcome in outcomes:
        claimed.tries += 1
        if claimed.state == "waits-for-person":
            outcome = Outcome("person")  # nothing is sent for it, whatever the recipient would say
        reminds = claimed.remind_at is not None and claimed.remind_at <= now + EARLY
        if (
            claimed.state in ("told", "acknowledged")
            and reminds
            and claimed.reminders >= len(waits)
            and outcome.state == "told"
        ):
            outcome = replace(outcome, state="person")
        sent = claimed.state == "queued" or reminds
        after = _next(claimed, made, outcome, sent and outcome.state not in ("again", "person"), now)
        if after.state in ("done", "refused", "failed"):
            assert after.state == outcome.state and after.next_at is None
            return
        if after.state == "waits-for-person":
            assert outcome.state in ("person", "again") and after.reminders <= len(waits)
            if after.next_at is None:
                return  # a person has it, and was reminded as often as the entry says
        assert after.next_at is not None and after.next_at > now
        assert after.next_at - now <= max([*waits, *FAULT_WAITS, LONGEST])
        assert not (claimed.state == "acknowledged" and after.state == "told"), "an acknowledgement was taken back"
        claimed.state, claimed.faults, claimed.reminders, claimed.remind_at = (
            after.state,
            after.faults,
            after.reminders,
            after.remind_at,
        )
        now = after.next_at
