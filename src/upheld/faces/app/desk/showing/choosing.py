"""What a form lets a person choose from: the kinds of data of her that a correction can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upheld.engine.estate.model import is_personal, leaves_of

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


def correctable(desk: Desk) -> tuple[str, ...]:
    """Categories that stand in people's own rows, in the estate's order; empty without an estate."""
    estate = desk.estate
    return tuple(
        dict.fromkeys(
            leaf
            for store in (estate.stores.values() if estate else ())
            for table in store.tables.values()
            if table.root and not table.shared
            for column in table.columns
            if is_personal(column.role)
            for leaf in leaves_of(column.role)[:1]
        )
    )
