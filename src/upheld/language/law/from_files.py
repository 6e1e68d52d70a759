"""The package's regime files become Law.

Assumes files shipped with the package: a fault in them is a defect of ours, so it raises at load and a test loads
every file. Reads package data only. Not taken: JSON; people who check law read and edit these files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from upheld.language.law.model import Clock, Extension, Fact, Law, Regime, Span

REGIME_FILES = ("eu-gdpr.yaml", "us-ca-ccpa.yaml")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_T = TypeVar("_T")
_Node = Mapping[str, Any]


@cache
def load_law() -> Law:
    """Every regime of the package, read once per process: some 20 ms, then nothing."""
    return read_law(law_files())


def law_files() -> Mapping[str, str]:
    """The text of every regime file of the package, by its name."""
    folder = files("upheld.language.law")
    return MappingProxyType({name: (folder / name).read_text("utf-8") for name in REGIME_FILES})


def read_law(texts: Mapping[str, str]) -> Law:
    """The regimes of these files. KeyError or ValueError for a text that is no regime file."""
    read = (yaml.load(text, Loader=_Loader) for text in texts.values())
    return Law(MappingProxyType({regime.id: regime for regime in map(_regime, read)}))


def _regime(node: _Node) -> Regime:
    ages = {each["age"]: each for each in node.get("ages", ())}
    countries = {age: each["by-country"] for age, each in ages.items() if "by-country" in each}
    return Regime(
        id=node["id"],
        name=node["name"],
        jurisdiction=node["jurisdiction"],
        as_of=node["as-of"],
        words=MappingProxyType(dict(node["words"])),
        rolls_forward=_fact(node["calendar"]["rolls-forward"], bool),
        rights=_facts(node["rights"], text="name"),
        parts=MappingProxyType(dict(node.get("parts", {}))),
        clocks=MappingProxyType({each["clock"]: _clock(each) for each in node["clocks"]}),
        proof=MappingProxyType({right: _fact(each, tuple) for each in node["proof"] for right in each["for"]}),
        withheld=_by_right(node["withheld"]),
        owed=_by_right(node.get("owed", ())),
        contents=_by_right(node["contents"]),
        never_disclosed=_facts(node.get("never-disclosed", ())),
        while_restricted=_facts(node.get("while-restricted", ())),
        refusal=_facts(node["refusal"]),
        fee=_fact(node["fee"], str),
        authority=_fact(node["authority"], str),
        ages=MappingProxyType({age: _fact(each, int) for age, each in ages.items()}),
        ages_by_country=MappingProxyType({age: _fact(each, _counts) for age, each in countries.items()}),
    )


def _fact(node: _Node, shape: Callable[[Any], _T], text: str = "text") -> Fact[_T]:
    return Fact(
        value=shape(node["value"]),
        cite=node["cite"],
        confidence=node["confidence"],
        source=node["source"],
        text=node.get(text, ""),
        applies_from=node.get("applies-from", ""),
    )


def _facts(nodes: Iterable[_Node], text: str = "text") -> tuple[Fact[str], ...]:
    return tuple(_fact(each, str, text) for each in nodes)


def _by_right(nodes: Iterable[_Node]) -> Mapping[str, tuple[Fact[str], ...]]:
    found: dict[str, list[Fact[str]]] = {}
    for each in nodes:
        for right in each["for"]:
            found.setdefault(right, []).append(_fact(each, str))
    return MappingProxyType({right: tuple(facts) for right, facts in found.items()})


def _counts(node: _Node) -> Mapping[str, int]:
    return MappingProxyType({str(key): int(value) for key, value in node.items()})


def _span(node: _Node) -> Span:
    return Span(node["amount"], node["unit"])


def _maybe_span(node: _Node | None) -> Span | None:
    return None if node is None else _span(node)


def _clock(node: _Node) -> Clock:
    return Clock(
        id=node["clock"],
        rights=tuple(node["for"]),
        length=_fact(node["length"], _maybe_span),
        start=node["start"],
        extension=_extension(node["extension"]) if "extension" in node else None,
        pauses=_facts(node.get("pauses", ()), text="trigger"),
        must_state=tuple(node.get("must-state", ())),
        word=node.get("word", ""),
        qualifier=node.get("qualifier", ""),
        on_miss=node.get("on-miss", ""),
    )


def _extension(node: _Node) -> Extension:
    return Extension(
        by=_fact(node, _span),
        times=node["times"],
        when=tuple(node["when"]),
        notify_within=_span(node["notify-within"]),
        must_state=tuple(node["must-state"]),
    )
