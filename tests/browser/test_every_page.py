"""What holds for each page: no finding of axe-core, nothing cut off at any width, nothing that moves, nothing refused by the policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Firm, follow
from tests.chromium import needed

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 640, 320)
SCHEMES = ("light", "dark")
PAPER_PX = 658  # A4 less the margins of the style, at 96 dots an inch
LOOKS = tuple((width, scheme) for width in WIDTHS for scheme in SCHEMES)
# A board of 126 clauses costs axe seconds; what differs by look is seen on the small board, which has all seven states.
ONE_LOOK = {"board": (1280, "light"), "board:file": (640, "light"), "board:proof": (320, "dark"), "board:state": (1280, "dark")}
SMALL = ("seven", "seven:proof", "seven-served", "seven-served:proof", "seven-served:state", "seven-served:notice")
REAL = ("notice", "estate", "ledger", "nowhere", "package")
LARGE = tuple(ONE_LOOK)
ALL = {"type": "tag", "values": TAGS}
# The rule that costs most, where the same is seen on "board" and "board:proof", or in this look on the small notice.
COLOURLESS = {"color-contrast": {"enabled": False}}
COLOURED = {"notice": ((1280, "light"), (320, "dark"))}
COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
AXE = """([only, rules]) => axe.run({runOnly: only, rules, resultTypes: ['violations']})
    .then(found => found.violations.map(one => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 300), one.nodes[0].failureSummary]))"""
# What is cut off or scrolls sideways without being a region that says so.
CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(e => {
    const style = getComputedStyle(e);
    return e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll', 'hidden'].includes(style.overflowX) && style.clipPath === 'none'
        && e.clientWidth && !(e.tabIndex === 0 && e.getAttribute('aria-label'));
}).map(e => e.outerHTML.slice(0, 200))"""
MOVES = """() => [...document.querySelectorAll('body *')].filter(e => {
    const style = getComputedStyle(e);
    return style.animationName !== 'none' || style.transitionDuration.split(',').some(each => parseFloat(each) > 0);
}).map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def addresses(firm: Firm, seven: str, seven_served: str) -> dict[str, str]:
    return {
        "seven": seven,
        "seven:proof": seven + "#proof-larkspur.tell.3",
        "seven-served": seven_served,
        "seven-served:proof": seven_served + "?open=larkspur.keep.1",
        "seven-served:state": seven_served + "?state=unproven",
        "seven-served:notice": seven_served + "notice",
        "board": firm.site,
        "board:file": firm.board,
        "board:proof": firm.site + "?open=qualer.collect.3",
        "board:state": firm.site + "?state=unbound",
        "notice": firm.site + "notice",
        "estate": firm.site + "estate",
        "ledger": firm.site + "ledger",
        "nowhere": firm.site + "nowhere",
        "package": firm.package,
    }


@pytest.fixture(scope="module")
def axe() -> str:
    package = needed("axe_playwright_python")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.mark.parametrize("name", [*SMALL, *REAL, *LARGE])
def test_axe_finds_nothing(page: Any, addresses: dict[str, str], axe: str, name: str) -> None:
    page.goto(addresses[name])
    page.evaluate(axe)
    for width, scheme in (ONE_LOOK[name],) if name in LARGE else LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        # A scheme changes colours and nothing else.
        only = ALL if scheme == "light" or name in LARGE else COLOUR
        if only is COLOUR and (width, scheme) not in COLOURED.get(name, LOOKS):
            continue
        bare = name in ("board:file", "board:state") or (width, scheme) not in COLOURED.get(name, LOOKS)
        assert page.evaluate(AXE, [only, COLOURLESS if bare else {}]) == [], (
            name,
            width,
            scheme,
        )


@pytest.mark.parametrize("name", [*SMALL, *REAL, *LARGE])
def test_nothing_scrolls_sideways_but_what_says_so(page: Any, addresses: dict[str, str], name: str) -> None:
    page.goto(addresses[name])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert page.evaluate(CUT_OFF) == [], (name, width)


@pytest.mark.parametrize("name", ["seven", "board", "notice", "estate", "ledger", "package"])
def test_on_paper_nothing_is_cut_off(page: Any, addresses: dict[str, str], name: str) -> None:
    page.goto(addresses[name])
    page.set_viewport_size({"width": PAPER_PX, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER_PX
    beyond = "e => [...e].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 200))"
    assert page.locator("main *:visible").evaluate_all(beyond) == []
    page.emulate_media(media="screen")


@pytest.mark.parametrize("name", [*SMALL, *REAL, "board"])
def test_nothing_moves_for_whoever_asked_for_less_motion(page: Any, addresses: dict[str, str], name: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(addresses[name])
    assert page.evaluate(MOVES) == []


def test_the_served_pages_meet_their_own_policy(browser: Any, addresses: dict[str, str]) -> None:
    opened = browser.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    for name in (
        "seven-served",
        "seven-served:proof",
        "board",
        "board:proof",
        "board:state",
        "notice",
        "estate",
        "ledger",
        "package",
    ):
        answer = opened.goto(addresses[name])
        assert answer.ok or addresses[name].startswith("file:")
    assert said == []
    assert opened.evaluate("getComputedStyle(document.body).fontFamily") != "serif"
    opened.close()


def test_the_map_leads_to_a_table_and_shows_its_columns(browser: Any, addresses: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(addresses["estate"])
    follow(opened, ".map a[href='#platform.customers'] text")
    assert opened.locator("[id='platform.customers']").locator("text=birth_date").first.is_visible()
    context.close()
