"""Values become lines on a terminal: marks, tables, diagnostics, progress; plain in a pipe, ASCII where asked.

The mark comes first, then the word, so that colour adds nothing that is not already said. No line is longer than 96 columns, but for a path or an
address that is. Progress goes to stderr: a bar on a terminal; a pipe gets one line a minute and none of its control codes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from upheld.faces.app.errors import Trouble
from upheld.faces.cli.tables import laid_out
from upheld.language.diagnostic import Diagnostic
from upheld.language.notice.explain import format_diagnostic

WIDTH = 96
INDENT = "      "
SILENCE_S = 60  # a pipe is told so often
COMMANDS = ("  upheld ", "  python ")
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
PLAIN = str.maketrans({"─": "-", "…": "...", "“": '"', "”": '"', "’": "'", "–": "-", "—": "-", "·": ".", "→": "->", "×": "x"})


class Terminal:
    """Where a command prints. `as_json` prints one JSON document on stdout and nothing else there."""

    def __init__(self, as_json: bool = False, ascii_only: bool = False) -> None:
        self.as_json, self.ascii = as_json, ascii_only or not _speaks_unicode()
        self.out, self.err = _console(sys.stdout), _console(sys.stderr)

    @property
    def width(self) -> int:
        """Columns of a line."""
        return min(WIDTH, self.out.width)

    def json(self, value: Any) -> None:
        """One JSON document on stdout."""
        text = json.dumps(value, indent=2, ensure_ascii=self.ascii)
        sys.stdout.write(text + "\n")

    def say(self, *lines: str) -> None:
        """Lines for a person, each wrapped under its own indent; silent with --json."""
        if not self.as_json:
            for line in lines:
                for part in self._wrapped(line):
                    self._print(self.out, Text(part))

    def mark(self, state: str) -> Text:
        """The sign of a state, coloured; ASCII with --ascii."""
        sign, plain, style = MARKS.get(state, ("·", ".", "")) if state else ("", "", "")
        return Text(plain if self.ascii else sign, style=style)

    def table(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[str | Text]],
        right: Sequence[int] | range = (),
        sums: Sequence[str] = (),
    ) -> None:
        """A table a person can read: words left, numbers right, one rule under the head and one over the sums."""
        if not self.as_json:
            for line in laid_out(heads, list(rows), right, self.width, sums, "-" if self.ascii else "─"):
                self._print(self.out, line)

    def diagnostics(self, found: Iterable[Diagnostic]) -> None:
        """Each diagnostic in four parts: fixed line, place, why, remedy."""
        for one in found:
            if not self.as_json:
                self._paragraph(self.out, format_diagnostic(one), "red" if one.severity == "error" else "yellow")

    def finding(self, code: str, line: str, *texts: str) -> None:
        """A refusal or fault: code and fixed line; place, reason, remedy. On stderr, so that stdout stays whole."""
        said = [part for text in texts if text for part in wrap(text, self.width - len(INDENT), **_WORDS)]
        self._paragraph(self.err, "\n".join([f"{code}  {line}", *(INDENT + part for part in said)]), "red")

    def trouble(self, trouble: Trouble) -> None:
        """What went wrong, on stderr for people; with --json also as the one document on stdout."""
        if self.as_json:
            self.json({"error": trouble.as_json()})
        self.finding(trouble.code, trouble.line, trouble.place, trouble.reason, trouble.help)

    @contextmanager
    def progress(self, what: str) -> Iterator[Any]:
        """While the block runs: yields `advance(n, note, total)`. A bar on a terminal; in a pipe one line a minute; nothing with --json."""
        if self.as_json or not sys.stderr.isatty():
            yield self._slow(what)
            return
        columns = TextColumn("{task.description}"), BarColumn(bar_width=30), TaskProgressColumn(), TimeElapsedColumn()
        with Progress(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task(what, total=None)

            def advance(n: int = 1, note: str | None = None, total: int | None = None) -> None:
                if total is not None:
                    bar.update(task, total=total, completed=0)
                bar.update(task, advance=n, description=self._plain(note or what)[:40])

            yield advance

    def _slow(self, what: str) -> Any:
        last, done, of = time.monotonic(), 0, ""

        def advance(n: int = 1, note: str | None = None, total: int | None = None) -> None:
            nonlocal last, done, of
            done, of = (0, f" of {total:,}") if total is not None else (done + n, of)
            if not self.as_json and time.monotonic() - last > SILENCE_S:
                last = time.monotonic()
                self._print(self.err, Text(f"{note or what}: {done:,}{of}"))

        return advance

    def _wrapped(self, line: str) -> list[str]:
        indent = " " * (len(line) - len(line.lstrip(" ")))
        if line.startswith(COMMANDS):
            return [line]  # to be copied whole
        said, sign, rest = line.partition(": upheld ")
        if sign and len(line) > self.width:
            return [*self._wrapped(f"{said}:"), *_command(f"{indent}  ", f"upheld {rest}", self.width)]
        return wrap(line, self.width, subsequent_indent=indent, **_WORDS) or [""]

    def _paragraph(self, to: Console, text: str, style: str) -> None:
        code, _, rest = text.partition("  ")
        self._print(to, Text.assemble((code, style), "  ", rest))
        self._print(to, Text(""))

    def _print(self, to: Console, text: Text) -> None:
        if self.ascii:
            text.plain = self._plain(text.plain)
        to.print(text)

    def _plain(self, text: str) -> str:
        return text.translate(PLAIN).encode("ascii", "replace").decode() if self.ascii else text


def _command(indent: str, command: str, width: int) -> list[str]:
    """A command to be copied whole: on one line, or before its options on lines that a shell joins again."""
    first, *options = command.split(" --")
    lines = [indent + first]
    for option in options:
        if len(f"{lines[-1]} --{option}") > width - len(" \\"):
            lines[-1] += " \\"
            lines.append(f"{indent}   ")
        lines[-1] += f" --{option}"
    return lines


_WORDS: Any = {"break_long_words": False, "break_on_hyphens": False}


def _console(stream: Any) -> Console:
    return Console(file=stream, width=None if stream.isatty() else WIDTH, highlight=False, soft_wrap=True)


def _speaks_unicode() -> bool:
    """Whether stdout takes our marks; a terminal or pipe in ASCII or Latin-1 gets plain letters and no fault."""
    try:
        "✓─‖…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
