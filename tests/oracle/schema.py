"""One table said once becomes what everybody needs of it: estate values, YAML text, catalogue, DDL of both engines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from upheld.engine.estate.forms import twin
from upheld.engine.estate.model import (
    Catalogue,
    Category,
    Column,
    Engine,
    Estate,
    Event,
    FreeText,
    Identifier,
    IdentityLink,
    JsonPaths,
    Key,
    LiveColumn,
    LiveForeignKey,
    LiveIndex,
    LiveTable,
    LiveTrigger,
    NotPersonal,
    ObjectsMap,
    OwningLink,
    Role,
    SharedRule,
    StoreCatalogue,
    StoreMap,
    Table,
    TriggerRule,
)

TYPES = {
    "text": {"postgresql": "text", "sqlite": "TEXT", "mariadb": "text"},
    "short": {"postgresql": "character varying(24)", "sqlite": "VARCHAR(24)", "mariadb": "varchar(24)"},
    "code": {"postgresql": "character varying(60)", "sqlite": "VARCHAR(60)", "mariadb": "varchar(60)"},
    "integer": {"postgresql": "integer", "sqlite": "INTEGER", "mariadb": "int(11)"},
    "boolean": {"postgresql": "boolean", "sqlite": "BOOLEAN", "mariadb": "tinyint(1)"},
    "date": {"postgresql": "date", "sqlite": "DATE", "mariadb": "date"},
    "timestamp": {"postgresql": "timestamp without time zone", "sqlite": "TIMESTAMP", "mariadb": "datetime"},
    "json": {"postgresql": "jsonb", "sqlite": "JSON", "mariadb": "json"},
}
LENGTHS = {"short": 24, "code": 60}


@dataclass
class Col:
    """One column: `family` is a key of TYPES."""

    name: str
    role: Role
    family: str = "text"
    nullable: bool = True
    unique: bool = False
    mapped: bool = True
    check: str = ""  # a condition
    source: str = ""  # generated: this column of the row in small letters
    file: str = ""  # its values name files of this object store


@dataclass
class Fk:
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str = "no action"
    deferrable: bool = False
    on_update: str = "no action"


@dataclass(frozen=True)
class View:
    """A materialised view: key and one text of the rows of a table or of another view, where there is a text."""

    name: str
    of: str
    text: str
    unique: bool = False

    def rows(self, base: Sequence[dict[str, object]]) -> list[dict[str, object]]:
        """What it holds over these rows; a cell that is blank as NULL is none."""
        return [{"id": row["id"], self.text: row[self.text]} for row in base if not _is_null(row[self.text])]

    def ddl(self) -> list[str]:
        made = f"CREATE MATERIALIZED VIEW {self.name} AS SELECT id, {self.text} FROM {self.of} WHERE {self.text} IS NOT NULL"
        return [made, *([f"CREATE UNIQUE INDEX {self.name}_id ON {self.name} (id)"] if self.unique else [])]


def _is_null(value: object) -> bool:
    return value is None or bool(getattr(value, "nullable", False))


@dataclass
class Tab:
    """One table, mapped unless `not_covered` gives the reason why it is not."""

    name: str
    cols: list[Col]
    key: tuple[str, ...] = ("id",)
    root: str | None = None
    identifies: tuple[Identifier, ...] = ()
    owning: list[OwningLink] = field(default_factory=list)
    identity: list[IdentityLink] = field(default_factory=list)
    shared: dict[str, SharedRule] = field(default_factory=dict)
    fks: list[Fk] = field(default_factory=list)
    erasure: str = "delete"
    soft_delete: str | None = None
    placeholders: tuple[str, ...] = ()
    history: str = ""  # a trigger copies every changed row there
    serial: bool = False  # the key is given by the database
    not_covered: str = ""
    parts: str = ""  # PostgreSQL keeps the rows in two partitions, by this integer column: even and odd

    def col(self, name: str) -> Col:
        return next(c for c in self.cols if c.name == name)


@dataclass
class Store:
    name: str
    engine: Engine
    tabs: list[Tab]
    placeholders: tuple[str, ...] = ()
    max_shared: int = 3
    expand: int = 1
    large: tuple[str, ...] = ()
    region: str = ""
    views: list[View] = field(default_factory=list)

    def tab(self, name: str) -> Tab:
        return next(t for t in self.tabs if t.name == name)


def trigger_names(tab: Tab) -> tuple[str, ...]:
    """Two triggers everywhere, since SQLite has no OR between events."""
    return (f"{tab.name}_changed", f"{tab.name}_gone") if tab.history else ()


# ---- model values ----------------------------------------------------------------------------------------------------


def to_table(tab: Tab) -> Table:
    triggers = tuple(TriggerRule(name, "copies-to", target=tab.history) for name in trigger_names(tab))
    return Table(
        name=tab.name,
        key=tab.key,
        columns=tuple(Column(c.name, c.role, file=c.file) for c in tab.cols),
        root=tab.root,
        identifies=tab.identifies,
        owning=tuple(tab.owning),
        identity=tuple(tab.identity),
        shared=dict(tab.shared),
        triggers=triggers,
        erasure=tab.erasure,
        soft_delete=tab.soft_delete,
        placeholders=tab.placeholders,
        **({"no_owner": "kept by the firm"} if _has_no_owner(tab) else {}),
    )


def _has_no_owner(tab: Tab) -> bool:
    """A table whose rows are nobody's."""
    return tab.root is None and not tab.owning and not tab.identity


def to_estate(stores: Iterable[Store]) -> Estate:
    return Estate(
        {
            s.name: StoreMap(
                store=s.name,
                engine=s.engine,
                url=f"env:UPHELD_{s.name.upper()}_URL",
                place="IE",
                kind="primary",
                tables={t.name: to_table(t) for t in s.tabs if not t.not_covered},
                placeholders=s.placeholders,
                max_shared=s.max_shared,
                expand=s.expand,
                large=s.large,
                region=s.region,
                derived=tuple(v.name for v in s.views),
                not_covered={t.name: t.not_covered for t in s.tabs if t.not_covered},
            )
            for s in stores
        },
        {name: ObjectsMap(name, f"env:UPHELD_{name.upper()}_URL", "IE") for name in object_stores(stores)},
    )


def object_stores(stores: Iterable[Store]) -> list[str]:
    """The object stores that columns point to."""
    return sorted({c.file for s in stores for t in s.tabs for c in t.cols if c.file})


def files_yaml(name: str) -> str:
    return f"store: {name}\nkind: objects\nurl: env:UPHELD_{name.upper()}_URL\nplace: IE\n"


def to_catalogue(stores: Iterable[Store]) -> Catalogue:
    """What a scan of the DDL below must say, as far as fates depend on it."""
    return Catalogue({s.name: _store_catalogue(s) for s in stores})


def _store_catalogue(store: Store) -> StoreCatalogue:
    tables = {t.name: _live(t, store.engine) for t in store.tabs}
    return StoreCatalogue(store.name, store.engine, "", tables, hashlib.sha256(repr(tables).encode()).hexdigest())


def _live(tab: Tab, engine: Engine) -> LiveTable:
    columns = tuple(
        LiveColumn(
            name=c.name,
            type=TYPES[c.family][engine],
            family="text" if c.family in LENGTHS else c.family,
            nullable=c.nullable and c.name not in tab.key,
            length=LENGTHS.get(c.family),
            position=n,
            generated=bool(c.source),
            default=f"lower({c.source})" if c.source else None,
        )
        for n, c in enumerate(tab.cols, 1)
    )
    keys = tuple(
        LiveForeignKey(
            f"{tab.name}_fk{n}",
            k.columns,
            k.target,
            k.target_columns,
            k.on_delete,
            deferrable=k.deferrable and engine != "mariadb",
            on_update=k.on_update,
        )
        for n, k in enumerate(tab.fks)
    )
    indexes = tuple(LiveIndex(f"{tab.name}_{c.name}_key", (c.name,), True) for c in tab.cols if c.unique)
    checks = tuple((f"{tab.name}_{c.name}_ok", c.check) for c in tab.cols if c.check)
    triggers = tuple(LiveTrigger(n, (e,), "") for n, e in zip(trigger_names(tab), ("update", "delete"), strict=False))
    return LiveTable(tab.name, columns, tab.key, keys, indexes, checks, triggers)


# ---- YAML ------------------------------------------------------------------------------------------------------------


def to_yaml(store: Store) -> str:
    """The estate file of one store, in the words people write."""
    lines = [
        f"store: {store.name}",
        f"engine: {store.engine}",
        f"url: env:UPHELD_{store.name.upper()}_URL",
        "place: IE",
        "kind: primary",
        f"max-shared: {store.max_shared}",
        f"expand: {store.expand}",
    ]
    if store.placeholders:
        lines.append(f"placeholders: {json.dumps(list(store.placeholders))}")
    if store.region:
        lines.append(f"region: {store.region}")
    if store.views:
        lines.append(f"derived: {json.dumps([v.name for v in store.views])}")
    if store.large:
        lines.append(f"large: {json.dumps(list(store.large))}")
    uncovered = {t.name: t.not_covered for t in store.tabs if t.not_covered}
    if uncovered:
        lines.append(f"not-covered: {json.dumps(uncovered)}")
    lines.append("tables:")
    for tab in store.tabs:
        if not tab.not_covered:
            lines += _table_lines(tab)
    return "\n".join(lines) + "\n"


def _table_lines(tab: Tab) -> list[str]:
    said: dict[str, object] = {}
    if tab.root:
        said["root"] = tab.root
    said["key"] = list(tab.key)
    if tab.identifies:
        said["identifies"] = {i.column: {"form": i.form, "names": i.names} for i in tab.identifies}
    links = [_owning_words(link) for link in tab.owning]
    links += [_identity_words(link) for link in tab.identity]
    if links:
        said["links"] = links
    if tab.shared:
        said["shared"] = {role: _shared_words(rule) for role, rule in tab.shared.items()}
    if tab.history:
        said["triggers"] = {name: {"copies-to": tab.history} for name in trigger_names(tab)}
    if tab.erasure != "delete":
        said["erasure"] = tab.erasure
    if tab.soft_delete:
        said["soft-delete"] = tab.soft_delete
    if tab.placeholders:
        said["placeholders"] = list(tab.placeholders)
    if _has_no_owner(tab):
        said["no-owner"] = "kept by the firm"
    lines = [f"  {tab.name}:"] + [f"    {word}: {json.dumps(value)}" for word, value in said.items()]
    lines.append("    columns:")
    return lines + [f"      {c.name}: {json.dumps(_column_words(c))}" for c in tab.cols]


def _column_words(column: Col) -> object:
    if not column.file:
        return role_words(column.role)
    assert isinstance(column.role, Category)
    return {"category": column.role.leaf, "file": column.file}


def _owning_words(link: OwningLink) -> dict[str, object]:
    words: dict[str, object] = {"columns": list(link.columns), "owning": link.parent, "to": list(link.parent_columns)}
    if link.role != "owner":
        words["as"] = link.role
    if link.when:
        words["when"] = {link.when[0]: link.when[1]}
    return words


def _identity_words(link: IdentityLink) -> dict[str, object]:
    words: dict[str, object] = {"columns": [link.column], "identity": link.kind, "form": link.form}
    if link.role != "owner":
        words["as"] = link.role
    return words


def _shared_words(rule: SharedRule) -> dict[str, object]:
    access: object = {"without": list(rule.without)} if rule.without else rule.access
    words: dict[str, object] = {"access": access, "erasure": rule.erasure}
    return words | ({"mine": list(rule.mine)} if rule.mine else {})


def role_words(role: Role) -> object:
    match role:
        case Key():
            return "key"
        case Category(leaf=leaf):
            return leaf
        case FreeText(rule=rule, leaf=leaf):
            return {"free-text": rule, "leaf": leaf}
        case NotPersonal(reason=reason):
            return {"not-personal": reason}
        case Event(event=event, leaf=leaf):
            return {"event": event, "leaf": leaf} if leaf else {"event": event}
        case JsonPaths(paths=paths, others=others):
            return {"json": {p: role_words(r) for p, r in paths.items()}, "others": role_words(others)}
    raise AssertionError(role)


# ---- DDL -------------------------------------------------------------------------------------------------------------


def to_ddl(store: Store) -> tuple[list[str], list[str]]:
    """CREATE TABLE statements, and what follows when the rows are in: keys of PostgreSQL, indexes, triggers."""
    after = []
    if store.engine != "sqlite":
        for tab in store.tabs:
            after += [
                f"ALTER TABLE {tab.name} ADD CONSTRAINT {tab.name}_fk{n} {_reference(k, store.engine)}"
                for n, k in enumerate(tab.fks)
            ]
    for tab in store.tabs:
        after += _indexes(tab, store.engine)
    for tab in store.tabs:
        if tab.history:
            after += _trigger(tab, store.tab(tab.history), store.engine)
    after += [sql for view in store.views for sql in view.ddl()]
    return [sql for tab in store.tabs for sql in _create(tab, store.engine)], after


def _create(tab: Tab, engine: Engine) -> list[str]:
    lines = []
    for c in tab.cols:
        null = "" if c.nullable and c.name not in tab.key else " NOT NULL"
        unique = " UNIQUE" if c.unique else ""
        if tab.serial and (c.name,) == tab.key:
            kind = "integer AUTO_INCREMENT" if engine == "mariadb" else "integer GENERATED BY DEFAULT AS IDENTITY"
            kind = "INTEGER" if engine == "sqlite" else kind
            lines.append(f"{c.name} {kind} PRIMARY KEY" if engine == "sqlite" else f"{c.name} {kind}")
        elif c.source:
            lines.append(f"{c.name} {TYPES[c.family][engine]} GENERATED ALWAYS AS (lower({c.source})) STORED")
        else:
            lines.append(f"{c.name} {TYPES[c.family][engine]}{null}{unique}")
        if c.check:
            lines.append(f"CONSTRAINT {tab.name}_{c.name}_ok CHECK ({c.check})")
    if tab.key and not (tab.serial and engine == "sqlite"):
        lines.append(f"PRIMARY KEY ({', '.join(tab.key)})")
    if engine == "sqlite":
        lines += [_reference(k, engine) for k in tab.fks]
    if engine == "sqlite":
        lines.sort(key=lambda line: line.startswith("CONSTRAINT"))
    made = f"CREATE TABLE {tab.name} (\n  " + ",\n  ".join(lines) + "\n)"
    if not tab.parts or engine != "postgresql":
        return [made]
    values = ("0, 2, 4, 6, 8", "1, 3, 5, 7, 9")
    halves = [f"CREATE TABLE {tab.name}_{n} PARTITION OF {tab.name} FOR VALUES IN ({v})" for n, v in enumerate(values)]
    return [f"{made} PARTITION BY LIST ({tab.parts})", *halves]


def _reference(key: Fk, engine: Engine) -> str:
    action = f" ON DELETE {key.on_delete.upper()} ON UPDATE {key.on_update.upper()}"
    deferred = " DEFERRABLE INITIALLY DEFERRED" if key.deferrable and engine != "mariadb" else ""
    columns, target = ", ".join(key.columns), ", ".join(key.target_columns)
    return f"FOREIGN KEY ({columns}) REFERENCES {key.target} ({target}){action}{deferred}"


def _indexes(tab: Tab, engine: Engine) -> list[str]:
    seen: list[tuple[str, ...]] = []
    for columns in [link.columns for link in tab.owning] + [k.columns for k in tab.fks]:
        if columns not in seen and columns != tab.key:
            seen.append(columns)
    result = [f"CREATE INDEX {tab.name}_i{n} ON {tab.name} ({', '.join(c)})" for n, c in enumerate(seen)]
    # MariaDB has indexes on columns only; a key of an identifier would be a column more, and these are found without one.
    mails = [(i.column, i.form) for i in (*tab.identifies, *tab.identity) if engine != "mariadb"]
    result += [f"CREATE INDEX {tab.name}_mail{n} ON {tab.name} (({twin(f, engine, c).key}))" for n, (c, f) in enumerate(mails)]
    return result


def _trigger(tab: Tab, history: Tab, engine: Engine) -> list[str]:
    """Copies the row as it was into the history table, on update and on delete."""
    copied = [c.name for c in history.cols if c.name != history.key[0]]
    olds = ", ".join(f"OLD.{c.removeprefix('of_')}" for c in copied)
    insert = f"INSERT INTO {history.name} ({', '.join(copied)}) VALUES ({olds})"
    result = []
    for name, event in zip(trigger_names(tab), ("UPDATE", "DELETE"), strict=True):
        if engine == "sqlite":
            result.append(f"CREATE TRIGGER {name} AFTER {event} ON {tab.name} BEGIN {insert}; END")
        elif engine == "mariadb":
            result.append(f"CREATE TRIGGER {name} AFTER {event} ON {tab.name} FOR EACH ROW {insert}")
        else:
            body = f"BEGIN {insert}; RETURN NULL; END"
            result.append(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
            result.append(f"CREATE TRIGGER {name} AFTER {event} ON {tab.name} FOR EACH ROW EXECUTE FUNCTION {name}()")
    return result


# ---- small words for tests -------------------------------------------------------------------------------------------


def key(name: str, nullable: bool = True, family: str = "integer") -> Col:
    return Col(name, Key(), family, nullable)


def personal(name: str, leaf: str = "name", **more: object) -> Col:
    return Col(name, Category(leaf), **more)


def plain(name: str, family: str = "text", **more: object) -> Col:
    return Col(name, NotPersonal("says nothing of a person"), family, **more)


def owned_by(
    columns: Sequence[str] | str, parent: str, to: Sequence[str] = ("id",), role: str = "owner", when=None
) -> OwningLink:
    columns = (columns,) if isinstance(columns, str) else tuple(columns)
    return OwningLink(columns, parent, tuple(to), role, when)
