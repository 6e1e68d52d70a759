"""A store's frozen and live schema become findings: what is new, gone, renamed or changed, and what to write where.

Assumes that the fingerprints differ. Column numbers and names of constraints that the engine made up are no difference. The map decides what
to do: what it already knows needs only to be frozen anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from upheld.engine.estate.drift.codes import Finding, found
from upheld.engine.estate.drift.renames import Renames, renames, told_by
from upheld.engine.estate.model import LiveForeignKey, LiveIndex, LiveTable, LiveTrigger, StoreCatalogue, StoreMap, Table

Findings = Iterator[Finding]
FREEZE = "Nothing is to be edited: freeze the schema anew with --relock."
VIEWS = ("view", "materialised view")
HOLDING = (
    "D104",
    "D106",
    "D107",
    "D113",
    "D114",
    "D116",
)  # changes by which a table may come to hold, or to copy, what it did not


def changes(store: StoreMap, old: StoreCatalogue | None, new: StoreCatalogue) -> tuple[Finding, ...]:
    """Every difference of the live schema from its snapshot, by place; none if the fingerprints are equal."""
    if old is None:
        return (found(store, "D118", "", f"estate.lock knows no store `{store.store}`.", FREEZE),)
    if old.fingerprint == new.fingerprint:
        return ()
    said = renames(old, new)
    told = told_by(said, old)
    mapped = {table.live_name: table for table in store.tables.values()}
    listed = [*_renamed(store, mapped, said), *_tables(store, mapped, told, new)]
    for name, table in told.tables.items():
        if name in new.tables:
            back = {now: before for before, now in said.tables.items()}.get(name, name)
            listed += _Place(store, mapped.get(name) or mapped.get(back), table, new.tables[name]).differences(said)
    if not listed:
        why = "Its fingerprint is another, and tables, columns, keys, indexes and triggers are as they were: the name of a constraint, or a view's source."
        listed = [
            found(store, "D117", "", why, "Look at what was changed in the store; then freeze the schema anew with --relock.")
        ]
    return tuple(sorted(set(listed)))


# ---- tables ----------------------------------------------------------------------------------------------------------


def _renamed(store: StoreMap, mapped: dict[str, Table], said: Renames) -> Findings:
    for old, new in said.tables.items():
        table = mapped.get(old)
        line = table.line if table else 0
        help = f"If it is the same table, write `{new}:` for `{old}:` in {store.file}" + (f", line {line}," if line else "")
        help += " and wherever else the file names it. If it is another one, map it, and take the old one out."
        if table is not None and new.endswith(f".{old}"):
            schema = new.removesuffix(f".{old}")
            help = (
                f"It stands outside of the schema where a session begins now. If that is meant, add `schema: {schema}` to `{old}` in {store.file}, line {line}; "
                "if not, set the role's `search_path` back."
            )  # fmt: skip
        if new in mapped or (table is None and new in store.not_covered):
            help = FREEZE
        yield found(store, "D103", old, f"`{old}` is gone, and `{new}` has the same columns.", help, line=line, suggestion=new)


def _tables(store: StoreMap, mapped: dict[str, Table], old: StoreCatalogue, new: StoreCatalogue) -> Findings:
    for name in sorted({*old.tables, *new.tables}):
        if name in old.tables and name in new.tables:
            continue
        come, table = name in new.tables, (new if name in new.tables else old).tables[name]
        if table.kind in VIEWS:
            yield _view(store, mapped, table, come)
        elif come:
            known = bool({name, table.part_of} & {*mapped, *store.not_covered})
            how = FREEZE if known else (
                f"In {store.file}, add `{name}:` under `tables:` with its columns, or under `not-covered:` with the reason. "
                "Then freeze anew with --relock."
            )  # fmt: skip
            yield found(store, "D101", name, f"`{name}` ({table.kind}) was not there when the schema was frozen.", how)
        else:
            line = mapped[name].line if name in mapped else 0
            how = f"If that was meant, take `{name}` out of {store.file}" + (f", line {line}." if line else ".")
            how = how if name in mapped or name in store.not_covered else FREEZE
            yield found(store, "D102", name, f"`{name}` was there when the schema was frozen, and is gone.", how, line=line)


def _view(store: StoreMap, mapped: dict[str, Table], table: LiveTable, come: bool) -> Finding:
    kept = table.kind == "materialised view"
    known = table.name in mapped or table.name in store.not_covered
    how = FREEZE
    if come and kept and not known:
        how = f"It keeps rows of its own: say how it is refreshed under `not-covered:` of {store.file}, as `{table.name}: reason`."
    elif not come and known:
        how = f"Take `{table.name}` out of {store.file}."
    verb = "is new" if come else "is gone"
    return found(store, "D115", table.name, f"The {table.kind} `{table.name}` {verb}.", how)


# ---- one table -------------------------------------------------------------------------------------------------------


class _Place:
    """One table before and now, beside its map, if it has one."""

    def __init__(self, store: StoreMap, table: Table | None, old: LiveTable, new: LiveTable) -> None:
        self.store, self.table, self.old, self.new = store, table, old, new

    def differences(self, said: Renames) -> list[Finding]:
        if self.new.kind in VIEWS:
            same = _bare(self.old) == _bare(self.new)
            detail = f"The {self.new.kind} `{self.new.name}` reads other columns than before."
            return [] if same else [found(self.store, "D115", self.new.name, detail, FREEZE)]
        return [
            *self._renamed(said.columns.get(self.new.name, {})),
            *self._columns(),
            *self._checks(),
            *self._keys(),
            *self._indexes(),
            *self._triggers(),
            *self._publications(),
            *self._policies(),
            *self._kind(),
        ]

    def _found(self, code: str, part: str, detail: str, help: str, line: int = 0, suggestion: str | None = None) -> Finding:
        line = line or (self.table.line if self.table else 0)
        if help == FREEZE and code in HOLDING and self.table is None and self.new.name in self.store.not_covered:
            help = f"See that the reason for `{self.new.name}` under `not-covered:` of {self.store.file} still holds, or map the table; then freeze anew with --relock."
        place = f"{self.new.name}.{part}" if part else self.new.name
        return found(self.store, code, place, detail, help, line=line, suggestion=suggestion)

    def _lines(self) -> dict[str, int]:
        if self.table is None:
            return {}
        return {column.name: column.line for column in self.table.columns} | dict(self.table.undetermined)

    def _renamed(self, columns: Any) -> Findings:
        for old, new in columns.items():
            line = self._lines().get(old, 0)
            help = f"If it is the same column, write `{new}` for `{old}` in {self.store.file}" + (
                f", line {line}," if line else ""
            )
            help += " and in the key and links that name it. If it is another one, say what it holds, and take the old one out."
            if self.table is None or new in self._lines():
                help = FREEZE
            detail = f"`{self.new.name}.{old}` is gone, and `{new}` is like it."
            yield self._found("D106", old, detail, help, line, suggestion=new)

    def _columns(self) -> Findings:
        before, after = ({c.name: replace(c, position=0) for c in table.columns} for table in (self.old, self.new))
        for name in sorted({*before, *after}):
            line, where = self._lines().get(name, 0), f"`{self.new.name}.{name}`"
            if name not in before:
                help = FREEZE
                if self.table is not None and not line:
                    help = f"In {self.store.file}, say under `columns` of `{self.table.name}` (line {self.table.line}) what it holds."
                    help += " Then freeze anew with --relock."
                yield self._found(
                    "D104", name, f"{where} ({after[name].type}) was not there when the schema was frozen.", help, line
                )
            elif name not in after:
                help = (
                    f"If that was meant, take `{name}` out of {self.store.file}, line {line}, and out of key and links."
                    if line
                    else FREEZE
                )
                yield self._found("D105", name, f"{where} was there when the schema was frozen, and is gone.", help, line)
            elif before[name] != after[name]:
                yield self._found("D107", name, f"{where}: {_how(before[name], after[name])}.", _look(self.store, line), line)

    def _checks(self) -> Findings:
        before, after = (dict(table.checks) for table in (self.old, self.new))
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                detail = f"The check `{name}` of `{self.new.name}` {_verb(name in before, name in after)}."
                help = "If a column that erasure blanks stands in it, see that it still takes what is written there; then freeze anew with --relock."
                yield self._found("D108", name, detail, help)

    def _keys(self) -> Findings:
        if self.old.primary_key != self.new.primary_key:
            detail = f"The primary key of `{self.new.name}` was `{_listed(self.old.primary_key)}` and is `{_listed(self.new.primary_key)}`."
            help = (
                f"In {self.store.file}, write the same under `key:`; then freeze anew with --relock." if self.table else FREEZE
            )
            yield self._found("D109", "", detail, help)
        before, after = ({_shape(key): key for key in table.foreign_keys} for table in (self.old, self.new))
        for shape in sorted({*before, *after}):
            old, new = before.get(shape), after.get(shape)
            if old is None or new is None or _ruled(old) != _ruled(new):
                yield self._foreign(old, new)

    def _foreign(self, old: LiveForeignKey | None, new: LiveForeignKey | None) -> Finding:
        key = new or old
        assert key is not None
        says = f"The foreign key `{self.new.name}.{_listed(key.columns)}` to `{key.target}`"
        if old is None:
            detail = f"{says} is new (on delete {key.on_delete})."
            help = f"If the row it leads to owns this one, add it to `links` of `{self.new.name}` in {self.store.file}; then freeze anew."
        elif new is None:
            detail, help = (
                f"{says} is gone.",
                "A link of the file still leads there; see that rows without a parent are meant. Then freeze anew.",
            )
        else:
            detail = f"{says}: {_how(_ruled(old), _ruled(new))}."
            help = "A delete now reaches other rows than the map was checked for; look at the findings below, then freeze anew with --relock."
        return self._found("D110", _listed(key.columns), detail, help if self.table else FREEZE)

    def _indexes(self) -> Findings:
        before, after = ({index.name: index for index in table.indexes} for table in (self.old, self.new))
        called = {_index(index): name for name, index in after.items() if name not in before}
        same = {called[_index(before[name])] for name in before if name not in after and _index(before[name]) in called}
        for name in sorted({*before, *after} - same):
            old, new = before.get(name), after.get(name)
            if old != new:
                how = _verb(old is not None, new is not None)
                if new is None and old is not None and _index(old) in called:
                    how = f"is now called `{called[_index(old)]}`"
                yield self._found("D111", name, f"The index `{name}` of `{self.new.name}` {how}.", FREEZE)

    def _triggers(self) -> Findings:
        before, after = ({trigger.name: trigger for trigger in table.triggers} for table in (self.old, self.new))
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                yield self._found("D113", name, *self._trigger(name, before.get(name), after.get(name)))

    def _trigger(self, name: str, old: LiveTrigger | None, new: LiveTrigger | None) -> tuple[str, str]:
        declared = self.table is not None and name in {rule.name for rule in self.table.triggers}
        detail = f"`{name}` of `{self.new.name}` {_verb(old is not None, new is not None)}"
        detail += f"; it runs on {', '.join(new.events)}." if new else "."
        if self.table is None:
            return detail, FREEZE
        where = f"`{self.table.name}` in {self.store.file} (line {self.table.line})"
        if new is None:
            return detail, f"Take `{name}` out of `triggers` of {where}." if declared else FREEZE
        if declared:
            return (
                detail,
                f"Read what it does now, and see that `triggers` of {where} still says the truth. Then freeze anew with --relock.",
            )
        return (
            detail,
            f"Read what it does; add `triggers: {{{name}: {{copies-to: table}}}}` to {where}, or `harmless: reason`, or `blocks`.",
        )

    def _publications(self) -> Findings:
        for name in sorted({*self.old.publications} ^ {*self.new.publications}):
            come = name in self.new.publications
            detail = f"The publication `{name}` {'now sends' if come else 'no longer sends'} the rows of `{self.new.name}`."
            help = FREEZE
            if come and self.table is not None and name not in {rule.name for rule in self.table.triggers}:
                help = f"Add `triggers: {{{name}: {{harmless: reason}}}}` to `{self.table.name}` in {self.store.file}, and map where they go."
            yield self._found("D114", name, detail, help)

    def _policies(self) -> Findings:
        before, after = dict(self.old.policies), dict(self.new.policies)
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                detail = f"The policy `{name}` of `{self.new.name}` {_verb(name in before, name in after)}."
                yield self._found(
                    "D119", name, detail, "Read whom it binds and which rows it shows; then freeze anew with --relock."
                )

    def _kind(self) -> Findings:
        for field in ("kind", "part_of", "partition_key", "row_security", "row_forced", "storage"):
            old, new = getattr(self.old, field), getattr(self.new, field)
            if old != new and (field != "storage" or old):
                detail = f"`{self.new.name}`: {field.replace('_', ' ')} was {_said(old)} and is {_said(new)}."
                help = "See that the map still fits; then freeze anew with --relock."
                if self.table is None and self.new.name in self.store.not_covered:
                    help = FREEZE
                elif self.table is None and not self.new.part_of and self.old.part_of:
                    if field == "part_of":
                        continue  # its kind says it
                    detail = f"`{self.new.name}` was a part of `{self.old.part_of}`, and is a table of its own."
                    help = (
                        f"Its rows are no longer reached through `{self.old.part_of}`: in {self.store.file}, add `{self.new.name}:` under `tables:` with its columns, or under "
                        "`not-covered:` with the reason. Then freeze anew with --relock."
                    )  # fmt: skip
                yield self._found("D116", "", detail, help)


# ---- words -----------------------------------------------------------------------------------------------------------


def _bare(table: LiveTable) -> object:
    return [replace(column, position=0) for column in table.columns]


def _shape(key: LiveForeignKey) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    return key.columns, key.target, key.target_columns


def _ruled(key: LiveForeignKey) -> LiveForeignKey:
    return replace(key, name="")


def _index(index: LiveIndex) -> LiveIndex:
    return replace(index, name="")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"


def _verb(before: bool, after: bool) -> str:
    return "changed" if before and after else "is new" if after else "is gone"


def _how(before: Any, after: Any) -> str:
    """Each field that differs, with both values: schema words, never a row's."""
    said = []
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name == "default" and old != new:
            said.append("its default changed")  # a default may quote anything
        elif old != new and field.name != "family":
            said.append(f"{field.name.replace('_', ' ')} was {_said(old)} and is {_said(new)}")
    return "; ".join(said)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return _listed(value)
    return str(value or "nothing")


def _look(store: StoreMap, line: int) -> str:
    where = f"See that {store.file}, line {line}, still says the truth" if line else "See that the map still fits"
    return f"{where}; then freeze anew with --relock."
