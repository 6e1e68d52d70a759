"""The condition of a store becomes findings: ways round its walls, settings that lose or spoil, rows and pages that speak of either.

A `Condition` is read by `stores.condition`; here is decided what of it counts. Only mapped tables are judged, and what the file attests
(`attested:`, by name, with a reason) is left out: a wall's ways round are none, or each is attested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from upheld.engine.estate.drift.codes import Finding, found
from upheld.engine.estate.drift.settings import SETTINGS, UNTENDED
from upheld.engine.estate.model import StoreMap, Table
from upheld.language.diagnostic import counted

Findings = Iterator[Finding]
STALE_ROWS = 1_000  # fewer changes than this leave any plan as it was
STALE_SHARE = 0.5  # of a table's rows


@dataclass(frozen=True, slots=True)
class TableState:
    """A live table. `changed`: rows changed since statistics were last taken; `analysed`: whether they ever were."""

    owner: str
    row_security: bool = False
    forced: bool = False
    autovacuum: bool = True
    rows: int = 0
    changed: int = 0
    analysed: bool = True


@dataclass(frozen=True, slots=True)
class Passing:
    """A role that may log in and that policies do not bind. `why`: `superuser` or `BYPASSRLS`."""

    role: str
    why: str


@dataclass(frozen=True, slots=True)
class Routine:
    """A function that works with its owner's rights, called by name; `text` is its source, in which tables are looked for."""

    name: str
    owner: str
    text: str
    kind: str = "function"  # `procedure`; `event`: one of another database's, which nobody calls


@dataclass(frozen=True, slots=True)
class View:
    """A view, the tables it reads, and whether it asks for the rights of whoever reads it."""

    name: str
    materialised: bool
    reads: tuple[str, ...]
    as_reader: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """What the catalogue of one store says beside its schema. `settings`: name → whether it is as it should be."""

    settings: Mapping[str, bool] = field(default_factory=dict)
    tables: Mapping[str, TableState] = field(default_factory=dict)
    passing: tuple[Passing, ...] = ()
    routines: tuple[Routine, ...] = ()
    views: tuple[View, ...] = ()
    ourselves: str = ""  # the role that Upheld works as
    bound: bool = False  # policies bind it where it does not own the table
    lacking: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # rights that it has not, by table: SELECT, UPDATE, DELETE
    only_reads: bool = False  # its sessions begin read only
    breaking: Mapping[str, int] = field(default_factory=dict)  # rows that break a foreign key, by table
    free_pages: int = 0
    speaking_pages: int = 0  # of the free ones, those that were looked at and are not empty


def judged(store: StoreMap, condition: Condition) -> tuple[Finding, ...]:
    """Every finding of the condition that the file does not attest, by place."""
    mapped = {table.live_name: table for table in store.tables.values()}
    listed = [
        *_walls(store, mapped, condition), *_rights(store, mapped, condition), *_settings(store, condition), *_state(store, mapped, condition),
    ]  # fmt: skip
    return tuple(sorted(set(listed)))


# ---- ways round ------------------------------------------------------------------------------------------------------


def _walls(store: StoreMap, mapped: Mapping[str, Table], condition: Condition) -> Findings:
    walled = {name for name, state in condition.tables.items() if state.row_security and name in mapped}
    for name in sorted(walled):
        state = condition.tables[name]
        # Forced, a table whose owner is our own role would stop every erasure (X106): another role first, then the statement.
        alone = condition.bound and state.owner == condition.ourselves
        force = f"ALTER TABLE {_quoted(name)} FORCE ROW LEVEL SECURITY;"
        if not state.forced and f"owner {name}" not in store.attested:
            how = "Run the statement"
            if alone:
                how = (
                    f"Upheld itself works as `{state.owner}`, and forced policies would stop its erasures (X106). Give it a role of its own with "
                    f"BYPASSRLS, and {store.url} that role's address; then run {force.removesuffix(';')}"
                )
            yield found(
                store, "D121", name, f"`{name}` has row-level security, and its owner `{state.owner}` passes it.",
                _attest(store, f"owner {name}", how), line=mapped[name].line, statement="" if alone else force,
            )  # fmt: skip
        if condition.bound and (state.forced or state.owner != condition.ourselves):
            remedy = f"Give `{condition.ourselves}` BYPASSRLS: a superuser runs the statement."
            if alone:
                remedy += f" Or let the owner pass, and attest it: ALTER TABLE {_quoted(name)} NO FORCE ROW LEVEL SECURITY."
            yield found(
                store, "D138", name, f"Policies of `{name}` bind `{condition.ourselves}`, the role that Upheld works as: no plan of it can run (X106).",
                remedy, line=mapped[name].line, statement=f"ALTER ROLE {_quoted(condition.ourselves)} BYPASSRLS;",
            )  # fmt: skip
    for one in condition.passing if walled else ():
        if one.role not in store.attested:
            yield found(
                store, "D122", f"role {one.role}", f"`{one.role}` may log in and is {one.why}: no policy of {_some(walled)} binds it.",
                _attest(store, one.role, "Take it away, if nothing needs it"),
                # No statement for a superuser: it may be the server's last, and whoever runs it is locked out.
                statement=f"ALTER ROLE {_quoted(one.role)} NOBYPASSRLS;" if one.why == "BYPASSRLS" else "",
            )  # fmt: skip
    yield from _routines(store, mapped, condition)
    yield from _views(store, set(mapped) if store.engine == "mariadb" else walled, condition)


def _rights(store: StoreMap, mapped: Mapping[str, Table], condition: Condition) -> Findings:
    """What the role that Upheld works as may not do, and some plan needs: found on the day it is taken away, not on the day of an ask."""
    us = _quoted(condition.ourselves)
    if condition.only_reads:
        yield found(
            store, "D139", "", f"Sessions of `{condition.ourselves}`, the role that Upheld works as, begin read only: no erasure can run (X356).",
            f"Take `default_transaction_read_only` back where it was set: ALTER ROLE {us} RESET default_transaction_read_only, or the same of the database.",
        )  # fmt: skip
    for name, table in sorted(mapped.items()):
        needed = {"SELECT"} | ({"UPDATE"} if table.has_effects else set())
        deleting = (
            table.erasure == "delete"
            if not table.shared
            else any(one.erasure == "delete-when-last" for one in table.shared.values())
        )
        needed |= {"DELETE"} if table.has_effects and deleting else set()
        lacking = ", ".join(
            one for one in ("SELECT", "UPDATE", "DELETE") if one in needed & condition.lacking.get(name, frozenset())
        )
        if lacking:
            yield found(
                store, "D139", name, f"`{condition.ourselves}`, the role that Upheld works as, may not {lacking} on `{name}`: a plan that needs it fails (X161).",
                "The owner of the table runs the statement.", line=table.line, statement=f"GRANT {lacking} ON {_quoted(name)} TO {us};",
            )  # fmt: skip


def _views(store: StoreMap, walled: set[str], condition: Condition) -> Findings:
    """Where policies are, views past a policy; MariaDB has no walls but rights on tables, so that there every mapped table counts."""
    for view in condition.views:
        over = sorted(walled & set(view.reads))
        if not over or view.as_reader or view.name in store.attested:
            continue
        kind = "materialised view" if view.materialised else "view"
        if store.engine == "mariadb":
            detail = f"The {kind} `{view.name}` shows {_some(over)} by the rights of whoever made it, to everybody who may read the view."
            how = "Make it anew with SQL SECURITY INVOKER, which is not what the engine takes where nothing is said"
            yield found(store, "D124", view.name, detail, _attest(store, view.name, how))
            continue
        how = (
            "Drop it, or let only those read it who may read all" if view.materialised else "Let it ask for its reader's rights"
        )
        statement = "" if view.materialised else f"ALTER VIEW {_quoted(view.name)} SET (security_invoker = true);"
        yield found(
            store, "D124", view.name, f"The {kind} `{view.name}` shows rows of {_some(over)} that a policy would hide.",
            _attest(store, view.name, how), statement=statement,
        )  # fmt: skip


def _routines(store: StoreMap, mapped: Mapping[str, Table], condition: Condition) -> Findings:
    for routine in condition.routines:
        over = sorted(name for name in mapped if re.search(rf"(?<![\w]){re.escape(name.split('.')[-1])}(?![\w])", routine.text))
        if over and routine.name not in store.attested:
            when = "by the clock" if routine.kind == "event" else "whoever calls it"
            how = "Let it work with its caller's rights"
            if routine.kind == "event":
                how = "Move it into this database, where it is declared and judged like a trigger"
            yield found(
                store, "D123", routine.name, f"`{routine.name}` reads or writes {_some(over)} as `{routine.owner}`, {when}.",
                _attest(store, routine.name, how), statement=_invoked(store, routine),
            )  # fmt: skip


def _invoked(store: StoreMap, routine: Routine) -> str:
    if store.engine != "mariadb":
        return f"ALTER FUNCTION {routine.name} SECURITY INVOKER;"
    if routine.kind not in ("function", "procedure"):
        return ""
    return f"ALTER {routine.kind.upper()} {_named(store, routine.name)} SQL SECURITY INVOKER;"


# ---- settings and state ----------------------------------------------------------------------------------------------


def _settings(store: StoreMap, condition: Condition) -> Findings:
    for name, setting in SETTINGS.items():
        if condition.settings.get(name, True) or name in store.attested:
            continue
        yield found(
            store, setting.code, name, f"{setting.says} {setting.why}", _attest(store, name, setting.how), statement=setting.statement
        )  # fmt: skip


def _state(store: StoreMap, mapped: Mapping[str, Table], condition: Condition) -> Findings:
    for name, state in condition.tables.items():
        if name not in mapped:
            continue
        line = mapped[name].line
        setting, said, statement = UNTENDED.get(store.engine, UNTENDED["postgresql"])
        if not state.autovacuum and f"{setting} {name}" not in store.attested:
            yield found(
                store, "D132", name, said.format(table=name), _attest(store, f"{setting} {name}", "Run the statement"), line=line,
                statement=statement.format(table=_named(store, name)),
            )  # fmt: skip
        if _stale(state):
            why = (
                f"{state.changed:,} of some {counted(state.rows, 'row')} changed since" if state.analysed else "They were never"
            )
            yield found(
                store, "D133", name, f"Statistics of `{name}`: {why} {'they were taken' if state.analysed else 'taken'}.",
                "Run the statement; plans are chosen by statistics, and old ones quote values that were erased.", line=line,
                statement=f"ANALYZE {_quoted(name)};",
            )  # fmt: skip
    for name, rows in sorted(condition.breaking.items()):
        line = mapped[name].line if name in mapped else 0
        yield found(
            store, "D134", name, f"{counted(rows, 'row')} of `{name}` {'leads' if rows == 1 else 'lead'} to rows that are not there: somebody writes with foreign keys off.",
            "Let every program that writes begin with the statement; then mend or delete these rows.", line=line,
            statement="SET foreign_key_checks = ON;" if store.engine == "mariadb" else "PRAGMA foreign_keys = ON;",
        )  # fmt: skip
    if condition.speaking_pages and "secure_delete" not in store.attested:
        yield found(
            store, "D135", "", f"{condition.speaking_pages:,} of {counted(condition.free_pages, 'free page')} of the file {'is' if condition.speaking_pages == 1 else 'are'} not empty: somebody "
            "deletes with secure_delete off, and what was deleted can be read from the file.",
            _attest(store, "secure_delete", "Let every program that writes begin with the statement; then run VACUUM once"),
            statement="PRAGMA secure_delete = ON;",
        )  # fmt: skip


def _stale(state: TableState) -> bool:
    if not state.analysed:
        return state.rows >= STALE_ROWS
    return state.changed >= max(STALE_ROWS, state.rows * STALE_SHARE)


# ---- words -----------------------------------------------------------------------------------------------------------


def _attest(store: StoreMap, name: str, how: str) -> str:
    return f"{how}; or, if it is meant, say why in {store.file}: `attested: {{{name}: reason}}`."


def _some(names: object) -> str:
    listed = sorted(str(name) for name in names)  # type: ignore[attr-defined]
    shown = ", ".join(f"`{name}`" for name in listed[:3])
    return shown if len(listed) <= 3 else f"{shown} and {len(listed) - 3} more"


def _named(store: StoreMap, name: str) -> str:
    """The name as the engine's own client takes it."""
    if store.engine != "mariadb":
        return _quoted(name)
    parts = name.split(".")
    return ".".join(part if re.fullmatch(r"[a-z_][a-z0-9_]*", part) else "`" + part.replace("`", "``") + "`" for part in parts)


def _quoted(name: str) -> str:
    parts = name.split(".")
    return ".".join(part if re.fullmatch(r"[a-z_][a-z0-9_]*", part) else '"' + part.replace('"', '""') + '"' for part in parts)
