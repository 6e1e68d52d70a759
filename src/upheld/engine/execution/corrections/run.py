"""A plan of corrections and its bindings become corrected cells: under the same leases, guards, records and read-backs as an erasure.

Per chunk, in one transaction of the store: sets with their subjects, the cells read and locked, judged here, written by key, read back by key and by the
identifier that was corrected. `run_erasure`'s own chunk loop carries it, so that a crash anywhere leaves a state from which the same call goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate, StoreCatalogue
from upheld.engine.execution.advice.rehearsal import SAID_NO
from upheld.engine.execution.answer import Answer
from upheld.engine.execution.chunks.chunk import SELECTS, Found, rounds
from upheld.engine.execution.chunks.owned import answered_rows, take_owned
from upheld.engine.execution.chunks.sets import KeySet
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.execution.corrections.cells import Judging, corrected_identifiers, forms_of, judged
from upheld.engine.execution.erasure import CHUNK_SUBJECTS, Failpoint, no_failpoint, run_erasure
from upheld.engine.execution.errors import refused as refused_x
from upheld.engine.execution.journal import Changed, Journal
from upheld.engine.plan.corrections.resolving import answers_to
from upheld.engine.plan.errors import drifted, refused
from upheld.engine.plan.model import Binding, Refused
from upheld.engine.plan.plans import Plan, Preview, StorePlan
from upheld.engine.plan.steps import CorrectColumns, ReadBackIdentifiers
from upheld.engine.stores import Store, StoreFault
from upheld.engine.stores.sql.corrections import VALUE, changed_scope, correcting_sql
from upheld.engine.stores.sql.reading import SUBJECT

HELP = "Write a value that the store takes, or note the person's statement beside the data; then plan again."


def run_corrections(plan: Plan, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding], stores: Mapping[str, Store], *,
                    today: date, journal: Journal | None = None, preview: Preview | None = None, chunk_subjects: int = CHUNK_SUBJECTS,
                    failpoint: Failpoint = no_failpoint, settling: bool = False) -> Answer:  # fmt: skip
    """What was corrected, per store. Called again with the same journal it goes on where it stopped.

    `settling`: the same again after the longest writer; what a person did not say of what stood there is left as it is then. Errors and outcomes as in
    `run_erasure`. Cost: per chunk the statements of the sets, and three a table and column.
    """

    def correcting(session: Store, part: StorePlan, values: ChunkValues) -> Found:
        return correct_chunk(session, part, estate, catalogue.stores[part.store], values, settling=settling)

    return run_erasure(
        plan, estate, catalogue, bindings, stores, today=today, secret="", journal=journal, preview=preview, chunk_subjects=chunk_subjects,
        failpoint=failpoint, work=correcting,
    )  # fmt: skip


def preview_corrections(plan: Plan, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding], stores: Mapping[str, Store],
                        today: date) -> Preview | Refused:  # fmt: skip
    """Cells by store and step that would change now, and where a value stands that nobody named. Refused: L136 where a correction points at nothing, L202 drift. Nothing is locked."""
    rows: dict[tuple[str, int], int] = {}
    met: set[tuple[str, int]] = set()
    unnamed = {(b.ref, one.place) for b in bindings for one in b.corrections if one.whatever}
    overwrites: dict[str, int] = {}
    for part in plan.stores:
        session, live = stores[part.store], catalogue.stores[part.store]
        for start in range(0, len(bindings), CHUNK_SUBJECTS):
            chunk = bindings[start : start + CHUNK_SUBJECTS]
            session.begin(snapshot=True)
            try:
                if session.fingerprint() != live.fingerprint:
                    return drifted(part.store)
                values = ChunkValues(estate.stores[part.store], {"": chunk}, today, "")
                found = correct_chunk(session, part, estate, live, values, writes=False)
            finally:
                session.rollback()
            for step, count in found.rows.items():
                rows[part.store, step] = rows.get((part.store, step), 0) + count
            met |= found.met
            for cell in found.changed:
                if cell.before is not None and (cell.subject, (part.store, cell.table, cell.column)) in unnamed:
                    place = f"{part.store}.{cell.table}.{cell.column}"
                    overwrites[place] = overwrites.get(place, 0) + 1
    missed = [
        one.leaf or ".".join(one.place or ()) for b in bindings for n, one in enumerate(b.corrections) if (b.ref, n) not in met
    ]
    if missed:
        return refused(
            "L136",
            ", ".join(sorted(set(missed))),
            "Look at what an access returns of the person, and say what stands there as it does.",
        )
    return Preview(rows, len(bindings), overwrites)


def rehearse_corrections(plan: Plan, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding], stores: Mapping[str, Store],
                         today: date) -> Refused | None:  # fmt: skip
    """L121 and the place where a store refuses a value (a check, a unique index, a trigger), or None. Everything is rolled back."""
    for part in plan.stores:
        session, live = stores[part.store], catalogue.stores[part.store]
        chunk = bindings[:CHUNK_SUBJECTS]
        values = ChunkValues(estate.stores[part.store], {"": chunk}, today, "")
        try:
            session.begin()
            found = correct_chunk(session, part, estate, live, values)
            if found.problem is None:
                session.seal()
        except StoreFault as fault:
            if fault.code in SAID_NO:
                step = part.steps[fault.step] if fault.step is not None else None
                place = f"{part.store}.{step.rows.table}" if isinstance(step, CorrectColumns) else part.store
                return refused_x("L121", f"{place}: {fault.code} {fault.cause}", HELP)
            return None
        finally:
            session.rollback()
        if found.problem is not None:
            return found.problem
    return None


def correct_chunk(session: Store, part: StorePlan, estate: Estate, live: StoreCatalogue, values: ChunkValues, *, writes: bool = True,
                  settling: bool = False) -> Found:  # fmt: skip
    """One chunk inside one store's open transaction. `writes` False: cells are judged and counted, and nothing is locked or changed."""
    found, store = Found(), values.store
    region = store.region or store.place
    script, _ = session.reading(part, live, region)
    changed: dict[tuple[str, tuple[object, ...], str, str], Changed] = {}
    for numbers in rounds(script, several=False):
        if isinstance(script.steps[numbers[0]], SELECTS):
            answers = session.together([script.statements[n] for n in numbers], values)
            for number, answered in zip(numbers, answers, strict=False):
                take_owned(values, script.steps[number], answered_rows(answered))
            continue
        for number in numbers:
            step = script.steps[number]
            if isinstance(step, CorrectColumns):
                judging = Judging(
                    store,
                    live.tables[step.rows.table],
                    step,
                    values.scopes[""],
                    forms_of(estate, store, step.rows.table),
                    answers_to(estate, store, step.rows.table),
                    settling,
                )
                try:
                    cells = _corrected(session, part, live, region, judging, values, writes=writes)
                except StoreFault as fault:
                    fault.step = number
                    raise
                if cells is None:
                    found.problem = refused_x(
                        "X301", f"{part.store}.{step.rows.table}", "A trigger or a rule of the store works against the plan."
                    )
                    return found
                found.rows[number] = 0
                for ref, n, one in cells:
                    found.met.add((ref, n))
                    if one is None:
                        continue
                    place = one.table, one.key, one.column, one.subject
                    # A table that triggers write comes twice; what did not change in between is counted once.
                    found.rows[number] += place not in changed or changed[place].after != one.after
                    changed.setdefault(place, one)
            elif isinstance(step, ReadBackIdentifiers) and writes:
                found.identifiers |= _still_borne(session, part, live, region, number, step, values)
    found.changed = tuple(changed.values())
    return found


def _corrected(session: Store, part: StorePlan, live: StoreCatalogue, region: str, judging: Judging, values: ChunkValues, *,
               writes: bool) -> list[tuple[str, int, Changed | None]] | None:  # fmt: skip
    """The cells of one step that corrections are about, as `judged` says them; None where they do not hold the new value afterwards."""
    step = judging.step
    sql = correcting_sql(step, live, part.engine, region)
    set_ = values.sets.get(("", step.rows.table))
    if set_ is None or not set_.rows:
        return []
    cells = [
        one for block in session.stream(sql.locked if writes else sql.cells, values) for one in judged(judging, block, set_)
    ]
    ordinals = {binding.ref: n for n, binding in enumerate(judging.chunk)}
    for column in step.columns if writes else ():
        rows: list[tuple[object, ...]] = [
            (*one.key, one.after, ordinals[ref]) for ref, _, one in cells if one is not None and one.column == column
        ]
        if not rows:
            continue
        scope = changed_scope(column), step.rows.table
        values.sets[scope] = KeySet((*step.rows.key, VALUE, SUBJECT), rows, len(step.rows.key))
        session.run(sql.writes[column], values)
        if int(str(session.rows(sql.left[column], values)[0][0])):
            return None
        del values.sets[scope]
    return cells


def _still_borne(session: Store, part: StorePlan, live: StoreCatalogue, region: str, number: int, step: ReadBackIdentifiers,
                 values: ChunkValues) -> dict[str, int]:  # fmt: skip
    """Rows that still bear an identifier which was corrected everywhere, by table.column."""
    statement = session.script(part, live, region).statements.get(number)
    old = [replace(b, identifiers=tuple(linked for linked, _ in corrected_identifiers(b, region))) for b in values.scopes[""]]
    if statement is None or not any(binding.identifiers for binding in old):
        return {}
    again = ChunkValues(values.store, {"": old}, values.today, "")
    found: dict[str, int] = {}
    for n, count in session.rows(statement, again):
        if count:
            place = f"{step.columns[int(str(n))].table}.{step.columns[int(str(n))].column}"
            found[place] = found.get(place, 0) + int(str(count))
    return found
