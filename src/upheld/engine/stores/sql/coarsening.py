"""A value becomes a coarser one in its column's own type, in each engine's words: the first day of its year, its first letters, the foot of its band.

NULL stays NULL, and what cannot be read as a date becomes NULL. A coarser value is its own coarser value, so that a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from upheld.engine.estate.model import Engine, LiveColumn
from upheld.engine.plan.model import Coarser


def coarser(engine: Engine, column: str, live: LiveColumn, how: Coarser) -> str:
    """The value of `column` made coarser, in the column's own type; NULL stays NULL."""
    match how.to:
        case "year" | "month" | "decade":
            return _DATES[engine](column, how.to, live)
        case "first":
            return f"{'left' if engine == 'postgresql' else 'substr'}({column}, {'' if engine == 'postgresql' else '1, '}{how.size})"
        case "band":
            return _BANDS[engine](column, how.size, live)
        case _:
            assert_never(how.to)


def marked(live: LiveColumn) -> str:
    """What stands in a mark that is set: now (in SQLite a text, too), today, true or 1."""
    return {"timestamp": "CURRENT_TIMESTAMP", "text": "CURRENT_TIMESTAMP", "date": "CURRENT_DATE", "boolean": "true"}.get(
        live.family, "1"
    )


def unmarked(column: str, live: LiveColumn) -> str:
    """The condition that the mark is not set."""
    if live.family in ("timestamp", "date"):
        return f"{column} IS NULL"
    if live.family == "text":
        return f"coalesce({column}, '') = ''"
    return f"{column} IS NOT TRUE" if live.family == "boolean" else f"coalesce({column}, 0) = 0"


def _date_postgresql(column: str, to: str, live: LiveColumn) -> str:
    return f"date_trunc('{to}', {column}::timestamp)::{live.type}"


def _date_sqlite(column: str, to: str, live: LiveColumn) -> str:
    day = f"CASE WHEN typeof({column}) IN ('integer', 'real') THEN date({column}, 'unixepoch') ELSE date({column}) END"
    first = f"substr({day}, 1, 3) || '0-01-01'" if to == "decade" else f"date({day}, 'start of {to}')"
    return f"CASE WHEN typeof({column}) IN ('integer', 'real') THEN CAST(strftime('%s', {first}) AS INTEGER) ELSE {first} END"


def _date_mariadb(column: str, to: str, live: LiveColumn) -> str:
    if to == "month":
        return f"CAST(DATE_FORMAT({column}, '%Y-%m-01') AS {'DATE' if live.family == 'date' else 'DATETIME'})"
    year = f"FLOOR(YEAR({column}) / 10) * 10" if to == "decade" else f"YEAR({column})"
    return f"CAST(MAKEDATE({year}, 1) AS {'DATE' if live.family == 'date' else 'DATETIME'})"


def _band_floor(column: str, size: int, live: LiveColumn) -> str:
    return f"floor({column} / {size}.0) * {size}"


def _band_postgresql(column: str, size: int, live: LiveColumn) -> str:
    return f"({_band_floor(column, size, live)})::{live.type}"


def _band_sqlite(column: str, size: int, live: LiveColumn) -> str:
    whole = f"CAST({column} AS INTEGER)"
    down = f"({whole} - ({column} < {whole}))"  # the integer at or below
    return f"({down} - (({down} % {size}) + {size}) % {size})"


_DATES: dict[Engine, Callable[[str, str, LiveColumn], str]] = {
    "postgresql": _date_postgresql, "sqlite": _date_sqlite, "mariadb": _date_mariadb,
}  # fmt: skip
_BANDS: dict[Engine, Callable[[str, int, LiveColumn], str]] = {
    "postgresql": _band_postgresql, "sqlite": _band_sqlite, "mariadb": _band_floor,
}  # fmt: skip
