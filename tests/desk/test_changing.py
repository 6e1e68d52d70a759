"""Rights that change or stop something, from the form to the answer, over a filled firm."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from tests.desk.conftest import Desked
from tests.desk.test_copies import within
from tests.desk.test_thin_path import letters, token_in
from tests.language.made_programs import any_of, program, promise
from upheld.duties.recipients.model import Order
from upheld.duties.recipients.orders import orders_of
from upheld.duties.requests import Case, RequestFault, details_of, timeline
from upheld.faces.app.declared import check_declared, read_points
from upheld.faces.app.desk import Asked, ordering
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.rights import (
    Weighed,
    announce_lifting,
    decide_review,
    deciding_points,
    lift_restriction,
    profile_of,
    record_decision,
    weigh_objections,
)
from upheld.faces.app.desk.rights.deciding_points import waiting_reviews
from upheld.faces.app.desk.rights.marketing import marketing_purposes
from upheld.faces.app.desk.rights.restricting import LIFT
from upheld.faces.app.errors import Unusable
from upheld.language.law import law_terms
from upheld.language.promises.model import Kind, Name
from upheld.records.people import Choice, record_choice
from upheld.records.people.choices import record_fact
from upheld.records.people.facts import OPTED_OUT, RESTRICTED, facts_of, objected_to
from upheld.records.people.rights import RightsFault, mark_disputed
from upheld.records.people.suppression import suppressed_among


def asked(desked: Desked, right: str, email: str, **details: str) -> Case:
    """A case that is proven and as far as it comes by itself."""
    desk = desked.desk
    said = {"name": "Ada Example", "email": email, "words": "Please.", **details}
    case = desk.open(Asked((right,), "eu-gdpr", "web", desked.clock(), said)).case
    desked.work()
    if desk.case(case.number).state == "identity":
        desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
        desked.work()
    return desk.case(case.number)


def facts(desked: Desked, case: Case) -> dict[Name, object]:
    assert case.subject is not None
    with desked.desk.own.connection() as connection:
        return dict(facts_of(connection, case.subject, desked.clock().date()))


def rows(desked: Desked, sql: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(desked.firm.app.settings.environment["UPHELD_PLATFORM_URL"]) as connection:
        return connection.execute(sql, values).fetchall()  # type: ignore[call-overload]


def test_a_correction_is_disputed_at_once_approved_made_everywhere_and_told(desked: Desked) -> None:
    desk, email = desked.desk, desked.email(5)
    ((number, old),) = rows(desked, "SELECT id, phone FROM customers WHERE email = %s", email)
    corrections = json.dumps({"column": "platform.customers.phone", "was": old, "now": "+353 1 555 0100"})
    case = asked(desked, "rectification", email, corrections=corrections, statement="Since May I have another number.")
    assert case.state == "approval" and facts(desked, case)[Name(Kind.FACT, "disputed-platform.customers.phone")] is True
    with desk.own.connection() as connection:
        shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)["rectification"]
    assert shown.digest, shown.note
    desk.approve(case.number, [shown.digest], "staff:1")
    desked.work()
    assert rows(desked, "SELECT phone FROM customers WHERE id = %s", number) == [("+353 1 555 0100",)]
    assert desk.case(case.number).state in ("recipients", "answered")
    assert Name(Kind.FACT, "disputed-platform.customers.phone") not in facts(desked, desk.case(case.number))
    with desk.own.connection() as connection:
        assert connection.execute("SELECT count(*) FROM person_statement").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM recipient_order WHERE act = 'rectify'").fetchone() != (0,)


def test_a_correction_that_does_not_name_what_stands_there_shows_that_something_does_and_waits_for_a_person(
    desked: Desked,
) -> None:
    desk, email = desked.desk, desked.email(15)
    place = "platform.customers.phone"
    corrections = json.dumps({"column": place, "now": "+353 1 555 0199"})
    case = asked(desked, "rectification", email, corrections=corrections)
    ((old,),) = rows(desked, "SELECT phone FROM customers WHERE email = %s", email)
    with desk.own.connection() as connection:
        shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)["rectification"]
    assert case.state == "approval" and shown.approval and old and str(old) not in shown.note
    assert shown.note == f"replaces a value that was not named: {place} (1 cell)"
    profile = profile_of(desk, json.dumps({"email": email}))
    assert [field.place for field in profile.fields if field.disputed] == [place]


def test_a_copy_marks_what_is_disputed_by_its_column_or_by_its_category(desked: Desked) -> None:
    desk, email = desked.desk, desked.email(16)
    known = asked(desked, "restriction", email)
    assert known.subject is not None
    with desk.own.transaction() as connection:
        for about in ("email-address", "platform.customers.phone"):
            mark_disputed(connection, known.subject, about, desk.now)
    copy = desk.open(Asked(("access",), "eu-gdpr", "web", desked.clock(), {"name": "Ada Example", "email": email})).case
    desked.work()
    desk.prove_email(token_in(letters(desked, copy.id)[0][1], "prove"))
    desked.work()
    found = desk.fetch(token_in(letters(desked, copy.id)[-1][1], "file"))
    assert found is not None
    said = json.loads(within(b"".join(found.blocks), "data.json"))
    customers = next(table for table in said["tables"] if table["table"] == "customers")
    assert {one["column"] for one in customers["disputed"]} == {"email", "phone"}


def test_a_restriction_counts_at_once_and_ends_only_after_the_person_was_told(desked: Desked) -> None:
    desk = desked.desk
    case = asked(desked, "restriction", desked.email(6), grounds="accuracy-contested")
    assert case.state in ("recipients", "answered") and facts(desked, case)[RESTRICTED] is True
    with pytest.raises(RightsFault, match="R211"):
        lift_restriction(desk, case.number, "staff:1")
    day = desked.clock().date() + timedelta(days=7)
    announce_lifting(desk, case.number, day, "The data were looked up and are right.", "staff:1")
    assert letters(desked, case.id)[-1][0] == "restriction-lifting" and facts(desked, case)[RESTRICTED] is True
    desked.clock.forward(days=6)
    with pytest.raises(RightsFault, match="R211"):
        lift_restriction(desk, case.number, "staff:1")
    desk.in_background().handlers[LIFT]({})
    assert facts(desked, case)[RESTRICTED] is True
    # She asks for the same again: of this one she was told no end.
    asked(desked, "restriction", desked.email(6), grounds="accuracy-contested")
    desked.clock.forward(days=1)
    desk.in_background().handlers[LIFT]({})
    assert facts(desked, case)[RESTRICTED] is True
    announce_lifting(desk, case.number, day + timedelta(days=1), "They are right, once more.", "staff:1")
    desked.clock.forward(days=1)
    desk.in_background().handlers[LIFT]({})
    assert facts(desked, case)[RESTRICTED] is False
    desk.in_background().handlers[LIFT]({})
    desked.work()
    with desk.own.connection() as connection:
        orders = orders_of(connection, case.id)
        notes = [event.note for event in timeline(connection, desk.master, case.number) if event.kind == "note"]
    restricted, lifted = ([one.recipient for one in orders if one.act == act] for act in ("restrict", "lift"))
    assert lifted == restricted and len(set(lifted)) == len(lifted) > 5 and notes == ["restriction lifted"]
    (labs,) = [one for one in orders if one.act == "lift" and one.recipient == "qualer-labs"]
    assert [kind for kind, _ in letters(desked, labs.name)] == ["order-lift"]


def test_an_objection_rests_the_use_and_is_weighed_purpose_by_purpose(desked: Desked) -> None:
    desk = desked.desk
    case = asked(desked, "objection", desked.email(7), purposes="improvement benchmarking")
    assert case.state == "approval" and facts(desked, case)[objected_to("improvement")] is True
    with pytest.raises(RequestFault, match="R224"):
        weigh_objections(desk, case.number, {"improvement": Weighed("upheld")}, "staff:1")
    contract = Weighed("excepted", "You ordered it.", "contract 4.2", desked.clock().date() + timedelta(days=30))
    weigh_objections(desk, case.number, {"improvement": Weighed("upheld"), "benchmarking": contract}, "staff:1")
    assert objected_to("benchmarking") not in facts(desked, case)
    desked.work()
    desked.clock.forward(days=31)
    assert facts(desked, case)[objected_to("benchmarking")] is True, "the contract is over"


def test_an_objection_to_marketing_needs_no_proof_ends_every_choice_and_reaches_an_address_that_nobody_knows(
    desked: Desked,
) -> None:
    desk, email = desked.desk, desked.email(8)
    stranger = asked(desked, "objection-direct-marketing", "nobody-here@strangers.example.test")
    terms = law_terms(desk.law, "eu-gdpr", "objection-direct-marketing")
    assert stranger.answer_by == desk.case(asked(desked, "objection", "nobody-here@strangers.example.test").number).answer_by
    assert terms.at_once is not None and terms.at_once.cite == "Art. 21(3)" and terms.unless == () and terms.clock is not None
    assert law_terms(desk.law, "uk-gdpr-pecr", "objection-direct-marketing").clock is not None
    assert law_terms(desk.law, "eu-gdpr", "objection").at_once is None
    case = asked(desked, "objection-direct-marketing", email)
    assert {stranger.state, case.state} <= {"recipients", "answered"}
    known = facts(desked, case)
    assert known[OPTED_OUT] is True and all(known[objected_to(one)] is True for one in marketing_purposes(desk.program))
    with desk.own.transaction() as connection:
        names = [("email/1", email.lower()), ("email/1", "nobody-here@strangers.example.test")]
        assert suppressed_among(connection, desk.master, names, "own-promotion") == frozenset(names)
        assert case.subject is not None
        record_choice(
            connection, Choice(case.subject, "email-news", True, desked.clock(), desk.program.notices[0].updated, "form")
        )
    again = asked(desked, "withdraw-consent", email, choices="email-news")
    assert facts(desked, again)[Name(Kind.CHOICE, "email-news")] is False
    order = Order(1, again.id, "support-provider", "opt-out", UUID(int=1), (), {}, "eu-gdpr", desked.clock())
    assert ordering._against(desk, order, "de") == desk.labels.words_for(("email-news",), "de"), (
        "recipients read what she refused"
    )
    of_marketing = ordering._against(desk, replace(order, reference=case.id), "de")
    assert of_marketing == desk.labels.words_for(("objection-direct-marketing",), "de") and "erka" not in of_marketing[0]


def test_an_account_is_closed_by_itself_and_its_row_stays(desked: Desked) -> None:
    email = desked.email(9)
    case = asked(desked, "account-closing", email)
    assert case.state == "answered", case.state
    kind, text = letters(desked, case.id)[-1]
    assert kind == "account-closed" and "tax law" in text.lower(), text
    assert rows(desked, "SELECT count(*) FROM customers WHERE email = %s AND deleted_at IS NOT NULL", email) == [(1,)]


def test_what_a_machine_proposes_of_somebody_who_asked_for_a_person_waits_for_one(
    desked: Desked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk = desked.desk
    case, other = asked(desked, "automated-decision", desked.email(10)), asked(desked, "automated-decision", desked.email(11))
    assert case.state in ("recipients", "answered") and case.subject is not None and other.subject is not None
    with pytest.raises(Unusable, match="R232"):
        record_decision(desk, "allowed", case.subject, "refuse")
    with desk.own.transaction() as connection:
        record_fact(connection, other.subject, deciding_points.BY_A_PERSON, False, desked.clock())
    monkeypatch.setattr(type(desk), "program", LENIENT)
    monkeypatch.setattr(desk, "folder", tmp_path)
    (tmp_path / "decision-points.yaml").write_text(REGISTER)

    assert record_decision(desk, "allowed", other.subject, "grant").stands
    assert not record_decision(desk, "forbidden", other.subject, "grant").stands, "the notice allows no such use"
    found = record_decision(desk, "allowed", case.subject, "refuse")
    assert not found.stands and [one.proposed for one in waiting_reviews(desk)] == ["grant", "refuse"]
    with pytest.raises(RightsFault, match="R234"):
        decide_review(desk, found.review, "refuse", "upheld", "privacy-lead")
    with pytest.raises(RightsFault, match="R234"):
        decide_review(desk, found.review, "refuse", "staff:2", "operator")
    assert decide_review(desk, found.review, "grant", "staff:2", "privacy-lead").decided == "grant"
    assert [one.point for one in waiting_reviews(desk)] == ["forbidden"]


# A notice that lets a machine use names for service; what it allows of nothing else is forbidden.
LENIENT = program(
    promise("u.1", "may", "use", "name", scope=[any_of("for", "service")]),
    known=[Name(Kind.DATA, "name"), Name(Kind.PURPOSE, "service"), Name(Kind.PURPOSE, "scoring")],
)
REGISTER = """
allowed: {purpose: service, data: [name], effect: significant, basis: contract, reviewed-by: privacy-lead}
forbidden: {purpose: scoring, data: [name], effect: legal, basis: contract, reviewed-by: privacy-lead}
"""


def test_a_register_of_decision_points_is_held_to_the_notice(desked: Desked) -> None:
    whole = "p:\n  purpose: improvement\n  data: [name]\n  effect: legal\n  basis: contract\n  reviewed-by: privacy-lead\n"
    assert list(read_points(desked.desk.program, whole)) == ["p"] and read_points(desked.desk.program, "") == {}
    for wrong in ("- p\n", "{", whole.replace("improvement", "fun"), whole.replace("name]", "shoe-size]"),
                  whole.replace("legal", "some"), whole.replace("  basis: contract\n", ""), whole + "  clause: qualer.no.1\n"):  # fmt: skip
        with pytest.raises(Unusable, match="R231"):
            read_points(desked.desk.program, wrong)
    [found] = check_declared(desked.desk.program, desked.desk.estate, whole.replace("legal", "some"), "")
    assert found.code == "R231" and found.severity == "error" and (found.file, found.line) == ("decision-points.yaml", 1)
    second = f"# of ours\n{whole}q: {{purpose: [}}\n"
    lines = {
        text: next(check_declared(desked.desk.program, None, text, "")).line
        for text in (second, f"\n{whole}q: 7\np: 8\n", f"{whole}q: 7\n")
    }
    assert list(lines.values()) == [8, 9, 7], "not to be read, said twice, and not whole"
    [found] = check_declared(desked.desk.program, None, "", "", "business-id: x\nagents:\n- {id: a, name: A, key: no}\n")
    assert (found.code, found.line) == ("R621", 3)
    [found] = check_declared(desked.desk.program, desked.desk.estate, whole, "editable: [platform.orders.total]")
    assert found.code == "R241"
