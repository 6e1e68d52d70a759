"""Each data step is explained to a real engine before anything runs; a large table without an index refuses, advises, or waits for the daily batch."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.cli.harbour import database_of, lines
from tests.cli.preloaded import Ran
from tests.drift.firm import Firm

LARGE = 150_000
STORES = {
    "shop": ("orders", "customer_id", "INSERT INTO orders SELECT 1000000 + n, n % 40 + 1, 'x', now() FROM generate_series(1, {rows}) AS n; ANALYZE orders",
             "DROP INDEX orders_customer"),
    "letters": ("opens", "subscriber_id",
                "WITH RECURSIVE n (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < {rows}) INSERT INTO opens SELECT 1000000 + v, 2 * (v % 17 + 1), 'x' FROM n",
                "DROP INDEX opens_subscriber"),
}  # fmt: skip


def grown(firm: Firm, store: str, rows: int, *, indexed: bool) -> None:
    """A table of this store is made large, without the index of its link unless said, and the schema frozen."""
    _, _, fill, drop = STORES[store]
    firm.sql(store, fill.format(rows=rows))
    if not indexed:
        firm.sql(store, drop)
    firm.drift("--relock")


def planned(firm: Firm, *words: str, people: tuple[int, ...] = (2,)) -> Ran:
    given = ("plan", str(firm.folder), "--ask", "erasure", "--subject", "-", *words)
    return firm.shop.upheld(*given, stdin=lines(*people))


def rows_of(firm: Firm, person: int) -> list[Any]:
    dumped = firm.shop.dump()
    return [row for name, rows in dumped.items() for row in rows if name != "shop.customers" and row[1] == person]


@pytest.mark.parametrize("store", STORES)
def test_a_large_table_without_an_index_is_refused_with_the_statement_that_mends_it(firm: Firm, store: str) -> None:
    table, column, _, _ = STORES[store]
    grown(firm, store, LARGE, indexed=False)
    refused = planned(firm, "--json")
    assert refused.code == 1
    error = refused.document["error"]
    assert error["code"] == "E412"
    assert f"{store}.{table} is found by `{column}`" in error["detail"] and "Measured on another estate" in error["detail"]
    statement = error["help"].split("Run: ")[1].split(";")[0] + ";"
    assert statement.startswith("CREATE INDEX ") and f"ON {table} ({column});" in statement
    for_people = planned(firm)
    assert "E412  search would read a large table while its writers wait" in for_people.err
    firm.sql(store, statement)
    firm.drift("--relock")
    mended = planned(firm, "--json")
    assert mended.code == 0 and mended.document["advice"] == []


@pytest.mark.parametrize("store", STORES)
def test_a_large_table_with_its_index_is_no_matter(firm: Firm, store: str) -> None:
    grown(firm, store, LARGE, indexed=True)
    ran = planned(firm, "--json")
    assert ran.code == 0 and ran.document["advice"] == []


@pytest.mark.parametrize("store", STORES)
def test_a_table_of_middling_size_is_advised_and_not_refused(firm: Firm, store: str) -> None:
    table, column, _, _ = STORES[store]
    grown(firm, store, 20_000, indexed=False)
    ran = planned(firm)
    assert ran.code == 0
    assert "E411  search reads a whole table" in ran.err and "about 20," in ran.err
    assert f"ON {table} ({column});" in " ".join(ran.err.split())


def test_a_small_store_is_asked_for_nothing(firm: Firm) -> None:
    firm.sql("shop", "DROP INDEX orders_customer")
    firm.drift("--relock")
    assert planned(firm, "--json").document["advice"] == []


def test_an_access_reads_a_large_table_with_advice(firm: Firm) -> None:
    grown(firm, "letters", LARGE, indexed=False)
    given = ("plan", str(firm.folder), "--ask", "access", "--subject", "-", "--json")
    ran = firm.shop.upheld(*given, stdin=lines(2))
    assert ran.code == 0
    assert [(one["code"], one["place"]) for one in ran.document["advice"]] == [("E411", "letters.opens")]
    assert firm.shop.upheld(*given, "--wait-for-batch", stdin=lines(2)).code == 2


def test_an_erasure_is_carried_out_without_asking_the_engine_again(firm: Firm) -> None:
    grown(firm, "shop", 20_000, indexed=False)
    name = database_of(firm.shop.shop)
    firm.as_superuser(f"ALTER DATABASE {name} SET log_statement = 'all'; ALTER DATABASE {name} SET log_min_messages = 'log'")
    log = firm.server.data_folder / "log"
    begun = len(log.read_text(errors="replace"))
    asked = planned(firm, "--json").document
    shown = log.read_text(errors="replace")
    assert "EXPLAIN (FORMAT JSON" in shown[begun:]
    ran = firm.erase(asked)
    assert ran.code == 0, ran.err
    said = log.read_text(errors="replace")[len(shown) :]
    assert "BEGIN ISOLATION LEVEL READ COMMITTED" in said and "EXPLAIN" not in said


@pytest.mark.parametrize("store", STORES)
def test_asks_that_wait_are_carried_out_together_as_each_was_shown(firm: Firm, store: str) -> None:
    grown(firm, store, LARGE, indexed=False)
    asked = [planned(firm, "--wait-for-batch", "--json", people=people) for people in ((2,), (4, 6), (4,))]
    assert [ran.code for ran in asked] == [0, 0, 0], asked[0].err
    documents = [ran.document for ran in asked]
    assert all(one["waits_for_batch"] and one["advice"][0]["code"] == "E412" for one in documents)
    alone = firm.shop.upheld("erase", documents[0]["ask"], "--plan", documents[0]["plan"], "--in", str(firm.folder))
    assert alone.code == 1 and "E414  ask waits for the daily batch" in alone.err
    ran = firm.shop.upheld("batch", str(firm.folder), "--json")
    assert ran.code == 0, ran.err
    [batch] = ran.document["batches"]
    assert batch["asks"] == [one["ask"] for one in documents] and batch["fulfilled"]
    assert batch["stores"] and all(one["outcome"] == "done" for one in batch["stores"])
    for person in (2, 4, 6):
        assert not [row for row in rows_of(firm, person) if "quill" in repr(row) or f"book-{person:04d}" in repr(row)]
    for one in documents:
        again = firm.shop.upheld("erase", one["ask"], "--plan", one["plan"], "--in", str(firm.folder), "--json")
        assert again.code == 0, again.err
        answer = again.document
        assert (answer["ask"], answer["plan"], answer["batch"], answer["fulfilled"]) == (
            one["ask"],
            one["plan"],
            batch["batch"],
            True,
        )
        assert answer["ledger"]
    assert firm.shop.upheld("verify").code == 0
    assert firm.shop.upheld("compact", str(firm.folder)).code == 0
    for one in documents:  # the second date is each ask's own, too, though the batch committed
        again = firm.shop.upheld("erase", one["ask"], "--plan", one["plan"], "--in", str(firm.folder), "--json").document
        assert again["overwriting"] and all(each["overwritten_since"] for each in again["overwriting"]), again
    nothing = firm.shop.upheld("batch", str(firm.folder))
    assert nothing.code == 0 and "No erasure waits." in nothing.out


def test_a_batch_carries_whoever_it_can_and_names_everybody_else(firm: Firm) -> None:
    """One of whom a copy was asked for first, long ago, and planned again since; one whom a case names by now; one who has far more rows than were shown."""
    copy = firm.shop.upheld("plan", str(firm.folder), "--ask", "access", "--subject", "-", "--json", stdin=lines(8)).document
    with psycopg.connect(firm.shop.own) as connection:
        connection.execute("UPDATE ask SET asked_at = asked_at - interval '8 days'")
    assert firm.shop.upheld("plan", str(firm.folder), "--again", copy["ask"]).code == 0
    first, goes, held, grown = (planned(firm, "--wait-for-batch", "--json", people=(n,)).document for n in (8, 10, 12, 14))
    said = " ".join(planned(firm, "--wait-for-batch", people=(8,)).out.split())
    assert "waits for the daily batch" in said and f"upheld batch {firm.folder}" in said
    case = ("--data", "purchase", "--ground", "legal-obligation", "--until", "2031-01-01", "--cites", "GDPR 17(3)(e)", "--json")
    accepted = firm.shop.upheld("hold", "accept", str(firm.folder), "--subject", "-", *case, stdin=lines(12))
    assert accepted.document["plan_again"] == [held["ask"]]
    # A copy that is asked for later comes first of nobody's erasure, though before the batch.
    assert firm.shop.upheld("plan", str(firm.folder), "--ask", "access", "--subject", "-", stdin=lines(10)).code == 0
    firm.sql("shop", "INSERT INTO orders SELECT 90000 + n, 14, 'x', now() FROM generate_series(1, 2000) AS n")

    ran = firm.shop.upheld("batch", str(firm.folder), "--json")
    assert ran.code == 1
    (carried,) = ran.document["batches"]
    assert carried["asks"] == [goes["ask"]] and carried["fulfilled"]
    left = {one["detail"][:6]: one["code"] for one in ran.document["left_out"]}
    assert left.items() >= {first["ask"]: "X208", held["ask"]: "X207", grown["ask"]: "L204"}.items()
    again = firm.shop.upheld("plan", str(firm.folder), "--again", grown["ask"], "--json")
    assert again.document["waits_for_batch"], "it waits still, and for nobody else"
    parted = firm.shop.upheld("erase", "A-0008", "--plan", plan_of(firm, "A-0008"), "--in", str(firm.folder))
    assert parted.code == 4 and "ended without being fulfilled" in parted.out


def plan_of(firm: Firm, ask: str) -> str:
    with psycopg.connect(firm.shop.own) as connection:
        (digest,) = connection.execute("SELECT digest FROM plan WHERE ask = %s", [ask]).fetchone()  # type: ignore[misc]
    return str(digest)


def test_a_batch_that_was_refused_is_gone_on_with_under_a_new_plan(firm: Firm) -> None:
    asked = planned(firm, "--wait-for-batch", "--json").document
    firm.sql("shop", "ALTER TABLE orders ADD gift_note text")
    refused = firm.shop.upheld("batch", str(firm.folder))
    assert refused.code == 1 and "L202" in refused.err
    firm.edit("shop", "what: purchase", "what: purchase\n      gift_note: purchase")
    firm.drift("--relock")
    again = firm.shop.upheld("plan", str(firm.folder), "--again", "A-0002", "--json")
    assert again.code == 0, again.err
    done = firm.shop.upheld("batch", str(firm.folder), "--json")
    assert done.code == 0, done.err
    answer = firm.shop.upheld("erase", asked["ask"], "--plan", asked["plan"], "--in", str(firm.folder), "--json")
    assert answer.code == 0 and answer.document["fulfilled"]
