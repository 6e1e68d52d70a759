"""Sampled values become proof of what a column holds; no function here is told a name.

Proven is what chance and habit do not bring about: the shape of an address or device, a hash's own mark, a check digit that
holds more often than by accident (`chance`). Versions look like internet addresses and order numbers pass Luhn: each such
neighbour has its own counter-test here. Values are looked at and thrown away.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

import phonenumbers
from stdnum import iban, luhn
from stdnum.es import ccc

from upheld.engine.stores.scanning.chance import by_accident, no_accident
from upheld.engine.stores.scanning.model import Guess
from upheld.engine.stores.scanning.national import any_of, checks

PROVEN_SHARE = 0.95
PROVEN_PHONE_SHARE = 0.8  # real directories hold numbers of dead ranges and typing errors
FEWEST_PROVEN = 3  # distinct values below which nothing is proven
ASKED_OF_PLANS = 200  # values that are looked up in numbering plans, which costs a quarter of a millisecond each
GLANCE = 24  # values that decide whether a costly check is worth its while

_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\/]+@[^\s@.,;:/]+(\.[^\s@.,;:/]+)+\Z")
_IP4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}(/\d+)?\Z")
_IP6 = re.compile(r"[0-9a-fA-F:.]{3,45}(/\d+)?\Z")
_MAC = re.compile(
    r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}\Z|[0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){5}\Z|[0-9a-fA-F]{4}(\.[0-9a-fA-F]{4}){2}\Z"
)
_AGENT = re.compile(r"(Mozilla|Opera|Dalvik|okhttp|curl|Wget|Lynx)/\d|[A-Z][\w.-]*/\d[\w.]* \([^)]*;")
_CRYPT = re.compile(r"\$(2[abxy]?|argon2\w*|5|6|1|apr1|P|H|y|7|scrypt|md5|pbkdf2[\w-]*)\$\S{16}|(pbkdf2|scrypt|bcrypt|argon2)[\w-]*[$:]\S{16}|\{S?SHA\d*\}\S{16}|\{SSHA\}")  # fmt: skip
_CARD = re.compile(r"[2-6]\d{3}([ -]?\d{4}){2}[ -]?\d{1,7}\Z|3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\Z|3\d{13}\Z|5\d{11}\Z|6\d{11}\Z")
_BRANDS = re.compile(
    r"4(\d{12}|\d{15}|\d{18})|(5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(0[0-59]|[689]\d)\d{11,16}"
    r"|(6011|65\d\d|64[4-9]\d)\d{12,15}|35(2[89]|[3-8]\d)\d{12,15}|62\d{14,17}|(5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"
)
_PHONE = re.compile(r"(?=(?:\D*\d){7})[+(]?[0-9(][0-9 ().\-/]{5,22}(( ?x| ?ext\.? ?)\d{1,6})?\Z")
_DATED = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}\Z|-?\d+[.,]\d+\Z")


def proven(values: Sequence[str], place: str) -> Guess | None:
    """What distinct values prove, in a store that stands in `place`; None if nothing."""
    if len(values) < FEWEST_PROVEN:
        return None
    for leaf, what, valid in _SHAPES:
        if (passed := _most(values, valid)) and _NO_NEIGHBOUR.get(leaf, _always)(values):
            return _said(leaf, passed, values, what)
    for leaf, what, check in _CHECKED:
        if (
            _most(values[:GLANCE], check)
            and (passed := no_accident(values, check, PROVEN_SHARE))
            and _NO_NEIGHBOUR.get(leaf, _always)(values)
        ):
            return _said(leaf, passed, values, what)
    return _national(values, place) or _phone(values, place)


def _said(leaf: str, passed: int, values: Sequence[str], what: str) -> Guess:
    return Guess(leaf, "proven", f"{passed:,} of {len(values):,} distinct values {what}", leaf)


def _most(values: Sequence[str], valid: Callable[[str], bool]) -> int:
    glanced = values[:GLANCE]
    if sum(map(valid, glanced)) < 0.8 * len(glanced):
        return 0
    passed = sum(map(valid, values))
    return passed if passed >= PROVEN_SHARE * len(values) else 0


def is_email(value: str) -> bool:
    """The shape of an address."""
    return _EMAIL.match(value) is not None


def is_ip(value: str) -> bool:
    """An internet address of version 4 or 6, or the network a store writes it as."""
    if not (_IP4.match(value) or (value.count(":") >= 2 and _IP6.match(value))):
        return False
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        return False
    return True


def is_mac(value: str) -> bool:
    """Six pairs of hexadecimal digits."""
    return _MAC.match(value) is not None


def is_agent(value: str) -> bool:
    """What a browser calls itself."""
    return _AGENT.match(value) is not None


def is_crypt(value: str) -> bool:
    """A password's hash that bears the mark of its scheme."""
    return _CRYPT.match(value) is not None


def is_card(value: str) -> bool:
    """The length and check digit of a card; its brand is asked for apart."""
    return _CARD.match(value) is not None and bool(luhn.is_valid(re.sub(r"\D", "", value)))


def is_iban(value: str) -> bool:
    """Country, length and check digits of an IBAN."""
    return 15 <= len(value) <= 42 and value[:2].isalpha() and bool(iban.is_valid(value))


def _is_ccc(value: str) -> bool:
    return 20 <= len(value) <= 24 and bool(ccc.is_valid(value))


def is_phone_shaped(value: str) -> bool:
    """Digits as a telephone number is written, and no date or decimal."""
    return _PHONE.match(value) is not None and _DATED.match(value) is None and sum(map(str.isdigit, value.split("x")[0])) <= 15


# ---- the neighbours that look alike -------------------------------------------------------------------------------------


def _no_version(values: Sequence[str]) -> bool:
    """Versions are small numbers: where an address stands anywhere in its range, they stand at its beginning."""
    fours = [[int(part) for part in value.split("/")[0].split(".")] for value in values if _IP4.match(value)]
    if len(fours) < 0.5 * len(values):
        return True
    at_home = sum(first >= 32 or (first == 10 and max(rest) >= 64) for first, *rest in fours)
    if len(fours) < 8:
        return at_home == len(fours) and max(four[3] for four in fours) >= 10
    return at_home >= 0.6 * len(fours) and max(four[3] for four in fours) >= 10 and len({four[3] for four in fours}) >= 5


def _of_brands(values: Sequence[str]) -> bool:
    """Nearly all begin as issuers' cards do, and no accident of numbers that merely pass Luhn would bring that about.

    Numbers that share their beginning count once: whoever numbers orders from 4000 on has one accident, not a thousand.
    """
    bare = [re.sub(r"\D", "", value) for value in values]
    if sum(_BRANDS.fullmatch(value) is not None for value in bare) < PROVEN_SHARE * len(bare):
        return False
    beginnings = {value[:4]: value for value in bare}
    held = sum(_BRANDS.fullmatch(value) is not None for value in beginnings.values())
    return by_accident(len(beginnings), held, 0.3) < 1e-3 and len({value[:6] for value in bare}) >= min(5, len(bare))


def _always(values: Sequence[str]) -> bool:
    return True


_SHAPES: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("email-address", "have the shape of an e-mail address", is_email),
    ("ip-address", "are internet addresses", is_ip),
    ("mac-address", "are device addresses", is_mac),
    ("user-agent", "are what a browser calls itself", is_agent),
    ("password", "are hashes of passwords", is_crypt),
    ("bank-account", "are account numbers (IBAN) with true check digits", is_iban),
)
_CHECKED: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("payment-card-number", "are card numbers of known issuers with a true check digit", is_card),
    ("bank-account", "are account numbers (CCC) with true check digits", _is_ccc),
)
_NO_NEIGHBOUR = {"ip-address": _no_version, "payment-card-number": _of_brands}


# ---- numbers of people --------------------------------------------------------------------------------------------------


def _national(values: Sequence[str], place: str) -> Guess | None:
    glanced = values[:GLANCE]
    if sum(8 <= len(value) <= 24 and any(c.isdigit() for c in value) for value in glanced) < 0.8 * len(glanced):
        return None
    hopeful = [(name, check) for name, check in checks(place) if any(map(check, glanced))]
    if not hopeful or not _most(values, any_of(check for _, check in hopeful)):
        return None
    # Each kind alone first: a mixture passes more by accident than either.
    for names, check in [
        *((name, check) for name, check in hopeful),
        (", ".join(name for name, _ in hopeful), any_of(c for _, c in hopeful)),
    ]:
        if passed := no_accident(values, check, PROVEN_SHARE):
            return _said("official-id", passed, values, f"are national numbers with a true check digit ({names})")
    return None


def _phone(values: Sequence[str], place: str) -> Guess | None:
    """Digits alone may be order numbers that happen to be in a numbering plan; a country prefix before a valid number is no accident."""
    if not _mostly_phones(values[:GLANCE]) or not _mostly_phones(values):
        return None
    values = values if len(values) <= ASKED_OF_PLANS else values[:: len(values) // ASKED_OF_PLANS + 1]
    valid = sum(is_phone(value, place) for value in values)
    prefixed = sum(value.startswith(("+", "(+")) for value in values)
    if valid < PROVEN_PHONE_SHARE * len(values) or prefixed < PROVEN_SHARE * len(values):
        return None
    return _said("telephone-number", valid, values, "are telephone numbers in a numbering plan")


def _mostly_phones(values: Sequence[str]) -> bool:
    return sum(map(is_phone_shaped, values)) >= PROVEN_PHONE_SHARE * len(values)


def is_phone(value: str, place: str) -> bool:
    """A number of a numbering plan that is in use; without prefix, of the place's."""
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(value, place or None)))
    except phonenumbers.NumberParseException:
        return False
