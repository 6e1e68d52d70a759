"""Why the site is not served: code, reason, remedy."""

from __future__ import annotations

SUMMARIES = {
    "V901": "the embedded database may not be reached from outside",
    "V902": "the address cannot be listened on",
}


class SiteRefused(Exception):
    """Nothing was opened. `code` has a page in docs/codes; line 1 is fixed per code."""

    def __init__(self, code: str, reason: str, help: str) -> None:
        super().__init__(f"{code}  {SUMMARIES[code]}: {reason} {help}")
        self.code, self.summary, self.reason, self.help = code, SUMMARIES[code], reason, help
        self.exit = 1 if code == "V901" else 3  # refused; or the world's fault
