"""What the notice covers is walked as a visitor walks it: what nobody registered is found, and nothing goes out that was not asked for."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.preloaded import ROOT, Preloaded
from upheld.duties.messages.letters.catalogue import LANGUAGES, compiled, placeholders
from upheld.faces.app.checking import check_folder
from upheld.faces.app.declared.reading import Declared
from upheld.faces.app.scope import FILE, Asking, Found, crawl, look, read_scope, standing_in
from upheld.faces.app.scope.finding import LINES
from upheld.faces.site.centre.words import Speech
from upheld.faces.site.pages import PACKAGE, Pages, leaving_page
from upheld.language.promises.model import Program

FIRM = ROOT / "examples" / "qualer"
HOME = "firm/pages/websites/index.html"
Change = Callable[[Path, dict], None]  # type: ignore[type-arg]


@pytest.fixture(scope="module")
def program() -> Program:
    found = check_folder(FIRM).program
    assert found is not None
    return found


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    shutil.copytree(FIRM / "firm" / "pages", tmp_path / "firm" / "pages")
    shutil.copyfile(FIRM / FILE, tmp_path / FILE)
    return tmp_path


def looked(program: Program, folder: Path) -> Found:
    return look(program, read_scope(program, (folder / FILE).read_text("utf-8")), folder)


def test_the_example_s_surfaces_are_walked_and_nothing_is_found(program: Program, firm: Path) -> None:
    found = looked(program, firm)
    assert found.findings == [] and sum(found.seen.values()) > 15
    assert found.health == {"gauge-bureau": "answers", "traceable-gauges": "answers"}
    assert {one["form"] for one in found.forms} == {"contact", "account"}


def forgotten(folder: Path, said: dict) -> None:  # type: ignore[type-arg]
    del said["surfaces"]["mailbox"]


def unlinked(folder: Path, said: dict) -> None:  # type: ignore[type-arg]
    edit(folder, lambda page: page.replace('href="/notice"', 'href="/imprint"'))


def edit(folder: Path, change: Callable[[str], str]) -> None:
    (folder / HOME).write_text(change((folder / HOME).read_text("utf-8")), encoding="utf-8")


def adding(text: str) -> Change:
    return lambda folder, _: edit(folder, lambda page: page.replace("</body>", f"{text}</body>"))


def moved(folder: Path, said: dict) -> None:  # type: ignore[type-arg]
    (folder / "firm/pages/elsewhere/gauge-bureau.example.test/privacy.html").unlink()


FAULTS: dict[str, tuple[str, Change]] = {
    "a covered surface that nobody registered": ("D501", forgotten),
    "a page without the notice's link": ("D502", unlinked),
    "a surface without pages": ("D503", lambda _, said: said["surfaces"]["platform"].pop("pages")),
    "an unregistered form": ("D504", adding('<form id="newsletter"><input name="email"></form>')),
    "an unregistered host": ("D504", adding('<img src="https://count.example.test/1.gif" alt="">')),
    "an unregistered address": ("D505", adding('<a href="https://nobody.example.test/">there</a>')),
    "an unregistered name of a leaving page": ("D505", adding('<a href="/leaving/nobody">there</a>')),
    "a link that does not say whose it is": ("D506", adding('<a href="https://gauge-bureau.example.test/">there</a>')),
    "an address that takes something along": (
        "D507",
        adding('<a rel="external" href="https://gauge-bureau.example.test/?who=ada">Gauge Bureau</a>'),
    ),
    "a statement that is gone": ("D508", moved),
    "more pages than the limit": ("D509", lambda _, said: said.update(limit=2)),
    "a surface left out that nobody marked": ("D510", lambda _, said: said["outside"].pop("social-media")),
    "a merchant who was not asked": ("D511", lambda _, said: said["links"]["traceable-gauges"].pop("asked-to-join")),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda name: name.replace(" ", "-"))
def test_each_fault_is_found_and_named_by_its_code(fault: str, program: Program, firm: Path) -> None:
    code, plant = FAULTS[fault]
    said = yaml.safe_load((firm / FILE).read_text("utf-8"))
    plant(firm, said)
    (firm / FILE).write_text(yaml.safe_dump(said), encoding="utf-8")
    found = looked(program, firm)
    assert {one.code for one in found.findings} == {code}
    assert "ada" not in json.dumps(found.as_json()), "what an address takes along is not written down"


def test_every_code_has_a_fault_that_shows_it() -> None:
    assert {code for code, _ in FAULTS.values()} == set(LINES)


WRONG = {
    "no list": "- surfaces",
    "an unknown key": "surface: {}",
    "a surface that the notice does not know": "surfaces: {moon: {kind: site, run-by: qualer}}",
    "another kind": "surfaces: {websites: {kind: page, run-by: qualer}}",
    "somebody unknown": "surfaces: {websites: {kind: site, run-by: nobody}}",
    "pages outside the folder": "surfaces: {websites: {kind: site, run-by: qualer, pages: ../pages}}",
    "an address with a query": "links: {bureau: {address: 'https://a.example.test/?q=1', owner: A, statement: 'https://a.example.test/'}}",
    "a link without an owner": "links: {bureau: {address: 'https://a.example.test/', statement: 'https://a.example.test/'}}",
    "no number": "limit: many",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=[name.replace(" ", "-") for name in WRONG])
def test_a_register_that_cannot_be_used_is_refused_by_name(text: str, program: Program) -> None:
    with pytest.raises(Declared) as refused:
        read_scope(program, text)
    assert refused.value.code == "N321" and FILE in refused.value.reason


@pytest.fixture
def noting() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A site of another whose pages lead everywhere, and what it was told by whoever asked."""
    told: list[dict[str, str]] = []

    class Noting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.append({"path": self.path, **dict(self.headers.items())})
            self.send_response(302 if self.path == "/moved" else 200)
            self.send_header("Location", "http://elsewhere.example.test/") if self.path == "/moved" else None
            self.send_header("Set-Cookie", "visitor=1")
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(
                b'<a href="/moved">m</a><a href="/a?x=1">a</a><a href="/a?x=2">a</a><a href="http://elsewhere.example.test/">e</a>'
            )

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", told
    server.shutdown()
    server.server_close()


def test_a_walk_stays_on_its_host_asks_each_page_once_and_gives_nothing_away(noting: tuple[str, list[dict[str, str]]]) -> None:
    address, told = noting
    walk = crawl(f"{address}/", Asking().get, 10)
    assert [one["path"] for one in told] == ["/", "/moved", "/a?x=1"] and not walk.cut
    assert all(not {"Cookie", "Referer", "Authorization", "From"} & set(one) for one in told)
    assert all(page.cookies == {"visitor"} for page in walk.pages)


def test_nobody_out_in_the_world_is_asked_unless_the_register_says_so() -> None:
    asking = Asking()
    assert not asking.may("https://www.example.test/") and asking.get("https://www.example.test/").status == 0
    assert Asking(world=True).may("https://www.example.test/") and asking.may("http://127.0.0.1:1/")
    assert asking.get("http://127.0.0.1:1/").status == 0, "nobody listens there"


def test_a_folder_of_pages_is_a_site_without_listings(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>Here</p>")
    with standing_in(tmp_path) as address:
        assert Asking().get(f"{address}/page.html").status == 200
        assert Asking().get(f"{address}/").status == 404


def test_the_command_says_the_same_for_people_and_for_machines(preloaded: Preloaded, firm: Path) -> None:
    shutil.copytree(FIRM, firm / "whole", ignore=shutil.ignore_patterns("estate"))
    whole = str(firm / "whole")
    well = preloaded.run("crawl", whole, "--no-own")
    assert well.code == 0 and "0 findings." in well.out
    edit(firm / "whole", lambda page: page.replace('href="/notice"', 'href="/imprint"'))
    ran = preloaded.run("crawl", whole, "--no-own", "--json")
    assert ran.code == 1
    assert [(one["code"], one["surface"], one["place"]) for one in json.loads(ran.out)["findings"]] == [
        ("D502", "websites", "/")
    ]


def test_before_a_link_is_followed_its_page_says_whose_it_is_and_where_its_statement_stands(program: Program) -> None:
    scope = read_scope(program, (FIRM / FILE).read_text("utf-8"))
    pages = Pages("Notice", "Qualer", None, None, None, scope=lambda: scope)  # type: ignore[arg-type]
    page = leaving_page(pages, "traceable-gauges") or ""
    link = scope.links["traceable-gauges"]
    assert "You are leaving Qualer" in page and link.owner in page
    assert f'href="{link.statement}"' in page and f'href="{link.address}"' in page
    assert leaving_page(pages, "nobody") is None
    everything = leaving_page(pages) or ""
    assert all(f"/leaving/{name}" in everything for name in scope.links) and "joined the efforts" in everything
    known = {language: compiled(PACKAGE, language) for language in LANGUAGES}
    for language, texts in known.items():
        assert {id: placeholders(text) for id, text in texts.items()} == {
            id: placeholders(text) for id, text in known["en"].items()
        }
        said = leaving_page(pages, "", Speech(language)) or ""
        assert f'lang="{language}"' in said and texts["leaving.all"] in said
    assert "Sie verlassen Qualer" in (leaving_page(pages, "traceable-gauges", Speech("de")) or "")
