"""What the compiler finds against the law goes away with its cause, and with nothing else; several regimes bind together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.notices import pages
from tests.notices.pages import MAIN, Page, read
from upheld.language.diagnostic import Diagnostic
from upheld.language.law import load_law
from upheld.language.promises import compile_program
from upheld.language.promises.model import After, Period, Pick, Promise

# Code, what is wrong, what mends it. Each takes one finding away.
MENDED = [
    ("P407", "prevails: rights.2", "prevails: rights.1"),
    ("P501", "within: 60 days after received", "within: 20 days after received"),
    ("P501", "fee: cost", "fee: none"),
    ("P501", "age: 13 or over", "age: 16 or over"),
    ("P501", "within: 7 days after breach-known", "within: 72 hours after breach-known"),
    ("P502", "for: marketing", "for: marketing\nbasis: legitimate-interests"),
    ("P503", "basis: consent", "basis: consent\nneeds: permission\n---\ndefine: permission\nis: record"),
    ("P504", "[access, rectification]", "all-rights"),
    ("P505", "unless: [our-interest]", "unless: [legal-claims]"),
    ("P505", "is: ground", "is: ground\nholds: legal-claims"),
    ("P505", "unless: [our-interest]", "unless: [our-interest]\ncites: GDPR 17(3)(e)"),
    ("P506", "until: without end", "until: 1 year after received"),
    ("P507", "start: yes", "start: no"),
    ("P507", "to: subject\nby: email\nchoice", "to: subject\nby: email\nneeds: order\nchoice"),
    ("P508", "---\nwill grant", "---\nmay retain: [name, email]\nuntil: 1 year after received\nthen: erase\n---\nwill grant"),
    ("P509", "for: service-provision", "for: [service-provision, marketing]"),
    ("P510", "in: SG", "in: NO"),
    ("P511", "regimes: [eu-gdpr]", "regimes: [eu-gdpr]\nofficer: none\nofficer-reason: nobody is watched at large scale"),
    ("P511", "after breach-known", "after breach-known\ncontents: [nature, contact-point]"),
    ("P513", "within: law", "within: 30 days after received"),
]


def page(code: str) -> Page:
    return read(pages.HERE / "bad" / f"{code}.md")


def found(one: Page) -> tuple[Diagnostic, ...]:
    return one.compiled().diagnostics


def count(one: Page) -> Counter[str]:
    return Counter(each.code for each in found(one))


@pytest.mark.parametrize(("code", "cause", "mend"), MENDED, ids=[f"{code} {mend.splitlines()[-1]}" for code, _, mend in MENDED])
def test_a_finding_goes_with_its_cause(code: str, cause: str, mend: str) -> None:
    wrong = page(code)
    assert cause in wrong.sources[MAIN]
    mended = replace(wrong, sources={**wrong.sources, MAIN: wrong.sources[MAIN].replace(cause, mend, 1)})
    before, after = count(wrong), count(mended)
    assert after[code] == before[code] - 1
    assert not {each for each in after - before if each.startswith(("P1", "P201", "P202", "P3", "P5"))}


def test_every_finding_of_law_names_the_regime_and_where_it_stands() -> None:
    for code in sorted({code for code, _, _ in MENDED} - {"P503", "P513"}):
        for one in found(page(code)):
            if one.code == code:
                assert "eu-gdpr" in one.detail and ("Art." in one.detail or "Ch." in one.detail), one


def test_a_fact_that_nobody_has_seen_is_said_to_be_unconfirmed() -> None:
    details = [one.detail for one in found(page("P501"))]
    assert [("unconfirmed" in detail) for detail in details] == [False, False, True, True]
    facts = load_law().regimes["eu-gdpr"]
    assert facts.clocks["respond"].length.confirmed and not facts.ages["consent"].confirmed


# ---- several regimes ----------------------------------------------------------------------------------------------------

NOTICE = """---
notice: harbour
language: en
updated: 2026-03-01
effective: 2026-03-15
controller: harbour-bikes
regimes: [{regimes}]
settings: {{answer-time: 20 days}}
---

You may see your data. {{#rights.1}}

```promise
will grant: {right}
to: subject
by: email
within: {within}
proof: law
unless: law
contents: law
```
"""


def granted(regimes: str, right: str = "access", within: str = "law") -> Promise:
    compiled = compile_program({MAIN: NOTICE.format(regimes=regimes, right=right, within=within)}, MAIN, load_law())
    assert compiled.draft is not None
    return compiled.draft.promises[0]


def ids(promise: Promise, key: str) -> list[str]:
    return [name.id for name in promise.terms[key][1:]]


def test_the_shortest_clock_of_several_regimes_counts() -> None:
    due = granted("ca-pipeda, us-state-generic").due
    assert isinstance(due, After) and due.high == Period(30, "days")
    unlike = granted("eu-gdpr, us-ca-ccpa").due
    assert isinstance(unlike, Pick) and not unlike.latest and len(unlike.of) == 2


def test_contents_are_the_union_and_grounds_the_intersection_of_what_the_regimes_list() -> None:
    eu, za = granted("eu-gdpr", "erasure"), granted("za-popia", "erasure")
    both = granted("eu-gdpr, za-popia", "erasure")
    assert set(ids(both, "unless")) == set(ids(eu, "unless")) & set(ids(za, "unless")) == {"archiving-research-statistics"}
    access = [granted(regimes) for regimes in ("eu-gdpr", "za-popia", "eu-gdpr, za-popia")]
    assert set(ids(access[2], "contents")) == set(ids(access[0], "contents")) | set(ids(access[1], "contents"))
    assert ids(access[2], "contents")[:2] == ["confirmation", "purposes"]


@pytest.mark.parametrize("regime", sorted(load_law().regimes))
def test_law_has_a_value_or_is_refused_under_every_regime(regime: str) -> None:
    text = NOTICE.format(regimes=regime, right="access", within="law")
    compiled = compile_program({MAIN: text}, MAIN, load_law())
    silent = {one.detail.split("`")[1] for one in compiled.diagnostics if one.code == "P513"}
    promise = compiled.draft.promises[0] if compiled.draft else None
    assert promise is not None
    assert (promise.due is None) == ("within: law" in silent)
    for key in ("proof", "unless", "contents"):
        assert (promise.terms[key] == promise.terms[key][:1]) == (f"{key}: law" in silent)


# ---- a deployment ---------------------------------------------------------------------------------------------------------

DEPLOYED = "settings:\n  answer-time: {time}\ntightened-by: privacy-lead\nbecause: we can\ndated: 2026-04-01\n"


@pytest.mark.parametrize(("time", "codes"), [("10 days", set()), ("25 days", {"P302"}), ("60 days", {"P302", "P501"})])
def test_a_deployment_tightens_and_a_try_to_loosen_is_refused_with_clause_and_citation(time: str, codes: set[str]) -> None:
    text = NOTICE.format(regimes="eu-gdpr", right="access", within="answer-time after received")
    compiled = compile_program({MAIN: text}, MAIN, load_law(), ("deployment.yaml", DEPLOYED.format(time=time)))
    refused = {one.code: one for one in compiled.diagnostics if one.severity == "error"}
    assert set(refused) == codes
    if "P302" in refused:
        assert "harbour.rights.1" in refused["P302"].detail
    if "P501" in refused:
        assert "eu-gdpr, Art. 12(3)" in refused["P501"].detail and refused["P501"].clause == "harbour.rights.1"
