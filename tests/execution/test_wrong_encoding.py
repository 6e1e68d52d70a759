"""A SQLite file in which somebody wrote bytes that are no UTF-8: they stop nobody's ask, and a key of such bytes is never passed over."""

from __future__ import annotations

from pathlib import Path

from tests.execution.shop import shop_of
from upheld.engine.plan.model import Failed
from upheld.engine.stores.sql.statements import Statement

BAD = "CAST('Caf' || x'e9' AS text)"


def test_a_value_that_cannot_be_read_stops_nobody_elses_ask(tmp_path: Path) -> None:
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        shop.sql(
            "shop",
            f"UPDATE customers SET name = {BAD}, email = {BAD} WHERE id = 3; UPDATE lines SET engraving = {BAD} WHERE id = 100",
        )
        assert shop.erase("ada@example.test").is_done
        assert shop.sql("shop", "SELECT id FROM customers ORDER BY id") == [(2,), (3,)]
        assert shop.sql("shop", "SELECT hex(name) FROM customers WHERE id = 3") == [("436166E9",)], "and is left as it was"
        store = shop.stores["shop"]
        assert store.rows(Statement("SELECT name FROM customers WHERE id = 3", {}), lambda _: None) == [("Caf\ufffd",)]
        blocks = list(store.stream(Statement("SELECT name FROM customers ORDER BY id", {}), lambda _: None))
        assert [row for block in blocks for row in block] == [("Ben Example",), ("Caf\ufffd",)]


def test_a_key_that_cannot_be_read_ends_in_a_fault_and_not_in_rows_passed_over(tmp_path: Path) -> None:
    notes = "CREATE TABLE notes (code text PRIMARY KEY, customer_id integer REFERENCES customers, said text); CREATE TABLE words (id integer PRIMARY KEY, note text REFERENCES notes); "
    mapped = (
        "  notes: {key: [code], links: {customer_id: {owning: customers}}, columns: {code: key, customer_id: key, said: own-writing}}\n"
        "  words: {key: [id], links: {note: {owning: notes}}, columns: {id: key, note: key}}\n"
    )
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, schema=notes, more_tables=mapped) as shop:
        shop.sql("shop", f"INSERT INTO notes VALUES ({BAD}, 1, 'said'); INSERT INTO words VALUES (1, {BAD})")
        answer = shop.erase("ada@example.test")
        [problem] = [one.problem for one in answer.stores if one.store == "shop"]
        assert isinstance(problem, Failed) and problem.code == "X102" and "UTF-8" in problem.cause + problem.help
        assert not answer.is_done and shop.sql("shop", "SELECT count(*) FROM customers") == [(3,)]
