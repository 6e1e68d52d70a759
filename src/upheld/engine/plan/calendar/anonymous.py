"""`then: anonymise` and `then: aggregate` become what stays of a row, what is asked of the rows it then looks like, and what is counted.

An anonymised row loses every personal cell but those that the estate names, its links to people, and what is rare in it: each combination of its
quasi-identifiers is borne by so many rows (k-anonymity), each such group holds so many values of what is sensitive (l-diversity). Rows of people who
are still known do not count. What cannot be shown to pass is made empty. Not taken: noise; a figure that was never so helps nobody who reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upheld.engine.estate.model import Anonymous, Coarse, LiveColumn, LiveTable, StoreMap, Table
from upheld.engine.plan.calendar.endings import Group, Treatment, erased
from upheld.engine.plan.ends import Ends, Hop, NoneLeft
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Coarser, Refused, Replacement, SetNull, Why
from upheld.engine.plan.passes.fates import personal_columns
from upheld.engine.plan.steps import Alike, CountInto, ReadBackGroups, Rows, Step, SuppressGroups

DATES = frozenset({"date", "timestamp"})
NOTHING = Anonymous(())
SAY = "Say otherwise under `anonymous:` of the table, or end these rows with `then: erase`."


def anonymised(group: Group) -> Treatment | Refused:
    """Quasi-identifiers are made coarser, sensitive columns stay, the rest is blanked, links to people are cut. Refused (L311) with the reason."""
    said, live = group.table.anonymous or NOTHING, group.live
    place = f"{group.store}.{group.table.name}"
    problem = _unfit(place, group.table, live, said, smallest(group))
    if problem is not None:
        return problem
    quasi = dict(said.quasi)
    changes: list[tuple[str, Replacement]] = []
    blanked = erased(group)
    if isinstance(blanked, Refused):
        return blanked
    changes += [(c, new) for c, new in blanked.changes if c not in quasi and c not in said.sensitive]
    changes += [(c, Coarser(how.to, how.size)) for c, how in said.quasi if how.to != "as-is"]
    changes += [(c, SetNull()) for c in links_of(group.table)]
    return Treatment("anonymise", tuple(changes))


def aggregated(group: Group) -> Treatment | Refused:
    """Rows are counted as they go. Refused (L311) where the estate says no table to count in, or that table cannot take it."""
    said, place = group.table.aggregate, f"{group.store}.{group.table.name}"
    if said is None:
        return refused("L311", f"{place} has no `aggregate:`", "Say in the estate where its rows are counted, and by what.")
    into = group.catalogue.tables.get(said.into)
    if into is None:
        return refused("L311", f"{place} is counted in {said.into}, which does not exist", "Create the table, or name another.")
    names = {c.name: c for c in into.columns}
    for column in (*(c for c, _ in said.by), said.count):
        if column not in names:
            return refused("L311", f"{place} is counted in {said.into}.{column}, which does not exist", "Create the column.")
    for column, how in said.by:
        problem = _coarse(place, group.live.column(column), how)
        if problem is None and not names[column].nullable:
            problem = refused(
                "L311", f"{said.into}.{column} may not be NULL", "Rows too rare to be told apart are counted under NULL."
            )
        if problem is not None:
            return problem
    if group.table.erasure != "delete":
        return refused("L311", f"{place} is not deleted at its end", "Rows are counted as they go: say `erasure: delete`.")
    if not (said.group or group.cover.alike):
        return refused(
            "L311", f"{place} has no smallest group", "Say `group:` under `aggregate:`, or a standard in the promise."
        )
    treated = erased(group)
    return treated if isinstance(treated, Refused) else Treatment("aggregate", treated.changes, goes=True)


def smallest(group: Group) -> int:
    """The larger of what the estate and the promise's standard demand."""
    return max((group.table.anonymous or NOTHING).group, group.cover.alike)


def links_of(table: Table) -> tuple[str, ...]:
    """Columns by which a row leads to its owner and that are no personal data themselves."""
    personal = set(personal_columns(table))
    return tuple(dict.fromkeys(c for link in table.owning for c in link.columns if c not in personal and c not in table.key))


def alike_of(groups: Iterable[tuple[Group, Treatment]]) -> Alike | None:
    """The test of what stays of the rows of a table that has an anonymised group; None for any other."""
    mine = [(group, treated) for group, treated in groups if treated.method == "anonymise"]
    if not mine:
        return None
    table = mine[0][0].table
    said = table.anonymous or NOTHING
    marks = tuple(dict.fromkeys(c for _, treated in mine for c, new in treated.changes if isinstance(new, SetNull)))
    return Alike(
        tuple(c for c, _ in said.quasi), said.sensitive, max(smallest(group) for group, _ in mine), said.diversity, marks
    )


def children_left(store: StoreMap, table: Table, going: dict[str, Ends]) -> Iterator[Ends]:
    """No row with personal data hangs on the row: it would say whose the row is."""
    for name, child in sorted(store.tables.items()):
        for link in child.owning:
            if link.parent == table.name and name != table.name and personal_columns(child):
                yield NoneLeft((Hop(name, link.columns, link.parent_columns, False, link.when),), None, going.get(name))


def suppressing(rows: Rows, alike: Alike, why: Why) -> list[Step]:
    """What is rare loses its quasi-identifiers, then what is sensitive; nothing where nothing stays."""
    steps: list[Step] = []
    if alike.quasi:
        steps.append(SuppressGroups(rows, alike.quasi, alike, why))
    if alike.sensitive:
        steps.append(SuppressGroups(rows, alike.sensitive, alike, why))
    return [*steps, ReadBackGroups(rows, alike, why)] if steps else []


def counting(rows: Rows, table: Table, groups: Iterable[tuple[Group, Treatment]]) -> list[Step]:
    """Rows that go are counted, where the promise says so."""
    mine = [group for group, treated in groups if treated.method == "aggregate"]
    said = table.aggregate
    if not mine or said is None:
        return []
    by = tuple((c, None if how.to == "as-is" else Coarser(how.to, how.size)) for c, how in said.by)
    group = max(said.group, *(one.cover.alike for one in mine))
    return [CountInto(rows, said.into, by, said.count, group, mine[0].cover.why)]


# ---- what cannot be ------------------------------------------------------------------------------------------------


def _unfit(place: str, table: Table, live: LiveTable, said: Anonymous, group: int) -> Refused | None:
    links = {c for owning in table.owning for c in owning.columns} | {link.column for link in table.identity}
    kept = (*(c for c, _ in said.quasi), *said.sensitive)
    for column in kept:
        if table.column(column).file:
            return refused("L310", f"{place}.{column} names files, which are as they were in a row that is nobody's", SAY)
        if column in links or column in table.key or any(i.column == column for i in table.identifies):
            return refused("L311", f"{place}.{column} names or leads to somebody, so it cannot stay", SAY)
        if not live.column(column).nullable:
            return refused("L311", f"{place}.{column} may not be NULL", "What is rare must be able to go: make it nullable.")
    for column, how in said.quasi:
        problem = _coarse(place, live.column(column), how)
        if problem is not None:
            return problem
    for column in links_of(table):
        if not live.column(column).nullable:
            return refused(
                "L311",
                f"{place}.{column} leads to somebody and may not be NULL",
                "Make it nullable, or end the rows with `then: erase`.",
            )
    held = [c for c in (*personal_columns(table), *links_of(table)) if c not in kept and live.column(c).nullable]
    if kept and not held:
        return refused(
            "L311", f"{place} has nothing that tells an anonymised row from another", "Make a link or an identifier nullable."
        )
    if kept and not group:
        return refused(
            "L311", f"{place} has no smallest group", "Say `group:` under `anonymous:`, or a standard in the promise."
        )
    return None


def _coarse(place: str, column: LiveColumn, how: Coarse) -> Refused | None:
    fits = {
        "as-is": True,
        "year": column.family in DATES, "month": column.family in DATES, "decade": column.family in DATES,
        "first": column.family == "text",
        "band": column.family in ("integer", "number"),
    }[how.to]  # fmt: skip
    if fits:
        return None
    return refused("L311", f"{place}.{column.name} is of a type that cannot become `{how.to}`", SAY)
