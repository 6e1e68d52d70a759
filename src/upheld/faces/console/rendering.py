"""Values become a page of the console, in its frame: who is signed in, where one is, the form's token.

The frame, estate and ledger pages share their templates with the public site; the console brings its own frame under the same name, so that a
page looks at home in both. Jinja2 escapes everything; nothing that a person wrote is ever marked safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import Request
from litestar.template.base import csrf_token

from upheld.engine.estate.draw import MAP_CSS
from upheld.faces.app import App
from upheld.faces.app.desk import Desk
from upheld.faces.board.page import stylesheet
from upheld.faces.console.tongue import LANGUAGES_SHOWN, Tongue, country_name, tongue_of
from upheld.faces.site import Pages
from upheld.records.staff import Account, may

HOME = "/console"
MORE = re.compile(r" and (\d+) more$")  # how a plan's reasons are cut short
TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))  # Unicode UAX 9: embeddings, overrides, isolates
# Which registers have something to read: a page that would be empty for ever is not on the menu.
THERE = (
    "SELECT EXISTS (SELECT FROM person_choice), EXISTS (SELECT FROM kept_row), EXISTS (SELECT FROM incident), "
    "EXISTS (SELECT FROM decision_review)"
)
# One file of both, for htmx looks at the page once it has run: an extension that came as a file of its own could come too late.
SCRIPT, PARTS = "live.js", ("htmx.min.js", "hx-sse.min.js")


@dataclass(frozen=True, slots=True)
class Console:
    """What every page is made from."""

    app: App
    desk: Desk
    pages: Pages


def page(console: Console, request: Request[Any, Any, Any], template: str, **values: object) -> str:
    """The page as HTML. `account` is None where nobody is signed in."""
    account = values.pop("account", None) or request.scope.get("user")
    say = tongue_of(request)
    return (
        _templates(say)
        .get_template(template)
        .render(
            {
                "title": console.pages.title,
                "firm": console.pages.firm,
                "account": account,
                "menu": menu(console, account) if isinstance(account, Account) and "menu" not in values else (),
                "here": request.url.path,
                "csrf": csrf_token({"request": request}),
                "stylesheet": address_of("console.css"),
                "icon": address_of("mark.svg"),
                "scripts": (),
                "words": say,
                "language": say.language,
                "countries": lambda codes: say.several(country_name(say.language, code) for code in codes),
                "named": lambda ids: _named(console, say, ids),
                "tongues": LANGUAGES_SHOWN,
                "home": HOME,
                **values,
            }
        )
    )


def _named(console: Console, say: Tongue, ids: Iterable[str]) -> str:
    """Ids in words, commas between: the desk's own by its messages, the notice's by its labels."""
    labels = console.desk.labels
    return ", ".join(say.words_of(id) if say.knows(id) else labels.word(id, say.language) for id in ids)


def menu(console: Console, account: Account) -> tuple[tuple[str, str], ...]:
    """The pages that have something to show here, and that this role may see. One statement."""
    found = [("Desk", f"{HOME}/desk"), ("Board", f"{HOME}/board")]
    if console.pages.estate is not None:
        found.append(("Estate", f"{HOME}/estate"))
    found.append(("Recipients", f"{HOME}/recipients"))
    with console.app.own.connection() as connection:
        choices, kept, incidents, decisions = connection.execute(THERE).fetchone() or (False,) * 4
    for name, there in (("Choices", choices), ("Retention", kept), ("Incidents", incidents)):
        found += [(name, f"{HOME}/{name.lower()}")] if there else []
    if decisions and may(account.role, "approve"):
        found.append(("Decisions", f"{HOME}/decisions"))
    if console.pages.checkpoint is not None:
        found.append(("Ledger", f"{HOME}/ledger"))
    if may(account.role, "staff"):
        found.append(("Staff", f"{HOME}/staff"))
    return tuple(found)


def asset(name: str) -> str:
    """The text of a file that pages load; KeyError where there is none of the name."""
    if name == "console.css":
        return stylesheet() + MAP_CSS + _file("console.css")
    if name == SCRIPT:
        return ";\n".join(_file(part) for part in PARTS)
    raise KeyError(name)


def address_of(name: str) -> str:
    """The address of a file, with a mark of its contents, so that browsers take the new one after an update."""
    return f"{HOME}/assets/{name}?{_mark(name)}"


@cache
def _mark(name: str) -> str:
    return sha256(asset(name).encode()).hexdigest()[:8] if name != "mark.svg" else "1"


@cache
def _file(name: str) -> str:
    return files("upheld.faces.console").joinpath("assets", name).read_text(encoding="utf-8")


def _upright(value: object) -> object:
    """What is shown, without the signs that turn the letters after them round: a name could make a line say something else."""
    return value.translate(TURNING) if isinstance(value, str) else value


@cache
def _templates(say: Tongue) -> Environment:
    made = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("upheld.faces.console"),
                PackageLoader("upheld.faces.site"),
                PackageLoader("upheld.faces.board"),
            ]
        ),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        finalize=_upright,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = say
    made.filters["because"] = lambda text: MORE.sub(lambda more: " " + say("and {number} more", number=more[1]), text)
    made.filters["large"] = lambda text: text[:1].upper() + text[1:]
    return made
