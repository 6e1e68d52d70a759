"""A mailbox that is a folder, filled by a mail server of this machine: mails come in by SMTP and are handled once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from tests.messages.writing import NOW
from upheld.duties.messages import Incoming, MessageFault, read_mailbox, take_mail
from upheld.duties.messages.intake import Limits, destroy_mails
from upheld.duties.messages.loopback import MailServer, mail_server
from upheld.records.own import OwnDatabase

OURS, HERS = "privacy@larkspur.example.test", "ines@example.test"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path / "post", lambda: NOW) as server:
        yield server


def write(post: MailServer, subject: str, text: str = "Please erase my data.") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Ines <{HERS}>", OURS, subject
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@example.test>"
    message.set_content(text)
    assert post.deliver(message, HERS, OURS)


def by_subject(connection: psycopg.Connection, mail: Incoming) -> str:
    return "R-0001" if "erase" in mail.subject else "R-0002"


def test_a_mail_that_came_by_smtp_is_handled_once_moved_and_gone_with_its_case(own: OwnDatabase, post: MailServer) -> None:
    box = post.mailbox(OURS)
    write(post, "erase me", ".A line that begins with a full stop.\n..Two.")
    write(post, "hello")
    with own.connection() as connection:
        looked = read_mailbox(box, connection)
    assert [(mail.subject, mail.received_at) for mail in looked] == [("erase me", NOW), ("hello", NOW)]
    assert looked[0].text == ".A line that begins with a full stop.\n..Two."
    came = take_mail(own, box, by_subject, lambda: NOW)
    assert (came.taken, came.again, came.failed, came.moved) == (2, 0, 0, 2)
    assert take_mail(own, box, by_subject, lambda: NOW).taken == 0 and post.received(OURS) == []
    taken = Path(unquote(urlsplit(box).path)) / ".Upheld.Taken" / "cur"
    assert len(list(taken.iterdir())) == 2
    assert destroy_mails(own, box, ["R-0001"]) == 1 and len(list(taken.iterdir())) == 1


def test_a_mail_that_a_program_marked_meanwhile_is_still_the_same_and_a_link_is_none(
    own: OwnDatabase, post: MailServer
) -> None:
    box = post.mailbox(OURS)
    write(post, "erase me")
    place = Path(unquote(urlsplit(box).path))
    with own.connection() as connection:
        number = read_mailbox(box, connection)[0].uid
        lies = next((place / "new").iterdir())
        lies.rename(place / "cur" / f"{lies.name}:2,S")
        (place / "new" / "elsewhere").symlink_to("/etc/passwd")
        assert [mail.uid for mail in read_mailbox(box, connection, limits=Limits(mail_bytes=60))] == [number]


def test_what_is_no_mail_is_left_and_a_folder_that_somebody_took_away_holds_none(own: OwnDatabase, post: MailServer) -> None:
    box = post.mailbox(OURS)
    place = Path(unquote(urlsplit(box).path))
    write(post, "erase me")
    (place / "new" / "folder").mkdir()
    (place / "new" / "torn").write_bytes(bytes(range(256)))
    opened = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
    with own.connection() as connection:
        for _ in range(5):
            assert len(read_mailbox(box, connection)) == 2
    assert not opened or len(list(Path("/proc/self/fd").iterdir())) <= opened + 1
    assert take_mail(own, box, by_subject, lambda: NOW).taken == 2
    (place / ".Upheld.Taken").rename(place / "elsewhere")
    place.rename(place.with_name("away"))
    with pytest.raises(MessageFault, match="R425"):
        destroy_mails(own, box, ["R-0001"])
    place.with_name("away").rename(place)
    assert destroy_mails(own, box, ["R-0001"]) == 1 and destroy_mails(own, box, ["R-0001"]) == 0


@pytest.mark.parametrize(
    ("url", "code"), [("maildir://host/box", "R421"), ("maildir:", "R421"), ("maildir:///nowhere/at/all", "R425")]
)
def test_an_address_that_is_no_maildir_is_refused(own: OwnDatabase, url: str, code: str) -> None:
    with own.connection() as connection, pytest.raises(MessageFault) as caught:
        read_mailbox(url, connection)
    assert caught.value.code == code


def test_the_line_to_the_mail_server_answers_what_it_does_not_know(post: MailServer) -> None:
    found = urlsplit(post.url)
    with socket.create_connection((str(found.hostname), found.port or 0)) as line, line.makefile("rwb") as talk:
        for said, answered in ((b"", b"220"), (b"VRFY x", b"502"), (b"DATA", b"502"), (b"NOOP", b"250"), (b"QUIT", b"221")):
            if said:
                talk.write(said + b"\r\n")
                talk.flush()
            assert talk.readline().startswith(answered)


def test_a_line_that_breaks_hands_over_nothing_and_a_long_line_is_one(
    post: MailServer, capfd: pytest.CaptureFixture[str]
) -> None:
    long = b"x" * 8192 + b".\r\n"
    begun = b"MAIL FROM:<a@example.test>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: x\r\n\r\n"
    found = urlsplit(post.url)
    address = (str(found.hostname), found.port or 0)
    with socket.create_connection(address) as line, line.makefile("rb") as heard:
        line.sendall(begun % OURS.encode() + long + b"end\r\n.\r\nQUIT\r\n")
        assert heard.readlines()[-1].startswith(b"221")
    with socket.create_connection(address) as line, line.makefile("rb") as heard:
        line.sendall(begun % OURS.encode() + b"half of")
        line.shutdown(socket.SHUT_WR)
        assert heard.readlines()[-1].startswith(b"354")
    with socket.create_connection(address) as line, line.makefile("rb") as heard:
        line.sendall(begun % (b"a" * 300 + b"@example.test") + b".\r\n")
        heard.readlines()
    (mail,) = post.received(OURS)
    assert mail.endswith(b"x.\nend\n") and "Traceback" not in capfd.readouterr().err
