"""Paths through arrays on MariaDB: each element loses what is personal, whatever else stands in the array, and however long it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stores.firm import CUSTOMERS, firm_of

PROFILES = """
  profiles:
    key: [id]
    links: {customer_id: {owning: customers}}
    erasure: blank
    columns:
      id: key
      customer_id: key
      doc:
        json:
          "$.contacts[*].email": email-address
          "$.nicknames[*]": name
          "$.trips[*].stops[*].said": {free-text: review}
          "$.trips[*].year": {not-personal: a number}
          "$.grid[*][*].who": name
          $.theme: {not-personal: a colour}
        others: OTHERS
"""
SCHEMA = (
    "CREATE TABLE customers (id int PRIMARY KEY, name varchar(80), email varchar(120))",
    "CREATE TABLE profiles (id int PRIMARY KEY, customer_id int, doc longtext, KEY (customer_id))",
    "INSERT INTO customers VALUES (1, 'Ada Example', 'ada@example.test'), (2, 'Ben Example', 'ben@example.test')",
)
ODD = {
    "contacts": [
        {"email": "ada@example.test", "kind": 'home «é» "\\'},
        None,
        "spoken",
        7,
        {"kind": "work"},
        [{"email": "kept?"}],
    ],
    "nicknames": ["Ad", None, {"long": "Adelaide"}],
    "trips": [{"year": 1, "stops": [{"said": "rain", "city": "Cork"}, 3]}, {"stops": {"said": "an object"}}],
    "grid": [[{"who": "Ada", "at": 1}], {"who": "stays, an object"}],
    "theme": "blue",
    "more": {"contacts": [{"email": "of somebody's plants"}]},
}
LEFT = {
    "contacts": [{"kind": 'home «é» "\\'}, None, "spoken", 7, {"kind": "work"}, [{"email": "kept?"}]],
    "nicknames": [],
    "trips": [{"year": 1, "stops": [{"city": "Cork"}, 3]}, {"stops": {"said": "an object"}}],
    "grid": [[{"at": 1}], {"who": "stays, an object"}],
    "theme": "blue",
    "more": {"contacts": [{"email": "of somebody's plants"}]},
}
DECLARED = {"contacts": [{}, {}], "nicknames": [], "trips": [{"year": 1, "stops": [{}]}, {}], "grid": [[{}]], "theme": "blue"}


@pytest.mark.parametrize(
    ("others", "left"),
    [("{not-personal: settings}", LEFT), ("{free-text: review}", DECLARED)],
    ids=["others stay", "others go"],
)
def test_every_element_loses_what_is_personal_and_keeps_its_place(
    make_mariadb: Callable[..., str], others: str, left: object
) -> None:
    rows = [json.dumps(ODD, ensure_ascii=False), '{"contacts": {"email": "not an array"}}', "no document", "[]"]
    values = ", ".join(f"({n}, 1, '{row.replace(chr(39), chr(39) * 2)}')" for n, row in enumerate(rows))
    theirs = json.dumps(ODD, indent=2, ensure_ascii=False).replace("'", "''")
    with firm_of(make_mariadb(), CUSTOMERS + PROFILES.replace("OTHERS", others), *SCHEMA,
                 f"INSERT INTO profiles VALUES {values}, (9, 2, '{theirs}')") as firm:  # fmt: skip
        assert firm.erase("ada@example.test").is_done
        found = dict(firm.sql("SELECT id, doc FROM profiles"))
        assert json.loads(str(found[0])) == left
        assert found[2] is None, "what cannot be read cannot be told apart"
        assert json.loads(str(found[9])) == ODD and "\n" in str(found[9]), "another person's is not touched"


def test_an_array_longer_than_the_server_would_put_together_loses_nothing_else(make_mariadb: Callable[..., str]) -> None:
    many = "SELECT 1, 1, CONCAT('{\"contacts\": [', GROUP_CONCAT('{\"email\": \"ada', seq, '@example.test\", \"kind\": \"', REPEAT('k', 80), '\"}'), ']}') FROM seq_1_to_15000"
    with firm_of(make_mariadb(), CUSTOMERS + PROFILES.replace("OTHERS", "{not-personal: settings}"), *SCHEMA,
                 "SET group_concat_max_len = 100000000; INSERT INTO profiles " + many) as firm:  # fmt: skip
        assert firm.sql("SELECT length(doc) > 1048576, json_length(doc, '$.contacts') FROM profiles") == [(1, 15000)]
        assert firm.erase("ada@example.test").is_done
        [(doc,)] = firm.sql("SELECT doc FROM profiles")
        assert json.loads(str(doc)) == {"contacts": [{"kind": "k" * 80}] * 15000}


def test_an_access_returns_the_elements_that_are_the_persons(make_mariadb: Callable[..., str], tmp_path: Path) -> None:
    said = json.dumps(ODD, ensure_ascii=False).replace("'", "''")
    with firm_of(make_mariadb(), CUSTOMERS + PROFILES.replace("OTHERS", "{not-personal: settings}"), *SCHEMA,
                 f"INSERT INTO profiles VALUES (1, 1, '{said}'), (2, 2, '{said}')") as firm:  # fmt: skip
        [row] = firm.rows_of(firm.copy(tmp_path, "ada@example.test"))["profiles"]
        given = json.dumps(row)
        assert "ada@example.test" in given and "Adelaide" in given
        assert "rain" not in given, "free text waits for review"
        assert "Cork" not in given and "plants" not in given
