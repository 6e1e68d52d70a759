"""What MariaDB does in its own way, against a real server; docs/mariadb.md says the same in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from tests import mariadb
from tests.stores.firm import CUSTOMERS, firm_of
from upheld.duties.recipients import RecipientFault
from upheld.duties.recipients.connectors import Means
from upheld.duties.recipients.connectors.sql import Sql
from upheld.duties.recipients.model import Entry, Order
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.model import Catalogue, StoreMap
from upheld.engine.execution.erasure import fence_of
from upheld.engine.plan import Ask, Plan, plan_for
from upheld.engine.plan.explain import explain
from upheld.engine.plan.model import DueAfter, Failed, KeepRule, Refused, Why
from upheld.engine.stores import StoreFault, Timeouts, open_store
from upheld.engine.stores.mariadb.literals import literal
from upheld.engine.stores.mariadb.session import MariaDBStore
from upheld.engine.stores.shadow import shadow_of
from upheld.engine.stores.sql.statements import Param, Statement
from upheld.records.own import EmbeddedServer

Make = Callable[..., str]
PEOPLE = "CREATE TABLE customers (id int PRIMARY KEY, name varchar(80), email varchar(120))"
ADA = "INSERT INTO customers VALUES (1, 'Ada Example', 'ada@example.test'), (2, 'Ben Example', 'ben@example.test')"
LETTERS = """
  letters:
    key: [id]
    links: {email: {identity: customer, form: email/1}}
    columns: {id: key, email: email-address, topic: interest}
"""
POST = "CREATE TABLE letters (id int PRIMARY KEY, email varchar(120), topic varchar(80))"


@pytest.fixture
def address(make_mariadb: Make) -> str:
    return make_mariadb()


def test_an_address_that_only_the_collation_takes_for_the_same_is_another_persons(address: str, tmp_path: Path) -> None:
    rows = [
        "jose@example.test",
        "José@example.test",
        "JOSE@example.test",
        "jose@example.test ",
        " jose@example.test",
        "joseph@example.test",
    ]
    values = ", ".join(f"({n}, '{row}', 'clocks')" for n, row in enumerate(rows))
    with firm_of(address, CUSTOMERS + LETTERS, PEOPLE, POST, f"INSERT INTO letters VALUES {values}",
                 "INSERT INTO customers VALUES (1, 'Jose', 'jose@example.test'), (2, 'José', 'José@example.test')") as firm:  # fmt: skip
        assert firm.sql("SELECT count(*) FROM letters WHERE email = 'jose@example.test'") == [(4,)], "as the engine compares"
        assert len(firm.rows_of(firm.copy(tmp_path, "jose@example.test"))["letters"]) == 4
        assert firm.erase("jose@example.test").is_done
        assert firm.sql("SELECT id FROM letters ORDER BY id") == [(1,), (5,)]
        assert firm.sql("SELECT id FROM customers") == [(2,)]


TREE = """
  folders:
    key: [id]
    links: {customer_id: {owning: customers}, parent_id: {owning: folders}}
    columns: {id: key, customer_id: key, parent_id: key, title: name}
"""


def test_a_chain_deeper_than_the_servers_own_limit_is_followed_to_its_end(address: str) -> None:
    chain = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, NULL, i - 1, 'x' FROM n"
    with firm_of(address, CUSTOMERS + TREE, PEOPLE, ADA,
                 "CREATE TABLE folders (id int PRIMARY KEY, customer_id int, parent_id int, title varchar(20), KEY (customer_id), KEY (parent_id))",
                 "INSERT INTO folders VALUES (1, 1, NULL, 'first')", f"INSERT INTO folders {chain}") as firm:  # fmt: skip
        assert firm.erase("ada@example.test").is_done
        assert firm.sql("SELECT count(*) FROM folders") == [(0,)]


def test_a_recursion_that_is_cut_short_is_a_failure_and_no_result(address: str) -> None:
    cut = Statement("WITH RECURSIVE r (n) AS (SELECT 1 UNION SELECT n + 1 FROM r WHERE n < 5000) SELECT * FROM r", {})
    with closing(MariaDBStore("shop", address)) as store:
        assert len(store.rows(cut, lambda _: None)) == 5000
        store._sql("SET SESSION max_recursive_iterations = 1000")
        with pytest.raises(StoreFault) as fault:
            store.rows(cut, lambda _: None)
        assert fault.value.code == "X104" and "1931" in fault.value.cause
        with pytest.raises(StoreFault):
            list(store.stream(cut, lambda _: None))


def test_an_access_reads_one_moment_whatever_others_write_meanwhile(address: str) -> None:
    count = Statement("SELECT count(*) FROM customers AS t", {})
    with firm_of(address, CUSTOMERS, PEOPLE, ADA) as firm:
        firm.store.begin(snapshot=True)
        firm.sql("INSERT INTO customers VALUES (3, 'Cem Example', 'cem@example.test')")
        assert firm.store.rows(count, lambda _: None) == [(2,)]
        with pytest.raises(StoreFault) as fault:
            firm.store.run(Statement("DELETE t FROM customers AS t", {}), lambda _: None)
        assert fault.value.code == "X161"
        firm.store.rollback()
        firm.store.begin()  # READ COMMITTED: what others commit is seen, so that a read-back can fail
        firm.sql("INSERT INTO customers VALUES (4, 'Dora Example', 'dora@example.test')")
        assert firm.store.rows(count, lambda _: None) == [(4,)]
        firm.store.rollback()


def test_two_executors_cannot_be_inside_one_plan(address: str) -> None:
    with firm_of(address, CUSTOMERS, PEOPLE, ADA) as firm, closing(MariaDBStore("shop", address)) as other:
        plan = firm.plan()
        other.begin(fence_of(plan.digest, "shop"))
        problem = firm.erase("ada@example.test", plan=plan).store("shop").problem
        assert isinstance(problem, Failed) and problem.code == "X105"
        other.rollback()
        assert firm.erase("ada@example.test", plan=plan).is_done


def test_a_session_whose_reply_was_lost_is_running_until_it_is_gone(address: str) -> None:
    with closing(MariaDBStore("shop", address)) as first, closing(MariaDBStore("shop", address)) as second:
        first.begin(7)
        token = first.seal()
        assert second.ended(token) == "running"
        with pytest.raises(StoreFault) as fault:
            second.begin(7)
        assert fault.value.code == "X105"
        number = token.partition("@")[0]
        first.close()
        for _ in range(100):
            if second.ended(token) != "running":
                break
            threading.Event().wait(0.05)
        assert second.ended(token) == "unknown", "nobody can say: the chunk runs again"
        assert second.ended(f"{number}@1") == "unknown", "another start of the server"
        second.begin(7)


def test_a_connection_that_is_killed_is_a_lost_line_and_the_next_call_opens_another(address: str) -> None:
    with closing(MariaDBStore("shop", address)) as store:
        store.begin(9)
        [(number,)] = store.rows(Statement("SELECT CONNECTION_ID()", {}), lambda _: None)
        with mariadb.administrator() as db, db.cursor() as cursor:
            cursor.execute(f"KILL {number}")
        with pytest.raises(StoreFault) as fault:
            store.rows(Statement("SELECT 1", {}), lambda _: None)
        assert fault.value.lost and fault.value.code == "X101"
        store.rollback()
        store.begin(9)
        store.commit()


# ---- what is read and locked -----------------------------------------------------------------------------------------


def test_an_identifier_without_an_index_is_named_in_the_plan_and_no_writer_is_waited_for(address: str) -> None:
    rows = ", ".join(f"({n}, 'p{n}@example.test', 'x')" for n in range(2, 200))
    with firm_of(address, CUSTOMERS + LETTERS, PEOPLE, POST, ADA, f"INSERT INTO letters VALUES (1, 'ada@example.test', 'x'), {rows}",
                 timeouts=Timeouts(lock_ms=1000)) as firm:  # fmt: skip
        plan = firm.plan()
        said = [line.says for line in explain(plan) if line.place == "shop.letters" and line.action == "find"]
        assert len(said) == 1 and "No index leads to letters by email" in said[0] and "LOCK=NONE" in said[0]
        writer = mariadb.connect(address)
        writer.begin()
        writer.query("UPDATE letters SET topic = 'y' WHERE id = 150")
        assert firm.erase("ada@example.test", plan=plan).is_done
        writer.rollback()
        writer.close()
        assert firm.sql("SELECT count(*) FROM letters WHERE id = 1") == [(0,)]


def test_a_delete_that_reads_the_whole_table_would_wait_for_the_writer(address: str) -> None:
    """Why the step above reads without a lock and deletes by key."""
    with firm_of(address, CUSTOMERS, PEOPLE, ADA) as firm:
        writer = mariadb.connect(address)
        writer.begin()
        writer.query("UPDATE customers SET name = 'B' WHERE id = 2")
        with closing(MariaDBStore("shop", address, Timeouts(lock_ms=1000))) as store:
            store.begin()
            with pytest.raises(StoreFault) as fault:
                store.run(Statement("DELETE t FROM customers AS t WHERE t.email = 'nobody'", {}), lambda _: None)
            assert fault.value.code == "X103"
            store.rollback()
        writer.rollback()
        writer.close()
        assert firm.erase("ada@example.test").is_done


def test_the_index_of_an_identifier_is_used_once_its_column_is_there(address: str, tmp_path: Path) -> None:
    key = "ALTER TABLE letters ADD COLUMN email_key VARBINARY(320) AS (CAST(LOWER(CONVERT(CAST(TRIM(CONVERT(email USING utf8mb4)) AS BINARY) USING tis620)) AS BINARY)) VIRTUAL, ADD INDEX (email_key)"
    tables = CUSTOMERS + LETTERS.replace("topic: interest}", "topic: interest, email_key: email-address}")
    with firm_of(
        address, tables, PEOPLE, POST, ADA, "INSERT INTO letters VALUES (1, ' Ada@Example.TEST', 'x'), (2, NULL, 'y')", key
    ) as firm:
        assert firm.found() == [] and firm.found("E308") == ["E308"], "one for customers, none for letters"
        plan = firm.plan()
        assert not [line for line in explain(plan) if line.place == "shop.letters" and "No index" in line.says]
        sql = [s.sql for s in firm.store.script(plan.store("shop"), firm.catalogue.stores["shop"]).statements.values()]
        assert any('"email_key"⟧' in one for one in sql)
        assert len(firm.rows_of(firm.copy(tmp_path, "ada@example.test"))["letters"]) == 1
        assert firm.erase("ada@example.test").is_done
        assert firm.sql("SELECT id FROM letters") == [(2,)]


def test_keys_are_a_list_that_an_index_serves_and_never_a_subquery(address: str) -> None:
    """A JSON table under an update would be read once for every row of the table."""
    orders = "  orders:\n    key: [id]\n    links: {customer_id: {owning: customers}}\n    columns: {id: key, customer_id: key, note: own-writing}\n"
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i, i, 'x' FROM n"
    with firm_of(address, CUSTOMERS + orders, PEOPLE, ADA,
                 "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note varchar(20), KEY (customer_id))",
                 f"INSERT INTO orders {many}") as firm:  # fmt: skip
        script = firm.store.script(firm.plan().store("shop"), firm.catalogue.stores["shop"])
        effects = [s.sql for s in script.statements.values() if s.sql.startswith(("UPDATE", "DELETE"))]
        assert effects and not any("JSON_TABLE" in sql or "SELECT" in sql for sql in effects)
        keys = ", ".join(str(n) for n in range(1, 101))
        store = firm.store
        assert isinstance(store, MariaDBStore)
        [row] = store._sql(f'EXPLAIN DELETE t FROM "orders" AS t WHERE t."customer_id" IN ({keys})').fetchall()
        assert row[3] == "range"


# ---- triggers, cascades, what the engine does by itself ------------------------------------------------------------------


def test_rows_that_a_cascade_would_take_without_their_trigger_are_deleted_first(address: str) -> None:
    tables = (
        CUSTOMERS
        + """
  notes:
    key: [id]
    links: {customer_id: {owning: customers}}
    triggers: {notes_gone: {copies-to: past_notes}}
    columns: {id: key, customer_id: key, said: own-writing}
  past_notes:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns: {id: key, customer_id: key, said: own-writing}
"""
    )
    with firm_of(address, tables, PEOPLE, ADA,
                 "CREATE TABLE notes (id int PRIMARY KEY, customer_id int NOT NULL, said text, FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE)",
                 "CREATE TABLE past_notes (id int AUTO_INCREMENT PRIMARY KEY, customer_id int, said text, KEY (customer_id))",
                 "CREATE TABLE counted (n int)",
                 "CREATE TRIGGER notes_gone AFTER DELETE ON notes FOR EACH ROW BEGIN INSERT INTO past_notes (customer_id, said) VALUES (OLD.customer_id, OLD.said); INSERT INTO counted VALUES (1); END",
                 "INSERT INTO notes VALUES (1, 1, 'mine'), (2, 2, 'his')") as firm:  # fmt: skip
        answer = firm.erase("ada@example.test")
        assert answer.is_done and answer.store("shop").rows == 3, "the note, its copy, the person"
        assert firm.sql("SELECT n FROM counted") == [(1,)], "the trigger ran: the row did not go by a cascade"
        assert firm.sql("SELECT said FROM past_notes") == []


def test_a_column_that_the_engine_dates_at_every_update_keeps_its_date(address: str) -> None:
    tables = CUSTOMERS.replace("columns: {", "erasure: blank\n    columns: {changed_at: {not-personal: when the row changed}, ")
    with firm_of(address, tables, PEOPLE.replace("email varchar(120)", "email varchar(120), changed_at timestamp NOT NULL DEFAULT '2020-01-02 03:04:05' ON UPDATE CURRENT_TIMESTAMP"),
                 "INSERT INTO customers (id, name, email) VALUES (1, 'Ada', 'ada@example.test')") as firm:  # fmt: skip
        assert firm.erase("ada@example.test").is_done
        [(name, changed)] = firm.sql("SELECT name, CAST(changed_at AS CHAR) FROM customers")
        assert name is None and str(changed).startswith("2020-01-02")


def test_an_event_of_the_scheduler_that_names_a_table_must_be_declared(address: str) -> None:
    event = "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO INSERT INTO copies SELECT * FROM customers"
    with firm_of(address, CUSTOMERS, PEOPLE, ADA, event) as firm:
        assert firm.found() == ["E306"]
        refused = firm.try_plan()
        assert isinstance(refused, Refused) and refused.code == "L103" and "nightly" in refused.reason


@pytest.mark.parametrize(("kept", "word"), [("ENGINE = MyISAM", "no transactions"), ("WITH SYSTEM VERSIONING", "old version")])
def test_a_table_that_cannot_forget_is_refused(address: str, kept: str, word: str) -> None:
    with firm_of(address, CUSTOMERS, f"{PEOPLE} {kept}", ADA) as firm:
        refused = firm.try_plan()
        assert isinstance(refused, Refused) and refused.code == "L104" and word in refused.reason


def test_what_must_be_blank_and_not_null_gets_a_value_that_its_type_takes(address: str) -> None:
    extra = "mood: preference, born: birth-date, seen: {event: account-opened, leaf: account-identifier}, ok: preference, code: username, pay: salary"
    tables = CUSTOMERS.replace("columns: {", f"erasure: blank\n    columns: {{{extra}, ")
    made = ("mood enum('glad','sad') NOT NULL, born date NOT NULL, seen timestamp NOT NULL DEFAULT '2020-01-01', ok tinyint(1) NOT NULL, "
            "code varchar(20) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL UNIQUE CHECK (code <> ''), pay decimal(10,2) NOT NULL")  # fmt: skip
    with firm_of(address, tables, PEOPLE.replace("email varchar(120)", f"email varchar(120), {made}"),
                 "INSERT INTO customers VALUES (1, 'Ada', 'ada@example.test', 'sad', '1990-01-01', '2021-01-01', 1, 'ada-1', 10.5)") as firm:  # fmt: skip
        assert firm.found() == []
        assert firm.erase("ada@example.test").is_done
        [(mood, born, ok, code, pay)] = firm.sql("SELECT mood, CAST(born AS CHAR), ok, code, pay FROM customers")
        assert (mood, born, ok, pay) == ("glad", "1970-01-01", 0, 0) and code != "ada-1" and len(code) == 20  # type: ignore[arg-type]


def test_a_zero_date_says_as_little_as_null_and_keeps_what_counts_from_it(address: str) -> None:
    tables = CUSTOMERS.replace("columns: {", "columns: {left_at: {event: account-closed}, ")
    keeps = {("shop", "customers"): (KeepRule("tax-law", ("name",), DueAfter("left_at", 1, "years"), Why(("shop.keep.1",))),)}
    rows = "(1, 'Ada', 'ada@example.test', '0000-00-00'), (2, 'Ben', 'ben@example.test', '2001-01-01'), (3, 'Cem', 'cem@example.test', NULL)"
    with firm_of(address, tables, PEOPLE.replace("email varchar(120)", "email varchar(120), left_at date"), "SET sql_mode = ''",
                 f"INSERT INTO customers VALUES {rows}") as firm:  # fmt: skip
        plan = plan_for(firm.estate, firm.catalogue, keeps, Ask("A-0001", "erasure", 3))
        assert isinstance(plan, Plan)
        assert firm.erase("ada@example.test", "ben@example.test", "cem@example.test", plan=plan).is_done
        assert firm.sql("SELECT id, name, email FROM customers ORDER BY id") == [(1, "Ada", None), (3, "Cem", None)]


def test_the_index_that_check_names_can_be_made_as_it_stands(address: str) -> None:
    lines = '  "order lines":\n    key: [id]\n    links: {"whose it is": {owning: customers, to: [id]}}\n    columns: {id: key, "whose it is": key, words: own-writing}\n'
    made = 'CREATE TABLE "order lines" (id int PRIMARY KEY, "whose it is" int, words text)'
    with firm_of(address, CUSTOMERS + lines, PEOPLE, made) as firm:
        [missing] = [f for f in check_estate(firm.estate, firm.catalogue) if f.code == "E308" and "whose" in f.detail]
        with closing(mariadb.connect(address)) as db, db.cursor() as cursor:
            cursor.execute(missing.help.removeprefix("Create it: "))
        found = check_estate(firm.estate, Catalogue({"shop": firm.store.catalogue()}))
        assert not any(f.code == "E308" and "whose" in f.detail for f in found)


# ---- literals and texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"])
def test_no_text_ends_its_literal_early(address: str, mode: str) -> None:
    texts = ["' OR 1=1 -- ", "\\' OR 1=1 -- ", "\\", "''", "\x00", "\x1a", "🦊", "%s", "⟦p0⟧", '"', "`", ";", "*/"]
    with closing(mariadb.connect(address)) as db, db.cursor() as cursor:
        cursor.execute("SET sql_mode = %s", (mode,))
        for text in texts:
            cursor.execute("SELECT " + literal(text).replace("%", "%%"))
            assert cursor.fetchall() == ((text,),)
        cursor.execute(f"SELECT {literal(b'a' + bytes([0, 39, 92]))}")
        assert cursor.fetchall() == ((b"a" + bytes([0, 39, 92]),),)


KEYS = {
    "varchar(40)": "'O''Brien ⟦p0⟧ é'", "varchar(40) character set latin1 collate latin1_german1_ci": "'Åse €'", "varchar(40) character set utf8mb3 collate utf8mb3_unicode_ci": "'Åse'",
    "char(9) collate utf8mb4_bin": "'a b'", "enum('é','b')": "'é'", "binary(16)": "X'00112233445566778899aabbccddeeff'", "varbinary(9)": "X'27005c'",
    "uuid": "'123e4567-e89b-12d3-a456-426655440000'", "bigint unsigned": "18446744073709551615", "tinyint(1)": "1", "year": "2024", "double": "0.1",
    "decimal(20,4)": "10.5000", "datetime(6)": "'2024-01-02 03:04:05.678901'", "timestamp": "'2024-01-02 03:04:05'", "date": "'2024-01-02'", "time(3)": "'-12:30:00.250'",
}  # fmt: skip
ORDERS = """
  orders:
    key: [id, part]
    links: {customer_id: {owning: customers}, above: {owning: orders, to: [id]}}
    columns: {id: key, part: key, customer_id: key, above: key, note: own-writing}
"""


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_any_type_find_their_rows(kind: str, address: str, tmp_path: Path) -> None:
    """Also by several columns at once, and through a recursion; the rows of somebody else stay."""
    one, columns = KEYS[kind], f"id {kind}, part int, customer_id {kind}, above {kind}, note varchar(40)"
    rows = ", ".join([f"({one}, 1, {one}, NULL, 'one')", f"({one}, 2, NULL, {one}, 'two')", f"({one}, 3, NULL, NULL, 'hers')"])
    with firm_of(address, CUSTOMERS + ORDERS, PEOPLE.replace("id int", f"id {kind}"),
                 f"CREATE TABLE orders ({columns}, PRIMARY KEY (id, part), KEY (customer_id), KEY (above))",
                 f"INSERT INTO customers VALUES ({one}, 'Ada', 'ada@example.test')", f"INSERT INTO orders VALUES {rows}") as firm:  # fmt: skip
        assert len(firm.rows_of(firm.copy(tmp_path, "ada@example.test"))["orders"]) == 2
        assert firm.erase("ada@example.test").is_done
        assert firm.sql("SELECT note FROM orders") == [("hers",)]
        assert firm.sql("SELECT count(*) FROM customers") == [(0,)]


# ---- the server ----------------------------------------------------------------------------------------------------------


def test_a_server_out_of_reach_and_a_wrong_password_are_told_without_any_secret(address: str) -> None:
    store = StoreMap("shop", "mariadb", "env:SHOP_URL", "IE", "primary", {})
    for wrong in (address.replace("not-a-secret", "guessed-word"), "mariadb://u:guessed-word@127.0.0.1:1/nowhere"):
        with pytest.raises(StoreFault) as fault:
            open_store(store, wrong).catalogue()
        assert fault.value.code == "X101" and fault.value.lost and "guessed-word" not in str(fault.value)


def test_a_statement_that_runs_too_long_is_stopped(address: str) -> None:
    with closing(MariaDBStore("shop", address, Timeouts(statement_ms=200))) as store, pytest.raises(StoreFault) as fault:
        store.rows(
            Statement(
                "SELECT count(*) FROM information_schema.COLUMNS a, information_schema.COLUMNS b, information_schema.COLUMNS c",
                {},
            ),
            lambda _: None,
        )
    assert fault.value.code == "X160"


def test_a_statement_that_is_too_long_is_not_sent_and_says_so(address: str) -> None:
    with closing(MariaDBStore("shop", address)) as store:
        store.begin(3)
        long = Statement("SELECT 1 FROM DUAL WHERE ⟦p0?1⟧", {"p0": Param("subjects")})
        with pytest.raises(StoreFault) as fault:
            store.rows(long, lambda _: ["x" * 100_000] * 100)
        assert fault.value.code == "X163" and not fault.value.lost
        assert store.rows(Statement("SELECT 1", {}), lambda _: None) == [(1,)], "the line stands"
        store.rollback()


def test_a_role_without_the_right_is_told_so(address: str) -> None:
    name = address.partition("?")[0].rpartition("/")[2]
    with firm_of(address, CUSTOMERS, PEOPLE, ADA) as firm, mariadb.administrator() as db, db.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE USER 'reader'@'localhost' IDENTIFIED BY 'not-a-secret'")
        cursor.execute(f"GRANT SELECT ON `{name}`.* TO 'reader'@'localhost'")
        plan, bound = firm.plan(), firm.bound("ada@example.test")
        with closing(MariaDBStore("shop", address.replace("upheld_firm:", "reader:"))) as store:
            from tests.stores.firm import TODAY
            from upheld.engine.execution import run_erasure

            problem = (
                run_erasure(plan, firm.estate, firm.catalogue, bound.bindings, {"shop": store}, today=TODAY, secret="5e" * 16)
                .store("shop")
                .problem
            )
        assert isinstance(problem, Failed) and problem.code == "X161"
        firm.sql(
            "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, FOREIGN KEY (customer_id) REFERENCES customers (id))"
        )
        with closing(MariaDBStore("shop", address.replace("upheld_firm:", "reader:"))) as store:
            with pytest.raises(StoreFault) as fault:
                store.catalogue()
        assert fault.value.code == "X161" and "orders" in str(fault.value), "what its foreign keys do is hidden from it"


def test_statistics_that_quote_values_are_taken_anew_and_others_need_no_right(address: str) -> None:
    name = address.partition("?")[0].rpartition("/")[2]
    quoted = f"SELECT count(*) FROM mysql.column_stats WHERE db_name = '{name}' AND CONCAT(min_value, max_value) LIKE '%ada@%'"
    with firm_of(address, CUSTOMERS, PEOPLE, ADA) as firm, mariadb.administrator(name) as db, db.cursor() as cursor:

        def is_quoted() -> bool:
            cursor.execute(quoted)
            return bool(cursor.fetchone()[0])

        cursor.execute("CREATE OR REPLACE USER 'keeper'@'localhost' IDENTIFIED BY 'not-a-secret'")
        cursor.execute(f"GRANT SELECT, UPDATE, DELETE, TRIGGER ON `{name}`.* TO 'keeper'@'localhost'")
        with closing(MariaDBStore("shop", address.replace("upheld_firm:", "keeper:"))) as store:
            store.take_statistics(["customers"])
            cursor.execute("GRANT SELECT ON mysql.column_stats TO 'keeper'@'localhost'")
            store.take_statistics(["customers"])
            cursor.execute("ANALYZE TABLE customers PERSISTENT FOR ALL")
            firm.sql("UPDATE customers SET email = NULL")
            with pytest.raises(StoreFault) as fault:
                store.take_statistics(["customers"])
            assert fault.value.code == "X161" and is_quoted()
            cursor.execute(f"GRANT INSERT ON `{name}`.* TO 'keeper'@'localhost'")
            store.take_statistics(["customers"])
        assert not is_quoted()


def test_what_was_erased_is_overwritten_once_the_table_is_compacted(address: str) -> None:
    with firm_of(address, CUSTOMERS, PEOPLE, ADA) as firm:
        firm.erase("ada@example.test")
        firm.store.take_statistics(["customers"])
        firm.store.compact(["customers"])
        folder = mariadb.socket().parent / "data" / address.partition("?")[0].rpartition("/")[2]
        with mariadb.administrator(folder.name) as db, db.cursor() as cursor:
            cursor.execute("FLUSH TABLES customers FOR EXPORT")
            found = (folder / "customers.ibd").read_bytes()
            cursor.execute("UNLOCK TABLES")
        assert b"ben@example.test" in found and b"ada@example.test" not in found


def test_a_shadow_has_the_schema_with_its_triggers_and_no_row(pg: EmbeddedServer, address: str) -> None:
    history = (
        "CREATE TABLE past (id int AUTO_INCREMENT PRIMARY KEY, email varchar(120), FOREIGN KEY (id) REFERENCES customers (id))"
    )
    copies = (
        "CREATE TRIGGER copies AFTER UPDATE ON customers FOR EACH ROW INSERT INTO past (id, email) VALUES (OLD.id, OLD.email)"
    )
    with firm_of(address, CUSTOMERS, PEOPLE, ADA, history, copies) as firm, shadow_of("mariadb", address, lambda: pg) as shadow:
        assert shadow.found("ada@example.test") == {}
        assert shadow.insert("customers", ("id", "name", "email"), (7, "100 %", "token@example.test")) == ""
        assert shadow.insert("past", ("id", "email"), (8, "nobody's")) == "IntegrityError"
        shadow.execute("UPDATE customers SET email = NULL")
        assert shadow.found("token@example.test") == {("past", "email"): 1}
        live = open_store(StoreMap("shop", "mariadb", "env:X", "IE", "primary", {}), shadow.url)
        with closing(live):
            assert {name: t.columns for name, t in live.catalogue().tables.items()} == {
                name: t.columns for name, t in firm.catalogue.stores["shop"].tables.items()
            } | {"past": live.catalogue().tables["past"].columns}
        assert firm.sql("SELECT count(*) FROM customers") == [(2,)]


def test_a_recipient_s_own_statements_run_in_one_transaction_and_what_they_leave_undoes_them(address: str) -> None:
    mariadb.execute(address, PEOPLE, ADA, "INSERT INTO customers VALUES (3, 'Ada 100%', 'ADA@example.test')")
    entry = Entry(
        name="crm", party="crm", connector="sql", address="env:CRM", found_by=("email/1",), can=frozenset({"erase", "rectify", "access"}),
        settings={
            "engine": "mariadb",
            "statements": {
                "erase": ["DELETE FROM customers WHERE lower(email) = :email AND name LIKE '%Ada%'"],
                "rectify": ["UPDATE customers SET name = :new_name WHERE lower(email) = :email"],
            },
            "left": {"erase": ["SELECT count(*) FROM customers WHERE lower(email) = :email"]},
            "find": ["SELECT name, email FROM customers WHERE lower(email) = :email ORDER BY id"],
        },
    )  # fmt: skip
    crm = Sql(entry, Means(now=lambda: datetime.now(UTC), secret={"CRM": address}.get))

    def order(act: str, **corrections: str) -> Order:
        return Order(
            1, "R-0001", "crm", act, UUID(int=7), (("email/1", "ada@example.test"),), corrections, "eu-gdpr", datetime.now(UTC)
        )  # type: ignore[arg-type]

    assert [row["0"] for row in crm.find(order("access").identifiers).records] == ["Ada Example", "Ada 100%"]
    assert crm.send(order("rectify", name="Ada 'Q' :email %s")).counts == {"records": 2}
    assert mariadb.execute(address, "SELECT name FROM customers ORDER BY id") == [
        ("Ada 'Q' :email %s",),
        ("Ben Example",),
        ("Ada 'Q' :email %s",),
    ]
    mariadb.execute(address, "UPDATE customers SET name = 'Renamed' WHERE id = 3")
    with pytest.raises(RecipientFault, match="R330"):
        crm.send(order("erase"))
    assert mariadb.execute(address, "SELECT count(*) FROM customers") == [(3,)], "a part is undone"
    mariadb.execute(address, "UPDATE customers SET name = 'Ada' WHERE id = 3")
    assert crm.send(order("erase")).counts == {"records": 2} and crm.send(order("erase")).state == "done"
    assert mariadb.execute(address, "SELECT name FROM customers") == [("Ben Example",)]
