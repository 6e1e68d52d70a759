"""Hard schemas: what becomes of them in a plan, and what is refused before one is shown."""

from __future__ import annotations

from dataclasses import replace

from tests.plan.test_plans import LIVE_ROOT, ROOT, column, planned, refusal, world_of
from upheld.engine.estate.model import (
    Catalogue,
    Category,
    Column,
    Estate,
    JsonPaths,
    Key,
    LiveTable,
    NotPersonal,
    OwningLink,
    Table,
    TriggerRule,
)
from upheld.engine.plan.plans import Plan


def test_paths_through_arrays_are_planned_where_the_engine_edits_elements() -> None:
    paths = JsonPaths({"$.contacts[*].email": Category("email-address")}, NotPersonal("settings"))
    columns = (Column("id", Key()), Column("customer_id", Key()), Column("doc", paths))
    profiles = Table(
        "profiles", ("id",), columns, owning=(OwningLink(("customer_id",), "customers", ("id",)),), erasure="blank"
    )
    live = LiveTable("profiles", (column("id", nullable=False), column("customer_id"), column("doc", "json")), ("id",))
    for engine in ("postgresql", "sqlite", "mariadb"):
        assert isinstance(planned(*world_of((ROOT, LIVE_ROOT), (profiles, live), engine=engine)), Plan)
    assert refusal(*on_mysql((profiles, live))) == "L111"
    whole = replace(
        profiles, columns=(*columns[:2], Column("doc", replace(paths, paths={"$.contacts": Category("email-address")})))
    )
    assert isinstance(planned(*on_mysql((whole, live))), Plan)
    assert refusal(*on_mysql((whole, live), version="10.6.18")) == "L111", "a server that cannot compare documents"
    assert isinstance(planned(*on_mysql((whole, live), version="10.11.6")), Plan)


def on_mysql(*tables: tuple[Table, LiveTable], version: str = "mysql 8.0") -> tuple[Estate, Catalogue]:
    """A world of MariaDB whose server says that it is MySQL, or of another version."""
    estate, catalogue = world_of((ROOT, LIVE_ROOT), *tables, engine="mariadb")
    return estate, Catalogue({name: replace(live, version=version) for name, live in catalogue.stores.items()})


def test_a_publication_that_nobody_declared_refuses_since_it_sends_rows_as_they_were() -> None:
    live = replace(LIVE_ROOT, publications=("feed",))
    assert refusal(*world_of((ROOT, live))) == "L103"
    declared = replace(ROOT, triggers=(TriggerRule("feed", "harmless", reason="the warehouse is a derived store"),))
    assert isinstance(planned(*world_of((declared, live))), Plan)
