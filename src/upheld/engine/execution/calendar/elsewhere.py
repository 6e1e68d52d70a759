"""What rows of another store say of a person becomes lists of identifiers: of whom it is over, and of whom anything is told.

Two stores know each other by an identifier alone. So both sides are read and compared in normal form here, by the same rules as an identity link: what
is a placeholder, blank or borne by too many leads to nobody; where several rows bear an identifier it must be over in each. The lists live as long as the
run and go to the engine as values. Not taken: a moment per row; two lists a question are enough, and no date leaves its store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from upheld.engine.estate.forms import keys_of, normalise, spelling_of
from upheld.engine.estate.model import Catalogue, Estate, StoreMap
from upheld.engine.execution.chunks.values import ChunkValues, taboo_of
from upheld.engine.plan.ends import Elsewhere
from upheld.engine.plan.model import Binding
from upheld.engine.stores import Store, StoreFault
from upheld.engine.stores.sql.calendar import write_borne, write_told
from upheld.engine.stores.sql.statements import Param, Statement

People = dict[Param, list[object]]
Lists = Mapping[str, Sequence[Binding]]
NONE: Lists = {}


def people_of(statements: Iterable[Statement], store: str, estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store], day: date,
              secret: str, lists: Lists = NONE) -> People:  # fmt: skip
    """What the statements of `store` ask of rows elsewhere. `lists`: rows known by key, by the names that ends give. Two statements for each question; StoreFault where a store is out of reach."""
    return _Asking(estate, catalogue, stores, day, secret, lists).people(statements, store)


@dataclass(slots=True)
class _Asking:
    """One time of asking: a question that stands in several statements is asked once."""

    estate: Estate
    catalogue: Catalogue
    stores: Mapping[str, Store]
    day: date
    secret: str
    lists: Lists
    told: dict[tuple[Elsewhere, bool], dict[str, list[bool]]] = field(default_factory=dict)
    borne: dict[tuple[str, str, str, str], list[tuple[object, str | None]]] = field(default_factory=dict)

    def people(self, statements: Iterable[Statement], store: str) -> People:
        asked = dict.fromkeys(
            (p.table, p.ends, bool(p.scope)) for one in statements for p in one.params.values() if p.kind == "people"
        )
        found: People = {}
        for table, ends, counting in asked:
            assert isinstance(ends, Elsewhere)
            over, told = self._lists(table, ends, counting, store)
            for part, keys in (("over", over), ("told", told)):
                found[Param("people", table, part, (), ends.form, ends.kind, ends, "counting" if counting else "")] = keys
        return found

    def _lists(self, table: str, ends: Elsewhere, counting: bool, store: str) -> tuple[list[object], list[object]]:
        mine, theirs = self.estate.stores[store], self.estate.stores[ends.store]
        for name in (store, ends.store):
            if name not in self.stores:
                raise StoreFault("X101", name, lost=True, help="Start the store, then run the plan again.")
        told, written = self._told(ends, counting), self._borne(store, table, ends)
        if ends.some:
            holding = {normal for normal, each in told.items() if any(each)}
            return _keys(written, holding, ends.form, mine, wide=True), []
        most = mine.max_shared if theirs.tables[ends.table].root else None  # one person may have any number of visits
        known = {normal for normal, each in told.items() if most is None or len(each) <= most}
        over_in_each = {normal for normal in known if all(told[normal])}
        return _keys(written, over_in_each, ends.form, mine), _keys(written, known, ends.form, mine)

    def _told(self, ends: Elsewhere, counting: bool) -> dict[str, list[bool]]:
        """Whether it is over, in each row that tells, by identifier in normal form."""
        if (ends, counting) not in self.told:
            theirs = self.estate.stores[ends.store]
            says = write_told(self.catalogue.stores[ends.store], ends, self.day, theirs.engine, counting)
            values = ChunkValues(theirs, {"": (), **self.lists}, self.day, self.secret, people=self.people([says], ends.store))
            told: dict[str, list[bool]] = {}
            for value, over in _read(self.stores[ends.store], says, values):
                normal = _who(ends.form, value, theirs, ends.table)
                if normal is not None:
                    told.setdefault(normal, []).append(over is not None and bool(int(str(over))))
            self.told[ends, counting] = told
        return self.told[ends, counting]

    def _borne(self, store: str, table: str, ends: Elsewhere) -> list[tuple[object, str | None]]:
        """The identifiers of the table that asks, as they are written and in normal form."""
        place = store, table, ends.column, ends.form
        if place not in self.borne:
            mine = self.estate.stores[store]
            says = write_borne(self.catalogue.stores[store], table, ends.column, mine.engine)
            rows = _read(self.stores[store], says, ChunkValues(mine, {"": ()}, self.day, self.secret))
            self.borne[place] = [(row[0], _who(ends.form, row[0], mine, table)) for row in rows]
        return self.borne[place]


def _read(session: Store, statement: Statement, values: ChunkValues) -> list[tuple[object, ...]]:
    session.begin(snapshot=True)
    try:
        return session.rows(statement, values)
    finally:
        session.rollback()


def _who(form: str, value: object, store: StoreMap, table: str) -> str | None:
    normal = normalise(form, value, store.region or store.place)
    return None if normal is None or normal in taboo_of(store, table, form) else normal


def _keys(
    written: list[tuple[object, str | None]], normals: set[str], form: str, store: StoreMap, wide: bool = False
) -> list[object]:
    """The engine's keys of these people's identifiers as they are written. A key that somebody else's is too is left out, unless `wide`."""
    region = store.region or store.place
    found: set[str] = {key for _, n in written if n in normals for key in keys_of(form, str(n), store.engine, region)}
    found |= {spelling_of(form, value, store.engine) for value, n in written if n in normals}
    if not wide and store.engine == "mariadb":
        found -= {spelling_of(form, value, store.engine) for value, n in written if n not in normals}
    return [*sorted(found)]
