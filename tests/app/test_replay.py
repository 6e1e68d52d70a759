"""After real restores: exactly those who were erased after the backup are erased again, before the store opens."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest

from tests.app.restoring import Backup, back_up, moment, restore
from tests.app.test_corrections import correct
from tests.app.test_corrections import line as correction
from tests.app.test_corrections import plan as plan_corrections
from tests.cli.conftest import without_tokens
from tests.cli.harbour import SHARED, Harbour, Installation, email, lines, tokens
from tests.cli.preloaded import Ran


def replay(shop: Installation, store: str, backup: Backup, *words: str) -> Ran:
    return shop.upheld("replay", str(shop.folder), store, "--backup-taken", backup.taken, "--json", *words)


def replayed(shop: Installation, store: str, backup: Backup) -> dict[str, object]:
    """Looked through, planned, carried out."""
    planned = replay(shop, store, backup)
    assert planned.code == 4, planned.out + planned.err
    done = replay(shop, store, backup, "--plan", planned.document["plan"])
    assert done.code == 0, done.out + done.err
    return dict(done.document)


def erase(shop: Installation, *people: int | str) -> None:
    ran = shop.erase(shop.plan("erasure", *people))
    assert ran.code == 0, ran.out + ran.err


def sql(shop: Installation, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(shop.shop, autocommit=True) as connection:
        cursor = connection.execute(text)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def letters(shop: Installation, text: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(shop.letters, isolation_level=None)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def test_who_was_erased_after_the_backup_is_erased_again_and_nobody_else(harbour: Harbour, shop: Installation) -> None:
    """Not those erased before it, nor who came back before it; in this quarter and the next; and what is left behind names nobody."""
    erase(shop, 2, 8)
    sql(shop, f"INSERT INTO customers VALUES (104, 'back again', '{email(8)}', NULL, NULL)")
    letters(shop, f"INSERT INTO subscribers VALUES (104, '{email(8)}', 'back again')")
    backup = back_up(harbour, shop)
    erase(shop, 4)
    assert call(shop, **{"call": "plan and erase", "days": 100, "lines": lines(6).splitlines()}).code == 0
    right = without_tokens(shop.dump())
    restore(harbour, shop, backup, "shop", "letters")
    assert without_tokens(shop.dump()) != right
    answers = [replayed(shop, store, backup) for store in ("shop", "letters")]
    assert without_tokens(shop.dump()) == right
    assert all(one["fulfilled"] and one["kind"] == "replay-after-restore" for one in answers)
    assert [[s["store"] for s in one["stores"]] for one in answers] == [["shop"], ["letters"]]  # type: ignore[attr-defined, index]
    with psycopg.connect(shop.owner) as connection:
        events = {row[0] for row in connection.execute("SELECT leaf::jsonb ->> 'event' FROM ledger_leaf").fetchall()}
        assert {"replay:store:looked", "replay:ask:fulfilled"} <= events
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM replay WHERE done_at IS NOT NULL").fetchone() == (2,)


def test_who_came_back_after_a_replay_and_who_was_given_an_erased_key_are_left_to_a_person(
    harbour: Harbour, shop: Installation
) -> None:
    """The first replay finds by key also who had changed the address; a second look at an open store, however its moment is written, guesses nothing."""
    backup = back_up(harbour, shop)
    sql(shop, "INSERT INTO customers VALUES (41, 'late', 'late@harbour.example.test', NULL, NULL)")
    sql(shop, "UPDATE customers SET email = 'other@harbour.example.test' WHERE id = 8")
    erase(shop, 4, 8, 41)
    restore(harbour, shop, backup, "shop", "letters")
    replayed(shop, "shop", backup)
    assert sql(shop, "SELECT name, email FROM customers WHERE id IN (4, 8)") == [(None, None)] * 2
    sql(shop, "INSERT INTO customers VALUES (41, 'new', 'new@harbour.example.test', NULL, NULL)")  # the sequence was wound back
    sql(shop, f"INSERT INTO customers VALUES (104, 'back again', '{email(4)}', NULL, NULL)")
    rounded = datetime.fromisoformat(backup.taken).replace(second=0, microsecond=0).astimezone(timezone(timedelta(hours=-8)))
    second = Backup(backup.dump, backup.letters, rounded.isoformat())
    looked = replay(shop, "shop", second)
    assert (looked.code, looked.document["doubtful"]) == (4, 2), "a person decides"
    assert replay(shop, "shop", second, "--plan", looked.document["plan"]).code == 4
    for item in shop.upheld("queue", str(shop.folder), "--json").document["items"]:
        said = ("queue", str(shop.folder), "--item", item["item"], "--decide", "not-hers", "--by", "Iris Underhill")
        assert shop.upheld(*said).code == 0
    readers = letters(shop, "SELECT * FROM subscribers")
    planned = shop.upheld("plan", str(shop.folder), "--again", looked.document["ask"])
    assert "upheld replay" in planned.out and "letters." not in planned.out, "the ask is of the restored store alone"
    short = re.search(r"Plan ([0-9a-f]{16})", planned.out)
    assert short is not None and replay(shop, "shop", second, "--plan", short[1]).code == 0
    assert sql(shop, "SELECT name FROM customers WHERE id IN (41, 104) ORDER BY id") == [("new",), ("back again",)]
    assert letters(shop, "SELECT * FROM subscribers") == readers


def test_somebody_who_came_back_after_the_restore_is_left_to_a_person(harbour: Harbour, shop: Installation) -> None:
    """The store was opened too early: the restored row goes by its key, the new row and what hangs on the address wait."""
    backup = back_up(harbour, shop)
    erase(shop, 4)
    restore(harbour, shop, backup, "shop", "letters")
    sql(shop, f"INSERT INTO customers VALUES (104, 'back again', '{email(4)}', NULL, NULL)")
    planned = replay(shop, "shop", backup)
    assert (planned.code, planned.document["doubtful"]) == (4, 1)
    done = replay(shop, "shop", backup, "--plan", planned.document["plan"])
    assert done.code == 4 and not done.document["fulfilled"]
    assert sql(shop, "SELECT id, name FROM customers WHERE id IN (4, 104) ORDER BY id") == [(4, None), (104, "back again")]


def test_a_hold_that_stood_then_is_honoured_again_and_what_it_kept_goes_once_it_has_ended(
    harbour: Harbour, shop: Installation, tmp_path: Path
) -> None:
    """In the second backup nothing leads from a person to what was held; and what was corrected since is named."""
    before = back_up(harbour, shop)
    asked = shop.plan("erasure", 4)
    assert call(shop, call="hold", ask=asked["ask"], place=str(tmp_path)).code == 0
    anew = shop.upheld("plan", str(shop.folder), "--again", str(asked["ask"]), "--json")
    assert shop.erase(anew.document).code == 0
    right = shop.dump()
    assert [row for row in right["shop.orders"] if row[1] == 4], "the hold keeps what she bought"
    restore(harbour, shop, before, "shop")
    replayed(shop, "shop", before)
    assert without_tokens(shop.dump()) == without_tokens(right)

    under_hold = back_up(harbour, shop)
    ended = shop.upheld("hold", "end", str(shop.folder), "--hold", "case-7", "--json")
    assert [shop.erase(one).code for one in ended.document["plans"]] == [0] * len(ended.document["plans"])
    said = {"data": "name", "was": tokens(6)[1], "now": "Wren Hollow Marsh"}
    corrected = plan_corrections(shop, correction(6, said))
    assert correct(shop, corrected).code == 0
    assert not [row for row in shop.dump()["shop.orders"] if row[1] == 4]
    restore(harbour, shop, under_hold, "shop")
    assert replay(shop, "shop", under_hold).document["undone"] == [corrected["ask"]]
    replayed(shop, "shop", under_hold)
    assert not [row for row in shop.dump()["shop.orders"] if row[1] == 4]


def test_nothing_found_is_an_outcome_of_its_own_and_says_that_the_store_may_open(harbour: Harbour, shop: Installation) -> None:
    erase(shop, 2)
    sql(shop, "UPDATE orders SET placed_at = '2020-05-05' WHERE customer_id = 3")
    backup = back_up(harbour, shop)
    ended = shop.upheld("retain", str(shop.folder), "--json").document
    assert shop.upheld("retain", str(shop.folder), "--plan", ended["plan"]).code == 0
    restore(harbour, shop, backup, "shop", "letters")
    assert replay(shop, "shop", backup).document["retained"] == [ended["ask"]]
    for store in ("shop", "letters"):
        ran = replay(shop, store, backup)
        assert (ran.code, ran.document["outcome"], ran.document["may_open"], ran.document["plan"]) == (
            0,
            "nothing-found",
            True,
            None,
        )
    said = shop.upheld("replay", str(shop.folder), "shop", "--backup-taken", backup.taken)
    assert said.code == 0 and said.out.startswith("Nothing found") and "upheld retain" in said.out


def test_an_address_that_two_people_share_brings_nobody_else_down(harbour: Harbour, shop: Installation) -> None:
    backup = back_up(harbour, shop)
    sql(shop, f"UPDATE customers SET email = '{email(38)}' WHERE id = 39")
    erase(shop, 38)  # now alone with the reception's address
    restore(harbour, shop, backup, "shop")
    planned = replay(shop, "shop", backup)
    assert (planned.code, planned.document["doubtful"]) == (4, 1)
    done = replay(shop, "shop", backup, "--plan", planned.document["plan"])
    assert done.code == 4, "whose the other row is a person decides"
    rows = sql(shop, "SELECT id, email FROM customers WHERE id IN (38, 39) ORDER BY id")
    assert rows == [(38, None), (39, SHARED)]


def call(shop: Installation, **given: object) -> Ran:
    said = json.dumps({"folder": str(shop.folder), **given})
    return shop.process.wait(shop.process.start("tests.app.runs:run", [said], "", shop.environment))


def test_a_replay_that_was_killed_goes_on_where_it_stopped(harbour: Harbour, shop: Installation) -> None:
    backup = back_up(harbour, shop)
    erase(shop, 4, 6)
    restore(harbour, shop, backup, "shop")
    plan = replay(shop, "shop", backup).document["plan"]
    killed = call(shop, call="replay", store="shop", taken=backup.taken, plan=plan, at="after-store-commit", then="kill")
    assert killed.code == -9
    done = replay(shop, "shop", backup, "--plan", plan)
    assert done.code == 0 and done.document["fulfilled"]
    assert sql(shop, "SELECT name, email FROM customers WHERE id IN (4, 6)") == [(None, None)] * 2


def test_an_erasure_that_was_stopped_before_the_restore_is_named_and_goes_on_in_the_restored_store(
    harbour: Harbour, shop: Installation
) -> None:
    """The transaction that our record knows was committed in a database that is no more."""
    backup = back_up(harbour, shop)
    asked = shop.plan("erasure", 4)
    killed = call(shop, call="erase", ask=asked["ask"], plan=asked["plan"], at="after-store-commit", nth=2, then="kill")
    assert killed.code == -9
    restore(harbour, shop, backup, "shop")
    assert replay(shop, "shop", backup).document["begun"] == [asked["ask"]]
    assert shop.erase(asked, "--resume").document["fulfilled"]
    assert sql(shop, "SELECT name, email FROM customers WHERE id = 4") == [(None, None)]


@pytest.mark.parametrize(
    ("store", "taken", "code", "exit"),
    [
        ("shop", "yesterday", "X501", 2),
        ("shop", "2026-01-15T02:30:00", "X501", 2),
        ("shop", "2099-01-15T02:30:00Z", "X502", 2),
        ("nowhere", "2026-01-15T02:30:00Z", "X503", 2),
    ],
)
def test_what_cannot_be_meant_is_refused(shop: Installation, store: str, taken: str, code: str, exit: int) -> None:
    ran = shop.upheld("replay", str(shop.folder), store, "--backup-taken", taken, "--json")
    assert (ran.code, ran.document["error"]["code"]) == (exit, code)


def test_the_plan_of_another_replay_is_refused(harbour: Harbour, shop: Installation) -> None:
    backup = back_up(harbour, shop)
    erase(shop, 4)
    restore(harbour, shop, backup, "shop")
    plan = replay(shop, "shop", backup).document["plan"]
    other = Backup(backup.dump, backup.letters, moment())
    assert replay(shop, "shop", other, "--plan", plan).document["error"]["code"] == "X504"
    assert replay(shop, "letters", backup, "--plan", plan).document["error"]["code"] == "X504"
    asked = shop.plan("erasure", 8)
    assert replay(shop, "shop", backup, "--plan", str(asked["plan"])).document["error"]["code"] == "X504"


def test_a_restored_store_of_another_schema_is_refused_before_anything_is_read(harbour: Harbour, shop: Installation) -> None:
    backup = back_up(harbour, shop)
    erase(shop, 4)
    restore(harbour, shop, backup, "shop")
    sql(shop, "ALTER TABLE customers ADD COLUMN nickname text")
    ran = replay(shop, "shop", backup)
    assert (ran.code, ran.document["error"]["code"]) == (1, "L202")


def test_tombstones_die_with_the_oldest_backup_and_an_older_one_is_not_replayed(harbour: Harbour, shop: Installation) -> None:
    erase(shop, 4)
    estate = shop.folder / "estate" / "shop.yaml"
    said = estate.read_text(encoding="utf-8")
    estate.write_text(said.replace("kind: primary", "kind: primary\nbackup: {kept-days: 30}"), encoding="utf-8")
    with psycopg.connect(shop.owner, autocommit=True) as own:

        def standing() -> set[str]:
            return {str(row[0]) for row in own.execute("SELECT DISTINCT store FROM tombstone").fetchall()}

        assert standing() == {"shop", "letters"}
        shop.upheld("retain", str(shop.folder))
        assert standing() == {"shop", "letters"}
        own.execute("UPDATE tombstone SET erased_at = erased_at - interval '33 days'")
        shop.upheld("retain", str(shop.folder))
        assert standing() == {"letters"}  # of whose backups nobody said how long they are kept
    ran = shop.upheld("replay", str(shop.folder), "shop", "--backup-taken", "2020-01-15T02:30:00Z", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (1, "X505")


def test_a_file_goes_with_the_restored_row_unless_a_row_of_another_store_points_to_it(
    shop: Installation, tmp_path: Path
) -> None:
    files, backup = _with_portraits(shop, tmp_path), tmp_path / "letters.sqlite"
    shutil.copy(shop.letters, backup)
    taken = Backup(backup, backup, moment())
    erase(shop, 4, 6)
    assert {one.name for one in files.iterdir()} == {"both.jpg"}
    shutil.copy(backup, shop.letters)
    (files / "own.jpg").write_text("restored with the store")
    plan = replay(shop, "letters", taken).document["plan"]
    words = ("replay", str(shop.folder), "letters", "--backup-taken", taken.taken, "--json", "--plan", plan)
    unset = shop.upheld(*words, environment={"HARBOUR_SHOP_URL": ""})
    assert (unset.code, unset.document["fulfilled"]) == (3, False), (
        "whether a row of the shop points to the files nobody can say"
    )
    assert {one.name for one in files.iterdir()} == {"both.jpg", "own.jpg"}
    done = shop.upheld(*words)
    assert (done.code, done.document["fulfilled"]) == (0, True), done.out
    assert {one.name for one in files.iterdir()} == {"both.jpg"}


def _with_portraits(shop: Installation, tmp_path: Path) -> Path:
    """Subscriber 4 has a file of her own; that of subscriber 6 is also the file of customer 8."""
    files = tmp_path / "files"
    files.mkdir()
    for name in ("own.jpg", "both.jpg"):
        (files / name).write_text(f"picture {name}")
    sql(shop, "ALTER TABLE customers ADD COLUMN portrait text; UPDATE customers SET portrait = 'both.jpg' WHERE id = 8")
    letters(shop, "ALTER TABLE subscribers ADD COLUMN portrait text")
    letters(shop, "UPDATE subscribers SET portrait = CASE id WHEN 4 THEN 'own.jpg' WHEN 6 THEN 'both.jpg' END")
    shop.folder = Path(shutil.copytree(shop.folder, tmp_path / "firm"))
    shop.more = {"HARBOUR_FILES_URL": files.as_uri()}
    said = "store: files\nkind: objects\nurl: env:HARBOUR_FILES_URL\nplace: NO\n"
    (shop.folder / "estate" / "files.yaml").write_text(said, encoding="utf-8")
    for store, table in (("shop", "customers"), ("letters", "subscribers")):
        place = shop.folder / "estate" / f"{store}.yaml"
        head, found, tail = place.read_text(encoding="utf-8").partition(f"  {table}:\n")
        tail = tail.replace(
            "      email: email-address\n", "      email: email-address\n      portrait: {category: name, file: files}\n", 1
        )
        place.write_text(head + found + tail, encoding="utf-8")
        scanned = shop.upheld(
            "scan", f"env:HARBOUR_{store.upper()}_URL", "--to", str(shop.folder), "--store", store, "--place", "NO"
        )
        assert scanned.code == 0, scanned.err
    return files
