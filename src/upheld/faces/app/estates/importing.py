"""A Fides dataset file becomes estate files in a folder, with a report. Nothing is written while the dataset has a fault."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from upheld.engine.estate.fides import Dataset, Draft, drafted, read_datasets
from upheld.engine.estate.model import Engine
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import Exit, Unusable
from upheld.language.diagnostic import Diagnostic

ENGINES: tuple[Engine, ...] = ("postgresql", "sqlite", "mariadb")
MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """The files that were written with their drafts, or the faults that stood in the way."""

    drafts: tuple[tuple[str, Draft], ...]
    faults: tuple[Diagnostic, ...] = ()

    @property
    def exit(self) -> Exit:
        """0: written; 2: the dataset cannot be used."""
        return Exit.WRONG_USE if self.faults else Exit.WELL

    def rows(self) -> list[list[str]]:
        """Place, what Fides could not say, what a person has to say: one row each."""
        return [[one.place or draft.store, one.why, one.say] for _, draft in self.drafts for one in draft.unsaid]

    def says(self, folder: Path) -> list[str]:
        """What was written, how much of it waits for a person, and how to go on."""
        lines = [
            f"written  {file}  ({counted(draft.tables, 'table')}, {counted(draft.columns, 'column')}, {draft.undetermined} undetermined)"
            for file, draft in self.drafts
        ]
        return [
            *lines,
            "",
            f"Next, freeze the live schema: upheld scan env:NAME --to {folder} --store NAME",
            f"Then: upheld check {folder}",
        ]

    def as_json(self) -> dict[str, Any]:
        """Files with counts, and everything that Fides could not say."""
        return {
            "written": [
                {"file": file, "store": draft.store, "tables": draft.tables, "columns": draft.columns, "undetermined": draft.undetermined,
                 "unsaid": [{"place": one.place or None, "why": one.why, "say": one.say} for one in draft.unsaid]}
                for file, draft in self.drafts
            ],
            "diagnostics": [
                {"code": one.code, "severity": one.severity, "file": one.file, "line": one.line, "summary": one.summary, "detail": one.detail,
                 "help": one.help, "suggestion": one.suggestion}
                for one in self.faults
            ],
        }  # fmt: skip


def import_fides(file: Path, folder: Path, engine: str, place: str) -> Imported:
    """One estate file per dataset in the folder's estate/. Unusable where the file cannot be read or an estate file is there already."""
    text = _text(file)
    known = next((one for one in ENGINES if one == engine), None)
    if known is None:
        raise Unusable("X133", f"There is no engine `{engine[:20]}`.", f"Write --engine {', '.join(ENGINES)}.")
    if place and not re.fullmatch(r"[A-Z]{2}", place):
        raise Unusable("X133", "A place is a country of two capital letters.", "Write --place DE.")
    datasets, faults = read_datasets(text, file.name)
    if faults:
        return Imported((), faults)
    drafts = [drafted(one, name, known, place) for one, name in zip(datasets, _store_names(datasets), strict=True)]
    estate = folder / "estate"
    for draft in drafts:
        if (estate / f"{draft.store}.yaml").exists():
            raise Unusable(
                "N005", f"{estate / f'{draft.store}.yaml'} is there already.", "Move it away, or import into another folder."
            )
    estate.mkdir(parents=True, exist_ok=True)
    written = []
    for draft in drafts:
        target = estate / f"{draft.store}.yaml"
        target.write_text(draft.text, encoding="utf-8")
        written.append((str(target), replace(draft)))
    return Imported(tuple(written))


def _store_names(datasets: Sequence[Dataset]) -> list[str]:
    """A name for each; keys that differ only in letters which a store's name may not have are numbered."""
    names: list[str] = []
    for one in datasets:
        name = _store_name(one.key)
        names.append(name if name not in names else next(f"{name}-{n}" for n in count(2) if f"{name}-{n}" not in names))
    return names


def _store_name(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-") or "store"


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise Unusable("N002", f"{file} is larger than {MAX_BYTES // 1_000_000} MB.", "Give one dataset a file.")
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Unusable("N003", f"{file} is not UTF-8.", "Save the file as UTF-8.") from None
    except OSError as error:
        raise Unusable("N004", f"{file} cannot be read: {error.strerror}.", "Look at the file's place and rights.") from None
