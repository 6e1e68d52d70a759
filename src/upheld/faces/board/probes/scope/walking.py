"""Every surface that the notice covers is walked as a visitor walks it, every link that leads out is looked at, and the page before it is read.

What is not registered is found by walking, never by the register. Others' addresses are asked only where the register says so, else their stand-ins; without a
register nothing is claimed. The twin walks a copy with pages that nobody registered, links that take something along, addresses that are silent, and a site that
names the wrong owners.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.error import URLError

from upheld.faces.app.scope import Found, Link, Scope, look, read_scope
from upheld.faces.app.scope.finding import BUILT_IN, LEAVING, OWN, covered, left_out
from upheld.faces.app.scope.registry import FILE
from upheld.faces.board.controls import names_under
from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.desk.tally import Tally, evidence_of
from upheld.faces.board.probes.scope.planting import planted
from upheld.faces.board.words import words_of
from upheld.language.diagnostic import counted
from upheld.language.promises.model import After, Kind, Name, Program, Promise

VERSION = "surfaces/1"
COVERED, NOTICE_LINK, UNREGISTERED, OUTSIDE = "scope:covered", "scope:notice-link", "scope:unregistered", "scope:outside"
REGISTERED, LEAVES, HEALTH, NO_DATA, MERCHANTS = (
    "links:registered", "links:leaving", "links:health", "links:no-data", "links:merchants",
)  # fmt: skip
CONTROLS = frozenset({COVERED, NOTICE_LINK, UNREGISTERED, OUTSIDE, REGISTERED, LEAVES, HEALTH, NO_DATA, MERCHANTS})
NONE = "no scope.yaml beside the notice says where its surfaces stand"
OUT = frozenset({"outbound-links", "hand-over-page"})
SERVED = frozenset({"privacy-centre", "rights-page", "notice", "outbound-links", "hand-over-page"})
POINTING = frozenset({"notice-link", "link-to-this-policy"})
SAID_OUT = frozenset({"site-owner", "their-statement", "statement-link"})
SAID_HERE = frozenset({"link-to-notice", "policy-link"})
AT_ONCE, VISIT = "clock:tell", Name(Kind.EVENT, "the-visit")
TOLD = "every page was walked, and says what the sentence promises"
MEND = "Run: upheld crawl. It names each page."


def walked(context: ProbeContext) -> list[Evidence]:
    """One walk of everything, read for each control."""
    if context.folder is None:
        return []
    file = context.folder / FILE
    if not file.is_file():
        return [evidence(context, one, VERSION, 0, "not run", NONE) for one in sorted(_given(context.program))]
    scope = read_scope(context.program, file.read_text("utf-8"))
    found = look(context.program, scope, context.folder, context.address)
    wrong = _unsaid(context, scope.links.values())
    tally = Tally()
    for promise in _telling(context.program):
        _note(promise, scope, found, wrong, tally)
    bound = frozenset(control for promise in _telling(context.program) for control in _of_promise(promise))
    told = [one if one.outcome != "held" else replace(one, says=TOLD) for one in evidence_of(context, tally, VERSION, bound)]
    return [*_counts(context, scope, found, wrong), *_crawlers(context, found), *told]


# ---- of the register as a whole --------------------------------------------------------------------------------------


# Control → what was counted, what is so of each, what is so of those of which it is not.
SAYS = {
    COVERED: ("surfaces that the notice covers", "is registered", "are not registered"),
    OUTSIDE: ("surfaces that the notice leaves out", "is marked outside", "are not marked outside"),
    NOTICE_LINK: ("pages", "bears a link to the notice", "bear none"),
    UNREGISTERED: ("pages", "asks for, sets and calls what is registered alone", "do more than is registered"),
    REGISTERED: ("links that lead out", "leads to a registered address", "lead where nobody registered anything"),
    NO_DATA: ("links that lead out", "takes nothing along", "bear more than was registered"),
    HEALTH: ("addresses of others, with their statements", "answers", "give no page"),
    LEAVES: ("links that lead out", "says whose it is before it is followed", "do not say so"),
    MERCHANTS: ("merchants", "was asked to join, and its statement is shown first", "were not asked, or their statements are not shown"),
}  # fmt: skip


def _counts(context: ProbeContext, scope: Scope, found: Found, wrong: Sequence[str] | None) -> Iterator[Evidence]:
    pages, program, links = sum(found.seen.values()), context.program, found.links
    surfaces = Coverage(sum(n > 0 for n in found.seen.values()), max(len(found.seen), len(scope.surfaces)), "surfaces")
    asked = Coverage(sum(state != "not asked" for state in found.health.values()), len(found.health), "links")
    yield _found(context, COVERED, len(covered(program)), len(found.of("D501")))
    yield _found(context, OUTSIDE, len(left_out(program)), len(found.of("D510")))
    yield _found(context, NOTICE_LINK, pages, len(found.of("D502")), surfaces)
    yield _found(context, UNREGISTERED, pages, len(found.of("D504")), surfaces)
    yield _found(context, REGISTERED, links, len(found.of("D505")), surfaces)
    yield _found(context, NO_DATA, links, len(found.of("D507")), surfaces)
    yield _found(context, HEALTH, len(found.health), len(found.of("D508")), asked)
    if wrong is None:
        for control in (LEAVES, MERCHANTS):
            yield evidence(context, control, VERSION, 0, "not run", "no site runs, so no page before a link could be read")
        return
    yield _found(context, LEAVES, links + len(scope.links), len(found.of("D506")) + len(wrong))
    amiss = sum(scope.links[name].merchant for name in wrong) + len(found.of("D511"))
    yield _found(context, MERCHANTS, sum(link.merchant for link in scope.links.values()), amiss)


def _found(context: ProbeContext, control: str, of: int, wrong: int, coverage: Coverage | None = None) -> Evidence:
    noun, good, bad = SAYS[control]
    says = f"{wrong} of {of} {noun} {bad}" if wrong else f"{of} {noun}, each {good}"
    return evidence(
        context, control, VERSION, of, "failed" if wrong else "held", says, coverage=coverage or Coverage(1, 1, "registers"),
        detail={"looked at": of, "otherwise": wrong}, mend=MEND if wrong else "",
    )  # fmt: skip


def _unsaid(context: ProbeContext, links: Iterable[Link]) -> list[str] | None:
    """Names of links whose page before leaving lacks owner, statement or address; None where no site runs."""
    if context.visit is None:
        return None
    wrong = []
    for link in links:
        try:
            page = html.unescape(context.visit(f"{LEAVING}/{link.name}"))
        except (URLError, OSError):
            page = ""
        if not all(f'"{each}"' in page for each in (link.address, link.statement)) or link.owner not in page:
            wrong.append(link.name)
    return wrong


# ---- of single surfaces and sentences ----------------------------------------------------------------------------------


def _crawlers(context: ProbeContext, found: Found) -> Iterator[Evidence]:
    """What defines a surface is kept by the walk of it, or by its being marked outside."""
    for control, name, outside in _defined(context.program):
        leaves = {name, *(leaf.id for one, m in context.program.names.items() if one.id == name for leaf in m.leaves)}
        if outside:
            wrong = sum(one.surface == name for one in found.of("D510"))
            says = "it is marked outside, and no walk went there" if not wrong else "nobody marked it outside"
        else:
            wrong = sum(
                one.surface in leaves or bool(leaves & _under(context.program, one.surface))
                for one in found.of("D501", "D502", "D503")
            )
            says = (
                f"{counted(len(leaves), 'surface')} registered, each page with the notice's link"
                if not wrong
                else f"{wrong} of its pages or surfaces are not as the notice says"
            )
        yield evidence(
            context, control, VERSION, len(leaves), "failed" if wrong else "held", says,
            coverage=Coverage(1, 1, "registers"), detail={"otherwise": wrong}, mend=MEND if wrong else "",
        )  # fmt: skip


def _under(program: Program, name: str) -> set[str]:
    return {leaf.id for one, m in program.names.items() if one.kind is Kind.SURFACE and one.id == name for leaf in m.leaves}


def _defined(program: Program) -> Iterator[tuple[str, str, bool]]:
    for name in dict.fromkeys(name for notice in program.notices for clause in notice.clauses for name in clause.defines):
        said = {one.id for one in program.names[name].keys.get("covered", ())}
        if name.kind is Kind.SURFACE and said:
            yield f"crawler:{name.id}", name.id, "no" in said


def _telling(program: Program) -> list[Promise]:
    """Promises that a page says something before a link is followed, or that every page leads to the notice."""
    return [p for p in program.promises if p.verb == "tell" and p.modality == "will" and (_leads_out(p) or _points(p))]


def _leads_out(promise: Promise) -> bool:
    on = set(names_under(promise, "on"))
    return bool(on) and on <= OUT


def _points(promise: Promise) -> bool:
    return {one.id for one in promise.object} <= POINTING and set(names_under(promise, "contents")) <= SAID_HERE


def _of_promise(promise: Promise) -> Iterator[str]:
    out = _leads_out(promise)
    yield from (f"surface:{one}" for one in names_under(promise, "on") if one != "notice")
    yield from (f"contents:{one}" for one in names_under(promise, "contents") if one in (SAID_OUT if out else SAID_HERE))
    if out:
        yield from (f"record:{one}" for one in names_under(promise, "needs") if one == "live-link")
        if promise.blocks is not None:
            yield f"waits:{promise.blocks.id}"
        return
    if _at_once(promise):
        yield AT_ONCE
    if "notice" in names_under(promise, "on"):
        items = (*(one.id for one in promise.object), *names_under(promise, "contents"))
        yield from (f"page:{one}" for one in items if one in POINTING | SAID_HERE)


def _at_once(promise: Promise) -> bool:
    """Whether the link is promised with the visit itself: then a page that bears it tells in time, and no other does."""
    due = promise.due
    return isinstance(due, After) and due.high.amount == 0 and due.of == VISIT


def _note(promise: Promise, scope: Scope, found: Found, wrong: Sequence[str] | None, tally: Tally) -> None:
    for control in _of_promise(promise):
        name = control.partition(":")[2]
        if not _leads_out(promise) and control.startswith("surface:") and not _walked(name, scope, found):
            tally.lacks(control, promise.id, f"no page of {words_of(name)} was walked by itself")
        elif not _leads_out(promise):
            bad = found.of("D501", "D502", "D503")
            tally.note(control, promise.id, not bad, f"{len(bad)} surfaces or pages do not lead to the notice")
        elif control.startswith("record:"):
            silent = [name for name, state in found.health.items() if state != "answers"]
            if any(found.health[name] == "not asked" for name in silent):
                tally.lacks(control, promise.id, "others' addresses may not be asked here, and nothing stands in for them")
            else:
                tally.note(
                    control, promise.id, not silent, f"{len(silent)} addresses of others or their statements give no page"
                )
        elif wrong is None or not scope.links:
            tally.lacks(control, promise.id, "no link that leads out is registered" if not scope.links else "no site runs")
        else:
            bad_links = [*wrong, *found.of("D505", "D506")]
            tally.note(
                control, promise.id, not bad_links, f"{len(bad_links)} links do not say whose they are before they are followed"
            )


def _walked(name: str, scope: Scope, found: Found) -> bool:
    """Whether pages of this surface were walked: what our own site serves on that site, what has no page of its own only where it is registered by itself."""
    if name in SERVED:
        return bool(found.seen.get(OWN))
    return name not in BUILT_IN or name in scope.surfaces


def _given(program: Program) -> frozenset[str]:
    named = {control for control, _, _ in _defined(program)}
    return CONTROLS | named | {control for promise in _telling(program) for control in _of_promise(promise)}


SURFACES = Probe("surfaces", 1, CONTROLS, walked, planted, _given)
