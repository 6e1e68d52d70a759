"""The console over a small filled firm, with one account a role; by Litestar's own client where no browser is needed."""

from __future__ import annotations

import contextlib
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from litestar import Litestar
from litestar.testing import TestClient

from tests.desk.conftest import Clock, Desked, desked, filled
from tests.examples.firms import folder_of
from tests.examples.running import Running
from upheld.duties.requests import Case
from upheld.faces.app import App, Settings
from upheld.faces.app.desk import Asked, Desk
from upheld.faces.app.parts import build_application
from upheld.faces.console import console_part
from upheld.faces.site import pages_of
from upheld.faces.site.routes import site_part
from upheld.records import staff
from upheld.records.own import EmbeddedServer, on_server
from upheld.records.staff import limits, passwords
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
    tries, limits.PER_ADDRESS = limits.PER_ADDRESS, 1000  # all come from one address
    passwords._NOBODY.clear()
    yield
    passwords._hasher, limits.PER_ADDRESS = before, tries
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

    def work(self) -> None:
        """What waits is done, but for what recipients are told: the tests of this room tell nobody."""
        handlers = self.desked.desk.in_background().handlers
        while True:
            with self.desked.desk.own.transaction() as connection:
                row = connection.execute(
                    "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = (SELECT id FROM procrastinate_jobs WHERE status = 'todo' "
                    "AND (scheduled_at IS NULL OR scheduled_at <= %s) ORDER BY id LIMIT 1) RETURNING task_name, args",
                    [self.desked.clock()],
                ).fetchone()
            if row is None:
                return
            name, ids = row
            if name == "later":
                name, ids = ids["task"], ids["ids"]
            if name in handlers:
                handlers[name](ids)

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
    """The console of a firm whose stores are filled."""
    return _over(desked)


@pytest.fixture(scope="module")
def bare(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consoled]:
    """The same over stores that nobody reaches: enough for accounts and addresses, and made in no time."""
    name, folder, clock = f"own_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("bare"), Clock()
    on_server(pg, name, template=own_template).let_go()
    app = App(
        Settings(
            pg.url(name, "upheld_app"), pg.url(name, "upheld_owner"), folder, {}, origin="ledger.example.test/bare", now=clock
        )
    )
    yield _over(Desked(Desk(app, folder_of("qualer")), Running(folder_of("qualer"), {}, app, folder), clock, lambda: 0))
    app.close()
    pg.drop_database(name)


def _over(desked: Desked) -> Consoled:
    pages = pages_of(desked.firm.app, desked.firm.folder)
    parts = [site_part(pages), console_part(desked.firm.app, desked.desk, pages)]
    made = Consoled(build_application(parts), desked)
    for role in ROLE_LIST:
        made.accounts[role] = made.account(role)
    return made


class Visitor:
    """A browser without a screen: keeps cookies, sends each form with its token."""

    def __init__(self, application: Litestar) -> None:
        self.client: TestClient[Any] = TestClient(
            application, raise_server_exceptions=False, base_url="http://testserver.local"
        )

    def get(self, path: str, language: str = "en") -> Any:
        return self.client.get(path, headers={"accept-language": language}, follow_redirects=False)

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
