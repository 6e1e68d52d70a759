"""What our own records know of rows by key becomes names of lists, by kind of data in a row.

Rows come from keeping: of an erasure, which ended all else in them, and of the calendar, which ends each kind of data on its own day. So a list of the
calendar names columns, and for what a stay has on record its ground. Not taken: a list of rows, by which a kind that is held would end every other kind
in its row; that stands only for rows which an erasure left, and of which no second person is an owner.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from upheld.engine.estate.model import Table
from upheld.engine.plan.ends import Named
from upheld.engine.plan.model import KeepRule

NOTED, ENDED = "noted", "ended"  # all that are kept, and those until a day that has come
Lists = dict[str, tuple[str, ...]]  # name of a list → the bindings that it is made of


def on_list(lists: Lists, table: Table, what: str, columns: Iterable[str], stay: str = "") -> Named:
    """Whether a row is known for any of these columns (under this stay); the list is added to `lists`."""
    alone = () if table.shared else (what,)
    refs = (*alone, *(f"{what} {column}{stay}" for column in columns))
    name = json.dumps(refs, ensure_ascii=False)
    lists[name] = refs
    return Named(table.key, name)


def stay_of(ground: str, clauses: Iterable[str]) -> str:
    """How a stay is told from others of the same columns."""
    return f" on {ground} by {', '.join(clauses)}"


def refs_of(rule: KeepRule, what: str, whole: bool) -> tuple[str, ...]:
    """The bindings that name a row kept by this rule. `whole`: by an erasure, which ended all else in the row."""
    return (*((what,) if whole else ()), *(f"{what} {column}" for column in rule.columns))


def refs_of_stay(rule: KeepRule) -> tuple[str, ...]:
    """The bindings by which a row that this rule keeps is not put on record for it again."""
    stay = stay_of(rule.ground, rule.why.clauses)
    return tuple(f"{NOTED} {column}{stay}" for column in rule.columns)
