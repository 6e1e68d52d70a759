"""Why the server does not start: code, reason, remedy."""

from __future__ import annotations

SUMMARIES = {
    "R701": "the trusted proxies cannot be read",
    "R702": "the address of the server cannot be used",
}


class ServerRefused(Exception):
    """Nothing was opened. `code` has a page in docs/codes; line 1 is fixed per code."""

    exit = 2

    def __init__(self, code: str, reason: str, help: str) -> None:
        super().__init__(f"{code}  {SUMMARIES[code]}: {reason} {help}")
        self.code, self.summary, self.reason, self.help = code, SUMMARIES[code], reason, help
