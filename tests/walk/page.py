"""A page of the docs becomes a walk: its files are written, its edit is made, its commands are run, its outputs compared or recorded.

On the page, `<!-- path -->` before a block names the file that the block is (markdown, json), or that it is an excerpt of (yaml). A diff is the edit that a
person makes; a console block is commands with what they print; an sql block is queries, each with its answer as a comment.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.preloaded import Preloaded

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "chinook.md"
ON_POSTGRESQL = "## The same on PostgreSQL"
BLOCK = re.compile(r"(?ms)(?:^<!-- (?P<about>[^\n]*) -->\n)?^(?P<fence>`{3,})(?P<kind>\w+)\n(?P<text>.*?)^(?P=fence)$")
# What differs at every run: fingerprints, durations, roots and keys of the ledger. Widths of columns follow them.
DIFFERS = (
    (re.compile(r"\b[0-9a-f]{16,64}\b"), "FINGERPRINT"),
    (re.compile(r"\b[\d,.]+ m?s\b"), "DURATION"),
    (re.compile(r"\+[0-9a-f]{8}\+[A-Za-z0-9+/]{40,}=*"), "+KEY"),
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}="), "ROOT"),
    (re.compile(r" +"), " "),
    (re.compile(r"(?m) +$"), ""),
)
SHOWN, TO_RUN = re.compile(r"(?<=Plan )[0-9a-f]{16}"), re.compile(r"(?<=--plan )[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its kind, what it is about, its text and where that stands in the page."""

    kind: str
    about: str
    text: str
    start: int


@dataclass(slots=True)
class Walk:
    """A walk in `folder`, with `upheld` and `python` on its path. `given`: values that exports get instead of those on the page."""

    folder: Path
    environment: dict[str, str]
    given: Mapping[str, str]
    process: Preloaded
    said: dict[int, str] = field(default_factory=dict)  # where an output stands in the page → what was printed
    shown: str = ""  # fingerprint of the plan that was printed last
    commands: list[str] = field(default_factory=list)

    def take(self, block: Block) -> None:
        """One block is done: a file written, an edit made, commands run. An excerpt must stand in its file."""
        match block.kind:
            case "markdown" | "json" | "jsonl":
                path = self.folder / block.about
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            case "yaml":
                assert block.text in (self.folder / block.about).read_text(encoding="utf-8"), f"{block.about} reads otherwise"
            case "diff":
                self._edit(block.text)
            case "console":
                for command, at, _ in commands_of(block):
                    self._run(command, at)
            case _:
                raise AssertionError(f"a walk knows no block of kind {block.kind}")

    def _edit(self, diff: str) -> None:
        path = self.folder / re.search(r"(?m)^--- (\S+)", diff)[1]  # type: ignore[index]
        text = path.read_text(encoding="utf-8")
        body = re.sub(r"(?m)^(---|\+\+\+) .*\n", "", diff)
        for hunk in re.split(r"(?m)^@@.*\n", body)[1:]:
            lines = hunk.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] in " -")
            assert text.count(old) == 1, f"the edit does not fit {path.name}:\n{old}"
            text = text.replace(old, "".join(line[1:] for line in lines if line[0] in " +"))
        path.write_text(text, encoding="utf-8")

    def _run(self, command: str, at: int) -> None:
        self.commands.append(command)
        if command.startswith("export "):
            name, value = command.removeprefix("export ").split("=", 1)
            self.environment[name] = self.given.get(name, value)
            self.said[at] = ""
            return
        command = TO_RUN.sub(self.shown, command)
        code, out, err = self._ran(command)
        assert code == 0, f"$ {command}\n{out}{err}"
        self.said[at] = "".join(f"{line.rstrip()}\n" for line in out.rstrip().splitlines())
        self.shown = (SHOWN.findall(out) or [self.shown])[-1]

    def _ran(self, command: str) -> tuple[int, str, str]:
        """Exit code and outputs. What needs no shell is forked: a second of imports less."""
        program, *words = shlex.split(command)
        if program == "upheld" and not set(words) & {"|", ">", "<", "&&"}:
            started = self.process.start("tests.walk.on_a_day:command", words, "", self.environment, self.folder)
            ran = self.process.wait(started)
            return ran.code, ran.out, ran.err
        shell = ["bash", "-o", "pipefail", "-c", command]
        done = subprocess.run(shell, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr


def new_walk(folder: Path, data: Path, given: Mapping[str, str], process: Preloaded) -> Walk:
    """A walk whose programs are this checkout's, on a day that never changes; `data` is the installation's folder."""
    programs = folder / "programs"
    programs.mkdir()
    for name, words in {"upheld": f'"{ROOT / "tests/walk/on_a_day.py"}"', "python": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (programs / name).chmod(0o755)
    (folder / "verifier").symlink_to(ROOT / "verifier")
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    environment = {
        **kept,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "UPHELD_DATA": str(data),
    }
    return Walk(folder, environment, given, process)


def blocks(text: str, offset: int = 0) -> Iterator[Block]:
    """The fenced blocks of the text, in order."""
    for found in BLOCK.finditer(text):
        yield Block(found["kind"], found["about"] or "", found["text"], offset + found.start("text"))


def commands_of(block: Block) -> Iterator[tuple[str, int, str]]:
    """Each command of a console block, where its output begins in the page, and the output that stands there."""
    for found in re.finditer(r"(?m)^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.text):
        yield found[1], block.start + found.start(2), found[2]


def alike(text: str) -> str:
    """The text without what differs at every run."""
    for pattern, word in DIFFERS:
        text = pattern.sub(word, text)
    return text.strip()


def record(said: Mapping[int, str]) -> None:
    """The page with these outputs in place of those that stand there; one that differs only as every run does stays."""
    text = PAGE.read_text(encoding="utf-8")
    places = {at: output for block in blocks(text) if block.kind == "console" for _, at, output in commands_of(block)}
    fresh = {at: new for at, new in said.items() if alike(new) != alike(places[at])}
    for at, new in sorted(fresh.items(), reverse=True):
        gap = "\n" if places[at].endswith("\n\n") and new else ""
        text = text[:at] + new + gap + text[at + len(places[at]) :]
    PAGE.write_text(TO_RUN.sub(lambda found: SHOWN.findall(text[: found.start()])[-1], text), encoding="utf-8")
