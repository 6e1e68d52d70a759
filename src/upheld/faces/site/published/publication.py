"""Editions of one notice become its pages: the notice as it stands, each earlier version, what changed in between, and the forms for machines.

A page is a function of editions and links alone, so that a folder of files and the running site show the same. Every page works without scripts,
without any other host, on paper, and from any folder. Must never: say of the firm what the notice does not say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from upheld.engine.estate.draw import MAP_CSS
from upheld.faces.board import words
from upheld.faces.board.page import stylesheet
from upheld.faces.site.published.edition import Edition
from upheld.faces.site.published.shifts import Shifts
from upheld.faces.site.published.well_known import well_known
from upheld.language.promises import to_json
from upheld.language.promises.linked import to_jsonld

MARK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M6 1h4v14H6z" fill="#14613c"/></svg>'
NOTICE, VERSIONS, CHANGES = "index.html", "versions/index.html", "changes/index.html"
PROGRAM, LINKED, LISTED = "notice.json", "notice.jsonld", "versions/index.json"
STYLE, ICON = "assets/board.css", "assets/mark.svg"
DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published of one notice. `editions`: every version, the first first; the last is the one that stands.

    `changes[n]` is what version n + 2 changed. `note`: the signed checkpoint of the ledger. `board`: the address where each sentence's proof
    stands, or empty. `address`: where the notice's page stands on the web, or empty; `centre`: where a person asks for her rights.
    """

    firm: str
    editions: tuple[Edition, ...]
    changes: tuple[Shifts, ...] = ()
    note: str = ""
    board: str = ""
    address: str = ""
    centre: str = ""

    @property
    def current(self) -> Edition:
        return self.editions[-1]


def pages_of_notice(given: Publication, root: str | None = None) -> Mapping[str, Callable[[], bytes]]:
    """Path → what makes the file. `root` is the folder's own address, as pages link to it; None: links are relative to each page."""
    current = given.current

    def page(template: str, path: str, edition: Edition | None = None) -> Callable[[], bytes]:
        return lambda: _page(given, template, root, path, edition)

    found = {
        NOTICE: page("notice.html", NOTICE, current),
        VERSIONS: page("versions.html", VERSIONS),
        PROGRAM: lambda: to_json(current.program),
        LINKED: lambda: to_jsonld(current.program, given.address),
        STYLE: lambda: (stylesheet() + MAP_CSS).encode(),
        ICON: MARK.encode,
        LISTED: lambda: json.dumps([_as_json(each) for each in given.editions], indent=1).encode(),
    }
    if len(given.editions) > 1:
        found[CHANGES] = page("changes.html", CHANGES)
    for edition in given.editions:
        path = f"versions/{edition.number or DRAFT}/index.html"
        found[path] = page("notice.html", path, edition)
    for path, text in well_known(current).items():
        found[path] = partial(bytes, text)
    return found


def _page(given: Publication, template: str, root: str | None, path: str, edition: Edition | None = None) -> bytes:
    up = root if root is not None else ("../" * path.count("/")).rstrip("/") or "."
    # A folder is opened from a disk too, where no server adds the name of the page.
    end = "" if root is not None else "index.html"
    shown = {
        "given": given,
        "current": given.current,
        "version": given.current.version,
        "root": up,
        "end": end,
        "here": path,
        "words": words,
        "edition": edition,
    }
    return _templates().get_template(template).render(**shown).encode()


def _as_json(edition: Edition) -> dict[str, object]:
    version = edition.version
    return {
        "number": edition.number,
        "updated": version.updated.isoformat(),
        "effective": version.effective.isoformat(),
        "published": edition.published.isoformat() if edition.published else None,
        "digest": edition.program.digest,
    }


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("upheld.faces.site.published"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
