"""What the tests of the invariants share: worlds that can be erased, runs that end early, and answers in the oracle's words."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable, Iterator

from tests.oracle.case import Row, Rows
from tests.oracle.databases import dump, sorted_rows
from tests.oracle.engine import Engine
from tests.oracle.generate import World, generate
from tests.oracle.oracle import Blank, Expected, ExpectedAccess, erase
from tests.oracle.test_generated import shape
from upheld.engine.execution import Answer
from upheld.engine.execution.access_rows import AccessAnswer
from upheld.engine.plan.model import Refused

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
POINTS = ("before-prepared", "before-store-commit", "after-store-commit", "after-done")


def ran(engine: Engine) -> Answer | Refused:
    bound = engine.bind()
    return bound if isinstance(bound, Refused) else engine.erase(bound)


def after(world: World, addresses: dict[str, str]) -> Rows:
    return dump(world.stores, addresses, world.case.catalogue)


def expected_rows(world: World, expected: Expected) -> Rows:
    return sorted_rows(expected.dump, world.case.catalogue)


def tokens_of(world: World, row: Row) -> set[str]:
    """Every token in a row's texts and documents, whatever its letters' case."""
    text = repr([v for v in row.values() if not isinstance(v, Blank)]).lower()
    for sign in "'\"[]{},: @\\~":
        text = text.replace(sign, "|")
    return {part for part in text.split("|") if part in world.tokens}


def answered(world: World, engine: Engine, answer: AccessAnswer) -> ExpectedAccess:
    """An answer in the oracle's words. No row may come twice."""
    result = ExpectedAccess()
    for table in answer.tables:
        names = [c.name for c in table.columns]
        live = engine.catalogue.stores[table.store].tables[table.table]
        for row in table.rows:
            cells = {c: _as_stored(v, live.column(c).family) for c, v in zip(names, row, strict=True)}
            place = (table.store, table.table, tuple(cells[c] for c in live.primary_key))
            assert place not in result.rows, place
            result.rows[place] = cells
        result.review |= {(table.store, table.table, tuple(r.key), r.column) for r in table.review}
        result.others |= {(table.store, table.table, w.column) for w in table.withheld if w.because == "others"}
    return result


def _as_stored(value: object, family: str) -> object:
    if family == "timestamp" and isinstance(value, str):
        return value.replace("T", " ")
    return bool(value) if family == "boolean" and value is not None else value


class Crash(BaseException):
    """What a failpoint raises; no `except Exception` may catch it."""


def crash_at(point: str, store_number: int) -> Callable[[str], None]:
    passed = 0

    def failpoint(name: str) -> None:
        nonlocal passed
        if name == point:
            passed += 1
            if passed == store_number:
                raise Crash(point)

    return failpoint


def usable(seeds: Iterator[int] | range, most: int = 12, hard: bool = True, **change: object) -> Iterator[World]:
    """Worlds whose ask is neither ambiguous nor refused."""
    for seed in seeds:
        world = generate(dataclasses.replace(shape(seed, most, hard), **change))
        expected = erase(world.case)
        if not expected.ambiguous and not expected.refused:
            yield world


def killing(crash: Callable[[str], None]) -> Callable[[str], None]:
    """Where `crash` raises, the process is gone without a word."""

    def failpoint(name: str) -> None:
        try:
            crash(name)
        except Crash:
            os.kill(os.getpid(), signal.SIGKILL)

    return failpoint
