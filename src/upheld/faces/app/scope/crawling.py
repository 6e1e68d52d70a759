"""A surface is walked as a visitor walks it: page by page, along its own links, never off its host, never further than the limit.

Addresses that differ in their query alone are one page. Not taken: a browser; what a script adds is another control's (cookies, beacons).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from upheld.faces.app.scope.asking import Reply
from upheld.faces.app.scope.markup import Anchor, read_markup

Get = Callable[[str], Reply]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: where it stands, where it leads (whole addresses), which forms it has, which hosts it calls, which cookies it would set."""

    address: str
    status: int
    links: tuple[Anchor, ...] = ()
    forms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    calls: tuple[str, ...] = ()
    cookies: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        return urlsplit(self.address).path or "/"


@dataclass(frozen=True, slots=True)
class Walk:
    """Every page that was found. `cut`: the limit was reached before the end."""

    start: str
    pages: tuple[Page, ...]
    cut: bool = False


def crawl(start: str, get: Get, limit: int) -> Walk:
    """The pages of the host of `start` that links lead to from there, at most `limit`."""
    home = urlsplit(start).netloc
    waiting, seen = deque([start]), {_key(start)}
    pages: list[Page] = []
    while waiting and len(pages) < limit:
        address = waiting.popleft()
        page = _page(address, get(address))
        pages.append(page)
        for link in page.links:
            parts = urlsplit(link.href)
            if parts.scheme in ("http", "https") and parts.netloc == home and _key(link.href) not in seen:
                seen.add(_key(link.href))
                waiting.append(link.href)
    return Walk(start, tuple(pages), bool(waiting))


def _page(address: str, reply: Reply) -> Page:
    found = read_markup(reply.text)
    moved = [Anchor(urljoin(address, reply.location), frozenset(), "")] if reply.location else []
    links = [Anchor(urljoin(address, each.href), each.rel, each.said) for each in found.anchors]
    hosts = tuple(dict.fromkeys(urlsplit(urljoin(address, each)).netloc for each in found.calls))
    forms = tuple((name, tuple(fields)) for name, fields in found.forms)
    return Page(address, reply.status, (*moved, *links), forms, hosts, reply.cookies)


def _key(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path or '/'}"
