"""Register, notice and walks become findings: a surface that nobody registered, a page without the notice, a link that nobody knows or that takes something along.

Each finding names the page and what to do, and no value of a query. What could not be looked at is told, never passed over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from upheld.faces.app.scope.asking import Asking, standing_in
from upheld.faces.app.scope.crawling import Page, Walk, crawl
from upheld.faces.app.scope.markup import Anchor
from upheld.faces.app.scope.registry import FILE, Link, Scope, Surface
from upheld.language.promises.model import Kind, Program

OWN = "our own pages"
LEAVING = "/leaving"  # where our site says that somebody leaves it, one page for each link
# Code → first line and remedy. Once given a code means the same for ever.
LINES: Mapping[str, tuple[str, str]] = {
    "D501": ("surface that the notice covers is not registered", f"Say in {FILE} under `surfaces:` where it stands."),
    "D502": ("page bears no link to the notice", "Put the link where every page has it, in its head or foot."),
    "D503": ("surface could not be looked at", f"Name its pages in {FILE}, or let its address be asked (`ask: yes`)."),
    "D504": ("page asks for, sets or calls what is not registered", f"Take it away, or register it in {FILE} and in the notice."),
    "D505": ("link leads to an address that nobody registered", f"Register it in {FILE} under `links:`, with its owner and the owner's statement."),
    "D506": ("link leads away and does not say so", "Link to the page under /leaving, or name the owner in the link and mark it rel=external."),
    "D507": ("address of others bears more than was registered", "Link to the address as it is registered, with nothing behind it."),
    "D508": ("address of others does not answer", "Look whether it moved; a link that leads nowhere is taken away."),
    "D509": ("walk ended at its limit", f"Raise `limit:` in {FILE}."),
    "D510": ("surface that the notice leaves out is not marked outside", f"Name it in {FILE} under `outside:`, with who answers there."),
    "D511": ("merchant has not been asked to join the efforts of its trade", f"Ask it, and note the day in {FILE} under `asked-to-join:`."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """`surface` and `place` say where; `detail` what is so there."""

    code: str
    surface: str
    place: str
    detail: str

    def as_json(self) -> dict[str, str]:
        summary, help = LINES[self.code]
        return {
            "code": self.code,
            "surface": self.surface,
            "place": self.place,
            "summary": summary,
            "detail": self.detail,
            "help": help,
        }


@dataclass(slots=True)
class Found:
    """What a look found, and how much was looked at. `health`: link → `answers`, `silent` or `not asked`; `seen`: pages by surface."""

    findings: list[Finding] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    links: int = 0
    health: dict[str, str] = field(default_factory=dict)
    forms: list[dict[str, Any]] = field(default_factory=list)

    def of(self, *codes: str) -> list[Finding]:
        return [one for one in self.findings if one.code in codes]

    def as_json(self) -> dict[str, Any]:
        """The contract of `upheld crawl --json`."""
        return {
            "surfaces": self.seen, "links": self.links, "health": self.health, "forms": self.forms,
            "findings": [one.as_json() for one in self.findings],
        }  # fmt: skip


def look(program: Program, scope: Scope, folder: Path, served: str = "") -> Found:
    """Every surface and link of the register, looked at. `served`: the address of our own running site, empty where none runs."""
    found = Found()
    found.findings += registered(program, scope)
    with asking_for(scope, folder) as asking:
        for surface in scope.surfaces.values():
            _look_at(scope, surface, folder, asking, found)
        if served:
            own = Surface(OWN, "site", program.notices[0].controller, address=served, forms=frozenset({"/your-data"}))
            _judge(scope, own, crawl(served + "/", asking.get, scope.limit), found)
        _links(scope, asking, found)
    return found


def registered(program: Program, scope: Scope) -> Iterator[Finding]:
    """D501 and D510: every surface of the notice is registered as covered or as outside."""
    known = {leaf.id for name in scope.surfaces for leaf in _leaves(program, name)}
    for leaf in covered(program):
        if leaf not in known:
            yield Finding("D501", leaf, FILE, f"The notice covers `{leaf}`.")
    for name in left_out(program):
        if name not in scope.outside:
            yield Finding("D510", name, FILE, f"The notice says that `{name}` is not covered.")


def covered(program: Program) -> list[str]:
    """Leaves of every surface that the notice says it covers, sorted."""
    found = {leaf.id for name in _said(program, "yes") for leaf in _leaves(program, name)}
    return sorted(found - BUILT_IN)


def left_out(program: Program) -> list[str]:
    return sorted(_said(program, "no"))


# What our own site serves, or what is no place of its own.
BUILT_IN = frozenset({"notice", "banner", "cookie-page", "rights-page", "privacy-centre", "preference-centre", "unsubscribe-page", "processor-page", "sign-in", "refusals", "outbound-links", "hand-over-page"})  # fmt: skip


def _said(program: Program, word: str) -> list[str]:
    return [
        name.id
        for name, meaning in program.names.items()
        if name.kind is Kind.SURFACE and word in {one.id for one in meaning.keys.get("covered", ())}
    ]


def _leaves(program: Program, name: str) -> frozenset[Any]:
    return next((m.leaves for n, m in program.names.items() if n.kind is Kind.SURFACE and n.id == name), frozenset())


@contextlib.contextmanager
def asking_for(scope: Scope, folder: Path) -> Iterator[Asking]:
    """A way to ask, with the register's stand-ins served meanwhile."""
    with contextlib.ExitStack() as stack:
        place = folder / scope.stand_ins if scope.stand_ins else None
        hosts = sorted(each for each in place.iterdir() if each.is_dir()) if place is not None and place.is_dir() else []
        yield Asking({each.name: stack.enter_context(standing_in(each)) for each in hosts}, scope.ask)


def _look_at(scope: Scope, surface: Surface, folder: Path, asking: Asking, found: Found) -> None:
    place = folder / surface.pages if surface.pages else None
    if place is not None and place.exists():
        with standing_in(place if place.is_dir() else place.parent) as address:
            start = f"{address}/" if place.is_dir() else f"{address}/{place.name}"
            _judge(scope, surface, crawl(start, asking.get, scope.limit if place.is_dir() else 1), found)
    elif surface.address and asking.may(surface.address):
        _judge(scope, surface, crawl(surface.address, asking.get, scope.limit), found)
    else:
        found.findings.append(Finding("D503", surface.name, FILE, "No page of it could be asked for."))


def _judge(scope: Scope, surface: Surface, walk: Walk, found: Found) -> None:
    pages = [
        page
        for page in walk.pages
        if page.status and page.status < 400 and not page.path.endswith((".txt", ".json", ".jsonld"))
    ]
    found.seen[surface.name] = len(pages)
    if not pages:
        found.findings.append(Finding("D503", surface.name, walk.start and FILE, "Nobody answered there."))
    if walk.cut and scope.limit == len(walk.pages):
        found.findings.append(Finding("D509", surface.name, FILE, f"{len(walk.pages)} pages were looked at."))
    home = urlsplit(walk.start).netloc
    for page in pages:
        found.findings += _of_page(scope, surface, page, home, found)


def _of_page(scope: Scope, surface: Surface, page: Page, home: str, found: Found) -> Iterator[Finding]:
    if not page.path.startswith(surface.notice) and not any(_is_notice(surface, link, home) for link in page.links):
        yield Finding("D502", surface.name, page.path, "None of its links leads to the notice.")
    for name, fields in page.forms:
        found.forms.append({"surface": surface.name, "page": page.path, "form": name, "fields": list(fields)})
        if name.partition("?")[0] not in surface.forms:
            yield Finding("D504", surface.name, page.path, f"It has a form with {len(fields)} fields.")
    for cookie in sorted(page.cookies - surface.cookies):
        yield Finding("D504", surface.name, page.path, f"It sets the cookie `{cookie[:40]}`.")
    for host in page.calls:
        if host not in ("", home, *surface.hosts):
            yield Finding("D504", surface.name, page.path, f"It calls {host[:80]}.")
    for link in page.links:
        parts = urlsplit(link.href)
        name = parts.path.removeprefix(f"{LEAVING}/")
        if parts.netloc == home and name not in (parts.path, "", *scope.links):
            yield Finding("D505", surface.name, page.path, f"It leads to {LEAVING}, under a name that is not registered.")
        elif parts.netloc == home and name != parts.path:
            found.links += 1
        elif parts.scheme in ("http", "https") and parts.netloc != home and not _is_notice(surface, link, home):
            found.links += 1
            yield from _outbound(scope, surface, page, link)


def _is_notice(surface: Surface, link: Anchor, home: str) -> bool:
    parts = urlsplit(link.href)
    if "://" in surface.notice:
        return link.href.partition("#")[0] == surface.notice
    return parts.netloc == home and parts.path.rstrip("/") == surface.notice.rstrip("/")


def _outbound(scope: Scope, surface: Surface, page: Page, link: Anchor) -> Iterator[Finding]:
    parts = urlsplit(link.href)
    known = [
        one
        for one in scope.linked(parts.hostname or "")
        if parts.path.startswith(urlsplit(one.address).path or "/") or _same(one.statement, link.href)
    ]
    if not known:
        yield Finding("D505", surface.name, page.path, f"It leads to {(parts.hostname or '')[:80]}.")
        return
    if (
        parts.query
        or parts.fragment
        or parts.username
        or not any(_same(each, link.href) for one in known for each in (one.address, one.statement))
    ):
        yield Finding(
            "D507", surface.name, page.path, f"Its address at {(parts.hostname or '')[:80]} bears more than was registered."
        )
    if page.path.startswith(LEAVING):
        return
    if "external" not in link.rel or not any(one.owner.lower() in link.said.lower() for one in known):
        yield Finding("D506", surface.name, page.path, f"It leads to {(parts.hostname or '')[:80]}.")


def _same(one: str, other: str) -> bool:
    return one.partition("?")[0].partition("#")[0].rstrip("/") == other.partition("?")[0].partition("#")[0].rstrip("/")


def _links(scope: Scope, asking: Asking, found: Found) -> None:
    for link in scope.links.values():
        found.health[link.name] = _health(link, asking)
        if found.health[link.name] == "silent":
            found.findings.append(
                Finding("D508", link.name, FILE, f"{link.host} gave no page for it, or none for its statement.")
            )
        if link.merchant and not link.asked:
            found.findings.append(Finding("D511", link.name, FILE, f"`{link.name}` is a merchant."))


def _health(link: Link, asking: Asking) -> str:
    if not asking.may(link.address) or not asking.may(link.statement):
        return "not asked"
    return "answers" if all(0 < asking.get(each).status < 400 for each in (link.address, link.statement)) else "silent"
