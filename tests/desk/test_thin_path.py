"""A request goes its way, from the form to the answer, over a filled firm."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.desk.conftest import Desked
from tests.examples.firms import NOW
from upheld.duties.messages.outbox import letters_of, read_letter
from upheld.duties.recipients import Answer, answer_order, open_orders
from upheld.duties.requests import details_of, note_details, note_event, timeline
from upheld.faces.api.bearers import acts_of
from upheld.faces.app.desk import Asked, ordering
from upheld.faces.app.desk.going_on import prepared_of
from upheld.records import staff
from upheld.records.jobs import failed_jobs
from upheld.records.ledger import verify_tables
from upheld.records.staff.tokens import make_token

ROOT = Path(__file__).resolve().parents[2]
LONG = bool(int(os.environ.get("UPHELD_CASES", "0")))
DEATHS = random.Random(7).sample(range(40, 160), 8) if LONG else [72]  # at which statement each server dies
REFUSED = '{"letter": "refusal", "refused": "x", "files": [], "values": {"reasons": "It is needed.", "cites": ["GDPR 21(1)"]}}'


def asked(desked: Desked, right: str, email: str, **more: object) -> Asked:
    return Asked(
        rights=(right,),
        regime="eu-gdpr",
        channel="web",
        received_at=desked.clock(),
        country="IE",
        details={"name": "Ada Example", "email": email, "words": "Please."},
        **more,  # type: ignore[arg-type]
    )


def letters(desked: Desked, case: str) -> list[tuple[str, str]]:
    """(kind, text) of every letter of the case, in order."""
    desk = desked.desk
    with desk.own.connection() as connection:
        return [(one.kind, read_letter(connection, desk.master, one.id).text) for one in letters_of(connection, case)]


def token_in(text: str, page: str) -> str:
    found = re.search(rf"/your-data/{page}/([\w-]+)", text)
    assert found, text
    return found.group(1)


def test_access_is_acknowledged_proven_answered_and_fetched_once_proven(desked: Desked) -> None:
    desk = desked.desk
    case = desk.open(asked(desked, "access", desked.email(1))).case
    desked.work()
    sent = letters(desked, case.id)
    assert [kind for kind, _ in sent] == ["acknowledgement"]
    assert desk.case(case.number).state == "identity"

    token = token_in(sent[0][1], "prove")
    assert desk.proves(token)
    assert desk.prove_email(token) is not None
    assert desk.prove_email(token) is None
    desked.work()

    assert desk.case(case.number).state == "answered"
    kind, text = letters(desked, case.id)[-1]
    assert kind == "answer"
    found = desk.fetch(token_in(text, "file"))
    assert found is not None
    data = b"".join(found.blocks)
    assert hashlib.sha256(data).hexdigest() == found.sha256 and found.sha256 in text.replace(" ", "")
    assert "data.json" in " ".join(zipfile.ZipFile(io.BytesIO(data)).namelist())


def test_an_erasure_waits_for_approval_of_the_plan_that_was_shown(desked: Desked) -> None:
    desk = desked.desk
    case = desk.open(asked(desked, "erasure", desked.email(2))).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    assert desk.case(case.number).state == "approval"
    with desk.own.connection() as connection:
        shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)["erasure"]
    desk.approve(case.number, [shown.digest], "staff:1")
    desked.work()
    assert desk.case(case.number).state == "recipients"

    with desk.own.transaction() as connection:
        waiting = open_orders(connection, case.id)
        assert waiting
        for order in waiting:
            answer_order(connection, desk.master, order.number, Answer("done", by="staff:1"), desk.now)
    desk.go_on(case.number)
    assert desk.case(case.number).state == "answered"
    with desk.own.connection() as connection:
        kinds = [event.kind for event in timeline(connection, desk.master, case.number)]
        assert connection.execute("SELECT count(*) FROM ask_subject").fetchone() == (0,)
    assert kinds.index("approved") < kinds.index("done") < kinds.index("executed") < kinds.index("answered")
    kind, text = letters(desked, case.id)[-1]
    assert kind == "answer-partial" and "tax law" in text
    said = " ".join(text.split())
    assert "Calibration platform" in said and "Invoice detail, name, physical address, email address" in said
    assert "invoices" not in said and "billed" not in said, "the firm's own names of tables and columns"


def test_a_letter_that_the_law_wants_fuller_waits_for_a_person_and_is_said_once(desked: Desked) -> None:
    desk = desked.desk
    case = desk.open(replace(asked(desked, "objection", desked.email(3)), country="")).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    with desk.own.transaction() as connection:
        note_details(connection, desk.master, case.number, {"outcome:objection": REFUSED}, desk.now)
        note_event(connection, desk.master, desk.law, case.number, "decided", desk.now)
    desked.work()
    desk.note(case.number, "I look at it.", "staff:1")
    desk.go_on(case.number)
    desk.go_on(case.number)
    with desk.own.connection() as connection:
        stuck = [event.note for event in timeline(connection, desk.master, case.number) if event.kind == "stuck"]
    assert stuck == ["R404 The law wants the authority named, and none is known for this country."] * 2
    assert desk.case(case.number).state == "answering"


def test_a_recipient_answers_its_letter_by_the_link_and_the_case_goes_on_with_the_last_answer(desked: Desked) -> None:
    desk, email = desked.desk, desked.email(4)
    case = desk.open(asked(desked, "erasure", email)).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    with desk.own.connection() as connection:
        shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)["erasure"]
    desk.approve(case.number, [shown.digest], "staff:1")
    desked.work()
    with desk.own.connection() as connection:
        told, *others = sorted(open_orders(connection, case.id), key=lambda order: order.state != "told")
    assert told.state == "told" and told.told_at is not None
    assert {order.code for order in others if order.recipient in ("freshdesk", "hubspot", "salesforce")} == {"R331"}

    ((kind, text),) = letters(desked, told.name)
    link = re.search(r"/recipients/answer/([\w.-]+)", text)
    assert kind == "order-erasure" and link and email in text
    assert ordering.by_link(desk, link[1]).number == told.number
    for order in others:
        ordering.answer(desk, order.number, Answer("done", by="staff:1"))
    desked.work()
    assert desk.case(case.number).state == "recipients"
    assert ordering.answered_by_link(desk, link[1], "done", "We have erased it.").state == "done"
    desked.work()
    assert desk.case(case.number).state == "answered"
    with desk.own.connection() as connection:
        events = timeline(connection, desk.master, case.number)
    by = [event.by for event in events if event.kind == "recipient-answered"]
    stuck = [event.note for event in events if event.kind == "stuck"]
    assert any(str(note).endswith("hubspot: R331 setting of a recipient is missing") for note in stuck)
    assert len(by) == 1 + len(others) and f"recipient:{told.recipient}" in by


WAITING = {"erasure": (5, 6), "access": (7, 8)}


def test_workers_killed_at_any_statement_answer_each_case_once(desked: Desked) -> None:
    desk, settings = desked.desk, desked.firm.app.settings
    erased, answered = ([desk.open(asked(desked, right, desked.email(n))).case for n in at] for right, at in WAITING.items())
    desked.work()
    for case in erased:
        desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    for case in erased:
        with desk.own.connection() as connection:
            shown = prepared_of(details_of(connection, desk.master, case.number), case.rights)["erasure"]
        desk.approve(case.number, [shown.digest], "staff:1")
    for case in answered:
        desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    ends = {case.number: "recipients" for case in erased} | {case.number: "answered" for case in answered}
    said = {
        "own": settings.own_url, "owner": settings.owner_url, "data": str(settings.data_folder), "environment": settings.environment,
        "origin": settings.origin, "folder": str(desked.firm.folder), "ends": ends, "die_at": random.Random(5).sample(range(10, 150), 6),
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-m", "tests.desk.killed_workers"], cwd=ROOT, env={**os.environ, "PYTHONPATH": "src"}, input=json.dumps(said), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    came = json.loads(ran.stdout)
    assert set(came) == {0, -signal.SIGKILL} and came.count(-signal.SIGKILL) >= 4, (came, ran.stderr)
    for number, end in ends.items():
        assert desk.case(number).state == end
        with desk.own.connection() as connection:
            kinds = [event.kind for event in timeline(connection, desk.master, number)]
            told = [order.recipient for order in open_orders(connection, f"R-{number:04d}")]
        once = {
            "opened",
            "acknowledged",
            "identity-received",
            "approved",
            "done",
            "executed",
            *(["answered"] if end == "answered" else []),
        }
        assert {kind: kinds.count(kind) for kind in once} == dict.fromkeys(once, 1), kinds
        assert len(told) == len(set(told)) and bool(told) == (end == "recipients")
        sent = [
            kind for kind, _ in letters(desked, f"R-{number:04d}") if kind in ("acknowledgement", "answer", "answer-partial")
        ]
        assert sent == ["acknowledgement", *(["answer"] if end == "answered" else [])]
    desk.app.seal()
    with desk.own.connection() as connection:
        assert verify_tables(connection).findings == () and failed_jobs(connection) == ()


def test_servers_killed_while_requests_come_in_lose_none_and_open_and_acknowledge_each_once(desked: Desked) -> None:
    desk, settings = desked.desk, desked.firm.app.settings
    with desk.own.connection() as connection:
        account = staff.add(connection, "A web form", "form@desk.example.test", "operator", NOW)
        token = make_token(connection, account, "form", acts_of(("intake",)), NOW + timedelta(days=30), NOW)
    origins = [f"form-{n}" for n in range(4)]
    said = {
        "own": settings.own_url, "owner": settings.owner_url, "data": str(settings.data_folder), "environment": settings.environment,
        "origin": settings.origin, "folder": str(desked.firm.folder), "token": token, "origins": origins, "die_at": DEATHS,
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-m", "tests.desk.killed_servers"], cwd=ROOT, env={**os.environ, "PYTHONPATH": "src"}, input=json.dumps(said), capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    came = json.loads(ran.stdout)
    assert came["came"] == [-signal.SIGKILL] * len(DEATHS) + [0], (came, ran.stderr)
    assert set(came["opened"]) == set(origins) and all(len(set(ids)) == 1 for ids in came["opened"].values()), came
    with desk.own.connection() as connection:
        for id in (ids[0] for ids in came["opened"].values()):
            kinds = [event.kind for event in timeline(connection, desk.master, int(id[2:]))]
            assert {kind: kinds.count(kind) for kind in ("opened", "acknowledged", "identity-asked")} == dict.fromkeys(
                ("opened", "acknowledged", "identity-asked"), 1
            ), kinds
            assert [one.kind for one in letters_of(connection, id)] == ["acknowledgement"]
        assert connection.execute(
            "SELECT count(*) FROM request WHERE number >= %s", [min(int(ids[0][2:]) for ids in came["opened"].values())]
        ).fetchone() == (len(origins),), "a request opened a case that nobody was told of"
        assert failed_jobs(connection) == ()
    desk.app.seal()
    with desk.own.connection() as connection:
        assert verify_tables(connection).findings == ()
