"""`make check LONG=1` runs the long profile, in every room that counts its own cases."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAYS = """
import os
from hypothesis import settings
from tests.language import test_any_input, test_decide_properties

def test_budgets():
    print("BUDGETS", test_any_input.CASES.max_examples, test_decide_properties.CASES, settings().max_examples)
"""


@pytest.mark.parametrize("profile,workers", [("long", "2"), ("default", "0")])
def test_the_profile_reaches_every_budget(profile: str, workers: str, tmp_path: Path) -> None:
    (tmp_path / "test_says.py").write_text(SAYS)
    command = [
        sys.executable, "-m", "pytest", "-q", "-rP", "-p", "no:cacheprovider", "-n", workers, f"--hypothesis-profile={profile}",
        "-c", str(ROOT / "pyproject.toml"), f"--confcutdir={ROOT}", f"--rootdir={ROOT}", "-p", "tests.conftest", str(tmp_path / "test_says.py"),
    ]  # fmt: skip
    ours = {name: value for name, value in os.environ.items() if name not in ("HYPOTHESIS_PROFILE", "UPHELD_CASES")}
    done = subprocess.run(command, cwd=ROOT, env=ours, capture_output=True, text=True, check=False)
    said = next(line for line in done.stdout.splitlines() if line.startswith("BUDGETS"))
    any_input, deciding, plain = map(int, said.split()[1:])
    if profile == "long":
        assert 3 * any_input >= 10_000 and deciding >= 1_000 and plain >= 1_000
    else:
        assert any_input < 1_000 and deciding < 1_000
