"""A regime's facts as lines and as JSON: value, citation, confidence, source; unconfirmed where nobody saw it in a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from upheld.faces.app.errors import Unusable
from upheld.language.law import Clock, Fact, Regime, Span, load_law
from upheld.language.law.due import UnknownLaw, clocks_of
from upheld.language.law.lookup import authorities, breach_duties
from upheld.language.law.model import Item
from upheld.language.law.places import in_place
from upheld.language.notice.findings import nearest, shown

CAUTION = "Research, not legal advice. Unconfirmed: nobody has seen this in a text."


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a person lives, works, and was wronged, by code (`FR`, `CA-AB`); empty: not known."""

    lives: str = ""
    works: str = ""
    wronged: str = ""


NOWHERE = Whereabouts()


@dataclass(frozen=True, slots=True)
class Said:
    """One fact as it is shown: where it stands in the file, and what it says."""

    path: str
    fact: Fact[Any]
    says: str

    def as_json(self) -> dict[str, Any]:
        """Every part of the fact."""
        return {
            "path": self.path, "value": plain(self.fact.value), "text": self.fact.text, **cited(self.fact),
            "applies_from": self.fact.applies_from or None, "inherited_from": self.fact.inherited_from or None,
            "more": plain(self.fact.more),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts asked for, of one regime."""

    regime: Regime
    right: str
    facts: tuple[Said, ...]

    def head(self) -> list[str]:
        """The regime, and how much of it is confirmed."""
        open_facts = sum(not said.fact.confirmed for said in self.facts)
        return [
            f"{self.regime.name} ({self.regime.jurisdiction}), as of {self.regime.as_of}",
            f"{len(self.facts)} facts{f' on {self.right}' if self.right else ''}, {open_facts} of them unconfirmed",
        ]

    def lines(self) -> Iterable[str]:
        """Each fact in two lines or more."""
        for said in self.facts:
            yield f"{said.path}"
            yield f"  {said.says}"
            yield f"  {standing(said.fact)}"

    def as_json(self) -> dict[str, Any]:
        """The contract of `upheld law show --json`."""
        return {
            "regime": self.regime.id, "name": self.regime.name, "jurisdiction": self.regime.jurisdiction, "as_of": self.regime.as_of,
            "extends": self.regime.extends or None, "right": self.right or None, "facts": [said.as_json() for said in self.facts],
        }  # fmt: skip


def list_regimes() -> list[dict[str, Any]]:
    """Every regime with how many facts it has, and how many of them nobody has seen in a text."""
    found = []
    for id in sorted(load_law().regimes):
        regime = load_law().regimes[id]
        facts = [said.fact for said in (*_all(regime), *_authorities(regime, "", NOWHERE))]
        found.append(
            {
                "regime": id, "name": regime.name, "jurisdiction": regime.jurisdiction, "as_of": regime.as_of,
                "facts": len(facts), "unconfirmed": sum(not fact.confirmed for fact in facts),
                "places": sorted(regime.places), "extends": regime.extends or None,
            }
        )  # fmt: skip
    return found


def facts_of(regime: str, right: str = "", place: str = "", person: Whereabouts = NOWHERE) -> Facts:
    """The facts of a regime, or those of one right (or duty, or clock) under it, with the authorities of a person who is known to live, work or be
    wronged somewhere. Unusable for words that it does not know.
    """
    found = regime_of(regime, place)
    return Facts(found, right, (*(_of_right(found, right) if right else _all(found)), *_authorities(found, right, person)))


def regime_of(id: str, place: str = "") -> Regime:
    """The regime, as `place` says it. Unusable, with the nearest known word, for what is not known."""
    law = load_law()
    if id not in law.regimes:
        raise Unusable("X281", f"The package knows no regime {shown(id)}.", did_you_mean(id, law.regimes, "upheld law"))
    regime = law.regimes[id]
    if place and place not in regime.places:
        known = ", ".join(sorted(regime.places)) or "none"
        raise Unusable("X284", f"{id} has no rules of its own for {shown(place)}.", f"Places that it knows: {known}.")
    return in_place(regime, place) if place else regime


def unknown(error: UnknownLaw, regime: str) -> Unusable:
    """The refusal that names the nearest known word."""
    code = "X283" if error.what == "event" else "X282"
    return Unusable(code, f"{regime} knows no {error.what} {shown(error.word)}.", did_you_mean(error.word, error.known, ""))


def did_you_mean(word: str, known: Iterable[str], command: str) -> str:
    """The nearest known word, or all of them."""
    near = nearest(word, known)
    listed = f"See: {command}" if command else f"Known: {', '.join(sorted(known))}."
    return f"Did you mean {near}? {listed}" if near else listed


def cited(fact: Fact[Any]) -> dict[str, Any]:
    """Where a fact stands, and whether anybody saw it there."""
    return {"cite": fact.cite, "confidence": fact.confidence, "confirmed": fact.confirmed, "source": fact.source}


def standing(fact: Fact[Any]) -> str:
    """Citation, confidence and source in one line."""
    seen = f"source {fact.source}" if fact.confirmed else "unconfirmed: from memory, not seen in a text"
    since = f", from {fact.applies_from}" if fact.applies_from else ""
    return f"{fact.cite}{since} · {fact.confidence} · {seen}"


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, Span):
        return {"amount": value.amount, "unit": value.unit}
    if isinstance(value, Item):
        return {"id": value.id, "text": value.text, "cite": value.cite or None, **plain(value.more)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def spoken(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, Span):
        unit = value.unit.removesuffix("s") if value.amount == 1 else value.unit
        return f"{value.amount} {unit}"
    if isinstance(value, Item):
        return f"{value.id}: {value.text}" if value.text and value.text != value.id else value.id
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {spoken(each)}" for key, each in value.items())
    if isinstance(value, tuple | list):
        return "; ".join(map(spoken, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "no number" if value is None else str(value)


def _all(regime: Regime) -> Iterable[Said]:
    yield from (Said(f"rights.{fact.value}", fact, fact.text) for fact in regime.rights)
    for clock in regime.clocks.values():
        yield from _clock(clock)
    yield from (Said(path, fact, spoken(fact.value)) for path, fact in regime.facts.items())
    yield from (Said(f"places.{place}", fact, spoken(fact.value)) for place, fact in regime.places.items())


def _clock(clock: Clock) -> Iterable[Said]:
    word = f"{clock.word} (no number)" if clock.word and clock.length.value is None else spoken(clock.length.value)
    yield Said(f"clocks.{clock.id}", clock.length, f"{word}, from {clock.starts or 'no start'}" if clock.start else word)
    if clock.extension:
        longer = clock.extension
        said = f"{spoken(longer.by.value)} more, told within {spoken(longer.notify_within)}, only for: {'; '.join(longer.when)}"
        yield Said(f"clocks.{clock.id}.extension", longer.by, said)
    if clock.no_extension:
        yield Said(f"clocks.{clock.id}.extension", clock.no_extension, "none")
    for number, pause in enumerate(clock.pauses, 1):
        yield Said(f"clocks.{clock.id}.pauses.{number}", pause.effect, f"{pause.effect.value}: {pause.effect.text}")


def _authorities(regime: Regime, right: str, person: Whereabouts) -> Iterable[Said]:
    if right and not any(fact.value == regime.parts.get(right, right) for fact in regime.rights):
        return
    for number, one in enumerate(authorities(regime, person.lives, person.works, person.wronged), 1):
        reach = f"; {', '.join(one.reach)}{'' if one.reach_confirmed else ' (unconfirmed)'}" if one.reach else ""
        note = f"; {one.note}" if one.note else ""
        yield Said(
            f"authorities.{one.place or number}", one.fact, f"{one.called}{f', {one.web}' if one.web else ''}{reach}{note}"
        )


def _of_right(regime: Regime, asked: str) -> Iterable[Said]:
    try:
        clocks = clocks_of(regime, asked)
    except UnknownLaw as error:
        raise unknown(error, regime.id) from None
    right = regime.parts.get(asked, asked)
    yield from (Said(f"rights.{right}", fact, fact.text) for fact in regime.rights if fact.value == right)
    for clock in clocks:
        yield from _clock(clock)
    if right in regime.proof:
        proof = regime.proof[right]
        yield Said("proof", proof, f"{', '.join(proof.value) or 'none'}: {proof.text}")
    listed = {"owed": regime.owed, "unless": regime.withheld, "contents": regime.contents}
    for name, facts in listed.items():
        yield from (Said(f"{name}.{fact.value}", fact, fact.text or fact.value) for fact in facts.get(right, ()))
    for clock in clocks:
        yield from (Said(f"{clock.id}.contents.{f.value}", f, f.text) for f in regime.breach.get(clock.id, ()))
    if right == "breach":
        owed = (duty for duty in breach_duties(regime) if duty.threshold is not None)
        yield from (
            Said(f"{duty.clock.id}.threshold", duty.threshold, spoken(duty.threshold.value)) for duty in owed if duty.threshold
        )
    if any(fact.value == right for fact in regime.rights):
        yield from (Said(f"refusal.{fact.value}", fact, fact.text) for fact in regime.refusal)
        yield Said("fee", regime.fee, f"{regime.fee.value}: {regime.fee.text}")
