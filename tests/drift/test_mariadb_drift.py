"""The bookshop moved to MariaDB: each kind of drift planted there is found with its place and its remedy, and its statement mends it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.cli.harbour import Installation, lines, shop_rows
from tests.drift.firm import Firm
from tests.mariadb import administrator, connect, create_database, drop_database, execute
from upheld.engine.estate.drift.settings import SETTINGS
from upheld.engine.estate.mariadb.key_columns import creating
from upheld.records.own import EmbeddedServer

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name varchar(80), email varchar(120), phone varchar(40), notes text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, what varchar(200), placed_at datetime NOT NULL,
  INDEX orders_customer (customer_id), CONSTRAINT whose FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE invoices (id int PRIMARY KEY, customer_id int, billed_name varchar(80), billed_phone varchar(40), amount_cents int NOT NULL,
  invoiced_at date NOT NULL, INDEX invoices_customer (customer_id));
"""
# What the server of these tests is on purpose.
ATTESTED = "innodb_flush_log_at_trx_commit: a server of tests, sync_binlog: the same, innodb_doublewrite: the same"


@dataclass
class Moved(Firm):
    """The shop at `address`; its letters stay where they are."""

    address: str = ""

    def sql(self, store: str, text: str) -> None:
        assert store == "shop"
        execute(self.address, text)

    def as_administrator(self, text: str) -> list[tuple[object, ...]]:
        with administrator(self.database) as db, db.cursor() as cursor:
            cursor.execute(text)
            return list(cursor.fetchall())

    @property
    def database(self) -> str:
        return self.address.split("localhost/")[1].split("?")[0]


@pytest.fixture
def firm(shop: Installation, pg: EmbeddedServer, make_mariadb: Callable[..., str]) -> Moved:
    address = make_mariadb()
    execute(address, SCHEMA, creating("customers", "email", "email/1"))
    with connect(address) as db, db.cursor() as cursor:
        for table, rows in shop_rows().items():
            names = "(id, name, email, phone, notes)" if table == "customers" else ""
            cursor.executemany(f"INSERT INTO {table} {names} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)
    folder = shop.data / "firm"
    shutil.copytree(shop.folder, folder)
    shop.more["HARBOUR_SHOP_URL"] = address
    made = Moved(shop, folder, pg, address)
    made.edit("shop", "engine: postgresql", "engine: mariadb")
    made.edit("shop", "max-shared: 3", f"max-shared: 3\nattested: {{{ATTESTED}}}")
    made.edit("shop", "email: email-address\n", "email: email-address\n      email_key: email-address\n")
    made.drift("--relock")
    return made


PLANTED = [
    ("D101 shop.gifts", "CREATE TABLE gifts (id int PRIMARY KEY, note text)", "add `gifts:` under `tables:`"),
    ("D102 shop.orders", "DROP TABLE orders", "take `orders` out of estate/shop.yaml"),
    ("D103 shop.orders", "ALTER TABLE orders RENAME TO purchases", "write `purchases:` for `orders:`"),
    ("D104 shop.orders.gift_note", "ALTER TABLE orders ADD gift_note text", "under `columns` of `orders`"),
    ("D105 shop.customers.notes", "ALTER TABLE customers DROP notes", "take `notes` out of estate/shop.yaml"),
    ("D106 shop.customers.phone", "ALTER TABLE customers RENAME COLUMN phone TO reached_by", "write `reached_by` for `phone`"),
    ("D107 shop.customers.name", "ALTER TABLE customers MODIFY name varchar(30)", "still says the truth"),
    ("D107 shop.customers.name", "ALTER TABLE customers MODIFY name varchar(80) COLLATE utf8mb4_bin", "still says the truth"),
    ("D108 shop.orders.short", "ALTER TABLE orders ADD CONSTRAINT short CHECK (length(what) < 900)", "still takes what is written"),
    ("D109 shop.invoices", "ALTER TABLE invoices DROP PRIMARY KEY, ADD PRIMARY KEY (id, invoiced_at)", "under `key:`"),
    ("D110 shop.orders.customer_id", "ALTER TABLE orders DROP FOREIGN KEY whose", "without a parent"),
    (
        "D110 shop.orders.customer_id",
        "ALTER TABLE orders DROP FOREIGN KEY whose, ADD CONSTRAINT whole FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE",
        "now reaches other rows",
    ),
    ("D111 shop.orders.orders_placed", "CREATE INDEX orders_placed ON orders (placed_at)", "--relock"),
    ("D112 shop", "DROP INDEX invoices_customer ON invoices", "Create it again"),
    ("D112 shop", "DROP INDEX customers_email_key ON customers", "Create it again"),
    ("D113 shop.orders.watch", "CREATE TRIGGER watch AFTER DELETE ON orders FOR EACH ROW SET @gone = OLD.id", "add `triggers: {watch:"),
    ("D113 shop.orders.nightly", "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM orders WHERE id < 0", "add `triggers: {nightly:"),
    ("D115 shop.everybody", "CREATE SQL SECURITY INVOKER VIEW everybody AS SELECT name FROM customers", "--relock"),
    ("D116 shop.invoices", "ALTER TABLE invoices ENGINE = Aria", "still fits"),
    ("E420 shop", "ALTER TABLE invoices ENGINE = MyISAM", "ENGINE = InnoDB"),
    (
        "D123 shop.find_people", "CREATE FUNCTION find_people(said text) RETURNS text DETERMINISTIC READS SQL DATA "
        "RETURN (SELECT max(name) FROM customers WHERE phone = said)", "caller's rights",
    ),
    ("D123 shop.wipe", "CREATE PROCEDURE wipe() DELETE FROM orders", "caller's rights"),
    ("D124 shop.everybody", "CREATE VIEW everybody AS SELECT name FROM customers", "SQL SECURITY INVOKER"),
    ("D132 shop.orders", "ALTER TABLE orders STATS_AUTO_RECALC = 0", "Run the statement"),
    ("D134 shop.orders", "SET foreign_key_checks = 0; INSERT INTO orders VALUES (9001, 777, 'x', NOW()), (9002, 778, 'y', NOW())", "begin with the statement"),
    ("D141 shop.orders", "UPDATE customers SET name = NULL, email = NULL, phone = NULL, notes = NULL WHERE id IN (3, 4)", "Erase them"),
]  # fmt: skip


def test_a_shop_on_mariadb_as_its_files_say_has_no_finding(firm: Moved) -> None:
    ran = firm.drift()
    assert ran.code == 0, ran.out
    assert "0 findings; 2 stores judged." in ran.out


@pytest.mark.parametrize("expected,done,remedy", PLANTED, ids=[f"{code}-{n}" for n, (code, *_) in enumerate(PLANTED)])
def test_what_was_planted_is_found_with_its_place_and_its_remedy(firm: Moved, expected: str, done: str, remedy: str) -> None:
    firm.sql("shop", done)
    found = firm.findings()
    one = found.get(expected) or next((f for f in found.values() if f["code"] == expected[:4] == "E420"), None)
    assert one is not None, found.keys()
    assert remedy in " ".join(one["help"].split())
    assert one["file"] == "estate/shop.yaml" and one["line"] >= 1


def test_the_statement_beside_a_finding_mends_it(firm: Moved) -> None:
    firm.sql("shop", "CREATE PROCEDURE wipe() DELETE FROM orders; ALTER TABLE orders STATS_AUTO_RECALC = 0")
    firm.sql("shop", "DROP INDEX invoices_customer ON invoices; DROP INDEX customers_email_key ON customers")
    firm.sql(
        "shop",
        "CREATE VIEW everybody AS SELECT name FROM customers; ALTER SQL SECURITY INVOKER VIEW everybody AS SELECT name FROM customers",
    )
    found = firm.findings()
    assert {key[:4] for key in found} >= {"D112", "D123", "D132"} and "D124 shop.everybody" not in found
    for one in found.values():
        if one["statement"] and "customers" not in one["statement"]:
            firm.sql("shop", one["statement"])
    left = firm.findings()
    assert not {"D123 shop.wipe", "D132 shop.orders"} & set(left), left.keys()
    assert "invoices" not in str([one["detail"] for one in left.values() if one["code"] == "D112"])


@contextmanager
def changed(firm: Moved, **settings: str) -> Iterator[None]:
    """Settings of the server, as they were when the block ends."""
    before = {name: firm.as_administrator(f"SELECT @@GLOBAL.{name}")[0][0] for name in settings}
    try:
        for name, value in settings.items():
            firm.as_administrator(f"SET GLOBAL {name} = {value}")
        yield
    finally:
        for name, old in before.items():
            firm.as_administrator(f"SET GLOBAL {name} = {old!r}")


@pytest.mark.parametrize(
    "code,name,value",
    [
        ("D136", "sql_mode", "''"),
        ("D136", "sql_mode", "'NO_ENGINE_SUBSTITUTION'"),
        ("D136", "foreign_key_checks", "0"),
        ("D136", "check_constraint_checks", "0"),
        ("D132", "innodb_file_per_table", "0"),
        ("D132", "innodb_stats_auto_recalc", "0"),
    ],
)
def test_a_setting_that_lets_everything_in_or_nothing_out_is_found_and_mended(
    firm: Moved, code: str, name: str, value: str
) -> None:
    with changed(firm, **{name: value}):
        found = firm.findings()
        assert set(found) == {f"{code} shop.{name}"}
        firm.as_administrator(found[f"{code} shop.{name}"]["statement"].rstrip(";"))
        assert firm.findings() == {}


def test_settings_that_lose_what_was_committed_are_found_where_nobody_attests_them(firm: Moved) -> None:
    firm.edit("shop", f"attested: {{{ATTESTED}}}", "attested: {innodb_doublewrite: a server of tests}")
    with changed(firm, innodb_flush_log_at_trx_commit="2", sync_binlog="0"):
        found = firm.findings()
        assert set(found) == {"D131 shop.innodb_flush_log_at_trx_commit", "D131 shop.sync_binlog"}
        for one in found.values():
            firm.as_administrator(one["statement"].rstrip(";"))
        assert firm.findings() == {}


def test_a_view_over_a_view_is_over_its_tables_and_one_of_what_is_gone_hides_nothing(firm: Moved) -> None:
    firm.sql("shop", "CREATE TABLE old (id int); CREATE VIEW broken AS SELECT id FROM old; DROP TABLE old")
    firm.sql(
        "shop",
        "CREATE SQL SECURITY INVOKER VIEW names AS SELECT name FROM customers; CREATE VIEW short AS SELECT left(name, 1) FROM names",
    )
    found = firm.findings()
    assert "`customers`" in found["D124 shop.short"]["detail"] and "D124 shop.names" not in found


def test_what_another_database_does_to_ours_by_its_makers_rights_is_found_until_it_is_attested(firm: Moved) -> None:
    other = create_database()
    try:
        ours = f"`{firm.database}`.orders"
        execute(
            firm.address.replace(firm.database, other),
            f"CREATE VIEW all_orders AS SELECT what FROM {ours}; CREATE TABLE orders (id int); CREATE PROCEDURE harmless() DELETE FROM orders",
            f"CREATE EVENT copied ON SCHEDULE EVERY 1 DAY DO INSERT INTO orders SELECT id FROM {ours}",
            f"CREATE PROCEDURE wipe() DELETE FROM {ours}",
        )  # fmt: skip
        expected = {f"D124 shop.{other}.all_orders", f"D123 shop.{other}.copied", f"D123 shop.{other}.wipe"}
        assert set(firm.findings()) == expected
        firm.edit("shop", "attested: {", f"attested: {{{other}.all_orders: x, {other}.copied: a warehouse, {other}.wipe: y, ")
        assert firm.findings() == {}
    finally:
        drop_database(other)


def test_a_role_that_sees_no_source_judges_what_it_sees(firm: Moved) -> None:
    """The rights that docs/mariadb.md asks for, and no more."""
    name = firm.database
    user = f"few_{name[5:13]}"
    firm.sql("shop", "CREATE VIEW everybody AS SELECT name FROM customers; CREATE PROCEDURE wipe() DELETE FROM orders")
    firm.as_administrator(f"CREATE USER '{user}'@'localhost' IDENTIFIED BY 'not-a-secret'")
    try:
        firm.as_administrator(f"GRANT SELECT, UPDATE, DELETE, TRIGGER ON `{name}`.* TO '{user}'@'localhost'")
        firm.shop.more["HARBOUR_SHOP_URL"] = firm.address.replace("upheld_firm:", f"{user}:")
        assert "D115 shop.everybody" in firm.findings()
    finally:
        firm.as_administrator(f"DROP USER '{user}'@'localhost'")


def test_every_setting_that_is_judged_is_one_that_the_server_has(firm: Moved) -> None:
    for name in set(SETTINGS) - {"fsync", "full_page_writes", "autovacuum", "track_counts"}:
        assert firm.as_administrator(f"SELECT @@GLOBAL.{name}")


@pytest.mark.parametrize(
    "change,code",
    [
        ("ALTER TABLE orders ADD gift_note text", "D104"),
        ("CREATE TRIGGER copied AFTER DELETE ON orders FOR EACH ROW SET @gone = OLD.what", "D113"),
        ("CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO INSERT INTO past SELECT what FROM orders", "D113"),
        ("DROP INDEX invoices_customer ON invoices", "D112"),
        ("ALTER TABLE orders RENAME TO purchases", "D103"),
    ],
)
def test_a_change_between_plan_and_execution_is_refused_before_anything_in_the_store(
    firm: Moved, change: str, code: str
) -> None:
    asked = planned(firm)
    firm.sql("shop", change)
    before = execute(firm.address, "SELECT * FROM customers ORDER BY id")
    refused = firm.erase(asked)
    assert refused.code == 1 and "L202" in refused.out + refused.err
    assert execute(firm.address, "SELECT * FROM customers ORDER BY id") == before
    assert code in {one["code"] for one in firm.findings().values()}


def test_an_event_that_was_frozen_without_a_word_stays_a_finding(firm: Moved) -> None:
    firm.sql("shop", "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO INSERT INTO past SELECT what FROM orders")
    left = firm.findings("--relock")
    assert [(one["code"], one["file"]) for one in left.values()] == [("E306", "estate/shop.yaml")]
    where = "links: {customer_id: {owning: customers}}\n    columns:\n      id: key\n      customer_id: key\n      what"
    firm.edit("shop", where, "triggers: {nightly: {harmless: the copy is of titles alone}}\n    " + where)
    assert firm.findings() == {}


def planned(firm: Moved) -> dict[str, object]:
    ran = firm.shop.upheld("plan", str(firm.folder), "--ask", "erasure", "--subject", "-", "--json", stdin=lines(2))
    assert ran.code == 0, ran.err
    return dict(ran.document)
