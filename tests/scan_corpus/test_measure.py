"""The measure measures: nothing said is recall 0, the truth said is 1, names alone lose precision, and the held-out half stays unnamed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.scan_corpus.measure import measure, measure_chinook, misses
from tests.scan_corpus.schema import HALVES, HERE, Schema, read, schemas

BESIDE = [folder / "shared" / "data" / "chinook" / "Chinook_Sqlite.sqlite" for folder in Path(__file__).resolve().parents]
CHINOOK = next((path for path in BESIDE if path.exists()), None)
Answer = Mapping[tuple[str, str], tuple[str, str]]
WORDS = {
    "mail": "email-address",
    "tel": "telephone-number",
    "phone": "telephone-number",
    "nam": "name",
    "nom": "name",
    "ip": "ip-address",
    "iban": "bank-account",
    "nr": "official-id",
}


@cache
def truths() -> dict[str, Schema]:
    return {schema.name: schema for half in HALVES for schema in schemas(half)}


def oracle(url: str) -> Answer:
    """Says the best label of every column."""
    schema = truths()[Path(url).stem]
    return {place: ("proven", column.labels[0]) for place, column in schema.labels().items()}


def silent(url: str) -> Answer:
    return {}


def by_name(url: str) -> Answer:
    """Proves by the column's name alone, which nobody should."""
    said = {}
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in connection.execute(f'PRAGMA table_info("{table}")'):
            word = next((word for word in WORDS if word in row[1].lower()), None)
            said[table, row[1]] = ("proven", WORDS[word]) if word else ("undetermined", "")
    connection.close()
    return said


@pytest.mark.parametrize("half", HALVES)
def test_a_scan_that_says_nothing_finds_nothing(half: str, corpus: Path) -> None:
    result = measure(half, silent, corpus)
    assert result.recall == 0
    assert result.precision == 0
    assert len(result.observed) > 800
    assert len(result.personal) > 350


@pytest.mark.parametrize("half", HALVES)
def test_a_scan_that_knows_the_truth_is_right_throughout(half: str, corpus: Path) -> None:
    result = measure(half, oracle, corpus)
    assert (result.precision, result.precision_with_neutral, result.recall) == (1, 1, 1)
    assert result.merely_miscategorised == 0
    assert misses(oracle, corpus) == []


@pytest.mark.parametrize("half", HALVES)
def test_a_scan_by_names_alone_loses_precision(half: str, corpus: Path) -> None:
    result = measure(half, by_name, corpus)
    assert 0.2 < result.precision < 0.9
    assert 0.1 < result.recall < 0.6
    assert result.merely_miscategorised > 0


def test_a_key_rightly_proven_does_not_flatter_precision(corpus: Path) -> None:
    def keys_and_one_error(url: str) -> Answer:
        labels = truths()[Path(url).stem].labels()
        said = {place: ("proven", "key") for place, column in labels.items() if "key" in column.labels}
        wrong = next(place for place, column in labels.items() if column.labels == ("not-personal",))
        return said | {wrong: ("proven", "name")}

    result = measure("tuning", keys_and_one_error, corpus)
    assert result.precision == 0
    assert result.precision_with_neutral > 0.5


def test_personal_data_proven_to_be_none_is_an_error_of_precision(corpus: Path) -> None:
    def denies(url: str) -> Answer:
        return {place: ("proven", "not-personal") for place in truths()[Path(url).stem].labels()}

    result = measure("tuning", denies, corpus)
    assert result.precision == 0
    assert result.recall == 0
    assert result.merely_miscategorised == 0


def test_a_wrong_category_is_counted_and_named_in_the_table(corpus: Path) -> None:
    def all_names(url: str) -> Answer:
        return {place: ("likely", "name") for place in truths()[Path(url).stem].labels()}

    result = measure("tuning", all_names, corpus)
    assert result.merely_miscategorised == sum(not each.right for each in result.personal)
    line = next(line for line in result.confusion().splitlines() if line.startswith("| email-address "))
    emails = sum(each.truth == "email-address" for each in result.observed)
    assert line == f"| email-address | {emails} | 0 | 0 | 0 | {emails} | 0 | name {emails} |"


def test_the_table_never_names_a_table_or_column(corpus: Path) -> None:
    said = measure("held_out", by_name, corpus).markdown()
    places = {word for schema in schemas("held_out") for place in schema.labels() for word in place if "_" in word}
    assert len(places) > 100
    assert not [word for word in places if word in said]


def test_misses_name_columns_of_the_tuning_half_alone(corpus: Path) -> None:
    lines = misses(silent, corpus)
    assert {line.partition(".")[0] for line in lines} == {schema.name for schema in schemas("tuning")}
    assert len(lines) == len(measure("tuning", silent, corpus).personal)


@pytest.mark.parametrize("answer", [{("no", "such"): ("likely", "name")}, {("tbl_kunde", "kd_mail"): ("surely", "name")}])
def test_an_answer_in_other_words_is_refused(answer: Answer, corpus: Path) -> None:
    with pytest.raises(ValueError):
        measure("tuning", lambda url: answer, corpus)


@pytest.mark.skipif(CHINOOK is None, reason="the Chinook database is not beside this checkout")
def test_chinook_is_labelled_column_by_column() -> None:
    assert CHINOOK is not None
    connection = sqlite3.connect(f"file:{CHINOOK}?mode=ro", uri=True)
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not name.startswith("sqlite")
    ]
    live = {(table, row[1]) for table in tables for row in connection.execute(f'PRAGMA table_info("{table}")')}
    connection.close()
    assert set(read(HERE / "chinook.yaml").labels()) == live
    truth = {place: ("proven", column.labels[0]) for place, column in read(HERE / "chinook.yaml").labels().items()}
    result = measure_chinook(f"sqlite:///{CHINOOK}", lambda url: truth)
    assert (result.precision, result.recall) == (1, 1)
