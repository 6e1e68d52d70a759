"""The pages about the language say what the language does: their examples run, and nothing that exists is missing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.notices import pages
from upheld.language.notice import format_diagnostics
from upheld.language.notice.front import KEYS as FRONT_KEYS
from upheld.language.promises import compile_program
from upheld.language.terms import ALIASES, CODES, KEYS, KINDS, VERBS, builtin, builtin_groups, vocabulary
from upheld.language.terms.names import EVERYTHING

DOCS = Path(__file__).resolve().parents[2] / "docs"
REFERENCE = (DOCS / "language.md").read_text(encoding="utf-8")
HEAD = """---
notice: harbour
language: en
updated: 2026-03-01
effective: 2026-03-15
controller: harbour-bikes
contacts: contacts.yaml
regimes: [eu-gdpr]
settings: {long-keeping: 3 years, loan-period: estate}
---

The names. {#names.0}

```promise
%s
```

A cookie. {#cookies.4 .informs}

A pixel. {#pixels.2 .informs}
"""
ROSTER = "site-manager: {name: Bo Reed}\nprivacy-lead: {name: Ada Quill}\n"


def blocks(text: str) -> list[str]:
    return re.findall(r"^```promise\n(.*?)^```$", text, flags=re.S | re.M)


EXAMPLES = blocks(REFERENCE)


def test_the_reference_has_an_example_of_every_verb():
    heads = {word for block in EXAMPLES for word in re.findall(r"(?:^|\| )(?:may|will|never) (\w+)", block, flags=re.M)}
    assert heads == set(VERBS)


@pytest.mark.parametrize("number", range(len(EXAMPLES) - 1))
def test_each_block_of_the_reference_compiles(number):
    notice = HEAD % EXAMPLES[-1].rstrip("\n") + f"\nAn example. {{#ex.1}}\n\n```promise\n{EXAMPLES[number]}```\n"
    compiled = compile_program({"n.md": notice, "contacts.yaml": ROSTER}, "n.md")
    assert compiled.program is not None, (
        EXAMPLES[number] + "\n" + format_diagnostics(one for one in compiled.diagnostics if one.severity == "error")
    )


def test_every_verb_key_kind_code_and_built_in_name_is_in_the_reference():
    code_spans = " ".join(re.findall(r"`([^`]+)`", REFERENCE)) + " " + REFERENCE
    words = set(re.findall(r"[\w-]+", code_spans))
    missing = [word for word in (*VERBS, *KEYS, *KINDS, *FRONT_KEYS) if word not in words]
    missing += [
        word
        for kind, ids in builtin().items()
        for word in ids
        if (kind, word) not in vocabulary() and not re.match("[A-Z]{2}$", word) and word not in words
    ]
    missing += [word for _, word in (*EVERYTHING, *builtin_groups(), *ALIASES) if word not in words]
    missing += [code for code, each in CODES.items() if code not in words or each.summary not in REFERENCE]
    assert not missing


def test_the_keys_of_each_verb_stand_in_its_row():
    for verb, rule in VERBS.items():
        row = next(line for line in REFERENCE.splitlines() if line.startswith(f"| `{verb}` |"))
        said = set(re.findall(r"[\w-]+", row))
        assert rule.keys() - set("of age regime when unless keeps exception-to cites".split()) <= said, verb
        assert set(rule.modal) <= said


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_page_of_a_code_has_its_title_its_example_and_its_remedy(code):
    page = DOCS / "codes" / f"{code}.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {code}: {CODES[code].summary}\n\n*{CODES[code].severity.capitalize()}.*")
    assert text.rstrip().endswith(CODES[code].help)
    if CODES[code].reserved:
        assert "Reserved." in text
        return
    example = pages.read(pages.HERE / "bad" / f"{code}.md")
    shown = f"````markdown\n{example.sources[pages.MAIN].rstrip()}\n````"
    if os.environ.get("UPHELD_RECORD"):
        text = re.sub(r"````markdown\n.*?\n````", lambda _: shown, text, count=1, flags=re.S)
        text = re.sub(
            r"gives\n\n```text\n.*?\n```", lambda _: f"gives\n\n```text\n{example.output.strip()}\n```", text, flags=re.S
        )
        page.write_text(text, encoding="utf-8")
    assert shown in text
    assert example.output.strip() in text
    assert all(source.strip() in text for name, source in example.sources.items() if name != pages.MAIN)


# ---- words --------------------------------------------------------------------------------------------------------------

WORDS = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", (DOCS / "words.md").read_text(encoding="utf-8"), flags=re.M
)
BANNED = sorted({row[3].strip() for row in WORDS if row[0].strip() not in ("say", "---") and "---" not in row[0]})


def test_each_word_has_one_meaning_and_a_source():
    rows = [row for row in WORDS if row[0].strip() != "say" and "---" not in row[0]]
    said = [row[0].strip() for row in rows]
    assert len(said) == len(set(said)) >= 25
    assert all(row[1].strip() and row[2].strip() for row in rows)


def test_the_rights_of_the_statute_are_in_the_glossary_by_the_names_that_notices_use():
    said = {row[0].strip() for row in WORDS}
    assert {"access", "rectification", "erasure", "restriction", "portability", "objection"} <= said & builtin()["right"]


PAGES = [page for page in (*sorted(DOCS.rglob("*.md")), DOCS.parent / "README.md") if page.name != "words.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_no_page_uses_a_word_that_the_glossary_bans(page):
    prose = re.sub(r"````.*?````|```.*?```|`[^`]*`", " ", page.read_text(encoding="utf-8"), flags=re.S)
    found = [word for word in BANNED if re.search(rf"\b{re.escape(word)}s?\b", prose, flags=re.I)]
    assert not found
