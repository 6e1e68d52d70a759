"""The page of the library: its examples run as they stand."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from upheld.faces.app import App

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.S | re.M)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_of_the_page_runs(number: int, tmp_path: Path) -> None:
    environment = {
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "UPHELD_DATA": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number]], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_page_has_an_example() -> None:
    assert EXAMPLES


def test_each_verb_of_the_table_is_one_of_the_app_with_these_words() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE, flags=re.M)
    named = re.findall(r"`(\w+)(?:\(([^)]*)\))?`", " ".join(rows))
    assert len(named) > 10
    for name, words in named:
        assert hasattr(App, name), name
        if words:
            known = list(inspect.signature(getattr(App, name)).parameters)[1:]
            assert [word.strip() for word in words.split(",")] == known, name
