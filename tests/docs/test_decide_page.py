"""The page about deciding: its examples run, and it knows every reason and every step there is."""

from __future__ import annotations

import doctest
from pathlib import Path

from upheld.language.promises.deciding.decide import SAYS
from upheld.language.promises.deciding.index import CAUSES, MUST_STATE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "decide.md"


def test_the_examples_of_the_page_about_deciding_run() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False)
    assert found.attempted >= 15
    assert not found.failed


def test_the_page_states_what_each_verb_must_say_and_which_event_it_causes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for verb, keys in MUST_STATE.items():
        assert verb in text
        said = text.split(f"{verb} `", 1)[1].split("`", 1)[0]
        assert set(said.split()) == set(keys), verb
    for events in CAUSES.values():
        assert all(f"`{event}`" in text for event in events)
    assert SAYS["permit-unknown"] in text
