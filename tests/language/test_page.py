"""The published page is the file without its blocks; findings read the same everywhere."""

from __future__ import annotations

import re

import pytest

from tests.notices import pages
from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import format_diagnostics, parse, render_html
from upheld.language.promises.explain import sentence

GOOD = [pages.read(path) for path in pages.pages("good")]


@pytest.mark.parametrize("page", GOOD, ids=lambda page: page.path.stem)
def test_the_page_holds_every_clause_with_its_id_and_no_block(page):
    notice = parse(page.sources[pages.MAIN], pages.MAIN)
    html = render_html(notice)
    assert "promise" not in re.sub(r"<[^>]+>", "", html) and "{#" not in html and "notice: harbour" not in html
    for clause in notice.clauses:
        assert html.count(f'id="{clause.id}"') == 1
        assert clause.html in html or " · " in clause.html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert html.count("<section") == html.count("</section>")


def test_raw_html_and_unsafe_links_are_text():
    html = render_html(parse("<script>alert(1)</script> [x](javascript:alert(1)) <b>y</b> {#a.1}", "n.md"))
    assert "<script" not in html and "<b>" not in html and "href" not in html


def test_headings_of_the_same_words_get_sections_of_their_own():
    html = render_html(parse("# One\n\n## Two\n\n## Two\n\n# <b>\n", "n.md"))
    assert re.findall(r'<section id="([^"]+)">', html) == ["part-one", "part-two", "part-two-again", "part-b"]


def test_the_prose_of_a_clause_changes_the_digest_and_its_block_alone_does_too():
    page = next(page for page in GOOD if page.path.stem == "doors")
    text = page.sources[pages.MAIN]
    changed = [
        text.replace("Repairs need", "Mending needs"),
        text.replace("and needs: [order]", "and needs: [order, reason]"),
        text,
    ]
    digests = set()
    for each in changed:
        compiled = pages.Page(page.path, {**page.sources, pages.MAIN: each}).compiled()
        assert compiled.program is not None
        digests.add(compiled.program.digest)
    assert len(digests) == 3


@pytest.mark.parametrize("page", GOOD, ids=lambda page: page.path.stem)
def test_every_promise_can_be_said_in_a_sentence(page):
    compiled = page.compiled()
    assert compiled.program is not None
    for promise in compiled.program.promises:
        text = sentence(promise)
        assert text.startswith(f"We {promise.modality} ") and text.endswith(".") and "None" not in text


def test_a_finding_reads_in_four_lines():
    one = Diagnostic("n.md", 3, "P201", "error", "name is not defined", "`emial` is no data.", "Define it.", "a.b.1", "email")
    assert format_diagnostics([one]) == (
        "P201  name is not defined\n      n.md:3, clause a.b.1\n      `emial` is no data.\n      Did you mean `email`? Define it."
    )
