"""The parts of the notice's page that sentences promise beside the text: who answers, whose notice it is, the list of its parts, the way to each proof.

Each visit is a reader's: links are followed, anchors looked up, and what a proof's page says is read. What is on the page only by being rendered from
the same file counts for nothing here; the twin serves a copy of the folder in which each of these is another.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import yaml

from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.pages import NOTICE, NOTICE_FILE, plain
from upheld.faces.board.words import words_of
from upheld.language.notice import parse
from upheld.language.promises import from_json
from upheld.language.promises.model import Kind, Name, Program

VERSION = "page-parts/2"
REGISTER, PARTY, DECIDES = f"{NOTICE}/notice.json", "register:party:", "decides what for"
CONTROLLING = re.compile(r"(^\s*define: [\w-]+\n\s*is: party\n\s*role: )controller$", re.MULTILINE)
FOLLOWED = 5
HREF = re.compile(r'href="([^"]+)"')
ID = re.compile(r'\bid="([^"]+)"')
HEADING = re.compile(r"^(#{2,3}) .*?(\s*\{#[^}]*\})?$", re.MULTILINE)
MARKED = re.compile(r"\{#([A-Za-z0-9.]+)")


@dataclass(frozen=True, slots=True)
class Sought:
    """What a reader must find, and how many of it were not there."""

    of: int
    missing: int
    what: str


def shown(context: ProbeContext) -> list[Evidence]:
    """Each part that exists for some sentence, by its control."""
    if context.visit is None:
        return []
    page = context.visit(NOTICE)
    found: list[Evidence] = []
    for items, seek in SOUGHT.items():
        sought = seek(context, page)
        found += [_found(context, f"page:{item}", sought) for item in items]
    served = from_json(context.visit(REGISTER).encode())
    return [
        *found,
        *(
            _found(context, f"{PARTY}{name.id}", party(context.program, served, page, name))
            for name in deciding(context.program)
        ),
    ]


def deciding(program: Program) -> tuple[Name, ...]:
    """Parties that a sentence names as those who decide what data is for."""
    defined = {name for version in program.notices for clause in version.clauses for name in clause.defines}
    return tuple(
        name
        for name in sorted(defined)
        if name.kind is Kind.PARTY and [one.id for one in program.names[name].keys.get("role", ())] == ["controller"]
    )


def party(program: Program, served: Program, page: str, name: Name) -> Sought:
    """Its entry for machines is word for word the sentence's, the table of parties says its part, and each law that it answers to has its rights there."""
    mine, theirs = program.names[name], served.names.get(name)
    anchors = set(ID.findall(page))
    laws = [one.id for one in mine.keys.get("regime", ())]
    cells = plain(page.replace("<", " <")).lower()
    missing = int(theirs is None or dict(theirs.keys) != dict(mine.keys))
    missing += f"{words_of(name.id)} {DECIDES}".lower() not in cells
    missing += sum(f"at-rights-{law}" not in anchors for law in laws)
    return Sought(2 + len(laws), missing, "entries of the party, its part and its laws")


def contacts(context: ProbeContext, page: str) -> Sought:
    """Every e-mail address, telephone number and postal address of the roster."""
    text = plain(page)
    wanted = [SPACE.sub(" ", value) for value in _roster(context)]
    return Sought(len(wanted), sum(value not in text for value in wanted), "contact points of the roster")


def parts(context: ProbeContext, page: str) -> Sought:
    """Every section of the text has a link in the list of parts, and the link's anchor is on the page."""
    anchors = set(ID.findall(page))
    index = page.partition('<nav class="index"')[2].partition("</nav>")[0]
    linked = {plain(title): anchor for anchor, title in re.findall(r'<a href="#([^"]+)">(.*?)</a>', index, re.DOTALL)}
    sections = dict.fromkeys(
        clause.section for notice in context.program.notices for clause in notice.clauses if clause.section
    )
    tops = [title for title in sections if title in _tops(context)]
    missing = [title for title in tops if linked.get(plain(title), "") not in anchors]
    return Sought(len(tops), len(missing), "parts of the text in the list at its head")


def proofs(context: ProbeContext, page: str) -> Sought:
    """Each sentence links to its proof; of some, the proof is opened and read."""
    assert context.visit is not None
    clauses = [c for notice in context.program.notices for c in notice.clauses]
    links = {html.unescape(link) for link in HREF.findall(page)}
    ways = {c.id: next((link for link in links if link.endswith(f"?open={c.id}#{c.id}")), "") for c in clauses}
    missing = sum(1 for way in ways.values() if not way)
    bound = [c.id for c in clauses if c.binding == "bound" and ways[c.id]]
    for clause in bound[:: max(1, len(bound) // FOLLOWED)]:
        opened = context.visit(f"/?open={clause}")
        missing += f'id="{clause}"' not in opened or "The controls" not in opened
    return Sought(len(clauses), missing, "sentences with a way to what keeps them")


def controller(context: ProbeContext, page: str) -> Sought:
    """Whose notice it is, at the head, and every law that it answers to, above its rights."""
    version = context.program.notices[0]
    text = plain(page.partition('<div class="layers">')[0]).lower()
    said = [version.controller.replace("-", " ").lower()]
    missing = sum(name not in text for name in said)
    laws = [regime.id for notice in context.program.notices for regime in notice.regimes]
    anchors = set(ID.findall(page))
    granted = any(promise.verb == "grant" for promise in context.program.promises)
    missing += sum(f"at-rights-{law}" not in anchors for law in laws) if granted else 0
    return Sought(len(said) + len(laws), missing, "names: the controller and the laws that it answers to")


SPACE = re.compile(r"\s+")
SOUGHT: dict[tuple[str, ...], Callable[[ProbeContext, str], Sought]] = {
    ("contact-block", "postal-address", "email", "telephone"): contacts,
    ("list-of-parts", "section-links"): parts,
    ("how-each-sentence-is-kept", "control-of-each-clause"): proofs,
    ("who-is-controller", "controller", "law"): controller,
}


def _named(program: Program) -> frozenset[str]:
    return frozenset(f"{PARTY}{name.id}" for name in deciding(program))


def _found(context: ProbeContext, control: str, sought: Sought) -> Evidence:
    good = not sought.missing
    says = (
        f"a visit found {sought.of} {sought.what}" if good else f"a visit missed {sought.missing} of {sought.of} {sought.what}"
    )
    return evidence(
        context, control, VERSION, sought.of, "held" if good else "failed", says,
        coverage=Coverage(1, 1, "served pages"), detail={"sought": sought.of, "missing": sought.missing},
        mend="" if good else "Serve the notice's pages as `upheld publish` writes them.",
    )  # fmt: skip


def _roster(context: ProbeContext) -> Iterator[str]:
    front = parse(context.notice_source, NOTICE_FILE).front
    read = yaml.safe_load(context.notice_files.get(front.contacts, "") if front is not None else "") or ()
    rows = read.values() if isinstance(read, dict) else read
    for row in rows:
        yield from (str(row[key]).strip() for key in ("email", "phone", "post") if isinstance(row, dict) and row.get(key))


def _tops(context: ProbeContext) -> frozenset[str]:
    """Titles of the second rank, which the list names."""
    found = HEADING.finditer(context.notice_source)
    return frozenset(plain(match.group()[3:].partition("{#")[0]) for match in found if match.group(1) == "##")


@contextmanager
def _another_folder(context: ProbeContext) -> Iterator[ProbeContext]:
    """The same site over a copy of the folder in which sections have other titles, ids are others, and other people answer for another firm."""
    assert context.copied is not None, "where a page is visited, a copy can be served"
    with context.copied() as (folder, visit):
        front = parse(context.notice_source, NOTICE_FILE).front
        (folder / NOTICE_FILE).write_text(_other(context.notice_source), encoding="utf-8")
        if front is not None and front.contacts:
            roster = folder / front.contacts
            others = re.sub(r"[\w.]+@[\w.]+", "nobody@copy.example.test", roster.read_text("utf-8"))
            roster.write_text(re.sub(r"\+\d[\d ]+", "+47 00 00 00 00", others), "utf-8")
        yield replace(context, visit=visit, sandboxed=True)


def _other(source: str) -> str:
    """Another controller, other parts of the parties that decide, other titles, and another id for one sentence that no other mentions; it still checks clean."""
    source = re.sub(r"^controller: .*$", "controller: firm-of-the-copy", source, flags=re.MULTILINE)
    source = CONTROLLING.sub(r"\1joint", source)
    source = re.sub(r"^(# |title: ).*$", r"\1Notice of the copy", source, flags=re.MULTILINE)
    for number, match in enumerate(list(HEADING.finditer(source)), 1):
        source = source.replace(match.group(), f"{match.group(1)} Section {number} of the copy{match.group(2) or ''}", 1)
    alone = [each for each in MARKED.findall(source) if len(re.findall(rf"(?<![\w.]){re.escape(each)}(?![\w.])", source)) == 1]
    return source.replace("{#" + alone[-1], "{#" + alone[-1] + "copy", 1) if alone else source


PAGES = frozenset(f"page:{item}" for items in SOUGHT for item in items)
PAGE_PARTS = Probe("page-parts", 2, PAGES, shown, _another_folder, _named)
