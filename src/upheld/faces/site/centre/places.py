"""The notice's regimes become places where a visitor may live; a place says which rights, which countries, which authorities.

A regime's countries are those of its authorities: one, which then needs no question, or many. Elsewhere only the notice's own promises
hold, and its regime is the empty one. Not taken: a guess by the visitor's address; it is wrong for travellers, and asks somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from upheld.faces.app.desk import Desk
from upheld.faces.site.centre.words import Speech
from upheld.language.law import Law
from upheld.language.law.lookup import authorities, bound
from upheld.language.law.model import Authority
from upheld.language.law.residing import laws_at

ELSEWHERE = "elsewhere"
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
    """(code, name) of the countries that a visitor of the place chooses from. One or none: there is nothing to choose."""
    if place.id == ELSEWHERE:
        return say.countries()
    codes = {one.place.partition("-")[0] for one in desk.law.regimes[place.id].authorities if one.place}
    return tuple(sorted(((code, say.country(code)) for code in codes), key=lambda each: each[1]))


def authorities_for(desk: Desk, regime: str, country: str = "") -> tuple[Authority, ...]:
    """Whom somebody of this regime and country may complain to; without a country all of them."""
    known = [desk.law.regimes[one] for one in bound(regime) if one in desk.law.regimes]
    every = {(one.name, one.place): one for law in reversed(known) for one in reversed(authorities(law, country))}
    return tuple(every.values())[::-1]  # Denmark's and Norway's authorities bear one name
