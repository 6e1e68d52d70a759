"""Our own tables are mapped like any firm's: no column of a migration without a role, no personal data elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import resources

import psycopg
import pytest

from tests import searching
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Category, Estate, Event, FreeText, Key, StoreMap
from upheld.engine.execution import Bound, Subject, bind, run_erasure
from upheld.engine.plan import Ask, Plan, plan_for
from upheld.engine.stores import open_stores
from upheld.language.promises.model import Citation, Kind, Name
from upheld.language.terms import builtin
from upheld.records import ledger, people
from upheld.records.keys import MasterKey
from upheld.records.own import OwnDatabase
from upheld.records.people.choices import Age, record_age, record_fact, restrict
from upheld.records.people.identities import Known, forget
from upheld.records.people.rights import mark_disputed, record_statement
from upheld.records.people.rights.reviews import close_review, open_review
from upheld.records.people.suppression import suppress

FILE = "upheld.yaml"


@pytest.fixture(scope="module")
def own_map() -> StoreMap:
    text = (resources.files("upheld.records.own") / "estate" / FILE).read_text("utf-8")
    estate, findings = read_estate({FILE: text})
    assert findings == ()
    leaves = builtin()["data"]
    assert [d for d in check_estate(estate, leaves=leaves) if d.severity == "error"] == []
    return estate.stores["upheld"]


def live_columns(own: OwnDatabase) -> dict[str, set[str]]:
    with own.connection() as connection:
        rows = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def unmapped(own: OwnDatabase, own_map: StoreMap) -> set[str]:
    mapped = {name: {column.name for column in table.columns} for name, table in own_map.tables.items()}
    live = {table: columns for table, columns in live_columns(own).items() if table not in own_map.not_covered}
    return {f"{table}.{column}" for table, columns in live.items() for column in columns - mapped.get(table, set())}


def test_every_column_of_the_migrated_database_is_mapped(own: OwnDatabase, own_map: StoreMap) -> None:
    assert unmapped(own, own_map) == set(), "add these columns to src/upheld/records/own/estate/upheld.yaml"


def test_every_mapped_column_exists(own: OwnDatabase, own_map: StoreMap) -> None:
    live = live_columns(own)
    named = {f"{name}.{column.name}" for name, table in own_map.tables.items() for column in table.columns}
    assert named - {f"{table}.{column}" for table, columns in live.items() for column in columns} == set()


def test_a_column_that_a_migration_adds_is_missed_until_it_is_mapped(own: OwnDatabase, own_map: StoreMap) -> None:
    with psycopg.connect(own._owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE person ADD COLUMN nickname text; CREATE TABLE diary (entry text)")
    assert unmapped(own, own_map) == {"person.nickname", "diary.entry"}


def test_what_is_not_covered_holds_no_text_of_people(own: OwnDatabase, own_map: StoreMap) -> None:
    assert set(own_map.not_covered) == {"alembic_version"}
    assert live_columns(own)["alembic_version"] == {"version_num"}


def test_every_table_with_a_subject_is_reached_from_the_person_or_says_why_not(own_map: StoreMap) -> None:
    for name, table in own_map.tables.items():
        personal = [column for column in table.columns if isinstance(column.role, Category | FreeText | Event)]
        if personal and table.root is None:
            assert table.owning or table.no_owner, f"{name} holds personal data that no person reaches"


MASTER = MasterKey(bytes(range(32)))
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
EMAIL = ("email/1", "zq81.quillfeather@example.test")
NAME = "Zq81 Quillfeather"


def live_a_life(own: OwnDatabase) -> str:
    """One person with everything that people and ledger can know of her; her ref."""
    with own.connection() as connection:
        ledger.begin(connection, MASTER, "ledger.example.test/north", NOW)
    with own.transaction() as connection:
        (ref,) = people.enrol(connection, MASTER, [Known("customer", (EMAIL,), "signed in")], NOW)
        people.record_choice(
            connection, people.Choice(ref, "newsletter", True, NOW, date(2026, 1, 1), "form", ("north.mail.1",))
        )
        people.record_objection(connection, ref, "direct-marketing", NOW)
        restrict(connection, ref, "accuracy-contested", NOW)
        record_age(connection, Age(ref, NOW, "declared", least=18))
        record_fact(connection, ref, Name(Kind.FACT, "account-active"), True, NOW)
        mark_disputed(connection, ref, "grade", NOW)
        record_statement(connection, MASTER, ref, "grade", NAME, NOW)
        close_review(connection, MASTER, open_review(connection, MASTER, ref, "credit-limit", NAME, NOW), NAME, "staff:7", NOW)
        hold = people.Hold(
            "H-1",
            "legal-claims",
            "north.keep.1",
            Citation("GDPR", "17(3)(e)"),
            ("invoice",),
            date(2027, 1, 1),
            frozenset([ref]),
        )
        people.accept_hold(connection, hold, NOW)
        detail = ledger.Detail({"name": NAME, "email": EMAIL[1], "subject": ref}, ref)
        ledger.append(connection, [ledger.Leaf("disclosure:made", NOW, ("north.share.1",), {"rows": 1}, detail=detail)])
        people.bury(connection, MASTER, [people.Erased("shop", "customer", *EMAIL)], NOW)
        suppress(connection, MASTER, [EMAIL], "everything", NOW)
    with own.connection() as connection:
        ledger.sequence(connection, MASTER, NOW)
    return ref


def test_no_value_of_a_person_lies_outside_the_columns_mapped_as_personal(own: OwnDatabase, own_map: StoreMap) -> None:
    live_a_life(own)
    personal = {
        name: [column.name for column in table.columns if isinstance(column.role, Category | FreeText | Event)]
        for name, table in own_map.tables.items()
    }
    with own.connection() as connection:
        assert searching.in_database(connection, [NAME, EMAIL[1]], personal) == []
        assert {found.place for found in searching.in_database(connection, [NAME, EMAIL[1]])} == {"public.ledger_detail"}


def test_the_ref_of_a_person_stands_only_in_mapped_keys_and_details(own: OwnDatabase, own_map: StoreMap) -> None:
    ref = live_a_life(own)
    mapped = {
        name: [column.name for column in table.columns if isinstance(column.role, Key | FreeText)]
        for name, table in own_map.tables.items()
    }
    with own.connection() as connection:
        assert searching.in_database(connection, [ref], mapped) == []
        assert len(searching.in_database(connection, [ref])) > 0


def rows_by_table(own: OwnDatabase, tables: list[str]) -> dict[str, int]:
    with own.connection() as connection:
        found = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables}  # type: ignore[arg-type]
    return {table: row[0] for table, row in found.items() if row and row[0]}


@pytest.mark.parametrize("how", ["by an ordinary plan", "by what follows a fulfilled ask"])
def test_a_person_goes_from_our_own_tables(own: OwnDatabase, own_map: StoreMap, how: str) -> None:
    """The map is one that the engine can carry out, and what the product does at the end of an ask leaves exactly the same."""
    ref = live_a_life(own)
    owned = {name for name, table in own_map.tables.items() if table.owning or table.root}
    assert len(rows_by_table(own, sorted(owned))) >= 8
    if how == "by an ordinary plan":
        erased_by_a_plan(own, own_map, ref)
    else:
        with own.transaction() as connection:
            assert forget(connection, [ref], NOW) == 0, "a hold in force must find her again"
            assert forget(connection, [], datetime(2027, 1, 1, tzinfo=UTC)) == 1
    assert rows_by_table(own, sorted(owned)) == {"ledger_detail": 1}, "the hold's own, which names nobody"
    kept = rows_by_table(own, sorted(set(own_map.tables) - owned))
    assert {"hold", "hold_subject", "tombstone", "suppression", "ledger_leaf"} <= set(kept)
    with own.connection() as connection:
        assert searching.in_database(connection, [NAME, EMAIL[1]]) == []
        assert {hit.place for hit in searching.in_database(connection, [ref])} == {"public.hold_subject", "public.hold_guard"}
        assert ledger.verify_tables(connection).findings == ()


def erased_by_a_plan(own: OwnDatabase, own_map: StoreMap, ref: str) -> None:
    estate = Estate({"upheld": own_map})
    stores = open_stores(estate, {"upheld": own._owner_url})
    try:
        catalogue = Catalogue({name: store.catalogue() for name, store in stores.items()})
        assert [one.code for one in check_estate(estate, catalogue) if one.severity == "error"] == []
        made = plan_for(estate, catalogue, {}, Ask("A-0001", "erasure", 1))
        bound = bind(estate, catalogue, stores, [Subject("s", {("upheld", "person"): ((ref,),)}, ())])
        assert isinstance(made, Plan) and isinstance(bound, Bound)
        assert run_erasure(made, estate, catalogue, bound.bindings, stores, today=NOW.date(), secret="5e" * 16).is_done
    finally:
        for store in stores.values():
            store.close()
