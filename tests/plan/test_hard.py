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
    LiveForeignKey,
    LiveTable,
    LiveTrigger,
    NotPersonal,
    OwningLink,
    Table,
    TriggerRule,
)
from upheld.engine.plan import Ask, plan_for
from upheld.engine.plan.model import DueAfter, KeepRule, Refused, Why
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import DeleteRows, Rekey


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


# ---- personal keys -----------------------------------------------------------------------------------------------------

LOGINS = Table(
    "logins", ("login",), (Column("login", Category("identifier")), Column("customer_id", Key())),
    owning=(OwningLink(("customer_id",), "customers", ("id",)),), erasure="blank",
)  # fmt: skip
LIVE_LOGINS = LiveTable("logins", (column("login", "text", nullable=False), column("customer_id")), ("login",))
OF_LOGIN = OwningLink(("login",), "logins", ("login",))
LED = LiveForeignKey("led", ("login",), "logins", ("login",), "no action")


def test_rows_that_a_rule_keeps_never_get_another_key_with_the_one_they_lead_to() -> None:
    profiles = Table("profiles", ("login",), (Column("login", Key()), Column("about", Category("name"))), owning=(OF_LOGIN,))
    live = LiveTable("profiles", (column("login", "text", nullable=False), column("about", "text")), ("login",), (LED,))
    world = world_of((ROOT, LIVE_ROOT), (LOGINS, LIVE_LOGINS), (profiles, live))
    assert isinstance(planned(*world), Plan)
    rule = KeepRule("law", ("about",), DueAfter("about", 6, "years"), Why(("keep.1",)))
    found = plan_for(*world, {("shop", "profiles"): (rule,)}, Ask("A-0001", "erasure", 1))
    assert isinstance(found, Refused) and found.code == "L112" and "profiles" in found.reason


def test_copies_of_rows_whose_key_changes_are_found_by_the_old_key_or_nothing_is_planned() -> None:
    visits = Table(
        "visits", ("id",), (Column("id", Key()), Column("login", Key())), owning=(OF_LOGIN,), erasure="blank",
        triggers=(TriggerRule("kept", "copies-to", target="visits_log"),),
    )  # fmt: skip
    live = LiveTable(
        "visits",
        (column("id", nullable=False), column("login", "text")),
        ("id",),
        (LED,),
        triggers=(LiveTrigger("kept", ("update",), ""),),
    )
    log = Table(
        "visits_log", ("id",), (Column("id", Key()), Column("login", Key()), Column("customer_id", Key())), owning=(OF_LOGIN,)
    )
    live_log = LiveTable("visits_log", (column("id", nullable=False), column("login", "text"), column("customer_id")), ("id",))
    made = planned(*world_of((ROOT, LIVE_ROOT), (LOGINS, LIVE_LOGINS), (visits, live), (log, live_log)))
    assert isinstance(made, Plan)
    steps = made.stores[0].steps
    rekey = next(n for n, step in enumerate(steps) if isinstance(step, Rekey))
    assert any(isinstance(step, DeleteRows) and step.rows.table == "visits_log" for step in steps[rekey:])
    unled = replace(log, owning=(OwningLink(("customer_id",), "customers", ("id",)),))
    assert refusal(*world_of((ROOT, LIVE_ROOT), (LOGINS, LIVE_LOGINS), (visits, live), (unled, live_log))) == "L112"
    undeclared = replace(visits, triggers=())
    assert refusal(*world_of((ROOT, LIVE_ROOT), (LOGINS, LIVE_LOGINS), (undeclared, live), (log, live_log))) == "L103"
