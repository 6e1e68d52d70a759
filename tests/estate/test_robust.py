"""Whatever stands in an estate file, reading and checking end with findings, never with an exception."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.estate.test_docs import EXAMPLE
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.draw import draw
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.supplied import supply

LINES = EXAMPLE.splitlines()
WORDS = [
    "key",
    "links",
    "[a, b]",
    "{a: b}",
    "- x",
    "~",
    "",
    "*a",
    "&a x",
    "!!binary x",
    "<<: {a: b}",
    "'",
    "? [x]",
    "é",
    "\u2028",
    "\x00",
    "||",
    "as",
]


def survives(text):
    estate, findings = read_estate({"estate/shop.yaml": text})
    checked = check_estate(estate, None, {"email-address"}, set())
    assert all(finding.line >= 1 and finding.detail and finding.help for finding in (*findings, *checked))
    assert draw(estate).startswith("<svg") and supply(estate)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(WORDS), st.sampled_from(["cut", "put", "end", "twice"])),
        max_size=6,
    )
)
def test_mutated_files_end_with_findings(edits):
    lines = list(LINES)
    for at, word, how in edits:
        at %= len(lines)
        if how == "cut":
            lines[at : at + 1] = lines[at : at + 1] if len(lines) == 1 else []
        elif how == "put":
            lines[at] = lines[at].split(":")[0] + ": " + word
        elif how == "end":
            lines[at] += word
        else:
            lines.insert(at, lines[at])
    survives("\n".join(lines))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_ends_with_findings(text):
    survives(text)


def test_deep_nesting_ends_with_findings():
    survives("a: " + "[" * 50_000)
    survives("tables: " + "{a: " * 2_000)
    survives("- " * 50_000)
    survives("\n".join(" " * n + "a:" for n in range(3_000)))


def test_an_alias_that_leads_back_to_itself_ends_with_findings():
    survives("store: &a {store: *a}")
    survives(EXAMPLE.replace("        json:\n", "        json: &a\n          $.loop: {json: *a, others: *a}\n"))
