"""`scope.yaml` becomes the register of surfaces and of links that lead out, held to the notice.

The notice says what is covered and who plays which part; this file says where each of it stands and where our pages lead. A surface that the notice
covers and nobody registered is told, never assumed. Not taken: addresses in the notice; they change without its meaning changing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from upheld.faces.app.declared.reading import Declared, read_mapping, text_in
from upheld.language.promises.model import Kind, Name, Program

FILE = "scope.yaml"
CODE = "N321"
HELP = "Mend the file; docs/scope.md says what may stand in it."
KINDS = ("site", "app", "game", "tool", "channel")
KEYS = {
    "": frozenset({"surfaces", "outside", "links", "launched-in", "stand-ins", "ask", "limit"}),
    "surfaces": frozenset({"kind", "run-by", "pages", "address", "notice", "forms", "cookies", "hosts"}),
    "links": frozenset({"address", "owner", "statement", "merchant", "asked-to-join", "answered"}),
}
MOST_PAGES = 200
PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Surface:
    """Something the notice covers. `pages`: a folder, or a file, of what people are shown there; `address`: where it stands.

    `notice`: the address of the notice as its pages link to it. `forms`, `cookies` and `hosts` are those that its pages may have.
    """

    name: str
    kind: str
    run_by: str
    pages: str = ""
    address: str = ""
    notice: str = "/notice"
    forms: frozenset[str] = frozenset()
    cookies: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """An address of others that our pages lead to. `statement`: the owner's own on privacy. `asked`: when a merchant was asked to join the efforts of its trade."""

    name: str
    address: str
    owner: str
    statement: str
    merchant: bool = False
    asked: str = ""
    answered: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The whole register. `outside`: surface → who answers there. `launched_in`: country → the addition that it asks for, empty for none.

    `stand_ins`: a folder by host that is asked in the stead of others' addresses; `ask`: whether these may be asked out in the world.
    """

    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    outside: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    launched_in: Mapping[str, str] = field(default_factory=dict)
    stand_ins: str = ""
    ask: bool = False
    limit: int = MOST_PAGES

    def linked(self, host: str) -> tuple[Link, ...]:
        return tuple(link for link in self.links.values() if link.host == host)


def scope_in(program: Program, folder: Path) -> Scope:
    """The register of the folder; empty where it has none."""
    return read_scope(program, text_in(folder, FILE))


def read_scope(program: Program, text: str) -> Scope:
    """The register that the text holds. Declared (N321) names the entry and what is wrong with it."""
    said = read_mapping(text, FILE, CODE, HELP)
    _keys("the file", said, KEYS[""])
    limit = said.get("limit", MOST_PAGES)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= 10_000:
        raise _wrong("limit", "it is a whole number of pages")
    if not isinstance(said.get("ask", False), bool):
        raise _wrong("ask", "it is yes or no")
    return Scope(
        {name: _surface(program, name, row) for name, row in _rows(said, "surfaces")},
        {name: _outside(program, name, owner) for name, owner in _rows(said, "outside")},
        {name: _link(name, row) for name, row in _rows(said, "links")},
        {str(country).upper(): str(addition or "") for country, addition in _rows(said, "launched-in")},
        _inside("stand-ins", str(said.get("stand-ins") or "")),
        said.get("ask", False),
        limit,
    )


def _surface(program: Program, name: str, row: Any) -> Surface:
    _keys(name, row, KEYS["surfaces"])
    _known(program, name)
    kind, run_by = str(row.get("kind", "")), str(row.get("run-by", ""))
    if kind not in KINDS:
        raise _wrong(name, f"its kind is one of {', '.join(KINDS)}")
    if Name(Kind.PARTY, run_by) not in program.names and run_by not in {one.controller for one in program.notices}:
        raise _wrong(name, "the notice knows nobody of the name that stands under `run-by`")
    address = str(row.get("address") or "")
    if address and urlsplit(address).scheme not in ("http", "https"):
        raise _wrong(name, "its address is a web address")
    lists = {key: frozenset(str(one) for one in row.get(key) or ()) for key in ("forms", "cookies", "hosts")}
    return Surface(
        name, kind, run_by, _inside(name, str(row.get("pages") or "")), address, str(row.get("notice") or "/notice"), **lists
    )


def _outside(program: Program, name: str, owner: Any) -> str:
    _known(program, name)
    if not owner or not isinstance(owner, str):
        raise _wrong(name, "it says who answers there")
    return owner


def _link(name: str, row: Any) -> Link:
    _keys(name, row, KEYS["links"])
    if not PLAIN.fullmatch(name):
        raise _wrong(name, "a link's name has small letters, digits and hyphens")
    address, statement = str(row.get("address") or ""), str(row.get("statement") or "")
    for each in (address, statement):
        parts = urlsplit(each)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise _wrong(name, "address and statement are web addresses without a query")
    if not row.get("owner"):
        raise _wrong(name, "it says whose address it is")
    return Link(
        name, address, str(row["owner"]), statement, row.get("merchant") is True, str(row.get("asked-to-join") or ""),
        row.get("answered") is True,
    )  # fmt: skip


def _known(program: Program, name: str) -> None:
    if Name(Kind.SURFACE, name) not in program.names:
        raise _wrong(name, "the notice knows no such surface")


def _rows(said: Mapping[Any, Any], key: str) -> list[tuple[str, Any]]:
    rows = said.get(key) or {}
    if not isinstance(rows, Mapping):
        raise _wrong(key, "it is a list of entries by name")
    return [(str(name), row) for name, row in rows.items()]


def _keys(name: str, row: Any, allowed: frozenset[str]) -> None:
    if not isinstance(row, Mapping) or not {str(key) for key in row} <= allowed:
        raise _wrong(name, f"it says {', '.join(sorted(allowed))}, and nothing else")


def _inside(name: str, path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise _wrong(name, "its pages lie in the firm's folder")
    return path


def _wrong(name: str, why: str) -> Declared:
    return Declared("N321", f"{FILE}: `{name[:40]}` cannot be used: {why}.", HELP)
