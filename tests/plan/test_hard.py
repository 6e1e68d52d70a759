"""Hard schemas: what becomes of them in a plan, and what is refused before one is shown."""

from __future__ import annotations

from dataclasses import replace

from tests.plan.test_plans import LIVE_ROOT, ROOT, column, planned, refusal, world_of
from upheld.engine.estate.model import Category, Column, JsonPaths, Key, LiveTable, NotPersonal, OwningLink, Table, TriggerRule
from upheld.engine.plan.plans import Plan


def test_paths_through_arrays_are_planned_where_the_engine_edits_elements() -> None:
    paths = JsonPaths({"$.contacts[*].email": Category("email-address")}, NotPersonal("settings"))
    columns = (Column("id", Key()), Column("customer_id", Key()), Column("doc", paths))
    profiles = Table(
        "profiles", ("id",), columns, owning=(OwningLink(("customer_id",), "customers", ("id",)),), erasure="blank"
    )
    live = LiveTable("profiles", (column("id", nullable=False), column("customer_id"), column("doc", "json")), ("id",))
    for engine in ("postgresql", "sqlite"):
        assert isinstance(planned(*world_of((ROOT, LIVE_ROOT), (profiles, live), engine=engine)), Plan)
    assert refusal(*world_of((ROOT, LIVE_ROOT), (profiles, live), engine="mariadb")) == "L111"
    whole = replace(
        profiles, columns=(*columns[:2], Column("doc", replace(paths, paths={"$.contacts": Category("email-address")})))
    )
    assert isinstance(planned(*world_of((ROOT, LIVE_ROOT), (whole, live), engine="mariadb")), Plan)


def test_a_publication_that_nobody_declared_refuses_since_it_sends_rows_as_they_were() -> None:
    live = replace(LIVE_ROOT, publications=("feed",))
    assert refusal(*world_of((ROOT, live))) == "L103"
    declared = replace(ROOT, triggers=(TriggerRule("feed", "harmless", reason="the warehouse is a derived store"),))
    assert isinstance(planned(*world_of((declared, live))), Plan)
