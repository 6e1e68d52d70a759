"""Rough weather over one firm: a store that is away, a hold that comes late, mail that comes back, a worker that dies; each has a right end."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.desk.conftest import Desked
from tests.desk.test_thin_path import asked, letters, token_in
from tests.messages import dovecot
from tests.messages.test_outbox import Sink
from upheld.duties.messages.letters import to_pdf
from upheld.duties.messages.outbox import MailSettings, letters_of, read_letter
from upheld.duties.messages.outbox.looking import send_again
from upheld.duties.recipients import Answer, open_orders
from upheld.duties.requests import RequestFault, details_of, timeline
from upheld.duties.requests.model import Event
from upheld.faces.app.cases import Case as Held
from upheld.faces.app.desk import ordering, telling
from upheld.faces.app.desk.delivering import fetch, record, seal_file
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.model import Delivery
from upheld.faces.app.desk.standing.policy import read_policy
from upheld.faces.app.errors import Unusable

NASTY = "<script>alert(1)</script>\u202e\"'&<img src=x onerror=y>"
NOWHERE = {"UPHELD_WEB_URL": "sqlite:////nonexistent/web.sqlite", "UPHELD_PLATFORM_URL": "postgresql://127.0.0.1:1/nothing"}


def proven(desked: Desked, right: str, email: str) -> int:
    """Number of a case whose person pressed the link in her mail, brought as far as it comes."""
    desk = desked.desk
    case = desk.open(asked(desked, right, email)).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    return case.number


def shown(desked: Desked, number: int) -> list[str]:
    """Digests of the plans that stand before an operator now."""
    desk = desked.desk
    with desk.own.connection() as connection:
        found = prepared_of(details_of(connection, desk.master, number), desk.case(number).rights)
    return sorted(one.digest for one in found.values() if one.digest)


def approved(desked: Desked, number: int) -> None:
    desked.desk.approve(number, shown(desked, number), "staff:1")


def answered(desked: Desked, number: int) -> None:
    """Every recipient has done what was ordered, and the case went on."""
    for order in telling.holding(desked.desk, desked.desk.case(number)):
        ordering.answer(desked.desk, order.number, Answer("done", "staff:1"))
    desked.work()


def happened(desked: Desked, number: int, *kinds: str) -> list[Event]:
    """The case's timeline, or what of it is of these kinds."""
    with desked.desk.own.connection() as connection:
        found = timeline(connection, desked.desk.master, number)
    return [event for event in found if not kinds or event.kind in kinds]


def state(desked: Desked, number: int) -> str:
    return desked.desk.case(number).state


@contextlib.contextmanager
def away(desked: Desked, *stores: str) -> Iterator[None]:
    """While the block lasts nobody answers at these stores' addresses."""
    app = desked.firm.app
    before = app.settings
    app.settings = replace(before, environment={**before.environment, **{one: NOWHERE[one] for one in stores}})
    try:
        yield
    finally:
        app.settings = before


# ---- several at once


def test_of_two_erasures_of_one_person_each_is_approved_carried_out_and_answered(desked: Desked) -> None:
    first, second = (proven(desked, "erasure", desked.email(0)) for _ in range(2))
    old = shown(desked, first)
    approved(desked, second)
    desked.work()
    desked.desk.approve(first, old, "staff:1")
    desked.work()
    answered(desked, second)
    answered(desked, first)
    assert (state(desked, first), state(desked, second)) == ("answered", "answered")
    for number in (first, second):
        assert len(happened(desked, number, "done")) == len(happened(desked, number, "answered")) == 1


def test_of_two_yeses_at_the_same_moment_one_counts(desked: Desked) -> None:
    number = proven(desked, "erasure", desked.email(1))
    plans, refused = shown(desked, number), []

    def say_yes(by: str) -> None:
        try:
            desked.desk.approve(number, plans, by)
        except RequestFault as fault:
            refused.append(fault.code)

    both = [Thread(target=say_yes, args=[by]) for by in ("staff:1", "staff:2")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert refused == ["R102"] and len(happened(desked, number, "approved")) == 1


def test_whoever_is_known_nowhere_any_more_is_told_so_whatever_is_asked_and_whatever_waited(desked: Desked) -> None:
    email = desked.email(2)
    erasure, objection = proven(desked, "erasure", email), proven(desked, "objection", email)
    access = desked.desk.open(asked(desked, "access", email)).case
    desked.work()
    approved(desked, erasure)
    desked.work()
    answered(desked, erasure)
    approved(desked, objection)
    desked.desk.prove_email(token_in(letters(desked, access.id)[0][1], "prove"))
    desked.work()
    late = [proven(desked, "erasure", of) for of in (email, "nobody@example.test")]
    assert state(desked, objection) == "answered", "it was decided, for she was known when she asked"
    for number in (access.number, *late):
        assert state(desked, number) == "answered", happened(desked, number)[-1]
        assert [kind for kind, _ in letters(desked, desked.desk.case(number).id)] == ["acknowledgement", "nothing-found"]
        before = "We erased data that this search would have found on 22 November 2026."
        assert (before in letters(desked, desked.desk.case(number).id)[-1][1]) is (number != late[1])
        with desked.desk.own.connection() as connection:
            assert not open_orders(connection, desked.desk.case(number).id)


# ---- what changes between the yes and the deed


def test_a_hold_that_comes_after_the_yes_stops_the_erasure_and_another_plan_is_shown(desked: Desked) -> None:
    email = desked.email(2)
    number = proven(desked, "erasure", email)
    old = shown(desked, number)
    approved(desked, number)
    said = Held("legal-hold", ("name", "email-address"), "2031-01-01", "GDPR 17(3)(e)")
    held = desked.firm.app.accept_hold(desked.firm.folder, [json.dumps({"email": email})], said)
    desked.clock.forward(minutes=1)
    desked.work()
    (stopped,) = happened(desked, number, "stopped")
    assert (stopped.note or "").startswith("X207") and state(desked, number) == "approval"
    assert shown(desked, number) != old
    with pytest.raises(RequestFault, match="R120"):
        desked.desk.approve(number, old, "staff:1")
    approved(desked, number)
    desked.work()
    answered(desked, number)
    assert state(desked, number) == "answered"
    kind, text = letters(desked, desked.desk.case(number).id)[-1]
    assert kind == "answer-partial" and held.hold.until.strftime("%Y") in text


def test_a_yes_that_came_too_late_is_to_a_plan_that_is_made_anew(desked: Desked) -> None:
    number = proven(desked, "erasure", desked.email(3))
    desked.clock.forward(days=8)
    approved(desked, number)
    desked.work()
    (stopped,) = happened(desked, number, "stopped")
    assert (stopped.note or "").startswith("L203") and state(desked, number) == "approval"
    approved(desked, number)
    desked.work()
    assert state(desked, number) == "recipients"


# ---- the world is away


def test_with_a_store_away_for_a_day_cases_wait_say_so_once_and_go_on_by_themselves(desked: Desked) -> None:
    erasing, email = proven(desked, "erasure", desked.email(4)), desked.email(5)
    approved(desked, erasing)
    with away(desked, "UPHELD_PLATFORM_URL"):
        desked.work()
        new = [proven(desked, right, email) for right in ("access", "erasure", "restriction")]
        for _ in range(4):
            desked.clock.forward(hours=6)
            desked.work()
        for number in (erasing, *new):
            (waiting,) = happened(desked, number, "waiting")
            assert waiting.note == "a store is out of reach" and state(desked, number) in ("ready", "working")
            with desked.desk.own.connection() as connection:
                query = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %s"
                assert connection.execute(query, [f"case-{number}-at"]).fetchone() == (1,)
    desked.clock.forward(hours=1)
    desked.work()
    answered(desked, erasing)
    assert [state(desked, number) for number in (erasing, *new)] == ["answered", "answered", "approval", "recipients"]


def test_a_letter_that_no_server_takes_stands_on_its_case_and_goes_out_when_it_is_sent_again(desked: Desked) -> None:
    desk, (port,) = desked.desk, dovecot.free_ports(1)
    sink = Controller(Sink(), hostname="127.0.0.1", port=port)
    sink.start()
    desk.mail = MailSettings(f"smtp://127.0.0.1:{port}", "privacy@firm.example.test")
    try:
        sink.handler.says = "550 5.1.1 No such mailbox"
        case = desk.open(asked(desked, "access", "gone@example.test")).case
        desked.work()
        (bounced,) = happened(desked, case.number, "bounced")
        assert (bounced.note or "").startswith("R415") and state(desked, case.number) == "identity"
        with desk.own.transaction() as connection:
            (letter,) = letters_of(connection, case.id)
            assert letter.state == "failed"
            send_again(connection, letter.id, desk.now)
        sink.handler.says = "250 OK"
        desked.work()
        assert sink.handler.to == ["gone@example.test"] and len(happened(desked, case.number, "bounced")) == 1
    finally:
        desk.mail = None
        sink.stop()


def test_a_recipient_that_never_answers_is_reminded_then_a_person_is_sent_and_the_case_stays_open(desked: Desked) -> None:
    number = proven(desked, "restriction", desked.email(5))
    case, desk = desked.desk.case(number), desked.desk
    silent = [order.number for order in telling.holding(desk, case) if order.recipient == "qualer-labs"]
    for order in telling.holding(desk, case):
        if order.number not in silent:
            ordering.answer(desk, order.number, Answer("done", "staff:1"))
    for days in (2, 3, 7):  # the waits of its entry, each once
        desked.clock.forward(days=days)
        desked.work()
    assert silent and state(desked, number) == "recipients"
    (order,) = telling.holding(desk, case)
    assert (order.number, order.state, order.code) == (silent[0], "waits-for-person", "R327")
    assert [kind for kind, _ in letters(desked, order.name)] == ["order-restriction", *["reminder"] * 2]
    assert any("R327" in (event.note or "") for event in happened(desked, number, "stuck"))
    answered(desked, number)
    assert state(desked, number) == "answered"


# ---- whoever wants in


@pytest.mark.parametrize("token", ["", "x", "\0", "a" * 100_000, "%00", "\u202e", "\udc80", "../../etc/passwd", "' OR 1=1 --"])
def test_a_guessed_link_opens_nothing(desked: Desked, token: str) -> None:
    desk = desked.desk
    assert not desk.proves(token) and desk.prove_email(token) is None
    assert desk.fetch(token) is None and desk.by_link(token) is None


def test_a_link_of_one_purpose_is_none_of_another(desked: Desked) -> None:
    desk = desked.desk
    opened = desk.open(asked(desked, "access", desked.email(6)))
    desked.work()
    token = token_in(letters(desked, opened.case.id)[0][1], "prove")
    assert desk.fetch(token) is None and desk.by_link(token) is None
    assert desk.prove_email(opened.link) is None and desk.fetch(opened.link) is None
    assert desk.proves(token)


def test_markup_and_turned_letters_in_a_name_stay_text_in_every_letter(desked: Desked) -> None:
    desk = desked.desk
    given = asked(desked, "access", "nasty@example.test")
    case = desk.open(replace(given, details={**given.details, "name": NASTY, "words": NASTY})).case
    desked.work()
    with desk.own.connection() as connection:
        (letter,) = [read_letter(connection, desk.master, one.id) for one in letters_of(connection, case.id)]
    assert "<script" not in letter.html and "<img" not in letter.html and "&lt;script&gt;" in letter.html
    assert "\u202e" not in letter.html + letter.text + letter.subject, "a letter can be turned round"
    assert to_pdf(letter).startswith(b"%PDF-")


def test_a_large_file_is_sealed_and_fetched_in_little_memory(desked: Desked) -> None:
    desk = desked.desk
    case = desk.open(asked(desked, "access", "large@example.test")).case
    path = desk.app.data_folder / "large.bin"
    path.write_bytes(b"0123456789abcdef" * 2_000_000)
    tracemalloc.start()
    kept, name = seal_file(desk, case, Delivery(path, "large.bin", "application/octet-stream"))
    with desk.own.transaction() as connection:
        record(desk, connection, case, kept, name, "application/octet-stream")
    found = fetch(desk, kept.token)
    assert found is not None and sum(map(len, found.blocks)) == 32_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000 and not path.exists()


# ---- a worker that dies


class Killed(BaseException):
    """A worker died here."""


class Mortal:
    """Our own database to a worker that dies right after a commit."""

    def __init__(self, own: Any, left: int) -> None:
        self._own, self.left = own, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        with self._own.transaction() as connection:
            yield connection
        self.left -= 1
        if self.left < 0:
            raise Killed


def dies_at_every_commit(desked: Desked, number: int) -> int:
    """The case is gone on with by workers that die after their first commit, after their second, … until one lives. How many died."""
    app: Any = desked.firm.app
    alive, died = app._own, 0
    while True:
        app._own = Mortal(alive, died)
        try:
            desked.desk.go_on(number)
            return died
        except Killed:
            died += 1
        finally:
            app._own = alive


def traces(desked: Desked, number: int) -> dict[str, list[str]]:
    """What a case left: its timeline, its letters, its orders, the leaves of its erasure."""
    desk, id = desked.desk, desked.desk.case(number).id
    with desk.own.connection() as connection:
        orders = connection.execute("SELECT recipient || ' ' || act FROM recipient_order WHERE reference = %s", [id]).fetchall()
        asks = connection.execute(
            "SELECT ask.kind || ' ' || ask.state FROM request_ask JOIN ask ON ask.id = ask WHERE request = %s", [number]
        ).fetchall()
    quiet = ("stuck", "recipient-answered")
    return {
        "timeline": [event.kind for event in happened(desked, number) if event.kind not in quiet],
        "letters": [kind.removesuffix("-partial") for kind, _ in letters(desked, id)],  # of one of them invoices stay
        "orders": sorted(row[0] for row in orders),
        "asks": sorted({row[0] for row in asks}),  # what was read and not yet kept is read again
    }


@pytest.mark.parametrize("right", ["erasure", "access"])
def test_a_case_whose_workers_die_at_every_commit_ends_as_one_whose_worker_lived(desked: Desked, right: str) -> None:
    ends = []
    for person, goes_on in enumerate((dies_at_every_commit, lambda desked, number: desked.work())):
        email = desked.email(6 + person)
        case = desked.desk.open(asked(desked, right, email)).case
        died = goes_on(desked, case.number) or 0
        desked.desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
        died += goes_on(desked, case.number) or 0
        if right == "erasure":
            approved(desked, case.number)
            died += goes_on(desked, case.number) or 0
            for order in telling.holding(desked.desk, desked.desk.case(case.number)):
                ordering.answer(desked.desk, order.number, Answer("done", "staff:1"))
            died += goes_on(desked, case.number) or 0
        assert state(desked, case.number) == "answered"
        ends.append(traces(desked, case.number))
        assert died > 5 or person == 1
    assert ends[0] == ends[1]


@pytest.mark.parametrize("text", ["desk: [", "desk: {link-hours: 1, link-hours: 2}", "a\udcffb: 1", "- desk"])
def test_a_deployment_file_that_cannot_be_read_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(Unusable, match=r"R111.*deployment\.yaml"):
        read_policy(text)
