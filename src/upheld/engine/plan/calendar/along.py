"""Rows that hang on a row that goes become steps of the same transaction, where nothing could tell their end afterwards.

Two kinds. Rows without personal cells go with the row that owns them. And what a declared trigger copies of a row as it is blanked and deleted: the row
waited until nothing counted on it, so whatever still leads to it was copied in this transaction, and is over as the row is. Not taken: to leave such copies
to the next pass; the row that told their end is gone by then, and they would stay for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

from upheld.engine.estate.model import OwningLink, Table
from upheld.engine.plan.calendar.endings import Group
from upheld.engine.plan.calendar.judged import Judged, keys_into
from upheld.engine.plan.calendar.waits import outlives
from upheld.engine.plan.ends import is_known, reached_columns
from upheld.engine.plan.model import Why
from upheld.engine.plan.passes.fates import nullable_of, personal_columns
from upheld.engine.plan.steps import BlankColumns, ByLink, DeleteRows, Rows, Step


def before_it(work: Judged, table: Table, part: str, why: Why) -> list[Step]:
    """Rows without personal cells that a key leads from to rows of `table` in `part`: else the key would be cut, and the row be nobody's."""
    return [
        _deleted(child, link, part, why) for child, link in _bare_children(work, table) if _keys(work, child, link) == {True}
    ]


def after_it(work: Judged, table: Table, part: str, why: Why) -> list[Step]:
    """Rows without personal cells that a mere link leads from, whatever wrote them; and what triggers of `table` copied of rows in `part`."""
    targets = {rule.target for rule in table.triggers if rule.rule == "copies-to"}
    steps: list[Step] = [
        _deleted(child, link, part, why) for child, link in _bare_children(work, table) if not _keys(work, child, link)
    ]
    for child, link in _owned(work, table):
        if child.name in targets and personal_columns(child):
            steps += _ended(work, child, link, part)
    return steps


def after_blanking(work: Judged, table: Table, part: str, changed: frozenset[str]) -> list[Step]:
    """The same of rows that stay, where the cells that told the copies' end are `changed`."""
    targets = {rule.target for rule in table.triggers if rule.rule == "copies-to"}
    return [
        step
        for child, link in _owned(work, table)
        if child.name in targets and personal_columns(child)
        for step in _ended(work, child, link, part, changed)
    ]


def columns_of(steps: list[Step]) -> dict[str, None]:
    """What of each row that these steps hang on has to be known after it went."""
    paths = [step.rows.paths[0] for step in steps if isinstance(step, DeleteRows | BlankColumns)]
    return dict.fromkeys(column for path in paths if isinstance(path, ByLink) for column in path.at)


def _owned(work: Judged, table: Table) -> Iterator[tuple[Table, OwningLink]]:
    for child in work.store.tables.values():
        if child.name != table.name and child.name in work.live.tables:
            yield from ((child, link) for link in child.owning if link.parent == table.name)


def _bare_children(work: Judged, table: Table) -> list[tuple[Table, OwningLink]]:
    """Tables without personal cells, on whose rows nothing hangs by a key."""
    return [
        (child, link)
        for child, link in _owned(work, table)
        if not personal_columns(child) and child.erasure == "delete" and is_known(work.whole[child.name])
        if not any(True for _ in keys_into(work, child.name)) and not outlives(work, child, table.name)
    ]


def _keys(work: Judged, child: Table, link: OwningLink) -> set[bool]:
    """For each key of the engine over the link, whether it may be NULL. Where it may not, the rows went in their own turn."""
    keys = [key for name, key in keys_into(work, link.parent) if name == child.name and set(key.columns) == set(link.columns)]
    return {bool(nullable_of(work.live.tables[child.name], key.columns)) for key in keys}


def _ended(work: Judged, child: Table, link: OwningLink, part: str, lost: frozenset[str] | None = None) -> Iterator[Step]:
    """The copies' cells whose end is told over the link are over with the row, or with its cells that are `lost`; a row of nothing else goes."""
    groups = [(g, treated) for g, treated in work.groups.get(child.name, ()) if treated.goes and _is_told_over(g, link, lost)]
    ended = {column for group, _ in groups for column in group.columns}
    rows = _rows(child, link, part)
    if not groups:
        return
    if (
        ended == set(personal_columns(child))
        and child.erasure == "delete"
        and not any(True for _ in keys_into(work, child.name))
    ):
        yield DeleteRows(rows, groups[0][0].cover.why)
        return
    for group, treated in groups:
        yield BlankColumns(rows, treated.changes, group.cover.why)


def _is_told_over(group: Group, link: OwningLink, lost: frozenset[str] | None) -> bool:
    """Not of what a ground may hold: keys on record tell those rows' end, and the copies cannot be told from them."""
    return not group.cover.held and any(
        hops[0].up and hops[0].table == link.parent and hops[0].at == link.columns
        for hops, columns in reached_columns(group.cover.ends)
        if lost is None or (len(hops) == 1 and columns & lost)
    )


def _deleted(child: Table, link: OwningLink, part: str, why: Why) -> DeleteRows:
    return DeleteRows(_rows(child, link, part), Why(why.clauses, why.cites, "goes with the row that owns it"))


def _rows(child: Table, link: OwningLink, part: str) -> Rows:
    return Rows(child.name, child.key, (ByLink(link.columns, link.parent, link.parent_columns, part, link.when),))
