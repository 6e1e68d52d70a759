"""The API over a firm whose stores nobody reaches: enough for cases, tokens and addresses, and made in no time."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.api.agents import write_agents
from tests.desk.conftest import Clock
from tests.examples.firms import folder_of
from upheld.faces.api import api_part, drp_part
from upheld.faces.api.bearers import acts_of
from upheld.faces.app import App, Settings
from upheld.faces.app.desk import Desk
from upheld.faces.app.errors import Unusable
from upheld.faces.app.parts import build_application
from upheld.records import staff
from upheld.records.own import EmbeddedServer, on_server
from upheld.records.staff.tokens import make_token

OF_ROLE = {
    "privacy-lead": ("read", "intake", "work", "verify", "admin"),
    "verifier": ("read", "intake", "verify"),
    "operator": ("read", "intake", "work"),
    "auditor": ("read",),
}


@dataclass(slots=True)
class Served:
    """The API of a desk, its clock, and a token a role."""

    application: Litestar
    client: TestClient[Any]
    desk: Desk
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, role: str = "privacy-lead", **more: Any) -> Any:
        """An answer of the API, asked with this role's token; empty: with none."""
        headers = {**more.pop("headers", {}), **({"Authorization": f"Bearer {self.tokens[role]}"} if role else {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    def token(self, role: str, scopes: tuple[str, ...]) -> str:
        """A token of a new account of this role."""
        with self.desk.own.connection() as connection:
            name = f"Zq{len(self.tokens)} {role}"
            made = staff.add(connection, name, f"{uuid.uuid4().hex}@desk.example.test", role, self.clock())
            return make_token(connection, made, "a program", acts_of(scopes), self.clock() + timedelta(days=300), self.clock())

    def work(self) -> None:
        """What waits now is done, in this thread; stores and recipients are out of reach."""
        handlers = self.desk.in_background().handlers
        while True:
            with self.desk.own.transaction() as connection:
                row = connection.execute(
                    "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = (SELECT id FROM procrastinate_jobs WHERE status = 'todo' "
                    "AND (scheduled_at IS NULL OR scheduled_at <= %s) ORDER BY id LIMIT 1) RETURNING task_name, args",
                    [self.clock()],
                ).fetchone()
            if row is None:
                return
            name, ids = row
            if name == "later":
                name, ids = ids["task"], ids["ids"]
            if name in handlers:
                with contextlib.suppress(Unusable):  # what asks the firm's stores waits: they are out of reach
                    handlers[name](ids)


@pytest.fixture(scope="package")
def served(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    name, folder, clock = f"own_{uuid.uuid4().hex[:12]}", tmp_path_factory.mktemp("api"), Clock()
    on_server(pg, name, template=own_template).let_go()
    app = App(
        Settings(
            pg.url(name, "upheld_app"),
            pg.url(name, "upheld_owner"),
            folder,
            {},
            origin="ledger.example.test/api",
            public_url="https://privacy.example.test",
            now=clock,
        )
    )
    firm = tmp_path_factory.mktemp("firm") / "qualer"
    shutil.copytree(folder_of("qualer"), firm)
    write_agents(firm)
    desk = Desk(app, firm)
    application = build_application([api_part(desk, a_minute=1_000_000), drp_part(desk)])
    with TestClient(application, raise_server_exceptions=False) as client:
        made = Served(application, client, desk, clock)
        for role, scopes in OF_ROLE.items():
            made.tokens[role] = made.token(role, scopes)
        yield made
    app.close()
    pg.drop_database(name)
