"""A notice as it is published: pages for people that need nothing but a reader, all versions, forms for machines, and a folder that is whole or not there."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.preloaded import ROOT, Preloaded, Ran
from upheld.language.law import load_law
from upheld.language.law.lookup import authorities
from upheld.language.promises import from_json
from upheld.language.promises.model import Program
from upheld.records.own import EmbeddedServer

EXAMPLES = sorted(each.parent for each in ROOT.glob("examples/*/notice.md"))


Run = Callable[..., Ran]
Install = Callable[[], AbstractContextManager[Run]]


@pytest.fixture(scope="module")
def install(pg: EmbeddedServer, own_template: str, preloaded: Preloaded, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Makes an installation without a store; what it gives runs commands in it."""

    @contextmanager
    def made() -> Iterator[Run]:
        name = f"own_{uuid.uuid4().hex[:12]}"
        pg.create_database(name, "upheld_owner", own_template)
        pg.grant_connect(name, "upheld_app")
        given = {"UPHELD_DATABASE_URL": pg.url(name, "upheld_app"), "UPHELD_OWNER_DATABASE_URL": pg.url(name)}
        data = str(tmp_path_factory.mktemp("data"))
        try:
            yield lambda *words: preloaded.run(*words, environment={**given, "UPHELD_DATA": data, "HOME": data})
        finally:
            pg.drop_database(name)

    return made


class Read(HTMLParser):
    """What a page links to, the anchors that it has, and its scripts, inline styles and handlers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.active: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [str(given[key]) for key in ("href", "src") if given.get(key)]
        self.ids += [str(given["id"])] if given.get("id") else []
        self.active += (
            [tag] if tag in ("script", "style", "iframe") else [key for key in given if key.startswith("on") or key == "style"]
        )


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda each: each.name)
def published(request: pytest.FixtureRequest, install: Install, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of pages of one example notice, published once."""
    with install() as run:
        to = tmp_path_factory.mktemp("published") / "out"
        ran = run("publish", str(request.param), "--to", str(to), "--board", "https://firm.example.test/")
        assert ran.code == 0, ran.err + ran.out
        yield to


@cache
def pages_in(folder: Path) -> dict[str, Read]:
    return {each.relative_to(folder).as_posix(): Read(each.read_text("utf-8")) for each in sorted(folder.rglob("*.html"))}


def test_every_link_of_the_pages_leads_to_a_file_of_the_folder_and_an_anchor_that_is_there(published: Path) -> None:
    pages = pages_in(published)
    assert {"index.html", "versions/index.html", "versions/1/index.html"} <= set(pages)
    inside = 0
    anchors = {name: set(page.ids) for name, page in pages.items()}
    for name, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (published / name).parent / path if path else published / name
            assert target.resolve().is_file(), (name, link)
            if anchor:
                assert anchor in anchors[target.resolve().relative_to(published.resolve()).as_posix()], (name, link)
                inside += 1
    assert inside > 60


def test_every_clause_stands_on_the_page_under_its_own_id_with_a_link_to_its_proof(published: Path) -> None:
    program: Program = from_json((published / "notice.json").read_bytes())
    page = pages_in(published)["index.html"]
    clauses = [clause for notice in program.notices for clause in notice.clauses]
    assert set(page.ids) >= {clause.id for clause in clauses}
    assert len(page.ids) == len(set(page.ids)), "an id stands once"
    assert {f"https://firm.example.test/?open={clause.id}#{clause.id}" for clause in clauses} <= set(page.links)
    text = (published / "index.html").read_text("utf-8")
    assert f'<time datetime="{program.notices[0].updated.isoformat()}">' in text.partition('<div class="layers">')[0], (
        "the date is at the head"
    )


def test_the_pages_run_nothing_and_ask_no_other_host_for_anything(published: Path) -> None:
    for name, page in pages_in(published).items():
        assert page.active == [], name
        fetched = re.findall(r'<(?:link|img|script|source)[^>]+(?:href|src)="([^"]+)"', (published / name).read_text("utf-8"))
        assert fetched and not [each for each in fetched if re.match(r"[a-z]+:|//", each)], name
    assert "url(" not in (published / "assets/board.css").read_text("utf-8")


def test_rights_stand_law_by_law_and_each_row_names_its_sentences(published: Path) -> None:
    program = from_json((published / "notice.json").read_bytes())
    text = (published / "index.html").read_text("utf-8")
    if not any(promise.verb == "grant" for promise in program.promises):
        return
    regimes = [name.id for notice in program.notices for name in notice.regimes]
    assert [each for each in regimes if f'id="at-rights-{each}"' in text] == regimes
    rows = re.findall(r'<tr role="row"><th scope="row".*?</tr>', text, re.DOTALL)
    of_promises = [row for row in rows if 'data-h="Said in"' in row]
    assert len(of_promises) > 20 and all('href="#' in row for row in of_promises)
    assert {'id="at-parties"', 'id="at-surfaces"', 'id="at-purposes"'} <= set(re.findall(r'id="at-[a-z]+"', text))


def test_whom_to_complain_to_stands_under_the_rights_of_each_law(published: Path) -> None:
    program = from_json((published / "notice.json").read_bytes())
    text = (published / "index.html").read_text("utf-8")
    regimes = [load_law().regimes[name.id] for notice in program.notices for name in notice.regimes]
    named = [
        escape(one.name, quote=False)
        for regime in regimes
        for one in authorities(regime)
        if f'id="at-rights-{regime.id}"' in text
    ]
    assert [name for name in named if name not in text] == []


def test_the_machine_forms_and_the_list_of_versions_are_beside_the_page(published: Path) -> None:
    listed = json.loads((published / "versions/index.json").read_text("utf-8"))
    assert [each["number"] for each in listed] == [1] and len(listed[0]["digest"]) == 64
    linked = json.loads((published / "notice.jsonld").read_text("utf-8"))
    assert linked["@graph"][0]["@type"] == "dpv:PrivacyNotice"
    signal = published / ".well-known/gpc.json"
    heeded = '"gpc"' in (published / "notice.json").read_text("utf-8") or "channel:gpc" in (
        published / "notice.json"
    ).read_text("utf-8")
    assert not signal.exists() or (heeded and json.loads(signal.read_text())["gpc"] is True)


def test_a_second_version_keeps_the_first_and_shows_what_changed(install: Install, tmp_path: Path) -> None:
    folder = tmp_path / "firm"
    shutil.copytree(ROOT / "examples" / "qualer", folder, ignore=shutil.ignore_patterns("firm", "estate", "__pycache__"))
    notice = folder / "notice.md"
    with install() as run:
        to = tmp_path / "out"
        assert run("publish", str(folder), "--to", str(to)).code == 0
        first = (to / "versions/1/index.html").read_text("utf-8")
        text = notice.read_text("utf-8").replace("question-target: 10 working days", "question-target: 5 working days")
        notice.write_text(text, "utf-8")
        same_day = run("publish", str(folder), "--to", str(to), "--because", "We answer sooner.", "--json")
        assert same_day.code == 1 and [each["code"] for each in same_day.document["diagnostics"]] == ["N310"]
        assert (to / "versions/1/index.html").read_text("utf-8") == first, "a refused publication changes no page"
        notice.write_text(text.replace("2020-01-23", "2020-03-02").replace("23 January 2020", "2 March 2020"), "utf-8")
        second = run("publish", str(folder), "--to", str(to), "--because", "We answer sooner.")
        assert second.code == 0, second.err + second.out
        pages = pages_in(to)
        assert {"changes/index.html", "versions/1/index.html", "versions/2/index.html"} <= set(pages)
        assert "It no longer stands" in (to / "versions/1/index.html").read_text("utf-8")
        assert "2 March 2020" in (to / "index.html").read_text("utf-8")
        assert "5 working days" in (to / "changes/index.html").read_text("utf-8")
        assert "10 working days" in (to / "changes/index.html").read_text("utf-8")
        again = run("publish", str(folder), "--to", str(to), "--json")
        assert again.code == 0 and again.document["version"] == 2 and again.document["fresh"] is False


def test_a_folder_that_holds_something_else_is_left_alone(install: Install, tmp_path: Path) -> None:
    to = tmp_path / "photographs"
    to.mkdir()
    (to / "wedding.jpg").write_bytes(b"not ours")
    with install() as run:
        refused = run("publish", str(ROOT / "examples" / "qualer"), "--to", str(to))
        assert refused.code == 2 and "X602" in refused.err
        assert [each.name for each in to.iterdir()] == ["wedding.jpg"]
        # Nothing was put on record either: the first version is still to come.
        again = run("publish", str(ROOT / "examples" / "qualer"), "--to", str(tmp_path / "out"), "--json")
        assert again.code == 0 and again.document["fresh"] and (tmp_path / "out" / "index.html").is_file()
