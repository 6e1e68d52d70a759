"""A live store becomes a drafted estate file and a line in estate.lock. An estate file that is there is left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from upheld.engine.estate.lock import compare, read_lock, write_lock
from upheld.engine.estate.model import Catalogue, StoreCatalogue
from upheld.engine.stores import open_store
from upheld.faces.app.addresses import resolve, sole_store
from upheld.faces.app.errors import Unusable
from upheld.faces.app.starting import take_example_away

LOCK = "estate.lock"
NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
PLACE = re.compile(r"[A-Z]{2}\Z")


@dataclass(frozen=True, slots=True)
class Drafted:
    """Where the draft went, columns by degree, tables with theirs, and what changed since the lock was last written.

    `tables` are those of the map; `left_out` those that no path from a person leads to. `url` names the environment's variable that must
    hold the address from now on, empty if it does. `example`: the untouched example of `init` that was taken away.
    """

    file: str
    lock: str
    drafted: bool
    proven: int
    likely: int
    undetermined: int
    tables: Mapping[str, tuple[int, int, int, int]]
    changes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    url: str = ""
    example: str = ""

    def as_json(self) -> dict[str, Any]:
        """Counts by degree, in all and by table; never a value."""
        return {
            "file": self.file,
            "lock": self.lock,
            "drafted": self.drafted,
            "proven": self.proven,
            "likely": self.likely,
            "undetermined": self.undetermined,
            "tables": {
                name: dict(zip(("columns", "proven", "likely", "undetermined"), counts, strict=True))
                for name, counts in self.tables.items()
            },
            "left_out": list(self.left_out),
            "changes": list(self.changes),
        }

    def rows(self) -> list[list[str]]:
        """One row a table of the map: its columns by degree."""
        return [[name, *map(str, counts)] for name, counts in self.tables.items()]

    def says(self) -> list[str]:
        """What was written, what was left out and what a person has to do now."""
        lines = [f"taken away  {self.example}, the example that nobody had changed"] if self.example else []
        lines += [f"written  {self.file}" if self.drafted else f"left as it is  {self.file}", f"written  {self.lock}", ""]
        lines += [f"changed since the last scan: {change}" for change in self.changes]
        if self.left_out:
            count = "One table is" if len(self.left_out) == 1 else f"{len(self.left_out)} tables are"
            lines.append(f"{count} left out, because no path leads there from a person: {', '.join(self.left_out)}.")
        if self.url:
            lines.append(f"The address is written nowhere. From now on it is looked up: export {self.url}=…")
        if self.drafted and self.undetermined:
            count = "One column is" if self.undetermined == 1 else f"{self.undetermined} columns are"
            lines.append(f"{count} undetermined: say in {self.file} what they hold, and confirm what is likely.")
        return lines


def scan_store(
    url: str, folder: Path, store: str, place: str, sample: int, environment: Mapping[str, str], on_table: Any = None
) -> Drafted:
    """The draft and the lock are written. Unusable for a bad name or place; a StoreFault where the store is out of reach."""
    if not NAME.match(store):
        raise Unusable("X133", "A store's name is lower-case words joined by hyphens.", "Write --store shop.")
    if place and not PLACE.match(place):
        raise Unusable("X133", "A place is a country of two capital letters.", "Write --place DE.")
    sole, path = sole_store(store, resolve(url, environment), place or "ZZ")
    session = open_store(sole, path)
    try:
        result = session.scanned(place or "ZZ", sample, on_table)
    finally:
        session.close()
    estate = folder / "estate"
    estate.mkdir(parents=True, exist_ok=True)
    file = estate / f"{store}.yaml"
    example = take_example_away(folder)
    drafted = not file.exists()
    if drafted:
        file.write_text(_addressed(result.text, url, store), encoding="utf-8")
    changes = _lock(estate / LOCK, result.catalogue)
    return Drafted(
        str(file),
        str(estate / LOCK),
        drafted,
        result.proven,
        result.likely,
        result.undetermined,
        _by_table(result),
        changes,
        result.left_out,
        "" if environment.get(variable_of(url, store)) else variable_of(url, store),
        example,
    )


def _addressed(text: str, url: str, store: str) -> str:
    """The draft names the environment's variable; an address that was typed is not written down."""
    return re.sub(r"(?m)^url: .*$", f"url: env:{variable_of(url, store)}", text)


def variable_of(url: str, store: str) -> str:
    """The environment's variable that the estate file names for the store's address."""
    return url.removeprefix("env:") if url.startswith("env:") else f"UPHELD_{store.upper().replace('-', '_')}_URL"


def _lock(path: Path, live: StoreCatalogue) -> tuple[str, ...]:
    known = Catalogue({})
    if path.exists():
        try:
            known = read_lock(path.read_text(encoding="utf-8"))
        except (ValueError, UnicodeDecodeError):
            known = Catalogue({})  # a lock that cannot be read is written anew; the estate files are what people wrote
    new = replace(known, stores={**known.stores, live.store: live})
    path.write_text(write_lock(new), encoding="utf-8")
    return (
        compare(Catalogue({live.store: known.stores[live.store]}), Catalogue({live.store: live}))
        if live.store in known.stores
        else ()
    )


def _by_table(result: Any) -> dict[str, tuple[int, int, int, int]]:
    counts: dict[str, list[int]] = {}
    for (table, _), guess in result.guesses.items():
        if table in result.left_out:
            continue
        row = counts.setdefault(table, [0, 0, 0, 0])
        row[0] += 1
        row[("proven", "likely", "undetermined").index(guess.degree) + 1] += 1
    return {table: (row[0], row[1], row[2], row[3]) for table, row in sorted(counts.items())}
