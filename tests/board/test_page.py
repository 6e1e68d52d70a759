"""The board's page: complete, safe under a strict policy, readable without colour and without a script."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.board import larkspur
from upheld.faces.board.page import Served, render_board
from upheld.faces.board.probes.version_pages import in_order

VOID = {"meta", "link", "rect", "circle", "line", "path", "use", "br", "img", "hr", "input"}


class Tree(HTMLParser):
    """Collects tags and checks that what opens closes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, (self.open[-3:], tag, self.getpos())
        self.open.pop()


def read(html: str) -> Tree:
    tree = Tree()
    tree.feed(html)
    assert tree.open == []
    return tree


@pytest.fixture(scope="module")
def page() -> str:
    return render_board(larkspur.board(), larkspur.program())


def test_what_opens_closes_and_no_id_is_given_twice(page: str) -> None:
    ids = [a["id"] for _, a in read(page).tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    tags = read(page).tags
    ids = {a["id"] for _, a in tags if "id" in a}
    for _, attributes in tags:
        href = attributes.get("href") or ""
        if href.startswith("#"):
            assert href[1:] in ids, href


def test_nothing_is_fetched_nothing_runs_and_nothing_is_styled_inline(page: str) -> None:
    tags = read(page).tags
    assert not [t for t, _ in tags if t in ("script", "iframe", "object", "img", "link")]
    assert not [a for _, a in tags if "style" in a or any(k.startswith("on") for k in a)]
    assert "http://" not in page and "https://" not in page and "url(" not in page


def test_every_clause_stands_in_its_state_with_mark_and_word(page: str) -> None:
    for clause in larkspur.board().clauses:
        article = page.split(f'id="{clause.id}"', 1)[1].split("</article>", 1)[0]
        assert f'href="#m-{clause.state}"' in article
    assert page.count("<article") == len(larkspur.board().clauses)


def test_a_broken_clause_shows_its_finding_and_waves_its_failing_words(page: str) -> None:
    article = page.split('id="larkspur.tell.3"', 1)[1].split("</article>", 1)[0]
    assert '<em class="failing">card number</em>' in article
    assert "Three values that are card numbers" in article
    assert "notice.md, line 55" in article


def test_a_section_where_all_is_kept_is_folded_and_no_other(page: str) -> None:
    assert re.findall(r'<section class="part folded [^"]*" id="([^"]+)"', page) == ["s-who-we-are", "s-what-we-collect"]


def test_the_lead_carries_the_numbers(page: str) -> None:
    lead = re.sub(r"<[^>]+>", "", page.split('class="lead"', 1)[1].split("</p>", 1)[0])
    assert "Of 11 promises 3 are kept, 1 is attested by a named person, 3 are unproven, 1 is broken" in lead


def test_from_a_disk_every_proof_is_in_the_page(page: str) -> None:
    bound = [c for c in larkspur.board().clauses if c.state not in ("informs", "outside")]
    assert page.count('class="proof"') == len(bound)


def test_served_only_the_proof_that_was_asked_for_is_in_the_page() -> None:
    served = Served("/assets/board.css", opened="larkspur.collect.1")
    html = render_board(larkspur.board(), larkspur.program(), served=served)
    assert re.findall(r'id="proof-([^"]+)"', html) == ["larkspur.collect.1"]
    assert "<style" not in html
    read(html)


def test_an_unknown_address_opens_nothing() -> None:
    served = Served("/assets/board.css", opened="<b>nobody</b>", only="<i>")
    html = render_board(larkspur.board(), larkspur.program(), served=served)
    assert "<b>nobody" not in html and "<i>" not in html
    assert 'class="proof' not in html


def test_words_of_evidence_are_escaped() -> None:
    board = larkspur.board()
    bad = replace(board.clauses[2], margin="<script>alert(1)</script>")
    html = render_board(replace(board, clauses=(*board.clauses[:2], bad, *board.clauses[3:])), larkspur.program())
    assert "<script" not in html


def test_the_proof_tells_promise_controls_probe_entry_and_ninety_days_in_this_order(page: str) -> None:
    proof = page.split('id="proof-larkspur.keep.1"', 1)[1].split("</article>", 1)[0]
    heads = re.findall(r"<h3>([^<]+)</h3>", proof)
    assert heads == ["The promise", "The controls", "The last probe", "The ledger entry", "The last ninety days"]
    assert proof.count('y="') >= 90 and "may retain" in proof and "48,216" in proof


def test_the_proof_of_what_a_person_signed_names_the_signature_and_no_probe(page: str) -> None:
    proof = page.split('id="proof-larkspur.rights.2"', 1)[1].split("</article>", 1)[0]
    assert "Signed by Maeve Orr, privacy lead, on 2 October 2026; lapses on 2 October 2027." in proof
    assert "The signature is entry 40,112." in proof and 'href="#m-kept"' not in proof


def test_the_page_says_when_the_systems_were_looked_at_and_not_when_it_was_made(page: str) -> None:
    assert "Last compared with the running systems on Thursday, 19 November 2026, 08:31 UTC." in page
    nothing = replace(larkspur.board(), clauses=tuple(replace(c, evidence=()) for c in larkspur.board().clauses))
    assert "Not compared with the running systems yet." in render_board(nothing, larkspur.program())


def test_a_promise_is_shown_whole_and_a_defined_name_with_what_it_stands_for(page: str) -> None:
    assert "Says what <code>personal-data</code> is: email-address, invoice, name, purchase-history." in page
    assert " more</" not in page


def test_a_list_of_versions_is_read_by_whole_words() -> None:
    listed = "Version 2 of 31 July 2021. Version 1 of 1 July 2021."
    assert in_order(listed, "Version 2", "31 July 2021", "Version 1", "1 July 2021")
    assert not in_order("Version 2 of 31 July 2021. Version 1.", "Version 2", "1 July 2021")
    assert not in_order(listed, "Version 1", "1 July 2021", "Version 2")
