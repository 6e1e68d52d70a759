"""Each data step is explained to a MariaDB before anything runs: a large table without an index refuses, with the statement that ends it; a middling one is advised."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.harbour import lines
from tests.cli.preloaded import Ran
from tests.drift.test_mariadb_drift import Moved, firm
from tests.mariadb import execute
from tests.stores.firm import CUSTOMERS, firm_of
from tests.stores.test_mariadb import ADA, LETTERS, PEOPLE, POST
from upheld.engine.estate.mariadb.key_columns import creating
from upheld.engine.estate.model import Catalogue
from upheld.engine.execution.advice import advise

__all__ = ["firm"]

INVOICES = "INSERT INTO invoices SELECT 1000000 + seq, seq % 50000 + 1, 'x', 'y', 1, '2025-01-01' FROM seq_1_to_{rows}; ANALYZE TABLE invoices"
PEOPLE_OF = "INSERT INTO customers (id, name) SELECT 1000000 + seq, 'x' FROM seq_1_to_{rows}; ANALYZE TABLE customers"


def grown(firm: Moved, *text: str) -> None:
    execute(firm.address, *text)
    firm.drift("--relock")


def planned(firm: Moved, *words: str, kind: str = "erasure") -> Ran:
    return firm.shop.upheld("plan", str(firm.folder), "--ask", kind, "--subject", "-", *words, stdin=lines(2))


def test_a_large_table_without_an_index_is_refused_and_its_statement_mends_it(firm: Moved) -> None:
    grown(firm, INVOICES.format(rows=150_000), "DROP INDEX invoices_customer ON invoices")
    refused = planned(firm, "--json")
    assert refused.code == 1 and refused.document["error"]["code"] == "E412", refused.err
    error = refused.document["error"]
    assert "shop.invoices is found by `customer_id`" in error["detail"] and "Measured on another estate" in error["detail"]
    statement = error["help"].split("Run: ")[1].split(";")[0] + ";"
    assert statement == "CREATE INDEX invoices_customer_id ON invoices (customer_id) ALGORITHM=INPLACE LOCK=NONE;"
    access = planned(firm, "--json", kind="access").document
    assert [(one["code"], one["place"]) for one in access["advice"]] == [("E411", "shop.invoices")], "it locks nothing"
    grown(firm, statement)
    mended = planned(firm, "--json")
    assert mended.code == 0 and mended.document["advice"] == []


def test_an_identifier_without_its_key_column_is_advised_with_both_statements(make_mariadb: Callable[..., str]) -> None:
    fill = "INSERT INTO letters SELECT seq, 'somebody@example.test', 'x' FROM seq_1_to_20000; ANALYZE TABLE letters"
    with firm_of(make_mariadb(), CUSTOMERS + LETTERS, PEOPLE, POST, ADA, fill) as shop:
        for kind in ("erasure", "access"):
            [missing] = advise(shop.plan(kind), shop.estate, shop.catalogue, shop.stores).missing
            assert (missing.code, missing.table, missing.by) == ("E411", "letters", "`email`")
            assert 15_000 < missing.rows < 25_000 and missing.statement == creating("letters", "email", "email/1")
        shop.sql(*missing.statement.split(";")[:2], "ANALYZE TABLE letters")
        shop.catalogue = Catalogue({"shop": shop.store.catalogue()})
        assert advise(shop.plan(), shop.estate, shop.catalogue, shop.stores).missing == ()


def test_tables_with_their_indexes_are_no_matter_however_large(firm: Moved) -> None:
    grown(firm, INVOICES.format(rows=150_000), PEOPLE_OF.format(rows=150_000))
    assert planned(firm, "--json").document["advice"] == []
    assert planned(firm, "--json", kind="access").document["advice"] == []
