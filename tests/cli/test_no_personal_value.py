"""A person's values stand in the firm's stores and in the person's own package, and nowhere else: not while asks run, not after they ended.

Each value is a token that occurs nowhere else, and is searched for raw, encoded and hashed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests import searching
from tests.app.test_crashes import call, named
from tests.cli.harbour import Installation, email, lines, tokens
from tests.cli.preloaded import ROOT
from upheld.engine.execution.own_journal import kept_keys
from upheld.records.keys import load_master
from upheld.records.own import EmbeddedServer

PEOPLE = (2, 4)
TOKENS = [token for person in PEOPLE for token in tokens(person)]


def watched(shop: Installation, *words: str) -> tuple[str, list[searching.Found]]:
    """A command in a process of its own: what it printed, and what arguments and temporary files showed meanwhile."""
    environment = {**shop.environment, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(shop.data / "tmp")}
    process = subprocess.Popen(
        [sys.executable, "-m", "upheld", *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    found: list[searching.Found] = []
    while process.poll() is None:
        found += searching.in_processes(TOKENS) + searching.in_folder(shop.data / "tmp", TOKENS)
        time.sleep(0.3)
    assert process.stdout is not None
    printed = process.stdout.read()
    assert process.returncode == 0, printed
    return printed, found


def ours(shop: Installation) -> list[searching.Found]:
    """Everything that is ours: every table, the data folder without packages and the firm's own file, temporary files."""
    with psycopg.connect(shop.own) as connection:
        found = searching.in_database(connection, TOKENS)
    for place in sorted(shop.data.iterdir()):
        if place.is_dir() and place.name != "packages":
            found += searching.in_folder(place, TOKENS)
        elif place.is_file() and not place.name.startswith(("letters.sqlite", "ask.jsonl")):
            found += searching.in_file(place, TOKENS)
    return found


def test_plan_access_and_erasure_leave_no_value_anywhere_that_is_ours(shop: Installation, pg: EmbeddedServer) -> None:
    (shop.data / "tmp").mkdir()
    (shop.data / "ask.jsonl").write_text(lines(*(email(person) for person in PEOPLE)))
    folder, subjects = str(shop.folder), str(shop.data / "ask.jsonl")
    said = []
    for kind, run in (("access", ("access", "A-0001", "--to", str(shop.data / "packages"))), ("erasure", ("erase", "A-0002"))):
        said.append(watched(shop, "plan", folder, "--ask", kind, "--subject", subjects))
        digest = next(line for line in said[-1][0].splitlines() if line.startswith("Plan ")).split()[1].rstrip(".")
        said.append(watched(shop, "explain", digest))
        said.append(watched(shop, *run, "--in", folder, *(("--plan", digest) if kind == "erasure" else ())))
    said.append(watched(shop, "verify", "--export", str(shop.data / "ledger.jsonl")))

    for printed, shown in said:
        assert searching.in_bytes(printed.encode(), TOKENS) == []
        assert shown == []
    assert searching.in_file(shop.data / "ledger.jsonl", TOKENS) == []
    assert ours(shop) == []
    log = pg.data_folder / "log"
    assert log.exists()
    assert (searching.in_folder(log, TOKENS) if log.is_dir() else searching.in_file(log, TOKENS)) == []
    # The search can find: the package holds every value but the text that waits for review.
    assert {hit.token for hit in searching.in_folder(shop.data / "packages", TOKENS)} == set(TOKENS) - {
        tokens(person)[3] for person in PEOPLE
    }


SPITEFUL = """
CREATE FUNCTION spite() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF EXISTS (SELECT FROM public.orders WHERE id = 9999) THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'row of % stays', OLD.email USING DETAIL = OLD.name, HINT = OLD.phone;
END $$;
CREATE TRIGGER spite BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION spite();
"""


CALMED = "INSERT INTO orders VALUES (9999, NULL, 'a present', '2026-01-05')"


def test_a_fault_of_an_engine_that_quotes_a_row_is_not_quoted_by_us(shop: Installation, pg: EmbeddedServer) -> None:
    with psycopg.connect(shop.shop) as connection:
        connection.execute(SPITEFUL)
    folder = shop.data / "firm"
    shutil.copytree(shop.folder, folder)
    estate = folder / "estate" / "shop.yaml"
    estate.write_text(
        estate.read_text().replace(
            "    erasure: blank\n", "    erasure: blank\n    triggers: {spite: {harmless: it copies nothing}}\n"
        )
    )
    assert shop.upheld("scan", "env:HARBOUR_SHOP_URL", "--to", str(folder), "--store", "shop", "--place", "NO").code == 0
    shop.folder = folder
    people = [email(person) for person in PEOPLE]
    rehearsed = shop.upheld("plan", str(folder), "--ask", "erasure", "--subject", "-", stdin=lines(*people))
    assert rehearsed.code == 1 and "L121" in rehearsed.err and "P0001" in rehearsed.err
    # As if the firm had turned against it between the plan and the run.
    with psycopg.connect(shop.shop) as connection:
        connection.execute(CALMED)
    asked = shop.plan("erasure", *people)
    with psycopg.connect(shop.shop) as connection:
        connection.execute("DELETE FROM orders WHERE id = 9999")
    ran = shop.upheld("erase", str(asked["ask"]), "--plan", str(asked["plan"]), "--in", str(folder))
    assert ran.code == 3 and "X102" in ran.err and "P0001" in ran.err
    for said in (rehearsed, ran):
        assert searching.in_bytes((said.out + said.err).encode(), TOKENS) == []
    assert ours(shop) == []
    assert searching.in_file(pg.data_folder / "log", TOKENS) == []


@pytest.mark.parametrize(
    ("at", "kind"), [("after-package", "access"), ("before-store-commit", "erasure"), ("before-sweep", "erasure")]
)
def test_whoever_is_killed_leaves_nothing_readable(shop: Installation, at: str, kind: str) -> None:
    asked = shop.plan(kind, *(email(person) for person in PEOPLE))
    verb = "access" if kind == "access" else "erase"
    assert call(shop, call=verb, at=at, then="kill", to=str(shop.data / "packages"), **named(asked)).code == -9
    assert ours(shop) == []


def test_after_an_erasure_only_what_is_kept_stands_in_the_stores_and_in_their_files(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", *PEOPLE)).code == 0
    with psycopg.connect(shop.shop) as connection:
        found = searching.in_database(connection, TOKENS)
    assert {(hit.place, hit.token) for hit in found} == {("public.invoices", tokens(person)[1]) for person in PEOPLE}
    assert searching.in_sqlite(shop.letters, TOKENS) == []


# ---- what is left of a person with us -----------------------------------------------------------------------------------


def test_after_an_erasure_we_know_the_person_no_more_and_the_asks_key_is_gone(shop: Installation) -> None:
    asked = shop.plan("erasure", 2, 4)
    assert shop.erase(asked).code == 0
    with psycopg.connect(shop.own) as connection:
        for table in ("person", "person_identity", "ask_subject", "hold_guard"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table  # type: ignore[call-overload]
        assert connection.execute("SELECT ask FROM ask_key").fetchall() == [(f"kept:{asked['ask']}",)]
        assert connection.execute("SELECT count(*) FROM ledger_detail WHERE subject IS NOT NULL").fetchone() == (0,)
    assert shop.upheld("verify").code == 0


def test_rows_that_stay_are_findable_by_their_ask_with_the_day_their_keeping_ends(shop: Installation) -> None:
    from datetime import UTC, date, datetime

    asked = shop.plan("erasure", 2)
    assert shop.erase(asked).code == 0
    master = load_master(None, shop.data / "master.key")
    with psycopg.connect(shop.own) as connection:
        assert kept_keys(connection, master, str(asked["ask"]), datetime.now(UTC)) == [
            ("letters", "sendings", date(2032, 6, 1), [[2]]),
            ("shop", "invoices", date(2032, 3, 3), [[2]]),
        ]


def test_an_access_after_an_erasure_gives_what_stays_and_says_why_and_until_when(shop: Installation) -> None:
    assert shop.erase(shop.plan("erasure", 4)).code == 0
    assert shop.erase(shop.plan("erasure", 6)).code == 0
    asked = shop.plan("access", 4, 5)
    ran = shop.upheld("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "packages"))
    assert ran.code == 0, ran.err
    erased, other = (
        {table["table"]: table for table in json.loads((package / "data.json").read_text())["tables"]}
        for package in sorted((shop.data / "packages").iterdir())
    )
    (invoice,) = erased["invoices"]["rows"]
    assert invoice["billed_name"] == tokens(4)[1] and invoice["billed_phone"] is None
    (stays,) = erased["invoices"]["stays"]
    assert stays["columns"] == ["billed_name", "amount_cents", "invoiced_at"] and stays["until"] == "2032-03-05"
    assert stays["ground"] == "tax-law" and stays["clauses"] == ["harbour.keep.2"]
    assert [cite["at"] for cite in stays["cites"]] == ["17(3)(b)"]
    assert "orders" not in erased and erased["customers"]["stays"] == []
    assert all(table["stays"] == [] for table in other.values())
    page = (sorted((shop.data / "packages").iterdir())[0] / "index.html").read_text()
    assert "until 5 March 2032" in page and "Harbour Books" in page


def test_a_package_is_for_its_reader_alone(shop: Installation) -> None:
    asked = shop.plan("access", 4)
    assert shop.upheld("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "packages")).code == 0
    for place in (shop.data / "packages").rglob("*"):
        assert place.stat().st_mode & 0o077 == 0, place
    assert not (shop.data / "work" / str(asked["ask"])).exists()


def test_the_master_key_is_for_its_owner_alone(shop: Installation) -> None:
    assert shop.upheld("verify").code == 0
    file = Path(shop.data / "master.key")
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    ran = shop.upheld("plan", str(shop.folder), "--ask", "access", "--subject", "-", stdin=lines(2))
    assert ran.code == 3 and "X904" in ran.err
