"""An erasure is fulfilled only when nothing at all is open: each thing that can be found keeps it from being so."""

from __future__ import annotations

import pytest

from upheld.engine.execution.answer import Answer, StoreOutcome
from upheld.engine.execution.journal import ChunkRecord
from upheld.engine.execution.sweep import Swept
from upheld.engine.plan.model import Failed, Refused, Unknown
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks.erased import Carried

CHUNK = ChunkRecord("shop", 0, ("s-1",), {3: 2})


def answer(chunk: ChunkRecord = CHUNK, problem: object = None) -> Answer:
    return Answer("A-0001", "ab" * 32, (StoreOutcome("shop", problem, (chunk,)),), ("shop",))  # type: ignore[arg-type]


def test_a_run_that_found_nothing_left_is_clean() -> None:
    assert Carried(answer(), swept=(Swept("shop", 3, 5, 100, {}, {"invoices.billed_email": 1}),)).is_clean


@pytest.mark.parametrize(
    "carried",
    [
        Carried(answer(problem=Refused("L204", "far more"))),
        Carried(answer(problem=Failed("X101", "out of reach"))),
        Carried(answer(problem=Unknown("17"))),
        Carried(Answer("A-0001", "ab" * 32, (), ("shop",))),
        Carried(answer(), left=1),
        Carried(answer(), unsettled=answer(problem=Failed("X101", "out of reach"))),
        Carried(answer(), unswept=(StoreFault("X101", "shop"),)),
        Carried(answer(), swept=(Swept("shop", 3, 5, 100, {"scribbles.note": 1}, {}),)),
        Carried(answer(ChunkRecord("shop", 0, ("s-1",), {}, found={"leads.email": 1}))),
        Carried(answer(ChunkRecord("shop", 0, ("s-1",), {}, contested=1))),
    ],
    ids=[
        "refused",
        "failed",
        "unknown",
        "not reached",
        "writers",
        "not settled",
        "not swept",
        "swept",
        "read back",
        "contested",
    ],
)
def test_whatever_was_found_or_not_reached_keeps_it_open(carried: Carried) -> None:
    assert not carried.is_clean
