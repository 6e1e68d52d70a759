"""Noted files become erased files: those that no row points to any more, in every object store of the plan, each looked for afterwards.

Runs after every store's commit; runs again until it ends well, and finds less each time. A file that another row points to stays: the last of them takes it along. Between
the look at the rows and the erasure a writer could point a new row at the file; such a row would point to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from upheld.engine.estate.model import Catalogue
from upheld.engine.execution.answer import StoreOutcome
from upheld.engine.execution.errors import refused
from upheld.engine.execution.journal import ChunkRecord
from upheld.engine.execution.objects.pending import Pending
from upheld.engine.plan.model import Failed, Refused
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import DeleteObjects
from upheld.engine.stores import Store, StoreFault
from upheld.engine.stores.objects import ObjectStore
from upheld.engine.stores.sql.files.write import pointing

ASKED_AT_ONCE = 1_000


@contextmanager
def _out_of_reach(store: str) -> Iterator[Store]:
    raise StoreFault(
        "X101",
        store,
        lost=True,
        help="Start the store, then run the same command again; an erasure that was begun goes on with --resume.",
    )
    yield


@dataclass(frozen=True, slots=True)
class Objects:
    """The object stores of a run, open, and the record of what must go. `beside`: a session with a store that the run leaves alone."""

    stores: Mapping[str, ObjectStore]
    pending: Pending
    beside: Callable[[str], AbstractContextManager[Store]] = _out_of_reach


def note_paths(objects: Objects | None, store: str, chunk: int, found: Iterable[tuple[str, str]]) -> Refused | None:
    """The files are on record; refused, before anything is committed, where a value names none below the declared prefix."""
    files = []
    for name, value in sorted(found):
        opened = objects.stores.get(name) if objects is not None else None
        if opened is None:
            return refused(
                "X352",
                name,
                "Set the variable with its address, then run the same command again; an erasure that was begun goes on with --resume.",
            )
        path = opened.path_of(value)
        if path is None:
            return refused(
                "X351", f"{store}, into {name}", "Correct the row: a file is named by its path below the store's prefix."
            )
        files.append((name, path))
    if objects is not None and files:
        objects.pending.note(store, chunk, files)
    return None


def erase_objects(plan: Plan, catalogue: Catalogue, stores: Mapping[str, Store], objects: Objects | None,
                  failpoint: Callable[[str], None]) -> list[StoreOutcome]:  # fmt: skip
    """One outcome per object store of the plan. Nothing is forgotten before every file of every one is gone or another's."""
    steps = [step for step in plan.after if isinstance(step, DeleteObjects)]
    if not steps:
        return []
    pending = objects.pending.pending() if objects is not None else []
    outcomes = [
        _erased(number, step, catalogue, stores, objects, [f for s, f in pending if s == step.objects], failpoint)
        for number, step in enumerate(steps)
    ]
    if objects is not None and pending and all(outcome.problem is None for outcome in outcomes):
        objects.pending.gone()
    return outcomes


def _erased(number: int, step: DeleteObjects, catalogue: Catalogue, stores: Mapping[str, Store], objects: Objects | None, files: list[str],
            failpoint: Callable[[str], None]) -> StoreOutcome:  # fmt: skip
    opened = objects.stores.get(step.objects) if objects is not None else None
    if not files:
        return StoreOutcome(step.objects, None)
    if opened is None:
        return StoreOutcome(step.objects, Failed("X101", f"{step.objects} has no address", retry=True))
    try:
        pointed = _pointed(step, catalogue, stores, objects.beside if objects else _out_of_reach, opened, files)
        going = [file for file in files if file not in pointed]
        failpoint("before-objects")
        for file in going:
            opened.erase(file)
            failpoint("after-object")
        left = sum(opened.exists(file) for file in going)
    except StoreFault as fault:
        return StoreOutcome(step.objects, Failed(fault.code, fault.cause, fault.retry or fault.lost, fault.help))
    if left:
        return StoreOutcome(
            step.objects, refused("X355", f"{step.objects}: {left}", "Look who writes there, then run again with --resume.")
        )
    return StoreOutcome(step.objects, None, (ChunkRecord(step.objects, number, (), {0: len(going)}),))


def _pointed(
    step: DeleteObjects, catalogue: Catalogue, stores: Mapping[str, Store], beside: Callable[[str], AbstractContextManager[Store]],
    opened: ObjectStore, files: list[str],
) -> set[str]:  # fmt: skip
    """Those of the files that a row of any store still points to, in whatever way it names them."""
    found: set[str] = set()
    by_value = {value: file for file in files for value in opened.values_of(file)}
    values = list(by_value)
    for store, table, column in step.pointers:
        with nullcontext(stores[store]) if store in stores else beside(store) as session:
            statement = pointing(catalogue.stores[store], table, column)
            for start in range(0, len(values), ASKED_AT_ONCE):
                some: list[object] = list(values[start : start + ASKED_AT_ONCE])
                found |= {by_value[str(row[0])] for row in session.rows(statement, lambda _, some=some: some)}  # type: ignore[misc]
    return found
