"""A 300-table estate is read and checked well inside the goal for a whole notice (0.5 s)."""

from __future__ import annotations

import time

from upheld.engine.estate.check import check_estate
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, LiveColumn, LiveForeignKey, LiveIndex, LiveTable, StoreCatalogue

HEAD = "store: shop\nengine: postgresql\nurl: env:SHOP_URL\nplace: IE\nkind: primary\ntables:\n"
PEOPLE = """  customers:
    root: customer
    key: [id]
    columns: {id: key, name: name}
"""
TABLE = """  t{n}:
    key: [id]
    links: {{parent_id: {{owning: {parent}}}}}
    columns:
      id: key
      parent_id: key
      email: email-address
      notes: {{free-text: review}}
      shipped_at: {{event: shipped}}
      total: {{not-personal: an amount says nothing of a person}}
      a: purchase
      b: purchase
      c: purchase
      d: purchase
"""


def test_three_hundred_tables_are_read_and_checked_in_a_fifth_of_a_second():
    text = HEAD + PEOPLE + "".join(TABLE.format(n=n, parent="customers" if n % 7 == 0 else f"t{n - 1}") for n in range(299))
    names = ["id", "parent_id", "email", "notes", "shipped_at", "total", "a", "b", "c", "d"]
    columns = tuple(
        LiveColumn(name, "integer" if name.endswith("id") else "text", "text" if name[-2:] != "id" else "integer", True)
        for name in names
    )
    tables = {"customers": LiveTable("customers", (*columns[:1], LiveColumn("name", "text", "text", True)), ("id",))}
    for n in range(299):
        key = LiveForeignKey("f", ("parent_id",), "customers" if n % 7 == 0 else f"t{n - 1}", ("id",), "no action")
        tables[f"t{n}"] = LiveTable(f"t{n}", columns, ("id",), (key,), (LiveIndex("i", ("parent_id",), False),))
    catalogue = Catalogue({"shop": StoreCatalogue("shop", "postgresql", "18", tables, "")})
    took = []
    for _ in range(5):
        start = time.process_time()
        estate, findings = read_estate({"estate/shop.yaml": text})
        checked = check_estate(estate, catalogue, {"name", "email-address", "own-writing", "purchase"})
        took.append(time.process_time() - start)
        assert (findings, checked) == ((), ())
    # Ten times the measured time of the processor: the goal is checked by the benchmark, a regression in kind by this, on a busy machine, too.
    assert min(took) < 1.0, took
