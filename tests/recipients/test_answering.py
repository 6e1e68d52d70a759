"""Where recipients answer, over real sockets: the page behind a letter's link, in four languages, and signed callbacks."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import pytest

from tests.examples.firms import folder_of
from tests.recipients.conftest import ADA, NOW, case, entry
from upheld.duties.recipients.callbacks import HEADER, link_token, sign
from upheld.duties.recipients.model import ACTS, Registry
from upheld.duties.recipients.orders import answer_text, order_of, place_orders
from upheld.faces.app import App, Settings
from upheld.faces.app.desk import Desk
from upheld.faces.server import Log, Tally, running_server
from upheld.faces.server.parts import parts_of
from upheld.faces.site.recipients.page import ANSWERS, LANGUAGES, texts
from upheld.records.own import EmbeddedServer, on_server

SECRET = "s3cret"


@dataclass(frozen=True)
class Visited:
    """A server of the recipients' addresses alone, and the desk behind it."""

    place: str
    desk: Desk
    log: io.StringIO

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
        line = HTTPConnection(self.place, timeout=60)
        line.request(method, f"/recipients{path}", body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        found = answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
        line.close()
        return found

    def send(self, token: str, **form: str) -> tuple[int, str, dict[str, str]]:
        kind = "application/x-www-form-urlencoded"
        return self.ask(f"/answer/{token}", "POST", urlencode(form).encode(), Content_Type=kind)

    def order(self, recipient: str = "brightpost", connector: str = "mail") -> tuple[int, UUID, str]:
        """An order that was placed, its key, its link's token."""
        made = entry(recipient, connector, party=recipient)
        with self.desk.own.transaction() as connection:
            registry = Registry({made.name: made}, {}, (), {})
            (placed,) = place_orders(connection, self.desk.master, case(), registry, "erase", ADA, NOW)
            row = connection.execute("SELECT key FROM recipient_order WHERE number = %s", [placed.number]).fetchone()
            assert row is not None
            return placed.number, row[0], link_token(connection, self.desk.master, placed.number, row[0], NOW)

    def state(self, number: int) -> str:
        with self.desk.own.connection() as connection:
            return order_of(connection, number).state


@pytest.fixture(scope="module")
def visited(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    name = f"own_{uuid4().hex[:12]}"
    on_server(pg, name, template=own_template).let_go()
    here = tmp_path_factory.mktemp("answering")
    folder = here / "imqs"
    shutil.copytree(folder_of("imqs"), folder, ignore=shutil.ignore_patterns("estate", "firm"))
    (folder / "recipients.yaml").write_text(
        "chase: [2 days]\nrecipients:\n  consultants:\n    connector: webhook\n    address: https://orders.example.test\n"
        "    credentials: {secret: env:HOOK}\n    found-by: [email/1]\n    can: [erase]\n",
        encoding="utf-8",
    )
    app = App(Settings(pg.url(name, "upheld_app"), pg.url(name), here, environment={"HOOK": SECRET}, now=lambda: NOW))
    stream, desk = io.StringIO(), Desk(app, folder)
    with running_server(app, parts_of(app, folder), Log(stream), Tally()) as address:
        yield Visited(urlsplit(address).netloc, desk, stream)
    app.close()
    pg.drop_database(name)


def test_a_visit_shows_what_is_asked_of_nobody_in_particular_and_changes_nothing(visited: Visited) -> None:
    number, _, token = visited.order()
    status, text, headers = visited.ask(f"/answer/{token}")
    assert status == 200 and f"Order O-{number:04d}" in text and "erase" in text and ADA[0][1] not in text
    assert all(f'value="{word}"' in text for word in ANSWERS) and "<script" not in text and "style=" not in text
    assert "form-action 'self'" in headers["content-security-policy"] and headers["cache-control"] == "no-store"
    assert visited.state(number) == "queued"
    assert visited.ask("/answer.css")[0] == 200


def test_an_answer_counts_once_and_the_page_says_the_same_afterwards(visited: Visited) -> None:
    number, _, token = visited.order()
    assert visited.send(token, state="erased")[0] == 400 and visited.state(number) == "queued"
    assert "Come back" in visited.send(token, state="acknowledged")[1] and visited.state(number) == "acknowledged"
    status, text, _ = visited.send(token, state="refused", reason="<b>A law</b> keeps it.")
    assert status == 200 and "has its answer" in text and visited.state(number) == "refused"
    again = visited.send(token, state="done")
    assert again[1] == text == visited.ask(f"/answer/{token}")[1] and visited.state(number) == "refused"
    with visited.desk.own.connection() as connection:
        assert answer_text(connection, visited.desk.master, number) == b"<b>A law</b> keeps it."


@pytest.mark.parametrize("guess", ["1", "1.", "1.AAAA", "x.y", "%00", "9" * 30, "..%2f.."])
def test_every_other_link_says_the_same_nothing(visited: Visited, guess: str) -> None:
    visited.order()
    status, text, _ = visited.ask(f"/answer/{guess}")
    assert status in (400, 404) and "This link answers nothing" in text
    assert visited.send(guess, state="done")[1] == text


def test_a_signed_callback_is_taken_once_and_any_other_is_refused_alike(visited: Visited) -> None:
    number, key, _ = visited.order("consultants", "webhook")
    body = f'{{"order": "{key}", "state": "done"}}'.encode()
    wrong = [
        ("consultants", sign("another", body, NOW)),
        ("consultants", ""),
        ("nobody", sign(SECRET, body, NOW)),
    ]
    answers = {visited.ask(f"/called-back/{name}", "POST", body, **{HEADER: header})[:2] for name, header in wrong}
    assert {status for status, _ in answers} == {403} and len(answers) == 1 and visited.state(number) == "queued"
    signed = {HEADER: sign(SECRET, body, NOW)}
    assert visited.ask("/called-back/consultants", "POST", body, **signed)[0] == 204 and visited.state(number) == "done"
    assert visited.ask("/called-back/consultants", "POST", body, **signed)[0] == 403
    other = f'{{"order": "{key}", "state": "refused"}}'.encode()
    assert visited.ask("/called-back/consultants", "POST", other, **{HEADER: sign(SECRET, other, NOW)})[0] == 409
    assert visited.ask("/called-back/consultants", "POST", b"x" * 70_000, **signed)[0] == 413


def test_no_token_and_no_answer_is_in_the_log(visited: Visited) -> None:
    _, _, token = visited.order()
    visited.send(token, state="done", reason="Quillfeather")
    assert token not in visited.log.getvalue() and "Quillfeather" not in visited.log.getvalue()


def test_no_message_is_missing_in_any_language_and_all_take_the_same_values() -> None:
    known = {language: texts(language) for language in LANGUAGES}
    for id, english in known["en"].items():
        for language in LANGUAGES:
            said = known[language].get(id, "")
            assert said and set(re.findall(r"\{(\w+)\}", said)) == set(re.findall(r"\{(\w+)\}", english)), (language, id)
    assert len({tuple(said) for said in known.values()}) == 1
    assert {f"act.{act}" for act in ACTS} | {f"says.{word}" for word in ANSWERS} <= known["en"].keys()
    assert known["de"]["skip"] != known["en"]["skip"]
