"""A column's sample becomes what its values look like, and whether they fit what a name announces. Never a value.

Fits are wide: they are asked only after a name (or a closed list) has spoken, and an empty sample contradicts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from upheld.engine.stores.scanning import lexicon, proofs
from upheld.engine.stores.scanning.lexicon.values import COUNTRIES, FIRMS, PARTICLES, STREETS, TITLES
from upheld.engine.stores.scanning.samples import Sample

LOOKED_AT = 150  # distinct values that decide what a column looks like
_NUMBER = re.compile(r"-?\d+([.,]\d+)?\Z")
_ISO = re.compile(r"(1[89]|20)\d\d-\d\d-\d\d([ T].*)?\Z")
_DAY = re.compile(r"([0-3]?\d)[./-]([0-3]?\d)[./-]((1[89]|20)?\d\d)\Z|(1[89]|20)\d\d[./][01]\d[./][0-3]\d\Z")
_COMPACT = re.compile(r"(1[89]|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\Z")
_BIRTHISH = re.compile(
    r"[0-3]?\d[. ] ?[^\W\d_]+\.?,? (19|20)\d\d\Z|[0-3]\d[01]\d\d\d\Z|(19|20)\d\d-[01]\d\Z|[^\W\d_]+ \d{1,2},? (19|20)\d\d\Z|[0-3]?\d-[A-Za-z]{3}-\d{2,4}\Z"
)
_YEAR = re.compile(r"(19\d\d|20[0-2]\d)\Z")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\s?[/.-]?\s?(\d\d|20\d\d)\Z|20\d\d-(0[1-9]|1[0-2])\Z")
_PAIR = re.compile(r"[\[(]?-?\d{1,3}\.\d{2,}[,; ]\s*-?\d{1,3}\.\d{2,}[\])]?\Z|POINT ?\(-?\d")
_POSTCODES = re.compile(r"\d{4} ?[A-Z]{2}\Z|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\Z|(?:[A-Z]{1,2}-)?\d{4,5}(-\d{3,4})?\Z")
PLACE_LINE = re.compile(r"(?:[A-Z]{1,2}-)?\d{4,5}(?: ?[A-Z]{2})? [^\W\d_][^\d]+\Z")  # a postal code and its town
_HEX = re.compile(r"[0-9a-f]{12,}\Z|[0-9A-F]{12,}\Z|[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_MASKED = re.compile(r"[*Xx•.#\d -]*[*Xx•#]{2,}[*Xx•#\d -]*\d{2,4}\Z")
_DECIMAL = re.compile(r"-?\d+[.,]\d+\Z")
_URL = re.compile(r"https?://\S+\Z|www\.\S+\Z|/?[\w.-]+(/[\w.-]*)*\.(php|html?|aspx?|jsp)\b|/[\w/.-]*\Z")
_FILE = re.compile(r"\S*[\w-]+\.[A-Za-z]\w{1,4}\Z|\S*[A-Za-z]\S*/\S+\.\w+\Z|https?://\S+\Z")
_INITIALED = re.compile(
    r"([^\W\d_]\.[ -]?){1,3}[^\W\d_]{2,}([ -][^\W\d_]+)*\Z|[^\W\d_]{2,}([ -][^\W\d_]+)*,? ([^\W\d_]\.? ?){1,2}\Z"
)
_BANDS = re.compile(r"[<>≤≥]?\s?\d{1,3}\s?([-–+]|a|to|bis|tot)\s?(\d{1,3})?\s?\+?\Z|[<>]\s?\d{1,3}\Z")
_TAG = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?\Z", re.I)
_FLAGS = frozenset("0 1 y n j s o t f true false yes no ja nein nee si oui non ok -1 x".split())
_SURNAME = re.compile(
    r"\w{3}([eu]tti|ini|elli|[ou]cci|oni|acci|aldi|ardi|iello|ez|mann|berg(er)?|bauer|me[iy]er|hardt|stra|sma|inga|ink|ss?ens?|son|sson|eau|ault|ard|ier)\Z"
)
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


@dataclass(frozen=True)
class Profile:
    """What some distinct values look like. Shares are of the distinct values looked at; all are 1 for none."""

    sample: Sample

    @cached_property
    def values(self) -> Sequence[str]:
        held = self.sample.values
        return held if len(held) <= LOOKED_AT else held[:: len(held) // LOOKED_AT + 1]

    def share(self, test: Callable[[str], object]) -> float:
        """Of the values looked at."""
        return sum(map(bool, map(test, self.values))) / len(self.values) if self.values else 1.0

    @property
    def empty(self) -> bool:
        return not self.values

    @cached_property
    def flags(self) -> bool:
        """At most four words of yes and no."""
        return 0 < len(self.sample.values) <= 4 and all(value.lower() in _FLAGS for value in self.sample.values)

    @cached_property
    def numbers(self) -> float:
        return self.share(_NUMBER.match)

    @cached_property
    def dates(self) -> float:
        return self.share(lambda v: _ISO.match(v) or _DAY.match(v) or _COMPACT.match(v))

    @cached_property
    def moments(self) -> float:
        """With a time that is not midnight."""
        return self.share(lambda v: _ISO.match(v) and len(v) > 11 and "00:00:00" not in v)

    @cached_property
    def lettered(self) -> float:
        return self.share(lambda v: any(map(str.isalpha, v)))

    @cached_property
    def digits(self) -> float:
        return self.share(lambda v: any(map(str.isdigit, v)))

    @cached_property
    def spaced(self) -> float:
        return self.share(lambda v: " " in v)

    @cached_property
    def length(self) -> float:
        return sum(map(len, self.values)) / len(self.values) if self.values else 0.0

    @cached_property
    def few(self) -> bool:
        """The same few values again and again."""
        return 0 < len(self.sample.values) <= 25 and self.sample.filled >= 4 * len(self.sample.values)

    @cached_property
    def sentences(self) -> float:
        return self.share(_sentence)

    @cached_property
    def prose(self) -> float:
        """Words in a row that are no name and no address."""
        return self.share(lambda v: v.count(" ") >= 2 and len(v) >= 12)

    @cached_property
    def coded(self) -> float:
        return self.share(_HEX.match)

    @cached_property
    def pairs(self) -> float:
        return self.share(_PAIR.match)

    @cached_property
    def namelike(self) -> float:
        """Written as people's names are: one to five capitalised words, no digit, no form of a firm."""
        return self.share(_namelike)

    @cached_property
    def known_names(self) -> float:
        """Values in which a common given name or surname of the six languages stands, written as a name."""
        return self.share(_known_name)

    @cached_property
    def surnamed(self) -> float:
        """Written as names, and the last word ends as surnames of the six languages do; towns and wares end so, too."""
        return self.share(lambda v: _namelike(v) and _SURNAME.search(lexicon.fold(re.split(r"[,\s]", v)[-1])))

    @cached_property
    def initialed(self) -> float:
        """An initial beside a word, as signatures are: `K. Meyer`, `Meyer, K.`"""
        return self.share(_INITIALED.match)

    @cached_property
    def streets(self) -> float:
        return self.share(_street)

    @cached_property
    def firms(self) -> float:
        return self.share(lambda v: bool(_tokens(v) & FIRMS) or " & " in v or bool(re.search(r"\b[A-Z]\.[A-Z]\.", v)))

    @cached_property
    def titled(self) -> float:
        return self.share(lambda v: " " in v and v.split(" ")[0].strip(".").lower() in TITLES)

    def within(self, kind: str) -> float:
        """Share of values that stand in a closed list."""
        words = lexicon.closed(kind)
        return self.share(lambda v: _closed(v) & words)

    def between(self, low: float, high: float) -> bool:
        """All are numbers in this range."""
        return (
            self.numbers >= 0.95
            and self.share(lambda v: _NUMBER.match(v) and low <= float(v.replace(",", ".")) <= high) >= 0.95
        )


def _sentence(value: str) -> bool:
    if len(value) < 40 or value.count(" ") < 5:
        return False
    words = value.split()
    return sum(word[:1].islower() for word in words) >= 0.4 * len(words)


def _closed(value: str) -> set[str]:
    plain = lexicon.fold(value)
    return {plain, re.sub(r"[\s.\-]", "", plain), re.split(r"[/( ]", plain)[0], re.split(r"[/(]", plain.replace(" ", ""))[0]}


def _tokens(value: str) -> set[str]:
    return {word.strip(".,;()") for word in lexicon.fold(value).split()} | {
        lexicon.fold(value).rsplit(" ", 1)[-1].replace(".", "")
    }


def _namelike(value: str) -> bool:
    words = [word for word in re.split(r"[\s,]+", value) if word]
    if (
        not 1 <= len(words) <= 6
        or len(value) > 60
        or any(map(str.isdigit, value))
        or re.search(r"[@/\\_:;&?!=<>#%+*{}\[\]]", value)
    ):
        return False
    bare = [word for word in words if word.lower().strip(".'") not in PARTICLES and word.lower().strip(".") not in TITLES]
    return bool(bare) and all(word[:1].isupper() or word[1:3].startswith("'") for word in bare) and not _tokens(value) & FIRMS


def _known_name(value: str) -> bool:
    return _namelike(value) and any(lexicon.fold(word) in lexicon.names() for word in _WORD.findall(value) if len(word) > 2)


def _street(value: str) -> bool:
    words = _WORD.findall(lexicon.fold(value))
    said = any(word in STREETS or (len(word) > 6 and word.endswith(_ENDS)) for word in words)
    return said and any(map(str.isdigit, value)) and " " in value


_ENDS = ("strasse", "str", "weg", "platz", "allee", "gasse", "ring", "straat", "laan", "plein", "dreef", "kade", "steeg", "gracht", "singel", "hof", "pad", "dijk")  # fmt: skip


# ---- what each announcement asks of the values ----------------------------------------------------------------------------


def _text(p: Profile) -> bool:
    return not p.flags and p.numbers < 0.5 and p.dates < 0.5


def _name(p: Profile) -> bool:
    return (
        p.lettered >= 0.95
        and p.digits <= 0.2
        and not p.flags
        and p.sentences < 0.1
        and p.length <= 45
        and p.share(lambda v: "@" in v or "_" in v or "://" in v) < 0.3
    )


def _phone(p: Profile) -> bool:
    return p.dates < 0.5 and (
        p.share(lambda v: proofs.is_phone_shaped(v) or (v.isdigit() and 6 <= len(v) <= 15)) >= 0.6
        or (p.between(10, 99999) and not p.flags and p.length >= 2)
    )


def _birth(p: Profile) -> bool:
    return p.dates >= 0.9 or p.share(_YEAR.match) >= 0.95 or p.share(_BIRTHISH.match) >= 0.9


def _gender(p: Profile) -> bool:
    return (
        len(p.sample.values) <= 10
        and not (p.flags and len(p.sample.values) > 1 and p.within("gender") < 1)
        and p.within("gender") >= 0.5
        and p.length <= 20
    )


def _address(p: Profile) -> bool:
    return (
        not p.flags
        and p.dates < 0.5
        and p.sentences < 0.3
        and p.coded < 0.3
        and (p.lettered >= 0.3 or p.length <= 12)
        and p.share(_DECIMAL.match) < 0.5
        and p.share(lambda v: "@" in v or "://" in v or ":" in v) < 0.3
    )


def _town(p: Profile) -> bool:
    return p.share(PLACE_LINE.match) >= 0.8 or (
        p.lettered >= 0.9
        and p.digits <= 0.2
        and not p.flags
        and p.sentences < 0.1
        and p.length <= 40
        and not (p.few and p.share(str.islower) > 0.6 and p.length > 2.5)
        and not (p.few and len(p.sample.values) <= (15 if p.namelike < 0.9 else 8) and p.share(_country) < 0.4)
    )


def _country(value: str) -> bool:
    return lexicon.fold(value) in COUNTRIES or (len(value) in (2, 3) and value.isupper())


def _postcode(p: Profile) -> bool:
    written = p.digits >= 0.9 and p.length <= 9.5 and p.dates < 0.5 and not p.flags and p.share(_DECIMAL.match) < 0.2
    return written and (p.length >= 3.5 or p.share(_POSTCODES.match) >= 0.8)


def _username(p: Profile) -> bool:
    return (
        _text(p)
        and p.lettered >= 0.8
        and p.spaced <= 0.2
        and p.coded < 0.5
        and not (p.few and len(p.sample.values) <= 12)
        and p.length <= 50
        and p.share(lambda v: "://" in v or "/" in v) < 0.3
    )


def _secret(p: Profile) -> bool:
    return (
        not p.flags
        and p.length >= 4
        and p.spaced < 0.5
        and p.dates < 0.5
        and not (p.few and len(p.sample.values) < 12)
        and (p.share(_NUMBER.match) < 0.9 or p.share(str.isdigit) >= 0.9)
    )


def _code(p: Profile) -> bool:
    return (
        p.dates < 0.7
        and not p.flags
        and p.digits >= 0.7
        and p.length >= 5
        and p.sentences < 0.1
        and p.share(lambda v: "@" in v or _FILE.match(v)) < 0.3
        and p.share(_calls) < 0.8
        and not p.few
    )


def _account(p: Profile) -> bool:
    return (
        (_code(p) and p.length >= 6)
        or p.share(lambda v: re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", v)) >= 0.8
        or p.share(lambda v: re.fullmatch(r"\d\d-\d\d-\d\d", v)) >= 0.9
    )


def _card(p: Profile) -> bool:
    return p.share(lambda v: re.fullmatch(r"\d{4}", v) or _MASKED.match(v)) >= 0.9 or p.share(proofs.is_card) >= 0.5


def _plate(p: Profile) -> bool:
    return (
        p.digits >= 0.9
        and p.lettered >= 0.7
        and 4 <= p.length <= 20
        and p.spaced <= 1.0
        and p.dates < 0.5
        and p.coded < 0.5
        and p.share(lambda v: "." in v or "@" in v or "/" in v) < 0.3
    )


def _trait(p: Profile) -> bool:
    return (
        p.dates < 0.5
        and p.share(lambda v: "@" in v or "://" in v) < 0.3
        and p.share(_FILE.match) < 0.6
        and p.share(_calls) < 0.5
        and p.coded < 0.5
    )


def _amount(p: Profile) -> bool:
    return p.numbers >= 0.95 and not p.flags and p.dates < 0.5


def _beside_a_name(value: str) -> bool:
    """A title, what stands between names, or what follows them."""
    first = lexicon.fold(value).split()[0].strip(".").split(".")[0].split("-")[0]
    return first in TITLES or first in PARTICLES or first in ("jr", "sr", "ii", "iii", "iv")


def _short(p: Profile) -> bool:
    return p.length <= 12 and not p.flags


def _calls(value: str) -> bool:
    return proofs.is_phone_shaped(value) and value[0] in "+0(" and not value.isdigit()


def _track(p: Profile) -> bool:
    """A line or a cell of a grid in one word."""
    said = p.digits >= 0.5 and p.length >= 8 and p.lettered >= 0.8 and p.dates < 0.3 and p.spaced < 0.2 and not p.few
    return said and p.share(lambda v: proofs.is_ip(v) or "/" in v or "." in v) < 0.3


def _device(p: Profile) -> bool:
    return (
        not p.flags
        and p.dates < 0.5
        and p.length >= 8
        and p.digits >= 0.8
        and p.spaced < 0.2
        and not p.few
        and p.share(lambda v: v.count(".") == 3 or "/" in v) < 0.5
    )


FITS: Mapping[str, Callable[[Profile], bool]] = {
    "email": lambda p: p.share(lambda v: "@" in v) >= 0.3,
    "phone": _phone,
    "birth": _birth,
    "words": lambda p: _text(p) and p.lettered >= 0.9 and p.sentences < 0.1 and p.share(lambda v: "@" in v) < 0.3,
    "birthplace": lambda p: FITS["words"](p) or (p.numbers >= 0.9 and 2 <= p.length <= 5.5 and p.share(_DECIMAL.match) < 0.1 and p.share(_YEAR.match) < 0.5),
    "bands": lambda p: p.few and p.digits >= 0.9 and p.share(_BANDS.match) >= 0.6,
    "amount or kind": lambda p: FITS["amount"](p) or (p.few and 3 <= len(p.sample.values) <= 12 and p.lettered >= 0.9 and p.dates < 0.5 and not p.flags),
    "amount": lambda p: (p.numbers >= 0.95 and not p.flags and p.dates < 0.5) or (p.few and p.digits >= 0.6 and p.dates < 0.5 and not p.flags and p.length <= 25),
    "grid": lambda p: p.numbers >= 0.95 and p.length >= 5 and p.dates < 0.5,
    "consent": lambda p: p.flags or (p.few and len(p.sample.values) <= 6 and p.dates < 0.5),
    "age": lambda p: p.between(0, 120) and len(p.sample.values) > 2,
    "gender": _gender,
    "name": _name,
    "person": lambda p: p.lettered >= 0.2 and not p.flags and p.sentences < 0.1 and p.length <= 45 and p.coded < 0.1 and p.dates < 0.1,
    "address": _address,
    "town": _town,
    "postcode": _postcode,
    "username": _username,
    "secret": _secret,
    "pin": lambda p: p.between(0, 99_999_999) and p.length >= 3.5 and p.dates < 0.5,
    "text": lambda p: _text(p) and not (p.few and len(p.sample.values) < 6) and p.share(str.isdigit) < 0.5,
    "file": lambda p: p.share(_FILE.match) >= 0.8 and p.dates < 0.3 and p.lettered >= 0.8,
    "code": _code,
    "account": _account,
    "card": _card,
    "expiry": lambda p: p.share(_EXPIRY.match) >= 0.9 or (p.few and (p.between(1, 12) or p.between(2015, 2060))),
    "plate": _plate,
    "post": lambda p: _trait(p) and not p.flags and p.numbers < 0.5 and p.within("gender") < 0.9 and p.share(lambda v: v[-1] in ".?!") < 0.2 and p.length <= 90,
    "words or code": lambda p: _trait(p) and p.within("gender") < 0.9 and not p.flags and p.sentences < 0.1,
    "trait": lambda p: _trait(p) and not p.flags and (p.prose < 0.5 or p.few),
    "state": lambda p: _trait(p) and (p.prose < 0.5 or p.few),  # yes and no say something, too
    "agent": lambda p: p.share(proofs.is_agent) >= 0.5,
    "handle": lambda p: not p.flags and p.dates < 0.5 and p.spaced < 0.2 and not p.few and p.length >= 3,
    "titles": lambda p: p.few and p.share(_beside_a_name) >= 0.6,
    "insurance": lambda p: _code(p) or (_text(p) and p.few and p.lettered >= 0.9),
    "blood": lambda p: _short(p) and (p.few or p.within("blood-type") >= 0.5),
    "mass": lambda p: _amount(p) and p.between(0.2, 400),
    "stature": lambda p: _amount(p) and p.between(0.2, 260),
    "kinship": lambda p: p.few and p.lettered >= 0.9 and not p.flags and p.within("religion") < 0.3 and p.share(lambda v: v[:1].isalpha() and len(v) > 2) >= 0.8,
    "number": _amount,
    "ip": lambda p: p.share(proofs.is_ip) >= 0.7 or (not p.few and p.between(2**24, 2**32)),
    "mac": lambda p: p.share(proofs.is_mac) >= 0.7,
    "degrees": lambda p: p.between(-180, 180) and p.share(lambda v: "." in v or "," in v) >= 0.7,
    "position": lambda p: p.pairs >= 0.8 or _track(p),
    "url": lambda p: p.share(_URL.match) >= 0.8,
    "language": lambda p: p.share(_TAG.match) >= 0.9 or (p.few and p.lettered >= 0.95 and p.length <= 15),
    "device": _device,
    "prose": lambda p: p.prose >= 0.35 and p.dates < 0.3 and p.streets < 0.4,
}  # fmt: skip


def fits(what: str, profile: Profile) -> bool:
    """Whether the values look as announced; an empty sample contradicts nothing."""
    return profile.empty or FITS[what](profile)
