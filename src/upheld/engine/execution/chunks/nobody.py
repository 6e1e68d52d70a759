"""Placeholders that a store's rows write in their own way become the keys by which its statements know them.

A placeholder means nobody in any writing; the engine's key of an odd one is known only once the row was read (`forms`). Read before a run, without a lock: a row
that comes later in such a writing counts as somebody's, and so stays without what is the subjects'. Not taken: another answer for each cell of the set; the
question is also asked of parents, of which a row has several.
"""

from __future__ import annotations

from collections.abc import Mapping

from upheld.engine.estate.forms import normalise, spelling_of
from upheld.engine.estate.model import StoreMap
from upheld.engine.execution.chunks.values import taboo_of
from upheld.engine.stores import Store
from upheld.engine.stores.sql.lookups import odd_linked_of
from upheld.engine.stores.sql.statements import Param, Script


def nobody_in(session: Store, script: Script, store: StoreMap) -> Mapping[Param, list[object]]:
    """By parameter of the script. At most one statement for each identity column that several people share; mostly none."""
    asked = {param for one in script.statements.values() for param in one.params.values() if param.kind == "placeholders"}
    return {param: list(found) for param in asked if (found := _spellings(session, store, param))}


def _no_values(param: Param) -> object:
    raise KeyError(param.kind)


def _spellings(session: Store, store: StoreMap, param: Param) -> list[str]:
    table, taboo = store.tables[param.table], taboo_of(store, param.table, param.form)
    link = next(one for one in table.identity if (one.column, one.form) == (param.part, param.form))
    statement = odd_linked_of(store, table, link)
    if statement is None or not taboo:
        return []
    session.begin(snapshot=True)
    try:
        written = [row[-1] for row in session.rows(statement, _no_values)]
    finally:
        session.rollback()
    nobody: dict[str, bool] = {}
    for value in written:
        spelt = spelling_of(param.form, value, store.engine)
        is_nobody = normalise(param.form, value, store.region or store.place) in taboo
        # Where one key of the engine is two people's, it is nobody's only if both are nobody.
        nobody[spelt] = is_nobody and nobody.get(spelt, True)
    return sorted(spelt for spelt, is_nobody in nobody.items() if is_nobody)
