"""The pictures of README and docs, taken from the running product: board at two widths, estate.

    make pictures

Runs the example in a data folder of its own, serves its pages, and photographs them with the chromium of the system. Overwrites docs/pictures.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PICTURES = {"board": ("/", 1280, 1180), "board-phone": ("/", 500, 1180), "estate": ("/estate", 1280, 1500)}
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
).split()


def main() -> None:
    """Every picture of PICTURES is taken anew."""
    (HERE / "pictures").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="upheld-", dir="/var/tmp") as folder:
        os.chmod(folder, 0o711)  # the embedded database runs as a user of its own
        _take(Path(folder))


def _take(folder: Path) -> None:
    with served(folder) as address:
        for name, (path, width, height) in PICTURES.items():
            target = HERE / "pictures" / f"{name}.png"
            profile = folder / f"browser-{name}"
            command = [
                "chromium",
                *FLAGS,
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--screenshot={target}",
                address + path,
            ]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
            print(f"written  {target.relative_to(ROOT)}")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The example's pages, all the way from its stores; ends with the block."""
    command = [sys.executable, "-m", "upheld", "demo", "--port", "0"]
    environment = {**os.environ, "UPHELD_DATA": str(folder / "data"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            for line in server.stdout or ():
                if found := re.search(r"http://\S+", line):
                    yield found.group().rstrip("/")
                    break
            else:
                raise SystemExit("the example could not be served; run `make demo` and look")
        finally:
            server.terminate()


if __name__ == "__main__":
    if shutil.which("chromium") is None:
        raise SystemExit("chromium is not installed; on Debian: apt-get install chromium")
    main()
