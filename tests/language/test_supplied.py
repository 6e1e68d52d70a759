"""A notice against what an estate has."""

from __future__ import annotations

import pytest

from upheld.language.promises import Supplied, check_against_estate, compile_program

HEAD = """---
notice: harbour
language: en
updated: 2026-03-01
effective: 2026-03-15
controller: harbour-bikes
regimes: [eu-gdpr]
settings: {loan-period: estate}
---

One sentence. {#a.1}

```promise
%s
```
"""
KEEP = "may retain: name\nuntil: %s\nthen: erase"


def codes(block: str, **supplied: set[str]) -> set[str]:
    compiled = compile_program({"n.md": HEAD % block}, "n.md")
    assert compiled.draft is not None
    estate = Supplied(**{"leaves": frozenset({"name"}), **{key: frozenset(names) for key, names in supplied.items()}})
    return {one.code for one in check_against_estate(compiled.draft, estate)}


def test_an_event_that_a_column_supplies_is_supplied():
    assert codes(KEEP % "1 year after created", events={"created"}) == set()
    assert codes(KEEP % "1 year after created") == {"P303"}


def test_an_event_that_the_product_keeps_itself_needs_no_column():
    assert codes(KEEP % "1 year after erased") == set()


def test_an_event_made_of_others_is_supplied_when_they_are():
    block = KEEP % "quiet-day" + "\n---\ndefine: quiet-day\nis: event\nlatest: [created, last-activity]\nmeans: a day"
    assert codes(block, events={"created", "last-activity"}) == set()
    assert codes(block, events={"created"}) == {"P303"}


def test_a_fact_that_people_set_needs_no_column():
    keep = "may retain: name\nwhile: [loyal]\nthen: erase\n---\ndefine: loyal\nis: fact\nmeans: comes often"
    assert codes(keep) == {"P303"}
    assert codes(keep, facts={"loyal"}) == set()
    assert codes(keep + "\nset-by: harbour-bikes") == set()


def test_the_end_of_a_choice_is_known_to_the_product():
    offer = "\n---\nwill offer: news\nas: consent\nstart: no\nby: email\n---\nmay use: name\nfor: marketing\nchoice: news"
    assert codes(KEEP % "30 days after news-withdrawn" + offer) == set()


def test_a_period_that_a_column_holds_must_be_there():
    assert codes(KEEP % "loan-period after received") == {"P303"}
    assert codes(KEEP % "loan-period after received", periods={"loan-period"}) == set()


@pytest.mark.parametrize("verb", ["may retain: email\nuntil: at once\nthen: erase", "may use: email\nfor: marketing"])
def test_a_permission_over_columns_that_do_not_exist_covers_nothing(verb):
    assert codes(f"{verb}\n---\nmay use: name\nfor: marketing") == {"P304"}


def test_data_held_in_no_store_is_no_finding():
    block = "define: gate-photo\nis: data\nmeans: seen, never stored\ncovered: no\n---\nmay use: [gate-photo]\nfor: marketing\n---\nmay use: name\nfor: marketing"
    assert codes(block) == set()


def test_personal_data_alone_declares_no_leaf():
    assert codes("may retain: personal-data\nuntil: at once\nthen: erase") == {"P603"}


def test_what_only_our_own_tables_hold_needs_no_word_in_the_notice():
    keep = "may retain: name\nuntil: at once\nthen: erase"
    assert codes(keep, leaves={"name", "erasure-mark"}) == {"P603"}
    assert codes(keep, leaves={"name", "erasure-mark"}, unasked={"erasure-mark"}) == set()
