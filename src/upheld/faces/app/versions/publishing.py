"""A folder that checks clean becomes a published version: its number, its files and a leaf, in one transaction.

The date changes in the same act as the text, or nothing is published. Publishing what is published already changes nothing and gives that
version again, so that a page can be made anew at any time. Must never: record a version of a notice with an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from upheld.faces.app.checking import Checked, check_folder
from upheld.faces.app.installation import Installation
from upheld.faces.app.scope import read_scope
from upheld.faces.app.scope.launch import missing_additions
from upheld.faces.app.versions.published import PROGRAM_FILE, Version, earlier_of
from upheld.language.diagnostic import Diagnostic
from upheld.language.promises import to_json
from upheld.language.promises.compiling.units import Unit, read_files, roles_of, undated
from upheld.language.promises.model import NoticeVersion, Program
from upheld.language.promises.versions import judge_succession
from upheld.language.promises.versions.codes import fault
from upheld.language.promises.versions.succession import line_of
from upheld.records.ledger import checkpoint
from upheld.records.ledger.publications import Publication, Registered, published, register
from upheld.records.own import OwnDatabase


@dataclass(frozen=True, slots=True)
class Published:
    """`version` None: nothing was recorded, and `diagnostics` say why. Else the version that stands now, number and leaf.

    `fresh` is False where the same text was published before. `versions`: all of this notice, the first first, this one among them.
    `checkpoint`: the signed note that covers the version's leaf, for the page.
    """

    checked: Checked
    version: Version | None
    fresh: bool
    versions: tuple[Version, ...]
    diagnostics: tuple[Diagnostic, ...]
    checkpoint: str = ""

    @property
    def registered(self) -> Registered:
        """The version's row: number, dates, digests, who and why. Only of what was published."""
        assert self.version is not None
        return self.version.registered


def publish_folder(app: Installation, folder: Path, by: str = "", because: str = "") -> Published:
    """The folder's notice is published as its next version, or nothing is recorded. Unusable where there is no readable notice.

    `by`: a role of the roster (empty: the officer, else the controller). `because`: the reason of the change, shown with the version.
    """
    checked = check_folder(folder)
    program = checked.program
    if program is None or checked.errors:
        return Published(checked, None, False, (), tuple(one for one in checked.diagnostics if one.severity == "error"))
    if missing := tuple(missing_additions(program, read_scope(program, checked.project.scope))):
        return Published(checked, None, False, (), missing)
    files = files_of(checked)
    offer = Offer(program, checked.project.main, files, by or default_author(program.notices[0]), because)
    version, fresh, versions, found = record_version(app.own, offer, app.settings.now())
    if version is None:
        return Published(checked, None, False, versions, found)
    app.seal()
    with app.own.connection() as connection:
        note = checkpoint(connection).note
    return Published(checked, version, fresh, versions, (), note)


@dataclass(frozen=True, slots=True)
class Offer:
    """A version that somebody wants to publish. `files`: all that it consists of; `main` the notice's file among them."""

    program: Program
    main: str
    files: Mapping[str, str]
    by: str
    because: str


Recorded = tuple[Version | None, bool, tuple[Version, ...], tuple[Diagnostic, ...]]


def record_version(own: OwnDatabase, offer: Offer, now: datetime) -> Recorded:
    """The version, whether it is new, every version so far, and what kept it from being recorded. One transaction."""
    program, notice = offer.program, offer.program.notices[0]
    units = read_files(offer.files, offer.main).units
    with own.transaction() as connection:
        versions = tuple(Version(*each) for each in published(connection, notice.notice))
        found = (*_misfits(offer, units, versions, now.date()), *_nobody(offer, units))
        if found:
            return None, False, versions, found
        if versions and versions[-1].sources == dict(offer.files):
            return versions[-1], False, versions, ()
        given = Publication(
            notice.notice,
            max(one.updated for one in program.notices),
            notice.effective,
            program.digest,
            {**offer.files, PROGRAM_FILE: to_json(program).decode()},
            offer.by,
            offer.because.strip(),
        )
        made = Version(register(connection, given, now, frozenset({PROGRAM_FILE})), dict(given.files))
    return made, True, (*versions, made), ()


def files_of(checked: Checked) -> dict[str, str]:
    """What a version consists of: the notice with its annexes, supplements and translations, the roster, the deployment file."""
    files = {name: checked.project.sources[name] for name in checked.compiled.files}
    return files | ({checked.project.deployment[0]: checked.project.deployment[1]} if checked.project.deployment else {})


def default_author(notice: NoticeVersion) -> str:
    """Who answers for a version if nobody is named: the officer, else the controller."""
    return notice.officer if notice.officer not in ("", "none") else notice.controller


def _misfits(offer: Offer, units: tuple[Unit, ...], versions: tuple[Version, ...], today: date) -> tuple[Diagnostic, ...]:
    found = list(judge_succession(offer.program, offer.files, earlier_of(versions), today, offer.because))
    if versions:
        by_text = list(undated(offer.files, versions[-1].sources, units))
        # Changed text says more than changed files; both are one fault.
        found = [*by_text, *(one for one in found if not (by_text and one.code == "N310"))]
    return tuple(sorted(found))


def _nobody(offer: Offer, units: tuple[Unit, ...]) -> tuple[Diagnostic, ...]:
    notice = offer.program.notices[0]
    roles = frozenset().union(*(roles_of(unit.front, unit.files[0].file, offer.files, []) for unit in units))
    if offer.by in roles or offer.by == notice.controller:
        return ()
    why = f"The roster has no role `{offer.by}`."
    return (fault("N317", notice.file, line_of(offer.files, notice.file, "contacts:"), why),)
