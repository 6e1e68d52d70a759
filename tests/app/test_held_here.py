"""An access answer holds what Upheld itself knows of the person, and nothing of anybody else's; its tables are those of our own map."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import yaml

from tests.cli.harbour import Installation, tokens
from upheld.engine.execution.package import own_rows
from upheld.records.own import estate
from upheld.records.people import Choice, record_choice, record_objection
from upheld.records.people.choices import restrict

NOW = datetime(2025, 5, 1, 9, 30, tzinfo=UTC)
ADA, STRANGER = 5, 6


def ref_of(shop: Installation, ask: object) -> str:
    with psycopg.connect(shop.own) as connection:
        row = connection.execute("SELECT subject FROM ask_subject WHERE ask = %s", [ask]).fetchone()
    assert row is not None
    return str(row[0])


def answered(shop: Installation, ask: object) -> dict[str, dict[str, Any]]:
    """Our own tables in the package of this ask, by name; each row by column."""
    ran = shop.upheld("access", str(ask), "--in", str(shop.folder), "--to", str(shop.data / "answers"), "--json")
    assert ran.code == 0, ran.err
    (package,) = ran.document["packages"]
    said = json.loads((Path(package["path"]) / "data.json").read_text(encoding="utf-8"))
    assert package["rows"] == sum(len(table["rows"]) for table in said["tables"] if table["store"] != "upheld")
    return {table["table"]: table for table in said["tables"] if table["store"] == "upheld"}


def rows_of(table: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table["rows"]
    return rows


def test_an_answer_holds_what_we_hold_of_her_and_nothing_of_a_stranger(shop: Installation) -> None:
    hers, theirs = shop.plan("access", ADA), shop.plan("access", STRANGER)
    erasure = shop.plan("erasure", ADA)
    with psycopg.connect(shop.own) as connection:
        for ask, choice, purpose in ((hers, "club-letter", "profiling"), (theirs, "kingfisher-choice", "kingfisher-purpose")):
            ref = ref_of(shop, ask["ask"])
            record_choice(connection, Choice(ref, choice, True, NOW, date(2025, 4, 1), "account"))
            record_objection(connection, ref, purpose, NOW)
        restrict(connection, ref_of(shop, theirs["ask"]), "kingfisher-ground", NOW)
        connection.execute(
            "INSERT INTO hold (id, ground, clause, source, at, leaves, until, accepted_at) VALUES ('H-0900', 'claims', 'x.1', 'GDPR', '17(3)(e)', "
            "'{name}', '2031-01-01', now()), ('H-0901', 'kingfisher-claims', 'x.1', 'GDPR', '17(3)(e)', '{name}', '2031-01-01', now())"
        )
        for hold, ask in (("H-0900", hers), ("H-0901", theirs)):
            connection.execute(
                "INSERT INTO hold_subject (hold, subject, binding) VALUES (%s, %s, '')", [hold, ref_of(shop, ask["ask"])]
            )
    ours = answered(shop, hers["ask"])
    assert [row["choice"] for row in rows_of(ours["person_choice"])] == ["club-letter"]
    assert [row["purpose"] for row in rows_of(ours["person_objection"])] == ["profiling"]
    assert {row["id"]: row["kind"] for row in rows_of(ours["ask"])} == {hers["ask"]: "access", erasure["ask"]: "erasure"}
    assert [row["id"] for row in rows_of(ours["hold"])] == ["H-0900"]
    known = {row["sealed"] for row in rows_of(ours["person_identity"])}
    assert any(tokens(ADA)[0] in value or value == f"[{ADA}]" for value in known), known
    assert "person_restriction" not in ours, "what we do not hold is no table"
    assert {"choice:given", "objection:made"} <= {"choice:given" if "club-letter" in row["detail"] else "objection:made"
                                                  for row in rows_of(ours["ledger_detail"])}  # fmt: skip
    said = json.dumps(ours)
    assert "kingfisher" not in said and ref_of(shop, theirs["ask"]) not in said and theirs["ask"] not in said
    assert not [value for value in tokens(STRANGER) if value in said]
    assert "kingfisher" in json.dumps(answered(shop, theirs["ask"])), "the stranger's own answer holds it"


def test_every_column_of_our_own_map_that_is_a_persons_is_answered_or_its_absence_is_said() -> None:
    said = yaml.safe_load((Path(estate.__path__[0]) / "upheld.yaml").read_text(encoding="utf-8"))["tables"]
    hers = {
        name: set(table["columns"])
        for name, table in said.items()
        if table.get("root") == "person" or any(link.get("owning") == "person" for link in table.get("links", {}).values())
    }
    told = {own.table: {name for name, _ in own.columns} | set(own.left_out) for own in own_rows.TABLES}
    told["ledger_detail"].discard("entry")
    assert {name: columns - told[name] for name, columns in hers.items()} == {name: set() for name in hers}
