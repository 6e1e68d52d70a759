"""An invented person in a shadow of every store, asked for and erased by the ordinary plan and the ordinary run.

Shadow canaries: the firm's own tables, keys, checks and triggers, no row of the firm. Two people are made, and rows that belong to both. The
canary's answer must hold each of her cells and none that is the stranger's; her erasure must leave her token nowhere but in cells
that a rule keeps until a day. Not taken: a marked canary in the firm's own stores; a shadow proves the same plan and can do no harm.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from upheld.engine.estate.model import Catalogue, Category, Estate, FreeText, StoreCatalogue, Table
from upheld.engine.execution import Answer, Bound, Subject, bind, run_access, run_erasure
from upheld.engine.execution.objects import MemoryPending, Objects
from upheld.engine.plan import Ask, Plan, Refused, plan
from upheld.engine.stores import Store, open_store
from upheld.engine.stores.objects import ObjectStore, open_objects
from upheld.engine.stores.shadow import Shadow, shadow_of
from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.changes import CORRECTED, corrected
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.people import PEOPLE, Row, email, rows_of, token
from upheld.language.diagnostic import counted

VERSION = "canary/3"
CANARY, STRANGER = PEOPLE
Cell = tuple[str, str, str]  # store, table, column
COPIES = "planted_copies"


@dataclass(slots=True)
class World:
    """Shadows filled with the two people, their schemas, sessions, and the rows that stand."""

    estate: Estate
    run: str
    shadows: dict[str, Shadow] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    live: dict[str, StoreCatalogue] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    objects: dict[str, ObjectStore] = field(default_factory=dict)
    mapped: int = 0
    filled: int = 0
    files_at: Path = Path()

    @property
    def files(self) -> set[tuple[str, str]]:
        """The canary's files that are there: object store and name."""
        return self.files_of(CANARY)

    def files_of(self, person: str) -> set[tuple[str, str]]:
        """The person's files that are there: object store and name."""
        named = {
            (c.file, str(value))
            for name, rows in self.rows.items()
            for row in rows
            if row.person == person and row.table in self.estate.stores[name].tables
            for c in self.estate.stores[name].tables[row.table].columns
            if c.file in self.objects and (value := row.values.get(c.name)) is not None
        }
        return {(store, file) for store, file in named if self.objects[store].exists(file)}

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.live)

    def cells(self, person: str) -> dict[Cell, int]:
        """Cells by place that hold the person's token now."""
        return self.holding(token(self.run, person))

    def holding(self, text: str) -> dict[Cell, int]:
        """Cells by place that hold this text now."""
        return {
            (name, table, column): n
            for name, shadow in self.shadows.items()
            for (table, column), n in shadow.found(text).items()
        }


def tried(context: ProbeContext) -> list[Evidence]:
    """Access, then a correction and back, then erasure, of the canary."""
    with canary_world(context) as world:
        if not world.shadows:
            return []
        bound = bind(world.estate, world.catalogue, world.stores, [subject_of(world)])
        if isinstance(bound, Refused):
            return [_refused(context, control, bound) for control in ("plan:access", CORRECTED, "plan:erasure")]
        return [*_accessed(context, world, bound), *_corrected(context, world, bound), *_erased(context, world, bound)]


# ---- the two asks --------------------------------------------------------------------------------------------------


def _accessed(context: ProbeContext, world: World, bound: Bound) -> list[Evidence]:
    made = _planned(context, world, "access")
    if isinstance(made, Refused):
        return [_refused(context, "plan:access", made)]
    with tempfile.TemporaryDirectory(prefix="uph-canary-") as folder:
        copy = run_access(
            made, world.estate, world.catalogue, bound.bindings, world.stores,
            today=context.now().date(), now=context.now(), folder=Path(folder) / "copies", key=secrets.token_bytes(32),
        )  # fmt: skip
        if isinstance(copy, Refused):
            return [_refused(context, "plan:access", copy)]
        hers, others = _answered(world, copy.answer(bound.bindings[0].ref, world.estate).tables)
    owed = {cell for cell in world.cells(CANARY) if is_returned(world, cell)} | _made(world)
    missing = len(owed - hers)
    says = (
        f"the canary’s answer held each of her {counted(len(owed), 'column')}"
        if not missing
        else (f"the canary’s answer lacked {missing} of her {counted(len(owed), 'column')}")
    )
    detail = {"columns owed": len(owed), "missing": missing, "of the stranger": others}
    told = (
        "the answer held nothing that the stranger wrote"
        if not others
        else (f"the answer held {others} cells that the stranger wrote")
    )
    shared = sum(1 for store in world.estate.stores.values() for t in store.tables.values() if t.shared)
    return [
        _found(context, world, "plan:access", len(owed), not missing and not copy.unreached, says, detail),
        _found(context, world, "shared:two-owners", shared, not others, told, detail),
    ]


def _corrected(context: ProbeContext, world: World, bound: Bound) -> list[Evidence]:
    old = email(world.run, CANARY)
    found = corrected(context, world, bound.bindings[0], old, old.replace("@", "x@"))
    if found is None:
        return []
    if isinstance(found, Refused):
        return [_refused(context, CORRECTED, found)]
    exercised, well, says, detail = found
    return [_found(context, world, CORRECTED, exercised, well, says, detail)]


def _erased(context: ProbeContext, world: World, bound: Bound) -> list[Evidence]:
    made = _planned(context, world, "erasure")
    if isinstance(made, Refused):
        return [_refused(context, "plan:erasure", made)]
    before = world.cells(CANARY)
    strangers, files = world.cells(STRANGER), len(world.files)
    answer = run_erasure(
        made, world.estate, world.catalogue, bound.bindings, world.stores,
        today=context.now().date(), secret=secrets.token_hex(32), objects=Objects(world.objects, MemoryPending()),
    )  # fmt: skip
    after, theirs = world.cells(CANARY), world.cells(STRANGER)
    kept, undated = _kept(answer)
    left = {cell: n for cell, n in after.items() if cell not in kept}
    harmed = sum(n - theirs.get(cell, 0) for cell, n in strangers.items())
    detail = {
        "cells before": sum(before.values()), "cells kept": sum(n for c, n in after.items() if c in kept),
        "cells left": sum(left.values()), "cells of the stranger lost": harmed,
    }  # fmt: skip
    if files:
        detail |= {"files before": files, "files left": len(world.files)}
    done = answer.is_done and not left and not harmed and not detail.get("files left")
    says = f"the canary’s {detail['cells before']} cells were erased, {detail['cells kept']} kept by a rule, none left over"
    if not done:
        says = (
            f"{detail['cells left']} cells of the canary were left in {len({c[:2] for c in left})} tables, "
            f"{counted(harmed, 'cell')} of the stranger {'was' if harmed == 1 else 'were'} lost, {counted(len(answer.open), 'store')} did not end"
            + (f", {detail['files left']} of her files are still there" if detail.get("files left") else "")
        )
    held = f"{counted(len(kept), 'column', 'is', 'are')} held, and nothing beside them, each until its day or until its ground ends"
    wrong = len(left) + undated
    if wrong:
        held = f"{counted(len(left), 'column')} beside the held ones {'was' if len(left) == 1 else 'were'} left, {counted(undated, 'held row', 'names', 'name')} no end"
    return [
        _found(context, world, "plan:erasure", sum(before.values()), done, says, detail),
        _found(context, world, "holds:kept", len(kept), not wrong, held, detail),
    ]


def _planned(context: ProbeContext, world: World, kind: str) -> Plan | Refused:
    ask = Ask("A-canary", kind, 1)  # type: ignore[arg-type]
    return plan(context.program, world.estate, world.catalogue, (), ask, context.now().date())


def _answered(world: World, tables: object) -> tuple[set[Cell], int]:
    """Columns in which the canary's answer shows something of hers, and cells that hold the stranger's token."""
    said, strange = token(world.run, CANARY), token(world.run, STRANGER)
    hers: set[Cell] = set()
    others = 0
    for table in tables:  # type: ignore[attr-defined]
        for row in table.rows:
            for column, value in zip(table.columns, row, strict=True):
                if value is not None:
                    hers.add((table.store, table.table, column.name))
                others += strange in str(value) and said not in str(value)
        for waiting in table.review:
            hers.add((table.store, table.table, waiting.column))
    return hers, others


def is_returned(world: World, cell: Cell) -> bool:
    """Whether an answer owes this cell: a category or free text of a row of one owner. Rows of two owners follow their rule."""
    table = _table(world, cell)
    if table is None or table.shared:
        return False
    role = next((c.role for c in table.columns if c.name == cell[2]), None)
    return isinstance(role, Category | FreeText)


def _made(world: World) -> set[Cell]:
    """Categories and free texts of one owner that were made for the canary, whether they still stand or not."""
    return {
        (name, row.table, column)
        for name, rows in world.rows.items()
        for row in rows
        if row.person == CANARY
        for column, value in row.values.items()
        if value is not None and is_returned(world, (name, row.table, column))
    }


def _table(world: World, cell: Cell) -> Table | None:
    return world.estate.stores[cell[0]].tables.get(cell[1])


def _kept(answer: Answer) -> tuple[set[Cell], int]:
    """Columns that rules keep; rows whose rule names neither a day nor a ground."""
    columns = {(s.store, k.table, c) for s in answer.stores for k in s.kept for c in k.rule.columns}
    undated = sum(1 for s in answer.stores for k in s.kept if not k.rule.ground)
    return columns, undated


# ---- the world -----------------------------------------------------------------------------------------------------


@contextmanager
def canary_world(context: ProbeContext) -> Iterator[World]:
    """Shadows of every store with the two people in them."""
    reached = {n: s for n, s in context.estate.stores.items() if n in context.urls and s.kind != "backup"}
    world = World(Estate(reached, context.estate.objects), secrets.token_hex(4))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="uph-canary-files-")))
        world.files_at = folder
        world.objects |= open_objects(world.estate, {name: f"file://{folder / name}" for name in world.estate.objects})
        for name, store in reached.items():
            shadow = stack.enter_context(shadow_of(store.engine, context.urls[name], context.server))
            world.shadows[name] = shadow
            first = open_store(store, shadow.url)
            live = first.catalogue()
            first.close()
            made = rows_of(store, live, world.run, context.now())
            world.rows[name] = [r for r in made if _stands(shadow, r, store.tables.get(r.table))]
            # What the map says belongs to nobody is in no answer and no erasure of anybody.
            owned = {table for table, known in store.tables.items() if not known.no_owner}
            world.mapped += len(owned)
            world.filled += len({r.table for r in world.rows[name] if r.person == CANARY} & owned)
        put_files(world)
        if context.planting is not None:
            context.planting(world.shadows, world.rows)
        for name, store in reached.items():
            session = open_store(store, world.shadows[name].url)
            stack.callback(session.close)
            world.stores[name], world.live[name] = session, session.catalogue()
        yield world


def put_files(world: World) -> None:
    """A file for each cell of the two people that names one; again, where it was erased."""
    for name, rows in world.rows.items():
        for row in (r for r in rows if r.table in world.estate.stores[name].tables):
            for column in world.estate.stores[name].tables[row.table].columns:
                value = row.values.get(column.name)
                if column.file in world.objects and value is not None:
                    (world.files_at / column.file).mkdir(exist_ok=True)
                    (world.files_at / column.file / str(value)).write_text(row.person)


def _stands(shadow: Shadow, row: Row, table: Table | None) -> bool:
    """Whether the row was taken; a key that only the engine may give is left to it."""
    refused = shadow.insert(row.table, list(row.values), list(row.values.values()))
    if refused == "GeneratedAlways" and table is not None:
        given = {c: v for c, v in row.values.items() if c not in table.key}
        refused = shadow.insert(row.table, list(given), list(given.values()))
    return not refused


def subject_of(world: World) -> Subject:
    """The canary by her address where a root table knows addresses, else by key."""
    identifiers: set[tuple[str, str, str]] = set()
    keys: dict[tuple[str, str], tuple[tuple[object, ...], ...]] = {}
    for name, store in world.estate.stores.items():
        for row in world.rows[name]:
            table = store.tables.get(row.table)
            if table is None or table.root is None or row.person != CANARY:
                continue
            mails = [i for i in table.identifies if i.form.startswith("email/") and i.names == "one"]
            if mails:
                identifiers.add((table.root, mails[0].form, email(world.run, CANARY)))
            elif all(row.values.get(column) is not None for column in table.key):
                keys[name, row.table] = (tuple(row.values[column] for column in table.key),)
    return Subject("canary", keys, tuple(sorted(identifiers)))


def _found(
    context: ProbeContext, world: World, control: str, exercised: int, good: bool, says: str, detail: Mapping[str, int]
) -> Evidence:
    return evidence(
        context, control, VERSION, exercised, "held" if good else "failed", says, "shadow",
        coverage=Coverage(world.filled, world.mapped, "tables"), detail=detail,
        mend="" if good else "Look at the tables with `upheld explain`, then map what is missing.",
    )  # fmt: skip


def _refused(context: ProbeContext, control: str, refused: Refused) -> Evidence:
    says = f"the ordinary plan was refused for the canary: {refused.code}, {refused.reason}"
    return evidence(context, control, VERSION, 1, "failed", says, "shadow", mend=refused.help)


# ---- the twin ------------------------------------------------------------------------------------------------------


@contextmanager
def _faults(context: ProbeContext) -> Iterator[ProbeContext]:
    """In the shadows' data: an unmapped copy of the people, one of the canary's rows lost, the stranger's words in the canary's row."""
    yield replace(context, planting=_planter(context), sandboxed=True)


def _planter(context: ProbeContext) -> Callable[[Mapping[str, Shadow], Mapping[str, list[Row]]], None]:
    def plant(shadows: Mapping[str, Shadow], rows: Mapping[str, list[Row]]) -> None:
        for name, shadow in shadows.items():
            tables = context.estate.stores[name].tables
            for row in rows[name]:
                table = tables.get(row.table)
                if table is not None and table.root is not None and row.person == CANARY:
                    shadow.execute(f'CREATE TABLE "{COPIES}_{row.table}" AS SELECT * FROM "{row.table}"')
                    _misplace(shadow, table, row, rows[name])
            _lose(shadow, [r for r in rows[name] if r.person == CANARY and r.table in tables and not tables[r.table].shared])

    return plant


def _misplace(shadow: Shadow, table: Table, row: Row, rows: list[Row]) -> None:
    """A text of the canary's root row becomes the stranger's."""
    other = next((r for r in rows if r.table == row.table and r.person == STRANGER), None)
    bearing = {i.column for i in table.identifies} | {i.column for i in table.identity}
    for column in table.columns:
        value = other.values.get(column.name) if other else None
        if isinstance(column.role, Category) and column.name not in bearing and "canary" in str(value):
            where = " AND ".join(f'"{k}" = {_literal(row.values.get(k))}' for k in table.key)
            shadow.execute(f'UPDATE "{row.table}" SET "{column.name}" = {_literal(value)} WHERE {where}')
            return


def _lose(shadow: Shadow, rows: list[Row]) -> None:
    """The last of the canary's rows that nothing hangs on is gone."""
    for row in reversed(rows):
        column, value = next(((c, v) for c, v in row.values.items() if "canary" in str(v)), ("", None))
        if column:
            try:
                shadow.execute(f'DELETE FROM "{row.table}" WHERE "{column}" = {_literal(value)}')
            except Exception:  # something hangs on it: another row will do
                continue
            return


def _literal(value: object) -> str:
    """A generated value as SQL; never a value of a firm's row."""
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


CONTROLS = frozenset({"plan:access", CORRECTED, "plan:erasure", "shared:two-owners", "holds:kept"})
CANARY_ASKS = Probe("canary", 3, CONTROLS, tried, _faults)
