"""One table's rules become the parts of its set and the steps on each part: docs/fates.md, sections 2 to 4.

Every (row, personal column) gets exactly one fate: parts of one column are disjoint, and deletion is the complement of what
stays. Reads nothing but estate and catalogue. Not taken: predicates in the steps' SQL; a part is computed once, from flags,
so that effect, hold and read-back work on the same keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from upheld.engine.estate.model import Category, Event, FreeText, JsonPaths, LiveTable, NotPersonal, OwningLink, Table
from upheld.engine.plan.ends import day_column, own_columns
from upheld.engine.plan.model import DueAfter, KeepRule, Lasts
from upheld.engine.plan.steps import ByKey, ByLink, DayOf, Flag, InRole, Keeps, Part, Path

DELETE = "delete"
STAY = "stay"
NEEDED = "needed"
REKEY = "rekey"


@dataclass(frozen=True, slots=True)
class Links:
    """How rows of one table are reached: each path with its role, and the link behind it (None: bound roots)."""

    paths: tuple[tuple[str, Path], ...]
    owning: tuple[tuple[OwningLink, ByLink], ...] = ()


@dataclass(slots=True)
class Fates:
    """Flags and parts of one table, and which columns each part blanks or cuts. A part "" is the whole set."""

    flags: list[Flag] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    deletes: str | None = None  # the part that is deleted
    stays: str | None = None  # the part that stays; None: nothing can stay
    blanks: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    cuts: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    holds: list[tuple[str, KeepRule]] = field(default_factory=list)
    rekeys: tuple[str, ...] = ()  # personal columns of the key, of the part REKEY
    keep_role: bool = False  # a shared rule keeps the row whole


def personal_columns(table: Table) -> tuple[str, ...]:
    """Columns whose cells an erasure must deal with, in the order of the file."""
    return tuple(c.name for c in table.columns if _is_personal(c.role))


def _is_personal(role: object) -> bool:
    match role:
        case Category() | FreeText():
            return True
        case Event(leaf=leaf):
            return leaf is not None
        case JsonPaths(paths=paths, others=others):
            return isinstance(others, FreeText) or any(not isinstance(r, NotPersonal) for r in paths.values())
        case _:
            return False


def fates_of(
    table: Table,
    live: LiveTable,
    links: Links,
    rules: tuple[KeepRule, ...],
    holds: dict[int, str],
    needed: bool,
    others: dict[str, Flag],
) -> Fates:
    """Parts and fates of `table`. `holds` names the case hold of a rule by position; `others` the OthersLeft flag by role;
    `needed`: some staying row may need a row of this table."""  # fmt: skip
    fates = Fates()
    keeps = _keep_flags(fates, rules, holds)
    if table.shared:
        _shared(fates, table, live, links, rules, keeps, needed, others)
    else:
        _sole(fates, table, live, links, rules, keeps, needed)
    for number, rule in enumerate(rules):
        fates.parts.append(Part(f"kept{number}", (f"keep{number}",)))
        fates.holds.append((f"kept{number}", rule))
    return fates


def _keep_flags(fates: Fates, rules: tuple[KeepRule, ...], holds: dict[int, str]) -> tuple[str, ...]:
    for number, rule in enumerate(rules):
        ends = rule.ends
        fates.flags.append(Flag(f"keep{number}", Keeps(ends, holds.get(number, ""))))
        if isinstance(ends, Lasts) and day_column(ends.ends) is not None:
            fates.flags.append(Flag(f"day{number}", DayOf(ends.ends)))
    return tuple(f"keep{n}" for n in range(len(rules)))


def _sole(fates: Fates, table: Table, live: LiveTable, links: Links, rules: tuple[KeepRule, ...], keeps: tuple[str, ...],
          needed: bool) -> None:  # fmt: skip
    columns = tuple(c for c in personal_columns(table) if c not in live.primary_key)
    if table.erasure == "delete":
        staying = (*keeps, *((NEEDED,) if needed else ()))
        if not staying:
            fates.deletes = ""
            return
        fates.deletes = DELETE
        fates.parts.append(Part(DELETE, none_of=staying))
        fates.stays = STAY
        fates.parts.append(Part(STAY, minus=(DELETE,)))
    else:
        fates.stays = ""
    _blank(fates, ((c, ()) for c in columns), rules, keeps, certain=not needed and table.erasure == "delete")
    named = tuple(c for c in personal_columns(table) if c in live.primary_key)
    if named and fates.stays is not None:
        # A kept row keeps its key, for it is found by it when the ground ends; any other row that stays gets another.
        fates.parts.append(Part(REKEY, none_of=keeps, minus=(DELETE,) if fates.deletes else ()))
        fates.rekeys = named
    if table.erasure == "cut":
        _cut_owning(fates, live, links, keeps)


def _blank(fates: Fates, columns: Iterable[tuple[str, tuple[str, ...]]], rules: tuple[KeepRule, ...],
           keeps: tuple[str, ...], certain: bool) -> None:  # fmt: skip
    """One part per group of columns with the same rows. `certain`: a row that stays has some rule that keeps a cell."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for column, any_of in columns:
        keeping = tuple(flag for flag, rule in zip(keeps, rules, strict=True) if _spares(rule, column))
        groups.setdefault((any_of, keeping), []).append(column)
    for number, ((any_of, keeping), names) in enumerate(groups.items()):
        if certain and keeping == keeps:
            continue
        if not any_of and not keeping and not fates.parts:
            fates.blanks.append(("", tuple(names)))
            continue
        minus = (DELETE,) if fates.deletes else ()
        part = Part(f"blank{number}", any_of, keeping, minus)
        fates.parts.append(part)
        fates.blanks.append((part.name, tuple(names)))


def _spares(rule: KeepRule, column: str) -> bool:
    counted = own_columns(rule.ends.ends) if isinstance(rule.ends, Lasts) else ()
    return column in rule.columns or column in counted or (isinstance(rule.ends, DueAfter) and rule.ends.column == column)


def _cut_owning(fates: Fates, live: LiveTable, links: Links, keeps: tuple[str, ...]) -> None:
    for number, (link, path) in enumerate(links.owning):
        columns = nullable_of(live, link.columns)
        if not columns:
            continue
        if len(links.paths) == 1 and not keeps:
            fates.cuts.append(("", columns))
            continue
        flag, part = f"link{number}", f"cut{number}"
        fates.flags.append(Flag(flag, InRole((path,))))
        fates.parts.append(Part(part, (flag,), keeps))
        fates.cuts.append((part, columns))


def nullable_of(live: LiveTable, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `columns` that may be NULL and are no part of the key."""
    return tuple(c for c in columns if live.column(c).nullable and c not in live.primary_key)


def _shared(fates: Fates, table: Table, live: LiveTable, links: Links, rules: tuple[KeepRule, ...], keeps: tuple[str, ...],
            needed: bool, others: dict[str, Flag]) -> None:  # fmt: skip
    by_role: dict[str, list[Path]] = {}
    for role, path in links.paths:
        by_role.setdefault(role, []).append(path)
    last = []
    for role, paths in sorted(by_role.items()):
        # Where a role is the parent's, the row is judged for all subjects at once: the parent may go in this chunk, and with it every way here.
        inherited = any(isinstance(path, ByLink) and path.part.startswith("@") for path in paths)
        fates.flags.append(Flag(f"@{role}", InRole(tuple(paths), inherited)))
        if table.shared[role].erasure == "delete-when-last":
            last.append(f"last-{role}")
            spared: tuple[str, ...] = ()
            if role in others:
                fates.flags.append(others[role])
                spared = (others[role].name,)
            fates.parts.append(Part(f"last-{role}", (f"@{role}",), spared))
        fates.keep_role = fates.keep_role or table.shared[role].erasure == "keep"
    fates.stays = STAY
    staying = (*keeps, *((NEEDED,) if needed else ()))
    if last:
        fates.deletes = DELETE
        fates.parts.append(Part(DELETE, tuple(last), staying))
        fates.parts.append(Part("spared", tuple(last), minus=(DELETE,)))
        fates.parts.append(Part(STAY, minus=(DELETE,)))
    else:
        fates.stays = ""
    _blank_shared(fates, table, rules, keeps, by_role, bool(last and staying))
    _cut_shared(fates, table, live, links, keeps)


def _blank_shared(fates: Fates, table: Table, rules: tuple[KeepRule, ...], keeps: tuple[str, ...],
                  by_role: dict[str, list[Path]], spared: bool) -> None:  # fmt: skip
    acting = [r for r in sorted(by_role) if table.shared[r].erasure != "keep"]
    mine = {c for r in acting for c in table.shared[r].mine}
    personal = set(personal_columns(table)) if spared else set()
    columns = []
    for column in (c.name for c in table.columns):
        if column not in mine and column not in personal:
            continue
        rows = tuple(f"@{r}" for r in acting if column in table.shared[r].mine)
        columns.append((column, (*rows, *(("spared",) if column in personal else ()))))
    _blank(fates, columns, rules, keeps, certain=False)


def _cut_shared(fates: Fates, table: Table, live: LiveTable, links: Links, keeps: tuple[str, ...]) -> None:
    """A role's own links, in rows that they lead to; an inherited role has no link of its own."""
    own: list[tuple[str, tuple[str, ...], Path]] = [
        (link.role, link.columns, path) for link, path in links.owning if link.role != "owner"
    ]
    for identity in table.identity:
        for role, path in links.paths:
            if role == identity.role and getattr(path, "column", "") == identity.column and role != "owner":
                own.append((role, (identity.column,), path))
    for number, (role, names, path) in enumerate(own):
        columns = nullable_of(live, names)
        if table.shared[role].erasure == "keep" or not columns:
            continue
        flag, part = f"link{number}", f"cut{number}"
        if isinstance(path, ByKey):
            continue
        fates.flags.append(Flag(flag, InRole((path,))))
        # A row that was to go and stays for others keeps its keys: it is only blank.
        fates.parts.append(Part(part, (flag,), keeps, (DELETE, "spared") if fates.deletes else ()))
        fates.cuts.append((part, columns))
