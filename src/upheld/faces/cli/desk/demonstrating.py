"""The demonstration's people ask, as they would in the privacy centre, and an operator gets an account to answer them with.

Who they are stands in the stores that the demonstration made; identity counts as proven by the session that a real firm's application would have given.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from upheld.faces.app import App, Exit
from upheld.faces.app.desk import Asked, Desk
from upheld.faces.cli.terminal import Terminal
from upheld.records.staff import add, set_password
from upheld.records.staff.passwords import rules_of

ASKED = ("access", "erasure", "objection", "answer-to-question")
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


def ask_and_answer(terminal: Terminal, app: App, folder: Path, regime: str, line: Callable[[int], str]) -> None:
    """A few cases stand on the desk: what can be done without a person is done, the rest waits for one."""
    desk = Desk(app, folder)
    known = {offer.right for offer in desk.menu(regime)}
    rows = []
    for number, right in enumerate((right for right in ASKED if right in known), start=FIRST):
        details = {**SAID, "account": line(number), "email": f"ada.{number}@example.test"}
        asked = Asked((right,), regime, "web", desk.now, details, country=COUNTRIES.get(regime, ""), signed_in=True)
        case = desk.open(asked).case
        desk.go_on(case.number)
        case = desk.case(case.number)
        rows.append((case.id, right.replace("-", " "), case.state, f"{case.answer_by:%-d %B %Y}" if case.answer_by else ""))
    terminal.table(("request", "right", "stands at", "answer by"), rows)
    terminal.say("Letters wait in the outbox: no mail server is set.")


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
