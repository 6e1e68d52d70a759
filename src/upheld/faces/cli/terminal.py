"""Values become lines on a terminal: marks, tables, diagnostics, progress; plain in a pipe, ASCII where asked.

The mark comes first, then the word, so that colour adds nothing that is not already said. 80 to 96 columns. Progress goes
to stderr; a pipe gets none of its control codes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice.explain import format_diagnostic

WIDTH = 96
MARKS = {
    "kept": ("✓", "v", "green"),
    "unproven": ("~", "~", "yellow"),
    "broken": ("✗", "x", "red"),
    "unbound": ("[]", "[]", "magenta"),
    "informs": ("-", "-", "dim"),
    "attested": ("○", "o", "cyan"),
    "outside": ("∅", "/", "dim"),
    "held": ("‖", "=", "bold"),
    "waiting": ("…", "...", "yellow"),
}


class Terminal:
    """Where a command prints. `as_json` prints one JSON document on stdout and nothing else there."""

    def __init__(self, as_json: bool = False, ascii_only: bool = False) -> None:
        self.as_json, self.ascii = as_json, ascii_only
        self.out = Console(file=sys.stdout, width=WIDTH if not sys.stdout.isatty() else None, highlight=False, soft_wrap=True)
        self.err = Console(file=sys.stderr, width=WIDTH if not sys.stderr.isatty() else None, highlight=False, soft_wrap=True)

    def json(self, value: Any) -> None:
        """One JSON document on stdout."""
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def say(self, *lines: str) -> None:
        """Lines for a person; silent with --json."""
        if not self.as_json:
            for line in lines:
                self.out.print(Text(line))

    def mark(self, state: str) -> Text:
        """The sign of a state, coloured; ASCII with --ascii."""
        sign, plain, style = MARKS.get(state, ("·", ".", ""))
        return Text(plain if self.ascii else sign, style=style)

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str | Text]], right: Sequence[int] | range = ()) -> None:
        """A table a person can read: words left, numbers right, one rule under the head."""
        if self.as_json:
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for at, head in enumerate(heads):
            table.add_column(head, justify="right" if at in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
        self.out.print(table)

    def diagnostics(self, found: Iterable[Diagnostic]) -> None:
        """Each diagnostic in four parts: fixed line, place, why, remedy."""
        for one in found:
            self._paragraph(format_diagnostic(one), "red" if one.severity == "error" else "yellow")

    def finding(self, code: str, reason: str, help: str, place: str = "") -> None:
        """A refusal or fault: code and reason, place, what to do. On stderr, so that --json stays whole."""
        lines = [f"{code}  {reason}", *(f"      {line}" for text in (place, help) if text for line in wrap(text, WIDTH - 6))]
        self._paragraph("\n".join(lines), "red", self.err)

    def _paragraph(self, text: str, style: str, to: Console | None = None) -> None:
        if self.as_json and to is None:
            return
        code, _, rest = text.partition("  ")
        (to or self.out).print(Text.assemble((code, style), "  ", rest))
        (to or self.out).print()

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Any]:
        """A bar on stderr while the block runs; yields `advance(n, note)`. Nothing in a pipe but one line at the end."""
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed} of {task.total}"),
            TimeElapsedColumn(),
            console=self.err,
            transient=True,
            disable=not sys.stderr.isatty() or self.as_json,
        )
        with bar:
            task = bar.add_task(what, total=total)

            def advance(n: int = 1, note: str | None = None) -> None:
                bar.update(task, advance=n, description=note or what)

            yield advance
