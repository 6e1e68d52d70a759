"""Each kind of drift planted in a real store is found with its place and its remedy; a clean firm has none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.harbour import database_of
from tests.drift.firm import Firm
from upheld.engine.estate.drift.changes import changes
from upheld.engine.estate.drift.codes import SUMMARIES
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import LiveColumn, LiveTable, StoreCatalogue

# (code and place, store, what somebody did in it, what the remedy must name)
PLANTED = [
    ("D101 shop.gifts", "shop", "CREATE TABLE gifts (id integer PRIMARY KEY, note text)", "add `gifts:` under `tables:`"),
    ("D101 letters.gifts", "letters", "CREATE TABLE gifts (id integer PRIMARY KEY, note text)", "add `gifts:` under `tables:`"),
    ("D102 letters.opens", "letters", "DROP TABLE opens", "take `opens` out of estate/letters.yaml, line 26"),
    ("D102 shop.orders", "shop", "DROP TABLE orders", "take `orders` out of estate/shop.yaml, line 22"),
    ("D103 shop.orders", "shop", "ALTER TABLE orders RENAME TO purchases", "write `purchases:` for `orders:` in estate/shop.yaml, line 22"),
    ("D103 letters.opens", "letters", "ALTER TABLE opens RENAME TO clicks", "write `clicks:` for `opens:` in estate/letters.yaml, line 26"),
    ("D104 shop.orders.gift_note", "shop", "ALTER TABLE orders ADD gift_note text", "under `columns` of `orders` (line 22)"),
    ("D104 letters.opens.device", "letters", "ALTER TABLE opens ADD device text", "under `columns` of `opens` (line 26)"),
    ("D105 shop.customers.notes", "shop", "ALTER TABLE customers DROP notes", "take `notes` out of estate/shop.yaml, line 21"),
    ("D105 letters.opens.link", "letters", "ALTER TABLE opens DROP link", "take `link` out of estate/letters.yaml, line 32"),
    ("D106 shop.customers.phone", "shop", "ALTER TABLE customers RENAME phone TO reached_by", "write `reached_by` for `phone`"),
    ("D106 letters.opens.link", "letters", "ALTER TABLE opens RENAME link TO target", "write `target` for `link`"),
    ("D107 shop.customers.name", "shop", "ALTER TABLE customers ALTER name TYPE varchar(200)", "line 18, still says the truth"),
    ("D107 shop.orders.what", "shop", "ALTER TABLE orders ALTER what SET NOT NULL", "still says the truth"),
    ("D107 shop.orders.what", "shop", "ALTER TABLE orders ALTER what SET DEFAULT 'kestrel0001quill@harbour.example.test'", "still says the truth"),
    ("D108 shop.orders.short", "shop", "ALTER TABLE orders ADD CONSTRAINT short CHECK (length(what) < 900)", "still takes what is written"),
    ("D109 shop.orders", "shop", "ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id, placed_at)", "under `key:`"),
    (
        "D110 shop.orders.customer_id", "shop", "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey, ADD CONSTRAINT orders_customer_id_fkey "
        "FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE", "now reaches other rows",
    ),
    ("D110 shop.orders.customer_id", "shop", "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey", "without a parent"),
    ("D111 shop.orders.orders_placed", "shop", "CREATE INDEX orders_placed ON orders (placed_at)", "--relock"),
    ("D112 shop", "shop", "DROP INDEX orders_customer", "Create it again"),
    ("D112 shop", "shop", "DROP INDEX customers_email", "Create it again"),
    ("D112 letters", "letters", "DROP INDEX opens_subscriber", "Create it again"),
    (
        "D113 shop.orders.orders_audit", "shop", "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
        "CREATE TRIGGER orders_audit AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION audit()", "add `triggers: {orders_audit:",
    ),
    ("D113 shop.orders.no_delete", "shop", "CREATE RULE no_delete AS ON DELETE TO orders DO INSTEAD NOTHING", "add `triggers: {no_delete:"),
    ("D113 letters.opens.watch", "letters", "CREATE TRIGGER watch AFTER DELETE ON opens BEGIN SELECT 1; END", "add `triggers: {watch:"),
    ("D114 shop.orders.warehouse", "shop", "CREATE PUBLICATION warehouse FOR TABLE orders", "Add `triggers: {warehouse:"),
    ("D115 shop.yearly", "shop", "CREATE MATERIALIZED VIEW yearly AS SELECT customer_id, what FROM orders", "how it is refreshed"),
    ("D115 letters.everybody", "letters", "CREATE VIEW everybody AS SELECT email FROM subscribers", "--relock"),
    ("D116 shop.orders", "shop", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY", "still fits"),
    ("D117 shop", "shop", "ALTER TABLE orders RENAME CONSTRAINT orders_customer_id_fkey TO whose", "Look at what was changed"),
    ("D116 shop.orders", "shop", "ALTER TABLE orders FORCE ROW LEVEL SECURITY", "still fits"),
    ("D119 shop.orders.mine", "shop", "CREATE POLICY mine ON orders USING (id < 9)", "whom it binds"),
    ("D121 shop.orders", "shop", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY", "attested: {owner orders: reason}"),
    (
        "D123 shop.find_people(text)", "shop",
        "CREATE FUNCTION find_people(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT name FROM customers WHERE phone = $1'", "caller",
    ),
    (
        "D124 shop.everybody", "shop", "ALTER TABLE customers ENABLE ROW LEVEL SECURITY; CREATE VIEW everybody AS SELECT name FROM customers",
        "reader's rights",
    ),
    ("D139 shop.orders", "shop", "REVOKE DELETE ON orders FROM CURRENT_USER", "The owner of the table runs the statement"),
    ("D132 shop.orders", "shop", "ALTER TABLE orders SET (autovacuum_enabled = false)", "Run the statement"),
    (
        "D134 letters.opens", "letters", "PRAGMA foreign_keys = OFF; INSERT INTO opens VALUES (9001, 777, 'x'), (9002, 778, 'y')", "begin with the statement",
    ),
    ("D141 shop.orders", "shop", "UPDATE customers SET name = NULL, email = NULL, phone = NULL, notes = NULL WHERE id IN (3, 4)", "Erase them"),
]  # fmt: skip


def test_a_firm_as_its_files_say_has_no_finding(firm: Firm) -> None:
    ran = firm.drift()
    assert ran.code == 0, ran.out
    assert "0 findings; 2 stores judged." in ran.out


@pytest.mark.parametrize("expected,store,done,remedy", PLANTED, ids=[f"{code}-{n}" for n, (code, *_) in enumerate(PLANTED)])
def test_what_was_planted_is_found_with_its_place_and_its_remedy(
    firm: Firm, expected: str, store: str, done: str, remedy: str
) -> None:
    firm.sql(store, done)
    found = firm.findings()
    assert expected in found, found.keys()
    assert remedy in " ".join(found[expected]["help"].split())
    assert found[expected]["file"] == f"estate/{store}.yaml" and found[expected]["line"] >= 1
    if (expected, store, done, remedy) == next(one for one in PLANTED if one[0][:4] == expected[:4]):  # once for each code
        for_people = firm.drift()
        assert for_people.code == 1 and f"{expected[:4]}  {SUMMARIES[expected[:4]][1]}" in for_people.out


def test_a_rename_is_one_finding_and_not_a_dozen(firm: Firm) -> None:
    firm.sql("shop", "ALTER TABLE customers RENAME TO people")
    firm.sql("shop", "ALTER TABLE people RENAME phone TO reached_by")
    assert set(firm.findings()) == {"D103 shop.customers", "D106 shop.people.phone"}


def test_a_column_that_can_no_longer_be_blanked_is_told_beside_its_change(firm: Firm) -> None:
    firm.sql(
        "shop",
        "UPDATE customers SET notes = 'x'; ALTER TABLE customers ALTER notes SET NOT NULL, ADD CONSTRAINT long CHECK (notes ~ '^[xw]')",
    )
    assert {key.split()[0] for key in firm.findings()} >= {"D107", "D108"}


def test_the_statement_beside_a_finding_mends_it(firm: Firm) -> None:
    firm.sql("shop", "DROP INDEX orders_customer; ALTER TABLE invoices SET (autovacuum_enabled = false)")
    firm.sql("letters", "DROP INDEX sendings_subscriber")
    for one in firm.findings().values():
        if one["statement"]:
            firm.sql(one["store"], one["statement"])
    left = firm.findings()
    assert {key.split()[0] for key in left} <= {"D111"}, left.keys()
    assert firm.findings("--relock") == {}


def test_what_the_file_already_says_needs_only_to_be_frozen_anew(firm: Firm) -> None:
    firm.sql("shop", "ALTER TABLE orders ADD gift_note text")
    firm.edit(
        "shop",
        "placed_at: {event: last-order, leaf: purchase}",
        "placed_at: {event: last-order, leaf: purchase}\n      gift_note: {free-text: review, leaf: case-text}",
    )
    found = firm.findings()
    assert set(found) == {"D104 shop.orders.gift_note"}
    assert found["D104 shop.orders.gift_note"]["help"] == "Nothing is to be edited: freeze the schema anew with --relock."
    relocked = firm.drift("--relock")
    assert relocked.code == 0 and "frozen anew: shop.orders: column `gift_note` is new." in relocked.out
    assert firm.findings() == {}
    assert firm.shop.upheld("check", str(firm.folder)).code == 0


def test_frozen_anew_without_saying_what_is_new_leaves_the_column_to_be_said(firm: Firm) -> None:
    firm.sql("letters", "ALTER TABLE opens ADD device text")
    found = firm.findings("--relock")
    assert {one["code"] for one in found.values()} == {"E107"}
    assert [one["line"] for one in found.values()] == [26]


def test_data_that_no_promise_speaks_of_and_promises_without_a_column_are_found(firm: Firm) -> None:
    firm.edit("letters", "link: purchase", "link: browser-history")
    firm.edit("shop", "{event: last-order, leaf: purchase}", "purchase")
    found = firm.findings()
    assert {one["code"] for one in found.values()} == {"P603", "P303"}
    places = {one["code"]: (one["file"], one["line"]) for one in found.values()}
    assert places["P603"] == ("estate/letters.yaml", 32)
    assert places["P303"][0] == "notice.md"


def test_a_role_that_passes_round_the_policies_is_listed_until_it_is_attested(firm: Firm) -> None:
    firm.sql("shop", "ALTER TABLE customers ENABLE ROW LEVEL SECURITY; ALTER TABLE customers FORCE ROW LEVEL SECURITY")
    firm.as_superuser("CREATE ROLE harbour_reports LOGIN BYPASSRLS")
    try:
        found = firm.findings()
        one = found["D122 shop.role harbour_reports"]
        assert one["statement"] == "ALTER ROLE harbour_reports NOBYPASSRLS;"
        firm.edit("shop", "attested: {", "attested: {harbour_reports: the nightly dump, ")
        assert "D122 shop.role harbour_reports" not in firm.findings()
    finally:
        firm.as_superuser("DROP ROLE harbour_reports")


def test_a_policy_that_says_something_else_is_another_schema(firm: Firm) -> None:
    firm.sql("shop", "CREATE POLICY mine ON orders USING (id < 9)")
    assert "frozen anew: shop.orders: policy `mine` is new." in firm.drift("--relock").out
    assert "permissive for all to public using (id < 9)" in (firm.folder / "estate" / "estate.lock").read_text()
    assert firm.findings() == {}
    for done in ("ALTER POLICY mine ON orders USING (id < 10)", "ALTER POLICY mine ON orders TO CURRENT_USER"):
        firm.sql("shop", done)
        assert set(firm.findings()) == {"D119 shop.orders.mine"}
        assert "frozen anew: shop.orders: policy `mine` changed." in firm.drift("--relock").out
    firm.sql("shop", "DROP POLICY mine ON orders")
    assert set(firm.findings()) == {"D119 shop.orders.mine"}


def test_some_addresses_among_what_is_nobodys_are_found_until_they_are_attested(firm: Firm) -> None:
    firm.edit("shop", "amount_cents: invoice-detail", "amount_cents: {not-personal: an amount says nothing of a person}")
    firm.sql("shop", "ALTER TABLE invoices ALTER amount_cents TYPE text")
    desks = "UPDATE invoices SET amount_cents = 'desk' || id || '@example.test' WHERE id IN (SELECT id FROM invoices ORDER BY id LIMIT {})"
    firm.sql("shop", desks.format(2))
    assert firm.findings("--relock") == {}, "two may be anything"
    firm.sql("shop", desks.format(3))
    one = firm.findings()["D137 shop.invoices.amount_cents"]
    assert (
        "mapped as not personal, and 3 of " in one["detail"]
        and "are e-mail addresses" in one["detail"]
        and "@" not in one["detail"]
    )
    assert "Write `amount_cents: email-address`" in one["help"] and one["line"] == 38
    firm.edit("shop", "attested: {", "attested: {values invoices.amount_cents: our own desks, ")
    assert firm.findings() == {}


def test_values_of_another_category_than_the_maps_are_found(firm: Firm) -> None:
    firm.sql("shop", "UPDATE customers SET phone = 'caller' || id || '@example.test'")
    one = firm.findings()["D137 shop.customers.phone"]
    assert "mapped as `telephone-number`" in one["detail"] and "email-address" in one["help"]


def test_what_row_level_security_is_advised_is_what_an_erasure_can_run_under(firm: Firm) -> None:
    """D121 and X106 are two ends of one rule: no statement is advised that would stop the role that Upheld works as."""
    owner = firm.owner()
    firm.edit("shop", "attested: {", "attested: {postgres: the server's own superuser, ")
    firm.as_superuser(f"ALTER ROLE {owner} NOBYPASSRLS")
    try:
        firm.sql("shop", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY all_of_it ON orders USING (true)")
        one = firm.findings("--relock")["D121 shop.orders"]
        assert one["statement"] == "" or one["statement"] is None
        assert "X106" in one["help"] and "BYPASSRLS" in one["help"]
        firm.sql("shop", "ALTER TABLE orders FORCE ROW LEVEL SECURITY")
        found = firm.findings("--relock")
        assert set(found) == {"D138 shop.orders"}
        plan = ("plan", str(firm.folder), "--ask", "erasure", "--subject", "-")
        person = '{"table": "shop.customers", "key": {"id": 5}}\n'
        ran = firm.shop.upheld(*plan, stdin=person)
        said = " ".join((ran.out + ran.err).split())
        assert ran.code != 0 and "X106" in said and "table orders" in said, said
        assert "BYPASSRLS" in said and "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY" in said
        firm.as_superuser(found["D138 shop.orders"]["statement"])
        assert firm.findings() == {}
        assert firm.erase(firm.shop.upheld(*plan, "--json", stdin=person).document).code == 0
    finally:
        firm.as_superuser(f"ALTER ROLE {owner} NOBYPASSRLS")


def test_a_role_without_rights_on_a_table_is_told_which(firm: Firm) -> None:
    firm.sql("shop", "REVOKE ALL ON invoices FROM CURRENT_USER")
    ran = firm.drift()
    said = " ".join((ran.out + ran.err).split())
    assert ran.code == 3 and "X161" in said and "table invoices" in said and "row-level security" not in said, said


def test_settings_that_lose_data_are_found_where_nobody_attests_them(firm: Firm) -> None:
    firm.edit(
        "shop",
        "attested: {fsync: a server of tests, full_page_writes: the same}",
        "attested: {full_page_writes: a server of tests}",
    )
    found = firm.findings()
    assert set(found) == {"D131 shop.fsync"}
    assert found["D131 shop.fsync"]["statement"].startswith("ALTER SYSTEM SET fsync = on;")


def test_statistics_that_are_stale_are_found_with_the_statement(firm: Firm) -> None:
    rows = "SELECT 100000 + n, 1, 'book', now() FROM generate_series(1, 3000) AS n"
    # Nobody else takes them meanwhile, and what was counted is told before the session ends.
    firm.sql("shop", "ALTER TABLE orders SET (autovacuum_analyze_threshold = 1000000)")
    firm.sql("shop", f"INSERT INTO orders {rows}; SELECT pg_stat_force_next_flush()")
    one = firm.findings()["D133 shop.orders"]
    assert one["statement"] == "ANALYZE orders;"
    firm.sql("shop", one["statement"])
    assert firm.findings() == {}


def test_pages_that_were_freed_without_being_emptied_are_found(firm: Firm) -> None:
    filler = "INSERT INTO opens SELECT 5000 + value, 2, hex(randomblob(400)) FROM generate_series(1, 400)"
    numbers = "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 400) "
    fill = numbers + filler.replace("generate_series(1, 400)", "n")
    firm.sql("letters", f"PRAGMA secure_delete = ON; {fill}; DELETE FROM opens WHERE id > 5000")
    assert firm.findings() == {}
    firm.sql("letters", f"PRAGMA secure_delete = OFF; {fill}; DELETE FROM opens WHERE id > 5000")
    found = firm.findings()
    assert set(found) == {"D135 letters"}
    firm.sql("letters", "VACUUM")
    assert firm.findings() == {}


def test_rows_that_an_erasure_keeps_on_a_ground_are_no_ruins(firm: Firm) -> None:
    asked = firm.shop.upheld("plan", str(firm.folder), "--ask", "erasure", "--subject", "-", "--json",
                             stdin='{"table": "shop.customers", "key": {"id": 5}}\n')  # fmt: skip
    ran = firm.shop.upheld("erase", asked.document["ask"], "--plan", asked.document["plan"], "--in", str(firm.folder), "--json")
    assert ran.code == 0, ran.err
    assert firm.findings() == {}


def test_a_store_out_of_reach_is_told_and_the_others_are_judged(firm: Firm) -> None:
    firm.sql("letters", "ALTER TABLE opens ADD device text")
    firm.shop.more["HARBOUR_SHOP_URL"] = "postgresql://nobody@127.0.0.1:1/nowhere"
    ran = firm.drift("--json")
    assert ran.code == 3
    assert [one["code"] for one in ran.document["findings"]] == ["D104"]
    assert ran.document["stores"] == {"letters": "judged", "shop": "out of reach"}
    firm.shop.more["HARBOUR_SHOP_URL"] = ""
    unset = firm.drift()
    assert unset.code == 3 and "X130" in unset.err and "D104" in unset.out


def test_a_store_without_a_snapshot_is_told(firm: Firm) -> None:
    lock = firm.folder / "estate" / "estate.lock"
    lock.write_text('{"upheld-lock": 1, "stores": {}}\n')
    found = firm.findings()
    assert {"D118 shop", "D118 letters"} <= set(found)
    assert firm.findings("--relock") == {}


def test_every_code_of_drift_is_planted_by_some_test() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*drift.py"))
    assert [code for code in SUMMARIES if f"{code} " not in text and f'"{code}"' not in text] == []


def test_a_file_that_is_no_database_has_no_free_pages(firm: Firm) -> None:
    from upheld.engine.stores.condition.sqlite import free_pages

    file = firm.folder / "broken.sqlite"
    for text in (b"", b"x" * 50, b"SQLite format 3\x00" + b"\xff" * 200):
        file.write_bytes(text)
        assert free_pages(file) == (0, 0)
    with closing(sqlite3.connect(firm.shop.letters)) as db:
        assert free_pages(firm.shop.letters)[0] <= db.execute("PRAGMA freelist_count").fetchone()[0]


def test_a_superuser_is_listed_and_no_statement_would_lock_the_last_one_out(firm: Firm) -> None:
    firm.sql("shop", "ALTER TABLE customers ENABLE ROW LEVEL SECURITY; ALTER TABLE customers FORCE ROW LEVEL SECURITY")
    firm.as_superuser("CREATE ROLE harbour_admin LOGIN SUPERUSER")
    try:
        assert not firm.findings()["D122 shop.role harbour_admin"]["statement"]
    finally:
        firm.as_superuser("DROP ROLE harbour_admin")


MAPPED = """store: shop
engine: postgresql
url: env:SHOP_URL
place: IE
kind: primary
not-covered: {days: no people}
tables:
  people: {root: person, key: [id], columns: {id: key}}
  visits: {key: [id], links: {id: {owning: people}}, columns: {id: key}}
"""


def test_what_left_its_schema_its_table_or_its_reason_is_told_with_what_to_write() -> None:
    estate, _ = read_estate({"estate/shop.yaml": MAPPED})
    [store] = estate.stores.values()
    number, words = LiveColumn("id", "integer", "integer", False), LiveColumn("who", "text", "text", True)
    before = [LiveTable("people", (number,), ("id",)), LiveTable("visits", (number,), ("id",), kind="partitioned"), LiveTable("days", (number,), ()),
              LiveTable("visits_1", (number,), (), kind="partition", part_of="visits")]  # fmt: skip
    after = [
        LiveTable("sales.people", (number,), ("id",)),
        before[1],
        LiveTable("days", (number, words), ()),
        LiveTable("visits_1", (number,), ()),
    ]
    schemas = [
        StoreCatalogue("shop", "postgresql", "18", {one.name: one for one in of}, str(n))
        for n, of in enumerate((before, after))
    ]
    found = {f"{one.said.code} {one.place}": one.said.help for one in changes(store, *schemas)}
    assert found.keys() == {"D103 shop.people", "D104 shop.days.who", "D116 shop.visits_1"}
    assert "add `schema: sales` to `people` in estate/shop.yaml, line 8" in found["D103 shop.people"]
    assert "the reason for `days` under `not-covered:` of estate/shop.yaml still holds" in found["D104 shop.days.who"]
    assert "add `visits_1:` under `tables:`" in found["D116 shop.visits_1"]


def test_a_role_whose_sessions_only_read_is_told_before_an_erasure_needs_them_to_write(firm: Firm) -> None:
    firm.as_superuser(f'ALTER DATABASE "{database_of(firm.shop.shop)}" SET default_transaction_read_only = on')
    one = firm.findings()["D139 shop"]
    assert "begin read only" in one["detail"] and "default_transaction_read_only" in one["help"]


def test_an_access_says_what_the_store_refused_and_how_that_is_mended(firm: Firm) -> None:
    person = '{"table": "shop.customers", "key": {"id": 5}}\n'
    planned = firm.shop.upheld("plan", str(firm.folder), "--ask", "access", "--subject", "-", "--json", stdin=person)
    assert planned.code == 0, planned.err
    firm.sql("shop", "REVOKE ALL ON invoices FROM CURRENT_USER")
    ran = firm.shop.upheld(
        "access", str(planned.document["ask"]), "--in", str(firm.folder), "--to", str(firm.shop.data / "packages")
    )
    said = " ".join((ran.out + ran.err).split())
    assert ran.code == 3 and "X161" in said and "table invoices" in said and "Give Upheld's role SELECT" in said, said
    assert "X101" not in said
