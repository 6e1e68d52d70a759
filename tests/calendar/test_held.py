"""Held states: they begin where the ordinary period ends, row by row, and end on their own day, whatever became of the rows that said so."""

from __future__ import annotations

from datetime import date

import pytest

from tests.calendar.firm import quay

TABLES = """
people:
  root: customer
  key: [id]
  erasure: blank
  columns: {id: key, name: name}
trips:
  key: [id]
  links: {person_id: {owning: people}}
  columns: {id: key, person_id: key, harbour: purchase, sailed: {event: sailed, leaf: purchase}}
bills:
  key: [id]
  links: {person_id: {owning: people}}
  columns: {id: key, person_id: key, payer: name, phone: telephone-number, billed: {event: invoiced, leaf: invoice-number}}
bill_lines:
  key: [id]
  links: {bill_id: {owning: bills}}
  columns: {id: key, bill_id: key, item: name}
"""
SCHEMA = """
CREATE TABLE people (id integer PRIMARY KEY, name text);
CREATE TABLE trips (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people (id), harbour text, sailed date);
CREATE TABLE bills (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people (id), payer text, phone text, billed date);
CREATE TABLE bill_lines (id integer PRIMARY KEY, bill_id integer NOT NULL REFERENCES bills (id), item text);
INSERT INTO people VALUES (1, 'Ada'), (2, 'Ben');
INSERT INTO trips VALUES (10, 1, 'Cobh', '2020-05-05'), (11, 2, 'Howth', '2025-05-05');
INSERT INTO bills VALUES (20, 1, 'Ada', '+353 1', '2020-05-06'), (21, 2, 'Ben', '+353 2', '2017-01-01');
INSERT INTO bill_lines VALUES (30, 20, 'two berths'), (31, 21, 'one berth');
"""
PROMISES = """
define: sailed
is: event
---
define: invoiced
is: event
---
define: invoice-number
is: data
dpv: pd:Transactional
---
define: tax-law
is: ground
needs: citation
---
may retain: [name, purchase, telephone-number, invoice-number]
until: 3 years after sailed
then: erase
---
may retain: [name, invoice-number]
ground: tax-law
until: 7 years after invoiced
then: erase
meanwhile: held
"""


def test_a_bill_is_held_by_name_and_ends_on_its_own_day_though_the_trip_is_long_gone(address: str) -> None:
    with quay(address, PROMISES, TABLES, SCHEMA) as firm:
        came = firm.run()
        assert came.answer.is_done and not came.left, came
        assert firm.sql("SELECT id FROM trips") == [(11,)]
        assert firm.sql("SELECT id, name FROM people ORDER BY id") == [(1, None), (2, "Ben")]
        assert firm.sql("SELECT id, payer, phone FROM bills ORDER BY id") == [(20, "Ada", None), (21, "Ben", "+353 2")]
        assert firm.sql("SELECT id, item FROM bill_lines ORDER BY id") == [(30, "two berths"), (31, "one berth")]
        held = {(one.table, one.until) for one in firm.held}
        assert held == {("bills", date(2027, 5, 6)), ("bill_lines", date(2027, 5, 6))}
        assert not firm.preview()
        firm.day = date(2027, 5, 5)
        assert not firm.preview()
        firm.day = date(2027, 5, 6)
        came = firm.run()
        assert came.answer.is_done and not came.left, came
        assert firm.sql("SELECT id FROM bills") == [(21,)] and firm.sql("SELECT id FROM bill_lines") == [(31,)]


def test_what_a_persons_erasure_kept_goes_on_its_day(address: str) -> None:
    with quay(address, PROMISES, TABLES, SCHEMA) as firm:
        firm.kept = [("bills", (21,), date(2025, 1, 1))]
        firm.run()
        # Its person is an active customer by the trip of 2025; but the row is one that only a ground kept.
        assert firm.sql("SELECT payer FROM bills WHERE id = 21") in ([], [(None,)])


TWO_KINDS = (
    PROMISES.replace("[name, purchase, telephone-number, invoice-number]", "[name, purchase, invoice-number]")
    + """---
define: safety-law
is: ground
needs: citation
---
may retain: [telephone-number]
until: 10 years after sailed
then: erase
---
may retain: [telephone-number]
ground: safety-law
until: 5 years after invoiced
then: erase
meanwhile: held
"""
)


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)  # what is planned is alike on each engine
def test_a_kind_of_data_that_is_held_says_nothing_of_another_kind_in_its_row(address: str) -> None:
    """The payer's name is held from 2023, the phone number's own period runs until 2030 and its held state was over in 2025."""
    with quay(address, TWO_KINDS, TABLES, SCHEMA) as firm:
        for day, left in (
            (date(2026, 1, 15), (20, "Ada", "+353 1")),
            (date(2027, 5, 6), (20, None, "+353 1")),
            (date(2030, 5, 4), (20, None, "+353 1")),
        ):
            firm.day = day
            came = firm.run()
            assert came.answer.is_done and not came.left, came
            assert firm.sql("SELECT id, payer, phone FROM bills WHERE id = 20") == [left], day
            assert not firm.preview()
        firm.day = date(2030, 5, 5)
        came = firm.run()
        assert came.answer.is_done and not came.left, came
        assert firm.sql("SELECT id FROM bills WHERE id = 20") == firm.sql("SELECT id FROM trips WHERE id = 10") == []


TWO_STAYS = (
    PROMISES
    + """---
define: safety-law
is: ground
needs: citation
---
may retain: [name, invoice-number]
ground: safety-law
until: 10 years after invoiced
then: erase
meanwhile: held
"""
)


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)  # what is planned is alike on each engine
def test_what_two_grounds_hold_stays_until_the_later_of_them(address: str) -> None:
    with quay(address, TWO_STAYS, TABLES, SCHEMA) as firm:
        assert firm.run().answer.is_done
        assert {one.until for one in firm.held if one.table == "bills"} == {date(2027, 5, 6), date(2030, 5, 6)}
        for day, payer in ((date(2027, 5, 6), [("Ada",)]), (date(2030, 5, 5), [("Ada",)]), (date(2030, 5, 6), [])):
            firm.day = day
            came = firm.run()
            assert came.answer.is_done and not came.left, came
            assert firm.sql("SELECT payer FROM bills WHERE id = 20") == payer, day
