"""A firm's folder becomes a program, an estate and every diagnostic of both, in one run.

Without an `estate` folder the notice is checked alone, and the rules that need the estate do not run.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from upheld.duties.recipients import read_registry
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.lock import read_lock
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.estate.supplied import supply
from upheld.faces.app.declared.check import check_declared
from upheld.faces.app.errors import Unusable
from upheld.faces.app.project import Project, read_project
from upheld.language.diagnostic import Diagnostic, counted
from upheld.language.law import load_law
from upheld.language.promises import Compiled, Supplied, check_against_estate, compile_program
from upheld.language.promises.model import Program
from upheld.language.promises.versions import dates_ahead


@dataclass(frozen=True, slots=True)
class Checked:
    """`program` and `estate` are None where their files could not be read at all; diagnostics say why."""

    project: Project
    compiled: Compiled
    estate: Estate | None
    catalogue: Catalogue | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def program(self) -> Program | None:
        return self.compiled.program

    @property
    def notice_errors(self) -> int:
        """Errors of the notice itself, the estate's left out."""
        return sum(one.severity == "error" for one in self.compiled.diagnostics)

    @property
    def errors(self) -> int:
        return sum(one.severity == "error" for one in self.diagnostics)

    def summary(self) -> list[str]:
        """One line for the notice, one for the estate, one for the regimes."""
        bindings = Counter(str(clause.binding) for clause in self.compiled.clauses)
        kinds = ", ".join(f"{bindings[one]} {word}" for one, word in WORDS.items() if bindings[one])
        lines = [f"{self.project.main:16} {counted(len(self.compiled.clauses), 'clause')}: {kinds}"]
        if self.program and self.program.notices:
            lines[0] += f"   updated {self.program.notices[0].updated}"
            lines.append(f"{'regimes':16} {', '.join(regime.id for regime in self.program.notices[0].regimes)}")
        if self.estate is None:
            return [*lines, f"{'estate':16} none beside the notice; its rules did not run"]
        said = _estate_as_json(self.estate)
        lock = "compared with estate.lock" if self.catalogue else "no estate.lock to compare with"
        size = ", ".join(
            (counted(len(said["stores"]), "store"), counted(said["tables"], "table"), counted(said["columns"], "column"))
        )
        return [*lines, f"{'estate/*.yaml':16} {size}   {lock}"]

    def verdict(self) -> str:
        """The last line: how many errors and warnings, and what that means."""
        warnings = len(self.diagnostics) - self.errors
        counts = f"{counted(self.errors, 'error')}, {counted(warnings, 'warning')}."
        return f"{counts} Ready." if not self.errors else f"{counts} Not ready: an error is a promise that cannot be kept."


MOST_KNOWN = 8
_KNOWN: dict[tuple[object, ...], Checked] = {}
_LOCK = threading.Lock()
WORDS = {"bound": "promise", "informs": "inform", "outside": "bind somebody else", "unbound": "stand alone"}


def check_folder(path: Path) -> Checked:
    """Everything that can be known of the folder without a database. Unusable if there is no readable notice.

    The files are read each time; of the same texts the same is known, and what runs for long asks at every step.
    """
    project = read_project(path)
    texts = _texts(project)
    with _LOCK:
        if (known := _KNOWN.get(texts)) is not None:
            return known
    checked = _checked(project)
    with _LOCK:
        while len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[texts] = checked
    return checked


def _texts(project: Project) -> tuple[object, ...]:
    """All that a check reads, as something that can be looked up by."""
    return tuple(
        tuple(sorted(value.items())) if isinstance(value, Mapping) else value
        for value in (getattr(project, field.name) for field in fields(project))
    )


def _checked(project: Project) -> Checked:
    compiled = _compiled(tuple(project.sources.items()), project.main, project.deployment)
    found = list(compiled.diagnostics)
    estate, catalogue = None, None
    if project.estate is not None:
        estate, faults = read_estate(project.estate)
        found += faults
        catalogue = _catalogue(project)
        found += check_estate(estate, catalogue, _leaves(compiled.program))
        if compiled.program is not None:
            found += check_against_estate(compiled.program, supply(estate, _ours()))
    if compiled.program is not None and project.recipients is not None:
        found += read_registry(compiled.program, project.recipients)[1]
    if compiled.program is not None:
        given = (project.points, project.profile, project.agents, project.scope, project.labels, project.bases)
        found += check_declared(compiled.program, estate, *given)
    return Checked(project, compiled, estate, catalogue, _ordered(found, project))


@lru_cache(maxsize=8)
def _compiled(sources: tuple[tuple[str, str], ...], main: str, deployment: tuple[str, str] | None) -> Compiled:
    """The program of these very texts; what runs for long asks for the same ones at every step."""
    return compile_program(dict(sources), main, load_law(), deployment)


def dated(checked: Checked, today: date) -> Checked:
    """With N311 as a warning for every text that bears a day to come: it may wait for that day, but not be published before."""
    if checked.program is None:
        return checked
    ahead = [replace(one, severity="warning") for one in dates_ahead(checked.program, today, checked.project.sources)]
    return replace(checked, diagnostics=_ordered([*checked.diagnostics, *ahead], checked.project)) if ahead else checked


def misfits(checked: Checked, program: Program) -> tuple[Diagnostic, ...]:
    """Errors of the folder's estate under another program than the folder's own: one that was published."""
    if checked.estate is None:
        return ()
    found = [
        *check_estate(checked.estate, checked.catalogue, _leaves(program)),
        *check_against_estate(program, supply(checked.estate, _ours())),
    ]
    return tuple(one for one in _ordered(found, checked.project) if one.severity == "error")


@cache
def _ours() -> Supplied:
    """What our own tables supply. Their places are left out: a firm's notice need not speak of what it does not use."""
    text = files("upheld.records.own").joinpath("estate", "upheld.yaml").read_text("utf-8")
    ours = supply(read_estate({"upheld.yaml": text})[0])
    return replace(ours, places=(), unasked=ours.leaves)


def _catalogue(project: Project) -> Catalogue | None:
    if project.lock is None:
        return None
    try:
        return read_lock(project.lock)
    except (ValueError, TypeError, KeyError, AttributeError):
        reason = f"{project.folder / 'estate' / 'estate.lock'} is no lock that this program wrote."
        raise Unusable("X122", reason, "Scan each store again: upheld scan env:NAME --to FOLDER --store NAME") from None


def _leaves(program: Program | None) -> frozenset[str] | None:
    if program is None:
        return None
    return frozenset(leaf.id for name, meaning in program.names.items() if name.kind == "data" for leaf in meaning.leaves)


def _ordered(found: list[Diagnostic], project: Project) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(found), key=lambda one: (one.file != project.main, one.file, one.line, one.code, one.detail)))


def check_as_json(checked: Checked) -> dict[str, Any]:
    """The contract of `upheld check --json`: notice, clauses with binding and verbs, diagnostics, estate."""
    verbs: dict[str, set[str]] = {}
    promises = {promise.id: promise for promise in checked.program.promises} if checked.program else {}
    for clause in checked.compiled.clauses:
        verbs[clause.id] = {promises[one].verb for one in clause.promises if one in promises}
        if clause.defines:
            verbs[clause.id].add("define")
    notice = checked.program.notices[0].notice if checked.program and checked.program.notices else None
    return {
        "notice": notice,
        "clauses": [{"id": one.id, "binding": one.binding, "verbs": sorted(verbs[one.id])} for one in checked.compiled.clauses],
        "estate": None if checked.estate is None else _estate_as_json(checked.estate),
        "diagnostics": [diagnostic_as_json(one) for one in checked.diagnostics],
    }


def _estate_as_json(estate: Estate) -> dict[str, Any]:
    tables = [table for store in estate.stores.values() for table in store.tables.values()]
    return {"stores": sorted(estate.stores), "tables": len(tables), "columns": sum(len(table.columns) for table in tables)}


def diagnostic_as_json(one: Diagnostic) -> dict[str, Any]:
    """One finding, as every command prints it for scripts."""
    return {
        "code": one.code,
        "severity": one.severity,
        "file": one.file,
        "line": one.line,
        "clause": one.clause or None,
        "summary": one.summary,
        "detail": one.detail,
        "help": one.help,
        "suggestion": one.suggestion,
    }
