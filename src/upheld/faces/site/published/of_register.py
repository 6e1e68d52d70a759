"""Versions on record, or a folder that nobody published yet, become the pages of a notice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from upheld.faces.app import Checked
from upheld.faces.app.versions import Version
from upheld.faces.app.versions.comparing import between, roster_of
from upheld.faces.site.published.edition import Edition, edition_of
from upheld.faces.site.published.publication import Publication
from upheld.faces.site.published.shifts import Shifts, shifts_of
from upheld.language.law import load_law
from upheld.language.promises.model import NoticeVersion

_COMPARED: dict[tuple[str, str], Shifts] = {}
_LAID_OUT: dict[tuple[str, str], Edition] = {}


def firm_of(version: NoticeVersion) -> str:
    """The firm's name as the head of a page says it: as the notice's title writes it, else the controller's id in words."""
    said = version.controller.replace("-", " ")
    written = re.search(rf"\b{re.escape(said)}\b", version.title, re.IGNORECASE)
    return written.group() if written else said.title()


def published_of(versions: tuple[Version, ...], note: str = "", board: str = "", address: str = "") -> Publication | None:
    """The pages of what was published; None if nothing was. `board` is the address where each sentence's proof stands."""
    if not versions:
        return None
    last = versions[-1]
    editions = tuple(_edition(one, board if one is last else "") for one in versions)
    changes = tuple(_changed(old, new) for old, new in pairwise(versions))
    return Publication(firm_of(last.program.notices[0]), editions, changes, note, board, address)


def drafted(checked: Checked, note: str = "", board: str = "") -> Publication:
    """The pages of a folder as it stands, not numbered. The folder has no errors."""
    program = checked.program
    assert program is not None
    edition = edition_of(program, checked.project.sources, load_law(), _proof(board))
    return Publication(firm_of(program.notices[0]), (edition,), (), note, board)


def _changed(old: Version, new: Version) -> Shifts:
    """What `new` changed; both stand for ever, so it is found once."""
    key = (old.registered.leaf, new.registered.leaf)
    if key not in _COMPARED:
        found = between((old.program, roster_of(old.sources)), (new.program, roster_of(new.sources)))
        _COMPARED[key] = shifts_of(found)
    return _COMPARED[key]


def _edition(version: Version, board: str) -> Edition:
    """A published version never changes, so it is laid out once; its leaf names it."""
    given = version.registered
    if (given.leaf, board) not in _LAID_OUT:
        _LAID_OUT[given.leaf, board] = edition_of(version.program, version.sources, load_law(), _proof(board))
    made = _LAID_OUT[given.leaf, board]
    return replace(made, number=given.number, published=given.published_at.date(), author=given.by, because=given.because)


def _proof(board: str) -> Callable[[str], str] | None:
    return (lambda clause: f"{board}?open={clause}#{clause}") if board else None
