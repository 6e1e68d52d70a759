"""Mails as people, machines and broken programs write them; invented, at example.test."""

from __future__ import annotations

from collections.abc import Mapping

PLAIN = b"""From: Ines Carvalho <Ines@Example.test>\r
To: privacy@larkspur.example.test\r
Subject: =?utf-8?q?Please_erase_my_data_=E2=80=94_all?=\r
Message-ID: <one@example.test>\r
Date: Mon, 02 Nov 2026 19:41:00 +0000\r
Content-Type: text/plain; charset=utf-8\r
\r
Please erase everything.\r
\r
Ines\r
"""

NESTED = b"""From: ines@example.test
Subject: With papers
Message-ID: <two@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/related; boundary="middle"

--middle
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Caf=E9, please.
--inner
Content-Type: text/html; charset=utf-8

<p>Never shown</p>
--inner--
--middle
Content-Type: image/png; name="logo.png"
Content-Transfer-Encoding: base64
Content-Disposition: inline; filename="logo.png"

iVBORw0KGgoAAAANSUhEUg==
--middle--
--outer
Content-Type: application/msword; name="../../etc/passport.exe"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="C:\\papers\\..\\passport.pdf"

JVBERi0xLjcK
--outer
Content-Type: message/rfc822

From: somebody@example.test
Subject: inside

Text of another mail.
--outer--
"""

ONLY_HTML = b"""From: ines@example.test
Subject: Hello
Content-Type: text/html; charset=utf-8

<html><head><title>x</title><style>p{color:red}</style></head><body>
<script>fetch('https://evil.example.test')</script><p>Please <b>erase</b>&nbsp;me.</p>
<p>Ines<br>Galway</p><img src="https://evil.example.test/beacon.gif"></body></html>
"""

AUTOMATIC: Mapping[str, bytes] = {
    "auto-submitted": b"From: a@example.test\nAuto-Submitted: auto-replied\nSubject: Re: x\n\nAway.\n",
    "bulk": b"From: a@example.test\nPrecedence: bulk\nSubject: Offers\n\nBuy.\n",
    "list": b"From: a@example.test\nList-Id: <garden.example.test>\nSubject: Post\n\nHello all.\n",
    "auto-reply": b"From: a@example.test\nX-Autoreply: yes\nSubject: Thanks\n\nGot it.\n",
    "daemon": b"From: MAILER-DAEMON@example.test\nSubject: failure notice\n\nI tried.\n",
    "away": b"From: a@example.test\nSubject: =?utf-8?q?R=C3=A9ponse_automatique_:_absence?=\n\nJe reviens.\n",
    "no-return-path": b"Return-Path: <>\nFrom: a@example.test\nSubject: x\n\ny\n",
    "ourselves": b"From: Privacy@larkspur.example.test\nSubject: x\n\ny\n",
    "hops": b"Received: by a.example.test\n" * 60 + b"From: a@example.test\nSubject: x\n\ny\n",
}

PERSONS = (
    b"From: a@example.test\nAuto-Submitted: no\nSubject: x\n\ny\n",
    b"From: a@example.test\nSubject: My absence from your list\n\ny\n",
    b"Return-Path: <a@example.test>\nFrom: a@example.test\nSubject: Erase\n\ny\n",
)

DEFAULT = b"From: a@example.test\nSubject: x\n"
BROKEN: Mapping[str, bytes] = {
    "nothing": b"",
    "no header": b"just words\n",
    "zeros": b"\x00" * 500,
    "every byte": bytes(range(256)) * 4,
    "unknown charset": DEFAULT + b"Content-Type: text/plain; charset=klingon\n\nPlease erase.\n",
    "a codec that is none": DEFAULT + b"Content-Type: text/plain; charset=zip\n\nPlease erase.\n",
    "wrong charset": DEFAULT + b"Content-Type: text/plain; charset=utf-8\n\nPlease erase caf\xe9.\n",
    "broken base64": DEFAULT + b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!UGxlYXNl\n",
    "boundary missing": DEFAULT + b"Content-Type: multipart/mixed\n\nPlease erase.\n",
    "boundary never comes": DEFAULT + b'Content-Type: multipart/mixed; boundary="x"\n\nPlease erase.\n',
    "ends too soon": DEFAULT
    + b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nPlease erase.\n',
    "broken words": b"From: =?utf-8?b?!!!?= <a@example.test>\nSubject: =?x?q?=ZZ?= =?utf-8?q?=FF?=\n\nPlease erase.\n",
    "broken address": b"From: <<<@@@>,;\nSubject: x\n\nPlease erase.\n",
    "many senders": b"From: a@example.test, b@example.test\nSubject: x\n\nPlease erase.\n",
    "disposition": DEFAULT
    + b"Content-Disposition: attachment; filename*=klingon''%FF%FE\nContent-Type: text/plain\n\nPlease.\n",
    "continued": DEFAULT + b"Content-Type: text/plain; name*0*=utf-8''a; name*2=\"b\"\n\nPlease erase.\n",
    "header without end": b"Subject: " + b"x" * 300_000,
}


def deep(levels: int) -> bytes:
    """Parts in parts in parts, the words at the bottom."""
    head = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(levels))
    return DEFAULT + head + b"Content-Type: text/plain\n\nPlease erase.\n"


def report(message_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """What a mail server writes when it cannot deliver (RFC 3464)."""
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mail.example.test>
To: privacy@larkspur.example.test
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-{action}@mail.example.test>
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

The mail system could not deliver your message.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.test

Final-Recipient: rfc822; ines@example.test
Action: {action}
Status: {status}
--r
Content-Type: text/rfc822-headers

Subject: We have your request
Message-ID: {message_id}
--r--
""".encode()


def answer(
    to_message_id: str = "", *, number: str = "two", subject: str = "Re: your letter", to: str = "privacy@larkspur.example.test"
) -> bytes:
    """What a person answers."""
    references = f"In-Reply-To: {to_message_id}\nReferences: <first@example.test>\n {to_message_id}\n" if to_message_id else ""
    return f"From: ines@example.test\nTo: {to}\nSubject: {subject}\nMessage-ID: <{number}@example.test>\n{references}\nHere it is.\n".encode()
