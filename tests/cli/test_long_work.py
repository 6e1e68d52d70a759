"""Work that takes its time: a bar on a terminal, Ctrl-C that loses nothing, pages that are served, the demonstration from end to end."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from tests.cli.harbour import Installation
from tests.cli.preloaded import ROOT, Preloaded
from tests.cli.test_commands import fits
from upheld.engine.stores import StoreFault
from upheld.faces.app import Exit
from upheld.faces.cli.command_line import Context, guarded
from upheld.faces.cli.terminal import Terminal


def environment_of(shop: Installation) -> dict[str, str]:
    return {**shop.environment, "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm", "COLUMNS": "90"}


def heeding_ctrl_c() -> None:
    """A shell lets whatever it starts in the background ignore Ctrl-C, and children inherit that; a person at a terminal has it heeded."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_terminal_sees_a_bar_on_stderr_and_stdout_stays_whole(shop: Installation) -> None:
    asked = shop.plan("access", *range(1, 21))
    words = ["access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "packages")]
    main, other = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "upheld", *words], stdout=subprocess.PIPE, stderr=other, env=environment_of(shop)
    )
    os.close(other)
    shown = b""
    while True:
        try:
            shown += os.read(main, 4096)
        except OSError:
            break
    os.close(main)
    assert process.stdout is not None
    printed = process.stdout.read().decode()
    assert process.wait(300) == 0
    assert b"writing packages" in shown and b"%" in shown
    assert "\x1b" not in printed and "20 packages" in printed


def test_ctrl_c_stops_after_the_present_statement_and_loses_nothing(shop: Installation) -> None:
    import psycopg

    asked, before = shop.plan("erasure", 2), shop.dump()
    with psycopg.connect(shop.shop) as blocker:
        blocker.execute("SELECT 1 FROM customers WHERE id = 2 FOR UPDATE")
        process = subprocess.Popen(
            [sys.executable, "-m", "upheld", "erase", str(asked["ask"]), "--plan", str(asked["plan"]), "--in", str(shop.folder)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment_of(shop), preexec_fn=heeding_ctrl_c,
        )  # fmt: skip
        with psycopg.connect(shop.shop, autocommit=True) as watcher:
            until = time.monotonic() + 300
            while not watcher.execute(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).fetchone():
                assert time.monotonic() < until and process.poll() is None
                time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=300)
    assert process.returncode == 4 and "X999" in said and "Traceback" not in said
    assert shop.dump()["shop.customers"] == before["shop.customers"]
    assert shop.erase(asked, "--resume").code == 0


@pytest.mark.parametrize("met", ["a fault", "an outcome"])
def test_a_stop_is_the_answer_whatever_the_present_statement_met(met: str, capsys: pytest.CaptureFixture[str]) -> None:
    def run(ctx: object) -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)  # the signal ends it
        except KeyboardInterrupt:
            if met == "an outcome":
                return Exit.WORLD
            raise StoreFault("X103", "shop (55P03)", retry=True) from None
        raise AssertionError("nobody was stopped")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(typer.Exit) as ended:
            guarded(run)(ctx=SimpleNamespace(obj=Context(lambda: None, Terminal())))  # type: ignore[arg-type, return-value]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    said = capsys.readouterr().err
    assert ended.value.exit_code == 4 and "X999" in said and "X103" not in said


def test_serve_says_where_it_listens_and_shows_the_notice(shop: Installation) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "upheld", "serve", str(shop.folder), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment_of(shop), preexec_fn=heeding_ctrl_c,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = None
        while address is None:
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            address = re.search(r"http://\S+", line)
        with urllib.request.urlopen(f"{address[0]}notice", timeout=300) as page:
            assert "Harbour Books" in page.read().decode()
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=300)
    assert process.returncode in (0, 4) and "Traceback" not in said, said


def test_a_worker_of_its_own_stops_in_order_when_it_is_told_to(shop: Installation) -> None:
    started = shop.process.start("tests.cli.preloaded:command", ["worker", str(shop.folder)], environment=environment_of(shop))
    ends, said = time.monotonic() + 120, started[1] / "stdout"
    while not said.is_file() or "Working for" not in said.read_text(encoding="utf-8"):
        assert time.monotonic() < ends
        time.sleep(0.02)
    os.kill(started[0], signal.SIGTERM)
    ran = shop.process.wait(started)
    assert ran.code == 0, ran.out + ran.err
    events = [json.loads(line)["event"] for line in ran.err.splitlines()]
    assert [event for event in events if not event.startswith("job ")] == ["stopping", "worker stopped"]


@pytest.fixture(scope="module")
def demonstration(preloaded: Preloaded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demonstration printed, and its data folder beside it."""
    import tempfile

    place = Path(tempfile.mkdtemp(prefix="upd-", dir="/tmp"))  # a socket's path must be short
    place.chmod(0o711)
    ran = preloaded.run("demo", "--once", "--customers", "60", environment={"UPHELD_DATA": str(place), "PATH": "/usr/bin:/bin"})
    (place / "printed").write_text(ran.out + ran.err)
    assert ran.code == 0, ran.out + ran.err
    assert fits(ran)
    return place


def test_the_demonstration_goes_from_the_sentence_to_the_board(demonstration: Path) -> None:
    import shutil

    printed = " ".join((demonstration / "printed").read_text().split())
    for said in (
        "126 clauses",
        "0 errors",
        "read in one snapshot",
        "erased, blanked or cut loose",
        "Unreachable since",
        "wrote a mail and has one back",
        "121 promises in 126 clauses",
        "kept, 0 broken,",
        "qualer.intro.1 This notice was last updated",  # the board names the clauses that it lists
    ):
        assert said in printed, said
    assert "Traceback" not in printed and "nobody foresaw" not in printed and "refused," not in printed
    (package,) = (demonstration / "packages").iterdir()
    assert json.loads((package / "data.json").read_text())["complete"] is True
    assert (demonstration / "board.html").stat().st_size > 10_000
    shutil.rmtree(demonstration, ignore_errors=True)
