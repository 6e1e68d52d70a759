"""Ages, authorities and breach duties of a regime, looked up by country and by whom they are owed to. What `law` means for a right: `law_terms`.

Never guesses: a country that the law does not list takes the regime's own age, and a duty without a number has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from upheld.language.law.model import Authority, Clock, Fact, Regime


@dataclass(frozen=True, slots=True)
class BreachDuty:
    """Whom a breach is told, by which clock, what the report holds, and what must be so before it is owed (`threshold`)."""

    clock: Clock
    contents: tuple[Fact[str], ...]
    threshold: Fact[str] | None


def consent_age(regime: Regime, country: str = "") -> Fact[int] | None:
    """The age below which a parent consents, in completed years, by the country's own law where the regime lists it (`FR`)."""
    listed = regime.ages_by_country.get("consent")
    if listed is not None and country in listed.value:
        return Fact(listed.value[country], listed.cite, listed.confidence, listed.source, inherited_from=listed.inherited_from)
    return regime.ages.get("consent")


def authorities(regime: Regime, country: str = "") -> tuple[Authority, ...]:
    """Whom somebody may complain to who lives, works or was wronged in `country` (`FR`), in the order of the file; without one, all.

    Several of a person's places may lead to several: ask for each. Empty: the regime has authorities by place, and knows none there; what `regime.authority` says holds.
    """
    return tuple(one for one in regime.authorities if not (country and one.by and one.place) or one.place == country)


def breach_duties(regime: Regime) -> tuple[BreachDuty, ...]:
    """Every duty to tell of a breach, in the order of the file; empty where the regime knows none."""
    return tuple(
        BreachDuty(clock, regime.breach.get(clock.id, ()), _threshold(regime, clock.id))
        for clock in regime.clocks.values()
        if "breach" in clock.rights and clock.kind == "deadline"
    )


def _threshold(regime: Regime, clock: str) -> Fact[str] | None:
    return regime.facts.get(f"breach.threshold-{clock.removeprefix('breach-')}")
