"""The privacy centre over a filled firm, without a socket; and a worker that does what waits."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from litestar.testing import TestClient

from tests.desk.conftest import Desked, desked, filled  # noqa: F401
from tests.desk.test_thin_path import letters, token_in
from upheld.duties.requests import Case
from upheld.faces.app.parts import build_application
from upheld.faces.site import pages_of
from upheld.faces.site.centre import Limits, centre_part
from upheld.faces.site.routes import site_part

LINK = re.compile(r"/your-data/request/([\w-]{43})")
PLENTY = Limits(asks=10_000, wrong=10_000, files=10_000)


@dataclass(frozen=True)
class Centre:
    """A visitor's browser without scripts, and what stands behind the pages."""

    visitor: TestClient
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


@pytest.fixture(scope="module")
def centre(desked: Desked) -> Iterator[Centre]:  # noqa: F811
    parts = [site_part(pages_of(desked.desk.app, desked.firm.folder)), centre_part(desked.desk, PLENTY)]
    with TestClient(build_application(parts), base_url="http://127.0.0.1:8080") as visitor:
        yield Centre(visitor, desked)
