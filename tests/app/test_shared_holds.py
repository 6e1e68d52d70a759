"""A case protects rows that its person shares with somebody who asks for erasure, though the ask does not name her."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.app.runs import wait_for
from tests.app.test_crashes import call, named, start
from tests.app.test_held import package, rows
from tests.cli.harbour import Harbour, Installation, lines

MAP = """
  messages:
    key: [id]
    links:
      sender_id: {owning: customers, as: sender}
      recipient_id: {owning: customers, as: recipient}
    shared:
      sender: {access: full, erasure: blank-mine, mine: [body]}
      recipient: {access: full, erasure: blank-mine, mine: [remark]}
    columns:
      id: key
      sender_id: key
      recipient_id: key
      body: {free-text: never-names-others, leaf: case-text}
      remark: {free-text: never-names-others, leaf: case-text}
"""
TABLE = """
CREATE TABLE messages (id integer PRIMARY KEY, sender_id integer REFERENCES customers, recipient_id integer REFERENCES customers, body text, remark text);
CREATE INDEX messages_sender ON messages (sender_id);
CREATE INDEX messages_recipient ON messages (recipient_id);
INSERT INTO messages VALUES (1, 4, 5, 'from four to five', 'five noted'), (2, 4, 6, 'from four to six', 'six noted');
"""


@pytest.fixture
def desk(harbour: Harbour, shop: Installation, tmp_path: Path) -> Iterator[Installation]:
    """The bookshop with messages between customers."""
    folder = tmp_path / "harbour"
    shutil.copytree(shop.folder, folder)
    file = folder / "estate" / "shop.yaml"
    file.write_text(file.read_text() + MAP)
    with psycopg.connect(shop.shop) as connection:
        connection.execute(TABLE)  # type: ignore[arg-type]
    made = dataclasses.replace(shop, folder=folder)
    ran = made.upheld("scan", "env:HARBOUR_SHOP_URL", "--to", str(folder), "--store", "shop", "--place", "NO")
    assert ran.code == 0, ran.err
    yield made


def messages(desk: Installation) -> dict[int, tuple[Any, ...]]:
    with psycopg.connect(desk.shop) as connection:
        return {row[0]: row[3:] for row in connection.execute("SELECT * FROM messages").fetchall()}


def accept(desk: Installation, *people: int) -> str:
    ran = desk.upheld(
        "hold", "accept", str(desk.folder), "--subject", "-", "--ground", "legal-obligation", "--data", "case-text", "--until",
        "2031-01-01", "--cites", "GDPR 17(3)(e)", "--json", stdin=lines(*people),
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return str(ran.document["hold"])


def test_without_a_hold_the_senders_words_go_and_the_recipients_stay(desk: Installation) -> None:
    assert desk.erase(desk.plan("erasure", 4)).code == 0
    assert messages(desk) == {1: (None, "five noted"), 2: (None, "six noted")}


def test_a_hold_on_the_recipient_keeps_the_senders_words_in_the_row_they_share(desk: Installation) -> None:
    accept(desk, 5)
    assert desk.erase(desk.plan("erasure", 4)).code == 0
    assert messages(desk) == {1: ("from four to five", "five noted"), 2: (None, "six noted")}
    (answer,) = package(desk, 4)
    held = {row["id"]: row["body"] for row in rows(answer)["shop.messages"]}
    assert held[1] == "from four to five"
    assert {stays["ground"] for table in answer["tables"] if table["table"] == "messages" for stays in table["stays"]} == {
        "legal-obligation"
    }


def test_when_that_hold_ends_the_senders_words_go_and_the_recipients_stay(desk: Installation) -> None:
    number = accept(desk, 5)
    assert desk.erase(desk.plan("erasure", 4)).code == 0
    plans = desk.upheld("hold", "end", str(desk.folder), "--hold", number, "--json").document["plans"]
    assert len(plans) == 1
    assert desk.erase(plans[0]).code == 0
    assert messages(desk) == {1: (None, "five noted"), 2: (None, "six noted")}


def test_a_hold_on_the_other_one_that_comes_after_the_plan_stops_the_chunk(desk: Installation) -> None:
    asked = desk.plan("erasure", 4)
    accept(desk, 5)
    ran = desk.erase(asked)
    assert ran.code == 1 and "X207" in {one.get("code") for one in ran.document["stores"]}
    assert messages(desk)[1] == ("from four to five", "five noted")
    again = desk.upheld("plan", str(desk.folder), "--again", str(asked["ask"]), "--json").document
    begun = ["--resume"] if "done" in {one["outcome"] for one in ran.document["stores"]} else []
    assert desk.erase(again, *begun).code == 0
    assert messages(desk)[1] == ("from four to five", "five noted")


def test_a_hold_on_the_other_one_that_comes_during_a_chunk_is_before_its_commit_or_after_it(
    desk: Installation, tmp_path: Path
) -> None:
    asked = desk.plan("erasure", 4)
    first = start(desk, call="erase", at="before-store-commit", nth=2, then="wait", place=str(tmp_path), **named(asked))
    wait_for(tmp_path / "reached")
    given = json.dumps({"call": "accept", "folder": str(desk.folder), "people": [5], "place": str(tmp_path)})
    holding = desk.process.start("tests.app.runs:run", [given], environment=desk.environment)
    wait_for(tmp_path / "asked")
    assert not (tmp_path / "accepted").exists()
    (tmp_path / "go").touch()
    assert desk.process.wait(holding).code == 0
    assert desk.process.wait(first).code in (0, 1)  # settling may meet the hold: then it is planned again
    said = json.loads((tmp_path / "accepted").read_text())
    assert said["people"] == 1 and messages(desk)[1] == (None, "five noted")
    assert call(desk, call="erase", resume=True, **named(asked)).code in (0, 1)
