"""The corpus keeps what its README says: forty schemas in six languages, halves fixed by their names, labels the notice knows, rows that repeat."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from stdnum import iban, luhn
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn

from tests.scan_corpus.generate import RECIPES, build_postgresql, build_sqlite, ddl
from tests.scan_corpus.schema import ALSO, FURTHER, HALVES, HERE, LANGUAGES, NEUTRAL, halves, read, schemas
from upheld.language.terms import builtin

ALL = {schema.name: schema for half in HALVES for schema in schemas(half)}
OPENED = {schema.name: schema for schema in schemas(FURTHER)}
EXTRA = NEUTRAL | {"free-text", "json"}


def test_forty_schemas_stand_in_six_languages_and_two_halves() -> None:
    languages = {name: schema.language for name, schema in ALL.items()}
    assert len(ALL) == 40
    assert set(languages.values()) == set(LANGUAGES)
    stand = {path.stem: half for half in HALVES for path in (HERE / half).glob("*.yaml")}
    assert stand == halves(languages)
    assert Counter(stand.values()) == {"tuning": 20, "held_out": 20}
    assert len({schema.trade for schema in ALL.values()}) == 40


def test_the_columns_are_many_and_a_part_of_them_holds_personal_data() -> None:
    columns = [column for schema in ALL.values() for column in schema.labels().values()]
    assert 1_200 <= len(columns) <= 2_100
    assert sum(column.personal for column in columns) > 800
    assert sum(set(column.labels) <= NEUTRAL for column in columns) > 600


@pytest.mark.parametrize("name", [*sorted(ALL), *sorted(OPENED), "chinook"])
def test_every_label_is_a_word_that_an_estate_file_may_say(name: str) -> None:
    schema = ALL.get(name) or OPENED.get(name) or read(HERE / "chinook.yaml")
    said = {label for column in schema.labels().values() for label in column.labels}
    assert not [label for label in said - EXTRA if not is_leaf(label)]


def test_what_is_right_beside_a_label_is_in_the_vocabulary_too() -> None:
    words = {word for label, also in ALSO.items() for word in (label, *also)} - EXTRA
    assert not [word for word in words if not is_leaf(word)]


def is_leaf(label: str) -> bool:
    return label in builtin()["data"]


def test_every_recipe_is_known_and_every_parent_stands_before_its_child() -> None:
    for schema in (ALL | OPENED).values():
        seen: set[tuple[str, str]] = set()
        for table in schema.tables:
            for column in table.columns:
                for recipe in column.recipes:
                    parent, _, key = recipe.argument.partition(".")
                    known = (parent, key) in seen if recipe.name == "of" else recipe.name in RECIPES or recipe.name == "serial"
                    assert known, f"{schema.name}.{table.name}.{column.name}: {recipe}"
                assert column.recipes
            seen |= {(table.name, column.name) for column in table.columns}


def test_the_further_schemas_are_open_and_in_six_languages() -> None:
    assert not set(OPENED) & set(ALL), "a name decides the half: one name, one schema"
    assert {schema.language for schema in OPENED.values()} == set(LANGUAGES)


def test_tables_are_of_the_size_that_a_sample_meets() -> None:
    assert all(200 <= table.rows <= 1_200 for schema in ALL.values() for table in schema.tables)


def test_the_same_schema_gives_the_same_rows_twice(tmp_path: Path) -> None:
    schema = ALL["nl_wagenpark"]
    for name in ("one", "two"):
        build_sqlite(schema, tmp_path / name)
    assert dump(tmp_path / "one") == dump(tmp_path / "two")


def test_another_process_draws_the_same_rows() -> None:
    assert drawn_elsewhere("1") == drawn_elsewhere("2") != ""


def drawn_elsewhere(seed: str) -> str:
    """Digest of a schema's rows as a process makes them whose sets are in another order."""
    program = (
        "from hashlib import sha256; from tests.scan_corpus import generate, schema;"
        "made = schema.read(schema.HERE / 'tuning' / 'it_eventi.yaml');"
        "print(sha256(repr(list(generate._filled(made))).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(["src", "."])}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=HERE.parents[1], env=environment, capture_output=True, text=True, check=True).stdout


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("name", "table", "column", "accepts"),
    [
        ("de_steuerkanzlei", "MANDANT", "STIDNR", idnr.is_valid),
        ("de_steuerkanzlei", "MANDANT", "KTO", iban.is_valid),
        ("es_gimnasio", "socios", "dni", dni.is_valid),
        ("fr_pharmacie", "PATIENT", "P_NNI", nir.is_valid),
        ("it_cooperativa", "SOCI", "COD_FISC", codicefiscale.is_valid),
        ("nl_kinderopvang", "kind", "bsn_kind", bsn.is_valid),
        ("it_eventi", "tbl_ordini", "ord_cc", luhn.is_valid),
        ("it_eventi", "tbl_ordini", "ord_txn", luhn.is_valid),
    ],
)
def test_numbers_bear_the_right_check_digits(
    tmp_path: Path, name: str, table: str, column: str, accepts: Callable[[str], bool]
) -> None:
    build_sqlite(ALL[name], tmp_path / "made")
    connection = sqlite3.connect(tmp_path / "made")
    values = [value for (value,) in connection.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL')]
    connection.close()
    assert len(values) > 50
    assert all(accepts(value) for value in values)


def test_postgresql_takes_the_same_tables_and_rows(make_database: Callable[[], str]) -> None:
    schema = ALL["de_autowerkstatt"]
    url = make_database()
    build_postgresql(schema, url)
    with psycopg.connect(url) as connection:
        for table in schema.tables:
            assert count(connection, table.name) == table.rows


def test_postgresql_understands_every_table(make_database: Callable[[], str]) -> None:
    with psycopg.connect(make_database()) as connection:
        for schema in ALL.values():
            connection.execute(f"CREATE SCHEMA {schema.name}; SET search_path TO {schema.name}".encode())
            for table in schema.tables:
                connection.execute(ddl(schema, table).encode())


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_ddl_names_keys_and_declared_links() -> None:
    schema = ALL["nl_kinderopvang"]
    said = ddl(schema, schema.tables[2])
    assert 'PRIMARY KEY ("id")' in said
    assert 'FOREIGN KEY ("ouder_id") REFERENCES "ouder" ("ouder_id")' in said


def test_a_line_that_is_no_column_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("language: Dutch\nlocale: nl_NL\ncountry: NL\ntrade: x\ntables:\n  t:\n    a: name | name | nul=0.2\n")
    with pytest.raises(ValueError, match=r"bad\.t\.a"):
        read(path)


def test_no_two_schemas_are_the_same_but_for_their_language() -> None:
    names = {name: {column for _, column in schema.labels()} for name, schema in ALL.items()}
    for one in names:
        for other in names:
            assert one == other or overlap(names[one], names[other]) < 0.4, (one, other)


def overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / min(len(one), len(other))


def test_a_schema_reads_back_as_it_was_said() -> None:
    schema = ALL["de_autowerkstatt"]
    column = schema.labels()["tbl_kunde", "kd_name1"]
    assert column.labels == ("name",)
    assert [(recipe.name, recipe.weight) for recipe in column.recipes] == [("last", 4), ("company", 1)]
