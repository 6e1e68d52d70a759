"""The notice's regimes become places where a visitor may live; a place says which rights, which countries, which authorities.

A regime's countries are those of its authorities: one, which then needs no question, or many. Elsewhere only the notice's own promises
hold, and its regime is the empty one. Not taken: a guess by the visitor's address; it is wrong for travellers, and asks somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from upheld.faces.app.desk import Desk
from upheld.faces.site.centre.words import Speech
from upheld.language.law import Law
from upheld.language.law.lookup import authorities, bound
from upheld.language.law.model import Authority
from upheld.language.law.residing import laws_at, territory

ELSEWHERE = "elsewhere"
LAST = ("answer-to-question", "complaint-to-controller")  # what may be asked under any law
COUNTRY = re.compile(r"[A-Za-z]{2}(-[A-Za-z]{2})?")


@dataclass(frozen=True, slots=True)
class Place:
    """`id` as addresses name it; `regime` as the desk does."""

    id: str
    name: str

    @property
    def regime(self) -> str:
        return "" if self.id == ELSEWHERE else self.id


def places_of(desk: Desk, say: Speech) -> tuple[Place, ...]:
    """Where visitors may live, as the notice lists its regimes; elsewhere stands last."""
    ids = [name.id for name in desk.program.notices[0].regimes if name.id in desk.law.regimes]
    named = [Place(id, say(f"place.{id}") if say.has(f"place.{id}") else desk.law.regimes[id].name) for id in ids]
    return (*named, Place(ELSEWHERE, say(f"place.{ELSEWHERE}")))


def place_named(places: Sequence[Place], asked: str, law: Law | None = None) -> Place:
    """The place that the address names, by its law or by a country (`FR`, `CA-QC`); elsewhere for a country that no law reaches, the first one for any other word."""
    found = next((place for place in places if place.id == asked), None)
    if found is None and law is not None and COUNTRY.fullmatch(asked):
        near = laws_at(law, [place.id for place in places], asked)
        found = next(place for place in places if place.id == (near[0] if near else ELSEWHERE))
    return found or places[0]


def countries_of(desk: Desk, place: Place, say: Speech) -> tuple[tuple[str, str], ...]:
    """(code, name) of the countries that a visitor of the place chooses from, or of the parts of its one country (`CA-AB`) where the law knows such; the
    country itself, as any other part of it, stands last. One or none: there is nothing to choose."""
    if place.id == ELSEWHERE:
        return say.countries()
    codes = territory(desk.law.regimes[place.id])
    if not in_parts(codes):
        return tuple(sorted(((code, say.country(code)) for code in codes), key=lambda each: each[1]))
    parts = sorted(((code, say.country(code)) for code in codes if "-" in code), key=lambda each: each[1])
    return (*parts, (next(iter(codes)).partition("-")[0], say("region.other")))


def in_parts(codes: Iterable[str]) -> bool:
    """Whether they are parts of one country, beside the country or not."""
    given = set(codes)
    return len(given) > 1 and len({code.partition("-")[0] for code in given}) == 1


def lives_in(countries: frozenset[str], chosen: str) -> str:
    """The code of the home: the chosen one, else what all that could be chosen have in common; empty for nothing."""
    if chosen in countries or len(countries) == 1:
        return chosen if chosen in countries else next(iter(countries))
    return next(iter(countries)).partition("-")[0] if in_parts(countries) else ""


def law_at(desk: Desk, place: Place, home: str, rights: Iterable[str]) -> str:
    """The regime of a request: the notice's nearest to her home where it reaches further than the place's own (`CA-QC`) and gives all that is asked."""
    if "-" not in home or not place.regime:
        return place.regime
    near = laws_at(desk.law, [name.id for name in desk.program.notices[0].regimes], home)
    if place.regime not in near or not set(rights) <= {offer.right for offer in desk.menu(near[0])} | set(LAST):
        return place.regime
    return near[0]


def authorities_for(desk: Desk, regime: str, country: str = "") -> tuple[Authority, ...]:
    """Whom somebody of this regime and country may complain to; without a country all of them."""
    known = [desk.law.regimes[one] for one in bound(regime) if one in desk.law.regimes]
    every = {(one.name, one.place): one for law in reversed(known) for one in reversed(authorities(law, country))}
    return tuple(every.values())[::-1]  # Denmark's and Norway's authorities bear one name
