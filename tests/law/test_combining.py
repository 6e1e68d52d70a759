"""Combining sources: in any order, once or twice, and never looser than any of them."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.language.law.combining import (
    Hold,
    allowed,
    child_delete_age,
    erased,
    highest_age,
    owed,
    permitted,
    shortest,
    starts_on,
)

FEW = settings(max_examples=60)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1)) | st.none()
ages = st.integers(0, 25) | st.none()
lists = st.frozensets(st.sampled_from("abcdef")) | st.none()
truths = st.booleans() | st.none()
SAFE = frozenset("abcdef")


@FEW
@given(days, days, days)
def test_the_shortest_deadline(one, two, three) -> None:
    assert shortest(one, one) == one and shortest(one, two) == shortest(two, one)
    assert shortest(shortest(one, two), three) == shortest(one, shortest(two, three)) == shortest(one, two, three)
    found = shortest(one, two, three)
    assert all(found is not None and found <= said for said in (one, two, three) if said is not None)
    assert (found is None) == (one is two is three is None)


@FEW
@given(ages, ages, ages)
def test_the_highest_age_that_blocks(one, two, three) -> None:
    assert highest_age(one, one) == one and highest_age(one, two) == highest_age(two, one)
    assert highest_age(highest_age(one, two), three) == highest_age(one, highest_age(two, three))
    found = highest_age(one, two, three)
    assert all(found is not None and found >= said for said in (one, two, three) if said is not None)
    assert child_delete_age(one, two) == highest_age(one, two)  # never below the age that blocks


@FEW
@given(lists, lists, lists)
def test_the_intersection_of_what_is_permitted(one, two, three) -> None:
    assert permitted(one, one) == (one or frozenset()) and permitted(one, two) == permitted(two, one)
    assert permitted(permitted(one, two) if one is not None or two is not None else None, three) == permitted(one, two, three)
    assert all(permitted(one, two, three) <= said for said in (one, two, three) if said is not None)
    assert permitted(None, None) == frozenset()


@FEW
@given(lists, lists, lists)
def test_the_union_of_what_is_owed(one, two, three) -> None:
    assert owed(one, one) == (one or frozenset()) and owed(one, two) == owed(two, one)
    assert owed(owed(one, two), three) == owed(one, owed(two, three)) == owed(one, two, three)
    assert all(said <= owed(one, two, three) for said in (one, two, three) if said is not None)


@FEW
@given(truths, truths, truths)
def test_a_prohibition_wins_and_silence_is_no_permission(one, two, three) -> None:
    for combine in (allowed, starts_on):
        assert combine(one, one) == (one is True) and combine(one, two) == combine(two, one)
        assert combine(one, two, three) == (False not in (one, two, three) and True in (one, two, three))
        assert not combine() and not combine(None)


holds = st.lists(st.builds(Hold, st.frozensets(st.sampled_from("abcdef")), st.sampled_from(["", "claim"]), days), max_size=3)


@FEW
@given(holds, st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_hold_beats_an_erasure_only_for_its_fields_its_ground_and_its_end(several: list[Hold], today: date) -> None:
    gone = erased(SAFE, several, today)
    assert gone == erased(SAFE, [*several, *several], today) == erased(SAFE, reversed(several), today)
    for field in SAFE:
        standing = [each for each in several if field in each.fields and each.ground and each.until and today < each.until]
        assert (field in gone) == (not standing)
    assert erased(SAFE, (), today) == SAFE
