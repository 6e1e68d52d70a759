"""A live store becomes a draft of its estate file and a snapshot of its schema.

One catalogue reading and one sample per table; values are judged in memory and never kept, written or shown. Keys and links
come from the schema, kinds of data from validators, and only then from names. What is not at least likely stays
`undetermined`, so that `check` refuses the draft until a person has spoken. Reads only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import psycopg
import pymysql
from psycopg.rows import tuple_row

from upheld.engine.estate.forms import normalise
from upheld.engine.estate.model import LiveColumn, LiveForeignKey, LiveTable, StoreCatalogue
from upheld.engine.stores import catalogue_postgresql, catalogue_sqlite
from upheld.engine.stores.mariadb import catalogue as catalogue_mariadb
from upheld.engine.stores.scan_draft import draft
from upheld.engine.stores.scan_values import (
    Guess,
    are_dates,
    by_name,
    by_neighbours,
    by_values,
    is_free_text,
    lists_trade,
    names_people,
    singular,
    snake,
)

Connection = psycopg.Connection[Any] | sqlite3.Connection | pymysql.Connection
LONGEST_VALUE = 400  # characters of a value that are looked at
LARGE_TABLE = 50_000  # rows above which a sample is drawn from random pages


OnTable = Callable[[str, int, int], None]  # table, tables done, tables in all


@dataclass(frozen=True, slots=True)
class Link:
    """A proposed owning link."""

    columns: tuple[str, ...]
    parent: str
    targets: tuple[str, ...]
    why: str
    role: str = "owner"


@dataclass(frozen=True, slots=True)
class Finding:
    """All that is proposed for one table."""

    live: LiveTable
    columns: Mapping[str, Guess]
    root: str = ""
    root_why: str = ""
    identifies: Mapping[str, str] = field(default_factory=dict)  # column → one | several
    links: tuple[Link, ...] = ()
    identity: Mapping[str, str] = field(default_factory=dict)  # column → kind
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`text` is the draft of the estate file, `catalogue` what goes into `estate.lock`; counts of columns by degree.

    `left_out`: tables that the draft does not map; their columns are not counted.
    """

    text: str
    catalogue: StoreCatalogue
    proven: int
    likely: int
    undetermined: int
    guesses: Mapping[tuple[str, str], Guess]
    left_out: tuple[str, ...] = ()


def scan(
    connection: Connection,
    store: str,
    place: str,
    sample: int = 1000,
    on_table: OnTable | None = None,
) -> ScanResult:
    """A draft for the store on `connection`, which stands in country `place`. Nothing is written to the store.

    Reads at most `sample` rows of each table. `on_table(name, done, of)` is told of progress. Cost: a few catalogue
    queries, one query per table, and one per guessed link. Not promised: that *likely* is right.
    """
    catalogue = _reader(connection).reflect(cast("Any", connection), store)
    tables = [table for table in catalogue.tables.values() if table.kind in ("table", "partitioned")]
    samples: dict[str, dict[str, list[str]]] = {}
    for done, table in enumerate(tables, 1):
        samples[table.name] = _sample(connection, table, sample)
        if on_table:
            on_table(table.name, done, len(tables))
    guesses = {table.name: _columns(table, samples[table.name], place) for table in tables}
    roots = {table.name: why for table in tables if (why := _root(table, guesses[table.name], samples[table.name], catalogue))}
    links = _links(tables, roots, _identified(guesses, roots), samples)
    found = [_finding(table, guesses[table.name], roots, links, samples[table.name]) for table in tables]
    found = _kept_in(found)
    degrees = [guess.degree for finding in found if not finding.left_out for guess in finding.columns.values()]
    return ScanResult(
        text=draft(store, catalogue, place, found, sample),
        catalogue=catalogue,
        proven=degrees.count("proven"),
        likely=degrees.count("likely"),
        undetermined=degrees.count("undetermined"),
        guesses={(finding.live.name, name): guess for finding in found for name, guess in finding.columns.items()},
        left_out=tuple(finding.live.name for finding in found if finding.left_out),
    )


def _reader(connection: Connection) -> Any:
    if isinstance(connection, sqlite3.Connection):
        return catalogue_sqlite
    return catalogue_mariadb if isinstance(connection, pymysql.Connection) else catalogue_postgresql


# ---- sampling --------------------------------------------------------------------------------------------------------


def _sample(connection: Connection, table: LiveTable, size: int) -> dict[str, list[str]]:
    """Distinct non-blank values per column, as text. Binary columns are not looked at."""
    columns = [column.name for column in table.columns if column.family != "binary"]
    if not columns:
        return {}
    rows = _rows(connection, table, columns, size)
    seen: dict[str, dict[str, None]] = {name: {} for name in columns}
    for row in rows:
        for name, value in zip(columns, row, strict=True):
            if value is not None and (text := str(value).strip()):
                seen[name][text] = None
    return {name: list(values) for name, values in seen.items()}


def _rows(connection: Connection, table: LiveTable, columns: Sequence[str], size: int) -> list[tuple[Any, ...]]:
    if isinstance(connection, sqlite3.Connection):
        return _sqlite_rows(connection, table, columns, size)
    if isinstance(connection, pymysql.Connection):
        return _mariadb_rows(connection, table, columns, size)
    return _pg_rows(connection, table, columns, size)


def _mariadb_rows(connection: pymysql.Connection, table: LiveTable, columns: Sequence[str], size: int) -> list[tuple[Any, ...]]:
    said = ", ".join(f"LEFT(CONVERT({_quoted(name)} USING utf8mb4), {LONGEST_VALUE})" for name in columns)
    place = ".".join(_quoted(part) for part in table.name.split("."))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {said} FROM {place} LIMIT {size}")
        return list(cursor.fetchall())


def _sqlite_rows(connection: sqlite3.Connection, table: LiveTable, columns: Sequence[str], size: int) -> list[tuple[Any, ...]]:
    said = ", ".join(f"substr({_quoted(name)}, 1, {LONGEST_VALUE})" for name in columns)
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(f"SELECT {said} FROM {_quoted(table.name)} LIMIT {size}").fetchall()


def _pg_rows(connection: psycopg.Connection[Any], table: LiveTable, columns: Sequence[str], size: int) -> list[tuple[Any, ...]]:
    said = ", ".join(f"left({_quoted(name)}::text, {LONGEST_VALUE})" for name in columns)
    name = ".".join(_quoted(part) for part in table.name.split("."))
    drawn = ""
    if table.estimate > max(LARGE_TABLE, 20 * size) and table.kind == "table":
        drawn = f" TABLESAMPLE SYSTEM ({min(100.0, 300.0 * size / table.estimate):.6f}) REPEATABLE (1)"
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(cast("Any", f"SELECT {said} FROM {name}{drawn} LIMIT {size}")).fetchall()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# ---- columns ---------------------------------------------------------------------------------------------------------


def _columns(table: LiveTable, values: Mapping[str, list[str]], region: str) -> dict[str, Guess]:
    return {column.name: _column(table, column, values.get(column.name, []), region) for column in table.columns}


def _column(table: LiveTable, column: LiveColumn, values: list[str], region: str) -> Guess:
    shown = by_values(values, region) if column.family in ("text", "integer", "other") else None
    if shown and shown.degree == "proven":
        return shown
    if column.name in table.primary_key:
        return Guess("key", "proven", "primary key")
    if leads := [key.target for key in table.foreign_keys if column.name in key.columns]:
        return Guess("key", "proven", f"foreign key to {leads[0]}")
    if column.family == "json":
        return _json(values, region)
    named = by_name(column.name, values)
    if named and (column.family in ("text", "date", "timestamp", "other") or named.leaf in ("telephone-number", "location")):
        return shown if shown and shown.degree == "likely" else named
    text = is_free_text(column.name, values) if column.family == "text" else None
    if text and not shown:
        return text
    return _undetermined(column, values, shown)


def _undetermined(column: LiveColumn, values: Sequence[str], shown: Guess | None) -> Guess:
    said = f"{column.type or 'no declared type'}, {len(values):,} distinct values seen"
    if shown:
        said = f"{shown.why}, and nothing else says so"
    elif column.family in ("date", "timestamp") or are_dates(values):
        said += "; an event, a birth date, or not personal"
    return Guess("", "undetermined", said)


def _json(values: Sequence[str], region: str) -> Guess:
    """Members that hold an identifier in most documents become paths; the rest of a document is free text until read."""
    members: dict[str, list[str]] = {}
    for text in values:
        try:
            _walk(json.loads(text), "$", members)
        except (ValueError, RecursionError):
            continue
    paths = {path: guess.leaf for path, held in sorted(members.items()) if (guess := _member(path, held, region))}
    if not paths:
        return Guess("", "undetermined", f"{len(members):,} members seen, none proven personal; name paths and `others`")
    listed = ", ".join(f'"{path}": {leaf}' for path, leaf in paths.items())
    return Guess(
        f"{{json: {{{listed}}}, others: {{free-text: review}}}}",
        "likely",
        "members that hold identifiers; the rest is to be read",
    )


def _member(path: str, values: list[str], region: str) -> Guess | None:
    shown = by_values(list(dict.fromkeys(values)), region)
    return shown if shown and shown.degree == "proven" else by_name(path.rsplit(".", 1)[-1], values)


def _walk(value: object, path: str, members: dict[str, list[str]]) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(name, str) and name.replace("_", "a").replace("-", "a").isalnum():
                _walk(item, f"{path}.{name}", members)
    elif isinstance(value, str) and path != "$":
        members.setdefault(path, []).append(value)


# ---- people and links --------------------------------------------------------------------------------------------------


def _root(table: LiveTable, guesses: Mapping[str, Guess], values: Mapping[str, list[str]], live: StoreCatalogue) -> str:
    """Why rows of this table seem to be people; empty if they do not."""
    leaves = {guess.leaf for guess in guesses.values() if guess.degree != "undetermined"}
    reasons = []
    if names_people(table.name.rsplit(".", 1)[-1]):
        reasons.append("the table's name")
    if "email-address" in leaves:
        reasons.append("an e-mail address")
    if "name" in leaves or any(snake(name) == "name" for name in guesses):
        reasons.append("a name")
    if leaves & {"birth-date", "password", "username", "gender"}:
        reasons.append("a birth date, gender or sign-in")
    if any(
        key.target == table.name for other in live.tables.values() for key in other.foreign_keys if other.name != table.name
    ):
        reasons.append("tables that hang on it")
    single = len(table.primary_key) == 1
    held_by_another = any(
        names_people(key.target) and key.target != table.name and not names_people(table.name) for key in table.foreign_keys
    )
    identified = bool(leaves & {"email-address", "telephone-number", "username"})
    return ", ".join(reasons) if single and identified and len(reasons) >= 3 and not held_by_another else ""


def _identified(guesses: Mapping[str, Mapping[str, Guess]], roots: Mapping[str, str]) -> dict[str, list[str]]:
    """Columns of other tables that name a person by e-mail; only where one table of people leaves no doubt of the kind."""
    if len(roots) != 1:
        return {}
    return {
        table: emails
        for table, columns in guesses.items()
        if table not in roots
        and (emails := [name for name, guess in columns.items() if guess.leaf == "email-address" and guess.entry])
    }


def _links(
    tables: Sequence[LiveTable],
    roots: Mapping[str, str],
    identified: Mapping[str, list[str]],
    samples: Mapping[str, Mapping[str, list[str]]],
) -> dict[str, tuple[Link, ...]]:
    """Owning links from the people outwards: a foreign key (or a key by name) to a table that is reached owns its rows."""
    keys = {table.name: [*_foreign(table), *_by_name(table, tables, samples)] for table in tables}
    found: dict[str, tuple[Link, ...]] = {}
    reached = set(roots) | set(identified)
    grown = True
    while grown:
        grown = False
        for table in tables:
            if table.name in roots or table.name in found:
                continue
            links = tuple(link for link in keys[table.name] if link.parent in reached and link.parent != table.name)
            if links:
                found[table.name] = links
                grown = True
        reached |= set(found)
    for name in found:
        found[name] = _told_apart(tuple(link for link in keys[name] if link.parent in reached and link.parent != name), roots)
    return found


def _foreign(table: LiveTable) -> list[Link]:
    def link(key: LiveForeignKey) -> Link:
        return Link(key.columns, key.target, key.target_columns, "proven: foreign key")

    return [link(key) for key in table.foreign_keys]


def _by_name(table: LiveTable, tables: Sequence[LiveTable], samples: Mapping[str, Mapping[str, list[str]]]) -> list[Link]:
    taken = {name for key in table.foreign_keys for name in key.columns}
    found = []
    for column in table.columns:
        plain = snake(column.name)
        if column.name in taken or not plain.endswith("_id"):
            continue
        for parent in tables:
            if (
                parent.name == table.name
                or len(parent.primary_key) != 1
                or singular(parent.name).replace("-", "_") != plain[:-3]
            ):
                continue
            held = set(samples[table.name].get(column.name, ()))
            keys = set(samples[parent.name].get(parent.primary_key[0], ()))
            if held and len(held & keys) >= 0.5 * min(len(held), len(keys) or 1):
                why = f"likely: its name, and {len(held & keys):,} of {len(held):,} sampled values are keys there"
                found.append(Link((column.name,), parent.name, parent.primary_key, why))
    return found


def _told_apart(links: tuple[Link, ...], roots: Mapping[str, str]) -> tuple[Link, ...]:
    """Two links straight to people are two owners until somebody says otherwise: each gets its own role."""
    if sum(link.parent in roots for link in links) < 2:
        return links
    return tuple(
        Link(link.columns, link.parent, link.targets, link.why, _role(link.columns[0])) if link.parent in roots else link
        for link in links
    )


def _role(column: str) -> str:
    return snake(column).removesuffix("_id").replace("_", "-")


def _finding(
    table: LiveTable,
    guesses: Mapping[str, Guess],
    roots: Mapping[str, str],
    links: Mapping[str, tuple[Link, ...]],
    values: Mapping[str, list[str]],
) -> Finding:
    columns = dict(guesses)
    for link in links.get(table.name, ()):
        for name in link.columns:
            if not columns[name].leaf:
                columns[name] = Guess(
                    "key", "proven" if link.why.startswith("proven") else "likely", link.why.split(": ", 1)[1]
                )
    leaves = frozenset(guess.leaf for guess in columns.values() if guess.degree != "undetermined")
    for column in table.columns:
        if columns[column.name].degree == "undetermined":
            beside = by_neighbours(table.name, column.name, column.family, leaves, table.name in roots, table.name in links)
            columns[column.name] = beside or columns[column.name]
    columns |= _leading_away(table, roots, links)
    emails = [name for name, guess in columns.items() if guess.leaf == "email-address" and guess.degree != "undetermined"]
    if table.name in roots:
        identifies = {name: _names(values.get(name, ())) for name in emails}
        return Finding(table, columns, singular(table.name), roots[table.name], identifies)
    if table.name in links:
        return Finding(table, columns, links=links[table.name])
    kinds = [singular(name) for name in sorted(roots)]
    identity = {name: kinds[0] for name in emails} if len(kinds) == 1 else {}
    personal = any(guess.leaf or "free-text" in guess.entry for guess in columns.values())
    left_out = (
        "" if personal or table.triggers else "likely: no path leads there from a person, and no sampled value looks personal"
    )
    return Finding(table, columns, identity=identity, left_out=left_out)


def _leading_away(table: LiveTable, roots: Mapping[str, str], links: Mapping[str, tuple[Link, ...]]) -> dict[str, Guess]:
    """Foreign keys that give a row no owner: to other people (who serves this customer), or to things that people chose."""
    owning = {name for link in links.get(table.name, ()) for name in link.columns}
    found = {}
    for key in table.foreign_keys:
        if set(key.columns) & (owning | set(table.primary_key)):
            continue
        for name in key.columns:
            if key.target in roots:
                found[name] = Guess("key", "proven", f"foreign key to {key.target}; not taken as an owner")
            elif key.target not in links and table.name in links and lists_trade(table.name):
                found[name] = Guess(
                    "purchase", "likely", f"foreign key to {key.target}, in a list of what people bought", "purchase"
                )
    return found


def _kept_in(found: list[Finding]) -> list[Finding]:
    """A table that hangs on a mapped table stays in the map: its rows may be a person's even if no value shows it."""
    kept = {finding.live.name for finding in found if not finding.left_out}
    while True:
        more = {
            finding.live.name
            for finding in found
            if finding.live.name not in kept and any(key.target in kept for key in finding.live.foreign_keys)
        }
        if not more:
            return [replace(finding, left_out="") if finding.live.name in kept else finding for finding in found]
        kept |= more


def _names(values: Sequence[str]) -> str:
    """`one` if no two sampled addresses have the same normal form."""
    normal = [normalise("email/1", value) for value in values]
    return "one" if len(set(normal)) == len(normal) else "several"
