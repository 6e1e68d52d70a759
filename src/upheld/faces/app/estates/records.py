"""Our own records become counts that drift compares with the stores: rows kept on a ground, work that has no leaf."""

from __future__ import annotations

from upheld.faces.app.installation import Installation


def kept_rows(app: Installation) -> dict[tuple[str, str], int]:
    """Rows that finished and running erasures kept on a ground that still stands, by (store, table). One statement."""
    with app.own.connection() as connection:
        rows = connection.execute(
            "SELECT store, place, sum(rows) FROM kept_row WHERE until IS NULL OR until > %s GROUP BY 1, 2", [app.settings.today]
        ).fetchall()
    return {(store, place): int(count) for store, place, count in rows}
