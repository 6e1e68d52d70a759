"""The mailbox: whatever comes in is read safely, understood as far as it can be, handled once and never dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.messages import dovecot, mails
from tests.messages.writing import INES, NOW, letter
from upheld.duties.messages import Incoming, MessageFault, queue_letter, read_mailbox, take_mail
from upheld.duties.messages.intake import Limits, destroy_mails, kind_of, mailbox_now, parse
from upheld.duties.messages.letters import Letter
from upheld.duties.messages.outbox import letters_of
from upheld.duties.messages.outbox.mime import message_id
from upheld.duties.messages.outbox.queue import opened
from upheld.records.keys import MasterKey
from upheld.records.own import OwnDatabase

MASTER = MasterKey(bytes(range(32)))
AT = datetime(2026, 11, 2, 20, 41, tzinfo=timezone(timedelta(hours=1)))
OURS = frozenset({"privacy@larkspur.example.test"})


def read(raw: bytes, limits: Limits = Limits()) -> Incoming:
    return parse(raw, AT, limits, OURS)


def test_a_plain_mail_is_its_words_its_sender_and_its_moment() -> None:
    mail = read(mails.PLAIN)
    assert (mail.sender, mail.sender_name, mail.message_id) == ("ines@example.test", "Ines Carvalho", "<one@example.test>")
    assert mail.subject == "Please erase my data — all"
    assert mail.text == "Please erase everything.\n\nInes"
    assert mail.received_at == AT and not mail.auto and mail.attachments == () and mail.troubles == ()


def test_parts_in_parts_become_one_text_and_attachments_by_what_they_are() -> None:
    mail = read(mails.NESTED)
    assert mail.text == "Café, please."
    kinds = [(one.name, one.kind, one.claimed) for one in mail.attachments]
    assert kinds == [
        ("logo.png", "image/png", "image/png"),
        ("passport.pdf", "application/pdf", "application/msword"),
        ("attachment", "text/plain", "message/rfc822"),
    ]
    assert mail.attachments[1].content == b"%PDF-1.7\n" and mail.attachments[1].size == 9


def test_an_html_mail_is_its_words_alone() -> None:
    mail = read(mails.ONLY_HTML)
    assert mail.text == "Please erase me.\n\nInes\nGalway"


@pytest.mark.parametrize("because", mails.AUTOMATIC)
def test_what_a_machine_wrote_is_recognised(because: str) -> None:
    mail = read(mails.AUTOMATIC[because])
    assert mail.auto and mail.auto_because == because


@pytest.mark.parametrize("raw", mails.PERSONS)
def test_what_a_person_wrote_is_not_taken_for_a_machines(raw: bytes) -> None:
    assert not read(raw).auto


@pytest.mark.parametrize("how", mails.BROKEN)
def test_a_broken_mail_is_still_a_mail(how: str) -> None:
    mail = read(mails.BROKEN[how])
    assert "\x00" not in mail.text + mail.subject + mail.sender and "\n" not in mail.subject + mail.sender
    if b"Please" in mails.BROKEN[how]:
        assert "Please" in mail.text or any(b"Please" in one.content for one in mail.attachments), how


@pytest.mark.parametrize("levels", [15, 60, 1200])
def test_a_mail_of_endless_parts_ends(levels: int) -> None:
    mail = read(mails.deep(levels))
    assert mail.sender == "a@example.test"
    assert mail.text.endswith("Please erase.") and mail.troubles == ("malformed",)
    assert (mail.text == "Please erase.") == (levels == 15)


def test_what_is_too_much_is_cut_and_said() -> None:
    limits = Limits(text_chars=10, attachments=1, attachment_bytes=8)
    assert read(mails.PLAIN, limits).text == "Please era" and read(mails.PLAIN, limits).troubles == ("cut",)
    found = read(mails.NESTED, limits)
    assert [(one.left_out, one.content) for one in found.attachments] == [(True, b"")] * 3
    assert [one.size for one in found.attachments][1] == 9 and "attachments-left-out" in found.troubles


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", mails.DEFAULT, mails.NESTED[:700], mails.report("<a@b>")[:600]]))
def test_no_bytes_whatever_stop_the_reading(tail: bytes, head: bytes) -> None:
    mail = read(head + tail)
    assert len(mail.identity) == 32 and "\n" not in mail.subject


def test_a_name_of_a_file_leads_nowhere() -> None:
    for name in ("../../x.pdf", "/etc/x.pdf", "C:\\a\\x.pdf", "..\\..\\x.pdf", ".x.pdf"):
        raw = mails.DEFAULT + f'Content-Disposition: attachment; filename="{name}"\nContent-Type: image/png\n\nx\n'.encode()
        assert read(raw).attachments[0].name == "x.pdf", name


def test_what_a_file_is_its_first_bytes_say() -> None:
    assert kind_of(b"<html>") == "application/octet-stream" and kind_of(b"hello") == "text/plain"
    assert kind_of(b"MZ\x90\x00\xff") == "application/octet-stream" and kind_of(b"") == "application/octet-stream"
    assert kind_of(b"RIFF1234WEBP") == "image/webp" and kind_of(b"\xff\xd8\xff\xe0") == "image/jpeg"


def test_another_mail_with_the_same_message_id_is_another_mail() -> None:
    again = read(mails.PLAIN.replace(b"Ines\r", b"Ines, and my photographs\r"))
    assert read(mails.PLAIN).identity != again.identity and again.message_id == "<one@example.test>"
    forwarded = read(b"Received: by b.example.test\r\n" + mails.PLAIN)
    assert forwarded.identity == read(mails.PLAIN).identity, "the same mail by another way"


@pytest.mark.parametrize(("action", "bounced"), [("failed", True), ("delayed", False), ("delivered", False)])
def test_only_a_report_of_failure_is_a_letter_that_came_back(action: str, bounced: bool) -> None:
    mail = read(mails.report(f"<{'ab' * 16}@larkspur.example.test>", action))
    assert mail.auto and (mail.bounce is not None) == bounced
    if mail.bounce is not None:
        assert (mail.bounce.token, mail.bounce.status) == ("ab" * 16, "5.1.1")


# ---- on a real server ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imap() -> Iterator[dovecot.Dovecot]:
    yield from dovecot.start()


def sent(own: OwnDatabase, ref: str = "R-0418") -> str:
    """A letter on record as sent; its Message-ID."""
    with own.transaction() as connection:
        id = queue_letter(connection, MASTER, ref, letter(), INES[1], NOW)
        connection.execute("UPDATE letter SET state = 'sent' WHERE id = %s", [id])
        made, envelope = opened(connection, MASTER, id)
        assert isinstance(made, Letter)
        return message_id(made, envelope.token)


class Desk:
    """Keeps what it is handed, in the transaction, as a desk would."""

    def __init__(self) -> None:
        self.got: list[Incoming] = []
        self.fails = False

    def __call__(self, connection: psycopg.Connection, mail: Incoming) -> str | None:
        if self.fails:
            raise ValueError(mail.text)
        self.got.append(mail)
        return mail.in_reply_to_case or "R-0500"


def at_now() -> datetime:
    return NOW


def test_mails_are_handled_once_then_moved_and_never_marked(own: OwnDatabase, imap: dovecot.Dovecot) -> None:
    imap.deliver("once", mails.PLAIN, AT)
    imap.deliver("once", mails.ONLY_HTML, AT)
    desk = Desk()
    with own.connection() as connection:
        looked = read_mailbox(imap.url("once"), connection, ours=OURS)
    assert [mail.subject for mail in looked] == ["Please erase my data — all", "Hello"]
    assert b"\\Seen" not in imap.flags("once") and len(imap.subjects("once", "INBOX")) == 2, "looking changes nothing"
    came = take_mail(own, imap.url("once"), desk, at_now, ours=OURS)
    assert (came.taken, came.again, came.failed, came.moved) == (2, 0, 0, 2)
    assert desk.got[0].received_at == AT.astimezone(UTC)
    assert imap.subjects("once", "INBOX") == [] and len(imap.subjects("once", "INBOX.Upheld.Taken")) == 2
    assert take_mail(own, imap.url("once"), desk, at_now).taken == 0
    imap.deliver("once", mails.PLAIN, AT)
    came = take_mail(own, imap.url("once"), desk, at_now)
    assert (came.taken, came.again, came.moved) == (0, 1, 1), "the same mail by another way"
    assert len(desk.got) == 2


def test_every_copy_of_a_mail_goes_with_its_case_and_no_other_does(own: OwnDatabase, imap: dovecot.Dovecot) -> None:
    for raw in (mails.PLAIN, mails.ONLY_HTML, mails.PLAIN):
        imap.deliver("gone", raw, AT)
        take_mail(
            own, imap.url("gone"), lambda connection, mail: "R-0001" if "erase my data" in mail.subject else "R-0002", at_now
        )
    assert len(imap.subjects("gone", "INBOX.Upheld.Taken")) == 3
    assert destroy_mails(own, imap.url("gone"), ["R-0001", "R-0009"]) == 2
    assert imap.subjects("gone", "INBOX.Upheld.Taken") == ["Hello"]
    assert destroy_mails(own, imap.url("gone"), ["R-0001"]) == 0
    with own.connection() as connection:
        connection.execute("UPDATE mail_place SET validity = validity + 1")
    assert destroy_mails(own, imap.url("gone"), ["R-0002"]) == 0, "a folder that was renumbered keeps what nobody can name"
    assert imap.subjects("gone", "INBOX.Upheld.Taken") == ["Hello"]


def test_a_turn_that_dies_before_moving_does_not_handle_anything_twice(own: OwnDatabase, imap: dovecot.Dovecot) -> None:
    imap.deliver("dies", mails.PLAIN, AT)
    desk = Desk()

    def dies(point: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_mail(own, imap.url("dies"), desk, at_now, failpoint=dies)
    assert len(imap.subjects("dies", "INBOX")) == 1
    came = take_mail(own, imap.url("dies"), desk, at_now)
    assert (came.taken, came.moved, len(desk.got)) == (0, 1, 1)
    assert imap.subjects("dies", "INBOX") == []


def test_a_mail_that_cannot_be_handled_stays_and_keeps_no_other_waiting(own: OwnDatabase, imap: dovecot.Dovecot) -> None:
    imap.deliver("fails", mails.PLAIN, AT)
    desk = Desk()
    desk.fails = True
    came = take_mail(own, imap.url("fails"), desk, at_now)
    assert (came.taken, came.failed, came.moved, came.faults) == (0, 1, 0, ("ValueError",))
    desk.fails = False
    assert take_mail(own, imap.url("fails"), desk, at_now).taken == 1
    with own.connection() as connection:
        assert connection.execute("SELECT ref FROM mail_taken").fetchall() == [("R-0500",)]


def test_an_answer_finds_its_case_and_a_mere_number_says_so(own: OwnDatabase, imap: dovecot.Dovecot) -> None:
    id = sent(own)
    token = id.strip("<").partition("@")[0]
    imap.deliver("answers", mails.answer(id, number="a"), AT)
    imap.deliver("answers", mails.answer(number="b", to=f"privacy+{token}@larkspur.example.test"), AT)
    imap.deliver("answers", mails.answer(number="c", subject="About R-0418"), AT)
    imap.deliver("answers", mails.answer(number="d", subject="About R-9999"), AT)
    imap.deliver("answers", mails.answer("<0123456789abcdef0123456789abcdef@larkspur.example.test>", number="e"), AT)
    desk = Desk()
    assert take_mail(own, imap.url("answers"), desk, at_now).taken == 5
    found = [(mail.in_reply_to_case, mail.matched_by) for mail in desk.got]
    assert found == [("R-0418", "reference"), ("R-0418", "address"), ("R-0418", "subject"), (None, ""), (None, "")]


def test_a_report_of_failure_marks_its_letter(own: OwnDatabase, imap: dovecot.Dovecot) -> None:
    imap.deliver("bounces", mails.report(sent(own)), AT)
    desk = Desk()
    came = take_mail(own, imap.url("bounces"), desk, at_now)
    assert (came.taken, came.bounced) == (1, 1)
    assert desk.got[0].in_reply_to_case == "R-0418" and desk.got[0].auto
    with own.connection() as connection:
        assert [one.state for one in letters_of(connection, "R-0418")] == ["bounced"]


def test_a_mail_that_is_too_large_is_taken_by_its_beginning(own: OwnDatabase, imap: dovecot.Dovecot) -> None:
    imap.deliver("large", mails.PLAIN + b"x" * 5000, AT)
    with own.connection() as connection:
        (mail,) = read_mailbox(imap.url("large"), connection, limits=Limits(mail_bytes=400))
    assert mail.troubles == ("cut",) and mail.text.startswith("Please erase everything.")


def test_the_line_must_be_safe_and_the_login_right(imap: dovecot.Dovecot, own: OwnDatabase) -> None:
    cases = {
        imap.secure_url("tls"): "R423",
        imap.secure_url("tls", "?ca=/nowhere.pem"): "R423",
        imap.url("tls", password="wrong"): "R424",
        imap.url("tls").replace(str(imap.port), "9"): "R422",
        imap.url("tls").replace("INBOX", "Nowhere"): "R425",
        "https://mail.example.test": "R421",
        "imaps://mail.example.test/INBOX": "R421",
    }
    for url, code in cases.items():
        with own.connection() as connection, pytest.raises(MessageFault, match=code) as caught:
            read_mailbox(url, connection)
        assert dovecot.PASSWORD not in str(caught.value) and "wrong" not in str(caught.value).replace("are wrong", "")
    with own.connection() as connection:
        assert read_mailbox(imap.secure_url("tls", f"?ca={imap.folder}/cert.pem"), connection) == ()


def test_a_mailbox_that_cannot_be_read_is_on_record_until_it_is(own: OwnDatabase, imap: dovecot.Dovecot) -> None:
    with own.connection() as connection:
        assert mailbox_now(connection) is None
    take_mail(own, imap.url("state"), Desk(), at_now)
    away = imap.url("state").replace(str(imap.port), "9")
    for code in ("R422", "R422"):
        with pytest.raises(MessageFault, match=code):
            take_mail(own, away, Desk(), lambda: NOW + timedelta(hours=1))
    with own.connection() as connection:
        found = mailbox_now(connection)
        assert found is not None and (found.code, found.read_at) == ("R422", None)
