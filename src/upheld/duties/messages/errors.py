"""What can go wrong with letters and mail, as faults with code, reason and remedy. Never carries an address, a name or a password."""

from __future__ import annotations

from upheld.language.terms import CODES


class MessageFault(Exception):
    """R401 to R404: a letter that may not be made so. R411 to R418: sending. R421 to R425: the mailbox."""

    def __init__(self, code: str, reason: str, help: str = "") -> None:
        self.code = code
        self.summary = CODES[code].summary
        self.reason = reason
        self.help = help or CODES[code].help
        super().__init__(f"{code}  {self.summary}: {reason} {self.help}")
