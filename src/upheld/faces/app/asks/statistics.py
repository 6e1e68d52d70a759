"""What a run changed becomes new statistics of the stores' planners, taken in other sessions while the run settles and sweeps.

Until then `pg_stats` quotes erased values to anybody who may read it, so a run ends only when they are taken. A table in which no row was changed
quotes nothing of what was erased, and is left as it is. Must never be skipped because the run ended badly elsewhere: its rows are gone all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from upheld.engine.execution.answer import Answer
from upheld.engine.execution.erasure import tables_of
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import Compact
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks.firm import Firm

SILENT = ("sqlite",)  # engines whose statistics are counts and quote no value


def all_tables(plan: Plan) -> dict[str, list[str]]:
    """By store, every table that the plan may change, sorted: where nobody can say what a run changed that did not come to its end."""
    return _by_store(plan, _compacted)


def changed_tables(plan: Plan, answers: Sequence[Answer]) -> dict[str, list[str]]:
    """By store, the tables whose statistics may quote what these runs changed, sorted."""
    return _by_store(plan, lambda part: _changed(part, answers))


@contextmanager
def taken_meanwhile(firm: Firm, tables: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """The statistics of these tables are taken while the block runs, and have been when it has ended. StoreFault where they cannot be."""
    if not tables:
        yield
        return
    with ThreadPoolExecutor(len(tables), "statistics") as hands:
        taking = {store: hands.submit(_take, firm, store, names) for store, names in tables.items()}
        yield
        for store, taken in taking.items():
            try:
                taken.result()
            except StoreFault:  # perhaps the server lets in no second session: then this one takes them
                firm.stores[store].take_statistics(tables[store])


def _take(firm: Firm, store: str, tables: Sequence[str]) -> None:
    with firm.beside(store) as session:
        session.take_statistics(tables)


def _by_store(plan: Plan, tables: Callable[[StorePlan], set[str]]) -> dict[str, list[str]]:
    found = {part.store: sorted(tables(part)) for part in plan.stores if part.engine not in SILENT}
    return {store: names for store, names in found.items() if names}


def _compacted(part: StorePlan) -> set[str]:
    return {table for step in part.steps if isinstance(step, Compact) for table in step.tables}


def _changed(part: StorePlan, answers: Sequence[Answer]) -> set[str]:
    chunks = [chunk for answer in answers for one in answer.stores if one.store == part.store for chunk in one.chunks]
    counted: dict[str, int] = {}
    for number, step in enumerate(part.steps):
        rows = sum(chunk.rows.get(number, 0) for chunk in chunks)
        for table in tables_of(step):
            counted[table] = counted.get(table, 0) + rows
    # What no step counts, such as a view that was made anew, may quote anything.
    return {table for table in _compacted(part) if chunks and counted.get(table, 1)}
