"""What must be left of every table, what an access returns, what is refused: docs/fates.md sections 2 to 5.

Written from that page alone, cell by cell over dicts, without SQL and without order. Must never import the planner.
"""

from __future__ import annotations

import calendar
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.oracle.case import Case, Place, Row, Rows, Subject
from tests.oracle.ownership import (
    Belongings,
    bearers,
    belongings,
    key_of,
    leads_to,
    links_at_all,
    mapped,
    normal_form,
    region_of,
)
from tests.oracle.walking import days_at
from upheld.engine.estate.model import (
    Category,
    Event,
    FreeText,
    IdentityLink,
    JsonPaths,
    Key,
    LiveForeignKey,
    NotPersonal,
    OwningLink,
    Table,
)
from upheld.engine.plan.ends import Lengths, Over
from upheld.engine.plan.model import DueAfter, KeepRule, Lasts, Until

FOREVER = date.max


@dataclass(frozen=True)
class Blank:
    """A cell that an erasure blanked: NULL, or where that cannot be anything that is not `was` (a token, 0, 1970-01-01)."""

    nullable: bool
    was: object


@dataclass(frozen=True)
class Token(Blank):
    """A personal key of a row that stays, and whatever led to it: the same token everywhere."""


@dataclass
class Fate:
    """One row's: deleted whole, or the columns that are blanked, cut and kept (with ground and end)."""

    delete: bool = False
    blank: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    keep: dict[str, tuple[str, date]] = field(default_factory=dict)


@dataclass
class Expected:
    """An erasure's outcome: the dump of all tables, what was refused, contested and kept."""

    dump: Rows
    refused: set[str] = field(default_factory=set)  # stores whose guard refuses
    ambiguous: bool = False
    unclear: bool = False  # ambiguous for that the last round's finds name more
    contested: set[Place] = field(default_factory=set)
    fates: dict[Place, Fate] = field(default_factory=dict)
    undated: set[Place] = field(default_factory=set)  # kept because the event's date is missing


# ---- what is personal ------------------------------------------------------------------------------------------------


def is_personal(table: Table, column: str) -> bool:
    """Whether a column holds personal data that an erasure must deal with."""
    match table.column(column).role:
        case Category() | FreeText():
            return True
        case Event(leaf=leaf):
            return leaf is not None
        case JsonPaths(paths=paths, others=others):
            return any(not isinstance(r, NotPersonal) for r in paths.values()) or isinstance(others, FreeText)
        case Key() | NotPersonal():
            return False


def personal_columns(table: Table) -> set[str]:
    return {c.name for c in table.columns if is_personal(table, c.name)}


def is_nullable(case: Case, place: Place, column: str) -> bool:
    return case.catalogue.stores[place[0]].tables[place[1]].column(column).nullable


# ---- keeps -----------------------------------------------------------------------------------------------------------


def later(day: date, amount: int, unit: str) -> date:
    """`day` and a period; a day that the month does not have becomes its last."""
    if unit == "days":
        return day + timedelta(days=amount)
    months = day.year * 12 + day.month - 1 + amount * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of(case: Case, place: Place, rule: KeepRule) -> date:
    """The day on which the rule lets go of the row; the end of time if the event has no date."""
    row = case.row(place)
    match rule.ends:
        case Lasts(ends=Over() as over):
            days = days_at(case, place, over)
            ends = [FOREVER if day is None else _after_all(day, over.ends.lengths) for day in days]
            return max(ends, default=FOREVER)
        case Until(day=day):
            return day
        case DueAfter(column=column, amount=amount, unit=unit):
            value = row[column]
            return FOREVER if value is None else later(date.fromisoformat(str(value)[:10]), amount, unit)


def _after_all(day: date, lengths: Lengths) -> date:
    for amount, unit in lengths:
        day = later(day, amount, unit)
    return day


def kept_cells(case: Case, place: Place, refs: set[str]) -> dict[str, tuple[str, date]]:
    """Columns of a row that keep rules cover, with ground and the later end. `refs`: the subjects that own the row."""
    result: dict[str, tuple[str, date]] = {}
    table = case.estate.table(*place[:2])
    for rule in case.keeps.get(place[:2], ()):
        if rule.subjects is not None and not rule.subjects & refs:
            continue
        end = end_of(case, place, rule)
        if end <= case.today:
            continue
        for column in rule.columns:
            if is_personal(table, column) and (column not in result or end > result[column][1]):
                result[column] = (rule.ground, end)
    return result


def counted_from(case: Case, place: Place, refs: set[str]) -> set[str]:
    """Event columns that the ends of the rules which cover this row are counted from."""
    rules = [r for r in case.keeps.get(place[:2], ()) if r.subjects is None or r.subjects & refs]
    alive = [r for r in rules if end_of(case, place, r) > case.today]
    return {r.ends.column for r in alive if isinstance(r.ends, DueAfter)}


# ---- erasure ---------------------------------------------------------------------------------------------------------


def erase(case: Case) -> Expected:
    """What an erasure of all subjects of the case must leave."""
    per_subject = {s.ref: belongings(case, s) for s in case.subjects}
    if any(b.ambiguous for b in per_subject.values()):
        return Expected(dump=copy.deepcopy(case.rows), ambiguous=True)
    if any(b.unclear for b in per_subject.values()):
        return Expected(dump=copy.deepcopy(case.rows), ambiguous=True, unclear=True)
    owned = {p for b in per_subject.values() for p in b.roles if b.roles[p]}
    expected = Expected(dump={}, contested={p for b in per_subject.values() for p in b.contested} - owned)
    for place in owned:
        expected.fates[place] = _fate(case, place, per_subject, owned)
        if any(end == FOREVER for _, end in expected.fates[place].keep.values()):
            expected.undated.add(place)
    _stay_for_others(case, expected)
    _cut_what_dangles(case, expected, per_subject)
    expected.dump = _dump(case, expected)
    return expected


def _fate(case: Case, place: Place, per_subject: dict[str, Belongings], owned: set[Place]) -> Fate:
    refs = {ref for ref, b in per_subject.items() if place in b}
    table = case.estate.table(*place[:2])
    keep = kept_cells(case, place, refs)
    fate = Fate(keep=keep)
    if table.shared:
        _shared(case, place, per_subject, owned, fate)
    elif table.erasure == "delete":
        fate.delete = True
    else:
        fate.blank = personal_columns(table)
        if table.erasure == "cut":
            links = set().union(*(per_subject[r].links[place] for r in refs))
            fate.cut = {c for link in links if isinstance(link, OwningLink) for c in link.columns}
    if keep:
        if fate.delete or not table.shared:
            fate.blank = personal_columns(table)
        fate.delete, fate.cut = False, set()
        # A kept row keeps its key: it is found by it when the ground ends.
        fate.blank -= set(keep) | counted_from(case, place, refs) | set(table.key)
    return fate


def _shared(case: Case, place: Place, per_subject: dict[str, Belongings], owned: set[Place], fate: Fate) -> None:
    table = case.estate.table(*place[:2])
    for subject in per_subject.values():
        for role in subject.roles.get(place, ()):
            rule = table.shared[role]
            if rule.erasure == "keep":
                continue
            if rule.erasure == "delete-when-last" and not _others_left(case, place, role, owned, per_subject):
                fate.delete = True
                continue
            fate.blank |= set(rule.mine)
            for link in subject.links[place]:
                if link.role == role and role != "owner":
                    columns = (link.column,) if isinstance(link, IdentityLink) else link.columns
                    fate.cut |= {c for c in columns if is_nullable(case, place, c)}


def _others_left(case: Case, place: Place, role: str, owned: set[Place], per_subject: dict[str, Belongings]) -> bool:
    """Whether another role's link leads to an existing row, or names a person, that is no subject's; inherited roles ask the parent."""
    table, row = case.estate.table(*place[:2]), case.row(place)
    for identity in table.identity:
        if identity.role != role and links_at_all(case, place[0], table, identity.form, row[identity.column]):
            normal = normal_form(identity.form, row[identity.column], region_of(case, place[0]))
            named = (identity.kind, identity.form, normal)
            alone = bearers(case, *named) <= 1
            if not (alone and any(named in b.verified for b in per_subject.values())):
                return True
    for link in table.owning:
        if link.role == role:
            continue
        for n, parent in enumerate(case.rows[place[0], link.parent]):
            above = (place[0], link.parent, n)
            if not leads_to(link, row, parent):
                continue
            if link.role == "owner" and role != "owner":
                if _others_left(case, above, role, owned, per_subject):
                    return True
            elif above not in owned:
                return True
    return False


def foreign_keys(case: Case) -> Iterator[tuple[str, str, LiveForeignKey]]:
    for store in case.catalogue.stores.values():
        for table in store.tables.values():
            for key in table.foreign_keys:
                yield store.store, table.name, key


def _references(case: Case) -> Iterator[tuple[Place, LiveForeignKey, Place]]:
    """Every (row, foreign key, referenced row) of the data."""
    for store, name, key in foreign_keys(case):
        targets = {tuple(r[c] for c in key.target_columns): n for n, r in enumerate(case.rows[store, key.target])}
        for n, row in enumerate(case.rows[store, name]):
            value = tuple(row[c] for c in key.columns)
            if None not in value and value in targets:
                yield (store, name, n), key, (store, key.target, targets[value])


def _stay_for_others(case: Case, expected: Expected) -> None:
    """Rows that staying rows need are blanked instead; repeated upwards. A need from outside is a refusal."""
    needs = [
        (child, parent)
        for child, key, parent in _references(case)
        if child != parent and not any(is_nullable(case, child, c) for c in key.columns)
    ]
    changed = True
    while changed:
        changed = False
        for child, parent in needs:
            fate, of_child = expected.fates.get(parent), expected.fates.get(child)
            if fate is None or not fate.delete or of_child is None or of_child.delete:
                continue
            fate.delete, changed = False, True
            fate.cut = set()
            fate.blank |= personal_columns(case.estate.table(*parent[:2]))
    for child, parent in needs:
        if child not in expected.fates and (fate := expected.fates.get(parent)) is not None and fate.delete:
            expected.refused.add(parent[0])


def _cut_what_dangles(case: Case, expected: Expected, per_subject: dict[str, Belongings]) -> None:
    def deleted(place: Place) -> bool:
        return place in expected.fates and expected.fates[place].delete

    for child, key, parent in _references(case):
        if deleted(parent) and not deleted(child):
            nullable = {c for c in key.columns if is_nullable(case, child, c)}
            expected.fates.setdefault(child, Fate()).cut |= nullable
    for subject in per_subject.values():
        for place, roles in subject.roles.items():
            table = case.estate.table(*place[:2])
            if deleted(place) or not any(table.shared[r].erasure == "keep" for r in roles if r in table.shared):
                continue
            for link in subject.links[place]:
                if isinstance(link, OwningLink) and (link.role in roles or link.role == "owner"):
                    for n, parent_row in enumerate(case.rows[place[0], link.parent]):
                        if deleted((place[0], link.parent, n)) and leads_to(link, case.row(place), parent_row):
                            cut = {c for c in link.columns if is_nullable(case, place, c)}
                            expected.fates[place].cut |= cut


# ---- the dump --------------------------------------------------------------------------------------------------------


def _dump(case: Case, expected: Expected) -> Rows:
    dump: Rows = {}
    for (store, name), rows in case.rows.items():
        out = dump[store, name] = []
        for n, row in enumerate(rows):
            fate = expected.fates.get((store, name, n))
            if fate is None or store in expected.refused:
                out.append(dict(row))
            elif not fate.delete:
                out.append(_after(case, (store, name, n), row, fate))
    _follow_keys(case, expected, dump)
    for (store, name), view in case.views.items():
        dump[store, name] = list(view.rows(dump[store, view.of]))
    _files_left(case, expected, dump)
    return dump


def _follow_keys(case: Case, expected: Expected, dump: Rows) -> None:
    """What equals a personal key that became a token becomes the same token: by foreign keys, at any remove, and by owning links."""
    open_: list[tuple[str, str, str, set[object]]] = []
    for place, fate in expected.fates.items():
        table = case.estate.table(*place[:2])
        if place[0] not in expected.refused and not fate.delete and len(table.key) == 1 and table.key[0] in fate.blank:
            open_.append((*place[:2], table.key[0], {case.row(place)[table.key[0]]}))
    seen: set[tuple[str, str, str, object]] = set()
    while open_:
        store, name, column, olds = open_.pop()
        if all((store, name, column, old) in seen for old in olds):
            continue
        seen |= {(store, name, column, old) for old in olds}
        for row in dump[store, name]:
            if row[column] in olds:
                row[column] = Token(False, row[column])
        links = [(t.name, link) for s, t in mapped(case) if s == store for link in t.owning]
        led = [(child, link.columns, link.parent, link.parent_columns) for child, link in links]
        led += [(child, k.columns, k.target, k.target_columns) for s, child, k in foreign_keys(case) if s == store]
        for child, columns, parent, targets in led:
            open_ += [
                (store, child, own, olds)
                for own, target in zip(columns, targets, strict=True)
                if (parent, target) == (name, column)
            ]


def _files_left(case: Case, expected: Expected, dump: Rows) -> None:
    """A file goes when a pointer to it was blanked or went with its row, and nothing points to it any more."""
    pointers = [(s, t.name, c.name, c.file) for s, t in mapped(case) for c in t.columns if c.file]
    for name in sorted({file for *_, file in pointers}):
        cells = [(s, t, c) for s, t, c, file in pointers if file == name]
        let_go = {
            row[c]
            for s, t, c in cells
            for n, row in enumerate(case.rows[s, t])
            if (fate := expected.fates.get((s, t, n))) is not None
            and s not in expected.refused
            and (fate.delete or c in fate.blank)
        }
        pointed = {row[c] for s, t, c in cells for row in dump[s, t] if isinstance(row[c], str)}
        files = dump[name, "files"]
        dump[name, "files"] = [row for row in files if row["name"] not in let_go or row["name"] in pointed]


def _after(case: Case, place: Place, row: Row, fate: Fate) -> Row:
    result = dict(row)
    for column in fate.blank:
        role = case.estate.table(*place[:2]).column(column).role
        value = row[column]
        if value is None:
            continue
        nullable = is_nullable(case, place, column)
        if column in case.estate.table(*place[:2]).key:
            continue  # below, with all that leads to it
        result[column] = blank_document(role, value) if isinstance(role, JsonPaths) else Blank(nullable, value)
    for column in fate.cut:
        result[column] = None
    for live in case.catalogue.stores[place[0]].tables[place[1]].columns:
        if live.generated:
            result[live.name] = _computed(str(live.default), result)
    return result


def _computed(expression: str, row: Row) -> object:
    """A generated column is never written: it follows its source, also into the blank (a token is of small letters)."""
    value = row[expression.removeprefix("lower(").removesuffix(")")]
    return value.lower() if isinstance(value, str) else value


def steps_of(path: str) -> tuple[str, ...]:
    return tuple(step.strip('"') for step in path.removeprefix("$").replace("[*]", ".[*]").removeprefix(".").split("."))


NOTHING = object()


def blank_document(role: JsonPaths, document: object) -> object:
    """The document without its personal members; without undeclared ones where those are free text."""
    left = _left(role, document, ())
    return None if left is NOTHING else left


def _left(role: JsonPaths, value: object, here: tuple[str, ...]) -> object:
    """What stays of a value at a place of the document."""
    declared = {steps_of(p): r for p, r in role.paths.items()}
    if here in declared:
        return value if isinstance(declared[here], NotPersonal) else NOTHING
    below = {p[len(here)] for p in declared if p[: len(here)] == here}
    if isinstance(value, list) and "[*]" in below:
        found = [_left(role, v, (*here, "[*]")) for v in value]
        return [v for v in found if v is not NOTHING]
    if isinstance(value, dict) and below - {"[*]"}:
        kept = {name: _left(role, v, (*here, name)) for name, v in value.items()}
        return {name: v for name, v in kept.items() if v is not NOTHING}
    return value if isinstance(role.others, NotPersonal) else NOTHING


# ---- access ----------------------------------------------------------------------------------------------------------


@dataclass
class ExpectedAccess:
    """One subject's answer: rows by (store, table, key) → returned cells; what waits for review; what is contested."""

    rows: dict[tuple[str, str, tuple[object, ...]], Row] = field(default_factory=dict)
    review: set[tuple[str, str, tuple[object, ...], str]] = field(default_factory=set)
    others: set[tuple[str, str, str]] = field(default_factory=set)  # columns left out as other people's
    contested: set[Place] = field(default_factory=set)
    ambiguous: bool = False
    unclear: bool = False


def access(case: Case, subject: Subject) -> ExpectedAccess:
    """What an access of this subject must return."""
    mine = belongings(case, subject)
    if mine.ambiguous:
        return ExpectedAccess(ambiguous=True)
    if mine.unclear:
        return ExpectedAccess(ambiguous=True, unclear=True)
    answer = ExpectedAccess(contested=set(mine.contested))
    for place, roles in mine.roles.items():
        if not roles:
            continue
        table, row = case.estate.table(*place[:2]), case.row(place)
        left_out: set[str] = set()
        if table.shared:
            open_to = [table.shared[r] for r in roles if table.shared[r].access == "full"]
            if not open_to:
                continue
            left_out = set.intersection(*(set(rule.without) for rule in open_to))
            answer.others |= {(place[0], place[1], c) for c in left_out}
        key = key_of(table, row)
        cells = answer.rows[place[0], place[1], key] = {}
        for column in table.columns:
            if column.name in left_out:
                continue
            shown, waits = cell_of(column.role, row[column.name])
            if shown is not LEFT_OUT:
                cells[column.name] = shown
            if waits:
                answer.review.add((place[0], place[1], key, column.name))
    return answer


LEFT_OUT = object()


def cell_of(role: object, value: object) -> tuple[object, bool]:
    """What access shows of one cell, and whether something of it waits for review."""
    match role:
        case Key() | Category() | Event() | FreeText(rule="never-names-others"):
            return value, False
        case FreeText(rule="review"):
            return LEFT_OUT, value is not None
        case NotPersonal():
            return LEFT_OUT, False
        case JsonPaths():
            return _document(role, value)
    raise AssertionError(role)


def _document(role: JsonPaths, value: object) -> tuple[object, bool]:
    """{path: value} of the personal members that may be shown."""
    if value is None:
        return None, False
    shown: Row = {}
    waits = False
    for path, part in role.paths.items():
        found = member(value, steps_of(path))
        if found is LEFT_OUT or isinstance(part, NotPersonal):
            continue
        if isinstance(part, FreeText) and part.rule == "review":
            waits = True
        else:
            shown[path] = found
    if isinstance(role.others, FreeText):
        rest = undeclared(role, value)
        if rest and role.others.rule == "review":
            waits = True
        elif rest:
            shown["others"] = rest
    return shown, waits


def member(document: object, steps: tuple[str, ...]) -> object:
    """The member at a path; of all elements that have it, where the path goes through an array."""
    if not steps:
        return document
    if steps[0] == "[*]":
        every = document if isinstance(document, list) else []
        found = [m for m in (member(v, steps[1:]) for v in every) if m is not LEFT_OUT]
        return found or LEFT_OUT
    if not isinstance(document, dict) or steps[0] not in document:
        return LEFT_OUT
    return member(document[steps[0]], steps[1:])


def undeclared(role: JsonPaths, value: object, here: tuple[str, ...] = ()) -> object:
    """What no path declares, as a document; empty if there is nothing."""
    declared = {steps_of(p) for p in role.paths}
    if here in declared:
        return None
    below = {p[len(here)] for p in declared if p[: len(here)] == here}
    if isinstance(value, list) and "[*]" in below:
        return [rest for v in value if (rest := undeclared(role, v, (*here, "[*]")))]
    if isinstance(value, dict) and (not here or below - {"[*]"}):
        rests = {name: undeclared(role, v, (*here, name)) for name, v in value.items()}
        known = {name for name in value if any(p[: len(here) + 1] == (*here, name) for p in declared)}
        return {name: rest for name, rest in rests.items() if rest or name not in known}
    return value


def subject_rows(case: Case, subject: Subject) -> Iterator[tuple[Place, Row]]:
    """The rows that belong to a subject."""
    mine = belongings(case, subject)
    for store, table in mapped(case):
        for n, row in enumerate(case.rows[store, table.name]):
            if (store, table.name, n) in mine:
                yield (store, table.name, n), row
