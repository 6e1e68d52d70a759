"""What was typed into the form becomes a request, or remarks at its fields; nothing is dropped, and nothing is believed.

A remark stops the form once: sent again as it is, the request is opened. What the notice wants and that lacks is no remark; the case asks back for it.
The same form sent twice is one request; a form that was changed and sent again is another. Must never: keep what was typed anywhere but in the case.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from upheld.faces.app.desk import Asked, Desk
from upheld.faces.app.desk.opening import MOST_WORDS
from upheld.faces.site.centre.menu import CHANNEL
from upheld.faces.site.centre.places import LAST, Place, law_at, lives_in

NUMBER = re.compile(r"[A-Za-z0-9_-]{22,64}\Z")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\Z")
TEXTS = (
    "name", "first-name", "last-name", "email", "phone", "address-text", "company-name", "company-place", "words", "wrong", "correct",
    "about", "reasons", "recipient", "authority", "for-email", "for-born",
)  # fmt: skip
LINES = frozenset(
    {"name", "first-name", "last-name", "email", "phone", "company-name", "company-place", "authority", "for-email", "for-born"}
)
SHORT = 500  # characters of a line
GROUNDS = ("accuracy", "unlawful", "legal-claims", "objection", "asked")
# Fields → the right that they belong to; left out where it is not asked for.
ONLY = {
    "wrong": "rectification", "correct": "rectification", "about": "rectification", "reasons": "objection", "recipient": "portability",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was sent. `number` is the form's own; `anyway`: the remarks were read, and it shall go as it is."""

    number: str
    rights: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    purposes: tuple[str, ...] = ()
    ground: str = ""
    country: str = ""
    other: bool = False
    anyway: bool = False

    def get(self, name: str) -> str:
        """What stands in a field."""
        return self.texts.get(name, "")


def blank(rights: tuple[str, ...] = ()) -> Typed:
    """A new form."""
    return Typed(secrets.token_urlsafe(24), rights)


def typed(form: Mapping[str, list[str]]) -> Typed:
    """The form's fields; any field may be there, twice, or not."""

    def one(name: str) -> str:
        return (form.get(name) or [""])[0].replace("\0", "").strip()

    def text(name: str) -> str:
        return " ".join(one(name).split()) if name in LINES else one(name)

    number = one("form")
    return Typed(
        number if NUMBER.match(number) else secrets.token_urlsafe(24),
        tuple(dict.fromkeys(right[:60] for right in form.get("right", [])))[:40],
        {name: said for name in TEXTS if (said := text(name))},
        tuple(dict.fromkeys(form.get("purpose", [])))[:100],
        one("ground"),
        one("country")[:8],
        one("for") == "other",
        one("anyway") == "yes",
    )


def remarks(given: Typed) -> dict[str, str]:
    """Field → the message that stands at it. `right` stands at the choices, `reach` where neither address was given."""
    found: dict[str, str] = {}
    if not given.rights and not given.get("words"):
        found["right"] = "error.right"
    if given.get("email") and not EMAIL.match(given.get("email")):
        found["email"] = "error.email"
    elif not given.get("email") and not given.get("address-text"):
        found["email"] = "error.reach"
    return found | _too_long(given.texts)


def remarks_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Field → message, of what is said afterwards."""
    wrong = {name: "error.email" for name in ("email", "for-email") if texts.get(name) and not EMAIL.match(texts[name])}
    return wrong | _too_long(texts)


def _too_long(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: "error.long" for name, text in texts.items() if len(text) > (SHORT if name in LINES else MOST_WORDS)}


def stops(given: Typed, found: Mapping[str, str]) -> bool:
    """Whether the form comes back: for what is too long always, for anything else once."""
    return "error.long" in found.values() or (bool(found) and not given.anyway)


def asked_of(desk: Desk, given: Typed, place: Place, language: str, countries: frozenset[str]) -> Asked:
    """The request. What belongs to a right that was not chosen goes into her own words, so that nothing is lost."""
    known = {offer.right for offer in desk.menu(place.regime)} | set(LAST)
    rights = tuple(right for right in given.rights if right in known)
    texts = {name: text for name, text in given.texts.items() if ONLY.get(name, "") in ("", *rights)}
    if not EMAIL.match(texts.get("email", "")):
        texts.pop("email", None)
    stray = {name: text for name, text in given.texts.items() if name not in texts}
    words = "\n\n".join(filter(None, (given.get("words"), *stray.values())))
    # What would be too long together stays apart, under its own name.
    apart = {"email-typed" if name == "email" else name: text for name, text in stray.items()}
    details = {**texts, "words": words} if len(words) <= MOST_WORDS else {**texts, **apart}
    if "objection" in rights:
        open_to_no = desk.objectable()
        details["purposes"] = " ".join(purpose for purpose in given.purposes if purpose in open_to_no)
    if "rectification" in rights and texts.get("wrong") and texts.get("correct") and texts.get("about") in desk.correctable():
        # Such a line is planned by itself; anything else a person reads.
        line = {"data": texts["about"], "was": texts["wrong"], "now": texts["correct"]}
        details["corrections"] = json.dumps(line, ensure_ascii=False)
    if "restriction" in rights and given.ground in GROUNDS:
        details["grounds"] = given.ground
    home = lives_in(countries, given.country)
    return Asked(
        rights=rights,
        regime=law_at(desk, place, home, rights),
        channel=CHANNEL,
        received_at=desk.now,
        details=details,
        language=language,
        country=home,
        origin=_origin(given, place),
        representative=given.other,
    )


def _origin(given: Typed, place: Place) -> str:
    """The form's number with what was said in it."""
    said = [place.id, given.rights, sorted(given.texts.items()), given.purposes, given.ground, given.country, given.other]
    return f"{given.number}:{hashlib.sha256(json.dumps(said).encode()).hexdigest()}"
