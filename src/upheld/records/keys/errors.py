"""What can go wrong with a key, as faults with code, reason and remedy. Never carries key material or what was sealed."""

from __future__ import annotations

SUMMARIES = {
    "X904": "the master key cannot be used",
    "X905": "sealed data cannot be opened",
}


class KeyFault(Exception):
    """X904: no usable master key. X905: wrong key, changed or cut data; nothing was given out."""

    def __init__(self, code: str, reason: str, help: str) -> None:
        super().__init__(f"{code}  {SUMMARIES[code]}: {reason} {help}")
        self.code = code
        self.summary = SUMMARIES[code]
        self.reason = reason
        self.help = help
