"""A step in one engine's SQL: the text, written once per plan, and which values its parameters take at run time.

A parameter names a set's columns, bound roots, identifiers, a day or the ask's secret; the executor holds the values and the dialect's
session encodes them (arrays in PostgreSQL, JSON in SQLite). No value is ever written into the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from upheld.engine.plan.ends import Dated, Elsewhere
from upheld.engine.plan.model import DueAfter
from upheld.engine.plan.steps import Step


@dataclass(frozen=True, slots=True)
class Param:
    """What a parameter takes. `columns` of one set's part: a list per column (PostgreSQL) or rows (SQLite)."""

    kind: Literal["set", "roots", "identifiers", "first-day", "secret", "subjects", "placeholders", "paths", "people", "place"]
    table: str = ""
    part: str = ""
    columns: tuple[str, ...] = ()
    form: str = ""
    person: str = ""  # the root kind that an identifier is of
    ends: DueAfter | Dated | Elsewhere | None = None
    scope: str = ""  # "", "ask", or a hold's name
    region: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """`needs`: parameters of which at least one group must be non-empty for the statement to find anything."""

    sql: str
    params: Mapping[str, Param]
    needs: tuple[Param, ...] = ()
    columns: tuple[str, ...] = ()  # of the result, for selects
    gathered: bool = False  # the result is one text of whole numbers, or NULL for none, and stands for as many rows
    counts: bool = False  # an update that counts, in a number of its session, the rows that hold what they should


@dataclass(frozen=True, slots=True)
class Walk:
    """A calendar's rows deleted where they lie, page by page. `size`: about how many rows and pages the table has, and how many pages now.

    `goes` takes the parameter `place`: behind which, and up to which.
    """

    size: Statement
    goes: Statement


@dataclass(frozen=True, slots=True)
class Span:
    """A calendar's rows taken by ranges of their table's key. `first`, `last`: the key's ends; `until`: from `after` on, the key with which one
    transaction's worth of due rows ends, no row if there are fewer. `goes` stands for the statement at position `at`, between `after` and `until`.
    """

    at: int
    columns: tuple[str, ...]
    first: Statement
    last: Statement
    until: Statement
    goes: Statement


@dataclass(frozen=True, slots=True)
class Script:
    """The statements of one store's plan, by position of the step; a step without a statement is absent."""

    statements: Mapping[int, Statement]
    steps: tuple[Step, ...]
    drains: Mapping[int, Statement] = field(default_factory=dict)  # of tables declared large: the delete in bounded parts
    whole: Mapping[int, tuple[int, Statement]] = field(
        default_factory=dict
    )  # by position of a calendar's set all of which goes: the delete's position, and the same without a key leaving the store
    walks: Mapping[int, tuple[int, Walk]] = field(default_factory=dict)  # as `whole`, where the engine knows places in order
    spans: Mapping[int, Span] = field(default_factory=dict)  # by position of a calendar's set, where the engine walks by key
    told: frozenset[int] = frozenset()  # positions of effects whose own statement reads its rows back
    deferred: bool = False  # rows go together: foreign keys are checked at the end
