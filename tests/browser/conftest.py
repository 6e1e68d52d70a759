"""One browser and one small firm for all tests of the pages: proved, served, one person answered.

The browser is the system's chromium; none is ever downloaded. Without one the tests are skipped, and red where CI is set.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.board import larkspur
from tests.board.firm import FIRM, fill
from tests.site.test_site import pages
from upheld.faces.app import App, Settings
from upheld.faces.board import checked_program, prove, render_board
from upheld.faces.board.of_app import probe_context
from upheld.faces.board.probes import PROBES
from upheld.faces.site import pages_of, running_site
from upheld.records.own import EmbeddedServer, on_server

# What these pages need to have been tried; the canary's asks cost more than all other probes together.
QUICK = tuple(probe for probe in PROBES if probe.name in ("ledger-integrity", "estate-classified", "page-shown", "law-clock"))
ASKER = {"table": "platform.customers", "key": {"id": 7}}


@dataclass(frozen=True)
class Firm:
    """`site` ends with a slash; `board` and `package` are addresses of files."""

    site: str
    board: str
    package: str


@pytest.fixture(scope="session")
def firm(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """The example firm with 60 customers: two stores, a ledger, a proved board, one access answered."""
    folder = tmp_path_factory.mktemp("pages")
    own, platform = f"own_{uuid.uuid4().hex[:12]}", f"firm_{uuid.uuid4().hex[:12]}"
    pg.create_database(platform)
    # Its own database is not the embedded one of an installation, so that no second server starts.
    on_server(pg, own, template=own_template).let_go()
    urls = {"UPHELD_PLATFORM_URL": pg.url(platform, "upheld_firm"), "UPHELD_WEB_URL": f"sqlite:///{folder / 'web.sqlite'}"}
    fill(*urls.values())
    app = App(Settings(pg.url(own, "upheld_app"), pg.url(own), folder, urls, origin="ledger.example.test/qualer"))
    planned = app.plan(FIRM, "access", [json.dumps(ASKER)], "eu-gdpr")
    app.access(FIRM, planned.ask, folder / "packages", lambda *_, **__: None)
    checked, program = checked_program(app, FIRM)
    with running_site(pages_of(app, FIRM)) as site:
        board = prove(probe_context(app, checked, program, lambda: pg, site), QUICK)
        page = folder / "board.html"
        page.write_text(render_board(board, program), encoding="utf-8")
        yield Firm(site, page.as_uri(), next((folder / "packages").glob("*/index.html")).as_uri())
    app.close()
    pg.drop_database(platform)
    pg.drop_database(own)


@pytest.fixture(scope="session")
def seven(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a board file that has a clause of each of the seven states."""
    path = Path(tmp_path_factory.mktemp("seven")) / "board.html"
    path.write_text(render_board(larkspur.board(), larkspur.program()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="session")
def seven_served() -> Iterator[str]:
    """Address of a site whose board has a clause of each of the seven states."""
    with running_site(pages()) as address:
        yield address


def visible(page: Any, selector: str) -> int:
    """How many elements of the selector can be seen."""
    return int(page.locator(selector).locator("visible=true").count())


def follow(page: Any, selector: str) -> None:
    """The link is pressed and its place reached; a click alone does not wait for the page that it leads to."""
    with page.expect_navigation():
        page.click(selector)
