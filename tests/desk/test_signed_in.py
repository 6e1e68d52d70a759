"""A signed-in person's own pages: handed over once, seen, changed, confirmed, taken back, closed; and nobody else gets in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from litestar.testing import TestClient

from tests.desk.conftest import Desked
from upheld.duties.messages.letters.catalogue import LANGUAGES, compiled, placeholders
from upheld.faces.app.desk.rights import profile_of
from upheld.faces.app.desk.signed_in import hand_over, remove_ended
from upheld.faces.app.parts import build_application
from upheld.faces.site.mine import mine_part
from upheld.faces.site.mine.page import PACKAGE
from upheld.records.people import Choice, record_choice

SECRET = "a secret of two programs, long enough"


@pytest.fixture
def visitor(desked: Desked) -> Iterator[TestClient]:  # type: ignore[type-arg]
    app = desked.desk.app
    app.settings = replace(app.settings, environment={**app.settings.environment, "UPHELD_SIGN_IN_SECRET": SECRET})
    with TestClient(build_application([mine_part(desked.desk)])) as client:
        yield client


def said(desked: Desked, number: int) -> dict[str, object]:
    email = desked.email(number)
    return {"subject": {"email": email}, "regime": "eu-gdpr", "name": "Ada Example", "email": email}


def come_in(visitor: TestClient, desked: Desked, number: int) -> None:  # type: ignore[type-arg]
    answer = visitor.post(
        "/my-data/enter", data={"word": hand_over(SECRET, said(desked, number), desked.clock())}, follow_redirects=False
    )
    assert (
        answer.status_code == 303
        and "HttpOnly" in answer.headers["set-cookie"]
        and "SameSite=lax" in answer.headers["set-cookie"]
    )


def test_nobody_sees_anything_who_was_not_handed_over(visitor: TestClient, desked: Desked) -> None:  # type: ignore[type-arg]
    good = hand_over(SECRET, said(desked, 30), desked.clock())
    body, _, mark = good.partition(".")
    wrong = [
        "",
        "x",
        good[:-3] + "AAA",
        f"{body}x.{mark}",
        hand_over("another secret, as long as the first", said(desked, 30), desked.clock()),
        hand_over(SECRET, said(desked, 30), desked.clock() - timedelta(minutes=3)),
        hand_over(SECRET, said(desked, 30), desked.clock() + timedelta(minutes=1)),
        hand_over(SECRET, {"subject": "everybody"}, desked.clock()),
    ]
    answers = {visitor.post("/my-data/enter", data={"word": word}, follow_redirects=False).text for word in wrong}
    assert len(answers) == 1 and "not signed in here" in answers.pop()
    assert visitor.get("/my-data").status_code == 401
    assert visitor.post("/my-data/close").status_code == 401


def test_a_word_opens_one_session_and_the_session_ends(visitor: TestClient, desked: Desked) -> None:  # type: ignore[type-arg]
    word = hand_over(SECRET, said(desked, 30), desked.clock())
    assert visitor.post("/my-data/enter", data={"word": word}, follow_redirects=False).status_code == 303
    assert desked.email(30) in visitor.get("/my-data").text
    fresh = TestClient(visitor.app)
    assert fresh.post("/my-data/enter", data={"word": word}, follow_redirects=False).status_code == 401
    with desked.desk.own.connection() as connection:
        raw = str(connection.execute("SELECT string_agg(person_session::text, '') FROM person_session").fetchone())
    assert desked.email(30).encode().hex() not in raw and desked.email(30) not in raw
    began = desked.clock.at
    try:
        desked.clock.forward(minutes=31)
        assert visitor.get("/my-data").status_code == 401
        assert remove_ended(desked.desk) >= 1
    finally:
        desked.clock.at = began


def test_she_confirms_sees_what_it_is_for_and_asks_for_what_is_not_hers_to_change(visitor: TestClient, desked: Desked) -> None:  # type: ignore[type-arg]
    come_in(visitor, desked, 31)
    page = visitor.get("/my-data")
    assert page.status_code == 200 and "Is all of this still right?" in page.text and "What for" in page.text
    assert "script" not in page.headers["content-security-policy"].replace("script-src 'none'", "")
    german = visitor.get("/my-data?lang=de").text
    assert "<summary>E-Mail-Adresse</summary>" in german and "Betrugsvorbeugung" in german and "fraud prevention" not in german
    visitor.post("/my-data/confirm", follow_redirects=False)
    assert "You looked at it last on" in visitor.get("/my-data").text
    with desked.desk.own.connection() as connection:
        before = connection.execute("SELECT count(*) FROM request").fetchone()
        visitor.post("/my-data/profile", data={"platform.customers.email": "thief@example.test"}, follow_redirects=False)
        assert connection.execute("SELECT count(*) FROM request").fetchone() == before


def test_a_yes_is_taken_back_with_what_ends_named_first(visitor: TestClient, desked: Desked) -> None:  # type: ignore[type-arg]
    desk = desked.desk
    come_in(visitor, desked, 32)
    ref = profile_of(desk, json.dumps(said(desked, 32)["subject"])).ref
    choice = next(
        name.id
        for promise in desk.program.promises
        if promise.verb == "offer"
        for name in sorted(promise.object)
        if name.kind == "choice"
    )
    with desk.own.transaction() as connection:
        record_choice(connection, Choice(ref, choice, True, desk.now, desk.program.notices[0].updated, "settings", ()))
    assert "You said yes." in visitor.get("/my-data/consents").text
    assert (
        visitor.post("/my-data/withdraw", data={"choice": choice}, follow_redirects=False)
        .headers["location"]
        .startswith("/your-data/request/")
    )
    desked.work()
    assert "You said no." in visitor.get("/my-data/consents").text
    word = desk.labels.word(choice, "fr", first=True)
    assert (
        word != desk.labels.word(choice, "en", first=True) and f">{word}</h2>" in visitor.get("/my-data/consents?lang=fr").text
    )


def test_a_form_of_another_site_changes_nothing(visitor: TestClient, desked: Desked) -> None:  # type: ignore[type-arg]
    come_in(visitor, desked, 33)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example.test"}):
        assert visitor.post("/my-data/close", headers=headers).status_code == 403
    assert visitor.get("/my-data").status_code == 200


def test_closing_opens_a_case_at_once_and_signs_her_out(visitor: TestClient, desked: Desked) -> None:  # type: ignore[type-arg]
    come_in(visitor, desked, 34)
    answer = visitor.post("/my-data/close", follow_redirects=False)
    case = desked.desk.by_link(answer.headers["location"].rpartition("/")[2])
    assert case is not None and case.rights == ("account-closing",) and case.subject is not None
    assert visitor.get("/my-data").status_code == 401


def test_every_text_stands_in_every_language_with_the_same_values() -> None:
    english = compiled(PACKAGE, "en")
    assert len(english) > 30
    for language in LANGUAGES:
        said = compiled(PACKAGE, language)
        assert said.keys() == english.keys()
        assert all(placeholders(said[id]) == placeholders(english[id]) for id in english)
        assert language == "en" or sum(said[id] == english[id] for id in english) == 0
