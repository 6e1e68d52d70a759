"""Where a person lives becomes which of a notice's laws apply to her, the nearest first. Pure.

A law's territory is where its authorities are, and the parts that its rows name. A province's law goes before its federation's; a country that no law of the
notice reaches has none, and then the notice's own promises hold alone. Laws of messages or of children alone, which give nobody a right to see her data, are nobody's law here. Not taken: a guess by address or language.
"""

from __future__ import annotations

from collections.abc import Sequence

from upheld.language.law.model import Law, Regime

SEEING = "access"


def laws_at(law: Law, listed: Sequence[str], place: str) -> tuple[str, ...]:
    """Those of `listed` that reach `place` (`FR`, `CA-QC`), the one of the smallest territory first; empty for none."""
    place = place.upper()
    country = place.partition("-")[0]
    found = []
    for n, id in enumerate(listed):
        regime = law.regimes.get(id)
        menu = {right.value for right in regime.rights} if regime is not None else set()
        reach = territory(regime) if regime is not None and SEEING in menu else frozenset()
        if place in reach or country in reach:
            found.append((place not in reach, len(reach), n, id))
    return tuple(id for *_, id in sorted(found))


def territory(regime: Regime) -> frozenset[str]:
    """Countries (`FR`) and parts of them (`US-CA`) in which the law holds."""
    places = {one.place for one in regime.authorities if one.place}
    return frozenset(places | {f"US-{part}" for part in regime.places})


def of_a_child_alone(law: Law, regimes: Sequence[str], right: str) -> bool:
    """Whether of `regimes`, the person's own first, only laws of children give the right, and hers is none of them: nobody asks for it for herself."""
    giving = [n for n, id in enumerate(regimes) if id in law.regimes and right in {one.value for one in law.regimes[id].rights}]
    return bool(giving) and all(n > 0 and _of_children(law.regimes[regimes[n]]) for n in giving)


def _of_children(regime: Regime) -> bool:
    """It says below which age a parent consents, and gives nobody a right to see her own data."""
    return "parent-consents-below" in regime.ages and SEEING not in {right.value for right in regime.rights}
