"""The steps of a plan: small frozen values, each with its why, in words that any dialect can write and any person can read.

A step names tables, columns, sets of rows and parts of them; it holds no SQL, no key and no identifier. A **set** is
the keys (and carried columns) of the rows of one table that belong to the subjects of a chunk. A **part** is the subset of a
set with one fate, made from flags that the set's statement reads. Not taken: a step per row, or SQL inside a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from upheld.engine.plan.ends import Ends
from upheld.engine.plan.model import Coarser, DueAfter, KeepRule, Lasts, RemovePaths, Replacement, Until, Why

# ---- how rows are reached ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ByRoots:
    """Rows whose key the ask has bound."""


@dataclass(frozen=True, slots=True)
class ByKey:
    """Rows whose key is in `part` of this table's own set; an empty part is the whole set."""

    part: str = ""


@dataclass(frozen=True, slots=True)
class ByLink:
    """Rows whose `columns` equal `at` of `parent`'s set (of its `part`), with the discriminator `when` where there is one."""

    columns: tuple[str, ...]
    parent: str
    at: tuple[str, ...]
    part: str = ""
    when: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ByForm:
    """Rows whose `column`, in normal form, is a verified identifier of the subjects that may link (kind and form)."""

    column: str
    form: str
    kind: str


Path = ByRoots | ByKey | ByLink | ByForm


# ---- flags: what a set's statement says of each row ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InRole:
    """The row is reached by any of `paths`; with `whole` by any subject of the ask, not of the chunk alone."""

    paths: tuple[Path, ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Keeps:
    """A keep rule covers the row: its end is not reached (a NULL date counts as not reached), and, with `hold`, the row
    belongs to a subject of that case."""

    ends: DueAfter | Until | Lasts
    hold: str = ""


@dataclass(frozen=True, slots=True)
class OthersLeft:
    """Another owner is left: one of `links` leads to an existing row that is not of this ask, or whose own others are left; or one of `forms`
    says somebody who is not of this ask."""

    links: tuple[Lead, ...]
    forms: tuple[ByForm, ...] = ()


@dataclass(frozen=True, slots=True)
class Lead:
    """A link from a row to `parent`. `beyond` is asked of the parent row; None: that it is not in the ask's set `parent`."""

    link: ByLink
    key: tuple[str, ...]
    beyond: OthersLeft | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """The row's time is over by the calendar; what is not known is not over."""

    ends: Ends


@dataclass(frozen=True, slots=True)
class DayOf:
    """The day that `ends` is counted from, as text; nothing is decided by it."""

    ends: Ends


Test = InRole | Keeps | OthersLeft | Past | DayOf


@dataclass(frozen=True, slots=True)
class Flag:
    name: str
    test: Test


@dataclass(frozen=True, slots=True)
class Need:
    """Rows of `child` that stay (`part` of its set) reference rows of this table: these get the flag `needed`."""

    child: str
    part: str
    columns: tuple[str, ...]
    at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a set with any of `any_of` (empty: all), none of `none_of`, and in none of the parts `minus`."""

    name: str
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One table's set: its key, the columns carried beside it, the flags read with it, and its parts."""

    table: str
    key: tuple[str, ...]
    carry: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    needs: tuple[Need, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """One way into a recursive set: `table` in `role`, by `paths`."""

    table: str
    role: str
    paths: tuple[Path, ...]


# ---- the steps -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LockRoots:
    """Lock the bound root rows in key order; their set is those that still exist."""

    wanted: Wanted
    why: Why


@dataclass(frozen=True, slots=True)
class SelectRows:
    """Read the set of one table. `scope` "ask" reads it for every subject of the ask, "held" for those of case hold `hold`."""

    wanted: Wanted
    paths: tuple[Path, ...]
    why: Why
    scope: Literal["chunk", "ask", "held"] = "chunk"
    hold: str = ""
    lock: bool = True


@dataclass(frozen=True, slots=True)
class SelectCycle:
    """Read the sets of tables that own each other, in one recursive statement."""

    wanted: tuple[Wanted, ...]
    reaches: tuple[Reach, ...]
    why: Why
    scope: Literal["chunk", "ask", "held"] = "chunk"
    hold: str = ""


@dataclass(frozen=True, slots=True)
class SelectDue:
    """Read and lock rows of one table for which `due` is true on `day`, so many at a time: the calendar's set, and nobody's."""

    wanted: Wanted
    due: Ends
    day: date
    why: Why


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of `table` that a step works on: by any of `paths`, but for those in the part `but` of its own set."""

    table: str
    key: tuple[str, ...]
    paths: tuple[Path, ...]
    but: str | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """No row of `child` may reference a row that is about to be deleted; else nothing of this store is changed."""

    child: Rows
    parent: str
    constraint: str
    why: Why


@dataclass(frozen=True, slots=True)
class CutLink:
    """Set `columns` to NULL. `parent`: the table whose deleted rows they pointed to, or empty."""

    rows: Rows
    columns: tuple[str, ...]
    why: Why
    parent: str = ""


@dataclass(frozen=True, slots=True)
class BlankColumns:
    rows: Rows
    columns: tuple[tuple[str, Replacement], ...]
    why: Why


@dataclass(frozen=True, slots=True)
class CorrectColumns:
    """Cells of `columns` in which stands what a person says is wrong get what she says is right; which cells, and the values, are sealed with the ask.

    `mine`: of a table that several share, the columns that each role may correct.
    """

    rows: Rows
    columns: tuple[str, ...]
    why: Why
    mine: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class EditDocument:
    """Remove members of JSON documents; nothing else of the rows changes."""

    rows: Rows
    columns: tuple[tuple[str, RemovePaths], ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Rekey:
    """The key `column` of the rows becomes a token of `length`, and with it every column that equals it: `followers` by this step, (table, column),
    those of keys ON UPDATE CASCADE by the engine. Last of the effects: from here on the rows' keys are others."""

    rows: Rows
    column: str
    length: int | None
    followers: tuple[tuple[str, str], ...]
    cascading: tuple[tuple[str, str], ...]
    why: Why


@dataclass(frozen=True, slots=True)
class DeleteRows:
    """Delete rows; `along` are rows of further tables that only one statement can delete together (a cycle of NOT NULL keys)."""

    rows: Rows
    why: Why
    along: tuple[Rows, ...] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """The test of anonymised rows: `group` of them share each combination of `quasi`, with `diversity` different values of each column of
    `sensitive`. Anonymised is a row in which every column of `marks` is NULL."""

    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    group: int
    diversity: int
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuppressGroups:
    """Set `columns` to NULL in rows whose group fails the test: what is rare, or all alike in what is sensitive."""

    rows: Rows
    columns: tuple[str, ...]
    alike: Alike
    why: Why


@dataclass(frozen=True, slots=True)
class ReadBackGroups:
    """Before commit: none of the rows is in a group that fails the test."""

    rows: Rows
    alike: Alike
    why: Why


@dataclass(frozen=True, slots=True)
class CountInto:
    """Count the rows in table `into` by columns made coarser, the number in column `count`; groups under `group` count under NULL."""

    rows: Rows
    into: str
    by: tuple[tuple[str, Coarser | None], ...]
    count: str
    group: int
    why: Why


@dataclass(frozen=True, slots=True)
class HandOver:
    """Read the rows for `party`, who gets them, before they go: every column of the map, as stored."""

    rows: Rows
    columns: tuple[str, ...]
    party: str
    why: Why


@dataclass(frozen=True, slots=True)
class HoldRows:
    """The keys of kept rows are stored, encrypted, with ground, columns and end; no statement in the store."""

    table: str
    part: str
    rule: KeepRule
    why: Why


@dataclass(frozen=True, slots=True)
class ReadRows:
    """Return `columns` of the rows that belong to a subject, as stored.

    `documents`: JSON columns with the paths that are returned, the paths that wait for review, and the paths that are not
    personal; `others` says of undeclared members: returned, reviewed or left out. `review`: free text that a person reads first.
    `withheld`: (column, because, says). `roles` of a shared table: (role, may read, columns left out).
    """

    rows: Rows
    columns: tuple[str, ...]
    documents: tuple[Document, ...]
    review: tuple[str, ...]
    withheld: tuple[tuple[str, str, str], ...]
    roles: tuple[tuple[str, bool, tuple[str, ...]], ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Document:
    column: str
    shown: tuple[str, ...]
    review: tuple[str, ...]
    hidden: tuple[str, ...]
    others: Literal["shown", "review", "hidden"]


@dataclass(frozen=True, slots=True)
class ReviewRows:
    """Free text that a person must read before it leaves, or that may name others."""

    table: str
    columns: tuple[str, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class ReadBackKeys:
    """The same rows again by key, before commit: every fate holds. `steps` are positions in the store's list."""

    steps: tuple[int, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Searched:
    """One column that may bear an identifier of (kind, form); rows of the parts `but` keep it rightly."""

    table: str
    key: tuple[str, ...]
    column: str
    form: str
    kind: str
    but: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadBackIdentifiers:
    """Every verified identifier in every indexed column of its category, whatever path the plan used."""

    columns: tuple[Searched, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Sweep:
    """After commit: every text and JSON column of the live catalogue, searched for the day's identifiers."""

    why: Why


@dataclass(frozen=True, slots=True)
class ReadPaths:
    """Note which files of `objects` the rows point to by `column`, before they let go of them."""

    rows: Rows
    column: str
    objects: str
    why: Why


@dataclass(frozen=True, slots=True)
class UnlinkLarge:
    """The engine's own large objects that only these rows point to go in the same transaction. `pointers`: every (table, column) that may."""

    rows: Rows
    column: str
    pointers: tuple[tuple[str, str], ...]
    why: Why


@dataclass(frozen=True, slots=True)
class DeleteObjects:
    """After the commit: the noted files of `objects` that no row points to any more. `pointers`: every (store, table, column) that may."""

    objects: str
    pointers: tuple[tuple[str, str, str], ...]
    why: Why


@dataclass(frozen=True, slots=True)
class RefreshDerived:
    """After the commit: materialised views are made anew, in this order, and the sweep reads them; `concurrently` where readers need not wait."""

    views: tuple[tuple[str, bool], ...]
    why: Why


@dataclass(frozen=True, slots=True)
class TellRecipient:
    """A recipient of the data must be told of the erasure; the ask waits for the answer."""

    party: str
    why: Why


@dataclass(frozen=True, slots=True)
class Compact:
    """Overwrite what deletion leaves in the store's files; until then rows are unreachable, not overwritten."""

    tables: tuple[str, ...]
    why: Why


Step = (
    LockRoots | SelectRows | SelectCycle | SelectDue | Guard | CutLink | BlankColumns | EditDocument | DeleteRows | HoldRows
    | ReadRows | ReviewRows | ReadBackKeys | ReadBackIdentifiers | Sweep | TellRecipient | Compact | Rekey | RefreshDerived | ReadPaths | UnlinkLarge | DeleteObjects
    | SuppressGroups | ReadBackGroups | CountInto | HandOver | CorrectColumns
)  # fmt: skip
