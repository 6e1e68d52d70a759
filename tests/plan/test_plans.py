"""Plans: pure, under a digest, one for one estate; refused where the estate or the schema forbids them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.generate import Shape, generate
from tests.oracle.oracle import later as later_by_hand
from upheld.engine.estate.model import (
    Catalogue,
    Category,
    Column,
    Estate,
    Identifier,
    IdentityLink,
    Key,
    LiveColumn,
    LiveForeignKey,
    LiveTable,
    LiveTrigger,
    OwningLink,
    StoreCatalogue,
    StoreMap,
    Table,
    TriggerRule,
)
from upheld.engine.plan import Ask, Plan, Refused, plan_for
from upheld.engine.plan.digest import from_json, plan_from_json, plan_to_json, to_json
from upheld.engine.plan.passes.graph import components, is_cycle
from upheld.engine.plan.periods import first_alive, later
from upheld.engine.plan.steps import DeleteRows, Guard, SelectCycle

ASK = Ask("A-0001", "erasure", 1)
WHOLE = Shape(
    frozenset({"keep", "hold", "messages", "inherited", "cycle", "json", "trigger", "composite", "polymorphic"}), seed=7
)


def planned(estate: Estate, catalogue: Catalogue) -> Plan | Refused:
    return plan_for(estate, catalogue, {}, ASK)


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_stored_as_json_comes_back_the_same_under_its_digest(seed: int) -> None:
    case = generate(replace(WHOLE, seed=seed)).case
    for kind in ("erasure", "access"):
        plan = plan_for(case.estate, case.catalogue, case.keeps, Ask("A-0001", kind, 2))  # type: ignore[arg-type]
        assert isinstance(plan, Plan)
        assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan
        assert plan_for(case.estate, case.catalogue, case.keeps, Ask("A-0001", kind, 2)) == plan  # type: ignore[arg-type]


def test_a_plan_that_was_altered_in_store_is_refused() -> None:
    case = generate(WHOLE).case
    plan = plan_for(case.estate, case.catalogue, case.keeps, ASK)
    stored = json.dumps(plan_to_json(plan))  # type: ignore[arg-type]
    altered = plan_from_json(json.loads(stored.replace('"customers"', '"orders"', 1)))
    assert isinstance(altered, Refused) and altered.code == "L205"


def test_the_digest_covers_fingerprint_ask_and_number_of_people() -> None:
    case = generate(WHOLE).case
    one = planned(case.estate, case.catalogue)
    more = plan_for(case.estate, case.catalogue, {}, replace(ASK, subjects=2))
    shop = case.catalogue.stores["shop"]
    drifted = Catalogue({**case.catalogue.stores, "shop": replace(shop, fingerprint="other")})
    digests = {p.digest for p in (one, more, planned(case.estate, drifted)) if isinstance(p, Plan)}
    assert len(digests) == 3


def test_no_step_names_a_subject_or_a_value() -> None:
    world = generate(WHOLE)
    plan = plan_for(world.case.estate, world.case.catalogue, {}, ASK)
    said = json.dumps(plan_to_json(plan))  # type: ignore[arg-type]
    assert not any(token in said for token in world.tokens)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.dates(), lambda c: st.tuples(c, c), max_leaves=8)
)
def test_json_keeps_every_plain_value(value: object) -> None:
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


# ---- periods and graphs --------------------------------------------------------------------------------------------

DAYS = st.dates(date(1950, 1, 1), date(2100, 1, 1))


@given(DAYS, st.integers(0, 400), st.sampled_from(["days", "months", "years"]))
def test_a_period_ends_as_a_calendar_says(day: date, amount: int, unit: str) -> None:
    assert later(day, amount, unit) == later_by_hand(day, amount, unit)  # type: ignore[arg-type]


@given(DAYS, DAYS, st.integers(0, 400), st.sampled_from(["days", "months", "years"]))
def test_a_row_is_alive_exactly_from_the_first_day_on(today: date, day: date, amount: int, unit: str) -> None:
    first = first_alive(today, amount, unit)  # type: ignore[arg-type]
    assert (day >= first) == (later(day, amount, unit) > today)  # type: ignore[arg-type]


EDGES = st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.sampled_from("abcdef")), max_size=6)


@given(EDGES)
def test_components_come_after_what_they_point_to_and_hold_every_circle(edges: dict[str, frozenset[str]]) -> None:
    order = components("abcdef", edges)
    place = {name: n for n, component in enumerate(order) for name in component}
    assert sorted(place) == list("abcdef")
    for source, targets in edges.items():
        for target in targets:
            assert place[target] <= place[source]
            if place[target] == place[source]:
                assert is_cycle(order[place[source]], edges)


# ---- refusals ------------------------------------------------------------------------------------------------------


def column(name: str, family: str = "integer", nullable: bool = True) -> LiveColumn:
    return LiveColumn(name, family, family, nullable)  # type: ignore[arg-type]


def world_of(*tables: tuple[Table, LiveTable], engine: str = "postgresql") -> tuple[Estate, Catalogue]:
    store = StoreMap("shop", engine, "env:X", "IE", "primary", {t.name: t for t, _ in tables})  # type: ignore[arg-type]
    live = StoreCatalogue("shop", engine, "18", {place.name: place for _, place in tables}, "f")  # type: ignore[arg-type]
    return Estate({"shop": store}), Catalogue({"shop": live})


ROOT = Table(
    "customers", ("id",), (Column("id", Key()), Column("email", Category("email-address"))),
    root="customer", identifies=(Identifier("email", "email/1", "one"),),
)  # fmt: skip
LIVE_ROOT = LiveTable("customers", (column("id", nullable=False), column("email", "text")), ("id",))


def refusal(estate: Estate, catalogue: Catalogue) -> str:
    found = planned(estate, catalogue)
    assert isinstance(found, Refused), found
    return found.code


def test_an_estate_without_people_has_no_plan() -> None:
    assert refusal(*world_of((replace(ROOT, root=None, identifies=()), LIVE_ROOT))) == "L101"


def test_a_column_that_nothing_can_replace_refuses_the_plan() -> None:
    sized = LiveTable(
        "customers", (column("id", nullable=False), column("email", "integer", nullable=False)), ("id",), checks=(("c", "email > 30"),)
    )  # fmt: skip
    assert refusal(*world_of((replace(ROOT, erasure="blank"), sized))) == "L102"


@pytest.mark.parametrize("rule", [(), (TriggerRule("audit", "blocks"),), (TriggerRule("audit", "copies-to", "nowhere"),)])
def test_a_trigger_that_is_not_harmless_refuses_the_plan(rule: tuple[TriggerRule, ...]) -> None:
    live = replace(LIVE_ROOT, triggers=(LiveTrigger("audit", ("delete",), "…"),))
    assert refusal(*world_of((replace(ROOT, triggers=rule), live))) == "L103"


def test_a_trigger_that_copies_copies_refuses_the_plan() -> None:
    """Copies of copies would be written behind the pass that erases copies. What alone copies rows of people is no matter."""

    def copying(name: str, into: str) -> tuple[Table, LiveTable]:
        columns = (Column("id", Key()), Column("person", Key()), Column("email", Category("email-address")))
        rule = (TriggerRule("again", "copies-to", into),) if into else ()
        table = Table(name, ("id",), columns, owning=(OwningLink(("person",), "customers", ("id",)),), triggers=rule)
        live = LiveTable(name, (column("id", nullable=False), column("person"), column("email", "text")), ("id",))
        return table, replace(live, triggers=(LiveTrigger("again", ("delete",), "…"),) if into else ())

    root = replace(ROOT, triggers=(TriggerRule("audit", "copies-to", "past"),))
    live = replace(LIVE_ROOT, triggers=(LiveTrigger("audit", ("delete",), "…"),))
    assert isinstance(planned(*world_of((root, live), copying("past", ""), copying("older", ""))), Plan)
    refused = planned(*world_of((root, live), copying("past", "older"), copying("older", "")))
    assert isinstance(refused, Refused) and refused.code == "L103" and "shop.past, trigger again" in refused.reason
    assert refused.help


def test_a_trigger_on_what_the_plan_does_not_do_is_no_matter() -> None:
    live = replace(LIVE_ROOT, triggers=(LiveTrigger("stamp", ("insert",), "…"),))
    assert isinstance(planned(*world_of((ROOT, live))), Plan)


@pytest.mark.parametrize("kind", ["view", "foreign", "materialised view"])
def test_only_tables_are_worked_on(kind: str) -> None:
    assert refusal(*world_of((ROOT, replace(LIVE_ROOT, kind=kind)))) == "L104"  # type: ignore[arg-type]
    assert refusal(*world_of((replace(ROOT, key=()), LIVE_ROOT))) == "L104"


def test_a_column_or_a_parent_that_the_catalogue_does_not_know_refuses() -> None:
    missing = replace(ROOT, columns=(*ROOT.columns, Column("fax", Category("fax-number"))))
    assert refusal(*world_of((missing, LIVE_ROOT))) == "L105"
    estate, catalogue = world_of((ROOT, LIVE_ROOT))
    assert refusal(estate, Catalogue({})) == "L105"
    orphan = replace(ROOT, owning=(OwningLink(("id",), "nowhere", ("id",)),))
    assert refusal(*world_of((orphan, LIVE_ROOT))) == "L105"
    assert isinstance(planned(estate, catalogue), Plan)


def circle(on_delete: str, nullable: bool, engine: str) -> Plan | Refused:
    def part(name: str, other: str) -> tuple[Table, LiveTable]:
        links = (OwningLink(("customer_id",), "customers", ("id",)),)
        columns = (Column("id", Key()), Column("customer_id", Key()), Column("other_id", Key()))
        live = LiveTable(
            name, (column("id", nullable=False), column("customer_id"), column("other_id", nullable=nullable)), ("id",),
            (LiveForeignKey(f"{name}_fk", ("other_id",), other, ("id",), on_delete),),  # type: ignore[arg-type]
        )  # fmt: skip
        return Table(name, ("id",), columns, owning=links), live

    return planned(*world_of((ROOT, LIVE_ROOT), part("a", "b"), part("b", "a"), engine=engine))


def test_rows_of_a_circle_go_in_one_step_unless_the_engine_cannot() -> None:
    for engine in ("postgresql", "sqlite"):
        plan = circle("no action", False, engine)
        assert isinstance(plan, Plan)
        [together] = [s for s in plan.store("shop").steps if isinstance(s, DeleteRows) and s.along]
        assert {together.rows.table, *(r.table for r in together.along)} == {"a", "b"}
    found = circle("restrict", False, "sqlite")
    assert isinstance(found, Refused) and found.code == "L106"
    cut = circle("restrict", True, "sqlite")
    assert isinstance(cut, Plan) and not any(isinstance(s, DeleteRows) and s.along for s in cut.store("shop").steps)


def test_a_large_table_that_must_be_searched_without_an_index_refuses() -> None:
    orders = Table("orders", ("id",), (Column("id", Key()), Column("customer_id", Key())),
                   owning=(OwningLink(("customer_id",), "customers", ("id",)),))  # fmt: skip
    live = LiveTable("orders", (column("id", nullable=False), column("customer_id")), ("id",), estimate=200_000)
    assert refusal(*world_of((ROOT, LIVE_ROOT), (orders, live))) == "L108"
    assert isinstance(planned(*world_of((ROOT, LIVE_ROOT), (orders, replace(live, estimate=1_000)))), Plan)
    mailed = Table("letters", ("id",), (Column("id", Key()), Column("email", Category("email-address"))),
                   identity=(IdentityLink("email", "customer", "email/1"),))  # fmt: skip
    letters = LiveTable("letters", (column("id", nullable=False), column("email", "text")), ("id",), estimate=200_000)
    assert refusal(*world_of((ROOT, LIVE_ROOT), (mailed, letters))) == "L108"


# ---- shape ---------------------------------------------------------------------------------------------------------


def test_a_guard_stands_before_every_delete_that_somebody_outside_could_hang_on() -> None:
    loans = LiveTable(
        "loans", (column("id", nullable=False), column("who", nullable=False)), ("id",),
        (LiveForeignKey("loans_who", ("who",), "customers", ("id",), "cascade"),),
    )  # fmt: skip
    estate, catalogue = world_of((ROOT, LIVE_ROOT))
    live = replace(catalogue.stores["shop"], tables={**catalogue.stores["shop"].tables, "loans": loans})
    plan = planned(estate, Catalogue({"shop": live}))
    assert isinstance(plan, Plan)
    kinds = [type(s) for s in plan.store("shop").steps]
    assert kinds.index(Guard) < kinds.index(DeleteRows)


def test_tables_that_own_each_other_are_read_by_one_statement() -> None:
    case = generate(Shape(frozenset({"cycle"}), seed=1)).case
    plan = planned(case.estate, case.catalogue)
    assert isinstance(plan, Plan)
    [cycle] = [s for s in plan.store("shop").steps if isinstance(s, SelectCycle)]
    assert {w.table for w in cycle.wanted} == {"docs", "folders"}


def test_stores_that_provide_identities_come_last() -> None:
    case = generate(Shape(frozenset(), seed=1)).case
    plan = planned(case.estate, case.catalogue)
    assert isinstance(plan, Plan) and [part.store for part in plan.stores] == ["post", "shop"]
