"""The roster of those who answer is held against the served pages, its mailbox is opened, and a change of it is offered under its old date.

Both ways: whoever stands in the roster is shown, and no mailbox is shown that nobody answers. Nothing in the mailbox is read. The twin serves a copy with another roster, opens a
mailbox that nobody serves, and offers a version that the roster is no part of.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta

import yaml

from upheld.duties.messages import MessageFault
from upheld.duties.messages.intake import Limits, read_mailbox
from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext
from upheld.faces.board.probes.pages import NOTICE, NOTICE_FILE, plain
from upheld.faces.board.probes.registers.tally import Trials
from upheld.language.law.model import Authority
from upheld.language.notice import parse
from upheld.language.promises.versions import Earlier, differences, judge_succession

VERSION = "roster/1"
SHOWN, MAILBOX, CHANGE = "roster:shown", "roster:mailbox", "roster:change"
SAYS = {
    SHOWN: "whoever stands in the roster is shown, and no mailbox, number or address that nobody answers",
    MAILBOX: "the mailbox lets us in, and a mail server is set",
    CHANGE: "a change of the roster is refused under its old date, taken under a new one, and told as a change of contacts",
}
MEND = "Serve the pages from the roster, and publish a version where it changed."
MAILBOXES = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
CALLED = re.compile(r'href="tel:([^"]+)"')
SHUT = "the mailbox cannot be read"
PAGES = (NOTICE, "/your-data?lang=en")
CLOSED = "imap://nobody:nothing@127.0.0.1:1/INBOX"


def kept(context: ProbeContext) -> list[Evidence]:
    """The pages, the mailbox, the next version."""
    trials = Trials()
    rows = _roster(context)
    _shown(context, rows, trials)
    why = context.post()
    if why.startswith(SHUT):
        trials.note(MAILBOX, False, why)
    elif why:
        trials.lacking[MAILBOX] = why
    else:
        trials.note(MAILBOX, True, "")
    _change(context, trials)
    return trials.found(context, VERSION, SAYS, MEND)


def _file(context: ProbeContext) -> str:
    front = parse(context.notice_source, NOTICE_FILE).front
    return front.contacts if front is not None else ""


def _roster(context: ProbeContext) -> list[dict[str, str]]:
    read = yaml.safe_load(context.notice_files.get(_file(context), "")) or ()
    rows = read.values() if isinstance(read, dict) else read
    return [{key: str(value).strip() for key, value in row.items()} for row in rows if isinstance(row, dict)]


def _shown(context: ProbeContext, rows: list[dict[str, str]], trials: Trials) -> None:
    if context.visit is None:
        trials.lacking[SHOWN] = "no site runs, so no page was visited"
        return
    pages = {path: context.visit(path) for path in PAGES}
    text = plain(pages[NOTICE])
    for row in rows:
        for key in ("email", "phone", "post"):
            if row.get(key):
                trials.note(
                    SHOWN, re.sub(r"\s+", " ", row[key]) in text, f"the {key} of {row.get('role', 'somebody')} is not shown"
                )
    mailboxes = {row.get("email", "").lower() for row in rows}
    ways = " ".join(way for one in context.program.notices[0].regimes for a in _authorities(context, one.id) for way in a.ways)
    mailboxes |= {one.lower() for one in MAILBOXES.findall(ways)}
    numbers = {re.sub(r"\D", "", row.get("phone", "")) for row in rows}
    for path, page in pages.items():
        for mailbox in {one.lower() for one in MAILBOXES.findall(html.unescape(page))}:
            trials.note(SHOWN, mailbox in mailboxes, f"{path.partition('?')[0]} shows a mailbox that stands in no roster")
        for number in set(CALLED.findall(page)):
            trials.note(
                SHOWN, re.sub(r"\D", "", number) in numbers, f"{path.partition('?')[0]} shows a number that stands in no roster"
            )


def _authorities(context: ProbeContext, law: str) -> tuple[Authority, ...]:
    known = context.law.regimes.get(law)
    return known.authorities if known is not None else ()


def _change(context: ProbeContext, trials: Trials) -> None:
    files, roster, program = dict(context.notice_files), _file(context), context.program
    changed = (
        files | {roster: re.sub(r"(?m)^(\s*(?:- )?name: ).*$", r"\1Somebody New", files[roster])} if roster in files else files
    )
    earlier, day = [Earlier(1, program, files)], max(one.updated for one in program.notices) + timedelta(days=30)
    codes = {one.code for one in judge_succession(program, changed, earlier, day, "a trial")}
    trials.note(CHANGE, "N310" in codes, "another person answers under the old date")
    later = replace(
        program, notices=tuple(replace(one, updated=day, effective=max(day, one.effective)) for one in program.notices)
    )
    codes = {one.code for one in judge_succession(later, changed, earlier, day, "a trial")}
    trials.note(CHANGE, "N310" not in codes, "a change under a new date is refused")
    told = differences(program, later, files.get(roster, ""), changed.get(roster, "")).changes
    trials.note(CHANGE, any(one.cls == "contact" for one in told), "who answers now is not told as a change")


@contextmanager
def _nobody_answers(context: ProbeContext) -> Iterator[ProbeContext]:
    """Another roster is served, nobody serves the mailbox, and the version is offered without its roster."""
    with ExitStack() as stack:
        visit, roster = None, _file(context)
        if context.copied is not None:
            folder, visit = stack.enter_context(context.copied())
            others = re.sub(r"[\w.]+@[\w.]+", "nobody@copy.example.test", (folder / roster).read_text("utf-8"))
            (folder / roster).write_text(others, encoding="utf-8")
        files = {name: text for name, text in context.notice_files.items() if name != roster}
        yield replace(context, visit=visit, post=lambda: _why_shut(context), notice_files=files | {"other": ""}, sandboxed=True)


def _why_shut(context: ProbeContext) -> str:
    try:
        with context.own.connection() as connection:
            read_mailbox(CLOSED, connection, limits=Limits(mails=0))
    except MessageFault as fault:
        return f"{SHUT}: {fault.code}"
    return ""


ROSTER = Probe("roster", 1, frozenset(SAYS), kept, _nobody_answers)
