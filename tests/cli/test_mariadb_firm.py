"""The whole of `upheld prove` over a firm whose one store is a MariaDB, while our own database is given by URL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from tests.board.hazel import CONTACTS, MAP, NOTICE, SCHEMA
from tests.cli.harbour import Harbour, Installation
from tests.mariadb import execute
from upheld.engine.estate.mariadb.key_columns import creating
from upheld.faces.board.kept_records import newest_twins

LOOKED_INTO = {
    "plan:access", "plan:erasure", "calendar:retention", "estate:classified", "store:absent:payment-card-number", "store:absent:password",
}  # fmt: skip


@pytest.fixture
def hazel(harbour: Harbour, make_mariadb: Callable[..., str]) -> Iterator[Installation]:
    """A firm with a MariaDB and nothing else. PATH has the programs by which a shadow is made."""
    url = make_mariadb()
    execute(url, SCHEMA, creating("customers", "email", "email/1"))
    made = harbour.installation()
    folder = made.data / "firm"
    (folder / "estate").mkdir(parents=True)
    for name, text in (("notice.md", NOTICE), ("contacts.yaml", CONTACTS), ("estate/shop.yaml", MAP)):
        (folder / name).write_text(text, encoding="utf-8")
    firm = replace(made, folder=folder, more={"HAZEL_SHOP_URL": url, "PATH": os.environ["PATH"]})
    ran = firm.upheld("scan", "env:HAZEL_SHOP_URL", "--to", str(folder), "--store", "shop", "--place", "NO")
    assert ran.code == 0, ran.err
    yield firm
    harbour.drop(made)


def test_prove_looks_into_a_mariadb_store_with_every_probe_and_each_twin_goes_red(hazel: Installation) -> None:
    ran = hazel.upheld("prove", str(hazel.folder), "--json")
    assert ran.code == 0, ran.err
    board = {clause["id"]: clause for clause in ran.document["clauses"]}
    assert board["hazel.cards.1"]["state"] == board["hazel.cards.2"]["state"] == "kept"
    # Others may have nothing to look at yet in so small a firm: no run of the calendar, no open duty.
    looked = [one for clause in board.values() for one in clause["evidence"] if one["control"] in LOOKED_INTO]
    assert {one["control"] for one in looked} == LOOKED_INTO
    for one in looked:
        assert one["outcome"] == "held" and one["exercised"] and one["twin_red"], repr(one)
    with psycopg.connect(hazel.owner) as connection:
        twins = {control: red for (control, _), (_, red) in newest_twins(connection, "hazel").items()}
    assert all(twins[control] for control in LOOKED_INTO)
    assert twins["ledger:integrity"], "also of a ledger of our own making, on a server that is ours"
