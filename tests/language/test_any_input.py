"""Any text at all gives findings or a program: never an exception, never a hang."""

from __future__ import annotations

import os
import random
import time
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notices import pages
from upheld.language.law import load_law
from upheld.language.notice import format_diagnostics, parse, render_html
from upheld.language.promises import Supplied, check_against_estate, compile_program, from_json, to_json
from upheld.language.terms import KEYS, KINDS, VERBS

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
CASES = settings(max_examples=5_000 if LONG else 60, deadline=None)
SLOWEST_SECONDS = 5.0
NOTICES = [pages.read(path) for path in chain(pages.pages("good"), pages.pages("bad"))]
NAMES = [
    "name",
    "email",
    "customer",
    "account-active",
    "received",
    "marketing",
    "subject",
    "consent",
    "keep.1",
    "NO",
    "law",
    "none",
]
WORDS = [
    *KEYS,
    *KINDS,
    *VERBS,
    *NAMES,
    "may",
    "will",
    "never",
    "unless",
    "and",
    "define",
    "is",
    "resolve",
    "---",
    "```promise",
    "```",
    "{#a.1}",
    "{#a.1 .informs}",
    "30 days",
    "1 month after received",
    "latest of created, disclosed",
    "|",
    "|---|",
    "[",
    "]",
    "{",
    "}",
    ":",
    ": ",
    "\n",
    "\n\n",
    "\n- ",
    "\n  ",
    "# ",
    "&a ",
    "*a",
    "!!str ",
    "'",
    '"',
    "\t",
    "\0",
    "\ud800",
    "‮",
    "notice: a\n",
    "%",
    "> ",
    "<b>",
]
soup = st.lists(st.sampled_from(WORDS), max_size=80).map(" ".join)
any_text = st.one_of(st.text(max_size=400), soup, st.text(alphabet=st.characters(codec=None), max_size=200))


def survives(sources: dict[str, str], deployment: tuple[str, str] | None = None) -> None:
    started = time.process_time()
    compiled = compile_program(sources, pages.MAIN, load_law(), deployment, sources)
    assert compiled.program is not None or any(one.severity == "error" for one in compiled.diagnostics)
    format_diagnostics(compiled.diagnostics).encode()
    places = [(one.file, one.line) for one in compiled.diagnostics]
    assert places == sorted(places)
    if compiled.draft is not None:
        assert from_json(to_json(compiled.draft)) == compiled.draft
        check_against_estate(compiled.draft, Supplied(frozenset({"name"}), frozenset({"created"})))
    render_html(parse(sources[pages.MAIN], pages.MAIN)).encode()
    # Of the processor, not of the clock: what else the machine does is no fault of the text. A hang ends by pytest's timeout.
    assert time.process_time() - started < SLOWEST_SECONDS


@CASES
@given(any_text, any_text)
def test_random_text_gives_findings_or_a_program(text, deployment):
    survives({pages.MAIN: text}, ("deployment.yaml", deployment))


@CASES
@given(soup)
def test_random_words_in_a_block_give_findings_or_a_program(block):
    head = "---\nnotice: a\nlanguage: en\nupdated: 2026-01-01\neffective: 2026-01-01\ncontroller: b\nregimes: [eu-gdpr]\n---\n\nA. {#a.1}\n\n"
    survives({pages.MAIN: f"{head}```promise\n{block}\n```\n"})


@CASES
@given(st.sampled_from(NOTICES), st.randoms(use_true_random=False), st.integers(1, 12))
def test_mutated_notices_give_findings_or_a_program(page, dice, changes):
    sources = dict(page.sources)
    for _ in range(changes):
        name = dice.choice(sorted(sources))
        sources[name] = mutated(sources[name], dice)
    survives(sources, page.deployment)


def mutated(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    match dice.randrange(8):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, dice.choice(lines))
        case 2:
            lines[at] = lines[at].replace(dice.choice(lines[at] or "x"), dice.choice(WORDS), 1)
        case 3:
            lines.insert(at, dice.choice(WORDS))
        case 4:
            lines[at] = " " * dice.randrange(5) + lines[at]
        case 5:
            other = dice.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 6:
            words = lines[at].split(" ")
            words[dice.randrange(len(words))] = dice.choice(WORDS)
            lines[at] = " ".join(words)
        case 7:
            lines = lines[:at]
    return "\n".join(lines)


HUGE = {
    "brackets": "```promise\nmay retain: " + "[" * 50_000 + "\n```",
    "block sequences": "A. {#a}\n\n```promise\n" + "- " * 50_000 + "\n```",
    "prose brackets": "[" * 9_900,
    "prose stars": "*a **a " * 1_400,
    "quotations": "> " * 3_000 + "a",
    "lists": "\n".join(f"{'  ' * depth}- a {{#a{depth}}}" for depth in range(200)),
    "front matter": "---\n" + "a: {" * 10_000 + "\n---\n",
    "long paragraph": "a " * 200_000,
    "long line of names": "A. {#a}\n\n```promise\nmay retain: ["
    + "name, " * 20_000
    + "name]\nuntil: at once\nthen: erase\n```",
    "long moment": "A. {#a}\n\n```promise\nmay retain: name\nuntil: " + "1 day after " * 5_000 + "received\nthen: erase\n```",
    "many blocks": "A. {#a}\n\n"
    + "```promise\nnever use: personal-data\nfor: marketing\n---\nmay use: personal-data\nfor: [marketing, advertising]\n```\n\n"
    * 150,
    "long chain of groups": "A. {#a}\n\n```promise\n"
    + "\n---\n".join(f"define: d{n}\nis: data\nholds: [d{n + 1}]" for n in range(600))
    + "\n```",
    "many promises": "A. {#a}\n\n"
    + "```promise\n"
    + "\n---\n".join(f"never use: name\nunless for: p{n}\n---\nmay use: name\nfor: p{n}" for n in range(10_000))
    + "\n```",
    "braces": "a " + "{" * 10_000 + "}" * 5_000,
    "braces in paragraphs": "a {#a" + " .a" * 5_000 + "\n\n" * 10,
    "empty": "",
    "only dashes": "---\n" * 5_000,
    "wide table": "|" * 20_000 + "\n" + "|-" * 10_000 + "|",
    "megabytes": "x\n\n" * 600_000,
}


@pytest.mark.parametrize("name", sorted(HUGE))
def test_huge_or_deep_text_ends_in_bounded_time(name):
    survives({pages.MAIN: HUGE[name]})


def test_a_notice_of_more_promises_than_can_be_held_against_each_other_is_refused():
    compiled = compile_program({pages.MAIN: HUGE["many promises"]}, pages.MAIN, load_law())
    (found,) = [one for one in compiled.diagnostics if one.code == "N401"]
    assert compiled.program is None and "2,000" in found.detail
