"""Rows that statements returned become key sets, and key sets become parts: who goes, who stays, who is kept.

Pure work on tuples, and only where a plan has flags: a set without parts is handed on as it came. A need ("a staying row references this
one") is a fixpoint over sets, because staying spreads upwards. INVARIANT: parts of one column are disjoint; deletion is the complement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from upheld.engine.plan.ends import Ends
from upheld.engine.plan.model import Lasts, Until
from upheld.engine.plan.passes.fates import NEEDED
from upheld.engine.plan.steps import DayOf, Keeps, Part, Wanted

Row = tuple[object, ...]


@dataclass(slots=True)
class KeySet:
    """The rows of one table in one scope. `columns` name what each row holds; flags by name, as positions of rows."""

    columns: tuple[str, ...]
    rows: list[Row]
    key_size: int
    flags: dict[str, set[int]] = field(default_factory=dict)
    parts: dict[str, list[int]] = field(default_factory=dict)
    days: dict[Ends, int] = field(default_factory=dict)  # where in a row the day stands that an end is counted from
    lists: dict[tuple[str, tuple[str, ...]], list[object]] = field(default_factory=dict)
    views: dict[str, list[int]] = field(default_factory=dict)

    def take(self, part: str, columns: tuple[str, ...]) -> list[object]:
        """Values of one column, or tuples of several, of the rows in `part`. Kept, for the same statement runs twice."""
        wanted = (part, columns)
        if wanted not in self.lists:
            self.lists[wanted] = self._take(part, columns)
        return self.lists[wanted]

    def _take(self, part: str, columns: tuple[str, ...]) -> list[object]:
        rows = self.rows if not part else [self.rows[n] for n in self.parts.get(part, ())]
        at = [self.columns.index(c) for c in columns]
        if len(at) == 1:
            first = at[0]
            return [row[first] for row in rows]
        return [tuple(row[n] for n in at) for row in rows]


def key_set(
    wanted: Wanted,
    columns: Sequence[str],
    rows: list[Row],
    before: KeySet | None,
    held: Mapping[str, set[Row]],
    today: date,
    *,
    copies: bool = False,
) -> KeySet:
    """The set of a statement's rows. `before`: an earlier set of the same rows, whose role flags stay. `held`: keys by case hold.

    `copies`: a declared trigger writes this table while rows change; what it wrote since `before` is kept by no rule.
    """  # fmt: skip
    names = {f.name: n for n, f in enumerate(wanted.flags, len(wanted.key) + len(wanted.carry))}
    found = KeySet(tuple(columns), rows, len(wanted.key))
    for flag in wanted.flags:
        at = names[flag.name]
        if isinstance(flag.test, DayOf):
            found.days[flag.test.ends] = at
            continue
        found.flags[flag.name] = {n for n, row in enumerate(rows) if row[at]}
        if isinstance(flag.test, Keeps) and isinstance(flag.test.ends, Until) and flag.test.ends.day <= today:
            found.flags[flag.name] = set()
        if isinstance(flag.test, Keeps) and flag.test.hold:
            keys = held.get(flag.test.hold, set())
            found.flags[flag.name] &= {n for n, row in enumerate(rows) if row[: found.key_size] in keys}
    if before is not None:
        far = {f.name for f in wanted.flags if isinstance(f.test, Keeps) and (copies or isinstance(f.test.ends, Lasts))}
        place = {row[: before.key_size]: n for n, row in enumerate(before.rows)}
        for name, old in before.flags.items():
            mine = {n for n, row in enumerate(rows) if place.get(row[: found.key_size]) in old}
            if name in far:
                # What the rule is counted from may be gone by now: rows keep what was said of them before, and copies made since are kept by nothing.
                found.flags[name] = mine
            found.flags.setdefault(name, mine)
    return found


def keys_of_set(found: KeySet) -> set[Row]:
    return {row[: found.key_size] for row in found.rows}


def role_parts(found: KeySet, parts: Iterable[Part]) -> None:
    """Parts that need nothing but the rows' own flags, and on which later sets hang: those of roles."""
    for name, rows in found.flags.items():
        if name.startswith("@"):
            found.parts[name] = sorted(rows)


def divide(sets: dict[str, KeySet], wanted: Iterable[Wanted]) -> None:
    """All parts of all sets, with what must stay for others. Linear in rows, times the longest chain of needs."""
    tables = {w.table: w for w in wanted if w.parts or w.needs}
    changed = True
    for name in tables:
        if name in sets:
            _parts(sets[name], tables[name])
    while changed:
        changed = False
        for name, want in tables.items():
            if name in sets and want.needs and _need(sets, name, want):
                _parts(sets[name], want)
                changed = True


def _need(sets: dict[str, KeySet], name: str, wanted: Wanted) -> bool:
    """Rows that a staying row references get the flag; whether any is new."""
    found = sets[name]
    known = found.flags.setdefault(NEEDED, set())
    before = len(known)
    for need in wanted.needs:
        if need.child not in sets:
            continue
        referenced = set(sets[need.child]._take(need.part, need.columns))
        at = [found.columns.index(c) for c in need.at]
        for n, row in enumerate(found.rows):
            value = row[at[0]] if len(at) == 1 else tuple(row[i] for i in at)
            # A row that stays only because it references itself would stay for nobody.
            if value in referenced and not (need.child == name and _only_itself(found, n, need.columns, value)):
                known.add(n)
    return len(known) > before


def _only_itself(found: KeySet, number: int, columns: tuple[str, ...], value: object) -> bool:
    at = [found.columns.index(c) for c in columns]
    others = (row for n, row in enumerate(found.rows) if n != number)
    return not any((row[at[0]] if len(at) == 1 else tuple(row[i] for i in at)) == value for row in others)


def _parts(found: KeySet, wanted: Wanted) -> None:
    found.lists.clear()
    members: dict[str, set[int]] = dict(found.flags)
    every = set(range(len(found.rows)))
    for part in wanted.parts:
        rows = set().union(*(members.get(name, set()) for name in part.any_of)) if part.any_of else set(every)
        for name in (*part.none_of, *part.minus):
            rows -= members.get(name, set())
        members[part.name] = rows
        found.parts[part.name] = sorted(rows)
