"""A version's files and program become what its page is made of: the text as HTML, who answers, the tables under it.

The annexes are part of the notice and stand on its page, after it. Every clause bears its whole id (`qualer.keep.2`), the same as on the board and in the linked data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from upheld.faces.site.notice_parts import Contact, NoticeParts, contacts_of, parts_of
from upheld.faces.site.published.glance import Glance, glance
from upheld.language.law import Law
from upheld.language.notice import parse, render_html
from upheld.language.promises.model import NoticeVersion, Program

Proof = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Edition:
    """One version, ready to be laid out. `number` None: not published yet. `published` and `author` come from the register."""

    number: int | None
    program: Program
    parts: NoticeParts
    annexes: tuple[NoticeParts, ...]
    supplements: tuple[NoticeParts, ...]
    contacts: tuple[Contact, ...]
    glance: Glance
    published: date | None = None
    author: str = ""
    because: str = ""

    @property
    def ids(self) -> frozenset[str]:
        """Every clause that stands on its page."""
        return frozenset(clause.id for notice in self.program.notices for clause in notice.clauses)

    @property
    def version(self) -> NoticeVersion:
        return self.program.notices[0]


def edition_of(program: Program, sources: Mapping[str, str], law: Law, proof: Proof | None = None) -> Edition:
    """What the page of this version is made of. `proof` gives the address of what keeps a clause."""
    version = program.notices[0]
    front = parse(sources[version.file], version.file).front
    prefix = f"{version.notice}."
    said = {clause.file for notice in program.notices for clause in notice.clauses}
    annexes = [word.text for word in (front.annexes if front is not None else ()) if word.text in said]
    roster = sources.get(front.contacts, "") if front is not None else ""
    return Edition(
        None,
        program,
        _parts(sources, version.file, prefix, proof),
        tuple(_parts(sources, name, prefix, proof) for name in annexes),
        tuple(_parts(sources, one.file, f"{one.notice}.", proof) for one in program.notices[1:]),
        contacts_of(roster, version) if roster else (),
        glance(program, law),
    )


def _parts(sources: Mapping[str, str], file: str, prefix: str, proof: Proof | None) -> NoticeParts:
    return parts_of(render_html(parse(sources[file], file), prefix, proof))
