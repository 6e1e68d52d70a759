"""The blocks of the five notices, as one page of the mission lists them, to blocks that a notice can hold."""

from __future__ import annotations

import re
from pathlib import Path

from upheld.language.terms import KEYS, KINDS

# Beside the repository, or beside the folder of its worktrees.
_BESIDE = [folder / "shared" / "mission" / "EXPRESSED.md" for folder in Path(__file__).resolve().parents[2].parents]
PAGE = next((page for page in _BESIDE if page.exists()), _BESIDE[0])
ROW = re.compile(r"^\| (\S+) \| ([^|]+) \| (`.*`) \|$")
ONE_VALUE = {"moment", "lasts", "age", "cap", "text", "period", "duration"}


def blocks() -> list[tuple[str, str]]:
    """(clause, block) for each; a line that holds commas becomes a list, moments excepted."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        row = ROW.match(line)
        if row:
            found += [(row[1], _lines(part.strip().strip("`"))) for part in row[3].split(" && ")]
    return found


def _lines(block: str) -> str:
    return "\n".join(_line(part.strip()) for part in block.split(";"))


def _line(text: str) -> str:
    key, _, value = text.partition(": ")
    bare = key.split()[-1]
    shapes = {KEYS[bare].shape} if bare in KEYS else {rule.keys[bare].shape for rule in KINDS.values() if bare in rule.keys}
    if "," not in value or shapes & ONE_VALUE:
        return text
    return f"{key}: [{value}]"
