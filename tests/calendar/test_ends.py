"""What is past its date, by hand: each way in which a notice may count, on each engine."""

from __future__ import annotations

from tests.calendar.firm import quay

SAILINGS = """
people:
  root: customer
  key: [id]
  erasure: blank
  columns: {id: key, name: name, born: birth-date, joined: {event: account-opened, leaf: account-identifier}}
trips:
  key: [id]
  links: {person_id: {owning: people}}
  columns: {id: key, person_id: key, harbour: purchase, sailed: {event: sailed, leaf: purchase}}
luggage:
  key: [id]
  links: {trip_id: {owning: trips}}
  columns: {id: key, trip_id: key, label: own-writing}
"""
SCHEMA = """
CREATE TABLE people (id integer PRIMARY KEY, name text, born date, joined date);
CREATE TABLE trips (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people (id), harbour text, sailed date);
CREATE TABLE luggage (id integer PRIMARY KEY, trip_id integer NOT NULL REFERENCES trips (id), label text);
INSERT INTO people VALUES (1, 'Ada', '2008-01-15', '2020-01-31'), (2, 'Ben', '2008-01-16', '2025-06-01');
INSERT INTO trips VALUES (10, 1, 'Cobh', '2023-01-15'), (11, 1, 'Howth', '2023-01-16'), (12, 2, 'Dalkey', NULL);
INSERT INTO luggage VALUES (100, 10, 'blue'), (101, 11, 'red'), (102, 12, 'green');
"""
SAILED = """
define: sailed
is: event
---
"""


def test_a_period_after_an_event_on_the_same_row_ends_the_row_and_what_counts_on_it(address: str) -> None:
    promises = (
        SAILED
        + """
    may retain: [purchase, own-writing]
    until: 3 years after sailed
    then: erase
    """
    )
    with quay(address, promises, SAILINGS, SCHEMA) as firm:
        assert firm.preview() == {"luggage": 1, "trips": 1}
        ended = firm.run()
        assert ended.answer.is_done and not ended.left, ended
        assert firm.sql("SELECT id FROM trips ORDER BY id") == [(11,), (12,)]
        assert firm.sql("SELECT id FROM luggage ORDER BY id") == [(101,), (102,)]
        assert firm.bare() == {"people": ("L301", "name", "born", "joined")}
        assert firm.run().answer.store("quay").rows == 0
