"""How far a table is walked in one transaction: so many pages as hold most of the rows that one may take, by what the last ones held.

A statement that would take more is rolled back and comes again over half as many pages. Not taken: the exact place, which somebody has to look for first.
"""

from __future__ import annotations

from dataclasses import dataclass

from upheld.engine.stores.sql.calendar import DUE_ROWS

MOST = 0.95  # of what one transaction may take
CROWDED = 226  # rows on a page of 8 KiB that hold next to nothing
END = "(4294967295,65535)"


@dataclass(slots=True)
class Pace:
    """`rows` on `pages` as the statistics say (none: nobody counted), and how many pages there are `now`."""

    rows: int
    pages: int
    now: int
    at: int = 0  # the page to go on from
    wide: int = 0  # pages

    def __post_init__(self) -> None:
        counted = self.rows > 0 and self.pages > 0
        self.wide = self._pages(self.rows / self.pages if counted else CROWDED)

    @property
    def is_over(self) -> bool:
        return self.at > self.now

    def places(self) -> tuple[str, str]:
        """Behind which place, and up to which; the last goes on to whatever came since."""
        until = self.at + self.wide
        return f"({self.at},0)", END if until > self.now else f"({until},0)"

    def go_on(self, rows: int) -> None:
        """So many rows were met; the next pages are judged by these, and are at most twice as many."""
        self.at += self.wide
        self.wide = min(self.wide * 2, self._pages(rows / self.wide))

    def shorten(self) -> None:
        """They were too many. Where they reached beyond the last page, the table grew meanwhile: its end is further off."""
        self.now = max(self.now, self.at + self.wide)
        self.wide = max(1, self.wide // 2)

    @staticmethod
    def _pages(dense: float) -> int:
        return max(1, int(MOST * DUE_ROWS / max(dense, 1e-9)))
