"""The API: each address is a verb of the desk; who may ask what; what two operators who meet are told."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.api.conftest import Served
from upheld.duties.requests.model import case_number
from upheld.faces.api import api_part
from upheld.faces.app.desk import telling
from upheld.faces.app.parts import build_application

QUESTION: dict[str, Any] = {
    "regime": "eu-gdpr",
    "channel": "letter",
    "person": {"name": "Zq81 Quillfeather", "words": "Zq81 words: how long do you keep it?"},
}


def opened(served: Served, **more: Any) -> str:
    answer = served.ask("POST", "/cases", json={**QUESTION, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case"]["id"])


def test_a_request_opens_one_case_however_often_it_is_sent(served: Served) -> None:
    first, again = (served.ask("POST", "/cases", json={**QUESTION, "origin": "form-1"}).json() for _ in range(2))
    assert first["case"]["id"] == again["case"]["id"] and (first["again"], again["again"]) == (False, True)
    assert first["page"].startswith("https://privacy.example.test/your-data/request/")


def test_the_clock_runs_from_receipt_and_not_from_a_moment_ahead(served: Served) -> None:
    answer = served.ask("POST", "/cases", json={**QUESTION, "received-at": "2999-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "R513")


def test_a_question_is_answered_by_hand_and_its_person_is_written_to(served: Served) -> None:
    id = opened(served)
    served.work()
    assert served.ask("GET", f"/cases/{id}").json()["case"]["state"] == "approval"
    done = served.ask("POST", f"/cases/{id}/answer", json={"text": "Ninety days."})
    assert (done.status_code, done.json()["case"]["state"]) == (200, "answering")
    served.work()
    found = served.ask("GET", f"/cases/{id}").json()
    assert found["case"]["state"] == "answered" and found["timeline"][0]["kind"] == "opened"


def test_who_decides_on_what_moved_meanwhile_is_told_so(served: Served) -> None:
    id = opened(served)
    seen = served.ask("GET", f"/cases/{id}").headers["etag"]
    assert served.ask("POST", f"/cases/{id}/take", headers={"If-Match": seen}).status_code == 200
    late = served.ask("POST", f"/cases/{id}/take", role="operator", headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "R606")
    assert served.ask("POST", f"/cases/{id}/withdraw").status_code == 200
    twice = served.ask("POST", f"/cases/{id}/withdraw")
    assert (twice.status_code, twice.json()["code"]) == (409, "R102")


def test_of_two_who_saw_the_same_at_the_same_moment_one_is_refused_in_the_verb_itself(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, both = opened(served), threading.Barrier(2, timeout=20)
    seen = served.ask("GET", f"/cases/{id}").headers["etag"]
    note = served.desk.note

    def together(*said: Any) -> Any:
        both.wait()  # each has looked at the mark and found the case as it was seen
        return note(*said)

    monkeypatch.setattr(served.desk, "note", together)

    def one(text: str) -> int:
        status = served.ask("POST", f"/cases/{id}/notes", headers={"If-Match": seen}, json={"text": text}).status_code
        return int(status)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, ["first", "second"])) == [200, 412]
    notes = [event for event in served.ask("GET", f"/cases/{id}").json()["timeline"] if event["kind"] == "note"]
    assert len(notes) == 1


def test_a_recipient_is_asked_for_a_copy_of_what_it_holds_before_the_copy_is_answered(served: Served) -> None:
    id = opened(served, rights=["access"], country="DE", person={"name": "Zq95 Wren", "email": "zq95@example.test"})
    served.work()
    asked = served.ask("POST", f"/cases/{id}/orders", role="operator", json={"recipients": ["qualer-labs"]})
    (order,) = asked.json()["orders"]
    assert (order["recipient"], order["act"]) == ("qualer-labs", "access")
    served.work()
    path = f"/cases/{id}/orders/{order['number']}/answer"
    assert served.ask("GET", path, role="operator").json() == {"text": ""}
    assert served.ask("GET", path, role="auditor").status_code == 403
    for names in (["nobody"], ["linked-storage"], ["qualer-labs", "nobody"]):
        assert served.ask("POST", f"/cases/{id}/orders", json={"recipients": names}).status_code == 404
    other = opened(served)
    assert served.ask("POST", f"/cases/{other}/orders", json={"recipients": ["qualer-labs"]}).json()["code"] == "R102"


def test_a_token_that_only_reads_sees_no_word_of_a_person_and_does_nothing(served: Served) -> None:
    id = opened(served)
    read = served.ask("GET", f"/cases/{id}", role="auditor")
    assert read.status_code == 200 and read.json()["person"] is None and "Zq81" not in read.text
    assert "Zq81" in served.ask("GET", f"/cases/{id}", role="operator").text
    for path in ("notes", "answer", "withdraw"):
        refused = served.ask("POST", f"/cases/{id}/{path}", role="auditor", json={"text": "no"})
        assert (refused.status_code, refused.json()["code"]) == (403, "R602")


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer uph_" + "A" * 43, "Bearer " + "A" * 5000])
def test_without_a_token_in_force_every_address_answers_the_same(served: Served, token: str) -> None:
    headers = {"Authorization": token} if token else {}
    said = {served.client.get(f"/api/v1{path}", headers=headers).text for path in ("/cases", "/cases/R-0001", "/tokens")}
    assert len(said) == 1 and "R601" in said.pop()
    assert served.client.get("/api/v1/cases", headers=headers).headers["www-authenticate"] == "Bearer"


def test_what_is_not_there_answers_the_same_whatever_it_is(served: Served) -> None:
    id = opened(served)
    paths = ["/cases/R-9999", "/nothing", f"/cases/{id}/papers/77", "/regimes/no-such/rights"]
    answers = [served.ask("GET", path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)
    assert (
        answers[0].headers["cache-control"] == "no-store"
        and "default-src 'none'" in answers[0].headers["content-security-policy"]
    )


def test_a_problem_names_the_member_and_never_what_stood_there(served: Served) -> None:
    answer = served.ask("POST", "/cases", json={**QUESTION, "channel": "Zq81 pigeon"})
    assert answer.status_code == 400 and "Zq81" not in answer.text
    page = answer.json()["type"]
    assert served.client.get(page).json()["title"] == answer.json()["title"] == "what was sent cannot be read"


def test_the_queue_comes_page_by_page_each_case_once(served: Served) -> None:
    for _ in range(4):
        opened(served)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = served.ask("GET", "/cases", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        found, cursor = found + [case["id"] for case in page["cases"]], page["next"]
    assert len(found) == len(set(found)) == len(served.desk.queue())
    ended = served.ask("GET", "/cases", params={"limit": 1, "ended": "true"}).json()
    more = served.ask("GET", "/cases", params={"limit": 1, "ended": "true", "cursor": ended["next"]}).json()
    assert ended["cases"][0]["id"] != more["cases"][0]["id"]


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "W10", "bnVsbA", "WzEsIjIwMjYtMTMtMDEiXQ", "Ww" * 60])
def test_a_page_mark_of_somebody_else_leads_nowhere(served: Served, cursor: str) -> None:
    answer = served.ask("GET", "/cases", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "R607")


def test_a_token_makes_none_that_may_do_more(served: Served) -> None:
    ends = (
        "2021-01-01T00:00:00Z"
        if served.clock().year == 2020
        else served.clock().replace(year=served.clock().year + 1).isoformat()
    )
    admin = served.token("privacy-lead", ("read", "admin"))
    headers = {"Authorization": f"Bearer {admin}"}
    asked = {"name": "a form", "scopes": ["intake"], "ends": ends}
    assert served.client.post("/api/v1/tokens", json=asked, headers=headers).status_code == 403
    made = served.client.post("/api/v1/tokens", json={**asked, "scopes": ["read"]}, headers=headers)
    assert made.status_code == 201, made.text
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert served.client.get("/api/v1/me", headers=bearer).json()["scopes"] == ["read"]
    listed = served.client.get("/api/v1/tokens", headers=headers).json()["tokens"]
    number = next(one["number"] for one in listed if one["name"] == "a form")
    assert served.client.delete(f"/api/v1/tokens/{number}", headers=headers).status_code == 204
    assert served.client.get("/api/v1/me", headers=bearer).status_code == 401


def test_the_menu_says_what_a_right_takes(served: Served) -> None:
    menu = served.ask("GET", "/regimes/us-ca-ccpa/rights", role="auditor").json()
    by_right = {one["right"]: one for one in menu["rights"]}
    assert by_right["erasure"]["proofs"] and by_right["erasure"]["clauses"]


def test_a_refusal_takes_a_ground_and_two_people(served: Served) -> None:
    id = opened(served, rights=["erasure"], country="DE", person={"name": "Zq82 Fen", "email": "zq82@example.test"})
    grounds = served.ask("GET", f"/cases/{id}/rights/erasure/grounds").json()["grounds"]
    said = {"right": "erasure", "ground": grounds[0]["ground"], "reasons": "A lawsuit is open."}
    assert served.ask("POST", f"/cases/{id}/refusals", json={**said, "ground": "we-do-not-want"}).status_code == 422
    assert served.ask("POST", f"/cases/{id}/refusals", json=said).json()["refusals"] == ["erasure"]
    alone = served.ask("POST", f"/cases/{id}/refusals/erasure/confirm")
    assert (alone.status_code, alone.json()["code"]) == (409, "R121")
    agreed = served.ask("POST", f"/cases/{id}/refusals/erasure/confirm", role="operator")
    assert agreed.status_code == 200, agreed.text
    assert agreed.json()["case"]["state"] == "refused"


def test_incidents_and_jobs_are_looked_at_and_a_cause_is_named(served: Served) -> None:
    assert served.ask("GET", "/jobs").json()["failed"] == 0
    assert served.ask("GET", "/incidents").json()["incidents"] == []
    assert served.ask("POST", "/incidents/77/close", json={"text": "a holiday"}).status_code == 404


def test_who_asks_too_often_is_told_how_long_to_wait(served: Served) -> None:
    with TestClient(build_application([api_part(served.desk, a_minute=1)])) as client:
        headers = {"Authorization": f"Bearer {served.token('auditor', ('read',))}"}
        first, second = (client.get("/api/v1/me", headers=headers) for _ in range(2))
        assert (first.status_code, second.status_code, second.json()["code"]) == (200, 429, "R605")
        assert 0 < int(second.headers["retry-after"]) <= 60


def test_proofs_are_for_the_verifier_and_end_with_the_decision(served: Served) -> None:
    id = opened(served, rights=["erasure"], representative=True, person={"name": "Zq84 Pell", "email": "zq84@example.test"})
    number = served.desk.case(case_number(id)).number
    paper = served.desk.receive_paper(number, "authority", [b"%PDF-1.7 Zq84 proof"])
    path = f"/cases/{id}/papers/{paper.serial}"
    assert served.ask("GET", path, role="operator").status_code == 403
    seen = served.ask("GET", path, role="verifier")
    assert seen.content == b"%PDF-1.7 Zq84 proof" and seen.headers["content-disposition"] == "attachment"
    assert served.ask("GET", path).json()["code"] == "R134"  # the lead was not the first
    unasked = served.ask("POST", f"/cases/{id}/papers/accept", role="verifier", json={"items": ["address"]})
    assert (unasked.status_code, unasked.json()["code"]) == (422, "R136")
    items = {"items": ["authority", "identity"]}
    accepted = served.ask("POST", f"/cases/{id}/papers/accept", role="verifier", json=items).json()
    assert accepted["unproven"] == [] and accepted["papers"][0]["destroyed-at"]
    assert served.ask("GET", path, role="verifier").status_code == 404


def test_a_recipient_s_answer_is_taken_down_at_its_own_case(served: Served) -> None:
    id, other = opened(served), opened(served)
    desk = served.desk
    with desk.own.transaction() as connection:
        case = desk.case(case_number(id))
        telling.place(desk, connection, case, "erase", {})
    orders = served.ask("GET", f"/cases/{id}").json()["orders"]
    number = next(one["number"] for one in orders if one["open"])
    elsewhere = served.ask("POST", f"/cases/{other}/orders/{number}/answer", json={"state": "done"})
    assert elsewhere.status_code == 404
    told = served.ask("POST", f"/cases/{id}/orders/{number}/answer", role="operator", json={"state": "done"}).json()
    assert next(one for one in told["orders"] if one["number"] == number)["state"] == "done"
    twice = served.ask("POST", f"/cases/{id}/orders/{number}/answer", json={"state": "refused"})
    assert twice.status_code in (404, 409)


def test_a_yes_is_to_what_was_shown_and_to_nothing_else(served: Served) -> None:
    id = opened(served)
    served.work()
    other = served.ask("POST", f"/cases/{id}/approve", json={"digests": ["0123456789abcdef"]})
    assert (other.status_code, other.json()["code"]) == (409, "R120")
    assert served.ask("POST", f"/cases/{id}/send-back", json={"text": "look again"}).json()["case"]["state"] == "ready"
    late = served.ask("POST", f"/cases/{id}/approve", json={"digests": []})
    assert late.status_code in (200, 409)


def test_more_time_is_told_once_where_the_law_gives_it(served: Served) -> None:
    id = opened(served, rights=["access"], country="DE", person={"name": "Zq85 Roe", "email": "zq85@example.test"})
    before = served.ask("GET", f"/cases/{id}").json()["case"]["answer-by"]
    longer = served.ask("POST", f"/cases/{id}/extend", json={"text": "Many records."})
    assert longer.status_code == 200 and longer.json()["case"]["answer-by"] > before
    again = served.ask("POST", f"/cases/{id}/extend", json={"text": "Still many."})
    assert (again.status_code, again.json()["code"]) == (409, "R122")


def test_what_was_missing_comes_in_later(served: Served) -> None:
    id = opened(served, rights=["complaint-to-controller"], person={"words": "Zq86 words"})
    more = served.ask(
        "POST", f"/cases/{id}/details", json={"person": {"name": "Zq86 Ash", "company-name": "Fen"}, "country": "DE"}
    )
    assert more.status_code == 200 and more.json()["person"]["company-name"] == "Fen" and more.json()["case"]["country"] == "DE"
