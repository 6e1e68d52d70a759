"""The desk's pages over a filled firm: queue, case, intake, decisions; what each role sees, and what a refusal leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.console.conftest import Consoled, Visitor, said
from tests.desk.test_thin_path import asked, letters, token_in
from tests.messages.writing import letter as a_letter
from upheld.duties.incidents import open_incident
from upheld.duties.messages import queue_letter
from upheld.duties.messages.outbox import letters_of, read_letter
from upheld.duties.recipients import Answer, answer_order
from upheld.duties.recipients.orders import reached_of
from upheld.duties.requests import Case, details_of, note_details, note_event, timeline
from upheld.faces.app.desk.telling import registry_of
from upheld.faces.app.desk.works.copies import note_copy
from upheld.faces.console.desk import live
from upheld.faces.console.desk.queue import bar_of, lead_of, left_of, rows_of
from upheld.records import people
from upheld.records.people.identities import Known
from upheld.records.people.rights import objections_of
from upheld.records.people.rights.reviews import open_review

Visit = Callable[..., Visitor]
NAME = "Zq81 Quillfeather"
PNG = b"\x89PNG\r\n\x1a\n a passport"


@pytest.fixture(scope="module")
def erasure(consoled: Consoled) -> Case:
    """A request for erasure that is proven and planned, and waits for somebody's yes."""
    desked, desk = consoled.desked, consoled.desked.desk
    email = desked.email(5)
    case = consoled.asks("erasure", channel="email", details={"name": NAME, "email": email, "words": "Zq81 words."})
    consoled.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    consoled.work()
    assert desk.case(case.number).state == "approval"
    return desk.case(case.number)


def happened(consoled: Consoled, case: Case) -> list[tuple[str, str]]:
    desk = consoled.desked.desk
    with desk.own.connection() as connection:
        return [(event.kind, event.by) for event in timeline(connection, desk.master, case.number)]


def test_the_queue_names_who_waits_and_leads_to_the_case(visitor: Visit, consoled: Consoled, erasure: Case) -> None:
    page = visitor("operator").get("/console/desk").text
    assert f'href="/console/desk/{erasure.id}"' in page and NAME in page and "waits for a decision here" in page


def test_a_name_is_text_and_turns_no_line_round(visitor: Visit, consoled: Consoled) -> None:
    nasty = "<script>alert(1)</script>\u202e\u2066\"'&<img src=x onerror=y>"
    case = consoled.asks(name=nasty)
    for path in ("/console/desk", f"/console/desk/{case.id}"):
        page = visitor("operator").get(path).text
        assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "<img src=x" not in page
        assert not set(page) & set("\u202e\u2066")


def test_an_auditor_sees_numbers_and_days_and_no_word_of_a_person(visitor: Visit, consoled: Consoled, erasure: Case) -> None:
    auditor = visitor("auditor")
    for path in ("/console/desk", f"/console/desk/{erasure.id}"):
        page = auditor.get(path).text
        assert erasure.id in page and "Zq81" not in page and consoled.desked.email(5) not in page
    assert "Approve" not in auditor.get(f"/console/desk/{erasure.id}").text


def test_a_case_shows_clock_proof_timeline_and_the_plan_with_what_stays(visitor: Visit, erasure: Case) -> None:
    page = visitor("operator").get(f"/console/desk/{erasure.id}").text
    words = said(page)
    assert erasure.answer_by is not None and f"{erasure.answer_by.day} {erasure.answer_by:%B %Y}" in words
    assert "Proven enough for this" in words and "Identity proven" in words and "Nothing has been touched yet." in words
    assert "What stays, and why" in words and "GDPR 17(3)(b)" in words and 'class="hold"' in page
    assert page.count('name="digest"') == 1


def test_the_plan_that_was_shown_is_approved_and_another_is_refused(
    visitor: Visit, consoled: Consoled, erasure: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = visitor("operator")
    page = operator.get(f"/console/desk/{erasure.id}").text
    digest = page.split('name="digest" value="')[1].split('"')[0]
    other = operator.post(f"/console/desk/{erasure.id}/approve", digest="0" * 64, read="yes")
    assert other.status_code == 409 and "R120" in other.text
    assert operator.post(f"/console/desk/{erasure.id}/approve", digest=digest, read="yes").status_code == 303
    assert ("approved", f"staff:{consoled.accounts['operator'].ref}") in happened(consoled, erasure)
    running = operator.get(f"/console/desk/{erasure.id}").text
    assert "0 of 2 stores done" in running and "hx-sse:connect" in running and "live.js" in running and "Look again" in running
    monkeypatch.setattr(live, "LOOKS_AT_MOST", 1)
    monkeypatch.setattr(live, "LOOKS_EVERY_S", 0)
    stream = operator.get(f"/console/desk/{erasure.id}/live")
    assert stream.headers["content-type"].startswith("text/event-stream") and "0 of 2 stores done" in stream.text
    assert "event: ended" not in stream.text
    consoled.work()
    assert consoled.desked.desk.case(erasure.number).state == "recipients"
    stream = operator.get(f"/console/desk/{erasure.id}/live")
    assert "See the whole request." in stream.text and "event: ended" in stream.text
    done = said(operator.get(f"/console/desk/{erasure.id}").text)
    assert "They did it" in done and "cannot end as fulfilled" in done


def test_a_recipients_answer_that_came_to_a_person_is_on_record(visitor: Visit, consoled: Consoled, erasure: Case) -> None:
    page = visitor("verifier").get(f"/console/desk/{erasure.id}").text
    orders = {part.split('"')[0] for part in page.split(f"/console/desk/{erasure.id}/recipients/")[1:]}
    assert orders
    one = visitor("verifier")
    desk = consoled.desked.desk
    with desk.own.transaction() as connection:
        written = Answer("acknowledged", text=b"We <b>look</b> into it.", by="staff:1")
        answer_order(connection, desk.master, int(min(orders)), written, desk.now)
    assert "“We &lt;b&gt;look&lt;/b&gt; into it.”" in one.get(f"/console/desk/{erasure.id}").text
    for order in orders:
        assert one.post(f"/console/desk/{erasure.id}/recipients/{order}", state="perhaps").status_code == 404
        assert one.post(f"/console/desk/R-9999/recipients/{order}", state="done").status_code == 404
        assert one.post(f"/console/desk/{erasure.id}/recipients/{order}", state="done").status_code == 303
    consoled.work()
    assert consoled.desked.desk.case(erasure.number).state in ("answering", "answered")
    assert "Not told yet" not in visitor("operator").get(f"/console/desk/{erasure.id}").text


def test_a_further_copy_may_cost_what_it_takes_and_is_told_beforehand(visitor: Visit, consoled: Consoled) -> None:
    desk, desked = consoled.desked.desk, consoled.desked
    note_copy(desk, desk.open(asked(desked, "access", desked.email(17))).case)
    case = desk.open(asked(desked, "access", desked.email(17))).case
    consoled.work()
    operator, path = visitor("operator"), f"/console/desk/{case.id}"
    fee = {"right": "access", "amount": "7,50", "currency": "eur", "text": "Paper and postage"}
    early = operator.post(f"{path}/fee", **fee)
    assert early.status_code == 409 and "R124" in early.text and "Ask for a fee" not in operator.get(path).text
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    consoled.work()
    assert "Ask for a fee" in operator.get(path).text and "Ask for a fee" not in visitor("verifier").get(path).text
    nothing = operator.post(f"{path}/fee", **{**fee, "amount": "0"})
    assert nothing.status_code == 409 and "R125" in nothing.text and "Paper and postage" in nothing.text
    assert operator.post(f"{path}/fee", **fee).status_code == 303
    assert letters(desked, case.id)[-1][0] == "fee" and "7.50 EUR" in letters(desked, case.id)[-1][1]
    assert "7.50 EUR was asked, and has not come in" in said(operator.get(path).text)
    assert operator.post(f"{path}/fee/paid").status_code == 303
    page = said(operator.get(path).text)
    assert "7.50 EUR was asked, and came in" in page and "Told what a further copy costs" in page
    assert operator.post(f"{path}/fee/paid").status_code == 409


def test_a_recipient_is_unproven_until_a_real_one_answered(visitor: Visit, consoled: Consoled, erasure: Case) -> None:
    desk = consoled.desked.desk

    def shown(name: str) -> str:
        page = visitor("auditor").get("/console/recipients").text
        return said(page.split(f">{name}<")[1].split("</tr>")[0])

    assert "Unproven: written from published pages" in shown("Freshdesk") and "Has answered" not in shown("Freshdesk")
    done = "UPDATE recipient_order SET state = 'done', answered_by = 'connector', ended_at = %s, real = %s WHERE reference = %s AND recipient = 'freshdesk'"
    entry = registry_of(desk).entries["freshdesk"]
    for real, page, case_says in ((False, "Unproven", "Done, it says; unproven"), (True, "Has answered", "Done")):
        with desk.own.connection() as connection:
            connection.execute(done, [desk.now, real, erasure.id])
            connection.execute("UPDATE recipient_order SET reached = %s WHERE recipient = 'freshdesk'", [reached_of(entry)])
        assert page in shown("Freshdesk")
        row = visitor("operator").get(f"/console/desk/{erasure.id}").text.split(">Freshdesk<")[1].split("</tr>")[0]
        assert case_says in said(row) and ('class="mark kept"' in row) is real
    assert "Done, as one of us took down" in said(visitor("operator").get(f"/console/desk/{erasure.id}").text)


def test_a_letter_is_written_down_and_opens_a_case_on_the_day_on_which_it_came_in(visitor: Visit, consoled: Consoled) -> None:
    operator, day = visitor("operator"), consoled.desked.clock().date() - timedelta(days=3)
    opened = operator.post(
        "/console/new", regime="eu-gdpr", channel="letter", day=day.isoformat(), time="", right="access", name="Zq82 <i>Thistle</i>",
        words="Zq82 words", language="de", country="DE", **{"address-text": "1 Invented Street"},
    )  # fmt: skip
    assert opened.status_code == 303
    number = int(opened.headers["location"].rpartition("-")[2])
    desk = consoled.desked.desk
    case = desk.case(number)
    assert (case.channel, case.received_at.date(), case.language, case.rights) == ("letter", day, "de", ("access",))
    assert happened(consoled, case)[0] == ("opened", f"staff:{consoled.accounts['operator'].ref}")
    with desk.own.connection() as connection:
        assert details_of(connection, desk.master, number)["words"] == "Zq82 words"
    page = operator.get(opened.headers["location"]).text
    assert "<i>Thistle" not in page and "Zq82 &lt;i&gt;Thistle" in page and "by letter" in page


def test_what_belongs_to_a_right_is_written_down_as_the_desk_reads_it(visitor: Visit, consoled: Consoled) -> None:
    desk, operator = consoled.desked.desk, visitor("operator")
    data, purpose = desk.correctable()[0], desk.objectable()[0]
    fields = {"about": data, "wrong": "Fen", "correct": "Fenn", "ground": "accuracy", "reasons": "Zq83 why", "account": "17"}
    opened = operator.post(
        "/console/new", regime="eu-gdpr", channel="phone", day=consoled.desked.clock().date().isoformat(), time="00:00", language="en",
        right=["rectification", "objection", "restriction"], purpose=[purpose, "no-such"], words="Zq83 words", **fields,
    )  # fmt: skip
    assert opened.status_code == 303
    with desk.own.connection() as connection:
        kept = details_of(connection, desk.master, int(opened.headers["location"].rpartition("-")[2]))
    assert json.loads(kept["corrections"]) == {"data": data, "was": "Fen", "now": "Fenn"}
    assert (kept["purposes"], kept["grounds"], kept["reasons"], kept["account"]) == (purpose, "accuracy", "Zq83 why", "17")


def test_what_was_typed_stays_when_the_day_lies_ahead(visitor: Visit, consoled: Consoled) -> None:
    tomorrow = consoled.desked.clock().date() + timedelta(days=1)
    operator = visitor("operator")
    for channel, day, code in (
        ("letter", tomorrow.isoformat(), "R513"),
        ("letter", "soon", "R513"),
        ("dream", "2026-01-01", "R512"),
    ):
        again = operator.post(
            "/console/new", regime="eu-gdpr", channel=channel, day=day, time="", right="erasure", words="Zq83 words"
        )
        assert again.status_code == 422 and code in again.text and "Zq83 words" in again.text
        assert 'value="erasure" checked' in again.text


def test_a_question_is_taken_answered_and_gone_from_the_queue(visitor: Visit, consoled: Consoled) -> None:
    case = consoled.asks(name="Zq84 Heron", details={"name": "Zq84 Heron", "words": "Why?", "email": "zq84@example.test"})
    consoled.work()
    lead, ref = visitor("privacy-lead"), consoled.accounts["privacy-lead"].ref
    assert lead.post(f"/console/desk/{case.id}/take").status_code == 303
    assert lead.post(f"/console/desk/{case.id}/note", text="Asked Ines.").status_code == 303
    page = lead.get(f"/console/desk/{case.id}").text
    assert "Asked Ines." in page and said(page).count(consoled.accounts["privacy-lead"].name) >= 3
    assert lead.post(f"/console/desk/{case.id}/decide", text="Because the notice says so.").status_code == 303
    consoled.work()
    assert consoled.desked.desk.case(case.number).state == "answered"
    assert ("decided", f"staff:{ref}") in happened(consoled, case)
    assert f"/console/desk/{case.id}" not in lead.get("/console/desk").text
    assert f"/console/desk/{case.id}" in lead.get("/console/desk?ended=yes").text
    late = lead.post(f"/console/desk/{case.id}/decide", text="Once more, with feeling.")
    assert late.status_code == 409 and "R102" in late.text


def test_a_refusal_is_proposed_by_one_and_confirmed_by_another(visitor: Visit, consoled: Consoled) -> None:
    case = consoled.asks(
        "restriction",
        name="Zq85 Wren",
        country="IE",
        details={"name": "Zq85 Wren", "email": consoled.desked.email(9), "words": "Stop."},
    )
    consoled.work()
    operator, lead = visitor("operator"), visitor("privacy-lead")
    grounds = consoled.desked.desk.grounds(case.number, "restriction")
    page = operator.get(f"/console/desk/{case.id}").text
    assert grounds and all(f'<option value="{ground}">' in page for ground in grounds)
    fields = {"right": "restriction", "ground": next(iter(grounds)), "text": "Zq85 reasons."}
    none = operator.post(f"/console/desk/{case.id}/refuse", **{**fields, "ground": "no-mood"})
    assert none.status_code == 409 and "R123" in none.text and "Zq85 reasons." in none.text
    assert operator.post(f"/console/desk/{case.id}/refuse", **fields).status_code == 303
    assert "You proposed it" in operator.get(f"/console/desk/{case.id}").text
    assert "Zq85 reasons." not in visitor("auditor").get(f"/console/desk/{case.id}").text
    assert operator.post(f"/console/desk/{case.id}/refuse/confirm", right="restriction").status_code == 409
    assert consoled.desked.desk.case(case.number).open
    assert lead.post(f"/console/desk/{case.id}/refuse/confirm", right="restriction").status_code == 303
    assert consoled.desked.desk.case(case.number).state == "refused"


def test_papers_are_opened_by_one_verifier_and_go_with_the_decision(visitor: Visit, consoled: Consoled) -> None:
    desk, desked = consoled.desked.desk, consoled.desked
    case = desk.open(replace(asked(desked, "access", desked.email(11)), representative=True)).case
    consoled.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    consoled.work()
    paper = desk.receive_paper(case.number, "authority", [PNG])
    verifier, other, operator = visitor("verifier"), visitor("privacy-lead"), visitor("operator")
    assert "Look at it" in verifier.get(f"/console/desk/{case.id}").text
    assert "Look at it" not in operator.get(f"/console/desk/{case.id}").text
    seen = verifier.post(f"/console/desk/{case.id}/papers/{paper.serial}")
    assert seen.content == PNG and seen.headers["content-type"] == "image/png"
    assert "sandbox" in seen.headers["content-security-policy"] and seen.headers["cache-control"] == "no-store"
    assert verifier.get(f"/console/desk/{case.id}/papers/{paper.serial}").status_code in (404, 405), (
        "a link alone opens nothing"
    )
    refused = other.post(f"/console/desk/{case.id}/papers/{paper.serial}")
    assert refused.status_code == 409 and "R134" in refused.text
    assert verifier.post(f"/console/desk/{case.id}/identity", decision="accept", item="authority").status_code == 303
    assert "destroyed" in verifier.get(f"/console/desk/{case.id}").text
    assert verifier.post(f"/console/desk/{case.id}/papers/{paper.serial}").status_code == 409


def test_where_two_must_agree_one_yes_waits_and_counts_for_this_plan_alone(visitor: Visit, consoled: Consoled) -> None:
    desk, desked = consoled.desked.desk, consoled.desked
    case = desk.open(asked(desked, "erasure", desked.email(16))).case
    consoled.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    consoled.work()

    def two_are_wanted() -> str:
        with desk.own.transaction() as connection:
            planned = json.loads(details_of(connection, desk.master, case.number)["planned:erasure"])
            note_details(
                connection, desk.master, case.number, {"planned:erasure": json.dumps(planned | {"second": True})}, desk.now
            )
        return str(planned["digest"])

    operator, lead = visitor("operator"), visitor("privacy-lead")
    digest = two_are_wanted()
    assert "Nobody has yet." in said(operator.get(f"/console/desk/{case.id}").text)
    assert operator.post(f"/console/desk/{case.id}/approve", digest=digest).status_code == 303
    assert desk.case(case.number).state == "approval"
    assert f"{consoled.accounts['operator'].name} has; another must, too." in said(lead.get(f"/console/desk/{case.id}").text)
    twice = operator.post(f"/console/desk/{case.id}/approve", digest=digest)
    assert twice.status_code == 409 and "R121" in twice.text
    assert lead.post(f"/console/desk/{case.id}/send-back", text="Look at the invoices.").status_code == 303
    consoled.work()
    digest = two_are_wanted()
    assert lead.post(f"/console/desk/{case.id}/approve", digest=digest).status_code == 303
    assert desk.case(case.number).state == "approval", "what was said before it was sent back counts no more"
    assert operator.post(f"/console/desk/{case.id}/approve", digest=digest).status_code == 303
    assert desk.case(case.number).state == "working"


def test_a_letter_on_paper_is_printed_and_posted_by_a_person(visitor: Visit, consoled: Consoled) -> None:
    case = consoled.asks(name="Zq86 Lark")
    consoled.work()
    operator = visitor("operator")
    page = operator.get(f"/console/desk/{case.id}").text
    assert "Waits to be posted by one of us" in page
    with consoled.desked.desk.own.connection() as connection:
        (posted,) = letters_of(connection, case.id)
        unseen = read_letter(connection, consoled.desked.desk.master, posted.id).unconfirmed
    assert [fact for fact in unseen if fact not in page] == [] and bool(unseen) == ("not confirmed:" in page)
    letter = page.split(f"/console/desk/{case.id}/letters/")[1].split('"')[0]
    pdf = operator.get(f"/console/desk/{case.id}/letters/{letter}")
    assert pdf.content.startswith(b"%PDF-") and "inline" in pdf.headers["content-disposition"]
    other = consoled.asks(name="Zq87 Finch")
    assert operator.get(f"/console/desk/{other.id}/letters/{letter}").status_code == 404
    assert operator.post(f"/console/desk/{case.id}/letters/{letter}", state="posted").status_code == 303
    assert operator.post(f"/console/desk/{case.id}/letters/{letter}", state="posted").status_code == 409
    assert "Posted" in said(operator.get(f"/console/desk/{case.id}").text)


def test_an_objection_is_weighed_purpose_by_purpose(visitor: Visit, consoled: Consoled) -> None:
    desk, desked = consoled.desked.desk, consoled.desked
    case = desk.open(asked(desked, "objection", desked.email(14))).case
    consoled.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    consoled.work()
    assert desk.case(case.number).state == "approval"
    lead = visitor("privacy-lead")
    page = lead.get(f"/console/desk/{case.id}").text
    purposes = [part.split('"')[0] for part in page.split('name="purpose" value="')[1:]]
    assert purposes and "Weigh the objection" in page
    german = desk.labels.word(purposes[0], "de", first=True)
    assert german != desk.labels.word(purposes[0], "en", first=True)
    assert f">{german}</label>" in visitor("operator").get(f"/console/desk/{case.id}", "de").text
    assert "R224" in lead.post(f"/console/desk/{case.id}/weigh", purpose=purposes, decision="dismissed").text
    assert "R224" in lead.post(f"/console/desk/{case.id}/weigh", purpose=purposes[1:], decision="upheld").text
    goes_on = {f"decision:{purposes[0]}": "dismissed", "because": "A claim is in court.", "cites": "GDPR 21(1)"}
    decided = {"purpose": purposes, "decision": "upheld", **goes_on}
    assert lead.post(f"/console/desk/{case.id}/weigh", **decided).status_code == 303
    assert ("approved", f"staff:{consoled.accounts['privacy-lead'].ref}") in happened(consoled, case)
    with desk.own.connection() as connection:
        found = {
            one.purpose: one.decision for one in objections_of(connection, str(desk.case(case.number).subject), open=False)
        }
    assert found == {one: "dismissed" if one == purposes[0] else "upheld" for one in purposes}


def test_what_was_missing_is_entered_by_an_operator(visitor: Visit, consoled: Consoled) -> None:
    desk, operator = consoled.desked.desk, visitor("operator")
    case = desk.open(asked(consoled.desked, "access", consoled.desked.email(15))).case
    consoled.work()
    sent = len(letters(consoled.desked, case.id))
    assert "Send the link again" in operator.get(f"/console/desk/{case.id}").text
    assert operator.post(f"/console/desk/{case.id}/link").status_code == 303
    assert len(letters(consoled.desked, case.id)) == sent + 1
    with desk.own.transaction() as connection:
        note_details(connection, desk.master, case.number, {"missing": "company-name"}, desk.now)
        note_event(connection, desk.master, desk.law, case.number, "content-asked", desk.now)
    page = operator.get(f"/console/desk/{case.id}").text
    assert "Asked back for: company name" in said(page) and 'name="company-name"' in page
    assert operator.post(f"/console/desk/{case.id}/complete", **{"company-name": "Zq88 Ltd"}).status_code == 303
    assert desk.case(case.number).state == "identity"
    assert "Zq88 Ltd" in operator.get(f"/console/desk/{case.id}").text


def test_a_case_that_does_not_exist_is_no_page(visitor: Visit) -> None:
    operator = visitor("operator")
    for id in ("R-9999", "R-", "R-1e3", "17", "R-00000000000000000001", "R-%00"):
        assert operator.get(f"/console/desk/{id}").status_code == 404
        assert operator.post(f"/console/desk/{id}/take").status_code == 404


# ---- the clock, pure


def case(answer_by: date | None, received: date, still: bool = False) -> Any:
    class Standing:
        id, number, state, rights, open, ended_at = "R-0001", 1, "ready", ("access",), True, None

    Standing.answer_by, Standing.still = answer_by, still  # type: ignore[attr-defined]
    Standing.received_at = type("At", (), {"date": staticmethod(lambda: received)})  # type: ignore[attr-defined]
    return Standing


TODAY = date(2026, 11, 19)


@pytest.mark.parametrize(
    ("answer_by", "still", "left", "css"),
    [
        (date(2026, 12, 2), False, "13 days", ""),
        (date(2026, 11, 20), False, "1 day", "unproven"),
        (TODAY, False, "today", "unproven"),
        (date(2026, 11, 17), False, "2 days late", "broken"),
        (None, True, "paused", ""),
        (None, False, "no day", ""),
    ],
)
def test_days_left_are_said_in_words_and_the_near_and_late_stand_out(
    answer_by: date | None, still: bool, left: str, css: str
) -> None:
    assert left_of(case(answer_by, date(2026, 11, 2), still), TODAY) == (left, css)


def test_all_clocks_are_on_one_scale_and_none_leaves_the_picture() -> None:
    cases = [
        case(date(2026, 12, 2), date(2026, 11, 2)),
        case(date(2027, 4, 1), date(2026, 11, 2)),
        case(date(2025, 1, 1), date(2024, 12, 1)),
    ]
    rows = rows_of(cases, {}, TODAY)
    (_, _, month), (_, _, left) = rows[0].bar
    (_, start, long), _ = rows[1].bar
    assert (
        start + long <= 210
        and long / month == pytest.approx(150 / 30, rel=0.02)
        and left / month == pytest.approx(13 / 30, rel=0.05)
    )
    [(css, x, width)] = rows[2].bar
    assert css == "late" and x >= 0 and x + width == 24
    assert bar_of(case(None, TODAY, True), TODAY, 4)[1][0] == "paused"


def test_the_first_sentence_counts_who_waits_and_what_is_late() -> None:
    assert lead_of([], TODAY) == (("", "Nobody is waiting for an answer."),)
    text = "".join(
        part
        for _, part in lead_of(
            [case(date(2026, 11, 17), date(2026, 10, 17)), case(date(2026, 12, 2), date(2026, 11, 2))], TODAY
        )
    )
    assert text == "Two people are waiting for an answer. One answer is late. The next answer is due on 2 December 2026."


def test_the_queue_says_what_keeps_letters_and_mail_from_going_on(visitor: Visit, consoled: Consoled) -> None:
    desk, case = consoled.desked.desk, consoled.asks(details={"name": NAME, "words": "Zq84 words."})
    consoled.work()
    with desk.own.transaction() as connection:
        connection.execute("UPDATE letter SET state = 'sent' WHERE ref <> %s AND state <> 'posted'", [case.id])
        queue_letter(connection, desk.master, case.id, a_letter(), "zq84@example.test", consoled.desked.clock())
        back = queue_letter(connection, desk.master, case.id, a_letter(), "zq84@example.test", consoled.desked.clock())
        connection.execute("UPDATE letter SET state = 'bounced' WHERE id = %s", [back])
        connection.execute("INSERT INTO mail_box VALUES ('x', 'R424', %s, NULL)", [consoled.desked.clock()])
    words = said(visitor("operator").get("/console/desk").text)
    assert "1 letter waits for want of a mail server: set UPHELD_SMTP_URL and UPHELD_MAIL_FROM." in words
    assert f"1 letter waits to be printed and posted. {case.id}" in words and f"1 letter came back. {case.id}" in words
    assert "The mailbox could not be read at" in words and "(R424)" in words


# ---- registers


def test_a_register_is_on_the_menu_once_there_is_something_in_it(visitor: Visit, consoled: Consoled) -> None:
    desk, auditor, operator = consoled.desked.desk, visitor("auditor"), visitor("operator")
    assert ">Incidents<" not in auditor.get("/console/desk").text and ">Choices<" not in auditor.get("/console/desk").text
    case = consoled.asks(name="Zq89 Siskin")
    with desk.own.transaction() as connection:
        opened = open_incident(connection, "missed-deadline", case.id, ("qualer.rights.1",), desk.now)
        (ref,) = people.enrol(
            connection, desk.master, [Known("customer", (("email/1", "zq89@example.test"),), "signed in")], desk.now
        )
        for answer in (False, True):
            people.record_choice(connection, people.Choice(ref, "newsletter", answer, desk.now, desk.now.date(), "form"))
    assert opened is not None
    page = auditor.get("/console/incidents").text
    assert ">Incidents<" in page and opened.id in page and f"/console/desk/{case.id}" in page and "Close it" not in page
    assert "Newsletter 1 0" in said(auditor.get("/console/choices").text)
    assert operator.post(f"/console/incidents/{opened.number}", text=" ").status_code == 422
    assert auditor.post(f"/console/incidents/{opened.number}", text="We were late.").status_code == 403
    assert operator.post(f"/console/incidents/{opened.number}", text="We were late.").status_code == 303
    closed = said(operator.get("/console/incidents").text)
    assert "No incident is open." in closed and "We were late." in closed and consoled.accounts["operator"].name in closed


def test_what_erasures_left_standing_is_counted_with_ground_and_end(visitor: Visit, consoled: Consoled, erasure: Case) -> None:
    with consoled.desked.desk.own.connection() as connection:
        row = connection.execute("SELECT coalesce(sum(rows), 0) FROM kept_row").fetchone()
    page = visitor("auditor").get("/console/retention")
    assert row is not None and f"{int(row[0]):,} rows are kept after erasures" in said(page.text)
    if row[0]:
        assert "platform.invoices" in page.text and "GDPR" not in page.text


def test_what_a_machine_proposed_waits_for_a_persons_words(visitor: Visit, consoled: Consoled) -> None:
    desk, lead = consoled.desked.desk, visitor("privacy-lead")
    with desk.own.transaction() as connection:
        (ref,) = people.enrol(
            connection, desk.master, [Known("customer", (("email/1", "zq90@example.test"),), "signed in")], desk.now
        )
        review = open_review(connection, desk.master, ref, "credit-limit", "Zq90 refused", desk.now)
    assert visitor("auditor").get("/console/decisions").status_code == 403
    assert "Zq90 refused" in lead.get("/console/decisions").text
    assert lead.post(f"/console/decisions/{review}", text="").status_code == 422
    assert lead.post(f"/console/decisions/{review}", text="Granted, to 500.").status_code == 303
    assert "Zq90 refused" not in lead.get("/console/decisions").text
    assert "R233" in lead.post(f"/console/decisions/{review}", text="Again.").text
