"""Moments as firms write them: days, texts, numbers; what cannot be read ends nothing and is told."""

from __future__ import annotations

from datetime import date

from tests.calendar.firm import quay
from upheld.engine.execution.calendar import count_bare

PROMISES = """
define: lent
is: event
---
define: last-word
is: event
latest: [lent, said]
---
define: said
is: event
---
may retain: own-writing
until: 1 month after lent
then: erase
---
may retain: communication
until: 1 month after last-word
then: erase
"""
TABLES = """
{loans}: {{key: [id], no-owner: nobody, columns: {{id: key, wish: own-writing, lent: {{event: lent}}}}}}
{talks}: {{key: [id], no-owner: nobody, columns: {{id: key, talk: communication, lent: {{event: lent}}, said: {{event: said}}}}}}
"""
SECONDS = 1706659200  # 31 January 2024
WRITTEN = {
    1: "2024-01-31", 2: "2024-01-31T10:00:00Z", 3: "2024-02-01 00:00:00+00", 4: None, 5: "", 6: "31.01.2024", 7: "20240131", 8: "soon",
}  # fmt: skip
COUNTED = {1: SECONDS, 2: SECONDS + 86_400, 3: None, 4: 0, 5: SECONDS * 1000, 6: 20240131, 7: -1}


def rows(table: str, cells: dict[int, object]) -> str:
    said = {n: "NULL" if cell is None else f"'{cell}'" if isinstance(cell, str) else str(cell) for n, cell in cells.items()}
    return "".join(f"INSERT INTO {table} VALUES ({n}, 'a boat', {cell});\n" for n, cell in said.items())


def test_what_can_be_read_ends_on_its_day_and_what_cannot_stays_and_is_told(address: str) -> None:
    tables = TABLES.format(loans="letters", talks="talks") + TABLES.format(loans="numbers", talks="other").splitlines()[1]
    schema = f"""
CREATE TABLE letters (id integer PRIMARY KEY, wish varchar(40), lent varchar(40));
CREATE TABLE numbers (id integer PRIMARY KEY, wish varchar(40), lent bigint);
CREATE TABLE talks (id integer PRIMARY KEY, talk varchar(40), lent date, said varchar(40));
{rows("letters", dict(WRITTEN))}{rows("numbers", dict(COUNTED))}
INSERT INTO talks VALUES (1, 'hello', '2024-01-01', 'yesterday'), (2, 'hello', '2024-01-01', NULL), (3, 'hello', '2024-01-01', '2024-02-20');
"""
    with quay(address, PROMISES, tables, schema) as firm:
        firm.day = date(2024, 2, 29)
        assert {name: cells[0] for name, cells in firm.bare().items()} == {
            "letters": "L302",
            "numbers": "L302",
            "talks": "L302",
        }
        assert firm.preview() == {"letters": 2, "numbers": 1, "talks": 1}
        assert firm.run().answer.is_done
        left = {
            name: [n for (n,) in firm.sql(f"SELECT id FROM {name} ORDER BY id")] for name in ("letters", "numbers", "talks")
        }
        assert left == {"letters": [3, 4, 5, 6, 7, 8], "numbers": [2, 3, 4, 5, 6, 7], "talks": [1, 3]}
        firm.day = date(2024, 3, 1)
        assert firm.preview() == {"letters": 1, "numbers": 1}


def test_a_day_that_sqlite_keeps_as_a_number_of_days_is_that_day(tmp_path: object) -> None:
    schema = (
        f"CREATE TABLE letters (id integer PRIMARY KEY, wish text, lent real);\n{rows('letters', {1: 2460340.5, 2: 2460341.5})}"
    )
    tables = TABLES.format(loans="letters", talks="talks").splitlines()[1]
    with quay(f"sqlite:///{tmp_path}/days.db", PROMISES, tables, schema) as firm:
        firm.day = date(2024, 2, 29)
        assert firm.preview() == {"letters": 1}


def test_rows_whose_end_nobody_can_ever_tell_are_told(tmp_path: object) -> None:
    promises = "may retain: own-writing\nuntil: 18th birthday\nthen: erase\n---\nmay retain: [name, birth-date]\nuntil: on 2999-01-01\nthen: erase\n"
    tables = """
people: {root: customer, key: [id], columns: {id: key, name: name, born: birth-date}}
wishes: {key: [id], links: {person: {owning: people}}, columns: {id: key, person: key, wish: own-writing}}
"""
    schema = """
CREATE TABLE people (id integer PRIMARY KEY, name text, born date);
CREATE TABLE wishes (id integer PRIMARY KEY, person integer, wish text);
INSERT INTO people VALUES (1, 'Ada', '2008-02-29'), (2, 'Ben', NULL), (3, 'Cem', '2007-03-01');
INSERT INTO wishes VALUES (1, 1, 'a boat'), (2, 2, 'a boat'), (3, NULL, 'a boat'), (4, 99, 'a boat'), (5, 3, 'a boat'), (6, 2, NULL);
"""
    with quay(f"sqlite:///{tmp_path}/wishes.db", promises, tables, schema) as firm:
        firm.day = date(2026, 2, 28)  # the last day of the month on which the 29th would be
        found = count_bare(firm.plan(), firm.estate, firm.catalogue, firm.stores)
        assert {(f.code, f.table): rows for f, rows in found.items()} == {("L302", "wishes"): 3}
        assert firm.run().answer.is_done
        assert [n for (n,) in firm.sql("SELECT id FROM wishes WHERE wish IS NOT NULL ORDER BY id")] == [2, 3, 4]


def test_a_floor_of_working_days_outlasts_their_weekends(tmp_path: object) -> None:
    promises = (
        "define: lent\nis: event\n---\nmay retain: own-writing\nuntil: 1 days after lent\nthen: erase\n---\n"
        "will retain: own-writing\nuntil: 5 working days after lent\n"
    )
    schema = "CREATE TABLE loans (id integer PRIMARY KEY, wish text, lent date);\nINSERT INTO loans VALUES (1, 'a boat', '2026-01-09');"
    tables = "\nloans: {key: [id], no-owner: nobody, columns: {id: key, wish: own-writing, lent: {event: lent}}}\n"
    with quay(f"sqlite:///{tmp_path}/loans.db", promises, tables, schema) as firm:
        firm.day = date(2026, 1, 15)  # a Thursday; lent on a Friday
        assert firm.preview() == {}
        firm.day = date(2026, 1, 16)
        assert firm.preview() == {"loans": 1}
