"""What staff accounts refuse, as values with code, reason and remedy. Never carries a name, an address, a password or a code."""

from __future__ import annotations

SUMMARIES = {
    "R501": "sign-in is not possible with this",
    "R502": "too many tries",
    "R503": "password cannot be taken",
    "R504": "code does not fit",
    "R505": "there is no such account",
    "R506": "there is such an account already",
    "R507": "account cannot be made so",
    "R508": "the role does not allow this",
    "R509": "nobody approves twice",
    "R510": "API token cannot be made so",
    "R511": "somebody must remain who leads",
}


class StaffRefused(Exception):
    """R501 to R511: nothing was done, but for the record of a try that failed."""

    exit = 1

    def __init__(self, code: str, reason: str, help: str) -> None:
        super().__init__(f"{code}  {SUMMARIES[code]}: {reason} {help}")
        self.code = code
        self.summary = SUMMARIES[code]
        self.reason = reason
        self.help = help
