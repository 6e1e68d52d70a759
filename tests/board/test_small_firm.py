"""A firm so small that one of its clauses is really kept: green comes from controls that ran, and goes when they, or the truth, do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.board import larkspur
from tests.board.firm import visitor
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.stores import open_store
from upheld.faces.board.model import Board
from upheld.faces.board.probes import PROBES, ProbeContext
from upheld.faces.board.prove import prove, read_board
from upheld.language.law import load_law
from upheld.language.law.from_files import law_files
from upheld.language.promises import compile_program
from upheld.records.keys import MasterKey
from upheld.records.ledger import begin
from upheld.records.own import EmbeddedServer, OwnDatabase

NOTICE = """---
notice: oak
language: en
updated: 2026-01-05
effective: 2026-01-05
controller: oak-cycles
regimes: [eu-gdpr]
---

# Privacy notice of Oak Cycles

We never store the number of your payment card. {#cards.1}

```promise
never retain: payment-card-number
```

We keep your name while you are a customer. {#keep.1}

```promise
may retain: name
while: [customer]
then: erase
within: 30 days
```
"""

MAP = """store: shop
engine: sqlite
url: env:OAK_SHOP_URL
place: IE
kind: primary
tables:
  riders:
    root: rider
    key: [id]
    columns: {id: key, name: name, remark: {free-text: review}}
"""


@pytest.fixture
def oak(own: OwnDatabase, pg: EmbeddedServer, tmp_path: Path) -> ProbeContext:
    shop = tmp_path / "shop.sqlite"
    with sqlite3.connect(shop) as made:
        made.execute("CREATE TABLE riders (id INTEGER PRIMARY KEY, name TEXT, remark TEXT)")
        made.execute("INSERT INTO riders VALUES (1, 'Ada Quill', 'prefers a steel frame'), (2, 'Bo Fenn', NULL)")
    (tmp_path / "notice.md").write_text(NOTICE, encoding="utf-8")
    compiled = compile_program({"notice.md": NOTICE}, "notice.md", load_law())
    assert compiled.program is not None, compiled.diagnostics
    estate, faults = read_estate({"estate/shop.yaml": MAP})
    assert not faults
    master = MasterKey(bytes(range(32)))
    with own.connect() as connection:
        begin(connection, master, "ledger.example.test/oak", larkspur.NOW)
    return ProbeContext(
        compiled.program, estate, {"shop": f"sqlite:///{shop}"}, open_store, own, master, load_law(), lambda: larkspur.NOW,
        lambda: pg, NOTICE, {"estate/shop.yaml": MAP}, law_files(), visitor(tmp_path, own),
    )  # fmt: skip


def shop_of(firm: ProbeContext) -> str:
    return firm.urls["shop"].removeprefix("sqlite:///")


def test_a_clause_is_kept_by_controls_that_ran(oak: ProbeContext) -> None:
    board = prove(oak)
    cards = board.clause("oak.cards.1")
    assert cards.state == "kept"
    assert [(e.outcome, e.twin_red is not None, e.exercised > 0) for e in cards.evidence] == [("held", True, True)] * len(
        cards.evidence
    )
    assert cards.evidence and board.totals()["kept"] == 1


@pytest.mark.parametrize(
    "without",
    [
        lambda firm: prove(firm, probes=()),
        lambda firm: prove(firm, probes=[p for p in PROBES if p.name != "absent-payment-card-number"]),
        lambda firm: read_board(firm.own, firm.program, larkspur.NOW, frozenset()),
    ],
    ids=["no probe", "all but the one", "read without controls"],
)
def test_with_its_controls_removed_nothing_is_kept(oak: ProbeContext, without: Callable[[ProbeContext], Board]) -> None:
    assert prove(oak).totals()["kept"] == 1
    assert without(oak).totals()["kept"] == 0


def test_a_twin_that_stays_green_takes_the_green_away(oak: ProbeContext) -> None:
    blind = [replace(p, twin=_nothing_planted) if p.name == "absent-payment-card-number" else p for p in PROBES]
    assert prove(oak, probes=blind).clause("oak.cards.1").state == "unproven"


def test_a_card_number_in_a_table_that_nobody_mapped_breaks_the_clause(oak: ProbeContext) -> None:
    with sqlite3.connect(shop_of(oak)) as shop:
        shop.execute("CREATE TABLE old_tills (line TEXT)")
        shop.execute("INSERT INTO old_tills VALUES ('4012888888881881')")
    assert prove(oak).clause("oak.cards.1").state == "broken"


def test_a_store_out_of_reach_keeps_nothing(oak: ProbeContext) -> None:
    gone = replace(oak, urls={"shop": f"sqlite:///{shop_of(oak)}.gone"})
    assert prove(gone).totals()["kept"] == 0


def _nothing_planted(context: ProbeContext):  # type: ignore[no-untyped-def]
    from contextlib import nullcontext

    return nullcontext(replace(context, sandboxed=True))
