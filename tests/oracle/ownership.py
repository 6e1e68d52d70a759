"""Whose rows: docs/fates.md section 1, as a fixpoint over dicts.

No SQL and no order: each round looks at every row of every table, until nothing is added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.oracle.case import Case, Place, Row, Subject
from upheld.engine.estate.model import IdentityLink, OwningLink, Table


@dataclass
class Belongings:
    """The rows of one subject: the roles of each, and the links (with the parent row) that lead to it."""

    roles: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    links: dict[Place, set[OwningLink | IdentityLink]] = field(default_factory=lambda: defaultdict(set))
    contested: set[Place] = field(default_factory=set)
    ambiguous: bool = False

    def __contains__(self, place: Place) -> bool:
        return bool(self.roles.get(place))


def normal_form(form: str, value: object) -> str:
    """`email/1`: trimmed, ASCII lower case. The cases hold no domain that needs an A-label."""
    assert form == "email/1", form
    return "".join(c.lower() if c.isascii() else c for c in str(value).strip())


def key_of(table: Table, row: Row) -> tuple[object, ...]:
    return tuple(row[c] for c in table.key)


def mapped(case: Case) -> Iterator[tuple[str, Table]]:
    for store in case.estate.stores.values():
        for table in store.tables.values():
            yield store.store, table


def bearing(case: Case, store: str, table: Table, columns: list[str], form: str, value: str) -> set[Place]:
    """The rows of a root table that bear the identifier in one of these columns."""
    return {
        (store, table.name, n)
        for n, row in enumerate(case.rows[store, table.name])
        if any(row[c] is not None and normal_form(form, row[c]) == value for c in columns)
    }


def bearers(case: Case, kind: str, form: str, value: str) -> int:
    """How many root rows of the kind bear the identifier: the most that any one root table holds."""
    most = 0
    for store, table in mapped(case):
        if table.root == kind:
            columns = [i.column for i in table.identifies if i.form == form]
            most = max(most, len(bearing(case, store, table, columns, form, value)))
    return most


def links_at_all(case: Case, store: str, table: Table, form: str, value: object) -> bool:
    """Whether a value may link: not NULL, not blank, no placeholder."""
    if value is None or normal_form(form, value) == "":
        return False
    taboo = {normal_form(form, p) for p in (*case.estate.stores[store].placeholders, *table.placeholders)}
    return normal_form(form, value) not in taboo


def roots(case: Case, subject: Subject) -> tuple[set[Place], set[Place], bool]:
    """The root rows that the ask binds, those it contests, and whether it is ambiguous."""
    keyed = {
        (store, table.name, n)
        for store, table in mapped(case)
        if table.root is not None
        for n, row in enumerate(case.rows[store, table.name])
        if key_of(table, row) in set(subject.keys.get((store, table.name), ()))
    }
    asked = {(kind, form, normal_form(form, value)) for kind, form, value in subject.identifiers}
    bound, unclear = _named(case, asked, keyed, by_ask=True)
    bound |= keyed
    further, contested = _named(case, borne_by(case, bound), bound, by_ask=False)
    return bound | further, contested, bool(unclear)


def _named(
    case: Case, identifiers: set[tuple[str, str, str]], bound: set[Place], *, by_ask: bool
) -> tuple[set[Place], set[Place]]:
    """Root rows that the identifiers name beyond doubt, and those that they name in doubt."""
    clear: set[Place] = set()
    doubtful: set[Place] = set()
    for store, table in mapped(case):
        for kind, form, value in identifiers:
            if kind != table.root or not links_at_all(case, store, table, form, value):
                continue
            for identifier in table.identifies:
                if identifier.form != form:
                    continue
                found = bearing(case, store, table, [identifier.column], form, value)
                if found & bound:
                    continue
                count = len(found) if by_ask else bearers(case, kind, form, value)
                sure = identifier.names == "one" and count == 1
                (clear if sure else doubtful).update(found)
    return clear, doubtful


def borne_by(case: Case, bound: set[Place]) -> set[tuple[str, str, str]]:
    """(kind, form, normal form) of what the bound roots bear."""
    result = set()
    for place in bound:
        table = case.estate.table(*place[:2])
        for identifier in table.identifies:
            value = case.row(place)[identifier.column]
            if value is not None and table.root is not None:
                result.add((table.root, identifier.form, normal_form(identifier.form, value)))
    return result


def leads_to(link: OwningLink, child: Row, parent: Row) -> bool:
    """Whether the owning link of `child` equals the parent columns of `parent`."""
    if link.when is not None and child[link.when[0]] != link.when[1]:
        return False
    pairs = [(child[c], parent[p]) for c, p in zip(link.columns, link.parent_columns, strict=True)]
    return all(c is not None and c == p for c, p in pairs)


def belongings(case: Case, subject: Subject) -> Belongings:
    """Everything that belongs to the subject, by key and by verified identifier."""
    result = Belongings()
    bound, result.contested, result.ambiguous = roots(case, subject)
    for place in bound:
        result.roles[place].add("owner")
    asked = {(kind, form, normal_form(form, value)) for kind, form, value in subject.identifiers}
    _by_identity(case, asked | borne_by(case, bound), result)
    while _round(case, result):
        pass
    result.contested = {p for p in result.contested if p not in result}
    return result


def _by_identity(case: Case, identifiers: set[tuple[str, str, str]], result: Belongings) -> None:
    for store, table in mapped(case):
        for link in table.identity:
            for n, row in enumerate(case.rows[store, table.name]):
                value = row[link.column]
                if not links_at_all(case, store, table, link.form, value):
                    continue
                normal = normal_form(link.form, value)
                if (link.kind, link.form, normal) not in identifiers:
                    continue
                count = bearers(case, link.kind, link.form, normal)
                if count > case.estate.stores[store].max_shared:
                    continue
                place = (store, table.name, n)
                if count > 1:
                    result.contested.add(place)
                else:
                    result.roles[place].add(link.role)
                    result.links[place].add(link)


def _round(case: Case, result: Belongings) -> bool:
    """One look at every row; whether anything was added."""
    added = False
    for store, table in mapped(case):
        for link in table.owning:
            parents = case.rows[store, link.parent]
            for n, row in enumerate(case.rows[store, table.name]):
                place = (store, table.name, n)
                for m, parent in enumerate(parents):
                    above = (store, link.parent, m)
                    if above not in result or not leads_to(link, row, parent):
                        continue
                    roles = set(result.roles[above]) if link.role == "owner" else {link.role}
                    if not roles <= result.roles[place] or link not in result.links[place]:
                        added = True
                        result.roles[place] |= roles
                        result.links[place].add(link)
    return added
