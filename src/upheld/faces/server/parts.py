"""The parts that there are. Whoever has addresses joins them here, in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from upheld.faces.api import api_part, drp_part
from upheld.faces.app import App
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.standing import CENTRE
from upheld.faces.app.parts import Part
from upheld.faces.console import console_part
from upheld.faces.site import pages_of
from upheld.faces.site.centre import centre_part
from upheld.faces.site.mine import mine_part
from upheld.faces.site.recipients import recipients_part
from upheld.faces.site.routes import site_part


def parts_of(app: App, folder: Path) -> tuple[Part, ...]:
    """Every part of a server for `folder`, but for its own state. NotNow if the folder has errors."""
    pages, desk = replace(pages_of(app, folder), centre=CENTRE), Desk(app, folder)
    of_people = (site_part(pages), centre_part(desk), mine_part(desk), recipients_part(desk), console_part(app, desk, pages))
    return (*of_people, api_part(desk), drp_part(desk))
