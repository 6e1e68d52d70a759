"""The register of versions becomes the versions of one notice: what was published then, as text and as program.

A program is read as it was compiled when it was published, never compiled again: what was promised then does not change with our compiler.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from upheld.faces.app.errors import NotNow
from upheld.language.promises import from_json
from upheld.language.promises.model import Program
from upheld.language.promises.versions import Earlier, Versions, in_order
from upheld.records.ledger.publications import Registered, publication_files, publications, published
from upheld.records.own import OwnDatabase

PROGRAM_FILE = "program.json"
_PROGRAMS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Version:
    """A published version with all its files; `program.json` among them is the program."""

    registered: Registered
    files: dict[str, str]

    @property
    def number(self) -> int:
        return self.registered.number

    @property
    def named(self) -> str:
        """Notice and number: `qualer 2`."""
        return f"{self.registered.notice} {self.registered.number}"

    @property
    def sources(self) -> dict[str, str]:
        """The files that people wrote, name → text: notice, annexes, roster, deployment file."""
        return {name: text for name, text in self.files.items() if name != PROGRAM_FILE}

    @property
    def program(self) -> Program:
        """The program as it was published."""
        return _program(self.files[PROGRAM_FILE])


@lru_cache(maxsize=_PROGRAMS_KEPT)
def _program(text: str) -> Program:
    return from_json(text.encode())


def versions_of(own: OwnDatabase, notice: str) -> tuple[Version, ...]:
    """Every published version of the notice, the first first. A statement, and one a version."""
    with own.connection() as connection:
        return tuple(Version(*each) for each in published(connection, notice))


def in_force(own: OwnDatabase, notice: str, today: date) -> Version | None:
    """The newest published version that is in force on the day; None where none is. One statement, and one for a version met first."""
    with own.connection() as connection:
        known = [row for row in publications(connection, notice) if row.effective <= today]
    return _version(own, known[-1]) if known else None


@lru_cache(maxsize=8)
def _version(own: OwnDatabase, row: Registered) -> Version:
    with own.connection() as connection:
        return Version(row, publication_files(connection, row.notice, row.number))


def earlier_of(versions: tuple[Version, ...]) -> tuple[Earlier, ...]:
    """The same for the rooms that know no register."""
    return tuple(Earlier(one.number, one.program, one.sources) for one in versions)


def judged_by(own: OwnDatabase, notice: str) -> Versions:
    """Every published version of the notice, ready to judge people by. NotNow where none was published.

    Kept until another version is published: one statement then, some 100 ms a version at first.
    """
    with own.connection() as connection:
        known = publications(connection, notice)
    if not known:
        reason = f"No version of `{notice}` was published, so nobody can be judged by one."
        raise NotNow("V313", reason, "Publish it first: upheld publish DIR --to OUT")
    return _judged_by(own, notice, tuple(row.leaf for row in known))


@lru_cache(maxsize=8)
def _judged_by(own: OwnDatabase, notice: str, leaves: tuple[str, ...]) -> Versions:
    return in_order([one.program for one in versions_of(own, notice)[: len(leaves)]])
