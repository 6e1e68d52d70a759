"""Cells as they stand and what people say of them become new values: which cell of whom changes, from what to what.

Every cell is judged as it was read, once: a correction never meets what another wrote, so that a run that is gone on with does what the first would have.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from upheld.engine.estate.forms import normalise
from upheld.engine.estate.model import Category, Estate, JsonPaths, LiveColumn, LiveTable, StoreMap, leaves_of, steps_of
from upheld.engine.execution.chunks.sets import KeySet, Row
from upheld.engine.execution.journal import Changed
from upheld.engine.plan.corrections.values import as_taken, is_same
from upheld.engine.plan.model import Binding, Correction, Linked
from upheld.engine.plan.steps import CorrectColumns


@dataclass(frozen=True, slots=True)
class Judging:
    """What one step's cells are judged by."""

    store: StoreMap
    live: LiveTable
    step: CorrectColumns
    chunk: Sequence[Binding]
    forms: Mapping[str, tuple[str, ...]]  # column → normal forms of what it bears
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # column → categories whose correction is about it
    settling: bool = False  # what stands where nobody knew what stood there may be the person's own newer word

    @property
    def region(self) -> str:
        return self.store.region or self.store.place


def forms_of(estate: Estate, store: StoreMap, table: str) -> dict[str, tuple[str, ...]]:
    """Column → normal forms of identifiers of its leaf, in whatever store they identify."""
    of_leaf: dict[str, set[str]] = {}
    own = store.tables[table]
    borne = {(i.column, i.form) for i in own.identifies} | {(link.column, link.form) for link in own.identity}
    for mapped in (one for each in estate.stores.values() for one in each.tables.values()):
        named = [*((i.column, i.form) for i in mapped.identifies), *((link.column, link.form) for link in mapped.identity)]
        roles = {column.name: column.role for column in mapped.columns}
        for column, form in named:
            for leaf in leaves_of(roles[column]) if column in roles else ():
                of_leaf.setdefault(leaf, set()).add(form)
    return {
        column.name: tuple(
            sorted(
                {form for leaf in leaves_of(column.role) for form in of_leaf.get(leaf, ())}
                | {f for c, f in borne if c == column.name}
            )
        )
        for column in store.tables[table].columns
    }


def judged(judging: Judging, rows: Iterable[Row], found: KeySet) -> Iterator[tuple[str, int, Changed | None]]:
    """Each cell that somebody's correction is about, of these rows of (ordinal, key, cells): whose, which of hers, and the change if it needs one."""
    step, size = judging.step, len(judging.step.rows.key)
    mine = dict(step.mine)
    roles = _roles(found) if mine else {}
    for row in rows:
        binding = judging.chunk[int(str(row[0]))]
        key, cells = row[1 : 1 + size], row[1 + size :]
        may = {column for role in roles.get((*key, row[0]), ()) for column in mine.get(role, ())}
        for column, cell in zip(step.columns, cells, strict=True):
            if not mine or column in may:
                yield from _of_cell(judging, binding, key, column, None if cell is None else str(cell))


def _of_cell(
    judging: Judging, binding: Binding, key: Row, column: str, before: str | None
) -> Iterator[tuple[str, int, Changed | None]]:
    role = judging.store.tables[judging.step.rows.table].column(column).role
    if isinstance(role, JsonPaths):
        yield from _of_document(judging, binding, key, column, role, before)
        return
    for number, one in enumerate(binding.corrections):
        if not _is_about(judging, one, column, key):
            continue
        if _holds(judging, column, before, one.now):
            yield binding.ref, number, None
        elif _says_what_was(judging, one, column, before):
            after = as_taken(judging.live.column(column), one.now, judging.store.engine)
            yield binding.ref, number, Changed(binding.ref, judging.step.rows.table, key, column, before, after)
            return


def _of_document(
    judging: Judging, binding: Binding, key: Row, column: str, role: JsonPaths, before: str | None
) -> Iterator[tuple[str, int, Changed | None]]:
    """A document whose declared members say what is wrong is written anew with what is right; every other member stays."""
    try:
        document = json.loads(before) if before is not None else None
    except ValueError:
        return  # what cannot be read cannot be told apart
    met: set[int] = set()
    after = document
    for path, part in role.paths.items():
        if isinstance(part, Category):
            after = _member(judging, binding, column, part.leaf, steps_of(path), after, met)
    changed = None
    if after != document:
        text = json.dumps(after, ensure_ascii=False)
        changed = Changed(binding.ref, judging.step.rows.table, key, column, before, text)
    for number in sorted(met):
        yield binding.ref, number, changed
        changed = None


def _member(
    judging: Judging, binding: Binding, column: str, leaf: str, steps: tuple[str, ...], value: object, met: set[int]
) -> object:
    """The value with the member at this path corrected, if a correction of its category is about it."""
    if steps:
        if steps[0] == "[*]":
            return (
                [_member(judging, binding, column, leaf, steps[1:], one, met) for one in value]
                if isinstance(value, list)
                else value
            )
        if not isinstance(value, dict) or steps[0] not in value:
            return value
        return value | {steps[0]: _member(judging, binding, column, leaf, steps[1:], value[steps[0]], met)}
    if not isinstance(value, str):
        return value
    for number, said in enumerate(binding.corrections):
        if said.leaf != leaf or said.place is not None:
            continue
        if value == said.now:
            met.add(number)
        elif is_same(_TEXT, judging.forms.get(column, ()), said.was, value, judging.region):
            met.add(number)
            return said.now
    return value


_TEXT = LiveColumn("member", "text", "text", True)


def _roles(found: KeySet) -> dict[Row, set[str]]:
    """As what each person owns a row of a shared table, by key and ordinal."""
    roles: dict[Row, set[str]] = {}
    for flag, rows in found.flags.items():
        if flag.startswith("@"):
            for number in rows:
                row = found.rows[number]
                roles.setdefault((*row[: found.key_size], row[-1]), set()).add(flag[1:])
    return roles


def _is_about(judging: Judging, said: Correction, column: str, key: Row) -> bool:
    if said.place is None:
        return said.leaf in judging.answers[column]
    if said.place != (judging.store.store, judging.step.rows.table, column):
        return False
    return said.key is None or tuple(map(str, said.key)) == tuple(map(str, key))


def _says_what_was(judging: Judging, said: Correction, column: str, before: str | None) -> bool:
    if said.whatever:
        return not judging.settling
    return is_same(judging.live.column(column), judging.forms.get(column, ()), said.was, before, judging.region)


def _holds(judging: Judging, column: str, before: str | None, now: str | None) -> bool:
    """Whether the cell says it already: a text letter by letter, anything else by its value."""
    if judging.live.column(column).family == "text" or before is None or now is None:
        return before == now
    return is_same(judging.live.column(column), (), before, now)


def corrected_identifiers(binding: Binding, region: str) -> tuple[tuple[Linked, str], ...]:
    """The person's verified identifiers that she says are others now, each with its new normal form."""
    found = []
    for linked in binding.identifiers:
        for said in binding.corrections:
            if (
                said.leaf
                and said.was is not None
                and said.now is not None
                and normalise(linked.form, said.was, region) == linked.normal
            ):
                normal = normalise(linked.form, said.now, region)
                if normal is not None and normal != linked.normal:
                    found.append((linked, normal))
    return tuple(found)
