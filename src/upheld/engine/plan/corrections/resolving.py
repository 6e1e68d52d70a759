"""A correction becomes the columns it is about: of one category everywhere, or the one column that was named.

Pure. A category means every column of it in a table that leads to people, but for what cannot be corrected so (a key that rows hang on, a generated
column, the other owner's part of a shared row); the same said of a named column is a refusal, since somebody asked for just that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upheld.engine.estate.model import (
    Catalogue,
    Category,
    Estate,
    Event,
    FreeText,
    JsonPaths,
    LiveColumn,
    Role,
    StoreCatalogue,
    StoreMap,
    Table,
    leaves_of,
)
from upheld.engine.estate.replacements import following
from upheld.engine.plan.corrections.values import CORRECTABLE, unfit
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Correction, Refused
from upheld.engine.plan.passes.reach import reached

Place = tuple[str, str, str]  # store, table, column


def places_of(estate: Estate, catalogue: Catalogue, correction: Correction) -> tuple[Place, ...] | Refused:
    """Every column that this correction is about, in the order of the estate; refused (L131, L132) where it cannot be carried out."""
    if correction.place is None:
        # A column that cannot hold what was there holds nothing to be corrected.
        every = _of_leaf(estate, catalogue, correction.leaf)
        found = tuple(one for one in every if _is_document(estate, one) or not unfit(_live(catalogue, one), correction.was))
        if not found:
            return refused(
                "L131",
                f"no column of `{correction.leaf}` can be corrected",
                "Name a category that the estate maps, or a column.",
            )
    else:
        why = _named(estate, catalogue, correction.place)
        if why:
            return refused(
                "L131",
                f"{'.'.join(correction.place)}: {why}",
                "Name another column, or have the person's statement noted beside it.",
            )
        found = (correction.place,)
    for one in found:
        why = "" if _is_document(estate, one) else unfit(_live(catalogue, one), correction.now)
        if why:
            return refused("L132", f"{'.'.join(one)}: {why}", "Write a value that the column takes.")
    return found


def _is_document(estate: Estate, place: Place) -> bool:
    return isinstance(estate.table(*place[:2]).column(place[2]).role, JsonPaths)


def _live(catalogue: Catalogue, place: Place) -> LiveColumn:
    return catalogue.stores[place[0]].tables[place[1]].column(place[2])


def answers_to(estate: Estate, store: StoreMap, table: str) -> dict[str, frozenset[str]]:
    """Column → the categories whose correction is about it: its own, and that of an identifier which it bears by whatever category it is mapped.

    An address leads from table to table and from store to store, so one correction is about it everywhere, or her rows would fall apart.
    """
    kin: dict[tuple[str, str], set[str]] = {}
    for mapped in (one for each in estate.stores.values() for one in each.tables.values()):
        for column, name in _bearing(mapped):
            kin.setdefault(name, set()).update(_leaves_in(mapped, column))
    borne: dict[str, set[str]] = {}
    for column, name in _bearing(store.tables[table]):
        borne.setdefault(column, set()).update(kin[name])
    return {one.name: _said_by(one.role) | frozenset(borne.get(one.name, ())) for one in store.tables[table].columns}


def _bearing(table: Table) -> Iterator[tuple[str, tuple[str, str]]]:
    """(column, (kind, form)) of each identifier that names one person here, or leads to one."""
    for one in table.identifies:
        if table.root is not None and one.names == "one":
            yield one.column, (table.root, one.form)
    for link in table.identity:
        yield link.column, (link.kind, link.form)


def _leaves_in(table: Table, column: str) -> tuple[str, ...]:
    return next((leaves_of(one.role) for one in table.columns if one.name == column), ())


def contradiction(estate: Estate, catalogue: Catalogue, corrections: Sequence[Correction]) -> Refused | None:
    """L133 where one correction undoes another, or both speak of one cell: then the order would decide, and a run gone on with would do more."""
    said: list[tuple[Correction, frozenset[Place]]] = []
    for one in corrections:
        places = places_of(estate, catalogue, one)
        if isinstance(places, Refused):
            return places
        for other, theirs in said:
            both = sorted(theirs & set(places))
            if both and _meet(one, other):
                return refused("L133", ".".join(both[0]), "Say of each value once what it should be.")
        said.append((one, frozenset(places)))
    return None


def _meet(one: Correction, other: Correction) -> bool:
    if one.key is not None and other.key is not None and one.key != other.key:
        return False
    if one.whatever or other.whatever:
        return True
    return one.was == other.was or one.now == other.was or other.now == one.was


def mine_of(store: StoreMap, table: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Of a shared table, the columns that each role may correct."""
    return tuple((role, rule.mine) for role, rule in sorted(store.tables[table].shared.items()))


def _of_leaf(estate: Estate, catalogue: Catalogue, leaf: str) -> Iterator[Place]:
    for store, live, table in _tables(estate, catalogue):
        for column, leaves in answers_to(estate, store, table).items():
            if leaf in leaves and not why_not(store, live, table, column, everywhere=True):
                yield store.store, table, column


def _said_by(role: Role) -> frozenset[str]:
    """The categories of which a column holds values that can be corrected wherever they stand."""
    if isinstance(role, JsonPaths):
        return frozenset(part.leaf for part in role.paths.values() if isinstance(part, Category))
    return frozenset(leaves_of(role)) if isinstance(role, Category | Event) else frozenset()


def _tables(estate: Estate, catalogue: Catalogue) -> Iterator[tuple[StoreMap, StoreCatalogue, str]]:
    """Tables of live stores whose rows are people's."""
    for name, store in estate.stores.items():
        if store.kind == "backup" or name not in catalogue.stores:
            continue
        for table in reached(store).tables():
            if table in catalogue.stores[name].tables:
                yield store, catalogue.stores[name], table


def _named(estate: Estate, catalogue: Catalogue, place: Place) -> str:
    name, table, column = place
    for store, live, mapped in _tables(estate, catalogue):
        if (store.store, mapped) == (name, table):
            if column not in {one.name for one in store.tables[table].columns}:
                return "the estate maps no such column"
            return why_not(store, live, table, column)
    return "rows of this table are nobody's, as the estate knows it"


def why_not(store: StoreMap, live: StoreCatalogue, table: str, column: str, *, everywhere: bool = False) -> str:
    """Why cells of this column cannot be corrected; empty if they can. `everywhere`: with its category, as members of documents are."""
    mapped, role = store.tables[table], store.tables[table].column(column).role
    if everywhere and isinstance(role, JsonPaths):
        fit = live.tables[table].column(column).family in ("json", "text") and not live.tables[table].column(column).generated
        mine = not mapped.shared or any(column in rule.mine for rule in mapped.shared.values())
        return "" if fit and mine else "it is a document that is corrected by hand"
    bears = everywhere and any(column == name for name, _ in _bearing(mapped))
    if not bears and not isinstance(role, Category | FreeText) and not (isinstance(role, Event) and role.leaf is not None):
        return "it is no value that a person can be mistaken about"
    found = live.tables[table].column(column)
    if found.generated:
        return "it follows from other columns"
    if found.family not in CORRECTABLE:
        return f"it holds {found.type or found.family}, which is corrected by hand"
    if mapped.shared and not any(column in rule.mine for rule in mapped.shared.values()):
        return "it is no owner's own in a row of several"
    hanging = {(child, own) for child, key, own in following(live.tables, table, column) if key.on_update != "cascade"}
    cascading = {(child, own) for child, key, own in following(live.tables, table, column) if key.on_update == "cascade"}
    hanging |= {
        (child.name, own)
        for child in store.tables.values()
        for link in child.owning
        if link.parent == table
        for own, target in zip(link.columns, link.parent_columns, strict=True)
        if target == column and (child.name, own) not in cascading
    }
    if any(column in key.columns for key in live.tables[table].foreign_keys):
        return "it leads to another row"
    return f"rows of {min(hanging)[0]} hang on it" if hanging else ""
