"""Each promise of the page names a test, and the test is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "what-erasure-means-here.md").read_text(encoding="utf-8")
PROMISED = PAGE.split("## What is promised", 1)[1].split("\n## ", 1)[0]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PROMISED)


def test_every_promise_names_one() -> None:
    rows = [line for line in PROMISED.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    assert len(rows) == len(NAMED) > 15


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_it_is_there_and_asserts_something(file: str, name: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    found = re.search(rf"^def {name}\(.*?(?=^(?:def|@|class|# ----)|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{file} has no {name}"
    assert re.search(r"\bassert\b|differences|agrees|left_as|untroubled|raises", found[0]), f"{name} asserts nothing"
