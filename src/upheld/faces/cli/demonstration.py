"""An example firm, all the way: its stores are made, its notice checked, a person answered, others erased, the board proved and served.

Everything is real: the firm's rows lie in databases, files and folders of their own, one for each store that its estate maps, and each step is
the same call that a firm would make. Each run makes the firm anew in the demonstration's own folder; no other installation is touched.
An example is a folder under `examples/` whose `firm/fill.py --customers N` fills the stores named by the estate's environment variables.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import upheld
from upheld.duties.messages.loopback import MailServer, mail_server
from upheld.faces.app import App, Exit, OutOfReach, Unusable
from upheld.faces.board import render_board
from upheld.faces.board.of_app import prove_folder
from upheld.faces.cli.acting import print_ended, print_planned
from upheld.faces.cli.command_line import Context
from upheld.faces.cli.desk.demonstrating import ask_and_answer, serve_it, with_mail
from upheld.faces.cli.keeping import print_due, print_kept
from upheld.faces.cli.proof import print_board
from upheld.faces.cli.terminal import Terminal
from upheld.faces.site.of_app import running_folder
from upheld.faces.site.published import write_pages
from upheld.faces.site.published.of_register import published_of
from upheld.language.diagnostic import counted
from upheld.language.notice.findings import shown
from upheld.records.own import default_folder

EXAMPLES = Path("examples")
ANSWERED = 7
ERASED_FROM = 50  # past the shared addresses, so that each is one person
ERASED_AT_MOST = 200


def run_demo(context: Context, example: str, once: bool, customers: int, port: int) -> int:
    """The main job on the example firm; the board's totals are printed. Serves the board unless `once`."""
    terminal = context.terminal
    folder = example_folder(example)
    app = installation(context.make_app(), folder)
    try:
        with mail_server(_fresh((app.settings.data_folder or Path()) / "mail"), app.settings.now) as mail:
            with_mail(app, folder, mail)
            _make_firm(terminal, app, folder, customers)
            steps: tuple[Callable[[Terminal, App, Path, int], None], ...] = (_check, _publish, _access, _erase, _retain)
            for step in steps:
                step(terminal, app, folder, customers)
            _desk(terminal, app, folder, mail)
            _prove(terminal, app, folder)
            return Exit.WELL if once else serve_it(terminal, app, folder, port)
    finally:
        app.close()


def example_folder(name: str) -> Path:
    """The folder of the example of this name, here or in the checkout. Unusable, with the names that there are, if there is none."""
    roots = [root / EXAMPLES for root in (Path.cwd(), Path(upheld.__file__).resolve().parents[2])]
    here = {each.parents[1].name: each.parents[1] for root in reversed(roots) for each in root.glob("*/firm/fill.py")}
    if name in here:
        return here[name]
    if not here:
        help = "Run the demonstration in a checkout of Upheld, where examples/ lies."
        raise Unusable("X140", "The example firm is not here.", help)
    raise Unusable("X140", f"No example firm is called {shown(name)}.", f"Use one of: {', '.join(sorted(here))}.")


def installation(app: App, folder: Path) -> App:
    """An App of the example's own: another data folder, another embedded database, another ledger, and empty stores for its estate."""
    given = app.settings
    data = given.data_folder or default_folder().with_name(f"{default_folder().name}-demo")
    settings = replace(given, own_url=None, owner_url=None, data_folder=data, origin=f"ledger.example.test/{folder.name}")
    made = App(settings)
    made.settings = replace(settings, environment={**given.environment, **_stores(made, folder, data / "firm")})
    return made


def _stores(app: App, folder: Path, files: Path) -> dict[str, str]:
    """Environment variable → address of an empty database, file or folder, for every store of the example's estate."""
    _fresh(files)
    estate = app.check(folder).estate
    assert estate is not None, "an example has an estate"
    addresses = {each.url: f"file://{files / each.store}" for each in estate.objects.values()}
    for store in estate.stores.values():
        if store.engine == "sqlite":
            addresses[store.url] = f"sqlite:///{files / store.store}.sqlite"
        elif store.engine == "postgresql":
            database = f"{folder.name}_{store.store}"
            if app.own.server is not None:
                app.own.server.drop_database(database)
            addresses[store.url] = app.own.database(database)
    return {url.removeprefix("env:"): address for url, address in addresses.items()}


def _fresh(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return folder


def fill(app: App, folder: Path, customers: int) -> dict[str, int]:
    """The example's own program fills its stores; the count of each awkward kind. OutOfReach if it ended with a fault."""
    environment = {**os.environ, **app.settings.environment}
    command = [sys.executable, str(folder / "firm" / "fill.py"), "--customers", str(customers)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        help = f"Run examples/{folder.name}/firm/fill.py by hand to see why."
        raise OutOfReach("X141", "Its program ended with a fault.", help)
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def person(app: App, folder: Path, number: int) -> str:
    """The line by which an ask names the person `number`: the first people of the estate's first store, by their key."""
    estate = app.check(folder).estate
    assert estate is not None
    store, table = next((s, t) for s in estate.stores.values() for t in s.tables.values() if t.root)
    return json.dumps({"table": f"{store.store}.{table.name}", "key": {table.key[0]: number}})


def law(app: App, folder: Path) -> str:
    """The regime that the example's people are asked under: the first that its notice names."""
    program = app.check(folder).program
    assert program is not None, "an example compiles"
    return program.notices[0].regimes[0].id


def _make_firm(terminal: Terminal, app: App, folder: Path, customers: int) -> None:
    _title(terminal, "The firm")
    counts = fill(app, folder, customers)
    estate = app.check(folder).estate
    names = [*(estate.stores if estate else ()), *(estate.objects if estate else ())]
    terminal.say(
        f"{counted(customers, 'customer')} in {counted(len(names), 'store')} ({', '.join(names)}), awkward people included:"
    )
    terminal.table(("", "count"), [(what, str(count)) for what, count in counts.items()], right=(1,))


def _check(terminal: Terminal, app: App, folder: Path, _: int) -> None:
    _title(terminal, f"upheld check examples/{folder.name}")
    checked = app.check(folder)
    terminal.say(*checked.summary(), "")
    terminal.diagnostics(one for one in checked.diagnostics if one.severity == "error")
    terminal.say(checked.verdict())


def _publish(terminal: Terminal, app: App, folder: Path, _: int) -> None:
    to = (app.settings.data_folder or Path()) / "published"
    _title(terminal, f"upheld publish examples/{folder.name} --to {to}")
    published = app.publish(folder, because="The first version.")
    terminal.diagnostics(published.diagnostics)
    if (pages := published_of(published.versions, published.checkpoint)) is not None:
        terminal.say(f"version {published.registered.number} is on record; {len(write_pages(pages, to))} files written.")


def _access(terminal: Terminal, app: App, folder: Path, _: int) -> None:
    _title(terminal, "One person asks for a copy of what the firm holds")
    planned = app.plan(folder, "access", [person(app, folder, ANSWERED)], law(app, folder))
    packages = (app.settings.data_folder or Path()) / "packages"
    print_ended(terminal, app.access(folder, planned.ask, packages, _silent))


def _erase(terminal: Terminal, app: App, folder: Path, customers: int) -> None:
    count = min(ERASED_AT_MOST, customers // 10)
    _title(terminal, f"{counted(count, 'person', 'asks', 'ask')} to be erased")
    lines = [person(app, folder, number) for number in range(ERASED_FROM, ERASED_FROM + count)]
    planned = app.plan(folder, "erasure", lines, law(app, folder))
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


def _desk(terminal: Terminal, app: App, folder: Path, mail: MailServer) -> None:
    _title(terminal, "People ask at the privacy centre and by mail")
    ask_and_answer(terminal, app, folder, law(app, folder), lambda number: person(app, folder, number), mail)


def _prove(terminal: Terminal, app: App, folder: Path) -> None:
    _title(terminal, f"upheld prove examples/{folder.name}")
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
