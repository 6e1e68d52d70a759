"""The example firm with both its stores filled, small, as probes see it."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from tests.board import larkspur
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution.calendar import run_calendar
from upheld.engine.plan import Ask, Refused
from upheld.engine.plan.calendar import retention
from upheld.engine.stores import open_store, open_stores
from upheld.faces.app import App, Settings
from upheld.faces.app.checking import check_folder
from upheld.faces.app.desk import Desk
from upheld.faces.app.scope import read_scope
from upheld.faces.board import read_board, render_board
from upheld.faces.board.of_app import published_twice
from upheld.faces.board.page import Served
from upheld.faces.board.probes import ProbeContext
from upheld.faces.site import running_folder
from upheld.faces.site.centre.asking import blank
from upheld.faces.site.centre.page import Visit
from upheld.faces.site.centre.places import place_named, places_of
from upheld.faces.site.centre.views import ask_page
from upheld.faces.site.centre.words import speech_for
from upheld.faces.site.pages import Pages, leaving_page
from upheld.faces.site.published import Publication, edition_of, pages_of_notice
from upheld.faces.site.published.of_register import firm_of
from upheld.language.law import load_law
from upheld.language.law.from_files import law_files
from upheld.language.promises import compile_program
from upheld.language.promises.model import Program
from upheld.records.keys import MasterKey
from upheld.records.ledger import begin
from upheld.records.own import EmbeddedServer, OwnDatabase

FIRM = Path(__file__).parents[2] / "examples" / "qualer"
CUSTOMERS = 60
TOKENS = bytes(32)
MASTER = base64.b64encode(bytes(range(32))).decode()


def fill(platform: str, web: str) -> None:
    """Both stores, deterministic."""
    sys.path.insert(0, str(FIRM / "firm"))
    try:
        import fill as filler
    finally:
        sys.path.pop(0)
    filler.fill(platform, web, CUSTOMERS)


def sources() -> dict[str, str]:
    names = ("notice.md", "words.md", "contacts.yaml")
    return {name: (FIRM / name).read_text(encoding="utf-8") for name in names}


def estate_files() -> dict[str, str]:
    """The maps of the firm's own stores."""
    files = {f"estate/{p.name}": p.read_text(encoding="utf-8") for p in sorted((FIRM / "estate").glob("*.yaml"))}
    return {name: text for name, text in files.items() if "upheld" not in name}


def read_firm() -> tuple[Program, Estate]:
    deployment = ("deployment.yaml", (FIRM / "deployment.yaml").read_text(encoding="utf-8"))
    program = compile_program(sources(), "notice.md", load_law(), deployment).program
    assert program is not None
    estate, faults = read_estate(estate_files())
    assert not faults
    return program, estate


def context_of(own: OwnDatabase, pg: EmbeddedServer, platform: str, web: str) -> ProbeContext:
    """Program, estate and stores of the example; the clock stands, and the page is rendered from the file."""
    program, estate = read_firm()
    files = estate_files()
    master = MasterKey(bytes(range(32)))
    with own.connect() as connection:
        begin(connection, master, "ledger.example.test/qualer", larkspur.NOW)
        # The stores are shared by tests, each with records of its own: all know the calendar's tokens by one key.
        wrapped = master.wrap(TOKENS, "hash:retention:tokens")
        connection.execute(
            "INSERT INTO hash_key (use, epoch, wrapped, made_at) VALUES ('retention', 'tokens', %s, %s) ON CONFLICT DO NOTHING",
            [wrapped, larkspur.NOW],
        )
    return ProbeContext(
        program, estate, {"platform": platform, "web": web}, open_store, own, master, load_law(), lambda: larkspur.NOW,
        lambda: pg, sources()["notice.md"], files, law_files(), visitor(FIRM, own), lambda: copied(own),
        notice_files=sources() | {"deployment.yaml": (FIRM / "deployment.yaml").read_text(encoding="utf-8")},
        published_twice=lambda statement: published_twice(
            App(Settings(now=lambda: larkspur.NOW, master_key=MASTER, data_folder=Path(gettempdir()))), check_folder(FIRM), running_folder, lambda: pg, statement
        ),
    )  # fmt: skip


def visitor(folder: Path, own: OwnDatabase) -> Callable[[str], str]:
    """The notice's page as it is made from the folder's files at each visit, and the board with the proof that was asked for."""

    def visit(path: str) -> str:
        if path.startswith("/your-data"):
            return _centre(folder, path.partition("place=")[2].partition("&")[0])
        texts = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir() if each.suffix in (".md", ".yaml")}
        given, scope = texts.pop("deployment.yaml", None), texts.pop("scope.yaml", "")
        compiled = compile_program(texts, "notice.md", load_law(), ("deployment.yaml", given) if given else None)
        program = compiled.program
        assert program is not None, [f"{each.code} {each.detail}" for each in compiled.diagnostics]
        if path.startswith("/leaving/"):
            pages = Pages("Qualer", "Qualer", None, None, None, scope=lambda: read_scope(program, scope))  # type: ignore[arg-type]
            return leaving_page(pages, path.removeprefix("/leaving/")) or ""
        if not path.startswith("/notice"):
            served = Served("", "", (), path.partition("open=")[2], "")
            return render_board(read_board(own, program, larkspur.NOW), program, "Qualer", served)
        edition = edition_of(program, texts, load_law(), lambda clause: f"/?open={clause}#{clause}")
        pages = pages_of_notice(Publication(firm_of(program.notices[0]), (edition,), board="/"), "/notice")
        return pages["notice.json" if path.endswith("/notice.json") else "index.html"]().decode()

    return visit


def _centre(folder: Path, place: str) -> str:
    """The privacy centre's form for a visitor of this place."""
    desk = Desk(App(Settings(now=lambda: larkspur.NOW, master_key=MASTER, data_folder=Path(gettempdir()))), folder)
    visit = Visit(speech_for("en", ""), "/your-data")
    return ask_page(desk, visit, place_named(places_of(desk, visit.say), place, desk.law), blank(), {})


@contextmanager
def copied(own: OwnDatabase) -> Iterator[tuple[Path, Callable[[str], str]]]:
    """A copy of the notice's folder, and visits to it."""
    with TemporaryDirectory() as name:
        for file, text in sources().items():
            (Path(name) / file).write_text(text, encoding="utf-8")
        yield Path(name), visitor(Path(name), own)


def end_what_is_late(platform: str, web: str, now: datetime) -> None:
    """The calendar has run over both stores, as it does every night."""
    program, estate = read_firm()
    stores = open_stores(estate, {"platform": platform, "web": web})
    catalogue = Catalogue({name: store.catalogue() for name, store in stores.items()})
    found = retention(program, estate, catalogue, Ask("A-0001", "retention", 0), now.date())
    assert not isinstance(found, Refused), found
    ended = run_calendar(found.plan, estate, catalogue, stores, day=now.date(), secret=TOKENS.hex())
    assert ended.answer.is_done and not ended.left, ended
    for store in stores.values():
        store.close()
