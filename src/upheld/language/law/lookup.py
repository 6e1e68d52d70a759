"""Ages, authorities and breach duties of a regime, looked up by country and by whom they are owed to. What `law` means for a right: `law_terms`.

Never guesses: a country that the law does not list takes the regime's own age, and a duty without a number has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upheld.language.law.combining import highest_age
from upheld.language.law.model import Authority, Clock, Fact, Law, Regime

WHOM = "authority-complaint"  # the facet that says it, in every regime's file


@dataclass(frozen=True, slots=True)
class BreachDuty:
    """Whom a breach is told, by which clock, what the report holds, and what must be so before it is owed (`threshold`)."""

    clock: Clock
    contents: tuple[Fact[str], ...]
    threshold: Fact[str] | None


def bound(regime: str) -> tuple[str, ...]:
    """The ids of the regimes that bind a person at once, the one she asked under first: `ca-qc-law25+ca-pipeda`, or one alone; none of an empty text."""
    return tuple(filter(None, regime.split("+")))


def binding(law: Law, among: Sequence[str], asked: str) -> str:
    """`asked`, joined by every other regime of `among` in whose territory all of its own lies: who lives in Quebec is under Canada's laws, too.

    A territory is where a regime's authorities are; one that names no place binds nobody by itself. Regimes that the package does not know stay as they are.
    """
    found = list(dict.fromkeys(bound(asked)))
    for one in tuple(found):
        home = _territory(law, one)
        for other in among:
            wide = _territory(law, other)
            if home and other not in found and all(any(f"{place}-".startswith(f"{each}-") for each in wide) for place in home):
                found.append(other)
    return "+".join(found)


def _territory(law: Law, regime: str) -> frozenset[str]:
    known = law.regimes.get(regime)
    return frozenset(one.place for one in known.authorities if one.place) if known is not None else frozenset()


def consent_age(regime: Regime, country: str = "") -> Fact[int] | None:
    """The age below which a parent consents, in completed years, by the country's own law where the regime lists it (`FR`)."""
    listed = regime.ages_by_country.get("consent")
    if listed is not None and country in listed.value:
        return Fact(listed.value[country], listed.cite, listed.confidence, listed.source, inherited_from=listed.inherited_from)
    return regime.ages.get("consent")


def guarded_below(regime: Regime, country: str = "") -> int | None:
    """The age below which the law lets a parent act for a child: the highest that it names; None where it names none."""
    consents = consent_age(regime, country)
    parents = (fact.value for age, fact in regime.ages.items() if age.startswith("parent-"))
    return highest_age(consents.value if consents is not None else None, *parents)


def authorities(regime: Regime, residence: str = "", work: str = "", infringement: str = "") -> tuple[Authority, ...]:
    """Whom a person may complain to, by where she lives, works, or was wronged (`FR`, `CA-AB`; empty: not known); those of her home first.

    An authority `by` some of these places is hers if one of them lies in its own; one without `by` is everybody's. With no place known: all, for her
    to choose from. Empty: the regime has authorities by place, and knows none at hers; nobody is guessed.
    """
    known = {"residence": residence, "work": work, "infringement": infringement}
    if not any(known.values()):
        return regime.authorities
    asked = [(by, place) for by, place in known.items() if place]
    everybody = len(asked)
    found = [(one, _rank(one, asked, everybody)) for one in regime.authorities]
    return tuple(one for one, rank in sorted(found, key=lambda each: each[1]) if rank <= everybody)


def whom(regime: Regime) -> Fact[str]:
    """Whom people may complain to in the law's own words, where no place of theirs is known."""
    fact = regime.facts[WHOM]
    return Fact(str(fact.value).partition(";")[0], fact.cite, fact.confidence, fact.source, inherited_from=fact.inherited_from)


def _rank(one: Authority, asked: list[tuple[str, str]], everybody: int) -> int:
    """By which of a person's places an authority is hers; more than `everybody` if by none."""
    if not one.by or not one.place:
        return everybody
    leads = (n for n, (by, place) in enumerate(asked) if by in one.by and f"{place}-".startswith(f"{one.place}-"))
    return next(leads, everybody + 1)


def breach_duties(regime: Regime) -> tuple[BreachDuty, ...]:
    """Every duty to tell of a breach, in the order of the file; empty where the regime knows none."""
    return tuple(
        BreachDuty(clock, regime.breach.get(clock.id, ()), _threshold(regime, clock.id))
        for clock in regime.clocks.values()
        if "breach" in clock.rights and clock.kind == "deadline"
    )


def _threshold(regime: Regime, clock: str) -> Fact[str] | None:
    return regime.facts.get(f"breach.threshold-{clock.removeprefix('breach-')}")
