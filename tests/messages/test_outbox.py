"""The outbox: once per Message-ID, tried again with growing waits, sealed, and on record."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as WIRE

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests import searching
from tests.messages.writing import INES, NOW, letter
from upheld.duties.messages import MessageFault, queue_letter, send_letter
from upheld.duties.messages.outbox import (
    MailSettings,
    letters_of,
    letters_open,
    mark_posted,
    print_letter,
    read_letter,
    send_again,
    send_waiting,
    waiting,
)
from upheld.duties.messages.outbox.looking import letter_of, mark_bounced
from upheld.duties.messages.outbox.mime import token_hash
from upheld.records.keys import MasterKey, destroy_ask_key
from upheld.records.own import OwnDatabase

MASTER = MasterKey(bytes(range(32)))
REF = "R-0418"


class Sink:
    """A mail server that keeps what it gets, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.to: list[str] = []
        self.says = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.says.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.says

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.got.append(BytesParser(policy=WIRE).parsebytes(envelope.content))  # type: ignore[arg-type]
        self.to += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture(scope="module")
def server() -> Iterator[Controller]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def sink(server: Controller) -> Sink:
    server.handler.__init__()  # type: ignore[misc]
    return server.handler


@pytest.fixture
def mail(server: Controller) -> MailSettings:
    return MailSettings(
        f"smtp://127.0.0.1:{server.port}", "privacy@larkspur.example.test", "privacy+{token}@larkspur.example.test"
    )


def queued(own: OwnDatabase, **more: object) -> int:
    with own.transaction() as connection:
        return queue_letter(connection, MASTER, REF, letter(), INES[1], NOW, **more)  # type: ignore[arg-type]


def token_in(message: EmailMessage) -> str:
    return str(message["Message-ID"]).strip("<").partition("@")[0]


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def test_a_letter_goes_out_once_in_text_html_and_with_what_leads_an_answer_back(
    own: OwnDatabase, sink: Sink, mail: MailSettings
) -> None:
    id = queued(own)
    assert send_letter(own, MASTER, id, mail, at(NOW)) == "sent"
    assert send_letter(own, MASTER, id, mail, at(NOW)) == "sent"
    (got,) = sink.got
    assert sink.to == ["ines@example.test"]
    assert got["Subject"] == "We have your request, R-0418" and got["Auto-Submitted"] == "auto-generated"
    assert got["Content-Language"] == "en"
    assert [part.get_content_type() for part in got.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    with own.connection() as connection:
        assert letter_of(connection, token_hash(token_in(got))) == REF
        (seen,) = letters_of(connection, REF)
        assert (seen.state, seen.tries, seen.twice, seen.reply) == ("sent", 1, False, 250)
        assert connection.execute("SELECT count(*) FROM ledger_leaf WHERE leaf LIKE '%letter:sent%'").fetchone() == (1,)
        assert waiting(connection).queued == 0
    assert got["Reply-To"] == f"privacy+{token_in(got)}@larkspur.example.test"


def test_a_letter_of_a_transaction_that_is_rolled_back_was_never_there(own: OwnDatabase) -> None:
    with pytest.raises(ZeroDivisionError), own.transaction() as connection:
        queue_letter(connection, MASTER, REF, letter(), INES[1], NOW)
        raise ZeroDivisionError
    with own.connection() as connection:
        assert letters_of(connection, REF) == ()
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)


def test_the_job_of_a_letter_says_its_number_alone(own: OwnDatabase) -> None:
    id = queued(own)
    with own.connection() as connection:
        assert connection.execute("SELECT task_name, args FROM procrastinate_jobs").fetchall() == [
            ("send letter", {"letter": id})
        ]


def test_a_worker_that_dies_after_handing_over_leaves_a_letter_that_is_known_again(
    own: OwnDatabase, sink: Sink, mail: MailSettings
) -> None:
    id = queued(own)

    def dies(point: str) -> None:
        if point == "letter: handed over":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_letter(own, MASTER, id, mail, at(NOW), dies)
    assert send_letter(own, MASTER, id, mail, at(NOW)) == "sent"
    first, second = sink.got
    assert first["Message-ID"] == second["Message-ID"] and first.as_bytes() == second.as_bytes()
    with own.connection() as connection:
        assert letters_of(connection, REF)[0].twice


def test_two_workers_do_not_send_one_letter_at_the_same_time(own: OwnDatabase, sink: Sink, mail: MailSettings) -> None:
    id = queued(own)
    seen: list[object] = []

    def meanwhile(point: str) -> None:
        if point == "letter: before it is handed over":
            seen.append(send_letter(own, MASTER, id, mail, at(NOW)))

    assert send_letter(own, MASTER, id, mail, at(NOW), meanwhile) == "sent"
    assert seen == ["sending"] and len(sink.got) == 1


def test_a_server_that_says_later_is_asked_again_after_growing_waits_and_given_up_after_five_days(
    own: OwnDatabase, sink: Sink, mail: MailSettings
) -> None:
    id, moment, waits = queued(own), NOW, []
    sink.says = "451 4.7.1 greylisted"
    for _ in range(40):
        state = send_letter(own, MASTER, id, mail, at(moment))
        with own.connection() as connection:
            (seen,) = letters_of(connection, REF)
        if state == "failed":
            break
        assert seen.next_at is not None and seen.reply == 451
        assert send_letter(own, MASTER, id, mail, at(seen.next_at - timedelta(seconds=1))) == "queued", "before its hour"
        waits.append(seen.next_at - moment)
        moment = seen.next_at
    assert seen.code == "R417" and moment - NOW > timedelta(days=5)
    assert waits == sorted(waits) and waits[0] == timedelta(minutes=1) and max(waits) == timedelta(hours=8)
    sink.says = "250 OK"
    with own.transaction() as connection:
        send_again(connection, id, moment)
    assert send_letter(own, MASTER, id, mail, at(moment)) == "sent"


def test_an_address_that_the_server_refuses_for_good_is_not_tried_again(
    own: OwnDatabase, sink: Sink, mail: MailSettings
) -> None:
    id = queued(own)
    sink.says = "550 5.1.1 no such mailbox"
    assert send_letter(own, MASTER, id, mail, at(NOW)) == "failed"
    sink.says = "250 OK"
    assert send_letter(own, MASTER, id, mail, at(NOW)) == "failed" and sink.got == []
    with own.connection() as connection:
        (seen,) = letters_open(connection)
        assert (seen.code, seen.reply) == ("R415", 550)
        assert waiting(connection).failed == 1


def test_without_a_mail_server_letters_wait_and_are_counted(own: OwnDatabase, sink: Sink, mail: MailSettings) -> None:
    id = queued(own)
    assert send_letter(own, MASTER, id, None, at(NOW)) == "queued"
    with own.connection() as connection:
        assert waiting(connection).queued == 1 and waiting(connection).oldest == NOW
    assert send_waiting(own, MASTER, None, at(NOW + timedelta(hours=1))) == 0
    assert send_waiting(own, MASTER, mail, at(NOW)) == 0, "its own job sends it"
    assert send_waiting(own, MASTER, mail, at(NOW + timedelta(hours=1))) == 1 and len(sink.got) == 1
    assert send_waiting(own, MASTER, mail, at(NOW + timedelta(hours=2))) == 0


def test_a_server_out_of_reach_keeps_the_letter_waiting(own: OwnDatabase) -> None:
    id = queued(own)
    nobody = MailSettings("smtp://127.0.0.1:9", "privacy@larkspur.example.test")
    assert send_letter(own, MASTER, id, nobody, at(NOW)) == "queued"
    with own.connection() as connection:
        assert letters_of(connection, REF)[0].code == "R412"


def test_settings_that_cannot_be_read_say_so_and_lose_no_letter(own: OwnDatabase) -> None:
    for url in ("", "mail.example.test", "http://mail.example.test", "smtp://", "smtp://h:port"):
        id = queued(own)
        assert send_letter(own, MASTER, id, MailSettings(url, "privacy@larkspur.example.test"), at(NOW)) == "queued"
    with own.connection() as connection:
        assert [one.code for one in letters_of(connection, REF)] == ["R411"] * 5


def test_nothing_of_a_letter_can_be_read_in_the_database(own: OwnDatabase) -> None:
    queued(own)
    with own.connection() as connection:
        assert searching.in_database(connection, ["Ines Carvalho", "ines@example.test", "4K7P-WX2M"]) == []


def test_a_letter_goes_with_the_key_of_its_case(own: OwnDatabase, sink: Sink, mail: MailSettings) -> None:
    id = queued(own)
    with own.transaction() as connection:
        assert read_letter(connection, MASTER, id).to == INES
        destroy_ask_key(connection, REF)
        with pytest.raises(MessageFault, match="R416"):
            read_letter(connection, MASTER, id)
    assert send_letter(own, MASTER, id, mail, at(NOW)) == "failed" and sink.got == []


def test_a_letter_for_somebody_without_e_mail_is_printed_and_noted_as_posted(
    own: OwnDatabase, sink: Sink, mail: MailSettings
) -> None:
    id = queued(own, channel="print")
    assert send_letter(own, MASTER, id, mail, at(NOW)) == "to-post"
    with own.transaction() as connection:
        assert print_letter(connection, MASTER, id).startswith(b"%PDF-")
        assert waiting(connection).to_post == 1
        mark_posted(connection, id, "S-0002", NOW)
        with pytest.raises(MessageFault, match="R402"):
            mark_posted(connection, id, "S-0002", NOW)
        assert letters_of(connection, REF)[0].posted_by == "S-0002"


def test_a_letter_that_comes_back_is_noted_once(own: OwnDatabase, sink: Sink, mail: MailSettings) -> None:
    id = queued(own)
    send_letter(own, MASTER, id, mail, at(NOW))
    hash = token_hash(token_in(sink.got[0]))
    with own.transaction() as connection:
        found = mark_bounced(connection, hash, NOW)
        assert found is not None and (found.id, found.state, found.code) == (id, "bounced", "R418")
        assert mark_bounced(connection, hash, NOW) is None
        assert mark_bounced(connection, token_hash("0" * 32), NOW) is None


def test_an_address_that_is_none_is_refused_before_anything_is_written(own: OwnDatabase) -> None:
    for address in ("", "ines", "ines@", "@example.test", "ines@example", "a b@example.test", "x@y.test\nBcc: z@y.test"):
        with own.transaction() as connection, pytest.raises(MessageFault, match="R402"):
            queue_letter(connection, MASTER, REF, letter(), address, NOW)
    with own.connection() as connection:
        assert letters_of(connection, REF) == ()
