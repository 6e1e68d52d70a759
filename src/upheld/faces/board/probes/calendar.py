"""The calendar, tried twice: rows of the firm past their date are counted, and an invented person is aged past it in shadows and ended by an ordinary run.

A row is late once its end and the promise's `within` are both behind. What the estate cannot tell the end of lowers the coverage of its clause, and never
passes. Not taken: the last run's own report; a run that found nothing may have looked at nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate, Event, StoreCatalogue
from upheld.engine.execution.calendar import preview_due, run_calendar, token_secret
from upheld.engine.execution.objects import MemoryPending, Objects
from upheld.engine.plan import Ask, Refused
from upheld.engine.plan.calendar import Retention, retention
from upheld.engine.plan.passes.fates import personal_columns
from upheld.engine.plan.steps import BlankColumns, DeleteRows
from upheld.engine.stores import Store, open_store
from upheld.engine.stores.sql.calendar import bare_rows
from upheld.faces.app.calendar import lists_of
from upheld.faces.board.model import Coverage, Evidence, Outcome
from upheld.faces.board.probes.canary import CANARY, COPIES, STRANGER, Cell, canary_world
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.people import Row
from upheld.language.diagnostic import counted as say

COUNTED, AGED = "calendar-count/1", "calendar-canary/2"
ASK = Ask("A-canary", "retention", 0)
LONG_AGO, FAR_AHEAD = date(1900, 1, 1), date(2999, 1, 1)
Places = set[tuple[str, str]]


def counted(context: ProbeContext) -> list[Evidence]:
    """By clause, the firm's rows that are later than the promise allows."""
    with ExitStack() as stack:
        stores: dict[str, Store] = {}
        live: dict[str, StoreCatalogue] = {}
        for name, store in context.estate.stores.items():
            if name in context.urls and store.kind != "backup":
                stores[name] = open_store(store, context.urls[name])
                stack.callback(stores[name].close)
                live[name] = stores[name].catalogue()
        estate = Estate({name: context.estate.stores[name] for name in stores})
        today = context.now().date()
        with context.own.connection() as connection:
            known = lists_of(connection, context.master, context.now(), today)
            secret = token_secret(connection, context.master, context.now())
        found = retention(context.program, estate, Catalogue(live), ASK, today, known.kept, known.spared, grace=True)
        if isinstance(found, Refused):
            return _refused(context, "calendar:retention", COUNTED, found)
        counts = preview_due(found, estate, Catalogue(live), stores, known.bindings, secret=secret)
        if isinstance(counts, Refused):
            return _refused(context, "calendar:retention", COUNTED, counts)
        late = _by_clause(found, counts.rows)
        rows = _rows(estate, stores, found)
        return [_clause(context, clause, found, late.get(clause, 0), rows) for clause in _clauses(found)]


def _by_clause(found: Retention, rows: Mapping[tuple[str, int], int]) -> dict[str, int]:
    late: dict[str, int] = {}
    for part in found.plan.stores:
        for number, step in enumerate(part.steps):
            if isinstance(step, BlankColumns | DeleteRows):
                for clause in step.why.clauses:
                    late[clause] = late.get(clause, 0) + rows.get((part.store, number), 0)
    return late


def _rows(estate: Estate, stores: Mapping[str, Store], found: Retention) -> dict[tuple[str, str], int]:
    """How many rows with personal data each covered table has."""
    rows = {}
    for store, table in {(s, t) for _, s, t, known in found.reach if known}:
        mapped = estate.stores[store]
        statement = bare_rows(table, personal_columns(mapped.tables[table]), mapped.engine)
        [(count,)] = stores[store].rows(statement, lambda _: None)
        rows[store, table] = int(str(count))
    return rows


def _clause(context: ProbeContext, clause: str, found: Retention, late: int, rows: Mapping[tuple[str, str], int]) -> Evidence:
    told = _told(found, clause)
    looked = sum(rows.get(place, 0) for place in told)
    says = (
        f"{say(looked, 'row', 'was', 'were')} looked at, none is past its date"
        if not late
        else f"{late:,} of {say(looked, 'row')} {'is past its date' if late == 1 else 'are past their date'}"
    )
    return evidence(
        context, "calendar:retention", COUNTED, looked, _outcome(looked, late), says, scope=frozenset({clause}),
        coverage=_coverage(found, clause, told), detail={"rows": looked, "past their date": late},
        mend="Run `upheld retain`, look at the plan, and carry it out." if late else "",
    )  # fmt: skip


def _clauses(found: Retention) -> list[str]:
    return sorted({clause for clause, *_ in found.reach})


def _told(found: Retention, clause: str) -> Places:
    return {(store, table) for one, store, table, known in found.reach if one == clause and known}


def _coverage(found: Retention, clause: str, reached: Places) -> Coverage:
    every = {(store, table) for one, store, table, _ in found.reach if one == clause}
    silent = {(store, table) for one, store, table, known in found.reach if one == clause and not known}
    return Coverage(len(reached - silent), len(every), "tables")


@contextmanager
def _late_row(context: ProbeContext) -> Iterator[ProbeContext]:
    """In a shadow of each store, rows of an invented person whose every event is long past."""
    with ExitStack() as stack:
        world = stack.enter_context(canary_world(context))
        _age(world.shadows, world.rows, world.estate, world.live)
        urls = {name: shadow.url for name, shadow in world.shadows.items()}
        yield replace(context, estate=world.estate, urls=urls, sandboxed=True)


# ---- the canary ----------------------------------------------------------------------------------------------------


def aged(context: ProbeContext) -> list[Evidence]:
    """By clause, the cells of an aged person that an ordinary run leaves behind; and none of the other's may be lost."""
    with canary_world(context) as world:
        if not world.shadows:
            return []
        _age(world.shadows, world.rows, world.estate, world.live)
        today = context.now().date()
        found = retention(context.program, world.estate, world.catalogue, ASK, today)
        if isinstance(found, Refused):
            return _refused(context, "calendar:canary", AGED, found)
        due = _ending(found, world.estate)
        before, others = world.cells(CANARY), world.cells(STRANGER)
        came = run_calendar(
            found.plan, world.estate, world.catalogue, world.stores, day=today, secret=secrets.token_hex(32),
            hand_over=lambda *_: None,  # the rows are invented: no party is to have them
            objects=Objects(world.objects, MemoryPending()),
        )  # fmt: skip
        left = {cell: n for cell, n in world.cells(CANARY).items() if not _is_shared(world.estate, cell)}
        theirs = world.cells(STRANGER)
        lost = sum(n - theirs.get(cell, 0) for cell, n in others.items() if not _is_shared(world.estate, cell))
        if not came.answer.is_done:
            lost += 1
        due_still = sum(came.left.values())  # the calendar's own last look over whole tables
        filled = {(name, row.table) for name, rows in world.rows.items() for row in rows if row.person == CANARY}
        mapped = frozenset(name for store in world.estate.stores.values() for name in (*store.tables, *store.not_covered))
        return [_of_clause(context, c, found, due, before, left, lost, filled, mapped, due_still) for c in _clauses(found)]


def _ending(found: Retention, estate: Estate) -> dict[Cell, frozenset[str]]:
    """Cells that the plan can end, with the clauses that say so: blanked, or gone with their row."""
    cells: dict[Cell, frozenset[str]] = {}
    for part in found.plan.stores:
        for step in part.steps:
            if isinstance(step, BlankColumns):
                columns = tuple(column for column, _ in step.columns)
            elif isinstance(step, DeleteRows):
                columns = personal_columns(estate.stores[part.store].tables[step.rows.table])
            else:
                continue
            for column in columns:
                place = (part.store, step.rows.table, column)
                cells[place] = cells.get(place, frozenset()) | frozenset(step.why.clauses)
    return cells


def _of_clause(context: ProbeContext, clause: str, found: Retention, due: Mapping[Cell, frozenset[str]],
               before: Mapping[Cell, int], left: Mapping[Cell, int], lost: int, filled: Places, mapped: frozenset[str],
               due_still: int) -> Evidence:  # fmt: skip
    mine = {cell for cell, clauses in due.items() if clause in clauses}
    # Rows whose event stands nowhere were not ended, and are no proof: they lower the coverage. What no map knows is a fault of every clause.
    silent = {cell[:2] for cell in left if cell in mine}
    exercised = sum(n for cell, n in before.items() if cell in mine and cell[:2] not in silent)
    stayed = due_still + sum(n for cell, n in left.items() if cell[1].startswith(COPIES) or cell[1] not in mapped)
    says = f"{exercised} cells of a person aged past every date were ended, none was left"
    if stayed or lost:
        says = f"{stayed} of {exercised} cells of a person aged past every date were left, {lost} cells of another were lost"
    told = _told(found, clause) - silent
    return evidence(
        context, "calendar:canary", AGED, exercised, _outcome(exercised, stayed + lost), says, "shadow",
        scope=frozenset({clause}), coverage=_coverage(found, clause, told & filled),
        detail={"cells": exercised, "left": stayed, "of another": lost},
        mend="Look at the tables with `upheld retain`, then map what is missing." if stayed or lost else "",
    )  # fmt: skip


def _outcome(exercised: int, wrong: int) -> Outcome:
    """Where nothing could be looked at, nothing ran: it neither held nor failed."""
    if wrong:
        return "failed"
    return "held" if exercised else "not run"


def _is_shared(estate: Estate, cell: Cell) -> bool:
    table = estate.stores[cell[0]].tables.get(cell[1])
    return table is not None and bool(table.shared)


def _age(
    shadows: Mapping[str, object], rows: Mapping[str, list[Row]], estate: Estate, live: Mapping[str, StoreCatalogue]
) -> None:
    """In the shadows, every event of the canary's rows is long ago, and of everybody else's far ahead."""
    for name, made in rows.items():
        for row in made:
            table = estate.stores[name].tables.get(row.table)
            if table is None:
                continue
            far = 0 if row.person == CANARY else 1
            events = [c.name for c in table.columns if isinstance(c.role, Event)]
            keys = [c for c in table.key if row.values.get(c) is not None]
            if events and len(keys) == len(table.key):
                sets = ", ".join(f"\"{c}\" = '{_days(estate, name, live, row.table, c)[far].isoformat()}'" for c in events)
                where = " AND ".join(f'"{k}" = {_literal(row.values[k])}' for k in keys)
                shadows[name].execute(f'UPDATE "{row.table}" SET {sets} WHERE {where}')  # type: ignore[attr-defined]


def _days(estate: Estate, store: str, live: Mapping[str, StoreCatalogue], table: str, column: str) -> tuple[date, date]:
    """Long ago and far ahead, as far as the column's type reaches: TIMESTAMP of MariaDB ends in 2038."""
    found = live[store].tables[table].column(column)
    narrow = estate.stores[store].engine == "mariadb" and found.type.startswith("timestamp")
    return (date(1971, 1, 1), date(2037, 1, 1)) if narrow else (LONG_AGO, FAR_AHEAD)


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


@contextmanager
def _copied(context: ProbeContext) -> Iterator[ProbeContext]:
    """In the shadows' data: a copy of the canary's rows that no map knows."""

    def plant(shadows: Mapping[str, object], rows: Mapping[str, list[Row]]) -> None:
        for name, shadow in shadows.items():
            for table in {row.table for row in rows[name] if row.person == CANARY} & set(context.estate.stores[name].tables):
                shadow.execute(f'CREATE TABLE "{COPIES}_{table}" AS SELECT * FROM "{table}"')  # type: ignore[attr-defined]

    yield replace(context, planting=plant, sandboxed=True)  # type: ignore[arg-type]


def _refused(context: ProbeContext, control: str, probe: str, refused: Refused) -> list[Evidence]:
    says = f"the calendar's plan was refused: {refused.code}, {refused.reason}"
    return [evidence(context, control, probe, 1, "failed", says, mend=refused.help)]


CALENDAR_COUNT = Probe("calendar-count", 1, frozenset({"calendar:retention"}), counted, _late_row)
CALENDAR_CANARY = Probe("calendar-canary", 2, frozenset({"calendar:canary"}), aged, _copied)
