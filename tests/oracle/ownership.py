"""Whose rows: docs/fates.md section 1, as a fixpoint over dicts.

No SQL and no order: each round looks at every row of every table, until nothing is added.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import idna
import phonenumbers

from tests.oracle.case import Case, Place, Row, Subject
from upheld.engine.estate.model import IdentityLink, OwningLink, Table


@dataclass
class Belongings:
    """The rows of one subject: the roles of each, and the links (with the parent row) that lead to it."""

    roles: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    links: dict[Place, set[OwningLink | IdentityLink]] = field(default_factory=lambda: defaultdict(set))
    contested: set[Place] = field(default_factory=set)
    ambiguous: bool = False
    unclear: bool = False  # the last round's finds name further root rows
    verified: frozenset[tuple[str, str, str]] = frozenset()

    def __contains__(self, place: Place) -> bool:
        return bool(self.roles.get(place))


def normal_form(form: str, value: object, region: str) -> str:
    """docs/estate.md, "Normal forms"; empty where the value identifies nobody."""
    text = str(value)
    if form == "exact/1":
        return text if text.strip() else ""
    if form == "phone/1":
        return _number(text, region)
    assert form == "email/1", form
    text = unicodedata.normalize("NFC", text).strip(" ")
    text = "".join(c.lower() if c.isascii() else c for c in text)
    local, at, domain = text.rpartition("@")
    if not at or domain.isascii():
        return text if text.strip() else ""
    try:
        return local + at + idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return text


def _number(text: str, region: str) -> str:
    """Digits, spaces, brackets, dots and hyphens, a plus sign in front; anything else identifies nobody."""
    if not set(text.strip(" ").removeprefix("+")) <= set("0123456789 ().-") or text != text.rstrip("\n"):
        return ""
    try:
        number = phonenumbers.parse("".join(c for c in text if c in "+0123456789"), region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def region_of(case: Case, store: str) -> str:
    found = case.estate.stores[store]
    return found.region or found.place


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
        if any(row[c] is not None and normal_form(form, row[c], region_of(case, store)) == value for c in columns)
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
    region = region_of(case, store)
    if value is None or normal_form(form, value, region) == "":
        return False
    taboo = {normal_form(form, p, region) for p in (*case.estate.stores[store].placeholders, *table.placeholders)}
    return normal_form(form, value, region) not in taboo


def roots(case: Case, subject: Subject) -> tuple[set[Place], Belongings]:
    """The root rows of the last round; what is contested, verified, ambiguous or unclear, in the belongings."""
    result = Belongings()
    keyed = {
        (store, table.name, n)
        for store, table in mapped(case)
        if table.root is not None
        for n, row in enumerate(case.rows[store, table.name])
        if key_of(table, row) in set(subject.keys.get((store, table.name), ()))
    }
    asked = _asked(case, subject)
    bound, doubtful = _named(case, asked, keyed, by_ask=True)
    result.ambiguous = bool(doubtful)
    bound |= keyed
    rounds = max(store.expand for store in case.estate.stores.values())
    for _ in range(rounds):
        result.verified = frozenset(asked | borne_by(case, bound))
        further, doubtful = _named(case, borne_by(case, bound), bound, by_ask=False)
        result.contested |= doubtful
        bound |= further
    result.unclear = rounds > 1 and bool(_named(case, borne_by(case, bound), bound, by_ask=False)[0])
    return bound, result


def _asked(case: Case, subject: Subject) -> set[tuple[str, str, str]]:
    """What the ask verified, as each root table's store reads it."""
    return {
        (kind, form, normal)
        for kind, form, value in subject.identifiers
        for store, table in mapped(case)
        if table.root == kind and (normal := normal_form(form, value, region_of(case, store)))
    }


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
            normal = "" if value is None else normal_form(identifier.form, value, region_of(case, place[0]))
            if normal and table.root is not None:
                result.add((table.root, identifier.form, normal))
    return result


def leads_to(link: OwningLink, child: Row, parent: Row) -> bool:
    """Whether the owning link of `child` equals the parent columns of `parent`."""
    if link.when is not None and child[link.when[0]] != link.when[1]:
        return False
    pairs = [(child[c], parent[p]) for c, p in zip(link.columns, link.parent_columns, strict=True)]
    return all(c is not None and c == p for c, p in pairs)


def belongings(case: Case, subject: Subject) -> Belongings:
    """Everything that belongs to the subject, by key and by verified identifier."""
    bound, result = roots(case, subject)
    for place in bound:
        result.roles[place].add("owner")
    _by_identity(case, result)
    while _round(case, result):
        pass
    result.contested = {p for p in result.contested if p not in result}
    return result


def _by_identity(case: Case, result: Belongings) -> None:
    for store, table in mapped(case):
        for link in table.identity:
            for n, row in enumerate(case.rows[store, table.name]):
                value = row[link.column]
                if not links_at_all(case, store, table, link.form, value):
                    continue
                normal = normal_form(link.form, value, region_of(case, store))
                if (link.kind, link.form, normal) not in result.verified:
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
