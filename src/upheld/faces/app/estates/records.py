"""Our own records become what drift compares the stores with: rows that erasures left standing on a ground."""

from __future__ import annotations

from upheld.engine.execution.own_journal import KeptRows, all_kept
from upheld.faces.app.installation import Installation


def kept_rows(app: Installation) -> list[KeptRows]:
    """Every row that an erasure left standing, with its keys opened. One statement, and one for each ask that left some."""
    with app.own.connection() as connection:
        return all_kept(connection, app.master)
