"""A recipient's person answers an order in the browser: by keyboard, without a script, on a wide and a narrow screen, with nothing for axe to find."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_every_page import ALL, AXE, CUT_OFF, MOVES
from tests.chromium import needed
from tests.recipients.conftest import _own_case  # noqa: F401
from tests.recipients.test_answering import Visited, visited  # noqa: F401


@pytest.fixture
def scriptless(browser: Any) -> Any:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_the_page_has_nothing_for_axe_and_nothing_cut_off(browser: Any, visited: Visited) -> None:  # noqa: F811
    axe = (Path(needed("axe_playwright_python").__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    _, _, token = visited.order()
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(f"http://{visited.place}/recipients/answer/{token}")
    page.evaluate(axe)
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(AXE, [ALL, {}]) == []
        assert page.evaluate(CUT_OFF) == [] and page.evaluate(MOVES) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert refused == []
    page.close()


def test_an_answer_goes_by_keyboard_without_a_script(scriptless: Any, visited: Visited) -> None:  # noqa: F811
    number, _, token = visited.order()
    scriptless.goto(f"http://{visited.place}/recipients/answer/{token}")
    scriptless.get_by_label("It is done.").focus()
    scriptless.keyboard.press("Space")
    scriptless.get_by_label("Anything that you want to add").fill("On Tuesday.")
    scriptless.get_by_role("button").focus()
    with scriptless.expect_navigation():
        scriptless.keyboard.press("Enter")
    assert "has its answer" in scriptless.inner_text("h1") and visited.state(number) == "done"
