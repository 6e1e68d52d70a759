"""What a column's values look like becomes what it may hold, where its name says nothing: likely at most."""

from __future__ import annotations

import re

from upheld.engine.stores.scanning import lexicon, proofs
from upheld.engine.stores.scanning.lexicon.values import JOB_ENDS, JOBS, STREETS
from upheld.engine.stores.scanning.model import Guess
from upheld.engine.stores.scanning.profile import PLACE_LINE, Profile

_POSTCODE = re.compile(r"\d{4} ?[A-Z]{2}\Z|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\Z")
_SSN = re.compile(r"\d{3}-\d\d-\d{4}\Z")
_NINO = re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(\d\d ?){3}[A-D]\Z")
_HAS_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_LED_BY_IP = re.compile(r"(1\d\d|2[0-4]\d|25[0-5]|10)(\.\d{1,3}){3}(:\d+|, ?\d)")
_IMAGE = re.compile(r"\S+\.(jpe?g|png|gif|webp|heic|tiff?|bmp)\Z", re.I)
_USER = re.compile(r"[a-z][a-z0-9._-]{2,24}\Z")
_DEGREES = re.compile(r"-?\d{1,3}\.\d{4,}\Z")
_DOSE = re.compile(r"\w{4,} .*\b\d+ ?(mg|mcg|µg)\b", re.I)
_ICD = re.compile(r"[A-TV-Z]\d\d(\.\d{1,2})?\Z")
_MASKED = re.compile(r"[*Xx•]{2,}[*Xx• -]*\d{4}\Z|\d{4,6}[ -]?[*Xx•]{2}[*Xx• -]*\d{4}\Z")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])/(\d\d|20\d\d)\Z")
_VIN = re.compile(r"(?=.*\d)(?=.*[A-Z])[A-HJ-NPR-Z0-9]{17}\Z")
_PLATES = {
    "DE": r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[- ]?\d{1,4}[EH]?", "NL": r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]{1,3}-[A-Z0-9]{2,3}-[A-Z0-9]{1,3}", "FR": r"[A-Z]{2}[- ]\d{3}[- ][A-Z]{2}",
    "IT": r"[A-Z]{2} ?\d{3} ?[A-Z]{2}", "ES": r"\d{4}[- ]?[BCDFGHJ-NPR-TV-Z]{3}", "GB": r"[A-Z]{2}\d{2} ?[A-Z]{3}",
}  # fmt: skip
CLOSED = (
    "gender", "marital-status", "religion", "blood-type", "nationality", "trade-union-membership", "political-opinion",
    "relationship", "education", "ethnicity", "sexual-preference", "criminal-offence", "mood",
)  # fmt: skip


def by_looks(profile: Profile, things: str, place: str) -> Guess | None:
    """A guess from the values alone; None if they look like nothing, or like what a table of things holds."""
    if profile.empty:
        return None
    return (
        _reaching(profile, place) or _named(profile, things) or (None if things else _about(profile)) or _text(profile, things)
    )


def _likely(leaf: str, why: str) -> Guess:
    return Guess(leaf, "likely", why, leaf)


def _reaching(profile: Profile, place: str) -> Guess | None:
    """Identifiers, in a column that mixes them or that no check digit protects."""
    if profile.share(_HAS_EMAIL.search) >= 0.25 and profile.sentences < 0.2:
        return _likely("email-address", "some values have the shape of an e-mail address")
    if profile.share(_LED_BY_IP.match) >= 0.9:
        return _likely("ip-address", "most values are internet addresses")
    if _phones(profile, place):
        return _likely("telephone-number", "most values are written as telephone numbers of the place")
    if profile.share(lambda v: v[0] == "+" and proofs.is_phone_shaped(v)) >= 0.7 and not profile.few:
        return _likely("telephone-number", "most values are written with a country prefix, as telephone numbers are")
    if profile.share(_MASKED.match) >= 0.9:
        return _likely("payment-card-number", "most values are masked as card numbers are")
    if profile.share(_EXPIRY.match) >= 0.95:
        return _likely("payment-card-expiry", "most values are a month and a year as on a card")
    if profile.share(_VIN.match) >= 0.95 and not profile.few:
        return _likely("vehicle-license", "most values are written as a vehicle's number")
    if place in _PLATES and not profile.few and profile.share(lambda v: re.fullmatch(_PLATES[place], v)) >= 0.95:
        return _likely("vehicle-license", "most values are written as number plates of the place")
    shape = {"US": _SSN, "GB": _NINO}.get(place)
    if shape and profile.share(shape.match) >= 0.95 and not profile.few:
        return _likely("official-id", "most values are written as a national number of the place")
    return None


def _phones(profile: Profile, place: str) -> bool:
    written = profile.share(lambda v: proofs.is_phone_shaped(v) and (v[0] in "+0(" or " " in v or v.count("-") == 2))
    if written < 0.9 or profile.few or profile.share(lambda v: re.search(r"[ ()/+-]", v)) < 0.3:
        return False
    return profile.share(lambda v: proofs.is_phone(v, place)) >= 0.5


def _named(profile: Profile, things: str) -> Guess | None:
    """Written as people's names are, and some are common ones; towns and firms share a few of those."""
    if profile.namelike < (0.9 if things else 0.8) or profile.firms > 0.2 or profile.few or profile.share(street_word) > 0.2:
        return None
    full = profile.spaced >= 0.75
    enough = 0.3 if things else 0.1 if full else 0.2
    if (full or not things) and (profile.known_names >= enough or profile.titled >= 0.5):
        return _likely("name", "many values are written as names, and some are common ones")
    return None


def street_word(value: str) -> bool:
    """Whether the value begins or ends with a word for a street."""
    words = lexicon.fold(value).split()
    return words[0] in STREETS or words[-1] in STREETS


def _about(profile: Profile) -> Guess | None:
    """Names, addresses, and closed lists of words about a person."""
    if profile.streets >= 0.4:
        return _likely("physical-address", "many values are a street with a number")
    if profile.share(PLACE_LINE.match) >= 0.9 and len(profile.values) >= 4:
        return _likely("physical-address", "most values are a postal code and a town")
    if profile.share(_POSTCODE.match) >= 0.95 and not profile.few:
        return _likely("physical-address", "most values are postal codes")
    if profile.initialed >= 0.8 and not profile.few:
        return _likely("name", "most values are an initial and a name")
    if profile.share(_IMAGE.match) >= 0.8:
        return _likely("picture", "most values are names of pictures")
    if profile.share(_USER.match) >= 0.95 and profile.share(_holds_name) >= 0.12 and not profile.few:
        return _likely("username", "most values are one word in small letters, and names stand in many")
    if occupied(profile) >= 0.25 and profile.lettered >= 0.95 and profile.sentences < 0.5 and len(profile.sample.values) >= 4:
        return _likely("job", "many values are words for what people do")
    if profile.share(_DEGREES.match) >= 0.9 and profile.between(-180, 180) and not profile.few:
        return _likely("location", "the values are degrees with the decimals of a place")
    if profile.pairs >= 0.9:
        return _likely("location", "most values are a latitude and a longitude")
    if profile.few and profile.lettered >= 0.9 and len(profile.values) >= 2 and not profile.flags:
        if profile.share(lambda v: len(v) > 3 and _ICD.match(v)) >= 0.95:
            return _likely("health", "the values are codes of diagnoses")
        if profile.share(_DOSE.match) >= 0.5 or profile.within("health") >= 0.4:
            return _likely("health", "the values are words for what ails people, or for medicines")
        for leaf in CLOSED:
            if profile.within(leaf) >= (0.95 if leaf in ("gender", "blood-type") else 0.7) and (
                profile.length >= 2 or leaf == "gender"
            ):
                return _likely(leaf, "the values stand in a closed list of words for it")
    return _born(profile)


def occupied(profile: Profile) -> float:
    """The share of values that are words for what people do."""
    return profile.share(_occupied)


def _occupied(value: str) -> bool:
    words = [word for word in re.split(r"[^a-z]+", lexicon.fold(value)) if word]
    return any(word in JOBS or (len(word) > 7 and word.endswith(JOB_ENDS)) for word in words) and not value.endswith(
        (".", "!", "?")
    )


def _holds_name(value: str) -> bool:
    parts = re.split(r"[0-9._-]+", value)
    known = lexicon.names()
    return any(len(part) >= 3 and part in known for part in parts) or any(
        parts[0][n:] in known for n in (1, 2) if len(parts[0][n:]) >= 4
    )


def _born(profile: Profile) -> Guess | None:
    """Days spread as birthdays are: over decades, most of a grown person, none with a time of day."""
    if profile.dates < 0.95 or profile.moments > 0.1 or profile.few:
        return None
    years = sorted(int(found[0]) for value in profile.values if (found := re.search(r"(?<!\d)(18|19|20)\d\d", value)))
    if len(years) < 20 or len(years) < 0.9 * len(profile.values):
        return None
    low, middle, high = years[len(years) // 10], years[len(years) // 2], years[-len(years) // 10]
    if high - low >= 25 and 1930 <= middle <= 1995:
        return _likely("birth-date", "days spread over decades, as birthdays are")
    return None


def _text(profile: Profile, things: str) -> Guess | None:
    told = profile.sentences >= (0.5 if things else 0.2) or (
        not things and profile.prose >= 0.6 and profile.length >= 30 and not profile.few
    )
    if things != "goods" and told and profile.streets < 0.3:
        return Guess("{free-text: review}", "likely", "many values are sentences")
    return None
