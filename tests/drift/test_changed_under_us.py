"""A firm's estate is changed under us, between plan and execution and once during it: each ends in a right refusal or a right result, and says so.

What somebody does is done by their own connection, in their own transaction, on the real engines.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cli.harbour import lines, tokens
from tests.drift.firm import Firm
from tests.execution.shop import shop_of
from upheld.faces.app import App
from upheld.faces.app.settings import from_environment

CHANGES = [
    ("shop", "ALTER TABLE orders ADD gift_note text", "D104"),
    ("shop", "CREATE TABLE orders_history (LIKE orders); CREATE FUNCTION copy_order() RETURNS trigger LANGUAGE plpgsql AS "
             "'BEGIN INSERT INTO orders_history SELECT OLD.*; RETURN OLD; END'; "
             "CREATE TRIGGER orders_copy BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION copy_order()", "D113"),
    ("shop", "DROP INDEX orders_customer", "D112"),
    ("shop", "ALTER TABLE orders RENAME TO purchases", "D103"),
    ("letters", "ALTER TABLE opens ADD device text", "D104"),
    ("letters", "CREATE TABLE opens_copy (id, link); CREATE TRIGGER opens_copied AFTER DELETE ON opens BEGIN "
                "INSERT INTO opens_copy VALUES (OLD.id, OLD.link); END", "D113"),
    ("letters", "DROP INDEX opens_subscriber", "D112"),
    ("letters", "ALTER TABLE opens RENAME TO clicks", "D103"),
]  # fmt: skip


def planned(firm: Firm, *people: int) -> dict[str, Any]:
    ran = firm.shop.upheld("plan", str(firm.folder), "--ask", "erasure", "--subject", "-", "--json", stdin=lines(*people))
    assert ran.code == 0, ran.err
    return dict(ran.document)


def rows_of(firm: Firm, store: str) -> dict[str, list[Any]]:
    """Every row of every table of a store, by table."""
    if store == "letters":
        with closing(sqlite3.connect(firm.shop.letters)) as db:
            names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: sorted(db.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}
    with psycopg.connect(firm.shop.shop) as db:
        names = [name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return {name: sorted(db.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names}  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "store,change,code", CHANGES, ids=[f"{store}-{code}-{n}" for n, (store, _, code) in enumerate(CHANGES)]
)
def test_a_change_between_plan_and_execution_is_refused_before_anything_in_that_store(
    firm: Firm, store: str, change: str, code: str
) -> None:
    asked = planned(firm, 2)
    firm.sql(store, change)
    before = rows_of(firm, store)
    words = ("erase", asked["ask"], "--plan", asked["plan"], "--in", str(firm.folder))
    refused = firm.shop.upheld(*words)
    assert refused.code == 1
    said = " ".join((refused.out + refused.err).split())
    assert "L202 schema drifted since the plan" in said and f"{store}." in said
    assert f"upheld drift {firm.folder}" in said and "file and line of the estate to edit" in said
    assert "--again" in said
    assert rows_of(firm, store) == before, "nothing of the store that changed was touched"
    drifted = firm.findings()
    assert code in {key.split()[0] for key in drifted}


def test_a_column_that_came_is_mapped_planned_again_and_erased_with_the_rest(firm: Firm) -> None:
    asked = planned(firm, 2)
    firm.sql(
        "shop", f"ALTER TABLE customers ADD nickname text; UPDATE customers SET nickname = '{tokens(2)[1]}-nick' WHERE id = 2"
    )
    assert firm.erase(asked).code == 1
    unmapped = firm.shop.upheld("plan", str(firm.folder), "--again", asked["ask"])
    assert unmapped.code == 1 and "L202" in unmapped.err
    firm.edit("shop", "      email: email-address", "      email: email-address\n      nickname: name")
    assert firm.drift("--relock").code == 0
    again = firm.shop.upheld("plan", str(firm.folder), "--again", asked["ask"], "--json").document
    ran = firm.erase(again, "--resume")
    assert ran.code == 0, ran.err
    for store in ("shop", "letters"):
        kept = {"billed_name", "invoices"}
        for table, rows in rows_of(firm, store).items():
            assert table in kept or not [row for row in rows if any(token in repr(row) for token in tokens(2))], table


def test_a_table_that_was_renamed_is_named_anew_and_erased(firm: Firm) -> None:
    asked = planned(firm, 4)
    firm.sql("letters", "ALTER TABLE opens RENAME TO clicks")
    assert firm.erase(asked).code == 1
    firm.edit("letters", "  opens:\n", "  clicks:\n")
    assert firm.drift("--relock").code == 0
    again = firm.shop.upheld("plan", str(firm.folder), "--again", asked["ask"], "--json")
    assert again.code == 0, again.err
    ran = firm.erase(again.document, "--resume")
    assert ran.code == 0, ran.err
    assert not [row for row in rows_of(firm, "letters")["clicks"] if "link-0004" in repr(row)]


def test_a_trigger_that_copies_is_found_mapped_and_its_copies_are_erased_too(firm: Firm) -> None:
    asked = planned(firm, 6)
    firm.sql("shop", "CREATE TABLE orders_history (id integer, customer_id integer, what text); "
             "CREATE INDEX history_customer ON orders_history (customer_id); ALTER TABLE orders_history ADD PRIMARY KEY (id); "
             "CREATE FUNCTION copy_order() RETURNS trigger LANGUAGE plpgsql AS "
             "'BEGIN INSERT INTO orders_history VALUES (OLD.id, OLD.customer_id, OLD.what); RETURN OLD; END'; "
             "CREATE TRIGGER orders_copy BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION copy_order()")  # fmt: skip
    assert firm.erase(asked).code == 1
    assert {"D101 shop.orders_history", "D113 shop.orders.orders_copy"} <= set(firm.findings())
    firm.edit("shop", "  orders:\n    key: [id]\n", "  orders_history:\n    key: [id]\n    links: {customer_id: {owning: customers}}\n"
              "    columns: {id: key, customer_id: key, what: purchase}\n  orders:\n    key: [id]\n    triggers: {orders_copy: {copies-to: orders_history}}\n")  # fmt: skip
    assert firm.drift("--relock").code == 0, firm.drift().out
    again = firm.shop.upheld("plan", str(firm.folder), "--again", asked["ask"], "--json")
    assert again.code == 0, again.err
    ran = firm.erase(again.document, "--resume")
    assert ran.code == 0, ran.err
    shop = rows_of(firm, "shop")
    assert not [row for table in ("orders", "orders_history") for row in shop[table] if "book-0006" in repr(row)]


# ---- during the run --------------------------------------------------------------------------------------------------


def disturbed(firm: Firm, asked: dict[str, Any], at: str, nth: int, disturb: Any, then: Any = None) -> Any:
    """The run, with somebody at work when it reaches `at` for the nth time, and `then` after that store's commit; how it ended."""
    reached = 0

    def failpoint(point: str) -> None:
        nonlocal reached
        reached += point == at
        if point == at and reached == nth:
            disturb()
        elif point == "after-store-commit" and reached == nth and then is not None:
            then()

    app = App(replace(from_environment(firm.shop.environment), failpoint=failpoint))
    try:
        return app.erase(firm.folder, asked["ask"], asked["plan"], False, lambda *_, **__: None)
    finally:
        app.close()


@pytest.mark.parametrize(
    "store,change", [("shop", "ALTER TABLE orders ADD gift_note text"), ("letters", "ALTER TABLE opens ADD device text")]
)
def test_a_change_after_one_store_was_done_stops_before_the_next_or_settles(firm: Firm, store: str, change: str) -> None:
    """Between the commits of two stores: what was committed stays and is told; the store that changed is refused, now or when it is settled."""
    asked = planned(firm, 2, 4)
    ended = disturbed(firm, asked, "after-done", 1, lambda: firm.sql(store, change))
    assert int(ended.exit) == 1
    assert [code for code, _, _ in ended.troubles] == ["L202"]
    assert not ended.document["fulfilled"]
    resumed = firm.shop.upheld("erase", asked["ask"], "--plan", asked["plan"], "--in", str(firm.folder), "--resume")
    assert resumed.code == 1 and "L202  schema drifted since the plan" in resumed.err
    name = "gift_note: purchase" if store == "shop" else "device: purchase"
    firm.edit(
        store,
        "what: purchase" if store == "shop" else "link: purchase",
        ("what: purchase" if store == "shop" else "link: purchase") + f"\n      {name}",
    )
    assert firm.drift("--relock").code == 0
    again = firm.shop.upheld("plan", str(firm.folder), "--again", asked["ask"], "--json").document
    ran = firm.erase(again, "--resume")
    assert ran.code == 0, ran.err
    for person in (2, 4):
        for where in ("shop", "letters"):
            found = [
                t
                for t, rows in rows_of(firm, where).items()
                if t != "invoices" and any(tokens(person)[0] in repr(row) for row in rows)
            ]
            assert found == []


def test_ddl_beside_an_open_chunk_waits_for_its_commit_on_postgresql(firm: Firm) -> None:
    """The chunk holds its tables' locks: somebody's ALTER waits until it is committed, and what was shown is what ran."""
    asked = planned(firm, 2)
    done: list[float] = []

    def alter() -> None:
        firm.sql("shop", "ALTER TABLE orders ADD gift_note text")
        done.append(time.monotonic())

    worker = threading.Thread(target=alter)
    begun: list[float] = []

    def disturb() -> None:
        worker.start()
        time.sleep(0.3)  # it has had time to finish, and must not have
        assert done == []
        begun.append(time.monotonic())

    # The second store of the run is the shop: it provides the identities.
    # Once the chunk is committed the ALTER has its lock; the run goes on when it is through, so settling meets the new schema whatever the machine's load.
    ended = disturbed(firm, asked, "before-store-commit", 2, disturb, lambda: worker.join(240))
    assert not worker.is_alive() and done and begun and done[0] > begun[0]
    # The chunk itself was right; settling meets the new schema and says so.
    assert [code for code, _, _ in ended.troubles] == ["L202"] and not ended.document["fulfilled"]
    assert not [row for row in rows_of(firm, "shop")["orders"] if "book-0002" in repr(row)]
    assert {"D104 shop.orders.gift_note"} == set(firm.findings())


def test_ddl_beside_an_open_chunk_waits_or_gives_up_on_sqlite(firm: Firm) -> None:
    """SQLite has one writer: while the chunk is open nobody else changes anything."""
    asked = planned(firm, 2)
    told: list[str] = []

    def disturb() -> None:
        with closing(sqlite3.connect(firm.shop.letters, timeout=0.2, isolation_level=None)) as db:
            try:
                db.execute("ALTER TABLE opens ADD device text")
            except sqlite3.OperationalError as error:
                told.append(str(error))

    ended = disturbed(firm, asked, "before-store-commit", 1, disturb)
    assert told == ["database is locked"]
    assert int(ended.exit) == 0 and ended.document["fulfilled"]
    assert firm.findings() == {}


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE orders ADD gift_note text",
        "CREATE INDEX orders_done ON orders (done_at)",
        "ALTER TABLE lines RENAME TO parts",
    ],
)
def test_a_change_between_two_chunks_of_one_store_stops_the_second_and_leaves_the_first_done(
    engine: str, change: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path / 'shop.db'}" if engine == "sqlite" else request.getfixturevalue("make_database")()
    with shop_of(address, tmp_path) as shop:
        plan, before = shop.plan(), shop.sql("shop", "SELECT * FROM orders WHERE customer_id = 2")
        chunks = 0

        def failpoint(point: str) -> None:
            nonlocal chunks
            chunks += point == "after-done"
            # The letters' two chunks come first; then the shop's.
            if point == "after-done" and chunks == 3:
                shop.sql("shop", change)

        answer = shop.erase("ada@example.test", "ben@example.test", plan=plan, chunk_subjects=1, failpoint=failpoint)
        [outcome] = [one for one in answer.stores if one.store == "shop"]
        assert getattr(outcome.problem, "code", "") == "L202" and len(outcome.chunks) == 1 and not answer.is_done
        assert shop.sql("shop", "SELECT id FROM customers ORDER BY id") == [(2,), (3,)]
        left = shop.sql("shop", "SELECT id, customer_id, address, done_at FROM orders WHERE customer_id = 2")
        assert [row[:3] for row in left] == [row[:3] for row in before]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE lines RENAME TO parts",
        "ALTER TABLE lines ENABLE ROW LEVEL SECURITY",
        "CREATE PUBLICATION all_lines FOR TABLE lines",
        "CREATE TABLE more (id integer)",
        "CREATE VIEW seen AS SELECT id FROM lines",
        "CREATE RULE still AS ON DELETE TO lines DO INSTEAD NOTHING",
        "ALTER TABLE lines ADD CHECK (id > 0)",
        "ALTER TABLE lines RENAME engraving TO words",
        "ALTER TABLE lines ALTER engraving SET DEFAULT 'none'",
        "DROP INDEX lines_order",
        "ALTER SCHEMA beside RENAME TO aside",
    ],
)
def test_an_open_session_sees_every_change_that_the_fingerprint_covers(
    change: str, fresh_database: str, tmp_path: Path
) -> None:
    """The fingerprint is read whole only when a stamp of the catalogue changed: no change may leave the stamp as it was."""
    more = (
        "CREATE INDEX lines_order ON lines (order_id); CREATE SCHEMA beside; CREATE TABLE beside.one (id integer PRIMARY KEY);"
    )
    with shop_of(fresh_database, tmp_path, schema=more) as shop:
        session = shop.stores["shop"]
        before = session.fingerprint()
        assert session.fingerprint() == before
        shop.sql("shop", change)
        assert session.fingerprint() != before


def test_nothing_that_these_runs_wrote_lies_about(firm: Firm) -> None:
    asked = planned(firm, 8)
    firm.sql("shop", "ALTER TABLE orders ADD gift_note text")
    firm.erase(asked)
    files = [file for file in Path(firm.shop.data).rglob("*") if file.is_file() and file != firm.shop.letters]
    said = b"".join(file.read_bytes() for file in files)
    assert not [token for token in tokens(8) if token.encode() in said]
