"""One process that has imported the product forks for each command: every command is a process of its own, without a second of imports.

Speaks JSON lines: {"start": "module:function", "given": [...], "environment": {...}, "folder", "stdin", "stdout", "stderr"} is answered by a process id,
{"wait": pid} by its exit code (negative: killed by that signal).
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def command(*words: str) -> int:
    """The program `upheld` with these words; its exit code."""
    from upheld.main import run

    sys.argv = ["upheld", *words]
    try:
        run()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    return 0


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; fails if there is anything else."""
        return json.loads(self.out)


class Preloaded:
    """The forking process. `run` waits for a command; `start` and `wait` let several run at once."""

    def __init__(self, scratch: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        self._scratch, self._count = scratch, 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.preloaded"], stdin=-1, stdout=-1, text=True, env=environment, cwd=ROOT
        )

    def run(self, *words: str, stdin: str = "", environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> Ran:
        """`upheld WORDS`, to its end."""
        return self.wait(self.start("tests.cli.preloaded:command", words, stdin, environment, folder))

    def start(
        self,
        call: str,
        given: Sequence[str],
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        folder: Path = ROOT,
    ) -> tuple[int, Path]:
        """A process that calls `module:function` with `given`; its number and where it writes."""
        self._count += 1
        place = self._scratch / f"run-{self._count}"
        place.mkdir(parents=True)
        (place / "stdin").write_text(stdin, encoding="utf-8")
        said = {
            "start": call,
            "given": list(given),
            "environment": dict(environment or {}),
            "folder": str(folder),
            "place": str(place),
        }
        return int(self._asked(said)), place

    def wait(self, started: tuple[int, Path]) -> Ran:
        """How the process ended."""
        pid, place = started
        code = int(self._asked({"wait": pid}))
        read = [(place / name).read_text(encoding="utf-8", errors="replace") for name in ("stdout", "stderr")]
        return Ran(code, *read)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(120)

    def _asked(self, said: Mapping[str, Any]) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(said) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


def _main() -> None:
    import upheld.faces.cli.demonstration
    import upheld.faces.site
    import upheld.main  # noqa: F401

    gc.freeze()  # a collection in a child would copy every page that it shares with us
    for line in sys.stdin:
        said = json.loads(line)
        if "wait" in said:
            status = os.waitpid(said["wait"], 0)[1]
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            _child(said)
        print(pid, flush=True)


def _child(said: Mapping[str, Any]) -> None:
    code = 70
    place = Path(said["place"])
    for target, name, flags in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_WRONLY | os.O_CREAT),
        (2, "stderr", os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(place / name, flags, 0o600), target)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode, encoding="utf-8") for n, mode in ((0, "r"), (1, "w"), (2, "w")))
    try:
        os.environ.clear()
        os.environ.update(said["environment"])
        os.chdir(said["folder"])
        module, _, name = said["start"].partition(":")
        code = getattr(importlib.import_module(module), name)(*said["given"])
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _main()
