"""After an erasure an access returns what is held, with ground, law and end, though nothing in these rows leads to the person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg

from tests.app.runs import wait_for
from tests.app.test_crashes import named, start
from tests.cli.harbour import Installation, email, lines, tokens
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.execution import Subject
from upheld.engine.execution.kept.people import names_asked
from upheld.engine.plan.model import Binding

SHOWN = {"shop.invoices": {"id", "billed_name", "amount_cents", "invoiced_at"}, "letters.sendings": {"id", "billed_at"}}


def package(shop: Installation, *people: int | str) -> list[dict[str, Any]]:
    """Each person's package of a new access ask, as its data.json says it, of the firm's tables: what Upheld itself holds is `test_held_here`'s."""
    asked = shop.plan("access", *people)
    to = shop.data / f"packages-{asked['ask']}"
    ran = shop.upheld("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(to), "--json")
    assert ran.code == 0, ran.err
    said = [json.loads((Path(one["path"]) / "data.json").read_text()) for one in ran.document["packages"]]
    return [one | {"tables": [table for table in one["tables"] if table["store"] != "upheld"]} for one in said]


def rows(answer: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table that has some."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in answer["tables"]:
        if table["rows"]:
            found.setdefault(f"{table['store']}.{table['table']}", []).extend(table["rows"])
    return found


def cut_links(shop: Installation) -> None:
    """No link leads to an invoice any more, as where an erasure had to cut it."""
    with psycopg.connect(shop.shop) as connection:
        connection.execute("UPDATE invoices SET customer_id = NULL WHERE customer_id IN (2, 4, 5, 6)")


def test_an_erased_person_gets_the_held_cells_with_ground_law_and_end(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", email(4))).code == 0
    cut_links(shop)
    (answer,) = package(shop, email(4))
    found = rows(answer)
    assert {place: set(row) for place, (row,) in found.items()} == SHOWN
    assert found["shop.invoices"][0]["billed_name"] == tokens(4)[1] and found["shop.invoices"][0]["amount_cents"] == 1204
    said = json.dumps(answer)
    assert tokens(4)[2] not in said and "book-0004-1" not in said and email(4) not in said
    for table in answer["tables"]:
        (stays,) = table["stays"]
        assert stays["ground"] == "tax-law" and [one["at"] for one in stays["cites"]] == ["17(3)(b)"], stays
        assert stays["until"] in ("2032-03-05", "2032-06-01"), stays


def test_by_key_it_is_the_same_and_a_stranger_gets_nothing_of_it(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", 4, 5)).code == 0
    cut_links(shop)
    (by_key,) = package(shop, 4)
    (by_address,) = package(shop, email(4))
    assert rows(by_key)["shop.invoices"] == rows(by_address)["shop.invoices"]
    assert set(rows(by_key)) == {"shop.customers", *SHOWN}  # her empty frame stands on, under her key
    (stranger,) = package(shop, 6)
    assert tokens(4)[1] not in json.dumps(stranger) and not any(table["stays"] for table in stranger["tables"])


def test_of_several_who_were_erased_together_each_gets_her_own(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", 2, 4, 5, 6)).code == 0
    cut_links(shop)
    answers = package(shop, email(6), email(4), 7, email(2), email(5))
    ids = [rows(one)["shop.invoices"][0]["id"] for one in answers]
    assert sorted(ids) == [2, 4, 5, 6, 7]
    for one in answers:
        (invoice,) = rows(one)["shop.invoices"]
        assert invoice["billed_name"] == tokens(invoice["id"])[1]
        assert set(rows(one)) <= {"shop.invoices", "letters.sendings"} or invoice["id"] == 7


def test_two_lines_that_lead_to_one_erased_person_are_one_person(shop: Installation) -> None:
    with psycopg.connect(shop.shop) as connection:
        connection.execute("UPDATE customers SET email = %s WHERE id = 40", ["second-desk@harbour.example.test"])
    assert shop.erase(shop.plan("erasure", email(4), "second-desk@harbour.example.test")).code == 0
    assert len(package(shop, email(4), email(4).upper())) == 1
    assert len(package(shop, email(4), "second-desk@harbour.example.test")) == 2


def test_somebody_who_came_back_gets_the_new_rows_and_the_held_ones(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", email(4))).code == 0
    cut_links(shop)
    with psycopg.connect(shop.shop) as connection:
        connection.execute("INSERT INTO customers VALUES (90, 'Kestrel Again', %s, NULL, NULL)", [email(4)])
        connection.execute("INSERT INTO orders VALUES (900, 90, 'book-after', '2026-01-01')")
    (answer,) = package(shop, 90)
    found = rows(answer)
    assert {row["id"] for row in found["shop.orders"]} == {900}
    assert [row["id"] for row in found["shop.invoices"]] == [4]


def test_an_access_leaves_nothing_known_of_somebody_who_was_erased(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", email(4))).code == 0
    package(shop, email(4))
    with psycopg.connect(shop.own) as connection:
        assert connection.execute("SELECT count(*) FROM person_identity").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM ask_subject").fetchone() == (0,)


def test_the_key_of_a_deleted_row_leads_nowhere_once_another_row_bears_it(shop: Installation) -> None:
    texts = {file.name: file.read_text() for file in (shop.folder / "estate").glob("*.yaml")}
    estate, _ = read_estate(texts)
    place = ("shop", "customers")
    alone = names_asked(estate, Subject("s", {place: ((4,),)}), None)
    living = names_asked(estate, Subject("s", {place: ((4,),)}), Binding("s", {place: ((4,),)}))
    assert {name[0] for name in alone} == {"key", "gone"} and {name[0] for name in living} == {"key"}


def test_a_placeholder_leads_to_nobody(shop: Installation) -> None:
    texts = {file.name: file.read_text() for file in (shop.folder / "estate").glob("*.yaml")}
    estate, _ = read_estate(texts)
    asked = names_asked(estate, Subject("s", {}, (("customer", "email/1", "none@example.invalid"),)), None)
    assert asked == frozenset()


def test_no_name_stands_without_a_row_that_it_leads_to(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", 2, 4)).code == 0
    with psycopg.connect(shop.own) as connection:
        people = "SELECT count(DISTINCT person) FROM kept_name"
        assert connection.execute(people).fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM kept_share").fetchone() == (4,)
        # As when the ground ends: the entry goes, and the way to it.
        connection.execute("DELETE FROM kept_row")
        assert connection.execute("SELECT count(*) FROM kept_share").fetchone() == (0,)
    ran = shop.upheld("plan", str(shop.folder), "--ask", "access", "--subject", "-", stdin=lines(email(4)))
    assert ran.code == 1 and "X204" in ran.err


def test_what_a_writer_brings_in_meanwhile_and_a_ground_keeps_is_found_again_too(shop: Installation, tmp_path: Path) -> None:
    asked = shop.plan("erasure", email(4))
    running = start(shop, call="erase", at="after-done", nth=2, then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    with psycopg.connect(shop.shop) as connection:
        connection.execute("INSERT INTO invoices VALUES (400, 4, %s, %s, 77, '2025-11-01')", tokens(4)[1:3])
    (tmp_path / "go").touch()
    assert shop.process.wait(running).code == 0
    cut_links(shop)
    (answer,) = package(shop, email(4))
    assert {row["id"]: row["amount_cents"] for row in rows(answer)["shop.invoices"]} == {4: 1204, 400: 77}
    with psycopg.connect(shop.own) as connection:
        kept = connection.execute("SELECT sum(rows) FROM kept_row WHERE place = 'invoices'").fetchone()
    assert kept == (2,), "each row once"
