"""The privacy centre over a filled firm, without a socket; and a worker that does what waits."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.desk.conftest import Desked, at_desk
from tests.desk.test_thin_path import letters, token_in
from tests.examples.firms import NOW, folder_of
from tests.examples.running import running
from upheld.duties.requests import Case
from upheld.faces.app import App, Settings
from upheld.faces.app.desk import Desk
from upheld.faces.app.parts import build_application
from upheld.faces.site.centre import Limits, centre_part
from upheld.records.own import EmbeddedServer, on_server

LINK = re.compile(r"/your-data/request/([\w-]{43})")
PLENTY = Limits(asks=10_000, wrong=10_000, files=10_000)


def visited(desk: Desk, limits: Limits = PLENTY) -> TestClient[Litestar]:
    """A visitor of the centre over this desk, with a browser that has just been started; nothing was counted before."""
    with desk.own.connection() as connection:
        connection.execute("DELETE FROM rate_count")
    return TestClient(build_application([centre_part(desk, limits)]), base_url="http://127.0.0.1:8080")


@dataclass(frozen=True)
class Centre:
    """A visitor's browser without scripts, and what stands behind the pages."""

    visitor: TestClient[Litestar]
    desked: Desked

    def form(self, place: str = "eu-gdpr") -> dict[str, str]:
        """The hidden number of a form that was just shown, and nothing typed."""
        text = self.visitor.get(f"/your-data?place={place}").text
        found = re.search(r'name="form" value="([\w-]+)"', text)
        assert found
        return {"form": found[1], "for": "self"}

    def send(self, place: str = "eu-gdpr", **fields: object) -> str:
        """The link of the case that a filled form opened."""
        given = {**self.form(place), **{name.replace("_", "-"): value for name, value in fields.items()}}
        answer = self.visitor.post(f"/your-data?place={place}", data=given, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        found = LINK.search(answer.headers["location"])
        assert found
        return found[1]

    def case(self, link: str) -> Case:
        found = self.desked.desk.by_link(link)
        assert found is not None
        return found

    def letter(self, link: str, page: str) -> str:
        """The token of the newest letter's link to this page."""
        case = self.case(link)
        return next(token_in(text, page) for _, text in reversed(letters(self.desked, case.id)) if f"/{page}/" in text)

    def page(self, link: str, **query: str) -> str:
        answer = self.visitor.get(f"/your-data/request/{link}", params=query)
        assert answer.status_code == 200
        return html.unescape(answer.text)


@pytest.fixture(scope="package")
def desked(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desked]:
    with running("qualer", pg, own_template, tmp_path_factory.mktemp("centre")) as firm:
        yield at_desk(firm)


@pytest.fixture(scope="package")
def centre(desked: Desked) -> Iterator[Centre]:
    with visited(desked.desk) as visitor:
        yield Centre(visitor, desked)


@pytest.fixture(scope="package")
def desk_of(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Desk]]:
    """The desk of an example whose stores are not there, made at the first call: its notice, its law, its cases."""
    made: dict[str, tuple[App, Desk, str]] = {}

    def desk(example: str) -> Desk:
        if example not in made:
            name = f"own_{uuid4().hex[:12]}"
            on_server(pg, name, template=own_template).let_go()
            here = tmp_path_factory.mktemp(example)
            app = App(Settings(pg.url(name, "upheld_app"), pg.url(name), here, now=lambda: NOW))
            made[example] = app, Desk(app, folder_of(example)), name
        return made[example][1]

    yield desk
    for app, _, name in made.values():
        app.close()
        pg.drop_database(name)
