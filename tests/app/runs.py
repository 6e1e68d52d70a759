"""Calls of the library, each in a process of its own, with a clock and points at which the process is killed, held up or cut off."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from upheld.faces.app import App, from_environment
from upheld.faces.app.cases import Case
from upheld.faces.app.errors import trouble_of
from upheld.language.promises.model import Citation
from upheld.records.people.holds import Hold, accept_hold

PATIENCE_S = 240


def run(said: str) -> int:
    """`{"call": "erase" | "access" | "hold", …}`; prints the answer, returns the exit code that a command would have."""
    given = json.loads(said)
    app = app_of(given)
    try:
        return CALLS[given["call"]](app, given)
    except Exception as error:
        trouble = trouble_of(error)
        print(json.dumps(trouble.as_json()))
        return trouble.exit
    finally:
        app.close()


def app_of(given: dict[str, Any]) -> App:
    later = timedelta(days=given.get("days", 0))
    settings = replace(from_environment(os.environ), now=lambda: datetime.now(UTC) + later, failpoint=failpoint(given))
    return App(settings)


def failpoint(given: dict[str, Any]) -> Callable[[str], None]:
    """At the nth passing of `at`: killed, held up until a file appears, or a connection is cut."""
    passed = 0

    def at(point: str) -> None:
        nonlocal passed
        passed += point == given.get("at")
        if point != given.get("at") or passed != given.get("nth", 1):
            return
        match given["then"]:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "wait":
                place = Path(given["place"])
                (place / "reached").touch()
                wait_for(place / "go")
            case "cut":
                cut(os.environ[given["address"]])

    return at


def wait_for(file: Path) -> None:
    """The file is there."""
    until = time.monotonic() + PATIENCE_S
    while not file.exists():
        if time.monotonic() > until:
            raise TimeoutError(file.name)
        time.sleep(0.01)


def cut(address: str) -> None:
    """Every other connection to this database is gone, as when its server falls over."""
    with psycopg.connect(address) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND usename = current_user"
        )


def erase(app: App, given: dict[str, Any]) -> int:
    ended = app.erase(Path(given["folder"]), given["ask"], given["plan"], given.get("resume", False), lambda *_, **__: None)
    print(json.dumps(ended.as_json()))
    return ended.exit


def correct(app: App, given: dict[str, Any]) -> int:
    ended = app.correct(Path(given["folder"]), given["ask"], given["plan"], given.get("resume", False), lambda *_, **__: None)
    print(json.dumps(ended.as_json()))
    return ended.exit


def access(app: App, given: dict[str, Any]) -> int:
    ended = app.access(Path(given["folder"]), given["ask"], Path(given["to"]), lambda *_, **__: None)
    print(json.dumps(ended.as_json()))
    return ended.exit


def hold(app: App, given: dict[str, Any]) -> int:
    """A case's hold on the people of an ask is accepted; a file says when."""
    with app.own.transaction() as connection:
        refs = [row[0] for row in connection.execute("SELECT subject FROM ask_subject WHERE ask = %s", [given["ask"]])]
        case = Hold(
            "case-7",
            "litigation",
            "harbour.keep.2",
            Citation("GDPR", "17(3)(e)"),
            ("purchase",),
            date(2031, 1, 1),
            frozenset(refs),
        )
        Path(given["place"], "asked").touch()
        accept_hold(connection, case, app.settings.now())
    Path(given["place"], "accepted").touch()
    return 0


def plan_and_erase(app: App, given: dict[str, Any]) -> int:
    """An erasure from its ask to its end, on another day."""
    planned = app.plan(Path(given["folder"]), "erasure", given["lines"], None)
    return erase(app, {**given, "ask": planned.ask, "plan": planned.digest})


def replay(app: App, given: dict[str, Any]) -> int:
    came = app.replay(Path(given["folder"]), given["store"], given["taken"], given["plan"], lambda *_, **__: None)
    print(json.dumps(came.as_json()))
    return came.exit


def accept(app: App, given: dict[str, Any]) -> int:
    """A hold as a command accepts it; files say when it was asked for, and what it said."""
    said = [json.dumps({"table": "shop.customers", "key": {"id": one}}) for one in given["people"]]
    Path(given["place"], "asked").touch()
    case = Case("legal-obligation", ("case-text",), "2031-01-01", "GDPR 17(3)(e)")
    accepted = app.accept_hold(Path(given["folder"]), said, case)
    Path(given["place"], "accepted").write_text(json.dumps(accepted.as_json()))
    return 0


def retain(app: App, given: dict[str, Any]) -> int:
    ended = app.retain_run(Path(given["folder"]), given["plan"], lambda *_, **__: None)
    print(json.dumps(ended.document))
    return ended.exit


CALLS: dict[str, Callable[[App, dict[str, Any]], int]] = {
    "erase": erase, "access": access, "hold": hold, "accept": accept, "plan and erase": plan_and_erase, "replay": replay, "retain": retain, "correct": correct,
}  # fmt: skip
