"""The disk under our own records is full in the middle of an erasure: nothing is called done, nothing is lost, the run goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.harbour import Installation, lines
from tests.cli.preloaded import ROOT

SIZE_MB = 220


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of a few hundred megabytes; skipped where this process may not mount one."""
    name = Path(tempfile.mkdtemp(prefix="u", dir="/tmp"))
    name.chmod(0o711)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0711", "tmpfs", name], capture_output=True, check=False
    )
    if mounted.returncode:
        name.rmdir()
        pytest.skip("a disk of its own cannot be mounted here (needs root and the right to mount)")
    yield name
    subprocess.run(["umount", "-l", name], check=True)
    name.rmdir()


def upheld(shop: Installation, data: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The program with the embedded database in `data`, as on a fresh machine."""
    ours = {k: v for k, v in shop.environment.items() if not k.endswith("DATABASE_URL")}
    environment = {"PATH": os.environ["PATH"], **ours, "UPHELD_DATA": str(data), "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-m", "upheld", *words],
        input=stdin,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_full_disk_under_our_own_records_is_never_done_and_resumes(
    shop: Installation, small_disk: Path, untroubled: Callable[[Installation, int], None]
) -> None:
    data = small_disk / "d"
    folder = str(shop.folder)
    planned = upheld(shop, data, "plan", folder, "--ask", "erasure", "--subject", "-", "--json", stdin=lines(6))
    assert planned.returncode == 0, planned.stderr
    asked = json.loads(planned.stdout)
    words = ("erase", asked["ask"], "--plan", asked["plan"], "--in", folder, "--json")
    filler = small_disk / "filler"
    _fill(filler)
    ran = upheld(shop, data, *words)
    assert ran.returncode in (1, 3) and "Traceback" not in ran.stderr and ran.stderr.strip()
    assert '"fulfilled": true' not in ran.stdout
    filler.unlink()
    again = upheld(shop, data, *words, "--resume")
    if again.returncode == 1:  # it never began: there is nothing to go on from
        again = upheld(shop, data, *words)
    assert again.returncode == 0 and json.loads(again.stdout)["fulfilled"], again.stderr
    untroubled(shop, 6)
    assert upheld(shop, data, "verify").returncode == 0


def _fill(path: Path) -> None:
    """Writes until nothing fits any more."""
    with path.open("wb", buffering=0) as file:
        for size in (1_000_000, 4_096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
