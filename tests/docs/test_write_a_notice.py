"""The tutorial's pieces, put together as its reader does, are a notice of ten clauses that compiles clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upheld.language.law import load_law
from upheld.language.promises import compile_program

PAGE = Path(__file__).parents[2] / "docs" / "write-a-notice.md"
PIECE = re.compile(r"(?ms)^````markdown\n(.*?)^````$")
YAML = re.compile(r"(?ms)^```yaml\n(.*?)^```$")


def pieces() -> tuple[str, str, str, list[str]]:
    """Front matter, roster, the resolve block shown at the end, and the pieces of the notice in order."""
    outside = PIECE.sub("", PAGE.read_text(encoding="utf-8"))
    front, roster, resolve = YAML.findall(outside)
    return front, roster, resolve, PIECE.findall(PAGE.read_text(encoding="utf-8"))


def compiled(*more: str, without: int | None = None):
    front, roster, _, parts = pieces()
    kept = [part for at, part in enumerate(parts) if at != without]
    notice = f"---\n{front}---\n\n" + "\n".join(kept) + "".join(more)
    return compile_program({"notice.md": notice, "contacts.yaml": roster}, "notice.md", load_law())


def test_the_ten_clauses_compile_without_an_error_or_a_warning():
    found = compiled()
    assert [f"{each.code} {each.detail}" for each in found.diagnostics] == []
    assert len(found.program.notices[0].clauses) == 10
    assert [clause.binding for clause in found.program.notices[0].clauses].count("informs") == 1


def test_the_resolve_block_of_the_last_step_is_taken_in():
    resolve = pieces()[2]
    found = compiled(f"\n```promise\n{resolve}```\n")
    assert [each.code for each in found.diagnostics if each.severity == "error"] == []
    assert [set(each.clauses) for each in found.program.resolutions] == [{"spoke.share.1", "spoke.keep.2"}]


@pytest.mark.parametrize("step", [1, 4])
def test_a_step_left_out_is_missed(step):
    found = compiled(without=step)
    assert found.program is None and "P201" in {each.code for each in found.diagnostics}
