"""Commands about notices themselves: their machine forms, versions, pages and the law under them."""

import typer

from upheld.faces.cli.notices.attesting import add_attesting
from upheld.faces.cli.notices.comparing import add_comparing
from upheld.faces.cli.notices.crawling import add_crawling
from upheld.faces.cli.notices.exporting import add_exporting
from upheld.faces.cli.notices.law import add_law
from upheld.faces.cli.notices.publishing import add_publishing

__all__ = ["add_notices"]


def add_notices(line: typer.Typer) -> None:
    """Hang the commands of this room into the command line."""
    add_publishing(line)
    add_comparing(line)
    add_exporting(line)
    add_law(line)
    add_attesting(line)
    add_crawling(line)
