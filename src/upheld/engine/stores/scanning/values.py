"""Sampled values become evidence of what a column holds, by validators; its name may only ever make something likely.

*Proven*: nearly every value passes a validator that chance and habit do not pass (a check digit, the shape of an address).
*Likely*: a weaker validator, or the name together with values that do not speak against it. Values are looked at and thrown
away: no function here gives one back. Not taken: a dictionary of first names; it proves nothing and favours some languages.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

import phonenumbers
from stdnum import iban, luhn

from upheld.engine.stores.scanning.model import Degree, Guess, snake

PROVEN_SHARE = 0.95
PROVEN_PHONE_SHARE = 0.8  # real directories hold numbers of dead ranges and typing errors
FEWEST_PROVEN = 3  # distinct values below which nothing is proven


def by_values(values: Sequence[str], region: str) -> Guess | None:
    """What distinct values prove or make likely by themselves; None if they say nothing."""
    if not values:
        return None
    for leaf, what, valid in _VALIDATORS:
        passed = sum(map(valid, values))
        if passed >= PROVEN_SHARE * len(values):
            degree: Degree = "proven" if len(values) >= FEWEST_PROVEN else "likely"
            return Guess(leaf, degree, f"{passed:,} of {len(values):,} distinct values {what}", leaf)
    return _phone(values, region)


_EMAIL = re.compile(r"[^\s@<>,;:\"()]+@[^\s@.]+(\.[^\s@.]+)+\Z")
_IP4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}(/\d+)?\Z")
_MAC = re.compile(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}\Z")
_CARD = re.compile(r"[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}\Z")
_PHONE = re.compile(r"(?=(?:\D*\d){7})\+?[0-9 ().\-/]{7,20}\Z")


def _email(value: str) -> bool:
    return _EMAIL.match(value) is not None


def _ip(value: str) -> bool:
    if not (_IP4.match(value) or value.count(":") >= 2):
        return False
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        return False
    return True


def _mac(value: str) -> bool:
    return _MAC.match(value) is not None


def _card(value: str) -> bool:
    return _CARD.match(value) is not None and bool(luhn.is_valid(re.sub(r"\D", "", value)))


def _iban(value: str) -> bool:
    return len(value) >= 15 and value[:2].isalpha() and bool(iban.is_valid(value))


_VALIDATORS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("email-address", "have the shape of an e-mail address", _email),
    ("ip-address", "are internet addresses", _ip),
    ("mac-address", "are device addresses", _mac),
    ("payment-card-number", "are card numbers with a true check digit", _card),
    ("bank-account", "are account numbers (IBAN) with true check digits", _iban),
)


def _phone(values: Sequence[str], region: str) -> Guess | None:
    shaped = [value for value in values if _PHONE.match(value)]
    if len(shaped) < PROVEN_PHONE_SHARE * len(values):
        return None
    valid = sum(_is_phone(value, region) for value in shaped)
    if valid < PROVEN_PHONE_SHARE * len(values):
        return None
    # Digits alone may be order numbers that happen to be in a numbering plan; a country prefix is no accident.
    prefixed = sum(value.startswith("+") for value in shaped)
    sure = prefixed >= PROVEN_SHARE * len(values) and len(values) >= FEWEST_PROVEN
    why = f"{valid:,} of {len(values):,} distinct values are telephone numbers in a numbering plan"
    return Guess("telephone-number", "proven" if sure else "undetermined", why, "telephone-number")


def _is_phone(value: str, region: str) -> bool:
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(value, region or None)))
    except phonenumbers.NumberParseException:
        return False


# ---- names of columns: likely at most ---------------------------------------------------------------------------------

_NAMES: tuple[tuple[str, str, Callable[[Sequence[str]], bool]], ...]


def _wordy(values: Sequence[str]) -> bool:
    return _share(values, lambda value: any(c.isalpha() for c in value) and len(value) <= 80) >= 0.9


def _dated(values: Sequence[str]) -> bool:
    return _share(values, lambda value: re.match(r"(19|20)\d\d-\d\d-\d\d", value) is not None) >= 0.9


def _short(values: Sequence[str]) -> bool:
    return _share(values, lambda value: len(value) <= 40) >= 0.9


def _any(values: Sequence[str]) -> bool:
    return True


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values) if values else 1.0


_NAMES = (
    (r"e?_?mail(_?addr\w*)?", "email-address", _short),
    (r"(first|last|full|given|family|middle|sur|display|contact|maiden|badge)_?name|surname|forename|name_(first|last)", "name", _wordy),
    (r"(\w+_)?(tele)?phone(_?(no|number))?|(\w+_)?(mobile|cell|fax|tel)(_?(no|number))?", "telephone-number", _short),
    (r"(\w+_)?(street|address|addr|address_?line_?\d|address_?\d|city|town|postcode|postal_?code|zip(_?code)?)", "physical-address", _any),
    (r"(date_of_)?birth(_?(date|day|dt))?|dob|born(_on|_at)?", "birth-date", _dated),
    (r"gender|sex", "gender", _short),
    (r"pass(word|wd)?(_?hash|_?digest)?|pwd", "password", _any),
    (r"user_?name|login|nick_?name|screen_?name|handle", "username", _short),
    (r"user_?agent", "user-agent", _any),
    (r"(client_|remote_|last_)?ip(_?addr(ess)?)?", "ip-address", _short),
    (r"nationality", "nationality", _short),
    (r"job(_?title)?|occupation|profession", "job", _wordy),
    (r"lat(itude)?|lon(gitude)?|lng", "location", _any),
    (r"iban|account_?(no|number)", "bank-account", _short),
    (r"card_?(no|number)", "payment-card-number", _short),
)  # fmt: skip
_PERSON_WORDS = re.compile(
    r"customer|client|user|member|person|people|patient|employee|staff|subscriber|contact|student|guest|lead|donor|tenant|applicant"
    r"|candidate|reader|passenger|driver|buyer|seller|visitor|citizen|profile|worker|teacher|child|parent|guardian|registrant"
)


def by_name(column: str, values: Sequence[str]) -> Guess | None:
    """What the column's name suggests, unless its values speak against it. Never proven."""
    plain = snake(column)
    for pattern, leaf, fits in _NAMES:
        if re.fullmatch(pattern, plain) and fits(values):
            seen = "its values do not speak against it" if values else "no value was seen"
            return Guess(leaf, "likely", f"the column's name; {seen}", leaf)
    return None


_TEXT_NAMES = re.compile(
    r"(\w+_)?(notes?|comments?|body|message|description|remarks?|text|content|feedback|question|instructions|details|reason|subject|memo)"
)
_AREA_NAMES = re.compile(r"(\w+_)?(state|province|region|county|country(_?code)?)")
_AMOUNT_NAMES = re.compile(r"(\w+_)?(price|quantity|qty|amount|total|subtotal|discount|tax|cost|sum|cents)(_\w+)?")
_TRADE_WORDS = re.compile(r"order|invoice|purchase|sale|cart|basket|booking|receipt")
_LINE_WORDS = re.compile(r"line|item|detail|position|entry|entries")


def is_free_text(column: str, values: Sequence[str]) -> Guess | None:
    """Text that may say anything: many values of a sentence's length, or a column named for it."""
    sentences = _share(values, lambda value: len(value) >= 60 and value.count(" ") >= 7) if values else 0.0
    if sentences >= 0.2:
        return Guess("{free-text: review}", "likely", "many values are sentences")
    if _TEXT_NAMES.fullmatch(snake(column)) and _share(values, lambda value: " " in value) >= 0.3:
        return Guess("{free-text: review}", "likely", "the column's name; its values do not speak against it")
    return None


def by_neighbours(table: str, column: str, family: str, leaves: frozenset[str], is_root: bool, is_owned: bool) -> Guess | None:
    """What a column seems to be beside the others of its table; likely at most."""
    plain = snake(column)
    if "physical-address" in leaves and family == "text" and _AREA_NAMES.fullmatch(plain):
        return Guess("physical-address", "likely", "the column's name, beside an address", "physical-address")
    if is_root and plain == "name":
        return Guess("name", "likely", "the column's name, in a table of people", "name")
    if is_root and family == "text" and plain == "title":
        return Guess("job", "likely", "the column's name, in a table of people", "job")
    if is_owned and family in ("integer", "number") and _AMOUNT_NAMES.fullmatch(plain) and _TRADE_WORDS.search(snake(table)):
        return Guess("purchase", "likely", "the column's name, in a table of what people bought", "purchase")
    return None


def are_dates(values: Sequence[str]) -> bool:
    """Whether values are days or moments, also where a store keeps them as text."""
    return bool(values) and _dated(values)


def names_people(table: str) -> bool:
    """Whether a table's name is a word for people."""
    return _PERSON_WORDS.search(snake(table)) is not None


def lists_trade(table: str) -> bool:
    """Whether a table's name is a word for the lines of an order or invoice."""
    return _TRADE_WORDS.search(snake(table)) is not None and _LINE_WORDS.search(snake(table)) is not None
