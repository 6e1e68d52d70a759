"""A labelled schema to a database of rows, the same on every machine: SQLite file or PostgreSQL.

Each column draws from its own source of chance, seeded by its place; adding a column changes no other. Not promised: that the
values of one row belong together, or that another version of Faker draws the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random

import psycopg
from faker import Factory, Generator
from faker.providers.address.it_IT import Provider as ItalianPlaces
from faker.providers.lorem.en_US import Provider as EnglishWords

from tests.scan_corpus import people, things
from tests.scan_corpus.schema import Column, Schema, Table

RECIPES = people.RECIPES | things.RECIPES
# The type of a recipe whose form says more than its name.
TYPES = {
    ("birth", "dmy"): "VARCHAR(10)",
    ("birth", "slash"): "VARCHAR(10)",
    ("birth", "mdy"): "VARCHAR(10)",
    ("birth", "iso"): "VARCHAR(10)",
    ("birth", "int"): "INTEGER",
    ("birth", "year"): "INTEGER",
    ("phone", "digits"): "BIGINT",
    ("place", "both"): "VARCHAR(40)",
}


def build_sqlite(schema: Schema, path: Path) -> str:
    """The database as a SQLite file; returns its URL."""
    with sqlite3.connect(path) as connection:
        for table, rows in _filled(schema):
            connection.execute(ddl(schema, table))
            marks = ", ".join("?" * len(table.columns))
            made = [tuple(value.isoformat(" ") if isinstance(value, datetime) else value for value in row) for row in rows]
            made = [tuple(value.isoformat() if isinstance(value, date) else value for value in row) for row in made]
            connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', made)
    connection.close()
    return f"sqlite:///{path}"


def build_postgresql(schema: Schema, url: str) -> None:
    """The same rows in an empty PostgreSQL database."""
    with psycopg.connect(url) as connection:
        for table, rows in _filled(schema):
            connection.execute(ddl(schema, table).encode())
            marks = ", ".join(["%s"] * len(table.columns))
            connection.cursor().executemany(f'INSERT INTO "{table.name}" VALUES ({marks})'.encode(), rows)


def ddl(schema: Schema, table: Table) -> str:
    """CREATE TABLE, in words that SQLite and PostgreSQL both know."""
    lines = [f'"{column.name}" {type_of(schema, column)}{" UNIQUE" if column.unique else ""}' for column in table.columns]
    if keys := [f'"{column.name}"' for column in table.columns if column.primary]:
        lines.append(f"PRIMARY KEY ({', '.join(keys)})")
    for column in table.columns:
        if column.foreign:
            parent, _, key = column.recipes[0].argument.partition(".")
            lines.append(f'FOREIGN KEY ("{column.name}") REFERENCES "{parent}" ("{key}")')
    return f'CREATE TABLE "{table.name}" (\n  ' + ",\n  ".join(lines) + "\n)"


def type_of(schema: Schema, column: Column) -> str:
    """The declared type: as the line says, or as the recipe gives; a mixture is text."""
    if column.type:
        return column.type
    if len(column.recipes) > 1:
        return "TEXT"
    name, argument = column.recipes[0].name, column.recipes[0].argument
    if name == "serial":
        return "INTEGER"
    if name == "of":
        parent, _, key = argument.partition(".")
        return type_of(schema, schema.labels()[parent, key])
    return TYPES.get((name, argument)) or RECIPES[name][0]


def _filled(schema: Schema) -> Iterator[tuple[Table, list[tuple[object, ...]]]]:
    """Each table with its rows; a parent stands before its children."""
    made: dict[tuple[str, str], list[object]] = {}
    for table in schema.tables:
        for column in table.columns:
            made[table.name, column.name] = _values(schema, table, column, made)
        yield table, list(zip(*(made[table.name, column.name] for column in table.columns), strict=True))


def _values(schema: Schema, table: Table, column: Column, made: dict[tuple[str, str], list[object]]) -> list[object]:
    seed = sha256(f"{schema.name}/{table.name}/{column.name}".encode()).digest()
    chance = Random(seed)
    faker = _faker(schema.locale)
    faker.seed_instance(int.from_bytes(seed[:8], "big"))
    values: list[object] = []
    taken: set[object] = set()
    while len(values) < table.rows:
        value = _value(schema, column, faker, chance, made, len(values))
        if (column.unique or (column.primary and not _composite(table))) and value is not None:
            if value in taken:
                continue
            taken.add(value)
        values.append(value)
    return values


def _composite(table: Table) -> bool:
    return sum(column.primary for column in table.columns) > 1


def _value(
    schema: Schema, column: Column, faker: Generator, chance: Random, made: dict[tuple[str, str], list[object]], place: int
) -> object:
    if column.null and chance.random() < column.null:
        return None
    if column.blank and chance.random() < column.blank:
        return ""
    recipe = (
        chance.choices(column.recipes, [each.weight for each in column.recipes])[0]
        if len(column.recipes) > 1
        else column.recipes[0]
    )
    if recipe.name == "serial":
        return int(recipe.argument or 1) + place
    if recipe.name == "of":
        parent, _, key = recipe.argument.partition(".")
        return chance.choice([value for value in made[parent, key] if value is not None])
    value = RECIPES[recipe.name][1](faker, chance, recipe.argument, schema.country)
    return str(value) if len(column.recipes) > 1 and value is not None else value


class OrderedItalianPlaces(ItalianPlaces):
    """Faker draws Italian towns in the order of a set, which differs from process to process."""

    cities = tuple(sorted(ItalianPlaces.cities))


@cache
def _faker(locale: str) -> Generator:
    faker = Factory.create(locale)
    if locale == "en_GB":  # its own running text is Latin
        faker.add_provider(EnglishWords)
    if locale == "it_IT":
        faker.add_provider(OrderedItalianPlaces)
    return faker
