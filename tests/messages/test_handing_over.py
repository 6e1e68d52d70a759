"""Handing a message to a mail server: the line must be safe, the login right, and an answer that is lost is told as lost."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.messages import dovecot
from upheld.duties.messages import MessageFault
from upheld.duties.messages.outbox.mime import mailbox
from upheld.duties.messages.outbox.smtp import Accepted, Doubtful, Outcome, Rejected, Unreached, hand_over, server_of

FROM, TO = "privacy@larkspur.example.test", "ines@example.test"


class Breaks:
    """Takes the message and hangs up without a word."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert server.transport is not None
        server.transport.close()
        return "250 never heard"


class SaysNo:
    """Takes the address, and then says no to the message."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "552 too large for us"


class Takes:
    """Takes everything."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return "250 OK"


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"post", b"w@ll/7")
    return AuthResult(success=right, handled=False)


@contextmanager
def serving(handler: object, host: str = "127.0.0.1", **how: object) -> Iterator[int]:
    (port,) = dovecot.free_ports(1)
    controller = Controller(handler, hostname=host, port=port, **how)  # type: ignore[arg-type]
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    dovecot.certificate(folder)
    return folder


def given(url: str) -> Outcome:
    message = EmailMessage()
    message["Subject"] = "Hello"
    message.set_content("A letter.")
    return hand_over(server_of(url), message, FROM, TO, timeout_s=5)


def test_a_server_that_hangs_up_after_the_message_leaves_a_doubt() -> None:
    with serving(Breaks()) as port:
        assert given(f"smtp://127.0.0.1:{port}") == Doubtful()


def test_a_message_that_is_refused_is_told_by_its_number() -> None:
    with serving(SaysNo()) as port:
        assert given(f"smtp://127.0.0.1:{port}") == Rejected(552, True)


def test_a_certificate_that_nobody_here_trusts_is_refused_until_it_is_named(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with serving(Takes(), ssl_context=context) as port:
        assert given(f"smtps://127.0.0.1:{port}?ca={certificate}/cert.pem") == Accepted(250)
        assert given(f"smtps://127.0.0.1:{port}") == Unreached("R413")
        assert given(f"smtps://127.0.0.1:{port}?ca=/nowhere.pem") == Unreached("R413")


def test_another_machine_is_not_spoken_to_without_encryption() -> None:
    with serving(Takes(), host="127.0.0.2") as port:  # not the address that stands for this machine
        assert given(f"smtp://127.0.0.2:{port}") == Unreached("R413")


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_password_is_told_apart_from_a_server_that_is_away() -> None:
    with serving(Takes(), authenticator=_login, auth_require_tls=False, auth_required=True) as port:
        assert given(f"smtp://post:w%40ll%2F7@127.0.0.1:{port}") == Accepted(250)
        assert given(f"smtp://post:wrong@127.0.0.1:{port}") == Unreached("R414")
    assert given(f"smtp://127.0.0.1:{port}") == Unreached("R412")


def test_a_server_is_not_shown_with_its_password() -> None:
    assert "w@ll" not in repr(server_of("smtps://post:w%40ll@mail.example.test"))


@pytest.mark.parametrize(
    ("written", "known"),
    [("Ines@Example.TEST", "Ines@example.test"), ("ines@bücher.test", "ines@xn--bcher-kva.test"), (" ines@example.test ", TO)],
)
def test_an_address_is_written_as_an_envelope_takes_it(written: str, known: str) -> None:
    assert mailbox(written) == known


def test_no_address_is_two_or_bears_a_header() -> None:
    for written in ("a@x.test, b@y.test", "a@x.test\r\nRCPT TO:<b@y.test>", "<a@x.test>", '"a b"@x.test\n'):
        with pytest.raises(MessageFault, match="R402"):
            mailbox(written)
