"""A firm whose one store is a MariaDB: every probe that looks into a store is tried there, and its twin goes red over a shadow on a private server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.board import larkspur
from tests.board.firm import visitor
from tests.board.hazel import CONTACTS, MAP, NOTICE, SCHEMA
from tests.mariadb import execute
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.mariadb.key_columns import creating
from upheld.engine.stores import open_store
from upheld.faces.board.probes import PROBES, ProbeContext
from upheld.faces.board.prove import prove, try_twin
from upheld.language.law import load_law
from upheld.language.law.from_files import law_files
from upheld.language.promises import compile_program
from upheld.records.keys import MasterKey
from upheld.records.ledger import begin
from upheld.records.own import EmbeddedServer, OwnDatabase

LOOKING = (
    "estate-classified",
    "canary",
    "calendar-count",
    "calendar-canary",
    "restore",
    "absent-card-number",
    "absent-payment-card-number",
    "absent-password",
)


@pytest.fixture
def hazel(own: OwnDatabase, pg: EmbeddedServer, tmp_path: Path, make_mariadb: Callable[..., str]) -> ProbeContext:
    url = make_mariadb()
    execute(url, SCHEMA, creating("customers", "email", "email/1"))
    (tmp_path / "notice.md").write_text(NOTICE, encoding="utf-8")
    (tmp_path / "contacts.yaml").write_text(CONTACTS, encoding="utf-8")
    compiled = compile_program({"notice.md": NOTICE, "contacts.yaml": CONTACTS}, "notice.md", load_law())
    assert compiled.program is not None, compiled.diagnostics
    estate, faults = read_estate({"estate/shop.yaml": MAP})
    assert not faults
    master = MasterKey(bytes(range(32)))
    with own.connect() as connection:
        begin(connection, master, "ledger.example.test/hazel", larkspur.NOW)
    return ProbeContext(
        compiled.program, estate, {"shop": url}, open_store, own, master, load_law(), lambda: larkspur.NOW,
        lambda: pg, NOTICE, {"estate/shop.yaml": MAP}, law_files(), visitor(tmp_path, own),
    )  # fmt: skip


UNASKED = {"shared:two-owners"}  # of which this firm promises nothing


@pytest.mark.parametrize("name", LOOKING)
def test_each_probe_looks_into_a_mariadb_store_and_its_twin_goes_red(name: str, hazel: ProbeContext) -> None:
    probe = next(p for p in PROBES if p.name == name)
    found = probe.run(hazel)
    assert {one.control for one in found if one.exercised} >= probe.controls - UNASKED, found
    assert [one for one in found if one.outcome != "held"] == []
    assert all(one.coverage is None or one.coverage.reached == one.coverage.of for one in found), found
    tried = try_twin(hazel, probe, probe.controls - UNASKED)
    assert all(red for red, _ in tried.values()), tried


SEARCHES = [p for p in PROBES if p.name in ("absent-payment-card-number", "absent-password")]


def test_a_clause_over_a_mariadb_store_is_kept_by_a_search_that_ran_and_broken_by_what_it_finds(hazel: ProbeContext) -> None:
    board = prove(hazel, probes=SEARCHES)
    for clause in ("hazel.cards.1", "hazel.cards.2"):
        found = board.clause(clause)
        assert found.state == "kept", found
        assert [(e.outcome, e.twin_red is not None, e.exercised > 0) for e in found.evidence] == [("held", True, True)]
    execute(hazel.urls["shop"], "CREATE TABLE old_tills (line text)", "INSERT INTO old_tills VALUES ('4012888888881881')")
    execute(hazel.urls["shop"], "UPDATE customers SET password = 'linen' WHERE id = 2")
    board = prove(hazel, probes=SEARCHES)
    assert [board.clause(clause).state for clause in ("hazel.cards.1", "hazel.cards.2")] == ["broken", "broken"]
    gone = replace(hazel, urls={"shop": hazel.urls["shop"].replace("localhost/firm_", "localhost/gone_")})
    assert prove(gone, probes=SEARCHES).totals()["kept"] == 0


def test_without_a_server_to_do_harm_on_nothing_is_kept(hazel: ProbeContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert prove(hazel, probes=SEARCHES).clause("hazel.cards.1").state == "unproven"


def test_what_a_trigger_copies_unseen_is_found_by_the_canary(hazel: ProbeContext) -> None:
    execute(
        hazel.urls["shop"], "CREATE TABLE past (name varchar(80))",
        "CREATE TRIGGER remembered BEFORE UPDATE ON customers FOR EACH ROW INSERT INTO past VALUES (OLD.name)",
    )  # fmt: skip
    canary = next(p for p in PROBES if p.name == "canary")
    assert [one.outcome for one in canary.run(hazel) if one.control == "plan:erasure"] == ["failed"]
