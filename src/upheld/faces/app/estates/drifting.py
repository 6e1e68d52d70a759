"""A folder and its live stores become findings: schema against map and lock, ways round, settings, half-erased rows, promises without columns.

Nothing is changed in any store. A store that is out of reach is told, and the others are judged all the same. Where the snapshot and the live schema
agree, the findings of the estate are those of `upheld check`; where they differ, what the difference brings about is judged too (a column that can no
longer be blanked, a delete that now cascades). Rows are counted, and a sample of values is looked at in memory where the map says what they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from upheld.engine.estate.check import check_estate
from upheld.engine.estate.drift.changes import changes
from upheld.engine.estate.drift.codes import Finding, found
from upheld.engine.estate.drift.condition import judged
from upheld.engine.estate.drift.contents import asked, contradicted
from upheld.engine.estate.lock import compare, write_lock
from upheld.engine.estate.model import Catalogue, Estate, StoreCatalogue, StoreMap, Table
from upheld.engine.execution.half_erased import half_erased
from upheld.engine.stores import Store, StoreFault, open_store
from upheld.engine.stores.condition import condition_of
from upheld.faces.app.addresses import urls_of
from upheld.faces.app.checking import Checked, check_folder, counted
from upheld.faces.app.errors import Exit, NotNow, Trouble, Unusable, trouble_of
from upheld.faces.app.estates.records import kept_rows
from upheld.faces.app.installation import Installation
from upheld.language.diagnostic import Diagnostic

# What a difference of the schema already says with its own remedy.
SAID = frozenset({"E301", "E302", "E303", "E107", "E306", "E308", "E312", "E313"})
PROMISES = frozenset({"P303", "P603"})
CREATE = "Create it: "


@dataclass(frozen=True, slots=True)
class Drifted:
    """What was found, by store; which stores could not be asked, and why; what the new lock changed, if one was written."""

    findings: tuple[Finding, ...]
    judged: tuple[str, ...]
    unreached: tuple[tuple[str, Trouble], ...] = ()
    frozen: tuple[str, ...] | None = None
    folder: Path = Path(".")

    @property
    def exit(self) -> Exit:
        """0 none, 1 findings, 3 a store is out of reach (the others were judged)."""
        if self.unreached:
            return Exit.WORLD
        return Exit.BROKEN if self.findings else Exit.WELL

    def says(self) -> list[str]:
        """The last lines: how many findings, in which stores, and how to go on."""
        lines = []
        if self.frozen is not None:
            lines = [f"frozen anew: {line}" for line in self.frozen] or ["The lock was written anew; nothing in it changed."]
        where = f"{counted(len(self.judged), 'store')} judged" + (
            f", {len(self.unreached)} out of reach" if self.unreached else ""
        )
        lines.append(f"{counted(len(self.findings), 'finding')}; {where}.")
        if any(one.said.code.startswith("D1") and one.said.code < "D12" for one in self.findings):
            lines.append("When the files say what is true, freeze the schema anew, then plan again:")
            lines.append(f"  upheld drift {self.folder} --relock")
        return lines

    def as_json(self) -> dict[str, Any]:
        """Each finding with its place, its file and line, its remedy and the statement to run, if there is one."""
        return {
            "findings": [
                {"code": one.said.code, "severity": one.said.severity, "store": one.store or None, "place": one.place or None,
                 "file": one.said.file, "line": one.said.line, "clause": one.said.clause or None, "summary": one.said.summary,
                 "detail": one.said.detail, "help": one.said.help, "statement": one.statement or None, "suggestion": one.said.suggestion}
                for one in self.findings
            ],
            "stores": {name: "judged" for name in self.judged} | {name: "out of reach" for name, _ in self.unreached},
            "unreached": [{"store": name, **trouble.as_json()} for name, trouble in self.unreached],
            "relocked": list(self.frozen) if self.frozen is not None else None,
        }  # fmt: skip


def drift_folder(app: Installation, folder: Path, relock: bool = False) -> Drifted:
    """Every finding of the folder's stores; with `relock` the live schemas are frozen first, and what is left is judged. NotNow without an estate."""
    checked = check_folder(folder)
    if checked.estate is None or checked.catalogue is None:
        reason = f"{folder} has no estate, or no estate.lock."
        raise NotNow("X121", reason, f"Scan each store: upheld scan env:NAME --to {folder} --store NAME")
    live: dict[str, StoreCatalogue] = {}
    listed: list[Finding] = []
    unreached = []
    for name, store in checked.estate.stores.items():
        try:
            with _session(app, store) as session:
                live[name] = session.catalogue()
                listed += judged(store, condition_of(session))
                listed += contradicted(store, session.contents(live[name], asked(store), store.region or store.place))
                listed += _ruins(app, store, live[name], session)
        except (Unusable, StoreFault) as fault:
            live.pop(name, None)
            unreached.append((name, trouble_of(fault)))
    old = checked.catalogue
    frozen = _freeze(checked, live) if relock else None
    if relock:
        old = Catalogue({**old.stores, **live})
    listed += _against_map(checked.estate, old, live)
    listed += _against_promises(checked, old)
    return Drifted(tuple(_ordered(listed)), tuple(live), tuple(unreached), frozen, folder)


def _ordered(listed: list[Finding]) -> list[Finding]:
    return sorted(set(listed), key=lambda one: (not one.store, one.store, one.said.code, one.place, one.said.line))


class _session:
    """A store's session while the block runs."""

    def __init__(self, app: Installation, store: StoreMap) -> None:
        self._url = urls_of(Estate({store.store: store}), app.settings.environment)[store.store]
        self._map = store

    def __enter__(self) -> Store:
        self._store = open_store(self._map, self._url)
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def _freeze(checked: Checked, live: Mapping[str, StoreCatalogue]) -> tuple[str, ...]:
    assert checked.catalogue is not None
    new = Catalogue({**checked.catalogue.stores, **live})
    (checked.project.folder / "estate" / "estate.lock").write_text(write_lock(new), encoding="utf-8")
    return compare(checked.catalogue, new)


# ---- schema against map ----------------------------------------------------------------------------------------------


def _against_map(estate: Estate, old: Catalogue, live: Mapping[str, StoreCatalogue]) -> Iterator[Finding]:
    before = set(check_estate(estate, old))
    files = {store.file: store for store in estate.stores.values()}
    for name, schema in live.items():
        yield from changes(estate.stores[name], old.stores.get(name), schema)
    for one in check_estate(estate, Catalogue({**old.stores, **live})):
        store = files.get(one.file)
        if one.code == "E308" and one not in before and store is not None:
            statement = one.help.removeprefix(CREATE)
            yield found(
                store,
                "D112",
                "",
                one.detail,
                "Create it again; until then plans may be refused.",
                line=one.line,
                statement=statement,
            )
        elif one in before or one.code not in SAID:
            yield Finding(store.store if store else "", "", one, one.help.removeprefix(CREATE) if one.code == "E308" else "")


def _against_promises(checked: Checked, old: Catalogue) -> Iterator[Finding]:
    """P303 and P603, and every error that the files have in themselves."""
    assert checked.estate is not None and checked.catalogue is not None
    judged_live = set(check_estate(checked.estate, checked.catalogue))
    for one in checked.diagnostics:
        if one.code in PROMISES or (one.severity == "error" and not _of_schema(one, judged_live)):
            yield Finding("", "", one)


def _of_schema(one: Diagnostic, judged_live: set[Diagnostic]) -> bool:
    return one in judged_live


# ---- half-erased rows ------------------------------------------------------------------------------------------------


def _ruins(app: Installation, store: StoreMap, live: StoreCatalogue, session: Store) -> Iterator[Finding]:
    """Rows of tables that are as the map says; those that an erasure kept on a ground are taken off."""
    sound = replace(store, tables=_sound(store, live))
    alone = Estate({store.store: sound}), Catalogue({store.store: live}), {store.store: session}
    counts = half_erased(*alone)
    if counts:
        # Our own records are opened only where something was found: most days nothing is.
        counts = half_erased(*alone, kept_rows(app), app.settings.today)
    for (_, table), rows in sorted(counts.items()):
        yield found(
            store, "D141", table,
            f"{counted(rows, 'row')} of `{table}` {'says' if rows == 1 else 'say'} something of a person who is gone or blank, and no ground keeps them.",
            "Another tool, or a hand, erased the person and left these rows. Erase them; until then the store holds what was promised gone.",
            line=store.tables[table].line,
        )  # fmt: skip


def _sound(store: StoreMap, live: StoreCatalogue) -> dict[str, Table]:
    def fits(table: Table) -> bool:
        place = live.tables.get(table.name)
        known = {column.name for column in place.columns} if place else set()
        named = {column.name for column in table.columns} | {name for link in table.owning for name in link.columns}
        return place is not None and named <= known

    fitting = {name: table for name, table in store.tables.items() if fits(table)}
    while True:
        left = {n: t for n, t in fitting.items() if all(link.parent in fitting for link in t.owning)}
        if len(left) == len(fitting):
            return left
        fitting = left
