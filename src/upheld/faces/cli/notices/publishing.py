"""`publish`: the folder's notice becomes its next version on record, and its pages a folder that any web server can serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from upheld.faces.app import Exit
from upheld.faces.app.checking import diagnostic_as_json
from upheld.faces.app.versions import Published
from upheld.faces.cli.command_line import Context, JsonFlag, guarded
from upheld.faces.cli.terminal import Terminal
from upheld.language.diagnostic import counted

Folder = Annotated[Path, typer.Argument(help="The firm's folder, which holds notice.md.", show_default=False)]


def add_publishing(line: typer.Typer) -> None:
    """Hang the command into the command line."""
    line.command()(guarded(publish))


def publish(
    ctx: typer.Context,
    folder: Folder = Path("."),
    to: Annotated[Path, typer.Option("--to", help="A folder for the pages: empty, not there yet, or pages of before.")] = Path(
        "published"
    ),
    by: Annotated[
        str, typer.Option(help="Who publishes: a role of the roster. Not given: the officer, else the controller.")
    ] = "",
    because: Annotated[str, typer.Option(help="What the change is for; shown with the version.")] = "",
    address: Annotated[str, typer.Option(help="Where the pages will stand on the web, for the names in the linked data.")] = "",
    board: Annotated[str, typer.Option(help="Where the board stands on the web; each sentence then links to its proof.")] = "",
    as_json: JsonFlag = False,
) -> int:
    """Publish a notice: the next numbered, dated version on record, and its pages with all versions and what changed between them.

    The same text published again changes nothing on record and makes the pages anew.
    """
    # Beside the site, which brings a web framework; the other commands shall not wait for it.
    from upheld.faces.site.published import refuse_other, write_pages
    from upheld.faces.site.published.of_register import published_of

    context: Context = ctx.obj
    refuse_other(to)
    published = context.make_app().publish(folder, by, because)
    if published.version is None:
        return _refused(context.terminal, published, as_json)
    pages = published_of(published.versions, published.checkpoint, board, address)
    assert pages is not None, "what was published has a version"
    written = write_pages(pages, to)
    given = published.registered
    if as_json:
        context.terminal.json(
            {
                "notice": given.notice,
                "version": given.number,
                "fresh": published.fresh,
                "updated": given.updated.isoformat(),
                "effective": given.effective.isoformat(),
                "digest": given.program_digest,
                "leaf": given.leaf,
                "to": str(to),
                "written": written,
                "diagnostics": [],
            }
        )
        return Exit.WELL
    was = "is published" if published.fresh else "stood already; its pages were made anew"
    context.terminal.say(
        f"version {given.number} of {given.notice}, updated {given.updated}, {was}.",
        f"written  {counted(len(written), 'file')} in {to}",
    )
    return Exit.WELL


def _refused(terminal: Terminal, published: Published, as_json: bool) -> int:
    if as_json:
        found = [diagnostic_as_json(one) for one in published.diagnostics]
        terminal.json({"notice": None, "version": None, "fresh": False, "to": None, "written": [], "diagnostics": found})
        return Exit.BROKEN
    terminal.diagnostics(published.diagnostics)
    terminal.say("Nothing was published, and nothing was written.")
    return Exit.BROKEN
