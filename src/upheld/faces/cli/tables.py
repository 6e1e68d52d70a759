"""Rows of words become lines: words left, numbers right, a rule under the head, nothing wider than the terminal.

Columns that fit keep their width; the widest give way, and their words go on in the next line. A word is never cut, unless it alone is
wider than its column. Not taken: a library's table; it fills every line with blanks to its end, and folds words in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from rich.cells import cell_len
from rich.text import Text

Cell = str | Text
GAP = "  "
NARROWEST = 8  # a column of words never gets less


def laid_out(
    heads: Sequence[str], rows: Sequence[Sequence[Cell]], right: Sequence[int] | range, width: int, sums: Sequence[str] = (),
    rule: str = "─",
) -> Iterator[Text]:  # fmt: skip
    """The table's lines, each at most `width` wide and without blanks at its end. `sums` stands under a second rule."""
    shown = [*rows, *([sums] if sums else [])]
    widths = _widths(heads, shown, width)
    if any(heads):
        yield from _row([Text(head, style="dim") for head in heads], widths, right)
        yield _ruled(widths, rule)
    for row in rows:
        yield from _row(row, widths, right)
    if sums:
        yield _ruled(widths, rule)
        yield from _row(sums, widths, right)


def _ruled(widths: list[int], rule: str) -> Text:
    indent = widths[0] + len(GAP) if widths[0] <= len(GAP) + 1 else 0
    return Text(" " * indent + rule * (sum(widths) + len(GAP) * (len(widths) - 1) - indent), style="dim")


def _widths(heads: Sequence[str], rows: Sequence[Sequence[Cell]], width: int) -> list[int]:
    """Each column as wide as its widest cell, unless that is too wide for all: then the widest give way to fit."""
    columns = [[part for cell in column for part in _parts(cell)] for column in zip_longest(heads, *rows, fillvalue="")]
    widths = [max(map(cell_len, parts)) for parts in columns]
    longest = [max(cell_len(word) for part in parts for word in part.split(" ")) for parts in columns]
    room = width - len(GAP) * (len(widths) - 1)
    for floors in (longest, [min(n, NARROWEST) for n in longest]):
        while sum(widths) > room:
            widest = max((n for n in range(len(widths)) if widths[n] > floors[n]), key=lambda n: widths[n], default=None)
            if widest is None:
                break
            widths[widest] -= 1
    return widths


def _row(row: Sequence[Cell], widths: list[int], right: Sequence[int] | range) -> Iterator[Text]:
    cells = [_lines(cell, widths[at]) for at, cell in enumerate(row)]
    for parts in zip_longest(*cells, fillvalue=Text("")):
        line = Text("")
        for at, part in enumerate(parts):
            blank = " " * max(0, widths[at] - cell_len(part.plain))
            line.append_text(Text.assemble(blank, part) if at in right else Text.assemble(part, blank))
            line.append(GAP if at < len(parts) - 1 else "")
        line.rstrip()
        yield line


def _lines(cell: Cell, width: int) -> list[Text]:
    """The cell's lines, wrapped; a line keeps the style it begins with."""
    text = cell if isinstance(cell, Text) else Text(cell)
    found = []
    for line in text.split("\n", allow_blank=True):
        style = line.spans[0].style if line.spans else text.style
        found += [Text(part, style=style) for part in wrap(line.plain, max(width, 1)) or [""]]
    return found


def _parts(cell: Cell) -> list[str]:
    return (cell.plain if isinstance(cell, Text) else cell).split("\n")
