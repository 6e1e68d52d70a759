"""From the form to the answer, without an account and without a script."""

from __future__ import annotations

import hashlib
import html

from tests.centre.conftest import Centre
from upheld.duties.requests import details_of


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
    with centre.desked.desk.own.connection() as connection:
        said = details_of(connection, centre.desked.desk.master, case.number)
    assert "email" not in said and said["words"] == "All of it & more\n\nada.example.test"
