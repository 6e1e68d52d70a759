"""The console over a small filled firm, with one account a role; by Litestar's own client where no browser is needed."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from litestar import Litestar
from litestar.testing import TestClient

from tests.desk.conftest import Desked, desked, filled
from upheld.duties.requests import Case
from upheld.faces.app.desk import Asked
from upheld.faces.app.parts import build_application
from upheld.faces.console import console_part
from upheld.faces.site import pages_of
from upheld.faces.site.routes import site_part
from upheld.records import staff
from upheld.records.staff import passwords
from upheld.records.staff.model import ROLES, Role
from upheld.records.staff.passwords import PasswordRules

__all__ = ["desked", "filled"]  # fixtures of the desk

PASSWORD = "three wet umbrellas hum"
PEOPLE = {"privacy-lead": "Maeve Orr", "verifier": "Tomasz Wilk", "operator": "Ines Carvalho", "auditor": "Joan Abara"}
ROLE_LIST: tuple[Role, ...] = tuple(ROLES)


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    """argon2id with the least memory: what is tested here is not how long a guess takes."""
    before, passwords._hasher = passwords._hasher, passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords._NOBODY.clear()
    yield
    passwords._hasher = before
    passwords._NOBODY.clear()


@dataclass(slots=True)
class Consoled:
    """The console of a firm: its application, its desk, the accounts by role."""

    application: Litestar
    desked: Desked
    accounts: dict[str, staff.Account] = field(default_factory=dict)

    def asks(self, right: str = "answer-to-question", name: str = "Zq81 Quillfeather", **more: Any) -> Case:
        """A request that came in by letter; what is wanted of the asker is said, so that a question is ready at once."""
        given: dict[str, Any] = {
            "rights": (right,), "regime": "eu-gdpr", "channel": "letter", "received_at": self.desked.clock(),
            "details": {"name": name, "words": "Zq81 words: how long do you keep it?"}, **more,
        }  # fmt: skip
        return self.desked.desk.open(Asked(**given)).case

    def account(self, role: str = "operator") -> staff.Account:
        """One more account, with the password of all."""
        now = self.desked.clock()
        with self.desked.desk.own.connection() as connection:
            name = f"{PEOPLE[role]} {len(self.accounts)}"
            made = staff.add(connection, name, f"{name.replace(' ', '.').lower()}@desk.example.test", role, now)
            staff.set_password(connection, made.ref, PASSWORD, PasswordRules(), now)
        self.accounts[made.ref] = made
        return made


@pytest.fixture(scope="module")
def consoled(desked: Desked) -> Consoled:
    desk = desked.desk
    pages = pages_of(desked.firm.app, desked.firm.folder)
    made = Consoled(build_application([site_part(pages), console_part(desked.firm.app, desk, pages)]), desked)
    for role in ROLE_LIST:
        made.accounts[role] = made.account(role)
    return made


class Visitor:
    """A browser without a screen: keeps cookies, sends each form with its token."""

    def __init__(self, application: Litestar) -> None:
        self.client: TestClient[Any] = TestClient(
            application, raise_server_exceptions=False, base_url="http://testserver.local"
        )

    def get(self, path: str) -> Any:
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, token: str | None = None, **fields: Any) -> Any:
        sent = {"_csrf_token": self.client.cookies.get("upheld-form", "") if token is None else token, **fields}
        return self.client.post(
            path, data={key: value for key, value in sent.items() if value is not None}, follow_redirects=False
        )

    def enter(self, email: str, password: str = PASSWORD, to: str = "") -> Any:
        self.get("/console/sign-in")
        return self.post("/console/sign-in", email=email, password=password, to=to)


@pytest.fixture
def visitor(consoled: Consoled) -> Iterator[Callable[[str], Visitor]]:
    """A visitor who is signed in with an account of this role; empty: nobody."""
    with contextlib.ExitStack() as stack:

        def visit(role: str = "") -> Visitor:
            made = Visitor(consoled.application)
            stack.enter_context(made.client)
            if role:
                assert made.enter(consoled.accounts[role].email).status_code == 303
            return made

        yield visit


@contextlib.contextmanager
def listening(application: Litestar) -> Iterator[str]:
    """The address of the application on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="critical", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def said(html: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
