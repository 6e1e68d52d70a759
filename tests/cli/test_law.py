"""`upheld law`: regimes, facts and dates on the command line, unconfirmed facts labelled, wrong words refused with the right one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.preloaded import ROOT, Preloaded

PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")


def test_the_regimes_are_listed_with_what_nobody_has_seen(preloaded: Preloaded) -> None:
    ran, alone = preloaded.run("law", "list"), preloaded.run("law")
    assert ran.code == 0 and ran.out == alone.out
    assert "uk-gdpr-pecr" in ran.out and "not legal advice" in ran.out
    listed = json.loads(preloaded.run("law", "list", "--json").out)["regimes"]
    assert len(listed) == 11 and all(0 < one["unconfirmed"] < one["facts"] for one in listed)


def test_a_fact_is_shown_with_citation_and_confidence_and_labelled_where_unconfirmed(preloaded: Preloaded) -> None:
    ran = preloaded.run("law", "show", "eu-gdpr", "erasure")
    words = " ".join(ran.out.split())
    assert ran.code == 0 and "Art. 17(3)(e)" in words and "Art. 12(3) · high · source https://ip-four" in words
    assert "Art. 12(4) · high · unconfirmed: from memory, not seen in a text" in words
    facts = json.loads(preloaded.run("law", "show", "eu-gdpr", "erasure", "--json").out)["facts"]
    assert {fact["confirmed"] for fact in facts} == {True, False}
    assert all((fact["source"] == "memory") != fact["confirmed"] for fact in facts)
    every = json.loads(preloaded.run("law", "show", "eu-gdpr", "--json").out)["facts"]
    assert len([fact for fact in every if not fact["path"].startswith("authorities.")]) == 83


def test_the_example_of_the_page_of_commands_is_what_the_command_answers(preloaded: Preloaded) -> None:
    section = PAGE.split("## `upheld law clock", 1)[1]
    example = json.loads(section.split("```json\n", 1)[1].split("```", 1)[0])
    ran = preloaded.run("law", "clock", example["regime"], example["asked"], "--received", example["received"], "--json")
    assert json.loads(ran.out) == example


def test_what_happened_moves_the_dates(preloaded: Preloaded) -> None:
    asked = ("--event", "2026-06-05:clarification-asked", "--event", "2026-06-15:clarification-received")
    ran = preloaded.run("law", "clock", "uk-gdpr-pecr", "access", "--received", "2026-06-01", *asked)
    assert ran.code == 0 and "2026-07-13" in ran.out and "11 days do not count" in ran.out
    waiting = preloaded.run("law", "clock", "uk-gdpr-pecr", "access", "--received", "2026-06-01", *asked[:2], "--json")
    first = json.loads(waiting.out)["dates"][0]
    assert (first["state"], first["day"]) == ("stands still", None)


def test_a_calendar_of_holidays_and_a_place_are_heeded(preloaded: Preloaded, tmp_path: Path) -> None:
    days = tmp_path / "br.txt"
    days.write_text("# Brazil\n2026-04-03  # Good Friday\n", "utf-8")
    ran = preloaded.run("law", "clock", "br-lgpd", "breach-regulator", "--received", "2026-04-02", "--holidays", str(days))
    assert "2026-04-08" in ran.out and "No public holidays" not in ran.out
    iowa = preloaded.run("law", "clock", "us-state-generic", "access", "--received", "2026-03-02", "--place", "IA")
    assert "2026-05-31" in iowa.out


@pytest.mark.parametrize(
    ("code", "words", "given"),
    [
        ("X281", "Did you mean eu-gdpr?", ("show", "eu-gdp")),
        ("X282", "Did you mean access?", ("clock", "eu-gdpr", "acces", "--received", "2026-03-10")),
        ("X282", "Did you mean erasure?", ("show", "eu-gdpr", "erasur")),
        ("X283", "Did you mean identity-asked?", ("clock", "eu-gdpr", "access", "--received", "2026-03-10", "--event", "2026-03-11:identity-askd")),
        ("X284", "Places that it knows: AL,", ("clock", "us-state-generic", "access", "--received", "2026-03-10", "--place", "ZZ")),
        ("X285", "no day", ("clock", "eu-gdpr", "access", "--received", "soon")),
        ("X285", "counts hours", ("clock", "eu-gdpr", "breach-regulator", "--received", "2026-05-22")),
        ("X285", "no event", ("clock", "eu-gdpr", "access", "--received", "2026-03-10", "--event", "soon")),
        ("X285", "out of range", ("clock", "eu-gdpr", "access", "--received", "9999-12-31")),
        ("X285", "calendar of holidays", ("clock", "eu-gdpr", "access", "--received", "2026-03-10", "--holidays", "none.txt")),
    ],
)  # fmt: skip
def test_a_word_that_is_not_known_is_refused_as_wrong_use_with_the_nearest(
    preloaded: Preloaded, code: str, words: str, given: tuple[str, ...]
) -> None:
    ran = preloaded.run("law", *given)
    assert ran.code == 2 and code in ran.err
    assert words in " ".join(ran.err.split())


def test_what_a_state_says_otherwise_is_shown_with_the_rest(preloaded: Preloaded) -> None:
    words = " ".join(preloaded.run("law", "show", "us-state-generic").out.split())
    assert "places.IA" in words and "name Iowa, law ICDPA" in words and "right-to-correct no" in words
    iowa = preloaded.run("law", "show", "us-state-generic", "access", "--place", "IA")
    assert "90 days" in iowa.out and "ICDPA (Iowa)" in iowa.out
