"""An Estate becomes what it supplies to promises: leaves, events, facts, records, periods and parties, as names.

So the language can say which permission covers nothing and which data was never told, without knowing a table. What the
product itself knows (choices, channels, surfaces) is handed in and joined. Pure.
"""

from __future__ import annotations

from upheld.engine.estate.model import Column, Estate, Event, leaves_of
from upheld.language.promises.supplied import Supplied


def supply(estate: Estate, known: Supplied | None = None) -> Supplied:
    """What the stores supply, joined with what is `known` besides. One place per leaf and column, by file and line."""
    known = known or Supplied()
    stores = estate.stores.values()
    tables = [table for store in stores for table in store.tables.values()]
    columns: list[tuple[str, Column]] = [
        (store.file, column) for store in stores for table in store.tables.values() for column in table.columns
    ]
    places = {(leaf, file, column.line) for file, column in columns for leaf in leaves_of(column.role)}
    return Supplied(
        leaves=known.leaves | {leaf for leaf, _, _ in places},
        events=known.events | {column.role.event for _, column in columns if isinstance(column.role, Event)},
        facts=known.facts | {column.fact for _, column in columns if column.fact},
        records=known.records | {table.record for table in tables if table.record},
        surfaces=known.surfaces,
        parties=known.parties | {store.handled_by for store in stores if store.handled_by},
        periods=known.periods | {column.period for _, column in columns if column.period},
        places=tuple(sorted({*known.places, *places})),
        unasked=known.unasked - {leaf for leaf, _, _ in places},
    )
