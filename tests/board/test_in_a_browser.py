"""The page in a real browser: folds, proofs and filters by address alone; nothing overflows, nothing is refused by the policy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.board import larkspur
from tests.site.test_site import pages
from upheld.faces.board import render_board
from upheld.faces.site import running_site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium: a skipped browser test is red here")
        pytest.skip("no chromium on this machine")
    sync = pytest.importorskip("playwright.sync_api")
    with sync.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = Path(tmp_path_factory.mktemp("page")) / "board.html"
    path.write_text(render_board(larkspur.board(), larkspur.program()), encoding="utf-8")
    return path.as_uri()


def visible(page: Any, selector: str) -> int:
    return page.locator(selector).locator("visible=true").count()


@pytest.mark.parametrize("width", [320, 640, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways(browser: Any, file: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    for anchor in ("", "#proof-larkspur.tell.3", "#only-unproven"):
        page.goto(file + anchor)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_a_folded_section_opens_by_its_link_and_by_a_link_to_a_clause_in_it(browser: Any, file: str) -> None:
    page = browser.new_page()
    page.goto(file)
    assert visible(page, "[id='larkspur.collect.1']") == 0
    page.click("text=What we collect >> nth=-1")
    assert visible(page, "[id='larkspur.collect.1']") == 1
    page.goto(file + "#larkspur.who.2")
    assert visible(page, "[id='larkspur.who.2']") == 1
    page.close()


def test_one_proof_opens_by_its_link_and_closes(browser: Any, file: str) -> None:
    page = browser.new_page()
    page.goto(file)
    assert visible(page, ".proof") == 0
    page.click("[id='larkspur.keep.1'] a.state")
    assert visible(page, ".proof") == 1
    page.click("text=Close the proof >> visible=true")
    assert visible(page, ".proof") == 0
    page.close()


def test_the_tally_shows_one_state_alone(browser: Any, file: str) -> None:
    page = browser.new_page()
    page.goto(file)
    page.click(".tally .by-kept")
    assert visible(page, ".clause") == visible(page, ".clause.is-kept") == 3
    page.click(".tally .all")
    assert visible(page, ".clause.is-broken") == 1
    page.close()


def test_on_paper_nothing_is_folded(browser: Any, file: str) -> None:
    page = browser.new_page()
    page.goto(file)
    page.emulate_media(media="print")
    assert visible(page, ".clause") == len(larkspur.board().clauses)
    page.close()


def test_the_served_pages_meet_their_own_policy(browser: Any) -> None:
    with running_site(pages()) as base:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for path in ("", "?open=larkspur.collect.1", "?state=broken", "notice", "ledger"):
            assert page.goto(base + path).ok
        assert said == []
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "15px"
        page.close()
