"""A firm whose one store is a MariaDB: every probe that looks into a store is tried there, and its twin goes red over a shadow on a private server.

The schema has what only this engine has: counted keys of four bytes, words of an enumeration, moments of two kinds, a key column of an identifier, a
trigger that calls a function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.board import larkspur
from tests.board.firm import visitor
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

HARBOUR = Path(__file__).parents[1] / "cli" / "firm"
NEVER = """
## What we never keep

We never store the number of your payment card. {#cards.1}

```promise
never retain: payment-card-number
```

Nobody here can read your password. {#cards.2}

```promise
never retain: password
unless as: slow-hash
```

## Your rights
"""
MAP = """store: shop
engine: mariadb
url: env:HAZEL_SHOP_URL
place: NO
kind: primary
max-shared: 3
tables:
  customers:
    root: customer
    key: [id]
    identifies: {email: {form: email/1, names: one}}
    erasure: blank
    columns:
      id: key
      name: name
      email: email-address
      email_key: email-address
      password: password
      notes: {free-text: review, leaf: case-text}
      standing: {not-personal: open or closed}
  orders:
    key: [id]
    links: {customer_id: {owning: customers}}
    triggers: {orders_gone: {copies-to: order_history}}
    columns:
      id: key
      customer_id: key
      what: purchase
      said: {json: {$.gift: purchase}, others: {not-personal: how it is wrapped}}
      placed_at: {event: last-order, leaf: purchase}
  order_history:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns: {id: key, customer_id: key, what: purchase, placed_at: {event: last-order, leaf: purchase}}
  invoices:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns:
      id: key
      customer_id: key
      billed_name: name
      amount_cents: invoice-detail
      invoiced_at: {event: invoiced, leaf: invoice-detail}
"""
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
SCHEMA = f"""
CREATE FUNCTION shortened(said text) RETURNS text DETERMINISTIC RETURN LEFT(said, 200);
CREATE TABLE customers (id int AUTO_INCREMENT PRIMARY KEY, name varchar(80), email varchar(120), password varchar(200), notes text,
  standing enum('open', 'closed') NOT NULL DEFAULT 'open');
CREATE TABLE orders (id mediumint unsigned AUTO_INCREMENT PRIMARY KEY, customer_id int NOT NULL, what varchar(200), said json,
  placed_at timestamp NULL, FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TABLE order_history (id int AUTO_INCREMENT PRIMARY KEY, customer_id int, what varchar(200), placed_at datetime, INDEX (customer_id));
CREATE TABLE invoices (id smallint PRIMARY KEY, customer_id int NOT NULL, billed_name varchar(80), amount_cents int, invoiced_at date,
  FOREIGN KEY (customer_id) REFERENCES customers (id));
CREATE TRIGGER orders_gone AFTER DELETE ON orders FOR EACH ROW
  INSERT INTO order_history (customer_id, what, placed_at) VALUES (OLD.customer_id, shortened(OLD.what), OLD.placed_at);
INSERT INTO customers (id, name, email, password, notes) VALUES
  (1, 'Ada Quill', 'ada@hazel.example.test', '{HASH}', 'prefers linen'), (2, 'Bo Fenn', 'bo@hazel.example.test', '{HASH}', NULL);
INSERT INTO orders (id, customer_id, what, said, placed_at) VALUES (1, 1, 'a clock', '{{"gift": "a ribbon"}}', '2026-01-05 10:00:00');
INSERT INTO order_history (customer_id, what, placed_at) VALUES (1, 'a lamp', '2026-02-05 10:00:00');
INSERT INTO invoices VALUES (1, 1, 'Ada Quill', 1200, '2026-01-06');
"""
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
    notice = (
        (HARBOUR / "notice.md")
        .read_text(encoding="utf-8")
        .replace("notice: harbour", "notice: hazel", 1)
        .replace("\n## Your rights\n", NEVER, 1)
    )
    contacts = (HARBOUR / "contacts.yaml").read_text(encoding="utf-8")
    (tmp_path / "notice.md").write_text(notice, encoding="utf-8")
    compiled = compile_program({"notice.md": notice, "contacts.yaml": contacts}, "notice.md", load_law())
    assert compiled.program is not None, compiled.diagnostics
    estate, faults = read_estate({"estate/shop.yaml": MAP})
    assert not faults
    master = MasterKey(bytes(range(32)))
    with own.connect() as connection:
        begin(connection, master, "ledger.example.test/hazel", larkspur.NOW)
    return ProbeContext(
        compiled.program, estate, {"shop": url}, open_store, own, master, load_law(), lambda: larkspur.NOW,
        lambda: pg, notice, {"estate/shop.yaml": MAP}, law_files(), visitor(tmp_path),
    )  # fmt: skip


@pytest.mark.parametrize("name", LOOKING)
def test_each_probe_looks_into_a_mariadb_store_and_its_twin_goes_red(name: str, hazel: ProbeContext) -> None:
    probe = next(p for p in PROBES if p.name == name)
    found = probe.run(hazel)
    assert {one.control for one in found if one.exercised} >= probe.controls - {"shared:two-owners"}, found
    assert [one for one in found if one.outcome != "held"] == []
    assert all(one.coverage is None or one.coverage.reached == one.coverage.of for one in found), found
    tried = try_twin(hazel, probe, probe.controls - {"shared:two-owners"})
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
