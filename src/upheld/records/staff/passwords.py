"""A password becomes a hash that tells nothing of it, or the reasons why it is not taken.

Rules: those that the notice states; else length and a list of what is guessed first, never a mixture of kinds of signs and never an end
by date. Source: NIST SP 800-63B-4, 3.1.1 (15 signs where it stands alone, 8 beside a second factor; blocklist; no composition rules) and
RFC 9106 for argon2id. Where the notice promises a reminder of a password's age, the account page gives it; it ends no password.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from upheld.language.promises.model import After, Period, Program
from upheld.records.staff.errors import StaffRefused

ALONE = 15
BESIDE_SECOND = 8
LONGEST = 256
GUESSES_AT_LEAST = 10**8
JUDGED_SIGNS = 72  # zxcvbn's time grows fast with length
SETTING = "password-length"
REMINDED_BY = "password-set-on"
HASHES_AT_ONCE = 4  # each takes 64 MiB while it runs

_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(HASHES_AT_ONCE)


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """Least lengths, alone and beside a second factor; `remind`: after how long the account page says that the password is old."""

    alone: int = ALONE
    beside_second: int = BESIDE_SECOND
    remind: Period | None = None

    def least(self, second: bool) -> int:
        return self.beside_second if second else self.alone


def rules_of(program: Program | None) -> PasswordRules:
    """The notice's own rules where it states any: `password-length` among its settings, a reminder that tells `password-set-on`."""
    if program is None:
        return PasswordRules()
    said = next((one.value for one in program.settings if one.name == SETTING), "")
    number = next((int(word) for word in said.split() if word.isdigit()), 0)
    remind = None
    for promise in program.promises:
        told = {name.id for name in promise.terms.get("contents", ())}
        if promise.verb == "tell" and REMINDED_BY in told and isinstance(promise.due, After):
            remind = promise.due.high
    return PasswordRules(max(ALONE, number), max(BESIDE_SECOND, number), remind)


def judge(password: str, rules: PasswordRules, second: bool, about: Iterable[str] = ()) -> None:
    """R503 says what is wrong with the password. `about`: name and address of whoever chooses it, which others guess first."""
    least = rules.least(second)
    if len(password) < least:
        rest = "" if second else f" With a second factor, {rules.beside_second} are enough."
        raise StaffRefused("R503", f"It has fewer than {least} signs.{rest}", "Take a few words that nobody has said together.")
    if len(password) > LONGEST:
        raise StaffRefused("R503", f"It has more than {LONGEST} signs.", "A shorter one is as good.")
    from zxcvbn import zxcvbn  # its lists take a tenth of a second to read, and most commands judge no password

    words = [*_words_of(about), "upheld", "privacy"]
    found = zxcvbn(password[:JUDGED_SIGNS], user_inputs=words, max_length=JUDGED_SIGNS)
    if found["guesses"] < GUESSES_AT_LEAST or _without(password, words) < BESIDE_SECOND:
        reason = "It is among those that are guessed first: a known password, a name, a date or a row of keys."
        raise StaffRefused("R503", reason, "Take a few words that nobody has said together.")


def _words_of(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in (text, *re.split(r"[\W_]+", text)) if len(word) > 2]


def _without(password: str, words: Iterable[str]) -> int:
    """How many letters and figures are left when whatever others know of the person is taken out."""
    rest = password.casefold()
    for word in sorted((word.casefold() for word in words), key=len, reverse=True):
        rest = rest.replace(word, "")
    return sum(sign.isalnum() for sign in rest)


def hash_of(password: str) -> str:
    """argon2id with a salt of its own, as one line. Some 50 ms and 64 MiB."""
    with _turns:
        return _hasher.hash(_normal(password))


def fits(hash: str | None, password: str) -> bool:
    """Whether the password is the one of the hash. None: never, after the same work."""
    with _turns:
        try:
            # A password of a million signs must not buy a second of work.
            return _hasher.verify(hash or _nobody(), _normal(password)[: LONGEST * 4]) and hash is not None
        except (VerificationError, InvalidHashError):
            return False


def is_old(hash: str) -> bool:
    """The hash was made with weaker parameters than those of today."""
    return _hasher.check_needs_rehash(hash)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


_NOBODY: list[str] = []


def _nobody() -> str:
    """A hash that no password fits, of the same cost, so that an unknown account answers as late as a known one."""
    if not _NOBODY:
        _NOBODY.append(_hasher.hash(unicodedata.normalize("NFC", "no account has this password")))
    return _NOBODY[0]
