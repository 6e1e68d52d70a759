"""The snapshot of a live schema: exact, stable, comparable; live fingerprints change exactly when the schema does."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest

from upheld.engine.estate.lock import compare, read_lock, write_lock
from upheld.engine.estate.model import Catalogue
from upheld.engine.stores import catalogue_postgresql, catalogue_sqlite

PG = """
CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(80) NOT NULL UNIQUE CHECK (email <> ''),
  age int, born date, mail_host text GENERATED ALWAYS AS (split_part(email, '@', 2)) STORED, extra jsonb DEFAULT '{}');
CREATE DOMAIN code AS text CHECK (length(VALUE) = 3) NOT NULL;
CREATE TABLE notes (a int, b int, person int REFERENCES people ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED, c code,
  PRIMARY KEY (a, b));
CREATE TABLE replies (id uuid PRIMARY KEY, a int, b int, FOREIGN KEY (b, a) REFERENCES notes (b, a)) ;
CREATE INDEX people_lower ON people (lower(email), age) WHERE age > 3;
CREATE TABLE days (day date NOT NULL, person int) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW adults AS SELECT id FROM people;
CREATE MATERIALIZED VIEW hosts AS SELECT mail_host FROM people;
CREATE SCHEMA audit; CREATE TABLE audit.log (id int PRIMARY KEY, person int REFERENCES people);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit.log VALUES (OLD.id); RETURN NEW; END';
CREATE TRIGGER copy BEFORE UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION f();
CREATE PUBLICATION cdc FOR TABLE notes;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
""".replace("FOREIGN KEY (b, a) REFERENCES notes (b, a)", "FOREIGN KEY (a, b) REFERENCES notes (a, b)")

LITE = """
CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL UNIQUE CHECK (email <> ')' AND length(email) > 3), born DATE,
  host TEXT GENERATED ALWAYS AS (substr(email, 5)) VIRTUAL, -- CHECK (no)
  CHECK (born > '1900'));
CREATE TABLE "my notes" (a INT, b INT, person REFERENCES People ON DELETE CASCADE, other INT,
  PRIMARY KEY (a, b), FOREIGN KEY (other) REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID;
CREATE INDEX people_lower ON people (lower(trim(email)), born);
CREATE VIEW adults AS SELECT id FROM people;
CREATE TRIGGER copy AFTER UPDATE OF email ON people BEGIN INSERT INTO "my notes" VALUES (1, 2, 3, 4); END;
INSERT INTO people (id, email) VALUES (41, 'ada@example.test');
"""


@pytest.fixture(scope="module")
def shop(postgres):
    postgres.execute(PG)
    postgres.commit()
    return postgres


@pytest.fixture
def lite():
    connection = sqlite3.connect(":memory:")
    connection.executescript(LITE)
    return connection


def test_postgresql_is_seen_with_keys_checks_triggers_partitions_and_publications(shop):
    live = catalogue_postgresql.reflect(shop, "shop").tables
    assert {name: table.kind for name, table in live.items()} == {
        "adults": "view",
        "audit.log": "table",
        "days": "partitioned",
        "days_1": "partition",
        "hosts": "materialised view",
        "notes": "table",
        "people": "table",
        "replies": "table",
    }
    people = live["people"]
    email = people.column("email")
    assert (email.type, email.family, email.nullable, email.length) == ("character varying(80)", "text", False, 80)
    assert people.column("mail_host").generated
    assert [text for _, text in people.checks] == ["((email)::text <> ''::text)"]
    assert [(i.columns, i.partial) for i in people.indexes if i.name == "people_lower"] == [
        (("lower(email::text)", "age"), True)
    ]
    [trigger] = people.triggers
    assert (trigger.name, trigger.events) == ("copy", ("update", "delete")) and "audit.log" in trigger.definition
    [key] = live["notes"].foreign_keys
    assert (key.target, key.on_delete, key.on_update, key.deferrable, key.initially_deferred) == (
        "people", "cascade", "set null", True, True,
    )  # fmt: skip
    assert live["notes"].primary_key == ("a", "b")
    assert live["notes"].publications == ("cdc",) and live["notes"].row_security
    assert not live["notes"].column("c").nullable and any("length(c)" in text for _, text in live["notes"].checks)
    assert [k.target_columns for k in live["replies"].foreign_keys] == [("a", "b")]
    assert live["audit.log"].foreign_keys[0].target == "people"
    assert (live["days_1"].part_of, live["days"].partition_key) == ("days", ("day",))


def test_sqlite_is_seen_with_what_only_its_create_statements_say(lite):
    live = catalogue_sqlite.reflect(lite, "web").tables
    people = live["people"]
    assert [text for _, text in people.checks] == ["email <> ')' AND length(email) > 3", "born > '1900'"]
    assert (people.column("email").length, people.column("host").generated, people.estimate) == (80, True, 41)
    assert ("lower(trim(email))", "born") in [index.columns for index in people.indexes]
    assert [(trigger.name, trigger.events) for trigger in people.triggers] == [("copy", ("update",))]
    notes = live["my notes"]
    assert [(k.columns, k.target, k.target_columns, k.on_delete, k.initially_deferred) for k in notes.foreign_keys] == [
        (("person",), "people", ("id",), "cascade", False),
        (("other",), "people", ("id",), "no action", True),
    ]
    assert live["adults"].kind == "view"


@pytest.mark.parametrize("change", [
    "ALTER TABLE people ADD COLUMN x int", "ALTER TABLE people ALTER COLUMN age SET NOT NULL", "CREATE TABLE y (id int)",
    "DROP TRIGGER copy ON people", "CREATE INDEX z ON people (age)", "ALTER TABLE people ADD CHECK (age > 0)",
    "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", "ALTER TABLE people DISABLE TRIGGER copy",
    "ALTER TABLE people ENABLE ROW LEVEL SECURITY", "DROP PUBLICATION cdc", "ALTER TABLE people ALTER COLUMN age SET DEFAULT 3",
    "ALTER DOMAIN code ADD CHECK (VALUE <> 'abc')", "ALTER TABLE audit.log DROP CONSTRAINT log_person_fkey",
])  # fmt: skip
def test_any_change_of_the_schema_changes_the_fingerprint_and_can_be_said(shop, change):
    before = catalogue_postgresql.reflect(shop, "shop")
    shop.execute(change)
    after = catalogue_postgresql.reflect(shop, "shop")
    assert before.fingerprint != after.fingerprint == catalogue_postgresql.fingerprint(shop)
    assert compare(Catalogue({"shop": before}), Catalogue({"shop": after}))
    shop.rollback()
    assert catalogue_postgresql.fingerprint(shop) == before.fingerprint


def test_rows_and_statistics_change_no_fingerprint(shop, lite):
    before = catalogue_postgresql.fingerprint(shop), catalogue_sqlite.fingerprint(lite)
    shop.execute("INSERT INTO people (email) VALUES ('ada@example.test')")
    shop.execute("ANALYZE")
    lite.executescript("INSERT INTO people (email) VALUES ('bea@example.test'); ANALYZE")
    assert (catalogue_postgresql.fingerprint(shop), catalogue_sqlite.fingerprint(lite)) == before
    shop.rollback()


def test_the_fingerprint_is_the_same_in_another_database_with_the_same_schema(shop, fresh_database):
    with psycopg.connect(fresh_database) as other:
        other.execute("CREATE TABLE first_of_all (id int)")
        other.execute("DROP TABLE first_of_all")
        other.execute(PG)
        assert catalogue_postgresql.fingerprint(other) == catalogue_postgresql.fingerprint(shop)


def test_a_lock_is_read_back_exactly_and_written_the_same(shop, lite):
    stores = {"web": catalogue_sqlite.reflect(lite, "web"), "shop": catalogue_postgresql.reflect(shop, "shop")}
    text = write_lock(Catalogue(stores))
    assert read_lock(text) == Catalogue(stores)
    assert write_lock(read_lock(text)) == text
    assert text == write_lock(Catalogue(dict(reversed(stores.items()))))


def test_a_broken_lock_says_what_to_do():
    for text in ("", "{}", "[]", '{"upheld-lock": 99}', '{"upheld-lock": 1, "stores": {"a": {}}}'):
        with pytest.raises(ValueError, match="scan the stores again"):
            read_lock(text)


def test_differences_are_said_by_table_and_part(lite):
    before = catalogue_sqlite.reflect(lite, "web")
    lite.executescript("ALTER TABLE people ADD COLUMN nickname TEXT; DROP TRIGGER copy; CREATE TABLE z (id)")
    after = catalogue_sqlite.reflect(lite, "web")
    assert compare(Catalogue({"web": before}), Catalogue({"web": after})) == (
        "web.people: column `nickname` is new.",
        "web.people: trigger `copy` is gone.",
        "web.z: the table is new.",
    )
    assert compare(Catalogue({"web": before}), Catalogue({"web": before})) == ()
