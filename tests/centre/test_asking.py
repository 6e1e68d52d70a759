"""From the form to the answer, without an account and without a script."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import upheld.faces.site.centre as room
from tests.centre.conftest import Centre, visited
from tests.desk.test_thin_path import letters
from upheld.duties.messages.letters.catalogue import LANGUAGES, compiled, filled, placeholders
from upheld.duties.requests import Case, details_of
from upheld.duties.requests.model import ENDED, OPEN
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.papers import LARGEST
from upheld.faces.app.desk.papers.receiving import FOLDER as PAPERS
from upheld.faces.app.desk.showing import LISTED, MAY_ASK
from upheld.faces.site.centre import Limits
from upheld.faces.site.centre.limits import Often
from upheld.faces.site.centre.menu import NOT_OURS
from upheld.faces.site.centre.words import PACKAGE
from upheld.language.promises.model import Kind
from upheld.language.terms import builtin

EXAMPLES = ("qualer", "imqs", "ims", "iqms", "iqommerce")
FOLDER = Path(room.__file__).parent


def texts() -> Mapping[str, str]:
    return compiled(PACKAGE, "en")


def said_in(centre: Centre, case: Case) -> dict[str, str]:
    with centre.desked.desk.own.connection() as connection:
        return details_of(connection, centre.desked.desk.master, case.number)


def test_a_person_asks_proves_her_address_and_fetches_her_data(centre: Centre) -> None:
    desk, visitor = centre.desked.desk, centre.visitor
    link = centre.send(right="access", name="Ada Example", email=centre.desked.email(1), country="IE")
    case = centre.case(link)
    assert (case.rights, case.regime, case.country, case.channel) == (("access",), "eu-gdpr", "IE", "web-form")
    centre.desked.work()
    page = centre.page(link, new="1")
    assert (
        case.id in page and link in page and "We need to know that it is you" in page and "Data Protection Commission" in page
    )

    prove = f"/your-data/prove/{centre.letter(link, 'prove')}"
    for _ in range(3):  # a scanner looks
        assert "Yes, I made the request" in visitor.get(prove).text
    assert desk.case(case.number).state == "identity"
    assert "the address is yours" in visitor.post(prove).text
    assert visitor.post(prove).status_code == visitor.get(prove).status_code == 404
    centre.desked.work()

    page = centre.page(link)
    token = centre.letter(link, "file")
    assert "We have answered." in page and token not in page
    file = f"/your-data/file/{token}"
    seen = visitor.get(file)
    assert seen.status_code == 200
    fetched = visitor.post(file)
    assert hashlib.sha256(fetched.content).hexdigest() in seen.text and fetched.headers["content-disposition"].startswith(
        "attachment"
    )
    assert "The file was fetched." in centre.page(link)


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(centre: Centre) -> None:
    given = {
        **centre.form(),
        "right": "erasure",
        "name": "<b>Ada</b>",
        "email": "ada.example.test",
        "words": "All of it & more",
    }
    answer = centre.visitor.post("/your-data?place=eu-gdpr", data=given, follow_redirects=False)
    assert answer.status_code == 422
    assert 'aria-describedby="f-email-h f-email-e"' in answer.text and 'value="ada.example.test"' in answer.text
    assert (
        "<b>Ada</b>" not in answer.text and "<b>Ada</b>" in html.unescape(answer.text) and "All of it &amp; more" in answer.text
    )
    assert 'value="erasure" checked' in answer.text and "Send it as it is" in answer.text
    again = centre.visitor.post("/your-data?place=eu-gdpr", data={**given, "anyway": "yes"}, follow_redirects=False)
    assert again.status_code == 303
    case = centre.case(again.headers["location"].split("/request/")[1].split("?")[0])
    said = said_in(centre, case)
    assert "email" not in said and said["words"] == "All of it & more\n\nada.example.test"


def test_what_belongs_to_a_right_reaches_the_desk_and_nothing_else_of_the_form_is_lost(centre: Centre) -> None:
    desk, purpose = centre.desked.desk, centre.desked.desk.objectable()[0]
    link = centre.send(
        right=["rectification", "objection", "restriction", "erasure-of-everything"], name="Ada", email="ada@example.test", about="name",
        wrong="Adda", correct="Ada", purpose=[purpose, "x; drop"], reasons="I am a nurse.", ground="accuracy", recipient="Another firm",
        country="FR",
    )  # fmt: skip
    case = centre.case(link)
    said = said_in(centre, case)
    assert case.rights == ("rectification", "objection", "restriction") and case.country == "FR"
    assert json.loads(said["corrections"]) == {"data": "name", "was": "Adda", "now": "Ada"}
    assert said["purposes"] == purpose and said["grounds"] == "accuracy" and said["reasons"] == "I am a nurse."
    assert "Another firm" in said["words"] and "recipient" not in said  # portability was not asked for
    long = {"words": "w" * 19_000, "wrong": "x" * 2_000, "name": "Ada\r\nBcc: eve@example.test"}
    said = said_in(centre, centre.case(centre.send(right="access", email="ada@example.test", **long)))
    assert (said["words"], said["wrong"], said["name"]) == (long["words"], long["wrong"], "Ada Bcc: eve@example.test")
    blank = centre.case(centre.send(right="restriction", email="ada@example.test", ground="because <i>I</i> say so"))
    assert "grounds" not in said_in(centre, blank) and desk.case(blank.number).country == ""


def test_words_alone_open_a_question_and_a_question_needs_no_proof(centre: Centre) -> None:
    case = centre.case(centre.send(words="What do you keep of callers?", email="ada@example.test"))
    assert case.rights == ("answer-to-question",) and case.state == "ready"
    complaint = centre.send(
        right="complaint-to-controller", words="Too many letters.", email="ada@example.test", place="eu-gdpr"
    )
    page = centre.page(complaint)
    assert re.search(r"Days left: \d+ of \d+\.", page) and "Somebody writes the answer" in page and "belongs to you" not in page
    assert "Nothing is needed from you" in centre.page(centre.send(right="answer-to-question", email="ada@example.test"))


def test_the_same_form_sent_twice_is_one_case_and_a_changed_one_is_another(centre: Centre) -> None:
    given = {**centre.form(), "right": "access", "email": "ada@example.test", "name": "Ada"}
    sent = [centre.visitor.post("/your-data?place=eu-gdpr", data=given, follow_redirects=False) for _ in range(2)]
    assert sent[0].headers["location"] == sent[1].headers["location"]
    other = centre.visitor.post("/your-data?place=eu-gdpr", data={**given, "words": "And quickly."}, follow_redirects=False)
    assert other.headers["location"] != sent[0].headers["location"]


def test_a_press_sent_by_another_site_opens_nothing(centre: Centre) -> None:
    before = len(centre.desked.desk.queue())
    given = {**centre.form(), "right": "access", "email": "ada@example.test"}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://example.test"},
        {"origin": "null"},
    ):
        assert centre.visitor.post("/your-data", data=given, headers=headers, follow_redirects=False).status_code == 403
    assert len(centre.desked.desk.queue()) == before
    for headers in ({"sec-fetch-site": "same-origin", "origin": "null"}, {"origin": "http://127.0.0.1:8080"}):
        assert centre.visitor.post("/your-data", data=given, headers=headers, follow_redirects=False).status_code == 303
    assert "set-cookie" not in centre.visitor.get("/your-data").headers


def test_what_is_too_long_comes_back_with_all_that_was_typed_and_what_is_too_large_is_not_read(centre: Centre) -> None:
    given = {**centre.form(), "right": "access", "email": "ada@example.test", "words": "w" * 20_001, "anyway": "yes"}
    answer = centre.visitor.post("/your-data", data=given, follow_redirects=False)
    assert answer.status_code == 422 and "w" * 20_001 in answer.text and "at most 20000 characters" in answer.text
    huge = centre.visitor.post("/your-data", data={**given, "words": "w" * 500_000}, follow_redirects=False)
    assert huge.status_code == 413 and "This is too large" in huge.text


def test_a_representative_sends_a_paper_which_only_its_first_bytes_speak_for(centre: Centre) -> None:
    desk, visitor = centre.desked.desk, centre.visitor
    link = centre.send(right="access", name="Ada", email="ada@example.test", authority="Grace Example", **{"for": "other"})
    case = centre.case(link)
    assert said_in(centre, case)["authority"] == "Grace Example"
    address = f"/your-data/request/{link}/paper/authority"
    assert 'enctype="multipart/form-data"' in centre.page(link)
    for sent, code in ((b"<script>", "R132"), (b"", "R801"), (b"%PDF-" + b"x" * (LARGEST + 1), "R131")):
        answer = visitor.post(address, files={"file": ("passport of Ada.pdf", sent, "application/pdf")}, follow_redirects=False)
        assert answer.status_code == 422 and filled(texts()[f"paper.{code}"], {"size": "10"}) in html.unescape(answer.text)
    other = visitor.post(f"{address}x", files={"file": ("a", b"%PDF-1.7")})
    assert other.status_code == 422 and texts()["paper.R130"] in other.text
    assert (
        visitor.post(address, content=b"no form", headers={"content-type": "multipart/form-data; boundary=x"}).status_code
        == 422
    )
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-1.7 the first half'
    assert visitor.post(address, content=head, headers={"content-type": "multipart/form-data; boundary=x"}).status_code == 422
    assert desk.papers(case.number) == () and not list((desk.app.data_folder / PAPERS).iterdir())
    whole = b"%PDF-" + bytes(range(256)) * 4_000
    assert visitor.post(address, files={"file": ("a", whole)}, follow_redirects=False).status_code == 303
    (paper,) = desk.papers(case.number)
    assert b"".join(desk.see_paper(case.number, paper.serial, "staff:1")[1]) == whole
    assert "Files received so far: 1" in centre.page(link)
    assert visitor.post(address.replace(link, "x" * 43), files={"file": ("a", whole)}).status_code == 404


def test_the_page_of_a_case_says_nothing_that_was_typed_and_its_buttons_do_what_they_say_once(centre: Centre) -> None:
    desk, visitor = centre.desked.desk, centre.visitor
    link = centre.send(
        right="erasure", name="Ada Secret", email=centre.desked.email(5), phone="+47 555 0101", words="<script>x</script>"
    )
    case = centre.case(link)
    centre.desked.work()
    page = centre.page(link, lang="de")
    assert "Sie haben uns gefragt." in page and "Antrag zurücknehmen" in page
    assert all(word not in page for word in ("Ada Secret", centre.desked.email(5), "555 0101", "<script"))
    headers = visitor.get(f"/your-data/request/{link}").headers
    assert headers["referrer-policy"] == "no-referrer" and headers["cache-control"] == "no-store"
    assert "style-src 'self'" in headers["content-security-policy"] and "script-src" not in headers["content-security-policy"]

    sent = len(letters(centre.desked, case.id))
    again = visitor.post(f"/your-data/request/{link}/link")
    assert (
        texts()["asked.link.sent"] in html.unescape(again.text) and len(letters(centre.desked, case.id)) == sent
    )  # a moment ago
    centre.desked.clock.forward(minutes=11)
    visitor.post(f"/your-data/request/{link}/link")
    assert len(letters(centre.desked, case.id)) == sent + 1
    visitor.post(f"/your-data/request/{link}/complete", data={"email": "thief@example.test"})
    assert said_in(centre, case)["email"] == centre.desked.email(5)  # nobody moves the answer elsewhere by the link
    assert visitor.post(f"/your-data/request/{link}/withdraw").status_code == 200
    assert desk.case(case.number).state == "withdrawn" and "You have withdrawn this request." in centre.page(link)
    assert visitor.post(f"/your-data/request/{link}/withdraw").status_code == 200
    assert sum(kind == "request-withdrawn" for kind, _ in letters(centre.desked, case.id)) == 1


@pytest.mark.parametrize("page", ["request", "prove", "file"])
def test_whoever_guesses_gets_the_same_answer_each_time_and_soon_none(centre: Centre, page: str) -> None:
    with visited(centre.desked.desk, Limits(asks=2, wrong=3, files=2)) as visitor:
        guesses = ["x" * 43, "1", "%00", "../.."]
        answers = [visitor.get(f"/your-data/{page}/{guess}") for guess in (guesses[0], guesses[1], guesses[0])]
        assert {(answer.status_code, answer.text.replace(guesses[0], "1")) for answer in answers} == {(404, answers[1].text)}
        assert [visitor.get(f"/your-data/{page}/{guess}").status_code for guess in (guesses[0], guesses[2])] == [429, 429]
        assert visitor.post(f"/your-data/{page}/{guesses[0]}").status_code in (404, 405, 429)
        if page == "request":
            link = centre.send(right="access", email="ada@example.test")
            assert visitor.get(f"/your-data/request/{link}").status_code == 429
            centre.desked.clock.forward(hours=1)
            assert visitor.get(f"/your-data/request/{link}").status_code == 200


def test_one_connection_opens_so_many_cases_an_hour_and_is_told_of_other_ways(centre: Centre) -> None:
    with visited(centre.desked.desk, Limits(asks=2)) as visitor:
        given = {"right": "access", "email": "ada@example.test"}
        codes = [
            visitor.post("/your-data", data={**given, "words": str(n)}, follow_redirects=False).status_code for n in range(3)
        ]
        assert codes == [303, 303, 429]
        last = visitor.post("/your-data", data={**given, "words": "What I wrote."})
        assert "What I wrote." in last.text and "Too often" in last.text
        assert last.headers["retry-after"] == "3600" and "privacy@qualer.example.test" in last.text


def test_addresses_are_counted_by_a_keyed_hash_a_household_as_one(centre: Centre) -> None:
    desk = centre.desked.desk
    with desk.own.connection() as connection:
        connection.execute("DELETE FROM rate_count")
    often, another = Often(desk), Often(desk)  # as two processes of the server
    addresses = ("2001:db8::1", "2001:db8::2", "198.51.100.7", "2001:db8::3")
    assert all(one.count("asks", address, 3) for one, address in zip((often, another, often, another), addresses, strict=True))
    assert not often.count("asks", "2001:db8::ffff", 3) and not another.count("asks", "2001:db8::ffff", 3)
    assert often.count("asks", "2001:db8:0:1::1", 3) and often.count("wrong", "2001:db8::1", 3)
    assert another.full("asks", "2001:db8::9", 3) and not often.full("asks", "198.51.100.7", 3)
    assert often.full("asks", "::ffff:198.51.100.7", 1) and not often.full("asks", "::ffff:198.51.100.8", 1)
    with desk.own.connection() as connection:
        rows = connection.execute("SELECT about FROM rate_count").fetchall()
    assert len(rows) == 4 and all(b"198" not in about and len(about) == 32 for (about,) in rows)
    centre.desked.clock.forward(hours=1)
    assert often.count("asks", "203.0.113.9", 3) and not often.full("asks", "2001:db8::9", 3)
    with desk.own.connection() as connection:
        assert connection.execute("SELECT count(*) FROM rate_count").fetchone() == (1,), "what says nothing any more is gone"


def bound_at(desk: Desk, regime: str) -> str:
    """The regime of a case that was opened under this one."""
    return desk.binding(regime)


def test_who_lives_in_a_province_with_a_law_of_its_own_is_asked_which_and_its_law_counts(
    desk_of: Callable[[str], Desk],
) -> None:
    desk = desk_of("iqommerce")
    with visited(desk) as visitor:
        form = html.unescape(visitor.get("/your-data?place=ca-pipeda&lang=fr").text)
        assert 'value="CA-BC">Colombie-Britannique<' in form and 'value="CA">Une autre partie du pays<' in form
        found = {}
        for home in ("CA-QC", "CA-AB", "CA", "XX"):
            sent = visitor.post(
                "/your-data?place=ca-pipeda", data={"right": "access", "email": "a@example.test", "country": home}
            )
            case = desk.by_link(str(sent.url).split("/request/")[1].split("?")[0])
            assert case is not None
            found[home] = (case.country, case.regime)
    assert found["CA-QC"] == ("CA-QC", bound_at(desk, "ca-qc-law25"))
    assert found["CA-AB"] == ("CA-AB", bound_at(desk, "ca-pipeda"))
    assert found["CA"] == found["XX"] == ("CA", bound_at(desk, "ca-pipeda"))


def test_a_notice_that_wants_more_said_asks_for_it_on_the_page_of_the_case(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of("iqommerce")
    with visited(desk) as visitor:
        assert 'id="f-first-name"' in visitor.get("/your-data?place=ca-pipeda").text
        sent = visitor.post(
            "/your-data?place=ca-pipeda", data={"right": "access", "email": "ada@example.test", "first-name": "Ada"}
        )
        link = str(sent.url).split("/request/")[1].split("?")[0]
        case = desk.by_link(link)
        assert (
            case is not None
            and case.state == "incomplete"
            and (case.country, case.regime) == ("CA", bound_at(desk, "ca-pipeda"))
        )
        assert 'name="last-name"' in sent.text and 'name="first-name"' not in sent.text
        wrong = visitor.post(f"/your-data/request/{link}/complete", data={"last-name": "E" * 501})
        assert wrong.status_code == 422 and "E" * 501 in wrong.text
        visitor.post(
            f"/your-data/request/{link}/complete",
            data={"last-name": "Example", "first-name": "Eve", "email": "eve@example.test"},
        )
        assert desk.case(case.number).state == "ready"
        with desk.own.connection() as connection:
            said = details_of(connection, desk.master, case.number)
        assert (said["first-name"], said["last-name"], said["email"]) == ("Ada", "Example", "ada@example.test")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_place_of_every_notice_is_shown_in_every_language_with_day_price_and_authority(
    desk_of: Callable[[str], Desk], example: str
) -> None:
    desk = desk_of(example)
    with visited(desk) as visitor:
        for place in [*(name.id for name in desk.program.notices[0].regimes), "elsewhere"]:
            shown = {language: visitor.get(f"/your-data?place={place}&lang={language}").text for language in LANGUAGES}
            asked = {right for right in re.findall(r'id="right-([\w-]+)"', shown["en"])}
            regime = "" if place == "elsewhere" else place
            assert asked >= {offer.right for offer in desk.menu(regime)} - NOT_OURS
            for language, text in shown.items():
                assert f'<html lang="{language}">' in text and text.count('class="terms"') == len(asked)
            authorities = desk.law.regimes[regime].authorities if regime else ()
            assert all(one.name in html.unescape(shown["fr"]) for one in authorities)
    assert f"mailto:{desk.firm.contact}" in shown["en"] and desk.firm.phone in shown["en"]


def test_no_message_is_missing_in_any_language_and_values_are_the_same() -> None:
    english = texts()
    for language in LANGUAGES:
        known = compiled(PACKAGE, language)
        assert known.keys() == english.keys() and all(text.strip() for text in known.values())
        assert {id: placeholders(text) for id, text in known.items()} == {
            id: placeholders(text) for id, text in english.items()
        }
        same = [id for id, text in known.items() if text == english[id] and " " in text]
        assert language == "en" or same == [], f"{language}: not translated"
    used = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*") if path.suffix in (".py", ".html"))
    asked = set(re.findall(r'say\("([a-z][\w.-]+)"', used)) | set(
        re.findall(r'(?:label=|"|\')((?:field|words|object|correct|port|self)\.[\w.-]+)["\']', used)
    )
    assert (
        asked
        - english.keys()
        - {"field.", "right.", "place.", "state.", "event.", "next.", "ground.", "data.", "cost.", "words.html"}
        == set()
    )
    states = (
        {f"state.{state}" for state in (*OPEN, *ENDED)}
        | {f"event.{kind}" for kind in LISTED}
        | {f"field.{item}" for item in MAY_ASK}
    )
    rights = {f"right.{right}" for right in builtin()[Kind.RIGHT]} - {"right.complaint"}
    assert states | rights <= english.keys()


def test_the_language_is_the_address_s_then_the_case_s_then_the_browser_s(centre: Centre) -> None:
    def language(path: str, accept: str) -> str:
        return re.findall(r'<html lang="(\w+)"', centre.visitor.get(path, headers={"accept-language": accept}).text)[0]

    assert language("/your-data", "it, de-AT;q=0.8, fr;q=0.9, es;q=0") == "fr"
    assert language("/your-data", "it,;q=x,*") == "en" and language("/your-data?lang=es", "fr") == "es"
    given = {**centre.form(), "right": "access", "email": "ada@example.test", "name": "Ada"}
    sent = centre.visitor.post("/your-data?lang=fr", data=given)
    assert "lang=fr" in str(sent.url)
    path = sent.url.path
    assert centre.case(path.rsplit("/", 1)[1]).language == "fr"
    assert language(path, "de") == "fr" and language(f"{path}?lang=de", "fr") == "de"
