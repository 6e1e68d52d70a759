"""The published notice, fetched as a visitor fetches it: is it the file's text, does it show its date and what the sentences say it holds?

The visit is the witness: it sees what is served, not what was rendered. Without a running site nothing is claimed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.language.diagnostic import counted
from upheld.language.promises.model import Program, Verb

DATES = frozenset({"version-date", "updated-date", "date-of-change"})
AT_FOOT = "date-at-the-foot"
WHOLE = "this-notice-text"
BY_VERB: dict[str, Verb] = {
    "collection": "collect",
    "uses": "use",
    "sharing": "disclose",
    "rights": "grant",
    "safeguards": "protect",
    "retention": "retain",
    "choices": "offer",
    "cookies": "place",
}
ITEMS = DATES | {AT_FOOT, WHOLE} | set(BY_VERB)
NOTICE = "/notice"
NOTICE_FILE = "notice.md"
TAG = re.compile(r"<[^>]+>")
SPACE = re.compile(r"\s+")
DATED = re.compile(r'<time datetime="(\d{4}-\d\d-\d\d)"')


def shown(context: ProbeContext) -> list[Evidence]:
    """One visit; the notice's date, and each item that some clause says the page holds."""
    if context.visit is None:
        return []
    page = context.visit(NOTICE)
    text = plain(page)
    return [_version(context, page, text), *(_item(context, item, text) for item in sorted(ITEMS))]


def plain(page: str) -> str:
    """What is read: without tags, spaces made one."""
    return SPACE.sub(" ", html.unescape(TAG.sub("", page))).strip()


def _version(context: ProbeContext, page: str, text: str) -> Evidence:
    """The date that the page bears is the file's, and its text is the file's text."""
    version = context.program.notices[0]
    dated = version.updated.isoformat() in DATED.findall(page) or spoken(context.program) in text
    missing = [c.id for c in version.clauses if plain(c.text) not in text]
    good = dated and not missing
    says = f"the served page bears the file's date and its {counted(len(version.clauses), 'clause')}"
    if not good:
        says = f"the served page lacks {len(missing)} of the file's clauses" + ("" if dated else ", and its date is another")
    return _found(context, "notice:version", len(version.clauses), good, says, len(missing))


def _item(context: ProbeContext, item: str, text: str) -> Evidence:
    control = f"page:{item}"
    if item in DATES:
        good = spoken(context.program) in text
        says = f"the served page says {spoken(context.program)}" if good else "the served page does not say its date"
        return _found(context, control, 1, good, says, 0 if good else 1)
    if item == AT_FOOT:
        good = spoken(context.program) in foot(context.program, text)
        says = (
            f"the foot of the served page says {spoken(context.program)}"
            if good
            else "the foot of the served page does not say its date"
        )
        return _found(context, control, 1, good, says, 0 if good else 1)
    told = told_by(context.program, item)
    missing = [clause for clause in told if clause not in text]
    says = f"{counted(len(told), 'clause', 'tells', 'tell')} of it, and the served page shows each"
    if missing:
        says = f"{len(missing)} of {counted(len(told), 'clause')} that {'tells' if len(told) == 1 else 'tell'} of it {'is' if len(missing) == 1 else 'are'} not on the served page"
    return _found(context, control, len(told), not missing, says, len(missing))


def foot(program: Program, text: str) -> str:
    """The page from the notice's last sentence on; empty where that sentence is not shown."""
    version = program.notices[0]
    last = [plain(each.text) for each in version.clauses if each.file in ("", version.file)][-1:]
    at = text.rfind(last[0]) if last else -1
    return text[at:] if at >= 0 else ""


def told_by(program: Program, item: str) -> list[str]:
    """The text of each clause that tells of `item`: those with a promise of its verb; of the whole notice, all."""
    verbs = {p.id: p.verb for p in program.promises}
    clauses = [c for notice in program.notices for c in notice.clauses]
    if item == WHOLE:
        return [plain(c.text) for c in clauses]
    return [plain(c.text) for c in clauses if any(verbs[i] == BY_VERB[item] for i in c.promises)]


def spoken(program: Program) -> str:
    """The notice's date as people write it: `23 January 2020`."""
    day = program.notices[0].updated
    return f"{day.day} {day:%B %Y}"


def _found(context: ProbeContext, control: str, exercised: int, good: bool, says: str, missing: int) -> Evidence:
    return evidence(
        context, control, "page-shown/1", exercised, "held" if good else "failed", says,
        coverage=Coverage(1, 1, "served pages"), detail={"sought": exercised, "missing": missing},
        mend="" if good else "Serve the notice from its file, and nothing else.",
    )  # fmt: skip


@contextmanager
def _another_page(context: ProbeContext) -> Iterator[ProbeContext]:
    """The same site over a copy of the folder; while it runs, the copy gets another date and loses half of every paragraph."""
    assert context.copied is not None, "where a page is visited, a copy can be served"
    with context.copied() as (folder, visit):
        (folder / NOTICE_FILE).write_text(_spoilt(context), encoding="utf-8")
        yield replace(context, visit=visit, sandboxed=True)


def _spoilt(context: ProbeContext) -> str:
    """The file with another date, in its head and in its words, and every paragraph cut short; it still checks clean."""
    day = context.program.notices[0].updated.isoformat()
    lines = context.notice_source.replace(spoken(context.program), "31 December 1999").replace(day, "1999-12-31").splitlines()
    head = lines.index("---", 1) if lines[:1] == ["---"] else 0
    kept = lines[:head]
    inside = False
    for line in lines[head:]:
        inside = inside != line.lstrip().startswith("```")
        prose = (not inside and line[:1].isalpha()) or line.startswith("- ")
        kept.append(line if not prose or ("{#" in line and len(line) < 24) else _shortened(line))
    return "\n".join(kept)


def _shortened(line: str) -> str:
    head, _, mark = line.partition("{#")
    words = head.split()
    return " ".join(words[: max(1, len(words) // 2)]) + (" {#" + mark if mark else "")


PAGE_SHOWN = Probe("page-shown", 1, frozenset({"notice:version", *(f"page:{i}" for i in ITEMS)}), shown, _another_page)
