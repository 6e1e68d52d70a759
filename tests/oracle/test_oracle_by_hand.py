"""The oracle itself, on examples computed by hand from docs/fates.md, section by section."""

from __future__ import annotations

import dataclasses
from datetime import date

from tests.oracle.case import Case, Rows, Subject
from tests.oracle.oracle import FOREVER, Blank, access, blank_document, erase, later
from tests.oracle.ownership import belongings, normal_form
from tests.oracle.schema import Col, Fk, Store, Tab, key, owned_by, personal, plain, to_catalogue, to_estate
from upheld.engine.estate.model import (
    Category,
    Event,
    FreeText,
    Identifier,
    IdentityLink,
    JsonPaths,
    NotPersonal,
    SharedRule,
)
from upheld.engine.plan.model import DueAfter, KeepRule, Until, Why

ADA = Subject("s-1", {("shop", "customers"): ((1,),)})
BEN = Subject("s-2", {("shop", "customers"): ((2,),)})
LAW = Why(("keep.1",))


def customers(**more: object) -> Tab:
    return Tab(
        "customers",
        [key("id"), personal("name"), personal("email", "email-address")],
        root="customer",
        identifies=(Identifier("email", "email/1", "one"),),
        **more,
    )


def orders(link_nullable: bool = True, **more: object) -> Tab:
    return Tab(
        "orders",
        [
            key("id"),
            key("customer_id", link_nullable),
            personal("ship_to", "postal-address"),
            plain("total", "integer"),
            Col("shipped_at", Event("shipped"), "date"),
        ],
        owning=[owned_by("customer_id", "customers")],
        fks=[Fk(("customer_id",), "customers", ("id",))],
        **more,
    )


def case(tabs: list[Tab], rows: dict[str, list[dict[str, object]]], *subjects: Subject, **more: object) -> Case:
    store = Store("shop", "sqlite", tabs)
    full: Rows = {("shop", t.name): [] for t in tabs}
    for name, given in rows.items():
        full["shop", name] = [{c.name: row.get(c.name) for c in store.tab(name).cols} for row in given]
    return Case(to_estate([store]), to_catalogue([store]), full, subjects or (ADA,), **more)


TWO = [{"id": 1, "name": "Ada", "email": "ada@example.test"}, {"id": 2, "name": "Ben", "email": "ben@example.test"}]
SOLD = [
    {"id": 10, "customer_id": 1, "ship_to": "Ada's", "total": 5, "shipped_at": "2025-06-01"},
    {"id": 11, "customer_id": 2, "ship_to": "Ben's", "total": 6, "shipped_at": "2025-06-01"},
    {"id": 12, "customer_id": None, "ship_to": "nobody's", "total": 7},
    {"id": 13, "customer_id": 99, "ship_to": "an orphan's", "total": 8},
]


def ids(rows: Rows, table: str) -> list[object]:
    return [r["id"] for r in rows["shop", table]]


def test_a_tree_goes_and_the_others_stay():
    left = erase(case([customers(), orders()], {"customers": TWO, "orders": SOLD})).dump
    assert ids(left, "customers") == [2]
    assert ids(left, "orders") == [11, 12, 13]
    assert left["shop", "orders"][0] == SOLD[1]


def test_blank_leaves_the_sale_without_a_person():
    left = erase(case([customers(), orders(erasure="blank")], {"customers": TWO, "orders": SOLD})).dump
    row = left["shop", "orders"][0]
    assert row["ship_to"] == Blank(True, "Ada's")
    assert (row["customer_id"], row["total"]) == (None, 5)  # the nullable key is cut since Ada's row is gone


def test_a_blanked_row_with_a_needed_parent_keeps_it_blank():
    outcome = erase(case([customers(), orders(False, erasure="blank")], {"customers": TWO, "orders": SOLD[:2]}))
    assert ids(outcome.dump, "customers") == [1, 2]
    assert outcome.dump["shop", "customers"][0]["name"] == Blank(True, "Ada")
    assert outcome.dump["shop", "orders"][0]["customer_id"] == 1


def test_cut_loosens_only_the_link_that_leads_to_the_subject():
    tab = orders(erasure="cut")
    tab.cols.append(key("payer_id"))
    tab.owning.append(owned_by("payer_id", "customers"))
    sold = [SOLD[0] | {"payer_id": 2}]
    row = erase(case([customers(), tab], {"customers": TWO, "orders": sold})).dump["shop", "orders"][0]
    assert (row["customer_id"], row["payer_id"], row["total"]) == (None, 2, 5)
    assert row["ship_to"] == Blank(True, "Ada's")


def keep(**more: object) -> dict[tuple[str, str], tuple[KeepRule, ...]]:
    return {("shop", "orders"): (KeepRule("tax", ("ship_to",), DueAfter("shipped_at", 6, "years"), LAW, **more),)}


def test_a_kept_row_stays_and_its_nullable_link_is_cut_with_the_parent():
    outcome = erase(case([customers(), orders()], {"customers": TWO, "orders": SOLD}, keeps=keep()))
    assert ids(outcome.dump, "customers") == [2]
    row = outcome.dump["shop", "orders"][0]
    assert (row["ship_to"], row["customer_id"]) == ("Ada's", None)
    assert outcome.fates["shop", "orders", 0].keep == {"ship_to": ("tax", date(2031, 6, 1))}


def test_a_kept_row_holds_its_needed_parent_as_a_blank_row():
    outcome = erase(case([customers(), orders(False)], {"customers": TWO, "orders": SOLD[:2]}, keeps=keep()))
    assert outcome.dump["shop", "customers"][0] == {
        "id": 1,
        "name": Blank(True, "Ada"),
        "email": Blank(True, "ada@example.test"),
    }


def test_an_end_that_is_reached_keeps_nothing():
    old = [SOLD[0] | {"shipped_at": "2020-01-15"}]  # 6 years later is today, not after it
    assert ids(erase(case([customers(), orders()], {"customers": TWO, "orders": old}, keeps=keep())).dump, "orders") == []


def test_an_event_without_a_date_keeps_and_is_reported():
    undated = [SOLD[0] | {"shipped_at": None}]
    outcome = erase(case([customers(), orders()], {"customers": TWO, "orders": undated}, keeps=keep()))
    assert ids(outcome.dump, "orders") == [10]
    assert outcome.undated == {("shop", "orders", 0)}
    assert outcome.fates["shop", "orders", 0].keep == {"ship_to": ("tax", FOREVER)}


def test_a_hold_names_its_subjects_and_the_later_end_counts():
    hold = KeepRule("case-7", ("ship_to",), Until(date(2040, 1, 1)), LAW, frozenset({"s-1"}))
    both = {("shop", "orders"): (*keep()["shop", "orders"], hold)}
    outcome = erase(case([customers(), orders()], {"customers": TWO, "orders": SOLD[:2]}, ADA, BEN, keeps=both))
    assert outcome.fates["shop", "orders", 0].keep["ship_to"] == ("case-7", date(2040, 1, 1))
    assert outcome.fates["shop", "orders", 1].keep["ship_to"] == ("tax", date(2031, 6, 1))


def test_months_end_where_the_month_ends():
    assert later(date(2025, 1, 31), 1, "months") == date(2025, 2, 28)
    assert later(date(2024, 2, 29), 1, "years") == date(2025, 2, 28)
    assert later(date(2025, 11, 30), 3, "months") == date(2026, 2, 28)
    assert later(date(2025, 12, 31), 2, "days") == date(2026, 1, 2)


def test_a_need_from_outside_is_a_refusal_and_a_nullable_one_is_cut():
    note = Tab("notes", [key("id"), key("about", True)], fks=[Fk(("about",), "customers", ("id",), "cascade")])
    rows = {"customers": TWO, "notes": [{"id": 1, "about": 1}]}
    assert erase(case([customers(), note], rows)).dump["shop", "notes"] == [{"id": 1, "about": None}]
    note.cols[1].nullable = False
    outcome = erase(case([customers(), note], rows))
    assert outcome.refused == {"shop"}
    assert outcome.dump["shop", "customers"] == TWO


def test_a_cycle_ends_and_a_self_reference_is_followed_down_only():
    folders = Tab(
        "folders",
        [key("id"), key("customer_id"), key("parent_id"), personal("title")],
        owning=[owned_by("customer_id", "customers"), owned_by("parent_id", "folders")],
    )
    rows = [
        {"id": 1, "customer_id": 1, "parent_id": 3},
        {"id": 2, "parent_id": 1},
        {"id": 3, "parent_id": 2},
        {"id": 4, "parent_id": 5},
        {"id": 5, "customer_id": 2},
    ]
    assert ids(erase(case([customers(), folders], {"customers": TWO, "folders": rows})).dump, "folders") == [4, 5]


# ---- identity --------------------------------------------------------------------------------------------------------


def letters() -> Tab:
    return Tab(
        "letters",
        [key("id"), personal("email", "email-address"), personal("topic")],
        identity=[IdentityLink("email", "customer", "email/1")],
        placeholders=("n/a",),
    )


def test_identity_compares_normal_forms_and_never_blanks_or_placeholders():
    rows = [{"id": n, "email": e} for n, e in enumerate(["Ada@Example.TEST ", "ada2@example.test", None, " ", "N/A"])]
    three = [*TWO, {"id": 3, "email": "n/a"}]
    outcome = erase(case([customers(), letters()], {"customers": three, "letters": rows}))
    assert ids(outcome.dump, "letters") == [1, 2, 3, 4]
    third = Subject("s-3", {("shop", "customers"): ((3,),)})
    assert ids(erase(case([customers(), letters()], {"customers": three, "letters": rows}, third)).dump, "letters") == [
        0,
        1,
        2,
        3,
        4,
    ]


def test_a_shared_address_is_contested_and_an_overshared_one_never_links():
    tabs, rows = [customers(), letters()], [{"id": 1, "email": "ada@example.test"}]
    twins = [*TWO, {"id": 3, "email": "ADA@example.test"}]
    outcome = erase(case(tabs, {"customers": twins, "letters": rows}))
    assert (ids(outcome.dump, "customers"), ids(outcome.dump, "letters")) == ([2, 3], [1])
    assert outcome.contested == {("shop", "letters", 0)}
    many = [*twins, {"id": 4, "email": "ada@example.test"}, {"id": 5, "email": "ada@example.test"}]
    assert erase(case(tabs, {"customers": many, "letters": rows})).contested == set()


def test_an_address_names_a_root_only_if_exactly_one_bears_it():
    by_mail = Subject("s-1", {}, (("customer", "email/1", "ada@example.test"),))
    tabs = [customers(), letters()]
    assert ids(erase(case(tabs, {"customers": TWO}, by_mail)).dump, "customers") == [2]
    twins = [*TWO, {"id": 3, "email": "ADA@example.test"}]
    assert erase(case(tabs, {"customers": twins}, by_mail)).ambiguous
    told = Subject("s-1", {("shop", "customers"): ((3,),)}, by_mail.identifiers)
    assert ids(erase(case(tabs, {"customers": twins}, told)).dump, "customers") == [1, 2]


# ---- two owners ------------------------------------------------------------------------------------------------------


def messages(sender: str, recipient: str) -> list[Tab]:
    message = Tab(
        "messages",
        [key("id"), key("sender_id"), key("recipient_id"), personal("body"), personal("sender_note")],
        owning=[owned_by("sender_id", "customers", role="sender"), owned_by("recipient_id", "customers", role="recipient")],
        shared={
            "sender": SharedRule("full", (), sender, ("body", "sender_note")),
            "recipient": SharedRule("full", ("sender_note",), recipient, ()),
        },
    )
    return [customers(), message]


SENT = [
    {"id": 1, "sender_id": 1, "recipient_id": 2, "body": "hello", "sender_note": "dull"},
    {"id": 2, "sender_id": 2, "recipient_id": 1, "body": "well", "sender_note": "ok"},
    {"id": 3, "sender_id": 1, "recipient_id": 1, "body": "self", "sender_note": "me"},
    {"id": 4, "sender_id": 1, "recipient_id": 77, "body": "gone", "sender_note": "x"},
]


def test_blank_mine_and_keep():
    rows = erase(case(messages("blank-mine", "keep"), {"customers": TWO, "messages": SENT})).dump["shop", "messages"]
    assert rows[0] == SENT[0] | {"sender_id": None, "body": Blank(True, "hello"), "sender_note": Blank(True, "dull")}
    assert rows[1] == SENT[1] | {"recipient_id": None}  # kept, but its parent row is gone
    assert rows[2]["sender_id"] is None and rows[2]["recipient_id"] is None


def test_delete_when_last_looks_at_the_other_owner():
    tabs = messages("delete-when-last", "keep")
    assert ids(erase(case(tabs, {"customers": TWO, "messages": SENT})).dump, "messages") == [1, 2]
    both = erase(case(tabs, {"customers": TWO, "messages": SENT}, ADA, BEN)).dump
    assert ids(both, "messages") == []


def test_access_leaves_out_what_is_the_others():
    answer = access(case(messages("keep", "keep"), {"customers": TWO, "messages": SENT}), ADA)
    assert set(answer.rows["shop", "messages", (1,)]) == {"id", "sender_id", "recipient_id", "body", "sender_note"}
    assert "sender_note" not in answer.rows["shop", "messages", (2,)]
    assert "sender_note" in answer.rows["shop", "messages", (3,)]  # two roles in one row: the union
    assert ("shop", "customers", (2,)) not in answer.rows


# ---- blank and access of documents -----------------------------------------------------------------------------------


DOCUMENT = JsonPaths({"$.contact.email": Category("email-address"), "$.theme": NotPersonal("a colour")}, FreeText("review"))


def test_a_document_loses_its_personal_members():
    given = {"contact": {"email": "a@example.test", "phone": "1"}, "theme": "dark", "memo": "x"}
    assert blank_document(DOCUMENT, given) == {"contact": {}, "theme": "dark"}
    plain_others = JsonPaths(DOCUMENT.paths, NotPersonal("settings"))
    assert blank_document(plain_others, given) == {"contact": {"phone": "1"}, "theme": "dark", "memo": "x"}


def test_access_shows_personal_members_and_lists_free_text_for_review():
    tab = Tab(
        "profiles",
        [
            key("id"),
            key("customer_id"),
            Col("doc", DOCUMENT, "json"),
            Col("memo", FreeText("review")),
            Col("motto", FreeText("never-names-others")),
            plain("rank"),
        ],
        owning=[owned_by("customer_id", "customers")],
    )
    row = {"id": 1, "customer_id": 1, "doc": {"contact": {"email": "x"}, "z": 1}, "memo": "m", "motto": "on", "rank": "r"}
    answer = access(case([customers(), tab], {"customers": TWO, "profiles": [row]}), ADA)
    cells = answer.rows["shop", "profiles", (1,)]
    assert cells == {"id": 1, "customer_id": 1, "doc": {"$.contact.email": "x"}, "motto": "on"}
    assert answer.review == {("shop", "profiles", (1,), "doc"), ("shop", "profiles", (1,), "memo")}


def test_a_discriminator_decides_whose_a_row_is():
    tab = Tab(
        "tags",
        [key("id"), plain("type"), key("of"), personal("label")],
        owning=[owned_by("of", "customers", when=("type", "Customer")), owned_by("of", "orders", when=("type", "Order"))],
    )
    tags = [{"id": 1, "type": "Customer", "of": 1}, {"id": 2, "type": "Order", "of": 1}, {"id": 3, "type": "Order", "of": 10}]
    mine = belongings(case([customers(), orders(), tab], {"customers": TWO, "orders": SOLD, "tags": tags}), ADA)
    assert {p for p in mine.roles if p[1] == "tags" and p in mine} == {("shop", "tags", 0), ("shop", "tags", 2)}


# ---- identifiers, rounds, roles ----------------------------------------------------------------------------------------


def chained(expand: int) -> Case:
    """Ada's mail names a subscriber, whose code names a member, whose mail names a reader."""
    code, mail = Identifier("code", "exact/1", "one"), Identifier("email", "email/1", "one")
    tabs = [customers()]
    for name, identifies in (("subscribers", (mail, code)), ("members", (code, mail)), ("readers", (mail,))):
        cols = [key("id"), personal("email", "email-address"), personal("code", "identifier")]
        tabs.append(Tab(name, cols, root="customer", identifies=identifies))
    letters = Tab("letters", [key("id"), personal("email", "email-address")])
    letters.identity = [IdentityLink("email", "customer", "email/1")]
    rows: dict[str, list[dict[str, object]]] = {
        "customers": [{"id": 1, "email": "ada@example.test"}],
        "subscribers": [{"id": 1, "email": "ada@example.test", "code": "c-1"}],
        "members": [{"id": 1, "email": "second@example.test", "code": "c-1"}],
        "readers": [{"id": 1, "email": "second@example.test"}],
        "letters": [{"id": 1, "email": "second@example.test"}],
    }
    store = Store("shop", "sqlite", [*tabs, letters], expand=expand)
    full: Rows = {("shop", t.name): [{c.name: row.get(c.name) for c in t.cols} for row in rows[t.name]] for t in store.tabs}
    return Case(to_estate([store]), to_catalogue([store]), full, (ADA,))


def test_one_round_names_other_rows_of_the_same_identifiers_and_stops_there():
    assert {t for _, t, _ in belongings(chained(1), ADA).roles} == {"customers", "subscribers"}


def test_two_rounds_that_would_find_more_in_a_third_are_unclear():
    assert belongings(chained(2), ADA).unclear and erase(chained(2)).unclear


def test_three_rounds_verify_what_the_second_found_and_end_where_nothing_is_new():
    found = belongings(chained(3), ADA)
    assert not found.unclear
    assert {t for _, t, _ in found.roles} == {"customers", "subscribers", "members", "readers", "letters"}


def mails(erasure: str) -> Tab:
    tab = Tab("mails", [key("id"), personal("source", "email-address"), personal("target", "email-address"), personal("body")])
    tab.identity = [
        IdentityLink("source", "customer", "email/1", "sender"),
        IdentityLink("target", "customer", "email/1", "recipient"),
    ]
    rule = SharedRule("full", (), erasure, ("body",))  # type: ignore[arg-type]
    tab.shared = {"sender": rule, "recipient": SharedRule("none", (), "keep")}
    return tab


def test_a_row_found_by_its_sender_goes_when_the_recipient_is_nobody():
    ada: dict[str, object] = {"id": 1, "email": "ada@example.test"}
    for other, goes in ((None, True), (" ", True), ("n/a", True), ("ADA@example.test", True), ("stranger@example.test", False)):
        rows = {"customers": [ada], "mails": [{"id": 1, "source": "ada@example.test", "target": other, "body": "x"}]}
        found = case([customers(placeholders=()), mails("delete-when-last")], rows)
        left = erase(_with_placeholder(found)).dump["shop", "mails"]
        assert (left == []) == goes, (other, left)
        if not goes:
            [row] = left
            assert row["source"] is None and isinstance(row["body"], Blank) and row["target"] == other


def _with_placeholder(found: Case) -> Case:
    store = dataclasses.replace(found.estate.stores["shop"], placeholders=("n/a",))
    return dataclasses.replace(found, estate=dataclasses.replace(found.estate, stores={"shop": store}))


def test_identifiers_are_compared_as_the_page_of_the_estate_says():
    same = {
        normal_form("email/1", v, "") for v in ("Mara@b\u00fccher.test", " mara@BU\u0308CHER.test", "mara@xn--bcher-kva.test")
    }
    assert same == {"mara@xn--bcher-kva.test"}
    assert normal_form("email/1", "\u00c4@example.test", "") != normal_form("email/1", "\u00e4@example.test", "")
    assert {normal_form("phone/1", v, "DE") for v in ("0151 23456780", "+49 (0)151 2345 6780", "0049-151.23456780")} == {
        "+4915123456780"
    }
    assert [normal_form("phone/1", v, "DE") for v in ("tel 0151 23456780", "0151 23456780/7", "12", "")] == ["", "", "", ""]
