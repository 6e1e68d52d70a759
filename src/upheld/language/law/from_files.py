"""The package's regime files become Law, each when it is first asked for.

Assumes files shipped with the package: a fault in them is a defect of ours, so it raises at load and a test loads
every file. Reads package data only. Not taken: JSON; people who check law read and edit these files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from upheld.language.law.facets import Facts, Node, fact_of, read_facets
from upheld.language.law.model import Authority, Clock, Extension, Fact, Law, Pause, Regime, Span
from upheld.language.law.readings import Readings

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CLOCK_KEYS = frozenset(
    "clock for length start start-code starts word is first-day last-day misses on-miss qualifier must-state extension"
    " pauses".split()
)


@cache
def load_law() -> Law:
    """Every regime of the package; each is read once per process, when it is asked for: some 10 ms, then nothing."""
    return read_law(law_files())


@cache
def law_files() -> Mapping[str, str]:
    """The text of every regime file of the package, by its name."""
    folder = files("upheld.language.law").joinpath("regimes")
    texts = {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".yaml")}
    return MappingProxyType(dict(sorted(texts.items())))


def read_law(texts: Mapping[str, str]) -> Law:
    """The regimes of these files, named `ID.yaml`. A text that is no regime file raises KeyError or ValueError when asked for."""
    return Law(_Regimes({name.removesuffix(".yaml"): text for name, text in texts.items()}))


class _Regimes(Mapping[str, Regime]):
    """Regimes by id. Reading one twice at the same time is harmless: both readings are equal."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._read: dict[str, tuple[Regime, Readings]] = {}

    def __getitem__(self, regime: str) -> Regime:
        return self._found(regime)[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, regime: object) -> bool:
        return regime in self._texts

    def _found(self, regime: str) -> tuple[Regime, Readings]:
        if regime not in self._read:
            node = yaml.load(self._texts[regime], Loader=_Loader)
            if node["id"] != regime:
                raise ValueError(f"the file of {regime} is that of another regime")
            parent = self._found(node["extends"]) if "extends" in node else None
            self._read[regime] = _regime(node, parent)
        return self._read[regime]


def _regime(node: Node, parent: tuple[Regime, Readings] | None) -> tuple[Regime, Readings]:
    cited_as = node.get("inherited-cite", "{}")
    above = parent[0] if parent else None
    facts = read_facets(node["facets"], above.facts if above else {}, above.id if above else "", cited_as)
    upper = _as_child(parent[1], above.id, cited_as) if parent and above else None
    says = Readings(node["readings"], Facts(facts), upper)
    regime = Regime(
        id=node["id"],
        name=node["name"],
        jurisdiction=node["jurisdiction"],
        as_of=node["as-of"],
        model=node["model"],
        words=MappingProxyType(dict(node["words"])),
        instruments=tuple(node["instruments"]),
        not_regulated=tuple(node.get("not-regulated", ())),
        rolls=says.must("rolls", tuple),
        rights=tuple(fact_of(each, str, text="name") for each in node["rights"]),
        parts=says.words("parts"),
        clocks=MappingProxyType({each["clock"]: _clock(each) for each in node["clocks"]}),
        proof=says.proofs(),
        withheld=says.by("withheld"),
        owed=says.by("owed"),
        contents=says.by("contents"),
        never_disclosed=says.several("never-disclosed"),
        while_restricted=says.several("while-restricted"),
        refusal=says.several("refusal"),
        message=says.several("message"),
        breach=says.by("breach"),
        opt_in=says.several("opt-in"),
        opt_out_of_customers=says.several("opt-out-of-customers"),
        absent=says.one("absent", tuple),
        fee=says.must("fee", str),
        officer=says.one("officer", str),
        told=says.one("told", tuple),
        purposes=says.one("purposes", str),
        basis=says.one("basis", str),
        retention=says.one("retention", str),
        transfers=says.one("transfers", str),
        home=says.one("home", tuple),
        ages=says.ages("ages", int),
        ages_by_country=says.ages("ages-by-country", _counts),
        facts=facts,
        places=_places(node),
        extends=node.get("extends", ""),
        authorities=_authorities(node, facts),
        answered_as=says.words("answered-as"),
        at_once=says.one("at-once", tuple),
    )
    return regime, says


def _as_child(readings: Readings, regime: str, cited_as: str) -> Readings:
    upper = _as_child(readings.parent, regime, cited_as) if readings.parent else None
    return Readings(readings.sections, readings.facts.of_child(regime, cited_as), upper)


def _places(node: Node) -> Mapping[str, Fact[Mapping[str, Any]]]:
    """What a part of the regime's territory says otherwise, under the citation that stands at the table's head."""
    head = node.get("places")
    if head is None:
        return MappingProxyType({})
    return MappingProxyType(
        {
            place: fact_of({**head, "value": MappingProxyType(dict(values))}, lambda v: v)
            for place, values in head["values"].items()
        }
    )


def _authorities(node: Node, facts: Mapping[str, Fact[Any]]) -> tuple[Authority, ...]:
    """Each with its own citation and source where it has one, else the list's, else those of the fact that names them all."""
    listed = node["authorities"]
    all_of_them = facts[listed["from"]]
    found = []
    for one in listed["of"]:
        cited = {word: one.get(word, listed.get(word, getattr(all_of_them, word))) for word in ("cite", "confidence", "source")}
        fact = fact_of({"value": one["name"], **cited}, str)
        seen = one.get("reach-source", fact.source) != "memory"
        reach, by = tuple(map(str, one.get("reach", ()))), tuple(one.get("by", listed.get("by", ())))
        found.append(
            Authority(
                one["name"],
                one["place"],
                fact,
                by,
                one.get("known-as", ""),
                reach,
                seen,
                one.get("note", ""),
                one.get("web", ""),
            )
        )
    return tuple(found)


def _counts(node: Node) -> Mapping[str, int]:
    return MappingProxyType({str(key): int(value) for key, value in node.items()})


def _span(node: Node) -> Span:
    return Span(node["amount"], node["unit"])


def _maybe_span(node: Node | None) -> Span | None:
    return None if node is None else _span(node)


def _clock(node: Node) -> Clock:
    longer = node.get("extension")
    return Clock(
        id=node["clock"],
        rights=tuple(node["for"]),
        length=fact_of(node["length"], _maybe_span),
        start=node["start"],
        extension=_extension(longer) if longer and longer["value"] else None,
        no_extension=fact_of(longer, lambda _: None) if longer and not longer["value"] else None,
        pauses=tuple(Pause(fact_of(each, str, text="trigger"), tuple(each["by"])) for each in node.get("pauses", ())),
        must_state=tuple(node.get("must-state", ())),
        word=node.get("word", ""),
        qualifier=node.get("qualifier", ""),
        misses=node.get("misses", ""),
        on_miss=node.get("on-miss", ""),
        kind=node.get("is", "deadline"),
        starts=node["starts"] or "",
        start_code=node["start-code"],
        first_day_counts=node.get("first-day") == "counted",
        ends_day_before=node.get("last-day") == "the day before",
        more=MappingProxyType({key: each for key, each in node.items() if key not in _CLOCK_KEYS}),
    )


def _extension(node: Node) -> Extension:
    return Extension(
        by=fact_of(node, _span),
        times=node["times"],
        when=tuple(node["when"]),
        notify_within=_span(node["notify-within"]),
        must_state=tuple(node["must-state"]),
        notify_from=node["notify-from"],
    )
