"""Two versions, published or still in a folder, become their differences by meaning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upheld.faces.app.checking import Checked, check_folder
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.faces.app.versions.published import Version, versions_of
from upheld.faces.app.versions.publishing import files_of
from upheld.language.promises.model import Program
from upheld.language.promises.versions import Differences, differences
from upheld.records.ledger.publications import publications

NOT_TEXT = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Compared:
    """What lies between `old` and `new`, each as a person names it: `version 2 of qualer`, or a path."""

    old: str
    new: str
    found: Differences

    def as_json(self) -> dict[str, Any]:
        """The contract of `upheld diff --json`: what is compared, the effect of it all, changes and duties."""
        return {
            "old": self.old,
            "new": self.new,
            "effect": self.found.effect,
            "changes": [one.as_json() for one in self.found.changes],
            "duties": [one.as_json() for one in self.found.duties],
        }


@dataclass(frozen=True, slots=True)
class _Side:
    label: str
    program: Program
    rosters: str


def compare(app: Installation, old: str, new: str, of: str = "") -> Compared:
    """`old` and `new`: a notice's file, its folder, or the number of a published version, of the notice `of`.

    Without `of` it is the notice of the other side, or the only one that was ever published. Unusable names what cannot be found.
    """
    folders = {side: check_folder(Path(side)) for side in (old, new) if not side.isdecimal()}
    notice = of or next((name for side in folders.values() if (name := _notice(side))), "")
    sides = [_published(app, notice, int(side)) if side.isdecimal() else _written(folders[side], side) for side in (old, new)]
    return Compared(sides[0].label, sides[1].label, between(*((side.program, side.rosters) for side in sides)))


def between(old: tuple[Program, str], new: tuple[Program, str]) -> Differences:
    """The differences of two versions, each a program and the text of its roster."""
    return differences(old[0], new[0], old[1], new[1])


def roster_of(files: dict[str, str], deployment: str = "deployment.yaml") -> str:
    """The text of the roster among a version's files; empty where there is none."""
    return next((text for name, text in sorted(files.items()) if name.endswith(NOT_TEXT) and name != deployment), "")


def _notice(checked: Checked) -> str:
    return checked.program.notices[0].notice if checked.program else ""


def _written(checked: Checked, path: str) -> _Side:
    if checked.program is None:
        raise NotNow("X120", f"The notice at {path} has errors, so it cannot be compared.", f"Run: upheld check {path}")
    return _Side(path, checked.program, roster_of(files_of(checked)))


def _published(app: Installation, notice: str, number: int) -> _Side:
    notice = notice or _only_notice(app)
    versions: dict[int, Version] = {one.number: one for one in versions_of(app.own, notice)}
    if number not in versions:
        there = f"Published: 1 to {len(versions)}." if versions else "None was published: upheld publish DIR --to OUT"
        raise Unusable("V311", f"The notice `{notice}` has no version {number}.", there)
    version = versions[number]
    return _Side(f"version {number} of {notice}", version.program, roster_of(version.sources))


def _only_notice(app: Installation) -> str:
    with app.own.connection() as connection:
        known = sorted({row.notice for row in publications(connection)})
    if len(known) != 1:
        said = f"Published are: {', '.join(known)}." if known else "No notice was published."
        raise Unusable("V312", said, "Name it: --of NOTICE, or give the folder of the notice as one side.")
    return known[0]
