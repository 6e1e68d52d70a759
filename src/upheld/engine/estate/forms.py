"""Identifiers become normal forms, versioned and compared binary, with an SQL twin per engine.

`email/1` is NFC, trimmed of spaces, ASCII lower case, its domain as A-label. `phone/1` is E.164. `exact/1` is the
value as it stands. A form never changes: a better one gets the next number. Case beyond ASCII, dots and plus tags of mail
providers never match; `resembles` is for whoever proposes them to a person, and nobody does yet.

Each twin is a `key` of built-in SQL functions, so that it can be indexed, and `odd`, true of the rows where the key alone
does not decide. INVARIANT: a row's normal form is N exactly if its key is one of `keys_of(N)`, or it is odd and
`normalise` says N. An odd row's key is known once somebody has read it: `spelling_of`. On SQLite and MariaDB two normal forms may share a key there (a letter and its
combining mark, in either case), so that SQLite's statements ask the registered function as well and MariaDB's leave such keys out. Not taken: an index on a registered function in SQLite; it would break every other program's writes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import idna
import phonenumbers

from upheld.engine.estate.model import Engine

FORMS = ("email/1", "exact/1", "phone/1")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_PLAIN_PHONE = re.compile(r"[ ]*\+?[0-9 ().-]+\Z")
_DIGITS = re.compile(r"[^0-9+]")


def normalise(form: str, value: object, region: str = "") -> str | None:
    """The normal form of a value, or None where the value identifies nobody (NULL, blank, no phone number).

    `region` is the country (ISO 3166-1 alpha-2) whose numbering a phone number without prefix follows. KeyError for an
    unknown form. Complete and total: any text has an answer, none raises.
    """
    if value is None:
        return None
    return _NORMALISE[form](str(value), region)


def keys_of(form: str, normal: str, engine: Engine, region: str = "") -> tuple[str, ...]:
    """The values of the twin's key that mean this normal form, sorted. Compare with `= ANY(…)`."""
    if form == "email/1":
        return _email_keys(normal, engine)
    if form == "phone/1":
        return _phone_keys(normal, region)
    return (normal,)


@dataclass(frozen=True, slots=True)
class Twin:
    """SQL text over one column: `key` may be indexed; `odd` is a condition, `false` where the key always decides."""

    key: str
    odd: str

    @property
    def may_be_odd(self) -> bool:
        """Whether any row can be one for which the key alone does not decide."""
        return self.odd not in _NEVER


def twin(form: str, engine: Engine, column: str) -> Twin:
    """The SQL twin of a form over `column` (SQL text, already quoted). KeyError for a form or engine without one.

    email/1 on PostgreSQL: odd where the domain is not ASCII, for SQL makes no A-labels; the database must be UTF-8.
    email/1 on SQLite and MariaDB: odd where any character is not ASCII, for they have no NFC. phone/1, exact/1: never odd.
    On MariaDB every key is a binary string, so that no collation has a say.
    """
    key, odd = _TWINS[form, engine]
    return Twin(key.replace("{x}", column), odd.replace("{x}", column))


def spelling_of(form: str, value: object, engine: Engine) -> str:
    """What an odd row is found by once somebody has read it: the key that the engine makes of the value.

    SQLite's is not lower case yet: its statements ask the registered function too, for which capitals before a combining mark count.
    """
    text = str(value)
    if form != "email/1":
        return text
    if engine == "postgresql":
        return unicodedata.normalize("NFC", text).strip(" ").translate(_LOWER)
    return text.strip(" ") if engine == "sqlite" else text.strip(" ").translate(_LOWER)


def sqlite_functions(region: str = "") -> Mapping[str, Callable[[object], str | None]]:
    """Functions of one argument to register on a SQLite connection: `upheld_email_1`, `upheld_exact_1`, `upheld_phone_1`."""

    def function(form: str) -> Callable[[object], str | None]:
        return lambda value: normalise(form, value, region)

    return {f"upheld_{form.replace('/', '_')}": function(form) for form in FORMS}


def resembles(form: str, one: str, other: str) -> bool:
    """Whether two normal forms may be one person's by habit (case, dots, plus tags). Proposes; never links."""
    return one != other and _kin(form, one) == _kin(form, other)


# ---- email/1 -------------------------------------------------------------------------------------------------------


def _email(value: str, region: str) -> str | None:
    if value.isascii():  # most are: the same, without a table of characters
        text = value.strip(" ").lower()
        return text if text.strip() else None
    text = unicodedata.normalize("NFC", value).strip(" ").translate(_LOWER)
    local, at, domain = text.rpartition("@")
    return (local + at + _a_label(domain) if at else text) if text.strip() else None


@lru_cache(maxsize=4096)
def _a_label(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii")
    except UnicodeError:
        return domain


def _email_keys(normal: str, engine: Engine) -> tuple[str, ...]:
    local, at, domain = normal.rpartition("@")
    keys = {normal}
    # PostgreSQL's key keeps a domain as it was written: the usual lower-case U-label is matched by index, the rest is odd.
    if engine == "postgresql" and at and "xn--" in domain:
        with suppress(UnicodeError):
            keys.add(local + at + unicodedata.normalize("NFC", idna.decode(domain)))
    return tuple(sorted(key for key in keys if _email(key, "") == normal))


# ---- phone/1 -------------------------------------------------------------------------------------------------------


def _phone(value: str, region: str) -> str | None:
    """E.164 of a number in one of the usual writings; other writings identify nobody, so that the twin is complete."""
    if not _PLAIN_PHONE.match(value):
        return None
    key = _DIGITS.sub("", value)
    normal = _e164(key, region)
    return normal if normal and key in _phone_keys(normal, region) else None


@lru_cache(maxsize=4096)
def _e164(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=4096)
def _phone_keys(normal: str, region: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(normal, None)
    except phonenumbers.NumberParseException:
        return (normal,)
    country = number.country_code or 0
    code = str(country)
    rest = normal[1 + len(code) :]
    prefix = _trunk(region)
    own = _trunk(phonenumbers.region_code_for_country_code(country))
    writings = {
        normal, f"+{code}{own}{rest}", f"00{code}{rest}", f"00{code}{own}{rest}", f"011{code}{rest}", f"{code}{rest}",
        f"{prefix}{rest}", rest,
    }  # fmt: skip
    return tuple(sorted(key for key in writings if _e164(key, region) == normal))


def _trunk(region: str) -> str:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None) if region else None
    return (metadata.national_prefix if metadata else None) or ""


# ---- exact/1 -------------------------------------------------------------------------------------------------------


def _exact(value: str, region: str) -> str | None:
    return value if value.strip() else None


def _kin(form: str, normal: str) -> str:
    if form != "email/1":
        return normal.casefold().strip()
    local, _, domain = normal.casefold().rpartition("@")
    local = local.split("+", 1)[0]
    if domain in ("gmail.com", "googlemail.com"):
        return local.replace(".", "") + "@gmail.com"
    return f"{local}@{domain}"


_NORMALISE: Mapping[str, Callable[[str, str], str | None]] = {"email/1": _email, "phone/1": _phone, "exact/1": _exact}

_NEVER = ("false", "0", "FALSE")
_PG_EMAIL = """lower(btrim(normalize(({x})::text, NFC)) COLLATE "C")"""
_LITE_EMAIL = "lower(trim({x}))"
# LOWER folds letters beyond ASCII by the text's character set. Thai has no capitals, so that read as tis620 the bytes of UTF-8 keep all but A to Z.
_MARIA_EMAIL = "CAST(LOWER(CONVERT(CAST(TRIM(CONVERT({x} USING utf8mb4)) AS BINARY) USING tis620)) AS BINARY)"
# `$` would let a line break follow; nothing at all may.
_MARIA_PHONE = (
    "(CASE WHEN CONVERT({x} USING utf8mb4) REGEXP '^ *[+]?[0-9 ().-]+(?!.|[[:space:]])'"
    " THEN CAST(REGEXP_REPLACE(CONVERT({x} USING utf8mb4), '[^0-9+]', '') AS BINARY) END)"
)
_TWINS: Mapping[tuple[str, Engine], tuple[str, str]] = {
    ("email/1", "postgresql"): (_PG_EMAIL, f"({_PG_EMAIL} ~ '@[^@]*[^\\x01-\\x7f][^@]*$')"),
    ("email/1", "sqlite"): (_LITE_EMAIL, "({x} GLOB '*[^' || char(1) || '-' || char(127) || ']*')"),
    ("phone/1", "postgresql"): (
        "(CASE WHEN ({x})::text COLLATE \"C\" ~ '^ *[+]?[0-9 ().-]+$' THEN regexp_replace(({x})::text, '[^0-9+]', '', 'g') END)",
        "false",
    ),
    ("phone/1", "sqlite"): (
        "(CASE WHEN ltrim({x}) <> '' AND substr(ltrim({x}), 2) NOT GLOB '*[^0-9 ().-]*' AND substr(ltrim({x}), 1, 1) GLOB '[+0-9 ().-]'"
        " THEN replace(replace(replace(replace(replace({x}, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '') END)",
        "0",
    ),
    ("email/1", "mariadb"): (_MARIA_EMAIL, "(LENGTH(CONVERT({x} USING utf8mb4)) <> CHAR_LENGTH({x}))"),
    ("phone/1", "mariadb"): (_MARIA_PHONE, "FALSE"),
    ("exact/1", "mariadb"): ("CAST(CONVERT({x} USING utf8mb4) AS BINARY)", "FALSE"),
    ("exact/1", "postgresql"): ("({x})::text", "false"),
    ("exact/1", "sqlite"): ("CAST({x} AS TEXT)", "0"),
}
