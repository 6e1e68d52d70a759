"""A restored store becomes the people in it who were erased after its backup was taken, bound like the subjects of any ask.

Keys and identifiers are streamed out, brought to normal form and hashed here. A root row is meant if its key has a tombstone younger than the
backup, or an identifier that names one person and that no other root row bears. What else is reached is contested: a person decides, nothing is guessed.
INVARIANT: once a restored store is open, keys are given anew and people come back under another key, so a row that its key alone or an identifier alone
names counts only at the first replay of a backup, and only if nothing happened to the row after the backup was taken. Not taken: rows walked one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from upheld.engine.estate.forms import normalise
from upheld.engine.estate.model import Catalogue, Estate, IdentityLink, StoreCatalogue, StoreMap, Table
from upheld.engine.execution.asks import key_text
from upheld.engine.execution.bind import Subject, bind, reached
from upheld.engine.execution.chunks.values import taboo_of
from upheld.engine.plan.ended import rooted_at
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Binding, Linked, Refused
from upheld.engine.stores import Store
from upheld.engine.stores.sql.statements import Statement
from upheld.engine.stores.standing.restored import events_of, linking_of, roots_of
from upheld.records.people.graves import Block, Graves, Named

BLOCK_ROWS = 5_000
ANY_ZONE = timedelta(hours=14)  # a moment without a zone may be of any: east of all others, UTC+14

Key = tuple[object, ...]
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """Who must be erased again. `doubtful`: root rows that a person must decide on; they are contested in `bindings`."""

    bindings: tuple[Binding, ...]
    looked_at: int
    doubtful: int = 0
    linked: int = 0  # identifiers that no root row bears, by which rows are erased


@dataclass(frozen=True, slots=True)
class _Hit:
    """A root row that bears an erased identity."""

    table: Table
    key: Key
    by_key: bool
    names: frozenset[Named]
    later: bool  # something happened to it after the backup


@dataclass(slots=True)
class _Reading:
    store: StoreMap
    live: StoreCatalogue
    session: Store
    graves: Graves
    backup_taken: datetime
    now: datetime
    again: bool
    hits: list[_Hit] = field(default_factory=list)

    @property
    def region(self) -> str:
        return self.store.region or self.store.place


def erased_since_backup(
    store: StoreMap, live: StoreCatalogue, session: Store, graves: Graves, backup_taken: datetime, now: datetime, *, again: bool
) -> Restored | Refused:
    """Bindings of everybody in the store whom a tombstone younger than the backup names. Refused (L202): the schema is another.

    `again`: a replay of this backup was done before, so that keys may have been given anew. Cost: one statement per root table and identity
    link, one probe per 5,000 rows, then what `bind` costs. StoreFault where the store is out of reach; nothing was changed.
    """
    session.begin(snapshot=True)
    try:
        if session.fingerprint() != live.fingerprint:
            return refused("L202", store.store, "Bring its schema up to date, scan it again, then replay.")
        reading = _Reading(store, live, session, graves, backup_taken, now, again)
        if not graves.any:
            return Restored((), 0)
        byrow = graves.places()
        for table in store.tables.values():
            if table.root is not None:
                reading.hits += _roots(reading, table)
            elif f"{store.store}.{table.name}" in byrow and not table.shared:
                # What a hold had kept when its person went, or somebody decided about, went by its own key.
                reading.hits += _roots(reading, replace(table, identifies=()))
        linked = {
            named for table in store.tables.values() for link in table.identity for named in _linked(reading, table, link)
        }
    finally:
        session.rollback()
    return _bound(reading, linked)


# ---- reading -------------------------------------------------------------------------------------------------------


def _roots(reading: _Reading, table: Table) -> Iterator[_Hit]:
    place, size = f"{reading.store.store}.{table.name}", len(table.key)
    taboo = {i.form: taboo_of(reading.store, table.name, i.form) for i in table.identifies}

    def blocks() -> Iterator[Block[Row]]:
        for rows in _gathered(reading, roots_of(reading.store, table, reading.live)):
            speaking = [row for row in rows if row[-1]]
            columns: list[tuple[str, str, Sequence[str | None]]] = [(place, "key", [key_text(row[:size]) for row in speaking])]
            for n, one in enumerate(table.identifies, start=size):
                normals = [normalise(one.form, row[n], reading.region) for row in speaking]
                columns.append((table.root or "", one.form, [None if v in taboo[one.form] else v for v in normals]))
            yield speaking, columns

    ends = size + len(table.identifies)
    for found in reading.graves.among(blocks()):
        for row, names in found:
            events = row[ends : ends + len(events_of(table))]
            own = (place, "key", key_text(row[:size]))
            later = any(_is_between(value, reading.backup_taken, reading.now) for value in events)
            yield _Hit(table, row[:size], own in names, names - {own}, later)


def _linked(reading: _Reading, table: Table, link: IdentityLink) -> Iterator[Named]:
    taboo = taboo_of(reading.store, table.name, link.form)

    def blocks() -> Iterator[Block[Row]]:
        for rows in _gathered(reading, linking_of(reading.store, table, link)):
            normals = [normalise(link.form, row[0], reading.region) for row in rows]
            yield rows, [(link.kind, link.form, [None if value in taboo else value for value in normals])]

    for found in reading.graves.among(blocks()):
        for _, names in found:
            yield from names


def _gathered(reading: _Reading, statement: Statement) -> Iterator[list[Row]]:
    """The rows in blocks that are worth a probe each."""
    held: list[Row] = []
    for rows in reading.session.stream(statement, lambda _: None):
        held += rows
        if len(held) >= BLOCK_ROWS:
            yield held
            held = []
    if held:
        yield held


def _is_between(value: object, after: datetime, until: datetime) -> bool:
    """Whether this moment is surely after the backup, and not one that is still ahead."""
    moment = _moment(value)
    if moment is None:
        return False
    unsure = timedelta() if moment.tzinfo else ANY_ZONE
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return after + unsure < moment <= until + unsure


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    try:
        return datetime.fromisoformat(str(value)) if isinstance(value, str) else None
    except ValueError:
        return None


# ---- judging -------------------------------------------------------------------------------------------------------


def _bound(reading: _Reading, linked: Iterable[Named]) -> Restored | Refused:
    bearers = _bearers(reading.hits)
    sure = [hit for hit in reading.hits if _is_sure(hit, bearers, reading.again)]
    place = reading.store.store
    # The first round of identity is enough: who was erased the tombstones say, and no identifier found on the way.
    store = Estate({place: replace(reading.store, expand=1)})
    catalogue, sessions = Catalogue({place: reading.live}), {place: reading.session}
    subjects = [Subject(f"root {n}", {(place, hit.table.name): (hit.key,)}) for n, hit in enumerate(sure)]
    rooted = rooted_at(store, {(place, hit.table.name) for hit in sure})
    found = bind(rooted, catalogue, sessions, subjects) if subjects else None
    if isinstance(found, Refused):
        return found
    bindings = list(found.bindings) if found else []
    taken = {(table, key) for one in bindings for (_, table), keys in one.roots.items() for key in keys}
    doubtful = [hit for hit in reading.hits if (hit.table.name, hit.key) not in taken]
    said = {(table, key) for one in bindings for (_, table), keys in one.contested.items() for key in keys}
    bindings += [
        Binding(f"doubt {n}", {}, (), {(place, hit.table.name): (hit.key,)})
        for n, hit in enumerate(doubtful)
        if (hit.table.name, hit.key) not in said
    ]
    known = {(one.kind, one.form, one.normal) for binding in bindings for one in binding.identifiers} | set(bearers)
    alone = sorted(set(linked) - known)
    links = [Binding(f"link {n}", {}, (Linked(*named),)) for n, named in enumerate(alone)]
    bindings += reached(store, catalogue, sessions, links) if links else []
    return Restored(tuple(bindings), reading.graves.looked_at, len(doubtful), len(alone))


def _bearers(hits: Iterable[_Hit]) -> dict[Named, int]:
    """How many root rows bear an erased identifier, the most of any root table. All that bear one are among the hits."""
    counts: dict[tuple[str, Named], int] = {}
    for hit in hits:
        for named in hit.names:
            counts[hit.table.name, named] = counts.get((hit.table.name, named), 0) + 1
    most: dict[Named, int] = {}
    for (_, named), count in counts.items():
        most[named] = max(most.get(named, 0), count)
    return most


def _is_sure(hit: _Hit, bearers: dict[Named, int], again: bool) -> bool:
    if hit.by_key and hit.names:
        return True  # restored, however often and whatever happened since: nobody else bears both
    if again or hit.later:
        return False
    if hit.by_key:
        return True
    one = {(hit.table.root or "", i.form) for i in hit.table.identifies if i.names == "one"}
    return any((kind, form) in one and bearers[kind, form, normal] == 1 for kind, form, normal in hit.names)
