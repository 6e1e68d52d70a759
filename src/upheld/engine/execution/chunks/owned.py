"""Sets whose rows bear their subject: each row of a set once for every person it belongs to, with the roles in which it does.

An access reads nothing else; an erasure asks it of the tables of which rows stay, so that what is kept can be given to the person it was of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from upheld.engine.estate.model import StoreCatalogue, StoreMap
from upheld.engine.execution.chunks.sets import KeySet, Row
from upheld.engine.execution.chunks.values import ChunkValues
from upheld.engine.execution.journal import Owners
from upheld.engine.plan.model import Binding, Why
from upheld.engine.plan.passes.of_owners import owner_steps
from upheld.engine.plan.plans import StorePlan
from upheld.engine.plan.steps import SelectCycle, SelectRows, Step
from upheld.engine.stores import Store
from upheld.engine.stores.session import Answered
from upheld.engine.stores.sql.reading import SUBJECT
from upheld.engine.stores.sql.writer import cycle_layout

Told = tuple[tuple[object, ...], str]  # (key, carried columns, number of the subject), role


def owners_of(
    session: Store, store: StoreMap, live: StoreCatalogue, chunk: Sequence[Binding], tables: Iterable[str], today: date
) -> Mapping[str, Mapping[Row, Owners]]:
    """Whose the rows of these tables are now: by table and key, each person's reference with her roles.

    Read in the transaction that is open; at most one statement for each table on the way. Errors: StoreFault.
    """
    wanted = frozenset(tables)
    steps = owner_steps(store, wanted, Why((), (), "whose each row is"))
    part = StorePlan(store.store, store.engine, live.fingerprint, steps)
    values = ChunkValues(store, {"": chunk}, today, "")
    script, _ = session.reading(part, live, store.region or store.place)
    for number, step in enumerate(steps):
        if number in script.statements:
            (answered,) = session.together([script.statements[number]], values)
            take_owned(values, step, answered_rows(answered))
    return {table: _owners(values.sets["", table], chunk) for table in wanted if ("", table) in values.sets}


def _owners(found: KeySet, chunk: Sequence[Binding]) -> dict[Row, Owners]:
    roles: dict[int, set[str]] = {}
    for flag, rows in found.flags.items():
        if flag.startswith("@"):
            for number in rows:
                roles.setdefault(number, set()).add(flag[1:])
    owners: dict[Row, list[tuple[str, frozenset[str]]]] = {}
    for number, row in enumerate(found.rows):
        ref = chunk[int(str(row[-1]))].ref
        owners.setdefault(row[: found.key_size], []).append((ref, frozenset(roles.get(number, ()))))
    return {key: tuple(each) for key, each in owners.items()}


def answered_rows(answered: Answered) -> Sequence[tuple[object, ...]]:
    """The rows; a fault is raised."""
    if answered.fault is not None:
        raise answered.fault
    return answered.rows


def take_owned(values: ChunkValues, step: Step, rows: Sequence[tuple[object, ...]]) -> None:
    """The set (or the sets of a cycle) of one select step of an access."""
    if isinstance(step, SelectRows):
        columns = (*step.wanted.key, *step.wanted.carry, SUBJECT)
        roles = [((*row[1:-1], row[0]), str(row[-1])) for row in rows]
        values.sets["", step.wanted.table] = _set(columns, len(step.wanted.key), roles)
        return
    assert isinstance(step, SelectCycle)
    layout = cycle_layout(step)
    by_table: dict[str, list[Told]] = {w.table: [] for w in step.wanted}
    for row in rows:
        table, role, offsets, _ = layout[int(str(row[0]))]
        by_table[table].append(((*(row[n] for n in offsets), row[-1]), f"@{role}"))
    for wanted in step.wanted:
        columns = (*wanted.key, *wanted.carry, SUBJECT)
        values.sets["", wanted.table] = _set(columns, len(wanted.key), by_table[wanted.table])


def _set(columns: tuple[str, ...], key_size: int, roles: list[Told]) -> KeySet:
    """Each (row, subject) once, with the roles in which it is reached."""
    place: dict[tuple[object, ...], int] = {}
    found = KeySet(columns, [], key_size)
    for row, role in roles:
        number = place.setdefault(row, len(place))
        if role.startswith("@"):
            found.flags.setdefault(role, set()).add(number)
    found.rows = list(place)
    for role, rows in found.flags.items():
        found.parts[role] = sorted(rows)
    return found
