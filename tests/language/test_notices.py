"""Whole notices with their exact output; every verb, key, kind and code has one that needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notices import pages
from tests.notices.pages import MAIN, Page, hold, meaning, read, said
from upheld.language.notice import Statement, parse
from upheld.language.notice.front import KEYS as FRONT_KEYS
from upheld.language.promises import compile_program, from_json, to_json
from upheld.language.terms import CODES, KINDS, VERBS
from upheld.language.terms.verbs import COMMON, RESOLVE_KEYS

GOOD, BAD = pages.pages("good"), pages.pages("bad")


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", GOOD, ids=named)
def test_a_good_notice_compiles_to_exactly_what_its_page_shows(path):
    page = read(path)
    compiled = page.compiled()
    assert compiled.program is not None, said(page, False)
    hold(page, said(page, True))


@pytest.mark.parametrize("path", BAD, ids=named)
def test_a_bad_notice_gets_exactly_the_findings_its_page_shows(path):
    page = read(path)
    found = pages.diagnostics(page, page.compiled())
    assert path.stem.split("-")[0] in {one.code for one in found}, said(page, False)
    hold(page, said(page, False))


def test_every_code_that_is_raised_has_a_bad_notice():
    raised = {code for code, each in CODES.items() if not each.reserved}
    assert {path.stem.split("-")[0] for path in BAD} == raised


@pytest.mark.parametrize("path", GOOD, ids=named)
def test_a_program_comes_back_from_its_json_as_it_was(path):
    program = read(path).compiled().program
    assert program is not None
    assert from_json(to_json(program)) == program


# ---- each key is needed -------------------------------------------------------------------------------------------------


def statements(page: Page) -> list[Statement]:
    return [one for block in parse(page.sources[MAIN], MAIN).blocks for one in block.statements]


def without_line(page: Page, line: int) -> dict[str, str]:
    lines = page.sources[MAIN].split("\n")
    return {**page.sources, MAIN: "\n".join(lines[: line - 1] + lines[line:])}


def is_needed(page: Page, line: int) -> bool:
    """Whether the notice without that line has a finding that it had not, or says something else."""
    before, after = page.compiled(), compile_program(without_line(page, line), MAIN, None, page.deployment)
    codes = [one.code for one in before.diagnostics], [one.code for one in after.diagnostics]
    plain = compile_program(page.sources, MAIN, None, page.deployment)
    return codes[0] != codes[1] or meaning(plain) != meaning(after)


def examples(page: Page, head: str, key: str) -> list[int]:
    return [
        entry.line for one in statements(page) if one.head.key.split()[-1] == head for entry in one.entries if entry.key == key
    ]


@pytest.mark.parametrize("verb,key", [(verb, key) for verb in VERBS for key in sorted(VERBS[verb].keys())])
def test_each_key_of_each_verb_has_an_example_that_says_less_without_it(verb, key):
    page = read(pages.HERE / "good" / f"verb-{verb}.md")
    found = examples(page, verb, key)
    assert found, f"verb-{verb}.md shows no `{key}:`"
    assert any(is_needed(page, line) for line in found)


@pytest.mark.parametrize("kind,key", [(kind, key) for kind in KINDS for key in sorted(KINDS[kind].keys)])
def test_each_key_of_each_definition_has_an_example_that_says_less_without_it(kind, key):
    page = read(pages.HERE / "good" / "definitions.md")
    found = [
        entry.line
        for one in statements(page)
        if one.head.key == "define"
        and (said_kind := one.entry("is"))
        and said_kind.text == kind
        and one.head.line != said_kind.line
        for entry in one.entries
        if entry.key == key
    ]
    assert found, f"definitions.md shows no `{key}:` of a {kind}"
    assert any(is_needed(page, line) for line in found)


@pytest.mark.parametrize("key", RESOLVE_KEYS)
def test_each_key_of_a_resolution_is_needed(key):
    page = read(pages.HERE / "good" / "resolve.md")
    assert any(is_needed(page, line) for line in examples(page, "resolve", key))


@pytest.mark.parametrize("key", sorted(FRONT_KEYS))
def test_each_key_of_the_front_matter_has_an_example_that_says_less_without_it(key):
    for path in GOOD:
        page = read(path)
        for name, text in page.sources.items():
            head = text.split("---\n")[1] if text.startswith("---\n") else ""
            lines = [line for line in head.split("\n") if line.startswith(key + ":")]
            for line in lines:
                sources = {**page.sources, name: text.replace(line + "\n", "", 1)}
                after = compile_program(sources, MAIN, None, page.deployment)
                before = compile_program(page.sources, MAIN, None, page.deployment)
                codes = [one.code for one in before.diagnostics] != [one.code for one in after.diagnostics]
                pages_of = [[one.file for one in compiled.translations] for compiled in (before, after)]
                if codes or meaning(before) != meaning(after) or pages_of[0] != pages_of[1]:
                    return
    raise AssertionError(f"no good notice needs `{key}:`")


@pytest.mark.parametrize("word", ["unless", "and"])
def test_each_word_of_a_door_is_needed(word):
    page = read(pages.HERE / "good" / "doors.md")
    lines = page.sources[MAIN].split("\n")
    at = next(number for number, line in enumerate(lines, 1) if line.startswith(word + " "))
    assert is_needed(page, at)


def test_the_common_keys_are_those_of_every_verb():
    assert all(set(COMMON) <= rule.keys() for rule in VERBS.values())
