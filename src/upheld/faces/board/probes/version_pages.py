"""The pages of versions, fetched as a visitor fetches them from a site over an installation of its own, in which the notice was published twice.

The new version must stand at the notice's address with its date at the head, the earlier one at its own with every sentence, both in the list, and between them what
changed. Without a running site nothing is claimed. The twin's register has the files of the two versions exchanged, before anybody visits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.pages import DATED, NOTICE, plain
from upheld.faces.board.probes.versions import ALONE

VERSION = "version-pages/1"
NEW, EARLIER, HISTORY, DIFFERENCES, POSTED = (
    "page:new-version",
    "page:earlier-versions",
    "page:version-history",
    "page:differences",
    "channel:posting",
)
EXCHANGED = """
ALTER TABLE publication_file DISABLE TRIGGER USER;
UPDATE publication_file AS f SET content = g.content FROM publication_file AS g
WHERE g.notice = f.notice AND g.name = f.name AND g.number = 3 - f.number
"""


def visited(context: ProbeContext) -> list[Evidence]:
    """Four visits after two publications."""
    if context.published_twice is None:
        return []
    version = context.program.notices[0]
    with context.published_twice("") as (visit, day):
        paths = ("", "/versions", "/versions/1", "/changes")
        pages = {path: visit(NOTICE + path) for path in paths}
    read = {path: plain(page) for path, page in pages.items()}
    dates = DATED.findall(pages[""])
    before = version.updated.isoformat()
    missing = [one.id for one in version.clauses if plain(one.text) not in read["/versions/1"]]
    is_new = bool(dates) and dates[0] == day.isoformat() and ALONE in read[""]
    is_kept = not missing and ALONE not in read["/versions/1"] and DATED.findall(pages["/versions/1"])[:1] == [before]
    listed = in_order(
        re.sub("<[^>]+>", " ", pages["/versions"]), "Version 2", _spoken(day), "Version 1", _spoken(version.updated)
    )
    told = f"Nothing.{ALONE}" in read["/changes"].replace("Nothing. ", "Nothing.")
    return [
        _found(
            context,
            NEW,
            is_new,
            "the new version stands at the notice's address, its date at the head",
            "another version is served",
        ),
        _found(
            context, POSTED, is_new, "what is published is posted in the same act", "what was published is not what is posted"
        ),
        _found(
            context,
            EARLIER,
            is_kept,
            f"the earlier version stands as it was, {len(version.clauses)} clauses",
            f"the earlier version is not served as it was; {len(missing)} clauses are missing",
        ),
        _found(
            context,
            HISTORY,
            listed and is_kept,
            "both versions are listed with their dates",
            "the list does not hold both versions with their dates",
        ),
        _found(
            context,
            DIFFERENCES,
            told,
            "what the new version added is told as new",
            "what changed is not told, or the wrong way round",
        ),
    ]


def in_order(text: str, *said: str) -> bool:
    """Each stands behind the one before it, as words of their own: 1 July is no part of 31 July."""
    return re.search(".*?".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in said), text, re.DOTALL) is not None


def _spoken(day: object) -> str:
    return f"{day.day} {day:%B %Y}"  # type: ignore[attr-defined]


def _found(context: ProbeContext, control: str, good: bool, says: str, otherwise: str) -> Evidence:
    return evidence(
        context, control, VERSION, 1, "held" if good else "failed", says if good else otherwise, "shadow",
        coverage=Coverage(1, 1, "served pages"),
        mend="" if good else "Serve the pages of the register, and nothing else.",
    )  # fmt: skip


@contextmanager
def _exchanged(context: ProbeContext) -> Iterator[ProbeContext]:
    """The same site, over a register in which the two versions' files were exchanged."""
    twice = context.published_twice
    yield replace(context, published_twice=None if twice is None else lambda _: twice(EXCHANGED), sandboxed=True)


VERSION_PAGES = Probe("version-pages", 1, frozenset({NEW, EARLIER, HISTORY, DIFFERENCES, POSTED}), visited, _exchanged)
