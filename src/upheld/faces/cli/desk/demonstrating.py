"""The demonstration's people ask, as they would in the privacy centre and by mail, and an operator gets an account to answer them with.

Who they are stands in the stores that the demonstration made; identity counts as proven by the session that a real firm's application would have given.
Mail goes by a mail server of the demonstration's own, on this machine alone: what people get lies in folders beside the firm's.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

from upheld.duties.messages.intake import parse
from upheld.duties.messages.loopback import MailServer
from upheld.duties.messages.outbox import letters_of
from upheld.duties.requests import Case
from upheld.faces.app import App, Exit
from upheld.faces.app.desk import Asked, Desk, post
from upheld.faces.app.desk.standing.firm import firm_of
from upheld.faces.cli.terminal import Terminal
from upheld.language.diagnostic import counted
from upheld.records.staff import add, set_password
from upheld.records.staff.passwords import rules_of

ASKED = ("access", "erasure", "objection", "answer-to-question")
WRITES = "ines.example@example.test"
NO_CONTACT = "privacy@example.test"
FIRST = 20  # past those whom the demonstration answers and erases itself
COUNTRIES = {"eu-gdpr": "IE", "uk-gdpr-pecr": "GB", "za-popia": "ZA"}
SAID = {
    "words": "I should like to know what happens with my data.",
    "first-name": "Ada",
    "last-name": "Example",
    "name": "Ada Example",
    "company-name": "Example and daughters",
    "company-place": "Porto",
    "address-text": "1 Example Street",
}


def with_mail(app: App, folder: Path, server: MailServer) -> None:
    """The firm's letters go out by this mail server, and its mailbox there is read, whatever the environment says of others."""
    checked = app.check(folder)
    assert checked.program is not None, "an example compiles"
    address = firm_of(folder, checked.program.notices[0]).contact or NO_CONTACT
    said = {"UPHELD_SMTP_URL": server.url, "UPHELD_MAIL_FROM": address, "UPHELD_IMAP_URL": server.mailbox(address)}
    app.settings = replace(app.settings, environment={**app.settings.environment, **said})


def ask_and_answer(
    terminal: Terminal, app: App, folder: Path, regime: str, line: Callable[[int], str], server: MailServer
) -> None:
    """A few cases stand on the desk: what can be done without a person is done, the rest waits for one. Then somebody writes a mail."""
    desk = Desk(app, folder)
    known = {offer.right for offer in desk.menu(regime)}
    rows = []
    for number, right in enumerate((right for right in ASKED if right in known), start=FIRST):
        details = {**SAID, "account": line(number), "email": f"ada.{number}@example.test"}
        asked = Asked((right,), regime, "web", desk.now, details, country=COUNTRIES.get(regime, ""), signed_in=True)
        case = desk.open(asked).case
        desk.go_on(case.number)
        rows.append(_row(desk.case(case.number)))
    rows.append(_row(_written(desk, server)))
    sent = _send(desk)
    terminal.table(("request", "by", "right", "stands at", "answer by"), rows)
    back = [parse(raw, desk.now).subject for raw in server.received(WRITES)]
    terminal.say(
        f"{WRITES} wrote a mail" + (f" and has one back: “{back[0]}”." if back else "; its answer is still on the way.")
    )
    terminal.say(f"{counted(sent, 'letter')} went out by mail, into folders of the demonstration: {server.folder}")


def _row(case: Case) -> tuple[str, ...]:
    rights = ", ".join(right.replace("-", " ") for right in case.rights)
    return case.id, case.channel, rights, case.state, f"{case.answer_by:%-d %B %Y}" if case.answer_by else ""


def _written(desk: Desk, server: MailServer) -> Case:
    """The case of a mail that came in by SMTP, as far as it comes without a person."""
    message = EmailMessage()
    message["From"], message["Subject"] = f"Ines Example <{WRITES}>", "My data"
    message["To"] = desk.app.settings.environment["UPHELD_MAIL_FROM"]
    message["Message-ID"] = "<demonstration@example.test>"
    message.set_content("Good morning,\n\nplease send me a copy of my data.\n\nInes Example\n")
    server.deliver(message, WRITES, message["To"])
    post.take(desk)
    case = max((one for one in desk.queue() if one.channel == "email"), key=lambda one: one.number)
    desk.go_on(case.number)
    return desk.case(case.number)


def _send(desk: Desk) -> int:
    """How many letters of the cases on the desk, and of those that ended, went out."""
    cases = (*desk.queue(), *desk.queue(ended=True))
    with desk.own.connection() as connection:
        waiting = [letter.id for case in cases for letter in letters_of(connection, case.id) if letter.state == "queued"]
    for letter in waiting:
        post.send(desk, letter)
    return len(waiting)


def operator(app: App, folder: Path) -> tuple[str, str]:
    """Address and password of an operator's account of the demonstration, made anew at each run."""
    email, password = f"maeve.{secrets.token_hex(3)}@{folder.name}.example.test", secrets.token_urlsafe(18)
    program = app.check(folder).program
    with app.own.connection() as connection:
        account = add(connection, "Maeve Orr", email, "privacy-lead", app.settings.now())
        set_password(connection, account.ref, password, rules_of(program), app.settings.now())
    return email, password


def serve_it(terminal: Terminal, app: App, folder: Path, port: int) -> int:
    """Everything is served until it is stopped: board, notice, privacy centre, console, and the work behind them."""
    from upheld.faces.server import Log, Serving, serve_all

    email, password = operator(app, folder)
    base = f"http://127.0.0.1:{port}"
    app.settings = replace(app.settings, public_url=base)

    def listening(address: str) -> None:
        terminal.say(
            f"The board is at {address}",
            f"People ask at  {address}your-data",
            f"Operators work at  {address}console  ({email}, password {password})",
        )

    terminal.say("", "Serving. Ctrl-C ends it.")
    serve_all(app, folder, Serving(port=port), listening, Log(io.StringIO()))
    return Exit.WELL
