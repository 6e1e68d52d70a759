"""Where personal data lies: stores, tables, columns, whose row it is, and how one person is reached.

Frozen values, read from `estate/*.yaml` by `from_yaml`, judged by `check`. Says nothing of the live database: types,
nullability, keys and indexes are the `Catalogue`'s (`estate.lock`). Not taken: following every foreign key; a foreign key
is neither an owning nor an identity link until the file says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Engine = Literal["postgresql", "sqlite", "mariadb"]

PLAIN_MEMBER = r"[A-Za-z_][A-Za-z0-9_-]*"
ANY_MEMBER = rf'{PLAIN_MEMBER}|"(?:[^"\\\x00-\x1f]|"")+"'  # of a path into a document; other names stand in double quotes
_STEP = re.compile(rf"\[\*\]|{ANY_MEMBER}")


@dataclass(frozen=True, slots=True)
class Key:
    """Technical key: part of a primary key, or a link's column."""


@dataclass(frozen=True, slots=True)
class Category:
    """Personal data of one leaf (`email-address`), as in `Program.names`."""

    leaf: str


@dataclass(frozen=True, slots=True)
class FreeText:
    """Text that may name anybody. `review`: a person reads it before it leaves; `never-names-others`: the firm attests.

    `leaf` is the category it also counts as for promises (`own-writing` when the file names none).
    """

    rule: Literal["review", "never-names-others"]
    leaf: str = "own-writing"


@dataclass(frozen=True, slots=True)
class NotPersonal:
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """A timestamp (or date) of an event that promises name. Counts as the row's own personal data of leaf `leaf`, if given."""

    event: str
    leaf: str | None = None


@dataclass(frozen=True, slots=True)
class JsonPaths:
    """A JSON document: each declared path (`$.contact.email`, `$.contacts[*].email` of every element) has a role of its own.

    `others` says what undeclared members are: `not-personal` with a reason, or free text.
    """

    paths: Mapping[str, Category | FreeText | NotPersonal]
    others: FreeText | NotPersonal


Role = Key | Category | FreeText | NotPersonal | Event | JsonPaths


@dataclass(frozen=True, slots=True)
class Column:
    """`fact` and `period` name what promises read from it: a fact of the person, a length of time. `file`: the value names a file of this
    object store, or (LARGE_OBJECT) is the number of one of PostgreSQL's large objects."""

    name: str
    role: Role
    line: int = 0
    fact: str = ""
    period: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class OwningLink:
    """Child → parent: the parent's owner owns the child. Followed only from parent to child.

    `columns` of this table equal `parent_columns` of `parent` (same order). `when` is a polymorphic discriminator:
    (column of this table, literal). `role` names the owner where rows have two (`as: sender`), else "owner".
    """

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    role: str = "owner"
    when: tuple[str, str] | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class IdentityLink:
    """This column holds an identifier of a person of kind `kind`; its normal form is compared, binary.

    Rows of this table whose normal form equals a *verified* identifier of the subject are that subject's. Starts only from
    a verified identifier; never from a value found on the way, except in a further `expand` round.
    """

    column: str
    kind: str  # the root kind it identifies: `customer`
    form: str  # `email/1`
    role: str = "owner"
    line: int = 0


@dataclass(frozen=True, slots=True)
class Identifier:
    """A column of a root table that identifies: `names` says whether one value is one person or may be several."""

    column: str
    form: str
    names: Literal["one", "several"]


@dataclass(frozen=True, slots=True)
class SharedRule:
    """What one owner of a two-owner row may see and erase. `mine` are the columns that are this owner's own.

    access: `full`, `none`, or full without `without`.
    erasure: `blank-mine` (blank `mine`, cut this owner's link where nullable) · `delete-when-last` (the row goes when no
    other owner is left, else as blank-mine) · `keep`.
    """

    access: Literal["full", "none"]
    without: tuple[str, ...]
    erasure: Literal["blank-mine", "delete-when-last", "keep"]
    mine: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """`copies-to` names the table that then is mapped and erased too, after this one; `blocks` refuses effects here."""

    name: str
    rule: Literal["harmless", "copies-to", "blocks"]
    target: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Coarse:
    """How a value is made coarser: `as-is`, `year` `month` `decade` of a date, `first` letters of a text, `band` of a number (`size`)."""

    to: Literal["as-is", "year", "month", "decade", "first", "band"]
    size: int = 0


@dataclass(frozen=True, slots=True)
class Anonymous:
    """What stays of an anonymised row: `quasi` columns, coarser, each combination of which at least `group` rows share, and
    `sensitive` columns, of which each such group holds `diversity` different values. Everything else personal goes."""

    quasi: tuple[tuple[str, Coarse], ...]
    sensitive: tuple[str, ...] = ()
    group: int = 0  # 0: the notice's standard says it
    diversity: int = 1


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Rows that end are counted in table `into`, by columns of the same names made coarser; `count` is the column of the number."""

    into: str
    by: tuple[tuple[str, Coarse], ...]
    count: str
    group: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `erasure` is what erasure does to a row owned by the subject alone: delete it, blank its personal
    columns, or only cut its owning link (nothing personal may then remain)."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    root: str | None = None
    identifies: tuple[Identifier, ...] = ()
    owning: tuple[OwningLink, ...] = ()
    identity: tuple[IdentityLink, ...] = ()
    shared: Mapping[str, SharedRule] = field(default_factory=dict)  # by role
    triggers: tuple[TriggerRule, ...] = ()
    erasure: Literal["delete", "blank", "cut"] = "delete"
    soft_delete: str | None = None  # column that marks a row as deleted; such rows are rows all the same
    placeholders: tuple[str, ...] = ()  # values (normal form) that never link
    line: int = 0
    schema: str | None = None  # a schema other than the connection's default
    no_owner: str = ""  # why rows with personal data belong to nobody the estate knows
    record: str = ""  # the kind of filed record that a row is: `case`, `invoice`
    undetermined: Mapping[str, int] = field(default_factory=dict)  # columns named but not classified, by line: E107
    anonymous: Anonymous | None = None
    aggregate: Aggregate | None = None
    closing: Mapping[str, str] = field(
        default_factory=dict
    )  # what closes an account: column → `now`, `empty`, or the value that it gets
    tenant: str = ""  # column that says for which client a root row is held; that client decides about it

    def column(self, name: str) -> Column:
        """The column of this name; KeyError if the file does not map it."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def live_name(self) -> str:
        """The name the catalogue knows it by: qualified only outside the connection's default schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def has_effects(self) -> bool:
        """Whether an erasure can touch rows: they are people, or belong to people."""
        return bool(self.root or self.owning or self.identity)


def steps_of(path: str) -> tuple[str, ...]:
    """The members that a path goes through, `[*]` for every element of an array: `$.a[*]."b c"` is `a`, `[*]`, `b c`."""
    return tuple(one.replace('""', '"')[1:-1] if one[0] == '"' else one for one in _STEP.findall(path.removeprefix("$")))


def member(name: str) -> str:
    """The name of a member as a path has it: in double quotes, a quote in it doubled, unless it is plain."""
    return name if re.fullmatch(PLAIN_MEMBER, name) else '"' + name.replace('"', '""') + '"'


def is_personal(role: Role) -> bool:
    """Whether a column of this role holds personal data; keys do not count, an event does with a leaf."""
    if isinstance(role, JsonPaths):
        return isinstance(role.others, FreeText) or any(is_personal(part) for part in role.paths.values())
    return isinstance(role, Category | FreeText) or (isinstance(role, Event) and role.leaf is not None)


def leaves_of(role: Role) -> tuple[str, ...]:
    """The leaves of data that a column of this role holds, in the order of the file."""
    if isinstance(role, JsonPaths):
        return tuple(leaf for part in (*role.paths.values(), role.others) for leaf in leaves_of(part))
    if isinstance(role, Category | FreeText | Event):
        return (role.leaf,) if role.leaf is not None else ()
    return ()


@dataclass(frozen=True, slots=True)
class Backup:
    """Backups of a store: gone `kept_days` after they were taken. `files`: `env:NAME`, the folder in which they lie, one file each.

    `isolated` says why nothing that processes data can read them. `of`: the store they are copies of, where that is another.
    """

    kept_days: int
    isolated: str = ""
    files: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class StoreMap:
    """One store. `place` is the country (ISO 3166-1 alpha-2) where it stands. `large` tables are chunked by rows too."""

    store: str
    engine: Engine
    url: str  # `env:NAME`; never a secret
    place: str
    kind: Literal["primary", "derived", "backup"]
    tables: Mapping[str, Table]
    file: str = ""
    placeholders: tuple[str, ...] = ()  # for every table
    max_shared: int = 3  # a link value shared by more subjects than this never links
    expand: int = 1  # identity rounds across stores, at most 3
    not_covered: Mapping[str, str] = field(default_factory=dict)  # live tables left out, with the reason
    derived: tuple[str, ...] = ()  # materialised views, refreshed in this order after every erasure
    replica: str = ""  # `env:NAME` of a copy that only reads; an access is answered from it
    large: tuple[str, ...] = ()
    handled_by: str = ""  # the party that runs the store, as in the notice; empty: the controller
    line: int = 0
    compact: Literal["by-verb", "after-erasure"] = "by-verb"  # when files are rewritten after an erasure
    backup: Backup | None = None  # what is said of its backups; of a store of kind `backup`: of itself
    region: str = ""  # country whose numbering a phone number without prefix follows; empty: `place`
    attested: Mapping[str, str] = field(default_factory=dict)  # ways round a wall and settings that are meant, with the reason

    @property
    def copied_into(self) -> frozenset[str]:
        """The tables that declared triggers write copies into."""
        return frozenset(t.target for table in self.tables.values() for t in table.triggers if t.rule == "copies-to")


LARGE_OBJECT = "large-object"


@dataclass(frozen=True, slots=True)
class ObjectsMap:
    """A folder or bucket of files that rows point to. `url`: `env:NAME` of a `file://` or `s3://` prefix; nothing outside of it is touched."""

    store: str
    url: str
    place: str
    file: str = ""
    handled_by: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Estate:
    """`beside`: stores that are left alone, and whose rows may point to the same files."""

    stores: Mapping[str, StoreMap]
    objects: Mapping[str, ObjectsMap] = field(default_factory=dict)
    beside: Mapping[str, StoreMap] = field(default_factory=dict)

    def table(self, store: str, table: str) -> Table:
        """The mapped table; KeyError if store or table is unknown."""
        return self.stores[store].tables[table]


# ---- the catalogue: what the live databases said, frozen in estate.lock -------------------------------------------


@dataclass(frozen=True, slots=True)
class LiveColumn:
    name: str
    type: str  # the engine's own word: `character varying(80)`
    family: Literal["text", "integer", "number", "boolean", "date", "timestamp", "json", "binary", "uuid", "other"]
    nullable: bool
    default: str | None = None
    generated: bool = False
    length: int | None = None
    position: int = 0
    collation: str = ""  # by which text is compared, where the engine says so of each column


@dataclass(frozen=True, slots=True)
class LiveForeignKey:
    name: str
    columns: tuple[str, ...]
    target: str  # table name, schema-qualified only outside the default schema
    target_columns: tuple[str, ...]
    on_delete: Literal["no action", "restrict", "cascade", "set null", "set default"]
    on_update: Literal["no action", "restrict", "cascade", "set null", "set default"] = "no action"
    deferrable: bool = False
    initially_deferred: bool = False
    unchecked: bool = (
        False  # the engine does not hold every row to it: not validated, switched off, or blind to inheriting tables
    )


@dataclass(frozen=True, slots=True)
class LiveIndex:
    name: str
    columns: tuple[str, ...]  # expressions stand as their text
    unique: bool
    partial: bool = False


@dataclass(frozen=True, slots=True)
class LiveTrigger:
    name: str
    events: tuple[Literal["insert", "update", "delete", "truncate"], ...]
    definition: str


@dataclass(frozen=True, slots=True)
class LiveTable:
    name: str
    columns: tuple[LiveColumn, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[LiveForeignKey, ...] = ()
    indexes: tuple[LiveIndex, ...] = ()
    checks: tuple[tuple[str, str], ...] = ()  # (name, text of the expression)
    triggers: tuple[LiveTrigger, ...] = ()
    estimate: int = 0  # rows, as the engine estimates
    kind: Literal["table", "partitioned", "partition", "view", "materialised view", "foreign"] = "table"
    publications: tuple[str, ...] = ()
    row_security: bool = False
    row_forced: bool = False  # policies bind the owner, too
    policies: tuple[tuple[str, str], ...] = ()  # (name, what it says: for whom, for which command, which rows)
    part_of: str = ""  # a partition's parent table
    partition_key: tuple[str, ...] = ()  # columns; an expression stands as ""
    storage: str = ""  # how the engine keeps rows, where it has several ways: `InnoDB`, `MyISAM`, `versioned`

    def column(self, name: str) -> LiveColumn:
        """The live column of this name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class StoreCatalogue:
    """One store's live schema. `fingerprint` is SHA-256 (hex) over its whole schema without estimates, computed where the
    store is (`stores.catalogue_*`), so that one statement inside an executing transaction can ask for it again."""

    store: str
    engine: Engine
    version: str
    tables: Mapping[str, LiveTable]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`estate.lock`, read. What `scan` saw; re-checked inside each executing transaction."""

    stores: Mapping[str, StoreCatalogue]
