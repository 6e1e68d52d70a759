"""Tokens become addresses of the firm's public pages, as letters give them."""

from __future__ import annotations

from dataclasses import dataclass

CENTRE = "/your-data"
RECIPIENTS = "/recipients"


@dataclass(frozen=True, slots=True)
class Links:
    """`base`: where the public pages stand, without a slash at the end (`https://privacy.example.test`)."""

    base: str

    def centre(self) -> str:
        return self.base + CENTRE

    def case(self, link: str) -> str:
        """The page of a case, for whoever has its link."""
        return f"{self.base}{CENTRE}/request/{link}"

    def prove(self, token: str) -> str:
        """The page with the button that proves an address."""
        return f"{self.base}{CENTRE}/prove/{token}"

    def file(self, token: str) -> str:
        """A file for one person."""
        return f"{self.base}{CENTRE}/file/{token}"

    def answer(self, token: str) -> str:
        """The page on which a recipient answers an order."""
        return f"{self.base}{RECIPIENTS}/answer/{token}"

    def callbacks(self) -> str:
        """Where recipients' own programs answer, below which each has its name."""
        return f"{self.base}{RECIPIENTS}/called-back"
