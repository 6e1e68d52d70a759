"""A plan and its bindings become a working copy: every row that a person is owed, encrypted, one for each subject.

One REPEATABLE READ READ ONLY snapshot per store; rows are streamed from the server into 64 KiB frames, so that memory does not grow with rows.
Nothing is changed or locked. Text that waits for review never enters the copy; other people's columns are not even read. docs/fates.md, section 5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from upheld.engine.estate.model import Catalogue, Estate, StoreCatalogue
from upheld.engine.execution.access_rows import Moment
from upheld.engine.execution.bind import still_contested
from upheld.engine.execution.chunks.chunk import SELECTS, rounds
from upheld.engine.execution.chunks.owned import answered_rows, owners_of, take_owned
from upheld.engine.execution.chunks.sets import KeySet
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.execution.copies.shape import Shaper
from upheld.engine.execution.copies.working_copy import SHELF, CopyWriter, Section, Shelf, WorkingCopy
from upheld.engine.execution.kept.reading import held_reads, tables_held
from upheld.engine.plan.errors import drifted
from upheld.engine.plan.model import Binding, Failed, Refused
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import ReadRows, Step
from upheld.engine.stores import Store, StoreFault
from upheld.engine.stores.sql.reading import SMALL_READ_ROWS, Reading, views_of
from upheld.engine.stores.sql.statements import Script

CHUNK_SUBJECTS = 1_000
FEW_SUBJECTS = 10


@dataclass(slots=True)
class _Reader:
    session: Store
    values: ChunkValues
    script: Script
    readings: Mapping[int, list[Reading]]
    copies: list[CopyWriter]
    estate: Estate
    lines: list[list[bytes]] = field(default_factory=list)


def run_access(plan: Plan, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding], stores: Mapping[str, Store], *,
               today: date, now: datetime, folder: Path, key: bytes) -> WorkingCopy | Refused:  # fmt: skip
    """The working copy of every subject in `folder`, small ones in one file, under the ask's key (32 bytes).

    Stores that were out of reach are named in `unreached`: the answer is then incomplete. Refused where a schema drifted. Cost: the sets of the
    plan and one statement per table and view, per 1,000 subjects; a table of more than 2,000 rows of one chunk is streamed by a second.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copies = [CopyWriter(folder, n, binding.ref, key) for n, binding in enumerate(bindings)]
    moments: list[Moment] = []
    unreached: list[str] = []
    why: dict[str, Failed] = {}
    sections: list[Section] = []
    contested: dict[str, int] = {}
    for part in plan.stores:
        session = stores.get(part.store)
        if session is None:
            unreached.append(part.store)
            continue
        try:
            problem = _store(part, session, estate, catalogue, bindings, copies, sections, contested, today)
            lag = session.lag()
        except StoreFault as fault:
            session.rollback()
            unreached.append(part.store)
            why[part.store] = Failed(fault.code, fault.cause, fault.retry or fault.lost, fault.help)
            continue
        if problem is not None:
            return problem
        moments.append(Moment(part.store, now, lag))
    shelf = Shelf(folder / SHELF)
    places = {number: place for number, copy in enumerate(copies) if (place := copy.end(shelf)) is not None}
    shelf.end()
    refs = tuple(b.ref for b in bindings)
    return WorkingCopy(
        plan.ask.id, folder, key, refs, tuple(sections), tuple(moments), tuple(unreached), contested, places, why
    )


def _store(part: StorePlan, session: Store, estate: Estate, catalogue: Catalogue, bindings: Sequence[Binding],
           copies: list[CopyWriter], sections: list[Section], contested: dict[str, int], today: date) -> Refused | None:  # fmt: skip
    store, live = estate.stores[part.store], catalogue.stores[part.store]
    script, readings = session.reading(part, live, store.region or store.place)
    session.begin(snapshot=True)
    try:
        if session.fingerprint() != live.fingerprint:
            return drifted(part.store)
        for start in range(0, len(bindings), CHUNK_SUBJECTS):
            chunk = bindings[start : start + CHUNK_SUBJECTS]
            values = ChunkValues(store, {"": chunk}, today, "")
            reader = _Reader(session, values, script, readings, copies[start : start + CHUNK_SUBJECTS], estate)
            _read(reader, sections)
            _held(reader, chunk, live, today, sections)
            for ordinal, binding in enumerate(chunk):
                if any(name == part.store for name, _ in binding.contested):
                    theirs = {t: _keys_of(found, ordinal) for (_, t), found in values.sets.items()}
                    contested[binding.ref] = contested.get(binding.ref, 0) + still_contested(binding, part.store, theirs)
    finally:
        session.rollback()
    return None


def _keys_of(found: KeySet, ordinal: int) -> set[tuple[object, ...]]:
    return {row[: found.key_size] for row in found.rows if int(str(row[-1])) == ordinal}


def _read(reader: _Reader, sections: list[Section]) -> None:
    for numbers in rounds(reader.script, several=False):
        if isinstance(reader.script.steps[numbers[0]], SELECTS):
            answers = reader.session.together([reader.script.statements[n] for n in numbers], reader.values)
            for number, answered in zip(numbers, answers, strict=False):
                take_owned(reader.values, reader.script.steps[number], answered_rows(answered))
            continue
        for number in numbers:
            _views(reader, reader.script.steps[number])
        readings = [reading for number in numbers for reading in reader.readings.get(number, ())]
        few = _few(reader, readings)
        for reading in readings:
            _table(reader, reading, few.get(id(reading)), sections)


def _held(reader: _Reader, chunk: Sequence[Binding], live: StoreCatalogue, today: date, sections: list[Section]) -> None:
    """What an erasure before left of these people: rows by key, to which no link need lead any more."""
    session, store = reader.session, reader.values.store
    tables = tables_held(chunk, store)
    if not tables:
        return
    reads, sets = held_reads(chunk, store, owners_of(session, store, live, chunk, tables, today))
    steps = tuple(read.step for read in reads)
    part = StorePlan(store.store, store.engine, live.fingerprint, steps)
    script, readings = session.reading(part, live, store.region or store.place)
    values = ChunkValues(store, {"": chunk}, today, "", {("", name): found for name, found in sets.items()})
    again = _Reader(session, values, script, readings, reader.copies, reader.estate)
    for number in range(len(steps)):
        for reading in readings[number]:
            _table(again, reading, None, sections)


def _few(reader: _Reader, readings: Sequence[Reading]) -> dict[int, Sequence[tuple[object, ...]]]:
    """The rows of every reading that has few, in one round trip. Of many people every table has many, so nothing is tried; nor is it below many rows."""
    if len(reader.copies) > FEW_SUBJECTS:
        return {}
    readings = [reading for reading in readings if not _is_below_many(reader, reading)]
    if not readings:
        return {}
    answers = reader.session.together([reading.few for reading in readings], reader.values)
    found = [(reading, answered_rows(answered)) for reading, answered in zip(readings, answers, strict=False)]
    return {id(reading): rows for reading, rows in found if len(rows) <= SMALL_READ_ROWS}


def _is_below_many(reader: _Reader, reading: Reading) -> bool:
    """Whether it is reached from so many rows that it may well have as many; to try would send their keys twice."""
    return any(len(keys) > SMALL_READ_ROWS for param in reading.few.needs if isinstance(keys := reader.values(param), list))


def _views(reader: _Reader, step: Step) -> None:
    """Parts of a shared table's set by what their roles may see."""
    if not isinstance(step, ReadRows):
        return
    found = reader.values.sets.get(("", step.rows.table))
    if found is None or not step.roles:
        return
    seeing = {role for role, may, _ in step.roles if may}
    views = {roles: view for view, roles, _ in views_of(step)}
    parts: dict[str, list[int]] = {}
    for number in range(len(found.rows)):
        roles = frozenset(role for role in seeing if number in found.flags.get(f"@{role}", ()))
        if roles:
            parts.setdefault(views[roles], []).append(number)
    found.parts |= parts


def _table(reader: _Reader, reading: Reading, few: Sequence[tuple[object, ...]] | None, sections: list[Section]) -> None:
    """The rows of one reading go to their subjects' copies; streamed, unless they are there already."""
    section = Section(reader.session.name, reading.step, reading.columns, reading.left_out)
    if section not in sections:
        sections.append(section)
    number = sections.index(section)
    shaper = Shaper(reading, reader.session.engine)
    if few is not None:
        _told_apart(reader, number, shaper, few)
        return
    for block in reader.session.stream(reading.all, reader.values):
        if len(reader.copies) == 1 and shaper.is_plain:
            reader.copies[0].lines(number, [text for _, text in block])  # type: ignore[misc]
        else:
            _told_apart(reader, number, shaper, block)


def _told_apart(reader: _Reader, number: int, shaper: Shaper, rows: Sequence[tuple[object, ...]]) -> None:
    """Each subject's rows go to the subject's copy."""
    theirs: defaultdict[Any, list[Any]] = defaultdict(list)
    for subject, text in rows:
        theirs[subject].append(text)
    plain = shaper.is_plain
    for subject, texts in theirs.items():
        reader.copies[int(subject)].lines(number, texts if plain else [shaper.shaped(text) for text in texts])
