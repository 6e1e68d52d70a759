"""One MariaDB store by hand: its schema in SQL, its map in YAML, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from tests import mariadb
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution import Answer, Bound, Subject, WorkingCopy, bind, run_access, run_erasure
from upheld.engine.plan import Ask, Plan, Refused, plan_for
from upheld.engine.stores import Store, Timeouts, open_stores

TODAY = date(2026, 1, 15)
HEAD = "store: shop\nengine: mariadb\nurl: env:SHOP_URL\nplace: IE\nkind: primary\ntables:\n"
CUSTOMERS = """
  customers:
    root: customer
    key: [id]
    identifies: {email: {form: email/1, names: one}}
    columns: {id: key, name: name, email: email-address}
"""


@dataclass
class Firm:
    """A firm's store, scanned and connected."""

    address: str
    estate: Estate
    catalogue: Catalogue
    stores: dict[str, Store]

    @property
    def store(self) -> Store:
        return self.stores["shop"]

    def plan(self, kind: str = "erasure") -> Plan:
        made = self.try_plan(kind)
        assert isinstance(made, Plan), made
        return made

    def try_plan(self, kind: str = "erasure") -> Plan | Refused:
        return plan_for(self.estate, self.catalogue, {}, Ask("A-0001", kind, 1))  # type: ignore[arg-type]

    def found(self, code: str = "") -> list[str]:
        """Codes of errors in the map, or of every finding of this code."""
        every = check_estate(self.estate, self.catalogue)
        return [f.code for f in every if (f.code == code if code else f.severity == "error")]

    def bound(self, *emails: str) -> Bound:
        subjects = [Subject(f"s-{n}", {}, (("customer", "email/1", email),)) for n, email in enumerate(emails)]
        made = bind(self.estate, self.catalogue, self.stores, subjects)
        assert isinstance(made, Bound), made
        return made

    def erase(self, *emails: str, plan: Plan | None = None) -> Answer:
        return run_erasure(
            plan or self.plan(), self.estate, self.catalogue, self.bound(*emails).bindings, self.stores, today=TODAY, secret="5e" * 16
        )  # fmt: skip

    def copy(self, folder: Path, *emails: str) -> WorkingCopy:
        now = datetime(2026, 1, 15, tzinfo=UTC)
        made = run_access(
            self.plan("access"), self.estate, self.catalogue, self.bound(*emails).bindings, self.stores,
            today=TODAY, now=now, folder=folder, key=bytes(32),
        )  # fmt: skip
        assert isinstance(made, WorkingCopy), made
        return made

    def rows_of(self, copy: WorkingCopy, ref: str = "s-0") -> dict[str, list[tuple[object, ...]]]:
        return {table.table: list(table.rows) for table in copy.answer(ref, self.estate).tables}

    def sql(self, *statements: str) -> list[tuple[object, ...]]:
        return mariadb.execute(self.address, *statements)


@contextmanager
def firm_of(address: str, tables: str, *schema: str, timeouts: Timeouts | None = None) -> Iterator[Firm]:
    """The store with this schema and this map, for as long as the block lasts."""
    estate, findings = read_estate({"shop.yaml": HEAD + tables})
    assert [f for f in findings if f.severity == "error"] == [], findings
    mariadb.execute(address, *schema)
    stores = open_stores(estate, {"shop": address}, timeouts)
    try:
        yield Firm(address, estate, Catalogue({"shop": stores["shop"].catalogue()}), stores)
    finally:
        for store in stores.values():
            store.close()
