"""The board in a real browser, without scripts: folds, proofs and filters by address alone, by hand and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.board import larkspur
from tests.browser.conftest import Firm, follow, visible
from upheld.faces.board.model import STATES

MORE_STOPS_THAN_A_PAGE_HAS = 300


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a browser that runs no script: whatever works here works for everybody."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_a_folded_section_opens_by_its_link_and_by_a_link_to_a_clause_in_it(page: Any, seven: str) -> None:
    page.goto(seven)
    assert visible(page, "[id='larkspur.collect.1']") == 0
    follow(page, ".part h2 >> text=What we collect")
    assert visible(page, "[id='larkspur.collect.1']") == 1
    page.goto(seven + "#larkspur.who.2")
    assert visible(page, "[id='larkspur.who.2']") == 1


def test_one_proof_opens_by_its_link_and_closes(page: Any, seven: str) -> None:
    page.goto(seven)
    assert visible(page, ".proof") == 0
    follow(page, "[id='larkspur.keep.1'] a.state")
    assert visible(page, ".proof") == 1
    follow(page, "text=Close the proof >> visible=true")
    assert visible(page, ".proof") == 0


def test_the_tally_shows_one_state_alone(page: Any, seven: str) -> None:
    for state, clauses in _by_state().items():
        page.goto(seven)
        follow(page, f".tally .by-{state}")
        assert visible(page, ".clause") == visible(page, f".clause.is-{state}") == clauses
    follow(page, ".tally .all")
    assert visible(page, ".clause.is-broken") == 1


def test_served_the_tally_and_a_proof_open_by_their_links_too(page: Any, seven_served: str) -> None:
    for state, clauses in _by_state().items():
        page.goto(seven_served)
        follow(page, f".tally .by-{state}")
        assert visible(page, ".clause") == visible(page, f".clause.is-{state}") == clauses
    page.goto(seven_served)
    follow(page, "[id='larkspur.keep.1'] a.state")
    assert visible(page, ".proof") == 1
    follow(page, "text=Close the proof")
    assert visible(page, ".proof") == 0


def test_a_stroke_of_the_strip_leads_to_its_section(page: Any, seven: str) -> None:
    page.goto(seven)
    follow(page, ".strip a >> nth=0")
    assert visible(page, "[id='larkspur.who.2']") == 1


def test_the_keyboard_reaches_and_opens_every_proof(page: Any, seven: str) -> None:
    page.goto(seven)
    opened = set()
    for _ in range(MORE_STOPS_THAN_A_PAGE_HAS):
        page.keyboard.press("Tab")
        stop = page.locator(":focus")
        if not stop.count():
            break
        assert stop.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        where = stop.get_attribute("href") or ""
        heading = stop.locator("xpath=ancestor::h2").count() and not page.url.endswith(where)
        if where.startswith("#proof-") or heading:
            with page.expect_navigation():
                page.keyboard.press("Enter")
        if where.startswith("#proof-"):
            assert visible(page, f"[id='{where[1:]}']") == 1
            opened.add(where.removeprefix("#proof-"))
    assert opened == {c.id for c in larkspur.board().clauses if c.state not in ("informs", "outside")}


def test_on_paper_every_clause_and_every_finding_stands(page: Any, seven: str) -> None:
    page.goto(seven)
    page.emulate_media(media="print")
    assert visible(page, ".clause") == len(larkspur.board().clauses)
    assert visible(page, ".finding") == sum(1 for c in larkspur.board().clauses if c.finding is not None)


def test_the_seven_states_differ_in_more_than_hue_also_in_forced_colours(browser: Any, seven: str) -> None:
    for scheme in ("light", "dark"):
        page = browser.new_page(forced_colors="active", color_scheme=scheme)
        page.goto(seven)
        signs = {state: page.evaluate(SIGNS, state) for state in STATES}
        assert len({(s["bar"], s["style"], s["weight"], s["size"], s["brackets"]) for s in signs.values()}) >= len(STATES) - 1
        assert len({s["mark"] for s in signs.values()}) == len(STATES)
        assert len({s["word"] for s in signs.values()}) == len(STATES)
        for state, sign in signs.items():
            assert all(_contrast(ink, sign["ground"]) >= 3 for ink in sign["inks"]), (scheme, state, sign)
        page.close()


# The bar, the set of the text, the mark and the word of the first clause in a state, with the colours they stand in.
SIGNS = """state => {
    const clause = document.querySelector(`.clause.is-${state}`), text = clause.querySelector('.text');
    const bar = getComputedStyle(text, '::before'), words = getComputedStyle(text.firstElementChild);
    const mark = clause.querySelector('.mark'), drawn = bar.borderLeftColor !== 'rgba(0, 0, 0, 0)';
    return {
        bar: drawn ? bar.borderLeftStyle + bar.borderLeftWidth : 'none', style: words.fontStyle, weight: words.fontWeight, size: words.fontSize,
        brackets: getComputedStyle(text.firstElementChild, '::before').content, mark: mark.firstElementChild.getAttribute('href'),
        word: clause.querySelector('.margin .state span').textContent, ground: getComputedStyle(document.body).backgroundColor,
        inks: [getComputedStyle(mark).color, ...(drawn ? [bar.borderLeftColor] : [])],
    };
}"""


def _contrast(first: str, second: str) -> float:
    """WCAG's ratio of two colours as a browser writes them."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _by_state() -> dict[str, int]:
    return {state: n for state, n in larkspur.board().totals().items() if n}


def test_the_whole_board_of_the_example_opens_a_proof_and_prints_all_its_clauses(page: Any, firm: Firm) -> None:
    page.goto(firm.site)
    clauses = page.locator(".clause").count()
    assert clauses > 100
    follow(page, ".clause .state[href] >> visible=true >> nth=3")
    assert visible(page, ".proof") == 1
    page.emulate_media(media="print")
    assert visible(page, ".clause") == clauses
