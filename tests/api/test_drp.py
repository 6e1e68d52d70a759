"""The Data Rights Protocol: an agent pairs, asks, looks, takes back; every MUST has something that breaks it."""

from __future__ import annotations

import base64
import shutil
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.agents import AGENTS, STRANGER, claims, listening, public, signed, write_agents
from tests.api.conftest import Served
from tests.examples.firms import folder_of
from upheld.duties.requests import details_of, timeline
from upheld.faces.app.checking import check_folder
from upheld.faces.app.desk.agents import AgentFault, agents_of, ask, read_agents
from upheld.faces.app.desk.agents.envelopes import LARGEST
from upheld.faces.app.errors import Unusable

ME, OTHER = "LARKSPUR_AGENT", "FENWICK_AGENT"
EXERCISE = "/v1/data-rights-request"
TEXT = {"Content-Type": "text/plain"}
PERSON = {"name": "Zq83 Marlowe", "email": "zq83@example.test", "email_verified": True}


def pair(served: Served, agent: str = ME) -> dict[str, str]:
    """The headers of an agent who has set up its token."""
    said = claims(served.clock(), agent, nonce=uuid.uuid4().hex)
    answer = served.client.post(f"/v1/agent/{agent}", content=signed(said, AGENTS[agent]), headers=TEXT)
    assert answer.status_code == 200, answer.text
    assert answer.json()["agent-id"] == agent
    return {**TEXT, "Authorization": f"Bearer {answer.json()['token']}"}


@pytest.fixture(scope="module")
def mine(served: Served) -> dict[str, str]:
    return pair(served)


@pytest.fixture(scope="module")
def theirs(served: Served) -> dict[str, str]:
    return pair(served, OTHER)


def asking(served: Served, exercise: str = "deletion", agent: str = ME, **more: Any) -> dict[str, Any]:
    given = {"exercise": exercise, "regime": "ccpa", "relationships": ["customer"], **PERSON, **more}
    return claims(served.clock(), agent, **given)


def asked(served: Served, headers: dict[str, str], said: dict[str, Any], agent: str = ME) -> Any:
    return served.client.post(EXERCISE, content=signed(said, AGENTS[agent]), headers=headers)


def case_of(served: Served, id: str) -> int:
    with served.desk.own.connection() as connection:
        row = connection.execute("SELECT request FROM agent_request WHERE id = %s", [id]).fetchone()
    assert row is not None
    return int(row[0])


def test_a_deletion_opens_a_case_whose_person_is_asked_who_they_are(served: Served, mine: dict[str, str]) -> None:
    answer = asked(served, mine, asking(served, **{"agent-request-id": "a-1"}))
    found = answer.json()
    assert answer.status_code == 200 and uuid.UUID(found["request_id"]) and found["agent_request_id"] == "a-1"
    assert (found["status"], found["reason"]) == ("in_progress", "need_user_verification")
    assert found["user_verification_url"].startswith("https://privacy.example.test/your-data/request/")
    case = served.desk.case(case_of(served, found["request_id"]))
    assert (case.rights, case.regime, case.channel) == (("erasure",), "us-ca-ccpa", "drp")
    assert found["expected_by"] == case.answer_by.isoformat() if case.answer_by else False
    with served.desk.own.connection() as connection:
        said = details_of(connection, served.desk.master, case.number)
        first = timeline(connection, served.desk.master, case.number)[0]
    assert said["unproven"] == "identity authority" and said["verified-by-agent"] == "email" and first.by == f"agent:{ME}"


def test_of_an_opt_out_nothing_is_proven_by_anybody(served: Served, mine: dict[str, str]) -> None:
    found = asked(served, mine, asking(served, "sale:opt-out", **{"agent-request-id": "a-2"})).json()
    case = served.desk.case(case_of(served, found["request_id"]))
    assert found["status"] == "in_progress" and "reason" not in found
    assert case.state == "ready" and case.rights == ("opt-out-sale-sharing",)


def test_a_status_is_for_its_own_agent_alone_there_or_not(served: Served, mine: dict[str, str], theirs: dict[str, str]) -> None:
    id = asked(served, mine, asking(served, "access")).json()["request_id"]
    assert served.client.get(f"{EXERCISE}/{id}", headers=mine).json()["request_id"] == id
    foreign, nowhere = (served.client.get(f"{EXERCISE}/{one}", headers=theirs) for one in (id, str(uuid.uuid4())))
    assert (foreign.status_code, foreign.text) == (nowhere.status_code, nowhere.text) and foreign.status_code == 403
    back = served.client.request("DELETE", f"{EXERCISE}/{id}", content=signed({"reason": "x"}, AGENTS[OTHER]), headers=theirs)
    assert back.status_code == 403 and served.desk.case(case_of(served, id)).open


def test_a_request_is_taken_back_with_a_signed_reason_and_stays_so(served: Served, mine: dict[str, str]) -> None:
    id = asked(served, mine, asking(served, "deletion")).json()["request_id"]
    forged = served.client.request("DELETE", f"{EXERCISE}/{id}", content=signed({"reason": "x"}, STRANGER), headers=mine)
    assert forged.status_code == 403 and served.desk.case(case_of(served, id)).open
    for _ in range(2):
        back = served.client.request("DELETE", f"{EXERCISE}/{id}", content=signed({"reason": "Zq83 kept it"}), headers=mine)
        assert (back.status_code, back.json()["status"]) == (200, "revoked"), back.text
    assert served.client.get(f"{EXERCISE}/{id}", headers=mine).json()["expires_at"]


def _sign(change: Callable[[dict[str, Any]], Any]) -> Callable[[Served], bytes]:
    def made(served: Served) -> bytes:
        said = asking(served)
        change(said)
        return signed(said)

    return made


BROKEN: dict[str, tuple[Callable[[Served], bytes], int, str]] = {
    "bad base64": (lambda served: b"not base64!", 400, "R631"),
    "url-safe base64": (lambda served: b"-_-_" * 30, 400, "R631"),
    "nothing": (lambda served: b"", 403, "R632"),
    "a signature and no message": (lambda served: base64.b64encode(b"x" * 64), 403, "R632"),
    "bad signature": (lambda served: signed(asking(served), STRANGER), 403, "R632"),
    "the signature of another agent": (lambda served: signed(asking(served), AGENTS[OTHER]), 403, "R632"),
    "one byte changed": (lambda served: base64.b64encode(base64.b64decode(signed(asking(served)))[:-2] + b" }"), 403, "R632"),
    "foreign agent": (_sign(lambda said: said.update({"agent-id": OTHER})), 403, "R633"),
    "no agent": (_sign(lambda said: said.pop("agent-id")), 403, "R633"),
    "foreign business": (_sign(lambda said: said.update({"business-id": "OTHER_FIRM"})), 403, "R634"),
    "no business": (_sign(lambda said: said.pop("business-id")), 403, "R634"),
    "from the future": (_sign(lambda said: said.update({"issued-at": "2999-01-01T00:00:00Z", "expires-at": "2999-01-02T00:00:00Z"})), 400, "R635"),
    "no time": (_sign(lambda said: said.pop("issued-at")), 400, "R637"),
    "expired": (_sign(lambda said: said.update({"expires-at": "2001-01-01T00:00:00Z"})), 400, "R636"),
    "never expires": (_sign(lambda said: said.pop("expires-at")), 400, "R637"),
    "another version": (_sign(lambda said: said.update({"drp.version": "0.5"})), 400, "R637"),
    "no JSON": (lambda served: signed(b"{"), 400, "R637"),
    "a list": (lambda served: signed(b"[]"), 400, "R637"),
    "deep": (lambda served: signed(b"[" * 9000), 400, "R637"),
    "half a letter": (lambda served: signed(b'{"name": "\\ud800"}'), 400, "R637"),
    "a number for a name": (_sign(lambda said: said.update({"name": 7})), 400, "R637"),
    "a name without end": (_sign(lambda said: said.update({"name": "x" * 501})), 400, "R637"),
    "a zero in a name": (_sign(lambda said: said.update({"name": "a\0b"})), 400, "R637"),
    "unknown exercise": (_sign(lambda said: said.update({"exercise": "sale:opt-in"})), 400, "R638"),
    "unknown regime": (_sign(lambda said: said.update({"regime": "atlantis"})), 400, "R638"),
    "a callback without TLS": (_sign(lambda said: said.update({"status_callback": "http://agent.example.test/"})), 400, "R637"),
    "a callback with a name in it": (_sign(lambda said: said.update({"status_callback": "https://u:p@agent.example.test/"})), 400, "R637"),
    "a callback that is none": (_sign(lambda said: said.update({"status_callback": "https://agent.example.test:port/"})), 400, "R637"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_message_that_breaks_a_must_opens_nothing(served: Served, mine: dict[str, str], name: str) -> None:
    make, status, code = BROKEN[name]
    before = len(served.desk.queue())
    answer = served.client.post(EXERCISE, content=make(served), headers=mine)
    assert (answer.status_code, answer.json()["code"]) == (status, str(status)), answer.text
    assert answer.json()["message"].startswith(code) and "Zq83" not in answer.text
    assert answer.json().get("fatal", False) is (code != "R635")
    assert len(served.desk.queue()) == before


def test_what_is_wrong_first_in_the_protocols_order_is_what_is_told(served: Served, mine: dict[str, str]) -> None:
    all_wrong = {
        "agent-id": OTHER,
        "business-id": "X",
        "issued-at": "2999-01-01T00:00:00Z",
        "expires-at": "2001-01-01T00:00:00Z",
    }
    right = asking(served)
    told = [served.client.post(EXERCISE, content=signed(all_wrong, STRANGER), headers=mine)]
    for name in all_wrong:
        told.append(served.client.post(EXERCISE, content=signed(all_wrong), headers=mine))
        all_wrong[name] = right[name]
    assert [one.json()["message"][:4] for one in told] == ["R632", "R633", "R634", "R635", "R636"]


def test_with_another_agents_token_a_message_opens_nothing(served: Served, theirs: dict[str, str]) -> None:
    answer = served.client.post(EXERCISE, content=signed(asking(served)), headers=theirs)
    assert (answer.status_code, answer.json()["message"][:4]) == (403, "R632")
    resigned = served.client.post(EXERCISE, content=signed(asking(served), AGENTS[OTHER]), headers=theirs)
    assert (resigned.status_code, resigned.json()["message"][:4]) == (403, "R633")


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x", "Bearer " + "A" * 43, "Basic x", "Bearer " + "A" * 4000])
def test_without_a_token_in_force_nothing_is_answered(served: Served, token: str) -> None:
    headers = {**TEXT, **({"Authorization": token} if token else {})}
    for method, path in (("POST", EXERCISE), ("GET", f"{EXERCISE}/x"), ("DELETE", f"{EXERCISE}/x"), ("GET", f"/v1/agent/{ME}")):
        answer = served.client.request(
            method, path, content=signed(asking(served)) if method != "GET" else None, headers=headers
        )
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_replay_opens_nothing_twice(served: Served, mine: dict[str, str]) -> None:
    for said in (asking(served, "access"), asking(served, "access", **{"agent-request-id": "a-3"})):
        first, again = (asked(served, mine, said) for _ in range(2))
        assert again.status_code == 200 and first.json()["request_id"] == again.json()["request_id"]
    later = asking(
        served, "access", **{"agent-request-id": "a-3", "issued-at": (served.clock() - timedelta(seconds=1)).isoformat()}
    )
    assert asked(served, mine, later).json()["request_id"] == first.json()["request_id"]
    other = asked(served, mine, asking(served, "deletion", **{"agent-request-id": "a-3"}))
    assert (other.status_code, other.json()["message"][:4]) == (409, "R639")


def test_two_agents_may_have_the_same_number(served: Served, mine: dict[str, str], theirs: dict[str, str]) -> None:
    one = asked(served, mine, asking(served, **{"agent-request-id": "same"}))
    other = asked(served, theirs, asking(served, agent=OTHER, **{"agent-request-id": "same"}), OTHER)
    assert one.status_code == other.status_code == 200 and one.json()["request_id"] != other.json()["request_id"]


def test_a_message_beyond_every_measure_is_not_read(served: Served, mine: dict[str, str]) -> None:
    answer = served.client.post(EXERCISE, content=b"A" * (LARGEST + 1), headers=mine)
    assert (answer.status_code, answer.json()["code"]) == (413, "413")


def test_a_set_up_that_is_not_the_agents_says_nothing_at_all(served: Served) -> None:
    now = served.clock()
    tries = [
        (ME, signed(claims(now), STRANGER)),
        (OTHER, signed(claims(now))),
        ("NOBODY", signed(claims(now, "NOBODY"))),
        (ME, signed(claims(now, OTHER))),
        (ME, signed(claims(now, **{"business-id": "X"}))),
        (ME, signed(claims(now, **{"expires-at": "2001-01-01T00:00:00Z"}))),
        (ME, b"no"),
    ]
    for agent, body in tries:
        answer = served.client.post(f"/v1/agent/{agent}", content=body, headers=TEXT)
        assert (answer.status_code, answer.content) == (403, b"")


def test_a_set_up_counts_once_and_its_token_ends_the_older(served: Served) -> None:
    said = signed(claims(served.clock(), OTHER, nonce="once"), AGENTS[OTHER])
    first = served.client.post(f"/v1/agent/{OTHER}", content=said, headers=TEXT)
    copied = served.client.post(f"/v1/agent/{OTHER}", content=said, headers=TEXT)
    assert (first.status_code, copied.status_code, copied.content) == (200, 403, b"")
    bearer = {"Authorization": f"Bearer {first.json()['token']}"}
    assert served.client.get(f"/v1/agent/{OTHER}", headers=bearer).json() == {}
    assert served.client.get(f"/v1/agent/{ME}", headers=bearer).status_code == 403
    pair(served, OTHER)
    assert served.client.get(f"/v1/agent/{OTHER}", headers=bearer).status_code == 401


def test_an_agent_is_called_when_its_case_moved_and_again_until_it_answers(served: Served) -> None:
    headers = pair(served, OTHER)
    with listening([500]) as (address, told):
        said = asking(served, "deletion", OTHER, status_callback=address)
        id = asked(served, headers, said, OTHER).json()["request_id"]
        served.work()
        assert told == []  # what was answered needs no call
        served.desk.withdraw(case_of(served, id))
        served.work()
        assert [one["status"] for one in told] == ["revoked"] and told[0]["request_id"] == id
        served.clock.forward(minutes=2)
        served.work()
        served.clock.forward(minutes=9)
        served.work()
    assert [one["status"] for one in told] == ["revoked", "revoked"]


def test_a_callback_never_leads_into_our_own_network(served: Served, mine: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        inside = f"https://127.0.0.1:{door.getsockname()[1]}/status"
        id = asked(served, mine, asking(served, status_callback=inside)).json()["request_id"]
        served.desk.withdraw(case_of(served, id))
        served.work()
        with pytest.raises(BlockingIOError):  # nobody knocked
            door.accept()
    with served.desk.own.connection() as connection:
        row = connection.execute("SELECT tries FROM agent_request WHERE id = %s", [id]).fetchone()
    assert row == (1,)


KEY = public(AGENTS[ME])
WRONG = {
    "R620": [
        "",
        "[]",
        "agents: []",
        "business-id: X",
        "business-id: X\nagents: []\nmore: 1",
        "a: [",
        "business-id: 'a b'\nagents: []",
    ],
    "R621": [
        f"business-id: X\nagents:\n- {{id: A, name: A, key: {KEY}, more: 1}}",
        "business-id: X\nagents:\n- {id: A, name: A, key: AAAA}",
        "business-id: X\nagents:\n- {id: A, name: A}",
        f"business-id: X\nagents:\n- {{id: A, name: A, key: '{KEY}'}}\n- {{id: A, name: B, key: '{public(STRANGER)}'}}",
        f"business-id: X\nagents:\n- {{id: A, name: A, key: '{KEY}'}}\n- {{id: B, name: B, key: '{KEY}'}}",
        f"business-id: X\nagents:\n- {{id: 'a b', name: A, key: '{KEY}'}}",
        f"business-id: X\nagents:\n- {{id: A, name: '', key: '{KEY}'}}",
    ],
}


@pytest.mark.parametrize(
    ("code", "text"),
    [pytest.param(code, text, id=f"{code}-{number}") for code, texts in WRONG.items() for number, text in enumerate(texts)],
)
def test_a_wrong_file_of_agents_is_refused_whole(code: str, text: str) -> None:
    with pytest.raises(Unusable) as refused:
        read_agents(text)
    assert refused.value.code == code and KEY not in str(refused.value)


def test_every_refusal_of_agents_has_its_line() -> None:
    assert str(AgentFault("R632")).startswith("R632  signature is not")


def test_a_request_goes_from_at_work_to_fulfilled_and_none_can_take_it_back_then(served: Served, mine: dict[str, str]) -> None:
    id = asked(served, mine, asking(served, "sale:opt-out", **{"agent-request-id": uuid.uuid4().hex})).json()["request_id"]
    number = case_of(served, id)
    served.desk.answer_by_hand(number, "Nothing of yours is sold.", "staff:one")
    assert served.client.get(f"{EXERCISE}/{id}", headers=mine).json()["status"] == "in_progress"
    served.work()
    found = served.client.get(f"{EXERCISE}/{id}", headers=mine).json()
    assert found["status"] == "fulfilled" and "/your-data/request/" in found["results_url"] and "expected_by" not in found
    late = served.client.request("DELETE", f"{EXERCISE}/{id}", content=signed({}), headers=mine)
    assert (late.status_code, late.json()["message"][:4]) == (409, "R642")


def test_a_refusal_is_denied_with_the_reason_of_its_ground(served: Served, mine: dict[str, str]) -> None:
    id = asked(served, mine, asking(served, "deletion", **{"agent-request-id": uuid.uuid4().hex})).json()["request_id"]
    number, desk = case_of(served, id), served.desk
    assert "not-verified" in desk.grounds(number, "erasure")
    desk.propose_refusal(number, "erasure", "not-verified", "Nobody could be found by what was said.", "staff:one")
    desk.confirm_refusal(number, "erasure", "staff:two")
    found = served.client.get(f"{EXERCISE}/{id}", headers=mine).json()
    assert (found["status"], found["reason"]) == ("denied", "insuf_verification") and found["processing_details"]


def test_that_it_takes_longer_is_said_and_why_only_where_the_agent_is_known_to_be_one(
    served: Served, mine: dict[str, str]
) -> None:
    id = asked(served, mine, asking(served, "deletion", **{"agent-request-id": uuid.uuid4().hex})).json()["request_id"]
    before = served.client.get(f"{EXERCISE}/{id}", headers=mine).json()
    served.desk.extend(case_of(served, id), "Zq83 has many records.", "staff:one")
    after = served.client.get(f"{EXERCISE}/{id}", headers=mine).json()
    assert (
        after["expected_by"] > before["expected_by"]
        and after["processing_details"]
        and "Zq83" not in after["processing_details"]
    )


def test_the_same_message_many_times_at_once_opens_one_case(served: Served) -> None:
    agent = agents_of(served.desk).agents[ME]
    body = signed(asking(served, "access", **{"agent-request-id": "at-once"}))
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: ask(served.desk, agent, body)["request_id"], range(12)))
    assert len(set(found)) == 1


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "2999-01-01 00:00:00.000001"])
def test_an_end_at_the_end_of_time_is_one(served: Served, end: str) -> None:
    said = claims(served.clock(), nonce=end, **{"expires-at": end, "issued-at": "0001-01-01T00:00:00+12:00"})
    answer = served.client.post(f"/v1/agent/{OTHER}", content=signed({**said, "agent-id": OTHER}, AGENTS[OTHER]), headers=TEXT)
    assert answer.status_code == 200, answer.text


def test_what_an_agent_brought_is_in_no_leaf_no_job_and_no_column_in_the_open(served: Served, mine: dict[str, str]) -> None:
    said = asking(
        served, **{"agent-request-id": "Zq87number", "name": "Zq87 Name", "status_callback": "https://zq87.example.test/"}
    )
    assert asked(served, mine, said).status_code == 200
    with served.desk.own.connection() as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND (tablename LIKE 'agent%%' OR tablename LIKE 'request%%' "
            "OR tablename LIKE 'ledger%%' OR tablename LIKE 'procrastinate%%')"
        ).fetchall()
        rows = [
            str(row).lower() for (table,) in tables for row in connection.execute(f"SELECT t::text FROM {table} t").fetchall()
        ]  # type: ignore[arg-type]
    assert len(tables) > 8 and len(rows) > 20 and not [row for row in rows if "zq87" in row]


def test_a_wrong_file_of_agents_is_an_error_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "qualer"
    shutil.copytree(folder_of("qualer"), folder)
    write_agents(folder)
    before = check_folder(folder)
    (folder / "agents.yaml").write_text("agents: []", encoding="utf-8")
    after = check_folder(folder)
    assert (before.errors, after.errors) == (0, 1)
    assert [(one.file, one.code) for one in after.diagnostics if one.severity == "error"] == [("agents.yaml", "R620")]
