"""Conditions of SQL, joined so that what is said twice stands once.

A planner of a database takes each subquery by itself, however often it is written: a condition of a hundred rows' ways took it a second. So what is
common is taken out (`a AND x OR b AND x` is `x AND (a OR b)`), subqueries over the same way become one, and cheap tests stand before dear ones.
These laws hold for three truth values, too. Not taken: a column for each subquery, worked out whether it is needed or not; a row locked and read
anew would be judged by what it said before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

PARENTHESES = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[^()]")  # all but these
WAY = re.compile(r"((?:\"(?:[^\"]|\"\")*\"|[^\"])*?) WHERE (.*)", re.DOTALL)
Kind = Literal["cell", "and", "or", "leads", "not"]


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """SQL that is true, false or NULL. Two that are written alike are one. `of`: what it is made of; `way`: FROM and WHERE of a subquery."""

    sql: str
    kind: Kind = "cell"
    of: tuple[Condition, ...] = ()
    way: str = ""

    @property
    def is_dear(self) -> bool:
        return "EXISTS" in self.sql


DEEP = 14  # parentheses within parentheses, from which on SQLite's parser (a stack of 100) may not follow
TRUE, FALSE = Condition("true"), Condition("false")
Join = Callable[[Iterable[Condition]], Condition]


def said(sql: str) -> Condition:
    """What a row's own cells say."""
    return Condition(sql)


def leads(way: str, where: Condition = TRUE) -> Condition:
    """Whether the way leads to a row of which `where` is true. Never NULL."""
    if where.sql == FALSE.sql:
        return FALSE
    return Condition(f"EXISTS (SELECT 1 {way}{'' if where.sql == TRUE.sql else f' AND {where.sql}'})", "leads", (where,), way)


def negated(one: Condition) -> Condition:
    """The contrary of what is never NULL."""
    if one.sql in (TRUE.sql, FALSE.sql):
        return FALSE if one.sql == TRUE.sql else TRUE
    if one.kind == "not":
        return one.of[0]
    if one.kind in ("and", "or"):
        return (some_of if one.kind == "and" else all_of)(map(negated, one.of))
    return Condition(f"NOT {one.sql}", "not", (one,))


def flattest(one: Condition, deep: int = DEEP) -> str:
    """The same with what is nested deepest written first, so that a parser which keeps what it has not finished on a stack keeps less. Up to `deep`: as it is.

    Only in the order of ANDs, and of SQLite, which sorts these by their cost itself.
    """
    return one.sql if _depth(one.sql) <= deep else _flat(one)


def _flat(one: Condition) -> str:
    match one.kind:
        case "and":
            return f"({_row(one)})"
        case "or":
            return f"({' OR '.join(map(_flat, one.of))})"
        case "not":
            return f"NOT {_flat(one.of[0])}"
        case "leads" if one.of[0].sql != TRUE.sql:
            found, where = WAY.fullmatch(one.way), one.of[0]
            assert found is not None  # every way says on what
            tables, on = found.groups()
            return f"EXISTS (SELECT 1 {tables} WHERE {_row(where) if where.kind == 'and' else _flat(where)} AND {on})"
        case _:
            return one.sql


def _row(one: Condition) -> str:
    return " AND ".join(_flat(part) for part in sorted(one.of, key=lambda part: not part.is_dear))


def _depth(sql: str) -> int:
    depth = deepest = 0
    for sign in PARENTHESES.sub("", sql):
        depth += 1 if sign == "(" else -1
        deepest = max(deepest, depth)
    return deepest


def all_of(parts: Iterable[Condition]) -> Condition:
    """Each holds. None of them: true."""
    return _joined("and", parts, TRUE, FALSE)


def some_of(parts: Iterable[Condition]) -> Condition:
    """Any holds. None of them: false."""
    return _joined("or", parts, FALSE, TRUE)


def _joined(kind: Literal["and", "or"], parts: Iterable[Condition], nothing: Condition, settled: Condition) -> Condition:
    flat = [inner for one in parts for inner in (one.of if one.kind == kind else (one,))]
    once = {one.sql: one for one in flat if one.sql != nothing.sql}
    if settled.sql in once:
        return settled
    left = _taken_out(kind, _together(kind, list(once.values())))
    if len(left) < 2:
        return left[0] if left else nothing
    left = sorted(left, key=lambda one: one.is_dear)
    return Condition(f"({f' {kind.upper()} '.join(one.sql for one in left)})", kind, tuple(left))


def _together(kind: Literal["and", "or"], parts: list[Condition]) -> list[Condition]:
    """One subquery for each way: a row for which this or that is true; or no row for which any is."""
    found: dict[str, list[Condition]] = {}
    for one in parts:
        inner = one if kind == "or" else one.of[0] if one.kind == "not" else None
        if inner is not None and inner.kind == "leads":
            found.setdefault(inner.way, []).append(one)
    merged = {way: several for way, several in found.items() if len(several) > 1}
    gone = {one.sql for several in merged.values() for one in several}
    whole = [one for one in parts if one.sql not in gone]
    for way, several in merged.items():
        inner = leads(way, some_of((one if kind == "or" else one.of[0]).of[0] for one in several))
        whole.append(inner if kind == "or" else negated(inner))
    return whole


def _taken_out(kind: Literal["and", "or"], parts: list[Condition]) -> list[Condition]:
    """`a AND x`, `b AND x`, `c` of an OR become `x AND (a OR b)`, `c`; so of an AND the other way about. The longest saving first."""
    other = "and" if kind == "or" else "or"
    join, inside = (some_of, all_of) if kind == "or" else (all_of, some_of)
    members = [one.of if one.kind == other else (one,) for one in parts]
    seen = Counter(inner.sql for of in members for inner in of)
    most = max(seen, key=lambda sql: (seen[sql] - 1) * len(sql), default="")
    if seen[most] < 2:
        return parts
    common = next(inner for of in members for inner in of if inner.sql == most)
    bearing = [tuple(inner for inner in of if inner.sql != most) for of in members if any(i.sql == most for i in of)]
    rest = [one for one, of in zip(parts, members, strict=True) if all(inner.sql != most for inner in of)]
    factored = inside([common, join(inside(of) for of in bearing)])
    return [*_taken_out(kind, [factored, *rest])] if rest else [factored]
