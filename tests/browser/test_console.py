"""The console in a real browser: no finding of axe-core, nothing cut off, keyboard alone, no script needed, live progress where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyotp
import pytest

from tests.browser.test_every_page import ALL, AXE, COLOUR, CUT_OFF, MOVES
from tests.chromium import needed
from tests.console.conftest import PASSWORD, Consoled, consoled, desked, filled, listening, quick
from tests.desk.test_thin_path import letters, token_in
from upheld.duties.requests import Case

__all__ = ["consoled", "desked", "filled", "quick"]  # fixtures of desk and console

LOOKS = ((1280, "light"), (390, "light"), (390, "dark"))
IN_ONE_LOOK = (
    "new",
    "account",
    "staff",
    "nowhere",
    "incidents",
    "retention",
)  # their parts stand on the case, too, which is seen at every width and in both schemes


@dataclass(frozen=True)
class Shown:
    """Where the console answers, and a request that is planned and waits."""

    base: str
    case: Case


@pytest.fixture(scope="module")
def shown(consoled: Consoled) -> Iterator[Shown]:
    desked, desk = consoled.desked, consoled.desked.desk
    case = consoled.asks(
        "erasure",
        name="Ines Carvalho",
        channel="email",
        details={"name": "Ines Carvalho", "email": desked.email(7), "words": "Please."},
    )
    consoled.asks(name="Pieter Vos")
    consoled.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    consoled.work()
    with listening(consoled.application) as base:
        yield Shown(base, desk.case(case.number))


@pytest.fixture(scope="module")
def page(browser: Any, shown: Shown, consoled: Consoled) -> Iterator[Any]:
    """A page of a browser in which whoever leads is signed in."""
    context = browser.new_context()
    opened = context.new_page()
    enter(opened, shown.base, consoled.accounts["privacy-lead"].email)
    yield opened
    context.close()


def enter(page: Any, base: str, email: str) -> None:
    page.goto(f"{base}/console/desk")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/console/desk")


def paths(shown: Shown) -> tuple[str, ...]:
    return ("desk", f"desk/{shown.case.id}", "new", "account", "staff", "incidents")


@pytest.fixture(scope="module")
def axe() -> str:
    from pathlib import Path

    package = needed("axe_playwright_python")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def test_axe_finds_nothing_and_nothing_is_cut_off(page: Any, shown: Shown, axe: str) -> None:
    for path in paths(shown):
        page.goto(f"{shown.base}/console/{path}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.evaluate(axe)
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            assert page.evaluate(CUT_OFF) == [], (path, width)
            if path in IN_ONE_LOOK and (width, scheme) != LOOKS[1]:
                continue
            assert page.evaluate(AXE, [ALL if scheme == "light" else COLOUR, {}]) == [], (path, width, scheme)
    page.emulate_media(color_scheme="light")


def test_the_pages_of_a_sign_in_with_a_second_factor_have_no_finding_either(
    browser: Any, shown: Shown, consoled: Consoled, axe: str
) -> None:
    account, context = consoled.account("verifier"), browser.new_context(viewport={"width": 390, "height": 900})
    opened = context.new_page()

    def clean() -> None:
        opened.evaluate(axe)
        assert opened.evaluate(AXE, [ALL, {}]) == [], opened.url
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390, opened.url

    opened.goto(f"{shown.base}/console/sign-in")
    clean()
    enter(opened, shown.base, account.email)
    opened.goto(f"{shown.base}/console/account")
    opened.fill("#present-second", PASSWORD)
    opened.press("#present-second", "Enter")
    opened.wait_for_url("**/account/second")
    clean()
    totp = pyotp.TOTP(opened.locator("code.secret").inner_text().replace(" ", ""))
    opened.fill("#code", totp.at(consoled.desked.clock()))
    opened.press("#code", "Enter")
    opened.get_by_text("Recovery codes, shown this once").wait_for()
    context.clear_cookies()
    opened.goto(f"{shown.base}/console/desk")
    opened.fill("#email", account.email)
    opened.fill("#password", PASSWORD)
    opened.press("#password", "Enter")
    opened.wait_for_url("**/sign-in/code?**")
    clean()
    consoled.desked.clock.forward(minutes=2)
    opened.fill("#code", totp.at(consoled.desked.clock()))
    opened.press("#code", "Enter")
    opened.wait_for_url("**/console/desk")
    context.close()


def test_the_pages_meet_their_own_policy_and_load_nothing_from_elsewhere(page: Any, shown: Shown) -> None:
    said: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: asked.add(request.url.removeprefix(shown.base)[:8]))
    for path in (*paths(shown), "board", "estate", "ledger"):
        assert page.goto(f"{shown.base}/console/{path}").ok
    assert said == [] and asked <= {"/console"}


def test_nothing_moves_for_whoever_asked_for_less_motion(page: Any, shown: Shown) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{shown.base}/console/desk/{shown.case.id}")
    assert page.evaluate(MOVES) == []


def test_by_keyboard_and_without_scripts_a_plan_is_read_and_approved(browser: Any, shown: Shown, consoled: Consoled) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    enter(opened, shown.base, consoled.accounts["operator"].email)
    opened.focus(f".queue a[href$='{shown.case.id}']")
    opened.keyboard.press("Enter")
    opened.wait_for_url(f"**/{shown.case.id}")
    opened.focus("input[name=read]")
    opened.keyboard.press("Space")
    opened.keyboard.press("Tab")
    assert opened.locator(":focus").inner_text() == "Approve and erase"
    assert opened.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    with opened.expect_navigation():
        opened.keyboard.press("Enter")
    assert consoled.desked.desk.case(shown.case.number).state == "working"
    opened.get_by_text("done and read back. You may close this page.").wait_for()
    assert opened.get_by_text("Look again").is_visible()
    context.close()


def test_while_it_is_carried_out_the_page_says_so_by_itself(page: Any, shown: Shown, consoled: Consoled) -> None:
    assert consoled.desked.desk.case(shown.case.number).state == "working"
    with page.expect_response("**/live") as answered:
        page.goto(f"{shown.base}/console/desk/{shown.case.id}")
    assert answered.value.headers["content-type"].startswith("text/event-stream")
    page.get_by_text("done and read back. You may close this page.").wait_for()
    consoled.work()
    page.get_by_text("See the whole request.").wait_for(timeout=20_000)
    assert page.locator(".steps progress:not([value='1'])").count() == 0 < page.locator(".steps progress").count()
