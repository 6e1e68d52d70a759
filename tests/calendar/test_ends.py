"""What is past its date, by hand: each way in which a notice may count, on each engine."""

from __future__ import annotations

import textwrap
from datetime import timedelta

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
define: account-opened
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


def ended(address: str, promises: str, tables: str = SAILINGS, schema: str = SCHEMA) -> dict[str, list[tuple[object, ...]]]:
    """What is left of each table after a run; the run's preview said as many rows as went, and a second run finds nothing."""
    with quay(address, promises, tables, schema) as firm:
        shown = firm.preview()
        came = firm.run()
        assert came.answer.is_done and not came.left, came
        assert bool(shown) == bool(came.answer.stores and came.answer.store("quay").rows), shown
        assert not firm.preview()
        return {name: firm.sql(f"SELECT * FROM {name} ORDER BY 1") for name in firm.estate.stores["quay"].tables}


def test_an_event_of_rows_that_a_person_owns_counts_from_the_last_of_them(address: str) -> None:
    left = ended(address, SAILED + "may retain: [name, birth-date]\nuntil: 3 years after sailed\nthen: erase")
    assert [row[1] for row in left["people"]] == ["Ada", "Ben"]  # trip 11 is of 2023-01-16, trip 12 has not sailed


def test_a_birthday_ends_on_the_day(address: str) -> None:
    left = ended(address, "may retain: [name, birth-date]\nuntil: 18th birthday\nthen: erase")
    assert left["people"][0][1:3] == (None, None)
    assert left["people"][1][1] == "Ben"  # eighteen tomorrow


def test_the_earliest_of_two_ends_and_the_latest_waits(address: str) -> None:
    latest = "may retain: purchase\nuntil: latest of 5 years after account-opened, 2 years after sailed\nthen: erase"
    left = ended(address, SAILED + latest)
    assert [row[0] for row in left["trips"]] == [10, 11, 12]  # luggage hangs on them, and no promise ends it
    assert [row[2] for row in left["trips"]] == [None, None, "Dalkey"]


def test_the_earliest_of_two_moments(address: str) -> None:
    left = ended(
        address,
        SAILED
        + "may retain: [purchase, own-writing]\nuntil: earliest of 6 months after account-opened, 9 years after sailed\nthen: erase",
    )
    assert [row[0] for row in left["trips"]] == []


def test_a_range_is_over_at_its_upper_end(address: str) -> None:
    left = ended(address, SAILED + "may retain: [purchase, own-writing]\nuntil: 12 to 36 months after sailed\nthen: erase")
    assert [row[0] for row in left["trips"]] == [11, 12]


def test_a_month_without_the_day_ends_on_its_last(address: str) -> None:
    # 31 January 2020 and 71 months: 31 December 2025; and 72 months and 13 days: 13 February 2026
    assert (
        ended(address, SAILED + "may retain: account-identifier\nuntil: 71 months after account-opened\nthen: erase")["people"][
            0
        ][3]
        is None
    )


def test_a_floor_is_waited_for(address: str) -> None:
    promises = (
        SAILED
        + """
    may retain: [purchase, own-writing]
    until: 1 year after sailed
    then: erase
    ---
    will retain: purchase
    until: 3 to 5 years after sailed
    """
    )
    left = ended(address, textwrap.dedent(promises))
    assert [row[0] for row in left["trips"]] == [11, 12] and [row[0] for row in left["luggage"]] == [102]


def test_several_purposes_live_until_the_last_and_one_purpose_until_the_first(address: str) -> None:
    promises = """
    define: serving
    is: purpose
    dpv: dpv:ServiceProvision
    ---
    define: counting
    is: purpose
    dpv: dpv:ServiceProvision
    ---
    may retain: [purchase, own-writing]
    for: serving
    until: 1 year after sailed
    then: erase
    ---
    may retain: purchase
    for: counting
    until: 3 years after sailed
    then: erase
    ---
    may retain: purchase
    for: serving
    until: 2 years after sailed
    then: erase
    """
    left = ended(address, SAILED + textwrap.dedent(promises))
    assert [row[0] for row in left["trips"]] == [11, 12]
    assert [row[0] for row in left["luggage"]] == [102]


def test_a_looser_promise_counts_where_it_names_the_clause_that_it_excepts(address: str) -> None:
    promises = (
        SAILED
        + """
    may retain: [purchase, own-writing]
    until: 1 year after sailed
    then: erase
    ---
    may retain: purchase
    until: 3 years after sailed
    then: erase
    exception-to: keep.1
    """
    )
    left = ended(address, textwrap.dedent(promises))
    assert [row[0] for row in left["trips"]] == [11, 12]


def test_while_a_fact_stands(address: str) -> None:
    tables = """
    people:
      root: customer
      key: [id]
      columns: {id: key, name: name, open: {category: account-identifier, fact: berth-paid}}
    """
    schema = """
    CREATE TABLE people (id integer PRIMARY KEY, name text, open boolean);
    INSERT INTO people VALUES (1, 'Ada', true), (2, 'Ben', false), (3, 'Cem', NULL);
    """
    promises = """
    define: berth-paid
    is: fact
    ---
    may retain: [name, account-identifier]
    while: berth-paid
    then: erase
    """
    left = ended(address, textwrap.dedent(promises), tables, textwrap.dedent(schema))
    assert [row[0] for row in left["people"]] == [1, 3]


def test_a_sliding_window_ends_when_nothing_happened_for_so_long(address: str) -> None:
    promises = (
        SAILED
        + """
    define: gone-quiet
    is: event
    latest: [sailed, account-opened]
    quiet: 2 years
    ---
    may retain: [purchase, own-writing]
    until: gone-quiet
    then: erase
    """
    )
    left = ended(address, textwrap.dedent(promises))
    assert [row[0] for row in left["trips"]] == [12]  # its person opened the account in 2025


def test_rows_that_nobody_owns_end_like_any_other(address: str) -> None:
    schema = (
        SCHEMA.replace("NOT NULL REFERENCES people (id)", "") + "INSERT INTO trips VALUES (13, 99, 'Nowhere', '2001-01-01');"
    )
    left = ended(
        address, SAILED + "may retain: [purchase, own-writing]\nuntil: 20 years after sailed\nthen: erase", SAILINGS, schema
    )
    assert [row[0] for row in left["trips"]] == [10, 11, 12]


def test_a_nullable_link_into_rows_that_go_is_cut(address: str) -> None:
    schema = SCHEMA.replace("trip_id integer NOT NULL REFERENCES", "trip_id integer REFERENCES")
    left = ended(address, SAILED + "may retain: purchase\nuntil: 3 years after sailed\nthen: erase", SAILINGS, schema)
    assert [row[0] for row in left["trips"]] == [11, 12]
    assert left["luggage"][0] == (100, None, "blue")


def test_an_event_stays_as_long_as_another_row_counts_on_it(address: str) -> None:
    promises = (
        SAILED
        + """
    may retain: purchase
    until: 1 year after sailed
    then: erase
    ---
    may retain: own-writing
    until: 3 years after sailed
    then: erase
    """
    )
    left = ended(address, textwrap.dedent(promises))
    assert [(row[0], row[2], str(row[3]) if row[3] else None) for row in left["trips"]] == [
        (11, None, "2023-01-16"),
        (12, "Dalkey", None),
    ]
    assert [row[0] for row in left["luggage"]] == [101, 102]


def test_what_waits_for_a_review_is_listed_with_its_rows_and_left_alone(address: str) -> None:
    promises = SAILED + "may retain: [purchase, own-writing]\nuntil: 3 years after sailed\nthen: review\nevery: 1 month"
    with quay(address, promises, SAILINGS, SCHEMA) as firm:
        assert firm.preview() == {}
        assert firm.bare()["trips"] == ("L312", "harbour", "sailed") and firm.bare()["luggage"] == ("L312", "label")
        firm.run()
        assert len(firm.sql("SELECT * FROM trips")) == 3


def test_an_event_stays_where_something_counts_on_it_whose_ending_nothing_carries_out(address: str) -> None:
    promises = (
        SAILED
        + """
    may retain: [name, birth-date, account-identifier, purchase]
    until: 1 year after sailed
    then: erase
    ---
    may retain: own-writing
    until: 1 year after sailed
    then: anonymise
    """
    )
    with quay(address, promises, SAILINGS, SCHEMA) as firm:
        assert firm.bare()["luggage"] == ("L311", "label")
        assert firm.run().answer.is_done
        trips = [(row[0], row[2], str(row[3])) for row in firm.sql("SELECT * FROM trips ORDER BY id")]
        assert trips == [(10, None, "2023-01-15"), (11, None, "2023-01-16"), (12, "Dalkey", "None")]
        assert not firm.preview()


def test_an_event_stays_where_a_person_has_to_review_what_counts_on_it(address: str) -> None:
    ends = "may retain: purchase\nuntil: 1 year after sailed\nthen: erase\n---\n"
    with quay(address, SAILED + ends + "may retain: own-writing\nuntil: 1 year after sailed\nthen: review\nevery: 1 month", SAILINGS, SCHEMA) as firm:  # fmt: skip
        firm.run()
        assert [str(row[3]) for row in firm.sql("SELECT * FROM trips ORDER BY id")] == ["2023-01-15", "2023-01-16", "None"]
        assert firm.bare()["luggage"] == ("L312", "label")


def test_one_column_that_cannot_be_blanked_stays_and_the_rest_ends(address: str) -> None:
    tables = """
members:
  root: customer
  key: [email]
  erasure: blank
  columns: {email: email-address, seen: {event: seen}}
loans:
  key: [id]
  links: {member: {owning: members}}
  columns: {id: key, member: key, wish: own-writing, seen: {event: seen}}
"""
    schema = """
CREATE TABLE members (email varchar(80) PRIMARY KEY, seen date);
CREATE TABLE loans (id integer PRIMARY KEY, member varchar(80) NOT NULL REFERENCES members (email), wish text, seen date);
INSERT INTO members VALUES ('ada@example.test', '2019-01-01');
INSERT INTO loans VALUES (1, 'ada@example.test', 'a boat', '2019-01-01');
"""
    promises = (
        "define: seen\nis: event\n---\nmay retain: [email-address, own-writing]\nuntil: 2 years after seen\nthen: erase\n"
    )
    with quay(address, promises, tables, schema) as firm:
        assert {table: code for table, (code, *_) in firm.bare().items()} == {"members": "L102"}
        assert firm.run().answer.is_done
        assert firm.sql("SELECT count(*) FROM loans") == [(0,)]
        assert firm.sql("SELECT count(*) FROM members") == [(1,)]


def test_rows_to_review_end_on_the_day_that_somebody_said_and_are_listed_until_she_has(address: str) -> None:
    promises = SAILED + "may retain: [purchase, own-writing]\nuntil: 3 years after sailed\nthen: review\nevery: 1 month"
    schema = SCHEMA.replace("'2023-01-16'", "'2022-01-16'").replace(
        "(12, 2, 'Dalkey', NULL)", "(12, 2, 'Dalkey', '2021-01-01')"
    )
    with quay(address, promises, SAILINGS, schema) as firm:
        assert firm.bare()["trips"][0] == "L312" and firm.run().answer.is_done
        assert len(firm.sql("SELECT id FROM trips")) == 3
        days = {10: firm.day, 11: firm.day + timedelta(days=30)}
        firm.kept += [("luggage", (n * 10 - (0 if n == 10 else 9),), day) for n, day in days.items()]
        firm.kept += [("trips", (n,), day) for n, day in days.items()]
        ended = firm.run()
        assert ended.answer.is_done and not ended.left, ended
        assert firm.sql("SELECT id FROM trips ORDER BY id") == [(11,), (12,)]
        assert firm.sql("SELECT id FROM luggage ORDER BY id") == [(101,), (102,)]
        assert firm.run().answer.store("quay").rows == 0
        assert firm.waiting("trips") == [(12,)]
        firm.day += timedelta(days=30)
        assert firm.run().answer.is_done and firm.sql("SELECT id FROM trips ORDER BY id") == [(12,)]
