"""A decision in plain words: the clause, its sentence, and what would open it."""

from __future__ import annotations

from dataclasses import replace

from tests.language.made_programs import any_of, data, fact, flow, needs, program, promise, record, when
from upheld.language.promises.deciding.decide import decide
from upheld.language.promises.deciding.explain_decision import explain_decision
from upheld.language.promises.model import Kind, Name

PERMIT = promise("use.1", "may", "use", "bank-details", scope=[any_of("for", "billing")])
WALL = promise("use.4", "never", "use", "bank-details", door=[any_of("for", "billing"), needs("invoice")])
USE = flow("use", "bank-details", for_="billing")


def _told(made, asked, facts=None):
    return explain_decision(made, decide(made, asked, facts or {}), asked)


def test_a_wall_is_told_with_its_clause_its_sentence_and_its_door():
    text = _told(program(PERMIT, WALL), USE)
    assert text.splitlines()[0] == "Refused."
    assert "bank-details: harbour.use.4: This sentence forbids it." in text
    assert "“The sentence of harbour.use.4.”" in text
    assert "It opens for billing and" in text and "invoice" in text


def test_a_pass_is_told_with_the_sentence_that_permits():
    text = _told(program(PERMIT, WALL), replace(USE, cited=frozenset({record("invoice")})))
    assert text.splitlines()[:2] == ["Allowed.", "harbour.use.1: This sentence permits it."]


def test_a_wall_that_hangs_on_a_person_says_on_what_and_no_value():
    wall = promise("use.5", "never", "use", "bank-details", scope=[when("restricted")])
    text = _told(program(PERMIT, wall), USE)
    assert "may forbid it" in text and "It stands when restricted" in text
    assert "False" not in text and "True" not in text


def test_a_wall_that_nothing_opens_says_so_and_an_exception_is_named():
    wall = promise("use.5", "never", "use", "bank-details")
    assert "Nothing opens it." in _told(program(PERMIT, wall), USE)
    excepted = promise(
        "use.6", "may", "use", "bank-details", scope=[any_of("for", "audit")], excepts=frozenset({"harbour.use.5"})
    )
    assert "harbour.use.6 is an exception to it" in _told(program(PERMIT, wall, excepted), USE)


def test_a_lack_of_permission_names_the_nearest_sentence():
    text = _told(
        program(PERMIT, known=[Name(Kind.PURPOSE, "ads"), *data("email")]), flow("use", ["bank-details", "email"], for_="ads")
    )
    assert "bank-details and email: No sentence permits this." in text
    assert "harbour.use.1 comes nearest: We may use bank-details for billing." in text


def test_an_untold_person_and_a_duty_are_told_in_words():
    collects = promise(
        "c.1", "may", "collect", "email", scope=[any_of("from", "subject"), any_of("on", "form"), any_of("for", "repair")]
    )
    tell = promise("t.1", "will", "tell", "rules", kind=Kind.TOPIC, blocks=Name(Kind.EVENT, "collected"))
    asks = flow("collect", "email", from_="subject", on="form", for_="repair")
    assert "It opens once the person was told rules." in _told(program(collects, tell), asks)
    later = replace(tell, blocks=None, due=Name(Kind.EVENT, "collected"))
    assert "It calls up:\n  harbour.t.1: We will tell of rules" in _told(program(collects, later), asks)


def test_a_flow_that_cannot_be_decided_says_why():
    assert _told(program(PERMIT), replace(USE, keys={})) == "Refused.\nThe flow does not say what it must say. Missing: for."


def test_a_restricted_person_is_told_by_the_sentence_that_grants_restriction():
    grants = promise("r.1", "will", "grant", "restriction", kind=Kind.RIGHT)
    text = _told(program(PERMIT, grants), USE, {fact("restricted"): True})
    assert "harbour.r.1: This sentence may forbid it" in text and "restricted" in text
