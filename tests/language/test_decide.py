"""Deciding one flow: each rule of the language, one sentence at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.language.made_programs import (
    NOON,
    any_of,
    choice,
    data,
    fact,
    flow,
    name,
    named,
    needs,
    program,
    promise,
    record,
    when,
)
from upheld.language.promises.deciding.decide import decide, permitted
from upheld.language.promises.facts import AGE_BELOW, AGE_LEAST, BIRTH_DATE, told, version_given
from upheld.language.promises.model import (
    After,
    Age,
    AllOf,
    AnyOf,
    Definition,
    Kind,
    Known,
    Name,
    NoticeVersion,
    Period,
    Resolution,
    Some,
)

BILLING = promise("use.1", "may", "use", "bank-details", "email", scope=[any_of("for", "billing")])
WALL = promise("use.4", "never", "use", "bank-details", door=[any_of("for", "billing"), needs("invoice")])
USE = flow("use", "bank-details", for_="billing")
INVOICED = replace(USE, cited=frozenset({record("invoice")}))
SHOP = program(BILLING, WALL)


def codes(decision):
    return [reason.code for reason in decision.reasons]


def test_what_nothing_permits_is_refused():
    decision = decide(SHOP, flow("use", "email", for_="billing"), {})
    assert decision.allowed and decision.determining == ("harbour.use.1#1",)
    decision = decide(program(WALL, known=data("email")), flow("use", "email", for_="billing"), {})
    assert not decision.allowed and codes(decision) == ["nothing-permits"]


def test_a_wall_with_a_closed_door_refuses_and_is_named():
    decision = decide(SHOP, USE, {})
    assert not decision.allowed
    assert decision.determining == ("harbour.use.4#1",)
    assert codes(decision) == ["wall"]


def test_a_door_opens_when_all_its_keys_hold_and_a_permit_leads_through_it():
    assert decide(SHOP, INVOICED, {}).allowed
    assert codes(decide(program(WALL), INVOICED, {})) == ["nothing-permits"]


@pytest.mark.parametrize(
    "filed",
    [
        record("order"),
        record("invoice", subject="bob"),
        record("invoice", open=False),
        record("invoice", expires=NOON),
        record("invoice", expires=NOON.replace(tzinfo=None) + timedelta(days=1)),
    ],
    ids=["another kind", "another subject", "closed", "expired this moment", "an end that cannot be read"],
)
def test_a_record_serves_only_its_kind_its_subject_while_open_and_unexpired(filed):
    assert not decide(SHOP, replace(USE, cited=frozenset({filed})), {}).allowed
    assert decide(
        SHOP, replace(USE, cited=frozenset({filed, record("invoice", expires=NOON + timedelta(seconds=1))})), {}
    ).allowed


def test_a_wall_without_a_door_never_opens():
    assert not decide(program(BILLING, replace(WALL, door=None)), INVOICED, {}).allowed


@pytest.mark.parametrize(("verb", "missing"), [("use", "for"), ("collect", "from"), ("disclose", "ground"), ("locate", "act")])
def test_a_flow_that_leaves_out_what_it_must_state_is_refused(verb, missing):
    keys = {"collect": ("from", "on", "for"), "use": ("for",), "disclose": ("to", "ground"), "locate": ("in", "act")}[verb]
    permits = promise("a.1", "may", verb, "email", scope=[any_of(key, "x") for key in keys])
    whole = flow(verb, "email", **{f"{key}_": "x" for key in keys})
    assert decide(program(permits), whole, {}).allowed
    part = replace(whole, keys={key: said for key, said in whole.keys.items() if key != missing})
    decision = decide(program(permits), part, {})
    assert codes(decision) == ["missing-key"] and missing in decision.reasons[0].says
    assert codes(decide(program(permits), replace(whole, keys={**whole.keys, missing: frozenset()}), {})) == ["missing-key"]


def test_a_message_goes_by_a_channel_to_somebody_and_a_statistic_by_a_standard():
    mail = promise(
        "m.1",
        "may",
        "message",
        "news",
        kind=Kind.MESSAGE,
        scope=[any_of("to", "subject"), any_of("by", "email"), choice("news")],
    )
    yes = {Name(Kind.CHOICE, "news"): True}
    assert decide(program(mail), flow("message", "news", kind=Kind.MESSAGE, to="subject", by="email"), yes).allowed
    assert codes(decide(program(mail), flow("message", "news", kind=Kind.MESSAGE, to="subject"), yes)) == ["missing-key"]
    figures = promise(
        "p.1", "may", "publish", "rides", kind=Kind.STATISTIC, scope=[any_of("to", "city"), any_of("standard", "groups-of-ten")]
    )
    assert decide(
        program(figures), flow("publish", "rides", kind=Kind.STATISTIC, to="city", standard="groups-of-ten"), {}
    ).allowed


def test_a_name_or_key_the_notice_does_not_know_is_undecidable():
    assert codes(decide(SHOP, flow("use", "shoe-size", for_="billing"), {})) == ["unknown-name"]
    assert codes(decide(SHOP, flow("use", "email", for_="astrology"), {})) == ["unknown-name"]
    assert codes(decide(SHOP, replace(USE, keys={**USE.keys, "colour": named("for", "billing")}), {})) == ["unknown-name"]


def test_a_verb_that_is_no_flow_and_a_flow_without_data_are_undecidable():
    assert codes(decide(SHOP, replace(USE, verb="retain"), {})) == ["undecidable"]
    assert codes(decide(SHOP, replace(USE, data=frozenset()), {})) == ["undecidable"]


def test_a_permit_needs_all_the_flows_names_and_a_wall_only_one():
    permits = promise("s.1", "may", "disclose", "email", scope=[any_of("to", "courier", "bank"), any_of("ground", "order")])
    wall = promise("s.2", "never", "disclose", "email", scope=[any_of("to", "broker")])
    both = program(permits, wall)
    assert decide(both, flow("disclose", "email", to=["courier", "bank"], ground="order"), {}).allowed
    assert codes(decide(both, flow("disclose", "email", to=["courier", "broker"], ground="order"), {})) == ["wall"]
    assert codes(
        decide(
            program(permits, known=named("to", "broker")),
            flow("disclose", "email", to=["courier", "broker"], ground="order"),
            {},
        )
    ) == ["nothing-permits"]


def test_a_key_left_unsaid_keeps_a_wall_standing_and_a_permit_away():
    permits = promise("u.1", "may", "use", "log", scope=[any_of("for", "stats")])
    wall = promise("u.2", "never", "use", "log", scope=[any_of("with", "account")])
    shop = program(permits, wall)
    alone = flow("use", "log", for_="stats", with_="none")
    assert decide(shop, alone, {}).allowed
    unsaid = decide(shop, flow("use", "log", for_="stats"), {})
    assert codes(unsaid) == ["wall"] and "may" in unsaid.reasons[0].says
    assert not decide(shop, flow("use", "log", for_="stats", with_="account"), {}).allowed
    narrow = program(promise("u.3", "may", "use", "log", scope=[any_of("for", "stats"), any_of("as", "hash")]))
    assert not decide(narrow, flow("use", "log", for_="stats"), {}).allowed
    assert decide(narrow, flow("use", "log", for_="stats", as_="hash"), {}).allowed


def test_any_means_everything_but_none():
    gift = AnyOf("consideration", frozenset({Name(Kind.VALUE, "any")}))
    permits = promise("s.1", "may", "disclose", "email", scope=[any_of("to", "courier"), any_of("ground", "order")])
    wall = promise("s.2", "never", "disclose", "email", scope=[gift])
    shop = program(permits, wall, known=[Name(Kind.VALUE, "money")])
    sale = flow("disclose", "email", to="courier", ground="order")
    for said, allowed in (("none", True), ("money", False)):
        assert (
            decide(shop, replace(sale, keys={**sale.keys, "consideration": frozenset({Name(Kind.VALUE, said)})}), {}).allowed
            is allowed
        )
    assert not decide(shop, sale, {}).allowed
    anyone = promise("s.3", "may", "disclose", "rating", scope=[any_of("to", "anyone"), any_of("ground", "order")])
    assert decide(program(anyone, known=named("to", "bank")), flow("disclose", "rating", to="bank", ground="order"), {}).allowed


def test_contents_and_agreements_are_demands():
    wall = promise(
        "m.2",
        "never",
        "message",
        "news",
        kind=Kind.MESSAGE,
        door=[AllOf("contents", named("contents", "sender", "unsubscribe"))],
    )
    permits = promise(
        "m.1", "may", "message", "news", kind=Kind.MESSAGE, scope=[any_of("to", "subject"), any_of("by", "email")]
    )
    shop = program(permits, wall)
    mail = flow("message", "news", kind=Kind.MESSAGE, to="subject", by="email", contents=["sender", "unsubscribe"])
    assert decide(shop, mail, {}).allowed
    assert not decide(shop, replace(mail, keys={**mail.keys, "contents": named("contents", "sender")}), {}).allowed
    assert not decide(shop, flow("message", "news", kind=Kind.MESSAGE, to="subject", by="email"), {}).allowed


def test_of_a_group_of_agreements_any_one_serves_and_of_two_agreements_both():
    safeguard, clauses, rules = (Name(Kind.AGREEMENT, each) for each in ("safeguard", "clauses", "rules"))
    define = [Definition(safeguard, frozenset({clauses, rules}))]
    scope = [any_of("to", "bank"), any_of("ground", "order")]
    release = flow("disclose", "email", to="bank", ground="order", under="clauses")
    one = program(
        promise("d.1", "may", "disclose", "email", scope=[*scope, AllOf("under", frozenset({safeguard}))]), define=define
    )
    both = program(promise("d.1", "may", "disclose", "email", scope=[*scope, AllOf("under", frozenset({clauses, rules}))]))
    assert decide(one, release, {}).allowed
    assert not decide(both, release, {}).allowed
    assert decide(both, replace(release, keys={**release.keys, "under": frozenset({clauses, rules})}), {}).allowed


@pytest.mark.parametrize(
    ("known", "allowed"),
    [({}, False), ({fact("active"): True}, True), ({fact("active"): False}, False), ({fact("active"): 1}, False)],
)
def test_a_permit_holds_only_on_what_is_known(known, allowed):
    shop = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), when("active")]))
    assert decide(shop, flow("use", "email", for_="service"), known).allowed is allowed


@pytest.mark.parametrize(
    ("known", "allowed"), [({}, False), ({fact("blocked"): True}, False), ({fact("blocked"): False}, True)]
)
def test_a_wall_that_may_stand_stands(known, allowed):
    permits = promise("u.1", "may", "use", "email", scope=[any_of("for", "service")])
    wall = promise("u.2", "never", "use", "email", scope=[when("blocked")])
    assert decide(program(permits, wall), flow("use", "email", for_="service"), known).allowed is allowed


def test_unless_on_a_permit_asks_that_none_holds():
    shop = program(
        promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), Known("unless", fact("objected"), False)])
    )
    use = flow("use", "email", for_="service")
    assert decide(shop, use, {fact("objected"): False}).allowed
    assert not decide(shop, use, {fact("objected"): True}).allowed
    assert not decide(shop, use, {}).allowed


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        (True, True),
        (False, False),
        (None, False),
        (date(2026, 6, 16), True),
        (date(2026, 6, 15), False),
        (datetime(2026, 6, 16, tzinfo=UTC), True),
        ("yes", False),
    ],
)
def test_a_choice_opens_only_with_a_live_yes(answer, allowed):
    shop = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "news"), choice("news")]))
    assert decide(shop, flow("use", "email", for_="news"), {Name(Kind.CHOICE, "news"): answer}).allowed is allowed


LEAP = date(2008, 2, 29)


@pytest.mark.parametrize(
    ("known", "day", "allowed"),
    [
        ({BIRTH_DATE: date(2010, 6, 15)}, date(2026, 6, 15), True),
        ({BIRTH_DATE: date(2010, 6, 16)}, date(2026, 6, 15), False),
        ({BIRTH_DATE: LEAP}, date(2024, 2, 29), True),
        ({BIRTH_DATE: date(2007, 3, 1)}, date(2023, 2, 28), False),
        ({BIRTH_DATE: date(2008, 2, 28)}, date(2024, 2, 29), True),
        ({BIRTH_DATE: date(2012, 2, 29)}, date(2028, 2, 28), False),
        ({AGE_LEAST: 18}, date(2026, 6, 15), True),
        ({AGE_LEAST: 13}, date(2026, 6, 15), False),
        ({AGE_BELOW: 13}, date(2026, 6, 15), False),
        ({AGE_BELOW: 18}, date(2026, 6, 15), False),
        ({BIRTH_DATE: "2000"}, date(2026, 6, 15), False),
        ({}, date(2026, 6, 15), False),
    ],
)
def test_age_is_in_completed_years_at_the_moment_of_the_flow(known, day, allowed):
    shop = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), Age(least=16)]))
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    assert decide(shop, flow("use", "email", for_="service", at=at), known).allowed is allowed


def test_a_birthday_on_29_february_comes_on_1_march_where_there_is_none():
    shop = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), Age(least=15)]))
    for day, allowed in ((datetime(2023, 2, 28, 23, tzinfo=UTC), False), (datetime(2023, 3, 1, tzinfo=UTC), True)):
        assert decide(shop, flow("use", "email", for_="service", at=day), {BIRTH_DATE: LEAP}).allowed is allowed


def test_a_wall_for_the_young_stands_for_an_unknown_age():
    permits = promise("u.1", "may", "use", "email", scope=[any_of("for", "service")])
    wall = promise("u.2", "never", "use", "email", scope=[Age(below=16)])
    use = flow("use", "email", for_="service")
    assert not decide(program(permits, wall), use, {}).allowed
    assert decide(program(permits, wall), use, {AGE_LEAST: 16}).allowed


def test_groups_and_regimes_given_as_a_list_need_one_of_them():
    one = Some((Known("of", Name(Kind.GROUP, "customers")), Known("of", Name(Kind.GROUP, "riders"))))
    shop = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), one]))
    use = flow("use", "email", for_="service")
    assert decide(shop, use, {Name(Kind.GROUP, "riders"): True}).allowed
    assert not decide(shop, use, {Name(Kind.GROUP, "riders"): False}).allowed


def test_a_group_defined_by_age_is_found_from_the_birth_date():
    juniors = Name(Kind.GROUP, "juniors")
    member = Definition(juniors, frozenset({juniors}), tests=(Age(below=16),))
    permits = promise("u.1", "may", "use", "email", scope=[any_of("for", "service")])
    wall = promise("u.2", "never", "use", "email", scope=[Known("of", juniors)])
    shop = program(permits, wall, define=[member])
    use = flow("use", "email", for_="service")
    assert not decide(shop, use, {}).allowed
    assert not decide(shop, use, {BIRTH_DATE: date(2015, 1, 1)}).allowed
    assert decide(shop, use, {BIRTH_DATE: date(1990, 1, 1)}).allowed


def test_an_exception_of_the_same_notice_passes_its_wall_and_no_other():
    wall = promise("k.1", "never", "use", "photo")
    other = promise("k.2", "never", "use", "photo", scope=[when("minor")])
    excepted = promise("k.3", "may", "use", "photo", scope=[any_of("for", "badge")], excepts=frozenset({"harbour.k.1"}))
    plain = replace(excepted, excepts=frozenset())
    use = flow("use", "photo", for_="badge")
    assert not decide(program(wall, plain), use, {}).allowed
    assert decide(program(wall, excepted), use, {}).allowed
    assert decide(program(wall, other, excepted), use, {}).determining == ("harbour.k.2#1",)
    assert not decide(program(wall, excepted, known=named("for", "press")), flow("use", "photo", for_="press"), {}).allowed
    foreign = replace(excepted, source=replace(excepted.source, notice="island"))
    assert not decide(program(wall, foreign), use, {}).allowed


def test_an_exception_carries_only_its_own_leaves():
    wall = promise("k.1", "never", "use", "photo", "name")
    permits = promise("k.2", "may", "use", "photo", "name", scope=[any_of("for", "badge")])
    excepted = promise("k.3", "may", "use", "photo", scope=[any_of("for", "badge")], excepts=frozenset({"harbour.k.1"}))
    both = program(wall, permits, excepted)
    assert permitted(both, flow("use", ["photo", "name"], for_="badge"), {}) == data("photo")
    decision = decide(both, flow("use", ["photo", "name"], for_="badge"), {})
    assert [reason.data for reason in decision.reasons] == [Name(Kind.DATA, "name")]


def test_a_resolution_lets_the_prevailing_clause_pass_and_stricter_does_not():
    wall = promise("c.4", "never", "use", "photo")
    permits = promise("p.2", "may", "use", "photo", scope=[any_of("for", "badge")])
    use = flow("use", "photo", for_="badge")
    for prevails, allowed in (("harbour.p.2", True), ("harbour.c.4", False), ("stricter", False)):
        settled = Resolution(("harbour.c.4", "harbour.p.2"), prevails, "", "lead", date(2026, 1, 1))
        assert decide(program(wall, permits, resolutions=[settled]), use, {}).allowed is allowed


def test_no_exception_and_no_resolution_passes_a_wall_of_law():
    wall = promise("c.4", "never", "use", "photo", law=True)
    permits = promise("p.2", "may", "use", "photo", scope=[any_of("for", "badge")], excepts=frozenset({"harbour.c.4"}))
    settled = Resolution(("harbour.c.4", "harbour.p.2"), "harbour.p.2", "", "lead", date(2026, 1, 1))
    assert not decide(program(wall, permits, resolutions=[settled]), flow("use", "photo", for_="badge"), {}).allowed


def test_a_flow_passes_only_whole_and_permitted_tells_what_would_pass():
    shop = program(BILLING, WALL, known=data("shoe-size"))
    both = flow("use", ["email", "bank-details", "shoe-size"], for_="billing")
    decision = decide(shop, both, {})
    assert not decision.allowed
    assert {(reason.code, reason.data.id) for reason in decision.reasons if reason.data} == {
        ("wall", "bank-details"),
        ("nothing-permits", "shoe-size"),
    }
    assert permitted(shop, both, {}) == data("email")
    assert permitted(shop, flow("use", ["email", "not-in-the-notice"], for_="billing"), {}) == data("email")


def test_a_group_of_data_is_written_for_its_leaves():
    contact = Definition(Name(Kind.DATA, "contact"), data("email", "phone"))
    shop = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service")]), define=[contact])
    assert not decide(shop, flow("use", "contact", for_="service"), {}).allowed
    assert permitted(shop, flow("use", "contact", for_="service"), {}) == data("email")


SHOWN = promise(
    "t.1",
    "will",
    "tell",
    "house-rules",
    kind=Kind.TOPIC,
    terms={"to": tuple(named("to", "subject")), "on": tuple(named("on", "repair-form"))},
    blocks=Name(Kind.EVENT, "collected"),
)
COLLECTS = promise(
    "c.1",
    "may",
    "collect",
    "email",
    scope=[any_of("from", "subject"), any_of("on", "repair-form", "till"), any_of("for", "repair")],
)


def test_an_event_waits_until_the_person_was_told():
    shop = program(SHOWN, COLLECTS)
    asks = flow("collect", "email", from_="subject", on="repair-form", for_="repair")
    decision = decide(shop, asks, {})
    assert codes(decision) == ["untold"] and decision.determining == (SHOWN.id,)
    assert decision.duties[0].blocks == Name(Kind.EVENT, "collected")
    assert decide(shop, asks, {told(Name(Kind.TOPIC, "house-rules")): True}).allowed
    assert decide(shop, flow("collect", "email", from_="subject", on="till", for_="repair"), {}).allowed


def test_whom_and_how_a_telling_reaches_does_not_decide_which_flow_waits():
    tell = replace(
        SHOWN,
        terms={"to": tuple(named("to", "subject")), "by": tuple(named("by", "letter"))},
        blocks=Name(Kind.EVENT, "disclosed"),
    )
    gives = promise("d.1", "may", "disclose", "email", scope=[any_of("to", "police"), any_of("ground", "warrant")])
    assert codes(decide(program(tell, gives), flow("disclose", "email", to="police", ground="warrant"), {})) == ["untold"]


def test_an_event_named_in_on_and_an_event_defined_at_a_built_in_one_wait_too():
    handed = Name(Kind.EVENT, "handed-over")
    tell = replace(SHOWN, terms={}, blocks=handed)
    gives = promise("d.1", "may", "disclose", "email", scope=[any_of("to", "police"), any_of("ground", "warrant")])
    release = flow("disclose", "email", to="police", ground="warrant")
    assert decide(program(tell, gives), release, {}).allowed
    occasion = replace(release, keys={**release.keys, "on": frozenset({handed})})
    assert codes(decide(program(tell, gives), occasion, {})) == ["untold"]
    defined = Definition(handed, frozenset({handed}), moments={"at": Name(Kind.EVENT, "disclosed")})
    assert codes(decide(program(tell, gives, define=[defined]), release, {})) == ["untold"]


def test_a_pass_names_the_duties_that_its_event_begins():
    due = After(Period(30, "days"), Period(30, "days"), Name(Kind.EVENT, "collected"))
    tell = replace(SHOWN, terms={}, blocks=None, due=due)
    decision = decide(program(tell, COLLECTS), flow("collect", "email", from_="subject", on="till", for_="repair"), {})
    assert decision.allowed
    assert [(duty.promise, duty.due) for duty in decision.duties] == [(tell.id, due)]


def test_a_ground_that_needs_records_opens_nothing_without_them():
    ground = Name(Kind.GROUND, "litigation")
    gives = promise("d.1", "may", "disclose", "email", scope=[any_of("to", "court"), any_of("ground", "litigation")])
    shop = program(gives, define=[Definition(ground, frozenset({ground}), {"needs": (Name(Kind.RECORD, "case"),)})])
    release = flow("disclose", "email", to="court", ground="litigation")
    assert not decide(shop, release, {}).allowed
    assert decide(shop, replace(release, cited=frozenset({record("case")})), {}).allowed


def test_a_record_that_holds_others_is_served_by_any_one_with_what_it_needs():
    proof, contract, order = (Name(Kind.RECORD, each) for each in ("proof", "contract", "order"))
    define = [
        Definition(proof, frozenset({contract, order})),
        Definition(contract, frozenset({contract}), {"needs": (Name(Kind.RECORD, "approver"),)}),
    ]
    shop = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service"), needs("proof")]), define=define)
    use = flow("use", "email", for_="service")
    for filed, allowed in ((["order"], True), (["contract"], False), (["contract", "approver"], True), ([], False)):
        assert decide(shop, replace(use, cited=frozenset(map(record, filed))), {}).allowed is allowed


def test_a_tenants_data_moves_only_for_a_named_tenant():
    clubs = Name(Kind.PARTY, "clubs")
    shop = program(
        promise("d.1", "may", "disclose", "email", scope=[any_of("to", "clubs"), any_of("ground", "order")]),
        define=[Definition(clubs, frozenset({clubs}), {"each": (Name(Kind.VALUE, "tenant"),)})],
    )
    release = flow("disclose", "email", to="clubs", ground="order")
    assert codes(decide(shop, release, {})) == ["undecidable"]
    assert decide(shop, replace(release, tenant=Name(Kind.PARTY, "north-club")), {}).allowed


RESTRICTION = promise("r.1", "will", "grant", "restriction", kind=Kind.RIGHT)


def test_a_granted_restriction_is_a_wall_that_the_persons_case_adds():
    shop = program(promise("u.1", "may", "use", "email", scope=[any_of("for", "service")]), RESTRICTION)
    use = flow("use", "email", for_="service")
    assert decide(shop, use, {fact("restricted"): True}).determining == ("harbour.r.1#1",)
    assert not decide(shop, use, {}).allowed
    assert decide(shop, use, {fact("restricted"): False}).allowed


def test_a_restricted_persons_data_serves_legal_claims():
    gives = promise("d.1", "may", "disclose", "email", scope=[any_of("to", "court"), any_of("ground", "legal-claims", "order")])
    shop = program(gives, RESTRICTION)
    restricted = {fact("restricted"): True}
    assert decide(shop, flow("disclose", "email", to="court", ground="legal-claims"), restricted).allowed
    assert not decide(shop, flow("disclose", "email", to="court", ground="order"), restricted).allowed


def test_a_notice_that_states_its_own_wall_for_the_restricted_is_taken_at_its_word():
    own = promise("r.2", "never", "use", "email", scope=[when("restricted")], door=[any_of("for", "storage")])
    permits = promise("u.1", "may", "use", "email", scope=[any_of("for", "service", "storage")])
    shop = program(permits, RESTRICTION, own)
    assert decide(shop, flow("use", "email", for_="service"), {fact("restricted"): True}).determining == ("harbour.r.2#1",)
    assert decide(shop, flow("use", "email", for_="storage"), {fact("restricted"): True}).allowed


OLD, NEW = date(2026, 1, 1), date(2026, 5, 1)


def _versions(**supplement):
    return [NoticeVersion("harbour", "Harbour", "en", day, day, "harbour", (), ()) for day in (OLD, NEW)]


def _in_version(day, *purposes):
    return promise(f"u.{day.month}", "may", "use", "email", scope=[any_of("for", *purposes)], version=day)


def test_a_person_is_judged_by_the_version_given_narrowed_by_every_later_one():
    shop = program(_in_version(OLD, "service", "news"), _in_version(NEW, "service", "ads"), notices=_versions())
    given = version_given("harbour")
    for purpose, version, allowed in [
        ("service", OLD, True),
        ("service", None, True),
        ("news", OLD, False),
        ("ads", OLD, False),
        ("ads", None, False),
        ("ads", NEW, True),
        ("news", NEW, False),
    ]:
        assert decide(shop, flow("use", "email", for_=purpose), {given: version}).allowed is allowed, (purpose, version)


def test_a_version_not_yet_in_effect_judges_nobody():
    shop = program(_in_version(OLD, "service", "news"), _in_version(NEW, "service", "ads"), notices=_versions())
    april = datetime(2026, 4, 30, tzinfo=UTC)
    assert decide(shop, flow("use", "email", for_="news", at=april), {}).allowed
    assert not decide(shop, flow("use", "email", for_="news"), {}).allowed


def _supplemented(prevails):
    base = NoticeVersion("harbour", "Harbour", "en", OLD, OLD, "harbour", (), ())
    juniors = Known("of", Name(Kind.GROUP, "juniors"))
    extra = replace(base, notice="harbour-juniors", supplements="harbour", covers=(juniors,), prevails=prevails)
    return program(
        promise("u.1", "may", "use", "email", "phone", scope=[any_of("for", "service", "news")]),
        promise("j.1", "may", "use", "email", scope=[any_of("for", "service", "homework")], notice="harbour-juniors"),
        notices=[base, extra],
    )


@pytest.mark.parametrize(
    ("prevails", "member", "passing"),
    [
        (True, True, {"service", "homework"}),
        (True, False, {"service", "news"}),
        (True, None, set()),
        (False, True, {"service", "news", "homework"}),
        (False, False, {"service", "news"}),
        (False, None, {"service", "news"}),
    ],
)
def test_a_supplement_replaces_or_adds_inside_what_it_covers(prevails, member, passing):
    shop, known = _supplemented(prevails), {Name(Kind.GROUP, "juniors"): member}
    found = {each for each in ("service", "news", "homework") if decide(shop, flow("use", "email", for_=each), known).allowed}
    assert found == passing
    assert decide(shop, flow("use", "phone", for_="news"), known).allowed


def test_two_programs_that_bear_one_digest_are_told_apart():
    use = flow("use", "email", for_="billing")
    assert decide(program(BILLING, digest=""), use, {}).allowed
    assert not decide(program(WALL, known=[*data("email")], digest=""), use, {}).allowed


def test_none_is_a_name_that_every_notice_knows():
    assert name(Kind.DATA, "none") == Name(Kind.VALUE, "none")
    assert decide(SHOP, replace(INVOICED, keys={**INVOICED.keys, "with": named("with", "none")}), {}).allowed


# ---- what is read first decides nothing that the whole would not ------------------------------------------------------


def test_a_flow_whose_names_are_those_of_another_in_other_places_is_another_flow():
    known = program(BILLING)
    right = flow("use", "email", for_="billing")
    assert decide(known, right, {}).allowed
    # The same words in the same order: the purpose among the data, under no key, or the data under a key.
    purpose = next(iter(right.keys["for"]))
    for other in (
        replace(right, data=right.data | {purpose}, keys={}),
        replace(right, data=right.data | {Name(Kind.DATA, "for"), purpose}, keys={}),
        replace(right, data=frozenset(), keys={"email": right.data, "for": right.keys["for"]}),
        replace(right, data=frozenset({Name(Kind.PURPOSE, "email")})),
        replace(right, data=frozenset({Name(Kind.DATA, "billing")}), keys={"for": right.data}),
    ):
        assert not decide(known, other, {}).allowed
    assert decide(known, right, {}).allowed


def test_a_wall_that_hangs_on_no_fact_is_not_opened_by_a_fact_without_a_name():
    for said in (True, False):
        assert codes(decide(SHOP, USE, {Name(Kind.FACT, ""): said})) == ["wall"]


def test_a_wall_falls_by_the_fact_it_hangs_on_and_by_no_other_value_of_it():
    hung = program(BILLING, promise("use.4", "never", "use", "bank-details", scope=[when("blocked")]))
    blocked = Name(Kind.FACT, "blocked")
    assert decide(hung, USE, {blocked: False}).allowed
    for said in (True, None, 0, "no"):
        assert codes(decide(hung, USE, {blocked: said})) == ["wall"]
