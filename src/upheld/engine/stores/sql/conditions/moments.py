"""A cell that holds a moment becomes conditions, in each engine's words: that it lies before a day, and that nothing can be read in it.

Days and moments count as they stand, texts by the day that they begin with, numbers as seconds since 1970. A number below a hundred million is no
moment: 0, a day written 20240131 and a count of days would all lie in 1970 or near it, and end a row long before its time. NULL, a blank text, a zero
and a date of zeros say nothing; anything else that cannot be read is somebody's mistake. Not taken: guessing milliseconds, or which number is the month.
"""

from __future__ import annotations

from upheld.engine.estate.model import Engine, LiveColumn

LEAST, MOST = 100_000_000, 253_402_300_799  # March 1973, and the last second of 9999
WRITTEN = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
GLOB = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"
DAYS = "1721425.5 AND 5373484.5"  # Julian days of the years 1 to 9999, which SQLite keeps as REAL
KEPT_AS = {"date", "timestamp"}


def is_past(engine: Engine, column: str, live: LiveColumn, day: str) -> str:
    """The cell lies before `day` (a parameter that holds its text); NULL where the cell says nothing that can be read."""
    match engine:
        case "postgresql":
            return _past_postgresql(column, live, day)
        case "mariadb":
            return _past_mariadb(column, live, day)
        case _:
            return f"{_day_sqlite(column)} < {day}"


def is_unread(engine: Engine, column: str, live: LiveColumn) -> str:
    """The cell says something that is no moment. Never NULL; false, as a word, where the column's type admits nothing else."""
    if engine == "sqlite":
        blank = f"trim({column}) = '' OR {column} = 0 OR {column} GLOB '0000-00-00*'"
        return f"({column} IS NOT NULL AND NOT ({blank}) AND {_day_sqlite(column)} IS NULL)"
    if live.family in KEPT_AS:
        return "false"
    if _counts(live):
        return f"COALESCE({column} <> 0 AND ({column} < {LEAST} OR {column} > {MOST}), false)"
    if engine == "mariadb":
        text = f"CAST({column} AS CHAR)"
        return f"COALESCE({text} REGEXP '[^[:space:]]' AND NOT {text} REGEXP '^0000-00-00' AND NOT {text} REGEXP '{WRITTEN}', false)"
    return f"COALESCE({column}::text ~ '[^[:space:]]' AND {column}::text !~ '^0000-00-00' AND {column}::text !~ '{WRITTEN}', false)"


def _counts(live: LiveColumn) -> bool:
    return live.family in ("integer", "number") and live.type != "money"


def _past_postgresql(column: str, live: LiveColumn, day: str) -> str:
    if live.family in KEPT_AS:
        return f"{column} < {day}::date"  # as it stands, so that an index of the column serves
    if _counts(live):
        return f"(NULLIF({column}, 0) >= {LEAST} AND {column} < EXTRACT(EPOCH FROM {day}::date)::bigint AND {column} <= {MOST})"
    return f"CASE WHEN {column}::text ~ '{WRITTEN}' THEN substr({column}::text, 1, 10) COLLATE \"C\" < {day}::text END"


def _past_mariadb(column: str, live: LiveColumn, day: str) -> str:
    if live.family in KEPT_AS:
        # As it stands, so that an index of the column serves; a zero date says as little as NULL does.
        return f"({column} < {day} AND {column} > '0000-12-31')"
    if _counts(live):
        return f"(NULLIF({column}, 0) >= {LEAST} AND {column} < TIMESTAMPDIFF(SECOND, '1970-01-01', {day}))"
    when = f"LEFT(CAST({column} AS CHAR), 10)"
    return f"CASE WHEN {when} REGEXP '{WRITTEN}' THEN CAST({when} AS BINARY) < CAST({day} AS BINARY) END"


def _day_sqlite(column: str) -> str:
    """Columns of SQLite hold what they like, so each cell is read by what it is."""
    seconds = (
        f"WHEN typeof({column}) IN ('integer', 'real') THEN CASE WHEN {column} >= {LEAST} THEN date({column}, 'unixepoch') END"
    )
    days = f"WHEN typeof({column}) = 'real' AND {column} BETWEEN {DAYS} THEN date({column})"
    text = f"WHEN {column} GLOB '{GLOB}' THEN coalesce(date({column}), date(substr({column}, 1, 10)))"
    return f"CASE {days} {seconds} {text} END"
