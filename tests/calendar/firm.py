"""Firms of a few tables, each made for one test: promises as they stand in a notice, a map, rows; and the calendar over them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from tests.execution.shop import run_sql
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution.calendar import Ended, count_bare, keys_to_review, preview_due, run_calendar
from upheld.engine.execution.calendar.lists import lists_of_kept, over_in
from upheld.engine.execution.kept.rows import KeptRows
from upheld.engine.plan.calendar import Retention, retention
from upheld.engine.plan.model import Ask, Binding, KeepRule, Refused, Until, Why
from upheld.engine.plan.passes.fates import personal_columns
from upheld.engine.plan.plans import Preview
from upheld.engine.stores import Store, open_stores
from upheld.language.promises import compile_program
from upheld.language.promises.model import Program

TODAY = date(2026, 1, 15)
SECRET = "5e" * 16
ASK = Ask("A-0001", "retention", 0)
NOTICE = """---
notice: tern
language: en
updated: 2026-01-01
effective: 2026-01-01
controller: tern-ferries
contacts: contacts.yaml
officer: none
officer-reason: We are small.
regimes: [eu-gdpr]
settings: {history: 3 years}
---

# Privacy notice

## How long

What we keep, and how long. {#keep.1}

```promise
define: tern-ferries
is: party
role: controller
---
"""
HEAD = """
store: quay
engine: {engine}
url: env:QUAY_URL
place: IE
kind: primary
{store}tables:
"""


def _flush(promises: str) -> str:
    """Each promise at the margin, however deep the test wrote it."""
    return "\n".join(line.strip() for line in promises.strip().splitlines())


def program_of(promises: str) -> Program:
    """The program of a notice whose one clause bears these promises."""
    compiled = compile_program({"notice.md": NOTICE + _flush(promises) + "\n```\n"}, "notice.md")
    unread = [
        d for d in compiled.diagnostics if d.code in ("P101", "P102", "P104", "P105", "P106", "P107", "P108", "P201", "P202")
    ]
    assert compiled.draft is not None and not unread, unread
    return compiled.draft


@dataclass
class Quay:
    """One store with its promises, and the calendar over both."""

    program: Program
    estate: Estate
    catalogue: Catalogue
    stores: dict[str, Store]
    address: str
    day: date = TODAY
    kept: list[tuple[str, tuple[object, ...], date | None]] = field(default_factory=list)  # by an erasure: table, key, until
    held: list[KeptRows] = field(default_factory=list)  # by the calendar

    def plan(self) -> Retention:
        places = over_in(self.lists)
        found = retention(self.program, self.estate, self.catalogue, ASK, self.day, places)
        assert not isinstance(found, Refused), found
        return found

    @property
    def lists(self) -> tuple[Binding, ...]:
        """Kept rows as the application hands them on."""
        return lists_of_kept((*self.held, *(self._erased(*one) for one in self.kept)), self.day)

    def _erased(self, table: str, key: tuple[object, ...], until: date | None) -> KeptRows:
        columns = tuple(personal_columns(self.estate.table("quay", table)))
        return KeptRows("quay", table, KeepRule("tax-law", columns, Until(TODAY), Why(())), until, (key,))

    def preview(self) -> dict[str, int]:
        """Rows past their date by table."""
        found = self.plan()
        counts = preview_due(found, self.estate, self.catalogue, self.stores, self.lists, secret=SECRET)
        assert isinstance(counts, Preview), counts
        steps = found.plan.stores[0].steps if found.plan.stores else ()
        return {
            s.wanted.table: counts.rows["quay", n] for n, s in enumerate(steps) if hasattr(s, "due") and counts.rows["quay", n]
        }

    def bare(self) -> dict[str, tuple[str, ...]]:
        """Findings with rows: code and columns by table."""
        found = count_bare(self.plan(), self.estate, self.catalogue, self.stores, self.lists)
        return {f.table: (f.code, *f.columns) for f in found}

    def waiting(self, table: str) -> list[tuple[object, ...]]:
        """Keys of rows that wait for a review."""
        found = self.plan()
        asked = [f for f in found.findings if f.code == "L312" and f.table == table]
        return [key for f in asked for key in keys_to_review(found, f, self.estate, self.catalogue, self.stores, self.lists)]

    def run(self, preview: bool = True, **more: object) -> Ended:
        found = self.plan()
        counts = preview_due(found, self.estate, self.catalogue, self.stores, self.lists, secret=SECRET) if preview else None
        assert not isinstance(counts, Refused)
        came = run_calendar(
            found.plan, self.estate, self.catalogue, self.stores, day=self.day, secret=SECRET, preview=counts, lists=self.lists, **more,  # type: ignore[arg-type]
        )  # fmt: skip
        for kept in (k for outcome in came.answer.stores for k in outcome.kept):
            for key, until in zip(kept.keys, kept.until, strict=True):
                self.held.append(KeptRows("quay", kept.table, kept.rule, until, (key,), whole=False))
        return came

    def sql(self, text: str) -> list[tuple[object, ...]]:
        return run_sql(self.address, text)


@contextmanager
def quay(
    address: str, promises: str, tables: str, schema: str, *, store: str = "", more: Mapping[str, str] | None = None
) -> Iterator[Quay]:
    """`tables` as in an estate file, below `tables:`, `store` above it; `schema` and rows in SQL; `more` estate files."""
    engine = address.partition(":")[0]
    yaml = HEAD.format(engine=engine, store=store) + textwrap.indent(textwrap.dedent(tables), "  ")
    estate, findings = read_estate({"quay.yaml": yaml, **(more or {})})
    assert [f for f in findings if f.severity == "error"] == [], findings
    run_sql(address, textwrap.dedent(schema))
    stores = open_stores(estate, {"quay": address})
    try:
        yield Quay(program_of(promises), estate, Catalogue({n: s.catalogue() for n, s in stores.items()}), stores, address)
    finally:
        for store in stores.values():
            store.close()
