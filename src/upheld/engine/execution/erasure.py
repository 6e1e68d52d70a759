"""A plan and its bindings become an erasure: chunk by chunk, store by store, each once recorded, all or nothing within a chunk.

The numbered run of the design: leaf stores first; per chunk timeouts, fence, fingerprint, locks, sets, guards, cuts, deepest first, constraints,
read-backs, our record *prepared*, the store's commit, our record *done*. A crash anywhere leaves a state from which the same call goes on. Not
taken: two-phase commit; it is off by default in the stores we meet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate, StoreCatalogue, StoreMap
from upheld.engine.execution.answer import Answer, StoreOutcome
from upheld.engine.execution.bind import still_contested
from upheld.engine.execution.chunks.chunk import Found, run_chunk
from upheld.engine.execution.chunks.drain import drain
from upheld.engine.execution.chunks.nobody import nobody_in
from upheld.engine.execution.chunks.owned import owners_of
from upheld.engine.execution.chunks.sets import Row
from upheld.engine.execution.chunks.values import ChunkValues, Place
from upheld.engine.execution.journal import ChunkRecord, Journal, MemoryJournal
from upheld.engine.execution.objects import Objects, erase_objects, note_paths
from upheld.engine.execution.preview import count_chunk
from upheld.engine.plan.errors import drifted, refused
from upheld.engine.plan.model import Binding, Failed, Outcome, Refused, Unknown
from upheld.engine.plan.plans import Plan, Preview, StorePlan
from upheld.engine.plan.steps import (
    BlankColumns,
    CorrectColumns,
    CutLink,
    DeleteObjects,
    DeleteRows,
    EditDocument,
    RefreshDerived,
    Rekey,
    Step,
)
from upheld.engine.stores import Store, StoreFault
from upheld.engine.stores.sql.calendar import DUE_ROWS
from upheld.engine.stores.sql.statements import Param, Script
from upheld.language.diagnostic import counted

CHUNK_SUBJECTS = 1_000
ATTEMPTS = 5
CHANGES = (BlankColumns, CutLink, EditDocument, DeleteRows, Rekey)
Failpoint = Callable[[str], None]
Work = Callable[[Store, StorePlan, ChunkValues], Found]  # what is done in a chunk's transaction, where it is no erasure


def no_failpoint(_: str) -> None:
    """The failpoint of every run that no test crashes."""


HandedOver = Callable[[str, int, Mapping[int, tuple[Step, tuple[tuple[object, ...], ...]]]], None]


def nobody_to_hand_to(store: str, chunk: int, rows: Mapping[int, tuple[Step, tuple[tuple[object, ...], ...]]]) -> None:
    """Where no file was said, nothing goes."""
    raise ValueError(f"{store}: rows are to be handed over, and no folder was said")


@dataclass(slots=True)
class Run:
    """What every chunk of one run is handed."""

    plan: Plan
    estate: Estate
    catalogue: Catalogue
    bindings: Sequence[Binding]
    stores: Mapping[str, Store]
    journal: Journal
    today: date
    secret: str
    preview: Preview | None
    chunk_subjects: int
    failpoint: Failpoint
    objects: Objects | None = None
    others: Sequence[Binding] = ()  # whom a hold of the plan names and the ask does not
    touched: dict[tuple[str, int], int] = field(default_factory=dict)
    hand_over: HandedOver = nobody_to_hand_to
    people: dict[str, Mapping[Param, list[object]]] = field(default_factory=dict)  # by store: of whom other rows say something
    work: Work | None = None
    between: tuple[Place, Place] = ("", "")  # places of a table, where a calendar walks from one to the next


class TooMany(Exception):
    """More rows lie between two places than one transaction takes; nothing was done."""


def run_erasure(plan: Plan, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding], stores: Mapping[str, Store], *,
                today: date, secret: str, journal: Journal | None = None, preview: Preview | None = None,
                chunk_subjects: int = CHUNK_SUBJECTS, failpoint: Failpoint = no_failpoint,
                objects: Objects | None = None, others: Sequence[Binding] = (), work: Work | None = None) -> Answer:  # fmt: skip
    """What was erased, what stays and why, per store. Called again with the same journal it goes on where it stopped. `work`: another change than an
    erasure, chunk by chunk under the same contract.

    `secret` (hex, of this ask alone) makes tokens; it must be the same on every attempt. Errors are outcomes: Refused and Failed leave the chunk's
    store as it was; Unknown never counts as done. Cost: the statements of the plan per chunk, whatever the rows, plus two journal commits.
    """
    run = Run(
        plan,
        estate,
        catalogue,
        bindings,
        stores,
        journal or MemoryJournal(),
        today,
        secret,
        preview,
        chunk_subjects,
        failpoint,
        objects,
        others,
        work=work,
    )
    outcomes = []
    for part in plan.stores:
        outcome = _store(run, part)
        outcomes.append(outcome)
        if outcome.stops:
            break
    if not outcomes or not outcomes[-1].stops:
        outcomes += erase_objects(plan, catalogue, stores, objects, failpoint)
    planned = (*(p.store for p in plan.stores), *(s.objects for s in plan.after if isinstance(s, DeleteObjects)))
    return Answer(plan.ask.id, plan.digest, tuple(outcomes), planned)


def settle(plan: Plan, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding], stores: Mapping[str, Store], *,
           today: date, secret: str, chunk_subjects: int = CHUNK_SUBJECTS, objects: Objects | None = None,
           others: Sequence[Binding] = (), journal: Journal | None = None) -> Answer:  # fmt: skip
    """The same again from the bindings, after the longest writer: `rows` of each outcome is what was still found.

    The ask cannot end before every store's outcome says 0. A hold or a restriction that came after the run stops it (X207, X258) only where there
    is something left to erase.
    """
    answer = run_erasure(
        plan,
        estate,
        catalogue,
        bindings,
        stores,
        today=today,
        secret=secret,
        chunk_subjects=chunk_subjects,
        objects=objects,
        others=others,
        journal=journal,
    )
    stopped = next((one.problem for one in answer.stores if one.problem is not None), None)
    if not isinstance(stopped, Refused) or stopped.code not in ("X207", "X258"):
        return answer
    run = Run(
        plan,
        estate,
        catalogue,
        bindings,
        stores,
        MemoryJournal(),
        today,
        secret,
        None,
        chunk_subjects,
        no_failpoint,
        objects,
        others,
    )
    if any(_finds(run, part) for part in plan.stores):
        return answer
    return replace(answer, stores=tuple(StoreOutcome(name, None) for name in answer.planned))


def _finds(run: Run, part: StorePlan) -> bool:
    """Whether a run would change any row of this store now; read only, nothing locked. A guard that would stop it counts as one."""
    session, store, live = run.stores[part.store], run.estate.stores[part.store], run.catalogue.stores[part.store]
    script = session.counting(part, live, store.region or store.place)
    _note_nobody(run, session, script, store)
    several = len(run.bindings) > run.chunk_subjects
    for start in range(0, len(run.bindings), run.chunk_subjects):
        values = values_of(run, part, store, tuple(run.bindings[start : start + run.chunk_subjects]))
        rows: dict[tuple[str, int], int] = {}
        if count_chunk(session, part, script, values, rows, live.fingerprint, several=several) is not None:
            return True
        if any(count and isinstance(part.steps[step], CHANGES) for (_, step), count in rows.items()):
            return True
    return False


def _store(run: Run, part: StorePlan) -> StoreOutcome:
    session = run.stores.get(part.store)
    if session is None:
        return StoreOutcome(part.store, Failed("X101", f"{part.store} has no address", retry=True))
    store, live = run.estate.stores[part.store], run.catalogue.stores[part.store]
    chunks = [tuple(run.bindings[n : n + run.chunk_subjects]) for n in range(0, len(run.bindings), run.chunk_subjects)]
    records: list[ChunkRecord] = []
    try:
        script = session.script(part, live, store.region or store.place)
        _note_nobody(run, session, script, store)
        for number, chunk in enumerate(chunks):
            outcome = chunk_of(run, part, session, script, store, live, number, chunk, len(chunks))
            if not isinstance(outcome, ChunkRecord):
                return StoreOutcome(part.store, outcome, tuple(records))
            records.append(outcome)
        for step in part.steps:
            # Made anew at every run: whether the last one came so far, nobody knows after a crash.
            if isinstance(step, RefreshDerived):
                session.refresh(step.views)
    except StoreFault as fault:
        session.rollback()
        return StoreOutcome(part.store, Failed(fault.code, fault.cause, fault.retry or fault.lost, fault.help), tuple(records))
    return StoreOutcome(part.store, None, tuple(records))


def chunk_of(run: Run, part: StorePlan, session: Store, script: Script, store: StoreMap, live: StoreCatalogue, number: int,
           chunk: tuple[Binding, ...], chunks: int) -> ChunkRecord | Outcome:  # fmt: skip
    """One chunk to its end: done before, settled after a lost reply, or run, at most five times."""
    state, token = run.journal.state(part.store, number)
    before = run.journal.record(part.store, number)
    if state == "done" and before is not None:
        return before
    if state == "prepared" and before is not None and token:
        ended = session.ended(token)
        if ended == "running":
            return Unknown(token)
        if ended == "committed":
            run.journal.done(replace(before, settled=True))
            return before
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _attempt(run, part, session, script, store, live, number, chunk, chunks)
        except StoreFault as fault:
            session.rollback()
            if fault.lost:
                found = _after_loss(run, session, part, number)
                if found is not None:
                    return found
            if not (fault.retry or fault.lost) or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _after_loss(run: Run, session: Store, part: StorePlan, number: int) -> ChunkRecord | Outcome | None:
    """The line dropped. None: nothing was committed as far as anybody can say, so the chunk runs again from its bindings."""
    state, token = run.journal.state(part.store, number)
    record = run.journal.record(part.store, number)
    if state != "prepared" or record is None or not token:
        return None
    match session.ended(token):
        case "committed":
            run.journal.done(replace(record, settled=True))
            return record
        case "running":
            return Unknown(token)
        case _:
            return None


def _attempt(run: Run, part: StorePlan, session: Store, script: Script, store: StoreMap, live: StoreCatalogue, number: int,
             chunk: tuple[Binding, ...], chunks: int) -> ChunkRecord | Outcome:  # fmt: skip
    # The guard stands before the store's transaction and until the record: a hold is before the commit or after it, never lost.
    held = run.journal.guard(tuple(b.ref for b in chunk))
    if held is not None:
        return held
    fence = fence_of(run.plan.digest, part.store)
    try:
        # A drain commits before the chunk's guards run, so they are asked first: nothing goes of a chunk that would be refused.
        stops = _stops(session, part, store, live, values_of(run, part, store, chunk), chunks) if script.drains else None
        if stops is not None:
            run.journal.release()
            return stops
        drained = drain(
            session, script, lambda: values_of(run, part, store, chunk), lambda: session.begin(fence), live.fingerprint,
            lambda rows: _too_many(run, part, Found(rows)),
        )  # fmt: skip
        if isinstance(drained, Refused):
            run.journal.release()
            return drained
        session.begin(fence, deferred=script.deferred)
        if session.fingerprint() != live.fingerprint:
            session.rollback()
            run.journal.release()
            return drifted(part.store)
        values = values_of(run, part, store, chunk)
        refs = tuple(b.ref for b in chunk)
        found = run.work(session, part, values) if run.work is not None else run_chunk(
            session, script, values, several=chunks > 1, meanwhile=lambda: run.journal.ahead(part.store, number, refs),
            whose=lambda tables: owners_of(session, store, live, chunk, tables, run.today),
        )  # fmt: skip
        if isinstance(run.between[0], str) and run.between[0] and sum(found.rows.values()) > DUE_ROWS:
            raise TooMany
        found.rows |= {step: rows + found.rows.get(step, 0) for step, rows in drained.items()}
        problem = found.problem or _too_many(run, part, found)
        if problem is not None:
            session.rollback()
            run.journal.release()
            return problem
        # On record before the commit: afterwards nothing in the store leads to these files.
        problem = note_paths(run.objects, part.store, number, found.paths)
        if problem is not None:
            session.rollback()
            run.journal.release()
            return problem
        token = session.seal()
        record = ChunkRecord(
            part.store, number, tuple(b.ref for b in chunk), found.rows, found.left, found.identifiers, found.kept,
            _contested(part, chunk, values), token, frames=found.frames, changed=found.changed,
        )  # fmt: skip
        record = _as_prepared(run.journal.record(part.store, number), record)
        if found.handed:
            # On disk before the commit: a crash leaves a file too many, never a row that nobody has.
            run.hand_over(part.store, number, {step: (part.steps[step], rows) for step, rows in found.handed.items()})
        run.failpoint("before-prepared")
        run.journal.prepared(record)
        run.failpoint("before-store-commit")
        session.commit()
    except BaseException:
        session.rollback()
        run.journal.release()
        raise
    # Receipt after commit: a crash here leaves work unproven, never proof of work undone.
    run.failpoint("after-store-commit")
    run.journal.done(record)
    session.rest()
    run.failpoint("after-done")
    for step, rows in found.rows.items():
        run.touched[part.store, step] = run.touched.get((part.store, step), 0) + rows
    return record


def _as_prepared(before: ChunkRecord | None, record: ChunkRecord) -> ChunkRecord:
    """A chunk that runs again after an end that nobody can tell finds nothing if it was committed: the counts as prepared stand."""
    if before is None:
        return record
    if not any(record.rows.values()):
        # It was committed. A date that the chunk itself blanked must not make a rule look endless now.
        record = replace(record, kept=())
    rows = {step: max(record.rows.get(step, 0), before.rows.get(step, 0)) for step in {*record.rows, *before.rows}}
    # By the whole rule: two rules may keep the same cells on one ground until different days. One rule may stand there once for each of its ends.
    now = {(k.table, k.rule) for k in record.kept}
    # A record read back from our database knows no subjects and no keys (these are stored): it must not count such a rule twice.
    bare = {(k.table, replace(k.rule, subjects=None)) for k in record.kept}
    first = [k for k in before.kept if (k.table, k.rule) not in now and (k.table, replace(k.rule, subjects=None)) not in bare]
    cells = {(one.subject, one.table, one.key, one.column) for one in before.changed}
    changed = (*before.changed, *(one for one in record.changed if (one.subject, one.table, one.key, one.column) not in cells))
    contested = max(record.contested, before.contested)
    return replace(record, rows=rows, kept=(*first, *record.kept), contested=contested, changed=changed)


def _contested(part: StorePlan, chunk: tuple[Binding, ...], values: ChunkValues) -> int:
    """Rows that a shared identifier reaches and no key: left as they are, for a person to decide."""
    if not any(name == part.store for b in chunk for name, _ in b.contested):
        return 0
    reached = {t: {row[: s.key_size] for row in s.rows} for (scope, t), s in values.sets.items() if not scope}
    return sum(still_contested(b, part.store, reached) for b in chunk)


def _note_nobody(run: Run, session: Store, script: Script, store: StoreMap) -> None:
    found = nobody_in(session, script, store)
    if found:
        run.people[store.store] = {**run.people.get(store.store, {}), **found}


def values_of(run: Run, part: StorePlan, store: StoreMap, chunk: tuple[Binding, ...]) -> ChunkValues:
    scopes: dict[str, Sequence[Binding]] = {"": chunk, "ask": run.bindings}
    for name, refs in part.holds:
        scopes[name] = [b for b in (*run.bindings, *run.others) if b.ref in refs]
    return ChunkValues(
        store,
        scopes,
        run.today,
        run.secret,
        held_before=_held_before(run, part, chunk),
        people=run.people.get(part.store, {}),
        between=run.between,
    )


def _held_before(run: Run, part: StorePlan, chunk: tuple[Binding, ...]) -> dict[tuple[str, str], frozenset[Row]]:
    """Keys that earlier chunks kept under a case's hold, by hold and table."""
    names = {frozenset(refs): name for name, refs in part.holds}
    found: dict[tuple[str, str], frozenset[Row]] = {}
    number = 0
    while (
        names and (record := run.journal.record(part.store, number)) is not None and record.refs != tuple(b.ref for b in chunk)
    ):
        for kept in record.kept:
            if kept.rule.subjects is not None and kept.rule.subjects in names:
                place = names[kept.rule.subjects], kept.table
                found[place] = found.get(place, frozenset()) | frozenset(kept.keys)
        number += 1
    return found


def _stops(
    session: Store, part: StorePlan, store: StoreMap, live: StoreCatalogue, values: ChunkValues, chunks: int
) -> Refused | None:
    script = session.counting(part, live, store.region or store.place)
    return count_chunk(session, part, script, values, {}, live.fingerprint, several=chunks > 1)


def _too_many(run: Run, part: StorePlan, found: Found) -> Refused | None:
    """Blast radius: far more rows than the preview counted, or any row where it counted none.

    Rows that a declared trigger copied during this very run are ours too: they were not there to be previewed.
    """
    if run.preview is None:
        return None
    touched = {step: rows + run.touched.get((part.store, step), 0) for step, rows in found.rows.items()}
    # The rows that a trigger copied may have been touched by an earlier chunk, of another table.
    every = {step: rows for (store, step), rows in run.touched.items() if store == part.store} | touched
    for step, total in touched.items():
        shown = run.preview.rows.get((part.store, step), 0)
        limit = max(2 * shown, shown + 100 * max(run.preview.subjects, 1)) if shown else 0
        if total > limit + _copied(run.estate.stores[part.store], part, step, every):
            return refused(
                "L204",
                f"{part.store}, step {step}: {counted(total, 'row')}, previewed {shown}",
                "Look at the step, then plan again.",
            )
    return None


def _copied(store: StoreMap, part: StorePlan, step: int, touched: Mapping[int, int]) -> int:
    """At most so many rows were copied into the step's table by triggers on rows that this run touched."""
    target = _table_of(part.steps[step])
    bases = {
        table.name
        for table in store.tables.values()
        for rule in table.triggers
        if rule.rule == "copies-to" and rule.target == target
    }
    return sum(rows for number, rows in touched.items() if tables_of(part.steps[number]) & bases)


def _table_of(step: Step) -> str:
    return step.rows.table if isinstance(step, CutLink | BlankColumns | EditDocument | DeleteRows | CorrectColumns) else ""


def tables_of(step: Step) -> set[str]:
    if isinstance(step, Rekey):
        return {step.rows.table, *(table for table, _ in (*step.followers, *step.cascading))}
    return {_table_of(step)}


def fence_of(digest: str, store: str) -> int:
    """The advisory lock's number: 63 bits of SHA-256 over plan and store."""
    return int.from_bytes(hashlib.sha256(f"{digest}/{store}".encode()).digest()[:8], "big") >> 1
