"""The reference names every word of the file, and its example reads and checks clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upheld.engine.estate.check import check_estate
from upheld.engine.estate.forms import FORMS
from upheld.engine.estate.from_yaml import ENGINES, ERASURES, KINDS, STORE_WORDS, TABLE_WORDS, read_estate
from upheld.engine.estate.tables_from_yaml import ACCESS, FREE_TEXT, LINK_WORDS, ROLE_WORDS, SHARED_ERASURE
from upheld.language.terms.names import builtin

PAGE = (Path(__file__).parents[2] / "docs" / "estate.md").read_text()
EXAMPLE = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_example_reads_and_checks_clean():
    estate, findings = read_estate({"estate/shop.yaml": EXAMPLE})
    assert findings == ()
    assert check_estate(estate, None, builtin()["data"], {"northwall-hosting"}) == ()


def test_the_usual_categories_are_leaves_that_everybody_knows():
    table = PAGE.split("### Which category", 1)[1].split("Beside any", 1)[0]
    named = set(re.findall(r"`([a-z-]+)`", table.split("|---|---|", 1)[1]))
    assert len(named) >= 30 and named <= builtin()["data"], named - builtin()["data"]


WORDS = {
    *STORE_WORDS,
    *TABLE_WORDS,
    *ROLE_WORDS,
    *LINK_WORDS,
    *ENGINES,
    *KINDS,
    *ERASURES,
    *FREE_TEXT,
    *ACCESS,
    *SHARED_ERASURE,
    *FORMS,
}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_is_in_the_reference(word):
    assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", PAGE)


@pytest.mark.parametrize("word", sorted({*STORE_WORDS, *TABLE_WORDS, *ROLE_WORDS, *LINK_WORDS}))
def test_every_entry_is_in_the_example_and_misspelling_it_is_found(word):
    assert re.search(rf"(?m)(^ *|[{{ ]){word}:", EXAMPLE), word
    broken = re.sub(rf"(?m)(^ *|[{{ ]){word}:", rf"\g<1>{word}x:", EXAMPLE, count=1)
    estate, findings = read_estate({"estate/shop.yaml": broken})
    assert [*findings, *check_estate(estate)], f"`{word}` has no effect"
