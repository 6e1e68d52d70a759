"""The example firm, all the way: its stores are made, its notice checked, a person answered, others erased, the board proved and served.

Everything is real: the firm's rows lie in a PostgreSQL database and a SQLite file of their own, and each step is the same call that
a firm would make. Each run makes the firm anew in the demonstration's own folder; no other installation is touched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import upheld
from upheld.faces.app import App, Exit, OutOfReach, Unusable
from upheld.faces.board import render_board
from upheld.faces.board.of_app import prove_folder
from upheld.faces.cli.acting import print_ended, print_planned
from upheld.faces.cli.command_line import Context
from upheld.faces.cli.keeping import print_due, print_kept
from upheld.faces.cli.proof import print_board
from upheld.faces.cli.terminal import Terminal
from upheld.faces.site.of_app import running_folder, serve_folder
from upheld.records.own import default_folder

EXAMPLE = Path("examples") / "qualer"
DATABASE = "qualer_platform"
ANSWERED = {"table": "platform.customers", "key": {"id": 7}}
ERASED_AT_MOST = 200


def run_demo(context: Context, once: bool, customers: int, port: int) -> int:
    """The main job on the example firm; the board's totals are printed. Serves the board unless `once`."""
    terminal = context.terminal
    folder = _example()
    app = _installation(context.make_app())
    try:
        _make_firm(terminal, app, folder, customers)
        steps: tuple[Callable[[Terminal, App, Path, int], None], ...] = (_check, _access, _erase, _retain)
        for step in steps:
            step(terminal, app, folder, customers)
        _prove(terminal, app, folder)
        if not once:
            terminal.say("", "Serving the board. Ctrl-C ends it.")
            serve_folder(app, folder, "127.0.0.1", port, lambda address: terminal.say(f"The board is at {address}"))
        return Exit.WELL
    finally:
        app.close()


def _example() -> Path:
    for root in (Path.cwd(), Path(upheld.__file__).resolve().parents[2]):
        if (root / EXAMPLE / "notice.md").is_file():
            return root / EXAMPLE
    raise Unusable(
        "X140", "The example firm is not here.", "Run the demonstration in a checkout of Upheld, where examples/ lies."
    )


def _installation(app: App) -> App:
    """An App of the demonstration's own: another data folder, another embedded database, another ledger."""
    given = app.settings
    folder = given.data_folder or default_folder().with_name(f"{default_folder().name}-demo")
    web = folder / "firm" / "web.sqlite"
    settings = replace(given, own_url=None, owner_url=None, data_folder=folder, origin="ledger.example.test/qualer")
    made = App(settings)
    if made.own.server is not None:
        made.own.server.drop_database(DATABASE)
    url = made.own.database(DATABASE)
    web.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    web.unlink(missing_ok=True)
    made.settings = replace(
        settings, environment={**given.environment, "UPHELD_PLATFORM_URL": url, "UPHELD_WEB_URL": f"sqlite:///{web}"}
    )
    return made


def _make_firm(terminal: Terminal, app: App, folder: Path, customers: int) -> None:
    _title(terminal, "The firm")
    environment = {**os.environ, **{name: app.settings.environment[name] for name in ("UPHELD_PLATFORM_URL", "UPHELD_WEB_URL")}}
    command = [sys.executable, str(folder / "firm" / "fill.py"), "--customers", str(customers)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OutOfReach("X141", "Its program ended with a fault.", "Run examples/qualer/firm/fill.py by hand to see why.")
    counts = json.loads(done.stdout)
    terminal.say(f"{customers} customers in a PostgreSQL database and a SQLite file, awkward people included:")
    terminal.table(("", "count"), [(what, str(count)) for what, count in counts.items()], right=(1,))


def _check(terminal: Terminal, app: App, folder: Path, _: int) -> None:
    _title(terminal, "upheld check examples/qualer")
    checked = app.check(folder)
    terminal.say(*checked.summary(), "")
    terminal.diagnostics(one for one in checked.diagnostics if one.severity == "error")
    terminal.say(checked.verdict())


def _access(terminal: Terminal, app: App, folder: Path, _: int) -> None:
    _title(terminal, "One person asks for a copy of what the firm holds")
    planned = app.plan(folder, "access", [json.dumps(ANSWERED)], "eu-gdpr")
    packages = (app.settings.data_folder or Path()) / "packages"
    print_ended(terminal, app.access(folder, planned.ask, packages, _silent))


def _erase(terminal: Terminal, app: App, folder: Path, customers: int) -> None:
    count = min(ERASED_AT_MOST, customers // 10)
    _title(terminal, f"{count} people ask to be erased")
    # Customers 100, 101 …: past the shared addresses, so that each is one person.
    lines = [json.dumps({"table": "platform.customers", "key": {"id": number}}) for number in range(50, 50 + count)]
    planned = app.plan(folder, "erasure", lines, "eu-gdpr")
    print_planned(terminal, planned)
    terminal.say("")
    print_ended(terminal, app.erase(folder, planned.ask, planned.digest, False, _silent))


def _retain(terminal: Terminal, app: App, folder: Path, _: int) -> None:
    _title(terminal, "What is past its date by the notice")
    due = app.retain(folder, None)
    print_due(terminal, due)
    if due.total:
        terminal.say("")
        print_kept(terminal, app.retain_run(folder, due.plan.digest, _silent))


def _prove(terminal: Terminal, app: App, folder: Path) -> None:
    _title(terminal, "upheld prove examples/qualer")
    with terminal.progress("probing") as advance:
        board, program = prove_folder(app, folder, advance, running_folder)
    print_board(terminal, board, program)
    page = (app.settings.data_folder or Path()) / "board.html"
    page.write_text(render_board(board, program), encoding="utf-8")
    terminal.say(f"written  {page}")


def _title(terminal: Terminal, text: str) -> None:
    terminal.say("", f"── {text} " + "─" * max(0, 92 - len(text)), "")


def _silent(*_: object, **__: object) -> None:
    return None
