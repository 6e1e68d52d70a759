"""An event of another row, reached by a key path: `define` with `of:`. The row that bears it belongs to nobody, and no owning link leads there."""

from __future__ import annotations

import pytest

from tests.calendar.firm import quay
from upheld.language.promises import compile_program

TABLES = """
people:
  root: customer
  key: [id]
  erasure: blank
  columns: {id: key, name: name}
trips:
  key: [id]
  links: {person_id: {owning: people}}
  columns: {id: key, person_id: key, voyage_id: key, harbour: purchase}
luggage:
  key: [id]
  links: {trip_id: {owning: trips}}
  columns: {id: key, trip_id: key, label: purchase}
voyages:
  key: [id]
  no-owner: the firm's own
  columns: {id: key, ship_id: key, docked: {event: docked}}
ships:
  key: [id]
  no-owner: the firm's own
  columns: {id: key, scrapped: {event: scrapped}}
"""
SCHEMA = """
CREATE TABLE people (id integer PRIMARY KEY, name text);
CREATE TABLE ships (id integer PRIMARY KEY, scrapped date);
CREATE TABLE voyages (id integer PRIMARY KEY, ship_id integer NOT NULL REFERENCES ships (id), docked date);
CREATE TABLE trips (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people (id), voyage_id integer REFERENCES voyages (id),
                    harbour text);
CREATE TABLE luggage (id integer PRIMARY KEY, trip_id integer NOT NULL REFERENCES trips (id), label text);
INSERT INTO people VALUES (1, 'Ada'), (2, 'Ben');
INSERT INTO ships VALUES (1, '2022-05-05'), (2, NULL);
INSERT INTO voyages VALUES (5, 1, '2025-12-01'), (6, 2, '2020-01-01');
INSERT INTO trips VALUES (10, 1, 5, 'Cobh'), (11, 1, 6, 'Howth'), (12, 2, NULL, 'Dalkey');
INSERT INTO luggage VALUES (100, 10, 'blue'), (101, 11, 'red'), (102, 12, 'green');
"""
ENDS = """
define: docked
is: event
---
define: scrapped
is: event
---
define: landed
is: event
at: {at}
of: {path}
---
may retain: purchase
until: 2 years after landed
then: erase
"""


@pytest.mark.parametrize(
    ("at", "path", "left"),
    [
        ("docked", "voyage_id", [10, 12]),
        ("scrapped", "voyage_id.ship_id", [11, 12]),
        ("3 years after docked", "voyage_id", [10, 12]),
        ("5 years after docked", "voyage_id", [10, 11, 12]),
    ],
)
def test_a_key_path_leads_from_the_row_or_from_its_owner_to_the_row_that_bears_the_event(
    address: str, at: str, path: str, left: list[int]
) -> None:
    with quay(address, ENDS.format(at=at, path=path), TABLES, SCHEMA) as firm:
        assert "luggage" not in firm.bare() and "trips" not in firm.bare()
        came = firm.run()
        assert came.answer.is_done and not came.left, came
        assert firm.sql("SELECT id FROM trips ORDER BY id") == [(n,) for n in left]
        assert firm.sql("SELECT id FROM luggage ORDER BY id") == [(n + 90,) for n in left]
        assert firm.sql("SELECT count(*) FROM voyages") == [(2,)]
        assert not firm.preview()


def test_a_path_that_no_table_has_ends_nothing_and_says_so(address: str) -> None:
    with quay(address, ENDS.format(at="docked", path="berth_id"), TABLES, SCHEMA) as firm:
        assert firm.bare()["trips"][0] == "L302" and not firm.preview()


@pytest.mark.parametrize("keys", ["of: voyage_id", "at: docked\nof: a..b"])
def test_an_event_of_another_row_that_names_no_event_or_no_path_is_refused(keys: str) -> None:
    text = f"# T\n\nSo long. {{#a.1}}\n\n```promise\ndefine: docked\nis: event\n---\ndefine: landed\nis: event\n{keys}\n```\n"
    found = compile_program({"n.md": text}, "n.md").diagnostics
    assert any(d.code == "P106" and "`of:`" in d.detail for d in found), found
