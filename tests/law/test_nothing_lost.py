"""The regimes of the product against the research that they came from: no fact lost, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from upheld.language.law import Clock, Fact, Regime, Span, load_law
from upheld.language.law.cases import load_cases
from upheld.language.law.model import Item

FILE = next(
    (up / "shared" / "regimes.yaml" for up in Path(__file__).parents if (up / "shared" / "regimes.yaml").is_file()), None
)
needs_research = pytest.mark.skipif(FILE is None, reason="the research (../shared/regimes.yaml) is not here")
UNITS = {
    "calendar_days": "days",
    "business_days": "working days",
    "calendar_months": "months",
    "years": "years",
    "hours": "hours",
}
# Ours, that stand in no fact of the research: bookkeeping of the file itself.
APART = {"id", "name", "jurisdiction", "model", "as_of", "extends", "inheritance_note", "instruments", "terms", "rights"} | {
    "clocks", "not_applicable", "overrides", "overrides_meta", "scope_kind", "base_state",
}  # fmt: skip
IDS = [
    "br_lgpd", "ca_casl", "ca_pipeda", "ca_qc_law25", "eu_gdpr", "uk_gdpr_pecr", "us_ca_ccpa", "us_can_spam", "us_coppa",
    "us_state_generic", "za_popia",
]  # fmt: skip


@cache
def research() -> Mapping[str, Any]:
    assert FILE is not None
    return {each["id"]: each for each in yaml.load(FILE.read_text("utf-8"), Loader=yaml.CSafeLoader)["regimes"]}


def named(word: str) -> str:
    return str(word).replace("_", "-")


def test_the_package_knows_every_regime_by_its_id_with_hyphens() -> None:
    assert sorted(load_law().regimes) == [named(id) for id in IDS]
    for id in load_law().regimes:
        assert load_law().regimes[id].id == id


@needs_research
def test_the_research_has_no_regime_that_the_package_lacks() -> None:
    assert sorted(research()) == IDS


def stated(node: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every fact of a facet by its path, as the research has it."""
    if isinstance(node, list):
        for number, each in enumerate(node, 1):
            yield from stated(each, f"{path}.{number}")
    elif isinstance(node, dict):
        if "cite" in node and "confidence" in node:
            yield path, node
        for key, each in node.items():
            if key not in ("value", "values", "items"):
                yield from stated(each, f"{path}.{named(key)}")


def same_standing(ours: Fact[Any], theirs: Mapping[str, Any]) -> None:
    assert (ours.cite, ours.confidence, ours.source) == (theirs["cite"], theirs["confidence"], theirs["source"])
    assert named(theirs.get("inherited_from", "")) == ours.inherited_from
    assert ours.applies_from == str(theirs.get("applies_from", ""))


def same_item(ours: Item, theirs: Any) -> None:
    if isinstance(theirs, str):
        assert ours.text == theirs and ours.id
        return
    assert ours.id == named(theirs["id"]) and ours.text == theirs.get("text", "")
    # A paragraph that the research cites by its end alone is cited whole.
    assert ours.cite.endswith(theirs.get("cite", ""))
    assert dict(ours.more) == {named(key): value for key, value in theirs.items() if key not in ("id", "text", "cite")}


@needs_research
@pytest.mark.parametrize("id", IDS)
def test_every_fact_of_every_facet_is_in_the_product(id: str) -> None:
    regime = load_law().regimes[named(id)]
    count = 0
    for name, facet in research()[id].items():
        if name in APART:
            continue
        for path, theirs in stated(facet, named(name)):
            ours = regime.facts[path]
            same_standing(ours, theirs)
            if "items" in theirs:
                assert len(ours.value) == len(theirs["items"])
                for one, other in zip(ours.value, theirs["items"], strict=True):
                    same_item(one, other)
            elif "values" in theirs or "value" in theirs:
                assert ours.value == theirs.get("value", theirs.get("values"))
            extra = {key: value for key, value in theirs.items() if key not in (
                "value", "values", "items", "cite", "confidence", "source", "inherited_from", "applies_from"
            ) and not isinstance(value, dict)}  # fmt: skip
            assert {named(key): value for key, value in extra.items()}.items() <= dict(ours.more).items()
            count += 1
    assert count > 10


@needs_research
@pytest.mark.parametrize("id", IDS)
def test_every_right_is_in_the_product(id: str) -> None:
    ours = load_law().regimes[named(id)].rights
    theirs = research()[id]["rights"]
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert (one.value, one.text) == (named(other["right"]), other["local_name"])
        same_standing(one, other)


@needs_research
@pytest.mark.parametrize("id", IDS)
def test_every_clock_is_in_the_product(id: str) -> None:
    regime = load_law().regimes[named(id)]
    theirs = research()[id]["clocks"]
    assert len(regime.clocks) == len(theirs)
    for other in theirs:
        same_clock(regime.clocks[named(other["clock"])], other)


def span(node: Mapping[str, Any]) -> Span | None:
    return Span(node["amount"], UNITS[node["unit"]]) if node["amount"] else None  # type: ignore[arg-type]


def same_clock(ours: Clock, theirs: Mapping[str, Any]) -> None:
    same_standing(ours.length, theirs)
    assert ours.length.value == span(theirs)
    if theirs["amount"] is None:
        assert ours.word == named(theirs["unit"] or "")
    assert [one.replace("any", "*") if one == "any" else one for one in ours.rights] == [
        named(one).replace(" ", "-") for one in theirs["applies_to"]
    ]
    assert (ours.starts, ours.start_code) == (
        theirs["start"] or "",
        named(theirs["start_code"]) if theirs["start_code"] else None,
    )
    assert (ours.qualifier, ours.on_miss) == (theirs.get("qualifier", ""), theirs.get("on_miss", ""))
    assert ours.must_state == tuple(theirs.get("must_state", ()))
    for key in (
        "roll",
        "day_zero",
        "meaning",
        "test",
        "threshold",
        "delay_allowed",
        "waived_if",
        "recurring",
        "must_contain",
        "supplement",
    ):
        assert ours.more.get(named(key)) == theirs.get(key)
    for key in ("note", "corroborated_by"):
        assert ours.length.more.get(named(key)) == theirs.get(key)
    assert len(ours.pauses) == len(theirs.get("pause") or ())
    for pause, other in zip(ours.pauses, theirs.get("pause") or (), strict=True):
        same_standing(pause.effect, other)
        assert (pause.effect.value, pause.effect.text) == (named(other["effect_code"]), other["trigger"])
        assert pause.effect.more["effect"] == other["effect"]
    same_extension(ours, theirs.get("extension"))


def same_extension(ours: Clock, theirs: Mapping[str, Any] | None) -> None:
    if theirs is None:
        assert ours.extension is None and ours.no_extension is None
    elif not theirs["amount"]:
        assert ours.extension is None and ours.no_extension is not None
        same_standing(ours.no_extension, theirs)
        assert ours.no_extension.more.get("note") == theirs.get("note")
    else:
        assert ours.extension is not None
        same_standing(ours.extension.by, theirs)
        told = theirs["notify_within"]
        assert (ours.extension.by.value, ours.extension.times) == (span(theirs), theirs["times"])
        assert (ours.extension.notify_within, ours.extension.notify_from) == (span(told), named(told["from"]))
        assert ours.extension.when == tuple(theirs["when"])
        assert ours.extension.must_state == tuple(theirs["notice_must_state"])


@needs_research
def test_every_row_of_a_state_is_in_the_product() -> None:
    regime = load_law().regimes["us-state-generic"]
    theirs = research()["us_state_generic"]
    assert set(regime.places) == set(theirs["overrides"])
    for state, row in theirs["overrides"].items():
        same_standing(regime.places[state], theirs["overrides_meta"])
        expected = {named(key): named(value) if key == "sensitive" else value for key, value in row.items()}
        assert dict(regime.places[state].value) == expected


@needs_research
@pytest.mark.parametrize("id", IDS)
def test_what_a_regime_is_and_does_not_regulate_is_in_the_product(id: str) -> None:
    ours: Regime = load_law().regimes[named(id)]
    theirs = research()[id]
    assert (ours.name, ours.jurisdiction, ours.as_of) == (theirs["name"], theirs["jurisdiction"], theirs["as_of"])
    assert ours.model == named(theirs["model"]) and dict(ours.words) == theirs["terms"]
    assert list(ours.instruments) == theirs["instruments"] and ours.extends == named(theirs.get("extends", ""))
    assert list(ours.not_regulated) == [named(each) for each in theirs.get("not_applicable", ())]


@needs_research
def test_every_case_of_the_research_is_among_the_cases_of_the_tests() -> None:
    assert FILE is not None
    cases = yaml.load(FILE.read_text("utf-8"), Loader=yaml.CSafeLoader)["golden_cases"]["cases"]
    known = {
        (case.regime, case.clock, case.start.isoformat()[:10], case.place or None, case.expect[:16]) for case in load_cases()
    }
    assert len(cases) == 32
    for case in cases:
        given = [str(value) for key, value in case["given"].items() if key != "state"]
        key = (named(case["regime"]), named(case["clock"]), given[0][:10], case["given"].get("state"), str(case["expect"])[:16])
        assert key in known
