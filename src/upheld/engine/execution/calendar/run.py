"""A calendar plan becomes effects: table by table, so many rows a transaction, each chunk recorded like an erasure's, until no row is due.

Nothing is bound: each chunk reads and locks its own rows by what they say. A killed run goes on from the rows that are still due. Rows that one pass
frees (their last child went, a trigger copied them) are found by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution.answer import Answer, StoreOutcome
from upheld.engine.execution.calendar.elsewhere import people_of
from upheld.engine.execution.calendar.lists import lists_in, scopes_of, with_kept
from upheld.engine.execution.calendar.pace import Pace
from upheld.engine.execution.erasure import (
    Failpoint,
    HandedOver,
    Run,
    TooMany,
    chunk_of,
    no_failpoint,
    nobody_to_hand_to,
    values_of,
)
from upheld.engine.execution.journal import ChunkRecord, Journal, MemoryJournal
from upheld.engine.execution.kept.rows import KeptRows
from upheld.engine.execution.objects import Objects, erase_objects
from upheld.engine.plan.model import Binding, Failed, Outcome
from upheld.engine.plan.plans import Plan, Preview, StorePlan
from upheld.engine.plan.steps import BlankColumns, ByLink, DeleteObjects, DeleteRows, RefreshDerived, SelectDue, Step, Sweep
from upheld.engine.stores import Store, StoreFault
from upheld.engine.stores.sql.calendar import DUE_ROWS, led_by, still_due
from upheld.engine.stores.sql.statements import Script, Span, Statement

PASSES = 8
DENSE = 10  # a table is walked where at least every so many-th row is due: else an index finds them
FREED = 1  # with the hundred that every step is allowed beyond its preview
Told = Callable[[str, int], None]
Way = Callable[[Run, StorePlan, Store, Script, list[ChunkRecord], int, Told], Outcome | None]


@dataclass(frozen=True, slots=True)
class Ended:
    """`left`: rows by (store, table) that are still past their date after the last pass; empty is the only good end."""

    answer: Answer
    left: Mapping[tuple[str, str], int]


def run_calendar(plan: Plan, estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store], *, day: date, secret: str,
                 journal: Journal | None = None, preview: Preview | None = None, failpoint: Failpoint = no_failpoint,
                 told: Told = lambda *_: None, lists: tuple[Binding, ...] = (), hand_over: HandedOver = nobody_to_hand_to,
                 objects: Objects | None = None) -> Ended:  # fmt: skip
    """What was ended, per store. Called again with the same journal it goes on; called again at all it finds nothing.

    `secret` (hex) makes tokens for cells that may not be NULL; it must be the installation's own, the same in every run. `told(table, rows)` hears
    of every chunk. `lists`: kept rows by key (`calendar.lists`). Errors are outcomes, as in an erasure. Cost: 4 to 6 statements a chunk of 100,000 rows, whatever the tables.
    """
    held_to = _allowed(plan, preview) if preview is not None else None
    run = Run(
        plan,
        estate,
        catalogue,
        lists,
        stores,
        journal or MemoryJournal(),
        day,
        secret,
        held_to,
        1,
        failpoint,
        objects,
        hand_over=hand_over,
    )
    outcomes, left = _stores(run, told)
    if not outcomes or not outcomes[-1].stops:
        outcomes += erase_objects(plan, catalogue, stores, objects, failpoint)
    planned = (*(p.store for p in plan.stores), *(s.objects for s in plan.after if isinstance(s, DeleteObjects)))
    return Ended(Answer(plan.ask.id, plan.digest, tuple(outcomes), planned), left)


def _stores(run: Run, told: Told) -> tuple[list[StoreOutcome], dict[tuple[str, str], int]]:
    """Each store's part; those that ask other stores once more, as long as another one freed rows of theirs."""
    left: dict[tuple[str, str], int] = {}
    problem = _ask_all(run)
    if problem is not None:
        return [problem], left
    outcomes: dict[str, StoreOutcome] = {}
    for _ in range(PASSES):
        rows = sum(one.rows for one in outcomes.values())
        for part in run.plan.stores:
            if part.store not in outcomes or _asks(run, part):
                outcomes[part.store] = _store(run, part, told, left, again=part.store in outcomes)
                if outcomes[part.store].stops:
                    return [*outcomes.values()], left
        if rows == sum(one.rows for one in outcomes.values()) or not any(_asks(run, part) for part in run.plan.stores):
            break
    return [*outcomes.values()], left


def _ask_all(run: Run) -> StoreOutcome | None:
    """Before anything ends: what is over now is over for this run, in whatever order the stores come."""
    for part in run.plan.stores:
        session = run.stores.get(part.store)
        try:
            if session is not None:
                store, live = run.estate.stores[part.store], run.catalogue.stores[part.store]
                _ask(run, part, session.script(part, live, store.region or store.place))
        except StoreFault as fault:
            return StoreOutcome(part.store, Failed(fault.code, fault.cause, fault.retry or fault.lost, fault.help))
    return None


def _store(run: Run, part: StorePlan, told: Told, left: dict[tuple[str, str], int], again: bool = False) -> StoreOutcome:
    session = run.stores.get(part.store)
    if session is None:
        return StoreOutcome(part.store, Failed("X101", f"{part.store} has no address", retry=True))
    records = list(_before(run, part.store))
    try:
        problem = _passes(run, part, session, records, told, left, again)
        for step in part.steps if problem is None else ():
            # At every run, also where nothing was due: whether the last one came so far, nobody knows after a crash.
            if isinstance(step, RefreshDerived):
                session.refresh(step.views)
    except StoreFault as fault:
        session.rollback()
        problem = Failed(fault.code, fault.cause, fault.retry or fault.lost, fault.help)
    return StoreOutcome(part.store, problem, tuple(records))


def _before(run: Run, store: str) -> Iterator[ChunkRecord]:
    """Chunks that an earlier call committed."""
    number = 0
    while run.journal.state(store, number)[0] == "done" and (record := run.journal.record(store, number)) is not None:
        yield record
        number += 1


def _passes(run: Run, part: StorePlan, session: Store, records: list[ChunkRecord], told: Told,
            left: dict[tuple[str, str], int], again: bool) -> Outcome | None:  # fmt: skip
    store, live = run.estate.stores[part.store], run.catalogue.stores[part.store]
    script = session.script(part, live, store.region or store.place)
    due = [(at, table) for at, table in _tables(part.steps) if run.preview is None or run.preview.rows.get((part.store, at))]
    problem = _settled(run, part, session, script, records)
    if problem is not None:
        return problem
    if _asks(run, part):
        _ask(run, part, script)  # stores before this one have ended what counted on its rows
    if again:
        freed = _still_due(run, part, session)
        due = [(at, table) for at, table in _tables(part.steps) if at in freed]
        if not due:
            return None
    before: dict[int, int] = {}
    for turn in range(PASSES):
        for at, table in due:
            way = _table if turn or again else _way(run, part, session, script, at)
            problem = way(run, part, session, _only(script, table, way), records, at, told)
            if problem is not None:
                return problem
        _ask(run, part, script)
        still = _still_due(run, part, session)
        for place in [place for place in left if place[0] == part.store]:
            del left[place]
        left |= {(part.store, part.steps[n].wanted.table): rows for n, rows in still.items()}  # type: ignore[union-attr]
        if not still or still == before:
            break
        before, due = still, [(at, table) for at, table in _tables(part.steps) if at in still]
    return None


def _ask(run: Run, part: StorePlan, script: Script) -> None:
    """What other rows say of the people of this store's rows, as of now. Of whom it was over in this run it stays over: what said so may have gone since."""
    asked = (*script.statements.values(), *(goes for _, goes in script.whole.values()))
    found = people_of(
        asked,
        part.store,
        run.estate,
        run.catalogue,
        run.stores,
        run.today,
        run.secret,
        scopes_of(lists_in(run.plan), run.bindings),
    )
    before = run.people.get(part.store, {})
    for param, keys in found.items():
        if not getattr(param.ends, "some", False):
            found[param] = sorted({*keys, *before.get(param, ())}, key=str)
    run.people[part.store] = found


def _asks(run: Run, part: StorePlan) -> bool:
    return bool(run.people.get(part.store))


def _settled(run: Run, part: StorePlan, session: Store, script: Script, records: list[ChunkRecord]) -> Outcome | None:
    """A chunk that an earlier call prepared is brought to its end first, without a statement: what it left undone is due like any other."""
    if run.journal.state(part.store, len(records))[0] != "prepared":
        return None
    store, live = run.estate.stores[part.store], run.catalogue.stores[part.store]
    found = chunk_of(run, part, session, _only(script, range(0)), store, live, len(records), (), 2)
    if not isinstance(found, ChunkRecord):
        return found
    records.append(found)
    return None


def _table(run: Run, part: StorePlan, session: Store, script: Script, records: list[ChunkRecord], at: int, told: Told,
           ) -> Outcome | None:  # fmt: skip
    shown = run.preview.rows.get((part.store, at)) if run.preview is not None else None
    shown = shown or None  # where none were shown, what triggers copied meanwhile is due all the same
    rows, came = DUE_ROWS, 0
    # Once as many came as were shown, whether more are due by now is the read-back's to say, which reads the whole table anyway.
    while rows >= DUE_ROWS and came != shown:
        found = _chunk(run, part, session, script, records, at, told)
        if not isinstance(found, int):
            return found
        rows = found
        came += rows
    return None


def _walk(run: Run, part: StorePlan, session: Store, script: Script, records: list[ChunkRecord], at: int, told: Told,
          ) -> Outcome | None:  # fmt: skip
    """So many pages a transaction, from the table's beginning to its end; what came behind it is the next pass's."""
    pace = Pace(*_size(run, part, session, script, at))
    shown = run.preview.rows[part.store, at] if run.preview is not None else None
    came = 0
    try:
        while not pace.is_over and came != shown:
            run.between = pace.places()
            try:
                found = _chunk(run, part, session, script, records, at, told)
            except TooMany:
                pace.shorten()
                continue
            if not isinstance(found, int):
                return found
            came += found
            pace.go_on(found)
    finally:
        run.between = "", ""
    return None


def _range(run: Run, part: StorePlan, session: Store, script: Script, records: list[ChunkRecord], at: int, told: Told,
           ) -> Outcome | None:  # fmt: skip
    """From one end of the table's key to the other, so many due rows a transaction; what came behind it is the next pass's."""
    span, came = script.spans[at], 0
    shown = run.preview.rows[part.store, at] if run.preview is not None else None
    after = _place(run, part, session, span, span.first)
    try:
        while after is not None and came != shown:
            run.between = after, after
            until = _place(run, part, session, span, span.until)
            run.between = after, until or _place(run, part, session, span, span.last) or after
            found = _chunk(run, part, session, script, records, at, told)
            if not isinstance(found, int):
                return found
            came, after = came + found, until
    finally:
        run.between = "", ""
    return None


def _place(run: Run, part: StorePlan, session: Store, span: Span, asked: Statement) -> Mapping[str, object] | None:
    """The key that the statement finds, by column."""
    session.begin(snapshot=True)
    try:
        rows = session.rows(asked, values_of(run, part, run.estate.stores[part.store], ()))
    finally:
        session.rollback()
    return dict(zip(span.columns, rows[0], strict=True)) if rows else None


def _way(run: Run, part: StorePlan, session: Store, script: Script, at: int) -> Way:
    """How a table's first pass goes: along it, where more is due than one transaction takes, and no index leads to the little of it that is."""
    if _is_dense(run, part, session, script, at):
        return _walk
    step, shown = part.steps[at], run.preview.rows.get((part.store, at), 0) if run.preview is not None else 0
    if shown <= DUE_ROWS or at not in script.spans or not isinstance(step, SelectDue):
        return _table
    live = run.catalogue.stores[part.store].tables[step.wanted.table]
    return _range if live.estimate <= shown * DENSE or not led_by(step, live) else _table


def _is_dense(run: Run, part: StorePlan, session: Store, script: Script, at: int) -> bool:
    """Whether so much of the table is due that it is walked: more than one transaction's worth, and no small part."""
    shown = run.preview.rows.get((part.store, at), 0) if run.preview is not None else 0
    return shown > DUE_ROWS and at in script.walks and _size(run, part, session, script, at)[0] <= shown * DENSE


def _size(run: Run, part: StorePlan, session: Store, script: Script, at: int) -> tuple[int, int, int]:
    """Rows and pages as the statistics say, and pages now."""
    session.begin(snapshot=True)
    try:
        [(rows, pages, now)] = session.rows(script.walks[at][1].size, values_of(run, part, run.estate.stores[part.store], ()))
    finally:
        session.rollback()
    return int(str(rows)), int(str(pages)), int(str(now))


def _chunk(
    run: Run, part: StorePlan, session: Store, script: Script, records: list[ChunkRecord], at: int, told: Told
) -> Outcome | int:
    """One transaction's worth; how many rows it met."""
    store, live = run.estate.stores[part.store], run.catalogue.stores[part.store]
    # Two chunks of how many nobody knows: what is asked of all chunks together is asked of none here.
    found = chunk_of(run, part, session, script, store, live, len(records), (), 2)
    if not isinstance(found, ChunkRecord):
        return found
    records.append(found)
    _note(run, part, found)
    rows = sum(found.rows.values()) + sum(len(kept.keys) for kept in found.kept)
    told(part.steps[at].wanted.table, rows)  # type: ignore[union-attr]
    return rows


def _note(run: Run, part: StorePlan, record: ChunkRecord) -> None:
    """Rows that were put on record as held count, for what is held in them, on no other row's event from now on."""
    for kept in record.kept:
        rows = KeptRows(part.store, kept.table, kept.rule, None, kept.keys, whole=False)
        run.bindings = with_kept(run.bindings, rows)


def _still_due(run: Run, part: StorePlan, session: Store) -> dict[int, int]:
    """Rows past their date by position of their set: the last read-back, over the whole table and not over what was done."""
    store, live, found = run.estate.stores[part.store], run.catalogue.stores[part.store], {}
    session.begin(snapshot=True)
    try:
        values = values_of(run, part, store, ())
        for number, step in enumerate(part.steps):
            if isinstance(step, SelectDue):
                [(count,)] = session.rows(still_due(step, live, store.engine), values)
                found[number] = int(str(count))
    finally:
        session.rollback()
    return {n: rows for n, rows in found.items() if rows}


def _allowed(plan: Plan, preview: Preview) -> Preview:
    """The counts that a run is held to: a row may be blanked in one pass and deleted in a later one, and one that goes may free another.

    So each step of a table may touch as many rows as the table has past their date; a table without any, a hundred if others have some. What hangs on
    rows that go was shown, too, and triggers may copy a row at each step.
    """
    rows = dict(preview.rows)
    for part in plan.stores:
        total = sum(preview.rows.get((part.store, n), 0) for n, s in enumerate(part.steps) if isinstance(s, SelectDue))
        for start, table in _tables(part.steps):
            due = preview.rows.get((part.store, start), 0)
            for number in table[1:]:
                seen = preview.rows.get((part.store, number), 0)
                shown = seen + due * len(table) if _hangs(part.steps[number]) else max(due, seen)
                rows[part.store, number] = max(shown, FREED) if total else shown
    return Preview(rows, 1)


def _hangs(step: Step) -> bool:
    return isinstance(step, BlankColumns | DeleteRows) and isinstance(step.rows.paths[0], ByLink)


def _tables(steps: tuple[Step, ...]) -> Iterator[tuple[int, range]]:
    """The steps of each table: its set's, and those up to the next set."""
    starts = [n for n, step in enumerate(steps) if isinstance(step, SelectDue)]
    for start, end in zip(starts, [*starts[1:], len(steps)], strict=True):
        yield start, range(start, end)


def _only(script: Script, table: range, way: Way = _table) -> Script:
    """The same script with the statements of one table; numbers stay. Where every due row goes, it goes where it lies: the read-back is the last one."""
    if table and table[0] in script.whole:
        number, goes = script.whole[table[0]]
        goes = script.walks[table[0]][1].goes if way is _walk else script.spans[table[0]].goes if way is _range else goes
        alone = tuple(step if n == number else Sweep(step.why) for n, step in enumerate(script.steps))
        return replace(script, statements={number: goes}, steps=alone)
    nothing = Sweep(script.steps[0].why)
    steps = tuple(step if n in table else nothing for n, step in enumerate(script.steps))
    statements = {n: s for n, s in script.statements.items() if n in table}
    if way is _range:
        statements[table[0]] = script.spans[table[0]].goes
    return replace(script, statements=statements, steps=steps)
