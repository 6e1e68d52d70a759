"""What a promise says shall happen at the end (`then:`) becomes what is written into the cells, and whether the row may go.

One entry an ending: a function from a group of columns to a Treatment, or to why nothing here can carry it out. Whoever brings a new ending adds one
entry to ENDINGS and nothing else; its replacements are written, read back and counted like any other blank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from upheld.engine.estate.model import LiveTable, StoreCatalogue, Table
from upheld.engine.plan.calendar.covers import Cover
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Mark, Refused, Replacement
from upheld.engine.plan.passes.replacements import choose
from upheld.language.promises.model import Ending

MARKS = frozenset({"timestamp", "date", "boolean", "integer"})


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of one table under one cover: their time is over at once, and the same becomes of them."""

    store: str
    table: Table
    live: LiveTable
    catalogue: StoreCatalogue
    columns: tuple[str, ...]
    cover: Cover


@dataclass(frozen=True, slots=True)
class Treatment:
    """`changes` are written into cells whose time is over. `goes`: a row all of whose cells may go is deleted instead.

    `waits`: nothing is written; somebody has to act first. `method` is the word that the receipt names.
    """

    method: str
    changes: tuple[tuple[str, Replacement], ...] = ()
    goes: bool = False
    waits: bool = False


Treat = Callable[[Group], Treatment | Refused]


def erased(group: Group) -> Treatment | Refused:
    """Cells are blanked; rows with nothing left to keep are deleted."""
    changes: list[tuple[str, Replacement]] = []
    referenced = frozenset(
        c
        for t in group.catalogue.tables.values()
        for k in t.foreign_keys
        if k.target == group.live.name
        for c in k.target_columns
    )
    for column in group.columns:
        if group.table.erasure == "delete" and column in group.live.primary_key:
            continue  # a row that stays only for others is named by this key
        place = f"{group.store}.{group.table.name}.{column}"
        chosen = choose(place, group.live, group.live.column(column), group.table.column(column).role, referenced)
        if isinstance(chosen, Refused):
            return chosen
        if chosen is not None:
            changes.append((column, chosen))
    return Treatment("erase", tuple(changes), goes=True)


def reviewed(group: Group) -> Treatment | Refused:
    """Nothing is written: a person looks at what is past its date and decides."""
    return Treatment("review", waits=True)


def hidden(group: Group) -> Treatment | Refused:
    """The row's own mark is set, by which the firm's programs leave it out of view; nothing of it is lost."""
    mark, place = group.table.soft_delete, f"{group.store}.{group.table.name}"
    if mark is None:
        return refused("L313", f"{place} has no mark by which a row is hidden", "Name its column: `soft-delete: column`.")
    if group.live.column(mark).family not in MARKS | ({"text"} if group.catalogue.engine == "sqlite" else set()):
        return refused("L313", f"{place}.{mark} is of a type that marks nothing", "Use a moment, a day, a boolean or a number.")
    return Treatment("hide", ((mark, Mark()),))


def handed(group: Group) -> Treatment | Refused:
    """Cells and rows are given to the party that the promise names before they are erased."""
    if len(group.cover.to) != 1:
        place = f"{group.store}.{group.table.name}"
        return refused(
            "L313", f"{place} goes to {', '.join(group.cover.to) or 'nobody'}", "Name one party in the promise: `to:`."
        )
    if files := [c.name for c in group.table.columns if c.file]:
        place = f"{group.store}.{group.table.name}.{files[0]}"
        return refused(
            "L310",
            f"{place} names files, and a hand-over writes down rows alone",
            "Hand the files over by other means, then say `then: erase`.",
        )
    treated = erased(group)
    return treated if isinstance(treated, Refused) else Treatment("hand-over", treated.changes, goes=True)


ENDINGS: Mapping[Ending, Treat] = {
    "erase": erased,
    "hide": hidden,
    "hand-over": handed,
    "review": reviewed,
}
