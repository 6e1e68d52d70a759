"""What a declared trigger copies while an erasure runs: docs/fates.md, section 2. What is held stays where it was, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.case import Row
from tests.oracle.compare import differences
from tests.oracle.databases import create
from tests.oracle.draw_schema import DAYS, Shape
from tests.oracle.engine import engine_of
from tests.oracle.generate import World
from tests.oracle.oracle import erase
from tests.oracle.running import after, expected_rows, ran
from tests.oracle.schema import Col, Store, Tab, key, owned_by, personal
from tests.oracle.test_oracle_by_hand import ADA, LAW, customers
from upheld.engine.estate.model import Event
from upheld.engine.execution import Answer
from upheld.engine.plan.model import DueAfter, KeepRule, Until

ENGINES = ("postgresql", "sqlite", "mariadb")
COPIED = ("of_customer_id", "of_name", "of_note", "of_done_at")


def ordering(
    engine: str, rules: dict[str, tuple[KeepRule, ...]], *, large: tuple[str, ...] = (), erasure: str = "delete"
) -> World:
    """One customer with an order, and a trigger that copies each changed order; one copy stands there already."""
    orders = Tab(
        "orders",
        [key("id"), key("customer_id"), personal("name"), personal("note", "own-writing"), Col("done_at", Event("done"), "date")],
        owning=[owned_by("customer_id", "customers")], erasure=erasure, history="orders_history",
    )  # fmt: skip
    copies = Tab(
        "orders_history",
        [key("seq"), key("of_customer_id"), personal("of_name"), personal("of_note", "own-writing"), Col("of_done_at", Event("done"), "date")],
        ("seq",), owning=[owned_by("of_customer_id", "customers")], serial=True,
    )  # fmt: skip
    shop = Store("shop", engine, [customers(), orders, copies], large=large)
    order: Row = {"id": 5, "customer_id": 1, "name": "ada-name-2", "note": "ada-note-3", "done_at": "2025-06-01"}
    before: Row = {"seq": 1} | dict(zip(COPIED, (1, "ada-was-4", "ada-noted-5", "2025-06-01"), strict=True))
    rows = {
        ("shop", "customers"): [{"id": 1, "name": "ada-name-1", "email": "ada-mail-1@example.test"}],
        ("shop", "orders"): [order],
        ("shop", "orders_history"): [before],
    }
    keeps = {("shop", table): found for table, found in rules.items()}
    tokens = {word: "ada" for word in ("ada-name-1", "ada-mail-1", "ada-name-2", "ada-note-3", "ada-was-4", "ada-noted-5")}
    return World(Shape(frozenset(), (engine, "sqlite")), [shop], rows, keeps, (ADA,), tokens, ("ada",))


def held(column: str) -> KeepRule:
    return KeepRule("case-1", (column,), Until(DAYS[0].replace(year=2030)), LAW, frozenset({ADA.ref}))


def by_law(column: str, event: str) -> KeepRule:
    return KeepRule("tax-law", (column,), DueAfter(event, 6, "years"), LAW)


RULES = {
    "a hold on rows and copies": {"orders": (held("name"),), "orders_history": (held("of_name"),)},
    "a hold on the copies alone": {"orders_history": (held("of_name"),)},
    "a law on rows and copies": {"orders": (by_law("name", "done_at"),), "orders_history": (by_law("of_name", "of_done_at"),)},
    "a law on the copies alone": {"orders_history": (by_law("of_name", "of_done_at"),)},
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rules", RULES, ids=lambda name: name.replace(" ", "-"))
def test_what_a_trigger_copies_meanwhile_goes_and_what_was_copied_before_is_held(
    tmp_path: Path, engine: str, rules: str
) -> None:
    """Also where the rows copied from would be deleted in transactions of their own, before the ask's."""
    for large, erasure in ((("orders",), "delete"), ((), "blank")):
        world = ordering(engine, RULES[rules], large=large, erasure=erasure)
        addresses = create(world, tmp_path)
        with engine_of(world, addresses) as running:
            outcome = ran(running)
        assert isinstance(outcome, Answer) and outcome.is_done, outcome
        expected = erase(world.case)
        assert differences(after(world, addresses), expected_rows(world, expected)) == [], (large, erasure)
        assert sum(len(kept.keys) for kept in outcome.stores[0].kept) == sum(
            bool(fate.keep) for fate in expected.fates.values()
        )
