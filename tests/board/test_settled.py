"""Sentences that cannot both be true word for word: the board shows the decision on each of them."""

from __future__ import annotations

import re
from html import unescape

from tests.board import larkspur
from tests.examples.firms import EXAMPLES, program_of
from upheld.faces.board import render_board
from upheld.faces.board.model import Board, ClauseState


def text_of(html: str, clause: str) -> str:
    article = html.split(f'<article class="clause is-unbound" id="{clause}"', 1)[1].split("</article>", 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", article)).split())


def test_both_clauses_of_each_resolution_show_it_with_the_reason_who_decided_and_when():
    for example in EXAMPLES:
        program = program_of(example)
        states = tuple(ClauseState(clause.id, "unbound") for notice in program.notices for clause in notice.clauses)
        html = render_board(Board(example, larkspur.NOW, states), program)
        assert program.resolutions
        for each in program.resolutions:
            for clause in each.clauses:
                shown = text_of(html, clause)
                assert each.because in shown and str(each.dated.year) in shown, (clause, each.because)
                assert all(f'href="#{other}"' in html for other in each.clauses if other != clause)


def test_a_clause_that_is_settled_alone_says_so():
    program = program_of("ims")
    states = tuple(ClauseState(clause.id, "unbound") for notice in program.notices for clause in notice.clauses)
    html = render_board(Board("ims", larkspur.NOW, states), program)
    assert "It can be read in two ways, and the stricter reading counts." in text_of(html, "ims.control.4")
    assert "this clause prevails" in text_of(html, "ims.use.5c") and "that clause prevails" in text_of(html, "ims.use.2b")
    assert "Not both word for word" not in text_of(html, "ims.collect.2")
