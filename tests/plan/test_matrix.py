"""Asks that meet on one person: every cell of the matrix, said once more by hand."""

from __future__ import annotations

import pytest

from upheld.engine.plan.matrix import KINDS, STANDING, waits_for

# What wants to run (a line) beside what stands open and came earlier (a column): w waits, . runs.
OPEN = """
                             access portability rectification erasure restriction objection objection-direct-marketing retention child-found replay-after-restore closing
access                       .      .           w             .       .           .         .                          .         .           .                    .
portability                  .      .           w             .       .           .         .                          .         .           .                    .
rectification                .      .           .             .       .           .         .                          .         .           .                    .
erasure                      w      w           w             .       .           .         .                          .         .           .                    .
restriction                  .      .           .             .       .           .         .                          .         .           .                    .
objection                    .      .           .             .       .           .         .                          .         .           .                    .
objection-direct-marketing   .      .           .             .       .           .         .                          .         .           .                    .
retention                    w      w           .             .       .           .         .                          .         .           .                    .
child-found                  .      .           .             .       .           .         .                          .         .           .                    .
replay-after-restore         .      .           .             .       .           .         .                          .         .           .                    .
closing                      .      .           .             .       .           .         .                          .         .           .                    .
"""
# The same beside what stands, whenever it was said.
STANDS = {
    ("erasure", "restriction"),
    ("erasure", "erasure-disputed"),
    ("retention", "restriction"),
    ("retention", "erasure-disputed"),
}


def cells() -> list[tuple[str, str, str]]:
    head, *rows = [line.split() for line in OPEN.strip().splitlines()]
    return [(row[0], column, cell) for row in rows for column, cell in zip(head, row[1:], strict=True)]


def test_the_table_above_is_whole() -> None:
    assert {kind for kind, _, _ in cells()} == {kind for _, kind, _ in cells()} == set(KINDS)
    assert len(cells()) == len(KINDS) ** 2


@pytest.mark.parametrize(("kind", "earlier", "cell"), cells(), ids=lambda one: str(one))
def test_an_ask_waits_for_what_came_first(kind: str, earlier: str, cell: str) -> None:
    waits = waits_for(kind, [("A-0001", earlier)])
    assert [(one.ask, one.code) for one in waits] == ([("A-0001", "X208")] if cell == "w" else [])
    assert all(one.why for one in waits)


@pytest.mark.parametrize("stands", STANDING)
@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_suspends_whenever_it_was_said(kind: str, stands: str) -> None:
    waits = waits_for(kind, [], [stands])
    assert [(one.ask, one.code) for one in waits] == ([("", "X258")] if (kind, stands) in STANDS else [])


def test_an_earlier_ask_is_named_before_what_suspends() -> None:
    waits = waits_for("erasure", [("A-0001", "access"), ("A-0002", "rectification")], ["restriction"])
    assert [one.ask for one in waits] == ["A-0001", "A-0002", ""]


def test_a_child_found_outranks_whatever_is_open() -> None:
    assert waits_for("child-found", [(f"A-{n:04d}", kind) for n, kind in enumerate(KINDS)], STANDING) == ()
