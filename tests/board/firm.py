"""The example firm with both its stores filled, small, as probes see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.board import larkspur
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.stores import open_store
from upheld.faces.board.probes import ProbeContext
from upheld.language.law import load_law
from upheld.language.law.from_files import law_files
from upheld.language.notice import parse, render_html
from upheld.language.promises import compile_program
from upheld.records.keys import MasterKey
from upheld.records.ledger import begin
from upheld.records.own import EmbeddedServer, OwnDatabase

FIRM = Path(__file__).parents[2] / "examples" / "qualer"
CUSTOMERS = 60


def fill(platform: str, web: str) -> None:
    """Both stores, deterministic."""
    sys.path.insert(0, str(FIRM / "firm"))
    try:
        import fill as filler
    finally:
        sys.path.pop(0)
    filler.fill(platform, web, CUSTOMERS)


def sources() -> dict[str, str]:
    names = ("notice.md", "names.md", "contacts.yaml")
    return {name: (FIRM / name).read_text(encoding="utf-8") for name in names}


def context_of(own: OwnDatabase, pg: EmbeddedServer, platform: str, web: str) -> ProbeContext:
    """Program, estate and stores of the example; the clock stands, and the page is rendered from the file."""
    deployment = ("deployment.yaml", (FIRM / "deployment.yaml").read_text(encoding="utf-8"))
    program = compile_program(sources(), "notice.md", load_law(), deployment).program
    assert program is not None
    files = {f"estate/{p.name}": p.read_text(encoding="utf-8") for p in sorted((FIRM / "estate").glob("*.yaml"))}
    files = {name: text for name, text in files.items() if "upheld" not in name}
    estate, faults = read_estate(files)
    assert not faults
    master = MasterKey(bytes(range(32)))
    with own.connect() as connection:
        begin(connection, master, "ledger.example.test/qualer", larkspur.NOW)
    return ProbeContext(
        program, estate, {"platform": platform, "web": web}, open_store, own, master, load_law(), lambda: larkspur.NOW,
        lambda: pg, sources()["notice.md"], files, law_files(), visitor(FIRM), copied,
    )  # fmt: skip


def visitor(folder: Path) -> Callable[[str], str]:
    """The page as it is rendered from the folder's file at each visit."""
    return lambda _: render_html(parse((folder / "notice.md").read_text(encoding="utf-8"), "notice.md"))


@contextmanager
def copied() -> Iterator[tuple[Path, Callable[[str], str]]]:
    """A copy of the notice's folder, and visits to it."""
    with TemporaryDirectory() as name:
        for file, text in sources().items():
            (Path(name) / file).write_text(text, encoding="utf-8")
        yield Path(name), visitor(Path(name))
