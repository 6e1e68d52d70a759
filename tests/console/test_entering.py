"""Signing in over HTTP: cookies, tokens of forms, constant answers, the second factor, and which role may use which address."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest
from litestar.routes import HTTPRoute

from tests.console.conftest import PASSWORD, ROLE_LIST, Consoled, Visitor, said
from upheld.language.promises.model import Period
from upheld.records.staff import Account, second
from upheld.records.staff.model import ACTS
from upheld.records.staff.passwords import PasswordRules
from upheld.records.staff.sessions import sessions_of

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def consoled(bare: Consoled) -> Consoled:
    return bare


def cookies_of(answer: Any) -> dict[str, str]:
    return {one.partition("=")[0]: one.lower() for one in answer.headers.get_list("set-cookie")}


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(visitor: Visit, consoled: Consoled) -> None:
    nobody = visitor()
    answer = nobody.get("/console/board")
    assert answer.status_code == 303 and answer.headers["location"] == "/console/sign-in?to=/console/board"
    form = nobody.get(answer.headers["location"])
    assert 'value="/console/board"' in form.text and "Sign in" in form.text
    entered = nobody.post("/console/sign-in", email=consoled.accounts["operator"].email, password=PASSWORD, to="/console/board")
    assert entered.status_code == 303 and entered.headers["location"] == "/console/board"
    assert nobody.get("/console/board").status_code == 200


@pytest.mark.parametrize(
    "to",
    ["https://evil.example.test/", "//evil.example.test", "/console/../x", "/console/\\evil", "/console/desk?x=1", "/notice", "/console/sign-out", "/console//evil"],
)  # fmt: skip
def test_the_way_on_never_leaves_the_console(visitor: Visit, consoled: Consoled, to: str) -> None:
    nobody = visitor()
    assert nobody.enter(consoled.accounts["auditor"].email, to=to).headers["location"] == "/console/desk"


@pytest.mark.parametrize("path", ["desk/%0d%0aSet-Cookie:x=1", "desk/%22%3E%3Cb%3E", "desk/%E2%80%AE", "desk/%00"])
def test_an_address_of_odd_signs_is_led_to_the_sign_in_and_forgotten(visitor: Visit, path: str) -> None:
    answer = visitor().get(f"/console/{path}")
    assert answer.status_code == 303 and answer.headers["location"] == "/console/sign-in?to=/console/desk"
    assert "set-cookie" not in answer.headers or "x=1" not in answer.headers["set-cookie"]


def test_the_cookie_of_a_session_is_the_servers_alone_and_new_at_each_sign_in(visitor: Visit, consoled: Consoled) -> None:
    nobody, email = visitor(), consoled.accounts["operator"].email
    first = cookies_of(nobody.enter(email))["upheld-session"]
    assert "httponly" in first and "samesite=lax" in first and "path=/console" in first and "secure" not in first
    again = cookies_of(nobody.enter(email))["upheld-session"]
    assert first.partition(";")[0] != again.partition(";")[0]
    nobody.client.base_url = "https://testserver.local"  # type: ignore[assignment]
    assert "; secure" in cookies_of(nobody.enter(email))["upheld-session"]


def test_wrong_and_unknown_are_the_same_page(visitor: Visit, consoled: Consoled) -> None:
    nobody = visitor()
    answers = [
        nobody.enter(email, password)
        for email, password in (
            (consoled.accounts["operator"].email, "wrong wet umbrella"),
            ("nobody@desk.example.test", PASSWORD),
        )
    ]
    assert {answer.status_code for answer in answers} == {422}
    pages = {
        said(answer.text).replace(consoled.accounts["operator"].email, "").replace("nobody@desk.example.test", "")
        for answer in answers
    }
    assert len(pages) == 1 and "No account opens with this address and this password." in pages.pop()


@pytest.mark.parametrize("token", ["", "made up", "0" * 128])
def test_a_form_without_its_token_changes_nothing(visitor: Visit, token: str) -> None:
    operator = visitor("operator")
    answer = operator.post("/console/sign-out", token=token)
    assert answer.status_code == 403 and "Nothing was changed." in answer.text
    assert operator.get("/console/desk").status_code == 200


def test_the_token_of_another_browser_is_none(visitor: Visit) -> None:
    one, other = visitor("operator"), visitor("operator")
    assert one.post("/console/sign-out", token=other.client.cookies["upheld-form"]).status_code == 403


def test_signing_out_ends_the_session_on_the_server(visitor: Visit) -> None:
    operator = visitor("operator")
    kept = operator.client.cookies["upheld-session"]
    assert operator.post("/console/sign-out").status_code == 303
    operator.client.cookies.set("upheld-session", kept, domain="testserver.local", path="/console")
    assert operator.get("/console/desk").status_code == 303


def test_with_a_second_factor_the_password_alone_opens_no_page(visitor: Visit, consoled: Consoled) -> None:
    account, desk = consoled.account("operator"), consoled.desked.desk
    with desk.own.connection() as connection:
        totp = pyotp.TOTP(second.start(connection, desk.master, account.ref, desk.now))
        second.confirm(connection, desk.master, account.ref, totp.at(desk.now), desk.now)
    nobody = visitor()
    half = nobody.enter(account.email)
    assert half.headers["location"].startswith("/console/sign-in/code")
    assert nobody.get("/console/desk").status_code == 303, "a half session opens nothing"
    assert nobody.post("/console/sign-in/code", code="000000", to="").status_code == 422
    consoled.desked.clock.forward(minutes=1)
    whole = nobody.post("/console/sign-in/code", code=totp.at(desk.now), to="")
    assert whole.status_code == 303 and cookies_of(whole)["upheld-session"] != cookies_of(half)["upheld-session"]
    assert nobody.get("/console/desk").status_code == 200


def test_a_second_factor_is_set_up_and_recovery_codes_are_shown_once(visitor: Visit, consoled: Consoled) -> None:
    account, nobody = consoled.account("verifier"), visitor()
    nobody.enter(account.email)
    assert nobody.post("/console/account/second", present="not it").status_code == 422
    assert nobody.post("/console/account/second", present=PASSWORD).headers["location"] == "/console/account/second"
    shown = nobody.get("/console/account/second")
    assert "<svg" in shown.text and "style=" not in shown.text
    secret = shown.text.split('<code class="secret">')[1].split("</code>")[0].replace(" ", "")
    assert nobody.post("/console/account/second/confirm", code="12").status_code == 422
    done = nobody.post("/console/account/second/confirm", code=pyotp.TOTP(secret).at(consoled.desked.desk.now))
    assert done.status_code == 200 and done.text.count("<li><code>") == second.CODES
    assert "<li><code>" not in nobody.get("/console/account").text


def test_a_new_password_needs_the_present_one_and_ends_other_sessions(visitor: Visit, consoled: Consoled) -> None:
    account, here, there = consoled.account("auditor"), visitor(), visitor()
    for one in (here, there):
        one.enter(account.email)
    assert here.post("/console/account/password", present="not it", new="another slow umbrella").status_code == 422
    short = here.post("/console/account/password", present=PASSWORD, new="short")
    assert short.status_code == 422 and "R503" in short.text and "short" not in short.text.split("R503")[0].split("finding")[1]
    assert here.post("/console/account/password", present=PASSWORD, new="another slow umbrella").status_code == 303
    assert here.get("/console/account").status_code == 200 and there.get("/console/account").status_code == 303


def test_an_old_password_is_named_where_the_notice_promises_a_reminder() -> None:
    from upheld.faces.console.accounts.own import _is_old

    account = Account("a", "Maeve Orr", "m@example.test", "auditor", password_set=datetime(2026, 1, 31, tzinfo=UTC))
    half_a_year = PasswordRules(remind=Period(6, "months"))
    assert (
        _is_old(account, half_a_year, date(2026, 7, 30)) == ""
        and _is_old(account, half_a_year, date(2026, 7, 31)) == "6 months"
    )
    assert _is_old(account, PasswordRules(), date(2036, 1, 1)) == ""


def test_a_session_can_be_ended_from_another_and_only_ones_own(visitor: Visit, consoled: Consoled) -> None:
    account, here, there, stranger = consoled.account("auditor"), visitor(), visitor(), visitor("operator")
    for one in (there, here):
        one.enter(account.email)
    desk = consoled.desked.desk
    with desk.own.connection() as connection:
        numbers = [number for number, _, _ in sessions_of(connection, account.ref, desk.now)]
    for number in numbers:
        stranger.post(f"/console/account/sessions/{number}")
    assert here.get("/console/desk").status_code == there.get("/console/desk").status_code == 200
    shown = here.get("/console/account").text
    [other] = [number for number in numbers if f"/console/account/sessions/{number}" in shown]
    here.post(f"/console/account/sessions/{other}")
    assert here.get("/console/desk").status_code == 200 and there.get("/console/desk").status_code == 303


def test_whoever_leads_adds_a_colleague_whose_first_password_is_shown_once(visitor: Visit, consoled: Consoled) -> None:
    lead = visitor("privacy-lead")
    made = lead.post("/console/staff", name="New <b>One</b>", email="new.one@desk.example.test", role="verifier")
    assert made.status_code == 200 and "<b>One</b>" not in made.text
    first = made.text.split('<code class="secret">')[1].split("</code>")[0]
    assert first not in lead.get("/console/staff").text
    new = visitor()
    assert new.enter("new.one@desk.example.test", first).status_code == 303
    for path in ("/console/desk", "/console/account", "/console/recipients"):
        assert new.get(path).headers["location"] == "/console/first", "what somebody else chose opens nothing"
    assert new.post("/console/new", regime="eu-gdpr").headers["location"] == "/console/first"
    same, short = (new.post("/console/first", new=chosen) for chosen in (first, "too short"))
    assert {(answer.status_code, "R503" in answer.text) for answer in (same, short)} == {(422, True)}
    assert new.post("/console/first", new="four slow lanterns drift").headers["location"] == "/console/account#second"
    assert (
        new.get("/console/desk").status_code == 200 and visitor().enter("new.one@desk.example.test", first).status_code == 422
    )
    twice = lead.post("/console/staff", name="Another", email="NEW.ONE@desk.example.test", role="verifier")
    assert twice.status_code == 422 and "R506" in twice.text and "Another" in twice.text


# ---- which role may use which address

# What each address is for, said once more: a slip in the console shows here.
OPEN = {"/console/sign-in", "/console/sign-in/code", "/console/assets/{name:str}", "/console/language/{code:str}"}
EXPECTED = {
    "/console/": "look", "/console/desk": "look", "/console/board": "look", "/console/estate": "look", "/console/ledger": "look", "/console/ledger/export": "look", "/console/ledger/key": "look",
    "/console/desk/{id:str}": "look", "/console/desk/{id:str}/live": "look", "/console/sign-out": "look", "/console/new": "enter",
    "/console/desk/{id:str}/take": "enter", "/console/desk/{id:str}/note": "enter", "/console/desk/{id:str}/approve": "approve",
    "/console/desk/{id:str}/send-back": "approve", "/console/desk/{id:str}/decide": "answer", "/console/desk/{id:str}/extend": "answer",
    "/console/desk/{id:str}/withdraw": "answer", "/console/desk/{id:str}/recipients/{order:int}": "task",
    "/console/desk/{id:str}/complete": "enter", "/console/desk/{id:str}/link": "enter", "/console/desk/{id:str}/letters/{letter:int}": "enter",
    "/console/desk/{id:str}/refuse": "answer", "/console/desk/{id:str}/refuse/confirm": "approve", "/console/desk/{id:str}/weigh": "approve",
    "/console/desk/{id:str}/lifting": "answer", "/console/desk/{id:str}/lift": "answer",
    "/console/desk/{id:str}/fee": "answer", "/console/desk/{id:str}/fee/paid": "answer",
    "/console/desk/{id:str}/papers/{serial:int}": "identify", "/console/desk/{id:str}/identity": "identify",
    "/console/incidents": "look", "/console/incidents/{number:int}": "approve", "/console/choices": "look", "/console/retention": "look", "/console/recipients": "look",
    "/console/decisions": "approve", "/console/decisions/{review:str}": "approve",
    "/console/first": "look", "/console/staff": "staff", "/console/staff/{ref:str}/role": "staff", "/console/staff/{ref:str}/disable": "staff",
    "/console/staff/{ref:str}/enable": "staff", "/console/staff/{ref:str}/reset": "staff",
}  # fmt: skip


def routes(consoled: Consoled) -> list[tuple[str, str]]:
    """(method, path) of every address of the console."""
    found = []
    for route in consoled.application.routes:
        if isinstance(route, HTTPRoute) and (route.path_format.startswith("/console") or route.path == "/console"):
            found += [
                (method, route.path)
                for handler in route.route_handlers
                for method in handler.http_methods
                if method in ("GET", "POST")
            ]
    return sorted(set(found))


def expected(path: str) -> str | None:
    if path in OPEN:
        return None
    return "look" if path.startswith("/console/account") else EXPECTED.get(path, EXPECTED.get(path + "/"))


def test_every_address_stands_in_the_table(consoled: Consoled) -> None:
    found = routes(consoled)
    assert len(found) > 30
    assert [path for _, path in found if path not in OPEN and expected(path) is None] == []


@pytest.mark.parametrize("role", ROLE_LIST)
def test_the_server_lets_each_role_do_its_acts_and_no_other(visitor: Visit, consoled: Consoled, role: str) -> None:
    one, nobody, wrong = visitor(role), visitor(), []
    nobody.get("/console/sign-in")
    for method, path in routes(consoled):
        act = expected(path)
        if act is None or path in ("/console/sign-out", "/console/desk/{id:str}/live"):
            continue
        address = (
            path.replace("{id:str}", "R-9999")
            .replace("{ref:str}", "0" * 16)
            .replace("{number:str}", "0" * 12)
            .replace("{order:int}", "1")
            .replace("{letter:int}", "1")
            .replace("{number:int}", "1")
            .replace("{review:str}", "D-9999")
            .replace("{serial:int}", "1")
        )
        send = one.get if method == "GET" else one.post
        refused = send(address).status_code == 403
        if refused == (role in ACTS[act]):  # type: ignore[index]
            wrong.append((method, path, act))
        assert (nobody.get if method == "GET" else nobody.post)(address).status_code in (303, 401), path
    assert wrong == []


def test_every_page_bears_the_policy_and_nothing_within_it_breaks_it(visitor: Visit, consoled: Consoled) -> None:
    lead = visitor("privacy-lead")
    case = consoled.asks()
    for path in ("desk", f"desk/{case.id}", "new", "account", "staff", "board", "estate", "ledger", "nowhere", "desk/R-9999"):
        answer = lead.get(f"/console/{path}")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src 'self'" in policy
        assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"
        assert (
            " style=" not in answer.text
            and "<style" not in answer.text
            and "<script>" not in answer.text
            and " onclick" not in answer.text
        )
        assert answer.status_code == (404 if path in ("nowhere", "desk/R-9999") else 200), path


def test_an_auditor_takes_the_export_and_a_program_of_another_make_accepts_it(
    visitor: Visit, consoled: Consoled, tmp_path: Path
) -> None:
    consoled.asks(name="Zq82 Somebody")
    auditor = visitor("auditor")
    assert "/console/ledger/export" in auditor.get("/console/ledger").text
    exported = auditor.get("/console/ledger/export")
    assert exported.status_code == 200 and b"Zq82" not in exported.content
    (tmp_path / "ledger.jsonl").write_bytes(exported.content)
    (tmp_path / "ledger.key").write_bytes(auditor.get("/console/ledger/key").content)
    checker = Path(__file__).parents[2] / "verifier" / "verify.py"
    ran = subprocess.run(
        [sys.executable, str(checker), str(tmp_path / "ledger.jsonl"), "--key", str(tmp_path / "ledger.key")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not list(consoled.desked.desk.app.data_folder.glob("export-*"))
