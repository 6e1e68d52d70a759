"""The centre in a real browser: a whole request without a script, and nothing that axe finds on any of its pages."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_every_page import ALL, AXE, COLOURLESS, CUT_OFF
from tests.centre.conftest import PLENTY, Centre
from tests.chromium import needed
from tests.desk.conftest import Desked
from upheld.faces.app.desk.standing import CENTRE, Links
from upheld.faces.server import Log, Tally, running_server
from upheld.faces.site import pages_of
from upheld.faces.site.centre import centre_part
from upheld.faces.site.routes import site_part

WIDTHS = (1280, 390)
SEND = "main form button.button:not(.second)"


@dataclass
class Looked:
    """A page in two browsers: `page` runs no script; `check` looks at the same address with axe, at both widths."""

    site: str
    page: Any
    seeing: Any
    axe: str

    def check(self, name: str, path: str = "") -> None:
        self.seeing.set_viewport_size({"width": WIDTHS[0], "height": 900})
        self.seeing.goto(self.site + path if path else self.page.url)
        self.seeing.evaluate(self.axe)
        for width in WIDTHS:
            self.seeing.set_viewport_size({"width": width, "height": 900})
            # No width changes a colour, and contrast is what costs most.
            assert self.seeing.evaluate(AXE, [ALL, {} if width == WIDTHS[0] else COLOURLESS]) == [], (name, width)
            assert self.seeing.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            assert self.seeing.evaluate(CUT_OFF) == [], (name, width)
        self.seeing.set_viewport_size({"width": 320, "height": 900})
        assert self.seeing.evaluate("document.documentElement.scrollWidth") <= 320, name

    def press(self, selector: str) -> None:
        with self.page.expect_navigation():
            self.page.click(selector)


@pytest.fixture(scope="module")
def looked(browser: Any, desked: Desked) -> Iterator[Looked]:
    package = needed("axe_playwright_python")
    axe = (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    desk, log = desked.desk, io.StringIO()
    pages = replace(pages_of(desk.app, desked.firm.folder), centre=CENTRE)
    parts = (site_part(pages), centre_part(desk, PLENTY))
    with running_server(desk.app, parts, Log(log), Tally()) as address:
        site, before = address.rstrip("/"), desk.links
        desk.links = Links(site)
        plain = browser.new_context(java_script_enabled=False, locale="en-GB")
        seeing = browser.new_context(locale="en-GB")
        yield Looked(site, plain.new_page(), seeing.new_page(), axe)
        plain.close()
        seeing.close()
        desk.links = before


def test_a_request_goes_its_whole_way_without_a_script_and_axe_finds_nothing_on_any_page(
    looked: Looked, centre: Centre
) -> None:
    page, desk = looked.page, centre.desked.desk
    page.goto(looked.site + "/notice")
    looked.press("nav a[href='/your-data']")
    looked.check("form")
    looked.check("form in German", "/your-data?lang=de&place=us-ca-ccpa&right=access")

    page.check("#right-access")
    page.check("#right-objection")
    assert page.is_visible(".with-objection") and not page.is_visible(".with-portability")
    page.uncheck("#right-objection")
    page.fill("#f-name", "Ada Example")
    page.fill("#f-email", "ada.example.test")
    page.check("#for-other")
    looked.press(SEND)
    assert page.is_visible("#errors") and page.input_value("#f-name") == "Ada Example"
    looked.seeing.set_content(page.content().replace("<head>", f'<head><base href="{looked.site}">'))
    looked.seeing.evaluate(looked.axe)
    assert looked.seeing.evaluate(AXE, [ALL, {}]) == []

    page.fill("#f-email", centre.desked.email(7))
    page.select_option("#f-country", "IE")
    looked.press(SEND)
    link = page.url.split("/request/")[1].split("?")[0]
    case = centre.case(link)
    centre.desked.work()
    page.reload()
    looked.check("request")

    page.set_input_files(
        "input[type=file]", {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 " + b"x" * 200_000}
    )
    looked.press(".paper button")
    assert page.is_visible("text=Files received so far: 1")

    looked.page.goto(f"{looked.site}/your-data/prove/{centre.letter(link, 'prove')}")
    looked.check("prove")
    looked.press("main button")
    assert page.is_visible("text=the address is yours")
    desk.see_paper(case.number, desk.papers(case.number)[0].serial, "staff:1")
    desk.accept_papers(case.number, frozenset({"authority"}), "staff:1")
    centre.desked.work()
    looked.check("answered", f"/your-data/request/{link}?lang=fr")

    page.goto(f"{looked.site}/your-data/file/{centre.letter(link, 'file')}?lang=es")
    looked.check("file")
    shown = page.inner_text("dd code")
    with page.expect_download() as fetched:
        page.click("main button")
    assert hashlib.sha256(Path(fetched.value.path()).read_bytes()).hexdigest() == shown
    looked.check("nothing", "/your-data/file/" + "x" * 43)


def test_the_form_is_filled_and_sent_by_keyboard_alone_and_keeps_its_policy(looked: Looked) -> None:
    page, said = looked.seeing, []
    page.on("console", lambda message: said.append(message.text))
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(forced_colors="active")
    page.goto(looked.site + "/your-data")
    page.focus("#right-answer-to-question")
    page.keyboard.press("Space")
    page.focus("#f-email")
    page.keyboard.type("ada@example.test")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/your-data/request/" in page.url and page.is_visible("text=We have your request")
    assert said == []
