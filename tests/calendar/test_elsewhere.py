"""A promise may count from what another store says of the person: both know each other by an identifier alone, and nothing of it stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.calendar.firm import Quay, program_of
from tests.execution.shop import engine_of, run_sql
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue
from upheld.engine.execution.calendar import count_bare
from upheld.engine.stores import open_stores

QUAY = """
store: quay
engine: {engine}
url: env:QUAY_URL
place: IE
kind: primary
max-shared: 3
placeholders: [unknown@example.test]
tables:
  visits:
    key: [id]
    links: {{email: {{identity: customer, form: email/1}}}}
    columns: {{id: key, email: email-address, page: own-writing}}
  clicks:
    key: [id]
    links: {{visit_id: {{owning: visits}}}}
    columns: {{id: key, visit_id: key, place: own-writing}}
  letters:
    root: reader
    key: [id]
    identifies: {{email: {{form: email/1, names: one}}}}
    links: {{email: {{identity: customer, form: email/1}}}}
    columns: {{id: key, email: email-address, name: name}}
  farewells:
    key: [id]
    links: {{email: {{identity: customer, form: email/1}}}}
    columns: {{id: key, email: email-address, said: {{event: unsubscribed, leaf: picture}}}}
"""
YARD = """
store: yard
engine: {engine}
url: env:YARD_URL
place: IE
kind: primary
tables:
  people:
    root: customer
    key: [id]
    identifies: {{email: {{form: email/1, names: one}}}}
    columns: {{id: key, email: email-address, name: purchase}}
  accounts:
    key: [id]
    links: {{person_id: {{owning: people}}}}
    columns: {{id: key, person_id: key, closed: {{event: account-closed, leaf: account-identifier}}}}
"""
THERE = """
CREATE TABLE people (id integer PRIMARY KEY, email varchar(80), name varchar(80));
CREATE TABLE accounts (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people (id), closed date);
INSERT INTO people VALUES (1, 'Ada@Example.test ', 'A'), (2, 'ben@example.test', 'B'), (3, 'cem@example.test', 'C'),
  (4, 'both@example.test', 'D'), (5, 'BOTH@example.test', 'E'), (6, 'unknown@example.test', 'F');
INSERT INTO accounts VALUES (10, 1, '2024-01-01'), (11, 2, '2025-12-01'), (12, 3, NULL), (13, 4, '2020-01-01'), (14, 5, '2025-12-31'),
  (15, 6, '2020-01-01');
"""
HERE = """
CREATE TABLE visits (id integer PRIMARY KEY, email varchar(80), page varchar(80));
CREATE TABLE clicks (id integer PRIMARY KEY, visit_id integer NOT NULL REFERENCES visits (id), place varchar(80));
CREATE TABLE letters (id integer PRIMARY KEY, email varchar(80), name varchar(80));
CREATE TABLE farewells (id integer PRIMARY KEY, email varchar(80), said date);
INSERT INTO visits VALUES (1, 'ada@example.test', 'a'), (2, 'BEN@example.test', 'b'), (3, 'cem@example.test', 'c'), (4, 'both@example.test', 'd'),
  (5, 'stranger@example.test', 'e'), (6, NULL, 'f'), (7, 'unknown@example.test', 'g'), (8, ' ADA@EXAMPLE.TEST', 'h');
INSERT INTO clicks VALUES (20, 1, 'x'), (21, 2, 'y');
INSERT INTO letters VALUES (1, 'ada@example.test', 'Ada'), (2, 'gil@example.test', 'Gil'), (3, 'hal@example.test', 'Hal');
INSERT INTO farewells VALUES (1, 'Gil@example.test', '2024-05-05');
"""
WORDS = "define: account-closed\nis: event\n---\ndefine: unsubscribed\nis: event\n---\n"
LEFT = "may retain: [own-writing, email-address]\nuntil: 1 year after account-closed\nthen: erase\n"
BOTH = LEFT + "---\nmay retain: [purchase, account-identifier]\nuntil: 1 month after account-closed\nthen: erase\n"
NEWS = "may retain: [name, email-address]\nuntil: unsubscribed\nthen: erase\n---\nmay retain: picture\nuntil: 1 year after unsubscribed\nthen: erase\n"
DAY = date(2026, 1, 15)


@contextmanager
def two(here: str, there: str, promises: str) -> Iterator[Quay]:
    pages = {"quay.yaml": QUAY.format(engine=engine_of(here)), "yard.yaml": YARD.format(engine=engine_of(there))}
    estate, findings = read_estate(pages)
    assert [f for f in findings if f.severity == "error"] == [], findings
    run_sql(here, HERE)
    run_sql(there, THERE)
    stores = open_stores(estate, {"quay": here, "yard": there})
    try:
        catalogue = Catalogue({name: session.catalogue() for name, session in stores.items()})
        yield Quay(program_of(WORDS + promises), estate, catalogue, stores, here, DAY)
    finally:
        for session in stores.values():
            session.close()


def ids(address: str, table: str) -> list[object]:
    return [row[0] for row in run_sql(address, f"SELECT id FROM {table} ORDER BY id")]


@pytest.fixture
def there(fresh_database: str) -> str:
    return fresh_database


@pytest.fixture
def beside(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'beside.db'}"


def test_rows_end_by_the_event_of_the_person_whose_identifier_they_bear_however_it_is_written(
    address: str, beside: str
) -> None:
    with two(address, beside, LEFT) as firm:
        # Of the stranger, of nobody and of the placeholder nothing can ever be told.
        found = count_bare(firm.plan(), firm.estate, firm.catalogue, firm.stores)
        assert {(f.code, f.table): rows for f, rows in found.items() if f.table in ("visits", "clicks")} == {
            ("L302", "visits"): 3
        }
        ended = firm.run()
        assert ended.answer.is_done and not ended.left, ended
        # Not over: closed lately, never, one of two that share an address, nobody's, no address, a placeholder.
        assert ids(address, "visits") == [2, 3, 4, 5, 6, 7]
        assert ids(address, "clicks") == [21]
        assert sum(part.rows for part in firm.run().answer.stores) == 0


def test_the_stores_may_stand_the_other_way_round(beside: str, there: str) -> None:
    with two(beside, there, LEFT) as firm:
        assert firm.run().answer.is_done
        assert ids(beside, "visits") == [2, 3, 4, 5, 6, 7]


def test_an_event_stays_until_nothing_in_the_other_store_counts_on_it_and_then_goes_in_the_same_run(
    beside: str, there: str
) -> None:
    with two(beside, there, BOTH) as firm:
        ended = firm.run()
        assert ended.answer.is_done and not ended.left
        # 10 has nobody who counts on it any more; 11 and 13 have a visit that is not over; 15 is a placeholder's, which leads to nobody.
        assert ids(beside, "visits") == [2, 3, 4, 5, 6, 7]
        assert run_sql(there, "SELECT id FROM accounts WHERE closed IS NOT NULL ORDER BY id") == [(11,), (13,), (14,)]
        firm.day = DAY + timedelta(days=400)
        assert firm.run().answer.is_done
        assert ids(beside, "visits") == [3, 5, 6, 7] and ids(there, "accounts") == [12]


def test_a_table_of_the_same_store_that_is_joined_by_an_identifier_alone_counts_too(address: str, beside: str) -> None:
    with two(address, beside, NEWS) as firm:
        ended = firm.run()
        assert ended.answer.is_done and not ended.left
        assert ids(address, "letters") == [1, 3]
        assert ids(address, "farewells") == []
        assert sum(part.rows for part in firm.run().answer.stores) == 0


def test_a_day_of_the_calendar_asks_no_other_store_and_ends_rows_of_strangers_too(beside: str, tmp_path: Path) -> None:
    with two(
        beside, f"sqlite:///{tmp_path / 'yard.db'}", "may retain: own-writing\nuntil: on 2025-01-01\nthen: erase\n"
    ) as firm:
        assert firm.preview()["visits"] == 8
        assert firm.run().answer.is_done and ids(beside, "clicks") == []


def test_no_identifier_and_no_date_of_the_other_store_stands_in_the_plan_or_in_what_is_said(beside: str, there: str) -> None:
    with two(beside, there, LEFT) as firm:
        found = firm.plan()
        ended = firm.run()
        said = f"{found} {ended}".lower()
        assert not any(word in said for word in ("example.test", "2024-01-01"))


def test_a_store_out_of_reach_ends_nothing_of_what_counts_on_it(beside: str, there: str) -> None:
    with two(beside, there, LEFT) as firm:
        firm.stores.pop("yard").close()
        ended = firm.run(preview=False)
        assert not ended.answer.is_done and getattr(ended.answer.stores[0].problem, "code", "") == "X101"
        assert len(ids(beside, "visits")) == 8
