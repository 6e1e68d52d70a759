"""A notice beside the versions published before it becomes a list of what keeps it from being the next one.

A version follows the one before: it bears its own date, no earlier one, none that has not come; it never gives an id of an earlier version
to another sentence, and never lets one vanish unsaid. Pure: the day and the earlier versions are given. That text changed under its old
date (N301) is the compiler's to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from upheld.language.diagnostic import Diagnostic
from upheld.language.promises.model import Clause, NoticeVersion, Program
from upheld.language.promises.versions.codes import fault


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version that was published: its number, the program that was promised, and all its files, name → text."""

    number: int
    program: Program
    files: Mapping[str, str]


def dates_ahead(program: Program, today: date, files: Mapping[str, str]) -> Iterator[Diagnostic]:
    """N311 for every notice and supplement that bears a day that has not come."""
    for notice in program.notices:
        if notice.updated > today:
            why = f"`updated: {notice.updated}`, and today is {today}."
            yield fault("N311", notice.file, line_of(files, notice.file, "updated:"), why)


def judge_succession(
    program: Program, files: Mapping[str, str], earlier: Sequence[Earlier], today: date, because: str
) -> tuple[Diagnostic, ...]:
    """Everything that keeps `program` from being published after `earlier` (the first first), sorted by file and line.

    `files`: all that the version would consist of, the deployment file too. Where nothing at all changed there is nothing to find.
    """
    found = list(dates_ahead(program, today, files))
    for notice in program.notices:
        found += _ids(notice, program, earlier, files)
    if earlier and dict(earlier[-1].files) != dict(files):
        found += _after(program, files, earlier[-1], because)
    return tuple(sorted(set(found), key=lambda one: (one.file, one.line, one.code, one.detail)))


def _after(program: Program, files: Mapping[str, str], last: Earlier, because: str) -> Iterator[Diagnostic]:
    main = program.notices[0]
    days = {notice.notice: notice for notice in last.program.notices}
    place = line_of(files, main.file, "updated:")
    if all(notice.notice in days and notice.updated == days[notice.notice].updated for notice in program.notices):
        changed = sorted(name for name in {*files, *last.files} if files.get(name) != last.files.get(name))
        why = f"`updated:` is still {main.updated}, as in version {last.number}; changed: {', '.join(changed)}."
        yield fault("N310", main.file, place, why)
    for notice in program.notices:
        before = days.get(notice.notice)
        if before is not None and notice.updated < before.updated:
            why = f"`updated: {notice.updated}`; version {last.number} bears {before.updated}."
            yield fault("N312", notice.file, line_of(files, notice.file, "updated:"), why)
        if before is not None and notice.effective < before.effective:
            why = f"`effective: {notice.effective}`; version {last.number} is in force from {before.effective}."
            yield fault("N313", notice.file, line_of(files, notice.file, "effective:"), why)
    asking = _asks_reason(program)
    if not because.strip() and asking is not None:
        yield fault("N316", asking.file, asking.line, f"`{asking.id}` promises that every new version has one.", asking.id)


def _asks_reason(program: Program) -> Clause | None:
    """The clause that promises a reason with every new version: a `tell` before it takes effect that needs one."""
    for promise in program.promises:
        needs = {name.id for name in promise.terms.get("needs", ())}
        if (
            promise.verb == "tell"
            and promise.blocks is not None
            and promise.blocks.id == "version-effective"
            and "reason" in needs
        ):
            return next((one for notice in program.notices for one in notice.clauses if one.id in promise.source.clauses), None)
    return None


def _ids(notice: NoticeVersion, program: Program, earlier: Sequence[Earlier], files: Mapping[str, str]) -> Iterator[Diagnostic]:
    here = {clause.id: clause for clause in notice.clauses}
    retired = {_full(notice, each) for each in notice.retired}
    said: dict[str, int] = {}  # every id that was published, with the last version that had it
    withdrawn: dict[str, int] = {}  # every id that was retired, with the first version that said so
    for version in earlier:
        for before in version.program.notices:
            if before.notice == notice.notice:
                said |= {clause.id: version.number for clause in before.clauses}
                for each in before.retired:
                    withdrawn.setdefault(_full(before, each), version.number)
    for id, clause in here.items():
        if id in withdrawn:
            yield fault("N314", clause.file, clause.line, f"`{id}` was retired in version {withdrawn[id]}.", id)
    for id, number in said.items():
        if id not in here and id not in retired:
            why = f"`{id}` stands in version {number}."
            yield fault("N315", notice.file, line_of(files, notice.file, "retired:"), why, id)
    for id, number in withdrawn.items():
        if id not in retired and id not in here and id not in said:
            why = f"`{id}` was retired in version {number}, and this one no longer says so."
            yield fault("N315", notice.file, line_of(files, notice.file, "retired:"), why, id)


def _full(notice: NoticeVersion, id: str) -> str:
    return id if id.startswith(f"{notice.notice}.") else f"{notice.notice}.{id}"


def line_of(files: Mapping[str, str], file: str, start: str) -> int:
    """The line of `file` that begins with `start`; 1 where none does."""
    lines = files.get(file, "").split("\n")
    return next((number for number, line in enumerate(lines, start=1) if line.startswith(start)), 1)
