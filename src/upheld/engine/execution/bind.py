"""Who asks becomes root keys and verified identifiers, in every store, read only and once.

Nothing below ever looks a person up again, so order and resume cannot change who is meant. Candidates come by the SQL twin of the normal
form and are verified here, in Python. Nobody found, somebody in doubt: refused; never a guess. docs/fates.md, section 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from upheld.engine.estate.forms import keys_of, normalise, spelling_of
from upheld.engine.estate.model import Catalogue, Estate, Identifier, IdentityLink, StoreCatalogue, StoreMap, Table
from upheld.engine.execution.chunks.values import taboo_of
from upheld.engine.execution.errors import refused
from upheld.engine.plan.model import Binding, Linked, Refused
from upheld.engine.stores import Store
from upheld.engine.stores.sql.lookups import Lookup, linked_of, lookup_of, odd_linked_of
from upheld.engine.stores.sql.statements import Param

HELD = "Pass the person on to the client, and say so in the answer; on the client's word ask with `tenant`."
Key = tuple[object, ...]
Place = tuple[str, str]
Named = tuple[str, str, str]  # kind, form, normal form


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks: root keys by (store, table), and verified identifiers as (kind, form, value as the person wrote it).

    `one`: root rows that a recorded merge says are one person's; an identifier that they alone bear names one person.
    `tenant`: on whose instruction, where the firm holds rows for clients: that client's rows and no other; empty: the firm's own, and nobody's; None:
    whosever they are.
    """

    ref: str
    keys: Mapping[Place, tuple[Key, ...]] = field(default_factory=dict)
    identifiers: tuple[tuple[str, str, str], ...] = ()
    one: frozenset[tuple[Place, Key]] = frozenset()
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """All subjects of one ask, resolved. `unlinked`: identifiers that were ignored (placeholder, over-shared), counted."""

    bindings: tuple[Binding, ...]
    unlinked: int = 0


@dataclass(slots=True)
class _Roots:
    """One root table: rows that bear an identifier, and identifiers that rows bear, as far as they were read."""

    store: StoreMap
    table: Table
    session: Store
    lookup: Lookup
    bearing: dict[tuple[str, str, str], set[Key]] = field(default_factory=dict)  # (column, form, normal) → keys
    borne: dict[Key, set[Named]] = field(default_factory=dict)
    odd: dict[Identifier, dict[str, list[Key]]] = field(default_factory=dict)  # rows that no twin decides, by what they say
    tenant: str | None = None
    theirs: bool = False  # rows were met that are another's to decide about
    borne_by_theirs: dict[Named, set[Key]] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return self.store.store, self.table.name


def bind(
    estate: Estate,
    catalogue: Catalogue,
    stores: Mapping[str, Store],
    subjects: Sequence[Subject],
    missing: set[str] | None = None,
) -> Bound | Refused:
    """Every subject's roots and identifiers. Refused: X201 nobody found, X202 fits several, X203 unknown store or key.

    With `missing`, who is not found is left out and named there, and everybody else is bound.

    Cost: at most one statement per root table and way (by key, by each identifying column) in each of three rounds, and one per column for rows
    that no twin decides, whatever the number of subjects. Errors: StoreFault where a store is out of reach; nothing was changed.
    """
    if len({subject.tenant for subject in subjects}) > 1:
        return refused("X203", "its lines speak for several clients", "Ask once for each client.")
    tables = _root_tables(estate, catalogue, stores, subjects[0].tenant if subjects else None)
    problem = _well_formed(estate, tables, subjects)
    if problem is not None:
        return problem
    region = {t.place: t.store.region or t.store.place for t in tables}
    asked = {s.ref: _asked(s, tables, region) for s in subjects}
    for roots in tables:
        _read_keys(roots, {k for s in subjects for k in s.keys.get(roots.place, ())})
    _read_identifiers(tables, {i for named in asked.values() for i in named})
    keyed = {s.ref: _keyed(s, tables) for s in subjects}
    bound: dict[str, dict[Place, set[Key]]] = {}
    for subject in subjects:
        clear, doubtful = _named(tables, asked[subject.ref], keyed[subject.ref], by_ask=True)
        if any(doubtful.values()):
            return refused("X202", _places(doubtful), "Name the person by key, or by an identifier that only one row bears.")
        bound[subject.ref] = _joined(clear, keyed[subject.ref])
        if not any(bound[subject.ref].values()):
            if subject.tenant == "" and any(roots.theirs for roots in tables):
                return refused("X209", "the rows are held for clients", HELD)
            if missing is not None:
                missing.add(subject.ref)
                continue
            return refused(
                "X201",
                "no root row bears what was given",
                "Check the identifiers: as the stores write them, and of the right kind.",
            )
    subjects = [one for one in subjects if not missing or one.ref not in missing]
    for roots in tables:
        _read_keys(roots, {k for places in bound.values() for k in places.get(roots.place, ())})
    borne = {ref: _borne(tables, places) for ref, places in bound.items()}
    _read_identifiers(tables, {i for named in borne.values() for i in named})
    rounds = max((store.expand for store in estate.stores.values()), default=1)
    bindings = []
    for subject in subjects:
        places, verified, contested, unclear = _expanded(tables, bound[subject.ref], rounds)
        if unclear:
            return refused("X205", _places(unclear), "Name these rows by key if they are the person's, or raise `expand`.")
        named = asked[subject.ref] | verified
        _read_identifiers(tables, named)
        made = _binding(subject, tables, places, named, contested)
        # A client's instruction reaches its own rows and what hangs on them, and nothing that an identifier leads to elsewhere.
        bindings.append(replace(made, identifiers=(), contested={}) if subject.tenant else made)
    return Bound(tuple(reached(estate, catalogue, stores, bindings)))


def reached(estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store], bindings: list[Binding]) -> list[Binding]:
    """The bindings with the rows that their shared identifiers reach: for a person to decide, never touched; and how their identifiers are spelt.

    At most two statements per identity link, and one where nobody shares an identifier: the odd rows, whose spellings the bindings take along.
    """
    found: list[dict[Place, set[Key]]] = [{} for _ in bindings]
    spelt: dict[tuple[str, str], set[tuple[str, str]]] = {}  # (form, normal) → (store, spelling)
    for name, store in sorted(estate.stores.items()):
        if store.kind == "backup" or name not in stores or name not in catalogue.stores:
            continue
        for table in store.tables.values():
            for link in table.identity:
                odd = _odd_rows(store, table, link, stores[name], bindings)
                for normal, row in odd:
                    spelt.setdefault((link.form, normal), set()).add((name, spelling_of(link.form, row[-1], store.engine)))
                reached = _shared_rows(store, table, link, catalogue.stores[name], stores[name], bindings, odd)
                for binding, rows in zip(bindings, found, strict=True):
                    for linked in binding.identifiers:
                        keys = (
                            reached.get(linked.normal, set()) if (linked.kind, linked.form) == (link.kind, link.form) else set()
                        )
                        if keys:
                            rows.setdefault((name, table.name), set()).update(keys)
    return [_with(b, rows, spelt) for b, rows in zip(bindings, found, strict=True)]


def _with(
    binding: Binding, contested: Mapping[Place, set[Key]], spelt: Mapping[tuple[str, str], set[tuple[str, str]]]
) -> Binding:
    identifiers = tuple(
        replace(i, spelt=tuple(sorted({*i.spelt, *spelt[i.form, i.normal]}))) if (i.form, i.normal) in spelt else i
        for i in binding.identifiers
    )
    more = {place: tuple(sorted(keys, key=repr)) for place, keys in contested.items()}
    return replace(binding, identifiers=identifiers, contested={**binding.contested, **more})


def _odd_rows(store: StoreMap, table: Table, link: IdentityLink, session: Store, bindings: list[Binding],
              ) -> list[tuple[str, tuple[object, ...]]]:  # fmt: skip
    """(normal form, row) of the link's odd rows that bear an identifier of the subjects; a row is key, value.

    On MariaDB a spelling that is another normal form's too is left out: nothing there could tell the two apart. The search afterwards finds it.
    """
    wanted = {i.normal for b in bindings for i in b.identifiers if (i.kind, i.form) == (link.kind, link.form)}
    statement = odd_linked_of(store, table, link)
    if not wanted or statement is None:
        return []
    rows = [(normalise(link.form, row[-1], store.region or store.place), row) for row in session.rows(statement, _always([]))]
    said: dict[str, set[str]] = {}
    for normal, row in rows:
        said.setdefault(spelling_of(link.form, row[-1], store.engine), set()).add(normal or "")
    doubtful = {text for text, normals in said.items() if len(normals) > 1} if store.engine == "mariadb" else set()
    return [
        (normal, row)
        for normal, row in rows
        if normal is not None and normal in wanted and spelling_of(link.form, row[-1], store.engine) not in doubtful
    ]


def _shared_rows(store: StoreMap, table: Table, link: IdentityLink, live: StoreCatalogue, session: Store,
                 bindings: list[Binding], odd: list[tuple[str, tuple[object, ...]]]) -> dict[str, set[Key]]:  # fmt: skip
    """Rows by normal form, for identifiers that several root rows bear, but not so many that they never link."""
    taboo = taboo_of(store, table.name, link.form)
    normals = {
        i.normal
        for b in bindings
        for i in b.identifiers
        if (i.kind, i.form) == (link.kind, link.form) and 1 < i.bearers <= store.max_shared and i.normal not in taboo
    }
    if not normals:
        return {}
    region = store.region or store.place
    keys = sorted({k for n in normals for k in keys_of(link.form, n, store.engine, region)})
    found: dict[str, set[Key]] = {}
    for row in session.rows(linked_of(store, table, link, live), _always(keys)):
        normal = normalise(link.form, row[-1], region)
        if normal in normals:
            found.setdefault(str(normal), set()).add(row[:-1])
    for normal, row in odd:
        if normal in normals:
            found.setdefault(normal, set()).add(row[:-1])
    return found


def still_contested(binding: Binding, store: str, sets: Mapping[str, set[Key]]) -> int:
    """How many contested rows of this store are not the subject's by key after all; `sets`: her rows' keys by table."""
    return sum(len(set(keys) - sets.get(table, set())) for (name, table), keys in binding.contested.items() if name == store)


def _expanded(tables: list[_Roots], bound: Mapping[Place, set[Key]], rounds: int,
              ) -> tuple[dict[Place, set[Key]], set[Named], dict[Place, set[Key]], dict[Place, set[Key]]]:  # fmt: skip
    """The roots of so many rounds; the identifiers that count as verified; the contested; those that one round more would find.

    In each round the roots found so far name further ones by what they bear. The last round's finds name nobody: what they bear is not verified. Whether
    they would is only asked where the estate says `expand`; by default a person may be a root row of several tables, and that is all.
    """
    places: dict[Place, set[Key]] = dict(bound)
    contested: dict[Place, set[Key]] = {}
    verified: set[Named] = set()
    for number in range(rounds + (rounds > 1)):
        named = _borne(tables, places)
        _read_identifiers(tables, named)
        further, doubtful = _named(tables, named, places, by_ask=False)
        if number == rounds:
            return places, verified, contested, further
        verified, contested = named, _joined(contested, doubtful)
        if not any(further.values()):
            break
        places = _joined(places, further)
        for roots in tables:
            _read_keys(roots, further.get(roots.place, set()))
    return places, verified, {p: keys - places.get(p, set()) for p, keys in contested.items()}, {}


# ---- reading -------------------------------------------------------------------------------------------------------


def _root_tables(estate: Estate, catalogue: Catalogue, stores: Mapping[str, Store], tenant: str | None = None) -> list[_Roots]:
    found = []
    for name, store in sorted(estate.stores.items()):
        for table in store.tables.values():
            if table.root is not None and store.kind != "backup" and name in stores and name in catalogue.stores:
                lookup = lookup_of(store, table, catalogue.stores[name])
                found.append(_Roots(store, table, stores[name], lookup, tenant=tenant))
    return found


def _read_keys(roots: _Roots, keys: set[Key]) -> None:
    """Rows of these keys that exist, with the identifiers that they bear."""
    fresh = [k for k in sorted(keys, key=repr) if k not in roots.borne]
    if fresh:
        _take(roots, roots.session.rows(roots.lookup.by_key, lambda p: _columns(p.columns, roots.table.key, fresh)))


def _columns(wanted: tuple[str, ...], key: tuple[str, ...], rows: list[Key]) -> list[object]:
    at = [key.index(c) for c in wanted]
    return [row[at[0]] for row in rows] if len(at) == 1 else [tuple(row[n] for n in at) for row in rows]


def _read_identifiers(tables: Iterable[_Roots], named: set[Named]) -> None:
    """Rows that bear these identifiers, in every root table of their kind."""
    for roots in tables:
        region = roots.store.region or roots.store.place
        for identifier in roots.table.identifies:
            normals = [
                n
                for kind, form, n in sorted(named)
                if kind == roots.table.root and form == identifier.form and (identifier.column, form, n) not in roots.bearing
            ]
            if not normals:
                continue
            for normal in normals:
                roots.bearing[identifier.column, identifier.form, normal] = set()
            keys = sorted({k for n in normals for k in keys_of(identifier.form, n, roots.store.engine, region)})
            _take(roots, roots.session.rows(roots.lookup.by_form[identifier], _always(keys)))
            odd = _odd(roots, identifier, region)
            _take(roots, [row for normal in normals for row in odd.get(normal, ())])


def _odd(roots: _Roots, identifier: Identifier, region: str) -> Mapping[str, list[Key]]:
    """Every row whose value only `normalise` understands, by normal form, read once."""
    if identifier not in roots.odd:
        found = roots.odd[identifier] = {}
        statement = roots.lookup.odd.get(identifier)
        at = len(roots.table.key) + roots.table.identifies.index(identifier)
        for row in roots.session.rows(statement, _always([])) if statement else ():
            found.setdefault(normalise(identifier.form, row[at], region) or "", []).append(row)
    return roots.odd[identifier]


def _always(keys: list[str]) -> Callable[[Param], object]:
    return lambda _: keys


def _of_tenant(roots: _Roots, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The rows that the ask may mean: the firm's own where it names no client, else the named client's."""
    if not roots.table.tenant:
        return [] if roots.tenant else rows
    found = [row for row in rows if roots.tenant and row[-1] is not None and str(row[-1]) == roots.tenant]
    roots.theirs = roots.theirs or len(found) < len(rows)
    for row in () if roots.tenant else rows:
        for named in _identifiers_in(roots, row):
            roots.borne_by_theirs.setdefault(named[1], set()).add(row[: len(roots.table.key)])
    return found


def _take(roots: _Roots, rows: list[tuple[object, ...]]) -> None:
    for row in rows if roots.tenant is None else _of_tenant(roots, rows):
        key = row[: len(roots.table.key)]
        borne = roots.borne.setdefault(key, set())
        for column, named in _identifiers_in(roots, row):
            borne.add(named)
            place = (column, *named[1:])
            if place in roots.bearing:
                roots.bearing[place].add(key)


def _identifiers_in(roots: _Roots, row: tuple[object, ...]) -> Iterator[tuple[str, Named]]:
    """(column, identifier) of each that a row of the root table bears."""
    region = roots.store.region or roots.store.place
    for identifier, value in zip(roots.table.identifies, row[len(roots.table.key) :], strict=not roots.table.tenant):
        normal = normalise(identifier.form, value, region)
        if normal is not None:
            yield identifier.column, (roots.table.root or "", identifier.form, normal)


# ---- judging -------------------------------------------------------------------------------------------------------


def _well_formed(estate: Estate, tables: list[_Roots], subjects: Sequence[Subject]) -> Refused | None:
    known = {t.place: t for t in tables}
    kinds = {(t.table.root, i.form) for t in tables for i in t.table.identifies}
    for subject in subjects:
        for place, keys in subject.keys.items():
            if place not in known:
                return refused("X203", f"{place[0]}.{place[1]} is no root table", "Name a table with `root:` in the estate.")
            for key in keys:
                if len(key) != len(known[place].table.key):
                    return refused("X203", f"{place[0]}.{place[1]} has a key of other columns", "Give every column of the key.")
                problem = known[place].lookup.problem_of(key)
                if problem:
                    return refused(
                        "X203", f"{place[0]}.{place[1]}.{problem} has another type", "Give the key as the store writes it."
                    )
        for kind, form, _ in subject.identifiers:
            if (kind, form) not in kinds:
                return refused("X203", f"no root table of kind {kind} identifies by {form}", "See `identifies:` in the estate.")
    return None


def _asked(subject: Subject, tables: list[_Roots], region: Mapping[Place, str]) -> set[Named]:
    found = set()
    for kind, form, value in subject.identifiers:
        for roots in tables:
            if roots.table.root == kind:
                normal = normalise(form, value, region[roots.place])
                if normal is not None:
                    found.add((kind, form, normal))
    return found


def _keyed(subject: Subject, tables: list[_Roots]) -> dict[Place, set[Key]]:
    return {t.place: {tuple(k) for k in subject.keys.get(t.place, ()) if tuple(k) in t.borne} for t in tables}


def _bearers(
    tables: Iterable[_Roots], kind: str, form: str, normal: str, one: frozenset[tuple[Place, Key]] = frozenset()
) -> int:
    """How many root rows of the kind bear the identifier: the most that any one root table holds. The rows of `one` count once."""
    most = 0
    for roots in tables:
        if roots.table.root == kind:
            columns = [i.column for i in roots.table.identifies if i.form == form]
            bearing: set[Key] = set().union(*(roots.bearing.get((c, form, normal), set()) for c in columns))
            same = {key for key in bearing if (roots.place, key) in one}
            most = max(most, len(bearing - same) + bool(same))
    return most


def _theirs(tables: Iterable[_Roots], named: Named) -> int:
    """How many rows of clients bear it beside her, where the firm is asked of its own: it is then not hers alone. It links nothing, is looked for nowhere,
    and no restored copy is searched by it; or what a client decides about would go with what the firm does."""
    found = sum(len(roots.borne_by_theirs.get(named, ())) for roots in tables)
    return found + 1 if found else 0


def _named(tables: list[_Roots], named: set[Named], bound: Mapping[Place, set[Key]], *, by_ask: bool,
           ) -> tuple[dict[Place, set[Key]], dict[Place, set[Key]]]:  # fmt: skip
    """Root rows that the identifiers name beyond doubt, and those that they name in doubt."""
    clear: dict[Place, set[Key]] = {}
    doubtful: dict[Place, set[Key]] = {}
    for roots in tables:
        for kind, form, normal in named:
            if kind != roots.table.root or _never_links(roots, form, normal):
                continue
            for identifier in roots.table.identifies:
                found = roots.bearing.get((identifier.column, form, normal), set())
                if identifier.form != form or not found or found & bound.get(roots.place, set()):
                    continue
                count = len(found) if by_ask else _bearers(tables, kind, form, normal)
                sure = _names_one(identifier) and count == 1
                (clear if sure else doubtful).setdefault(roots.place, set()).update(found)
    return clear, doubtful


def _names_one(identifier: Identifier) -> bool:
    return identifier.names == "one"


def _never_links(roots: _Roots, form: str, normal: str) -> bool:
    region = roots.store.region or roots.store.place
    words = (*roots.store.placeholders, *roots.table.placeholders)
    return any(normalise(form, word, region) == normal for word in words)


def _borne(tables: Iterable[_Roots], places: Mapping[Place, set[Key]]) -> set[Named]:
    return {named for t in tables for key in places.get(t.place, ()) for named in t.borne.get(key, ())}


def _joined(one: Mapping[Place, set[Key]], other: Mapping[Place, set[Key]]) -> dict[Place, set[Key]]:
    return {place: one.get(place, set()) | other.get(place, set()) for place in {*one, *other}}


def _places(found: Mapping[Place, set[Key]]) -> str:
    return ", ".join(f"{store}.{table}" for (store, table), keys in sorted(found.items()) if keys)


def _binding(subject: Subject, tables: list[_Roots], places: Mapping[Place, set[Key]], named: set[Named],
             contested: Mapping[Place, set[Key]]) -> Binding:  # fmt: skip
    return Binding(
        subject.ref,
        {place: tuple(sorted(keys, key=repr)) for place, keys in sorted(places.items()) if keys},
        tuple(
            Linked(k, f, n, _bearers(tables, k, f, n, subject.one) + _theirs(tables, (k, f, n)), _spelt(tables, f, n))
            for k, f, n in sorted(named)
        ),
        {place: tuple(sorted(keys, key=repr)) for place, keys in sorted(contested.items()) if keys},
    )


def _spelt(tables: Iterable[_Roots], form: str, normal: str) -> tuple[tuple[str, str], ...]:
    """(store, spelling) of root rows that bear the identifier in a way which no twin recognises."""
    return tuple(sorted({
        (roots.store.store, spelling_of(form, row[len(roots.table.key) + roots.table.identifies.index(identifier)], roots.store.engine))
        for roots in tables
        for identifier, rows in roots.odd.items()
        if identifier.form == form
        for row in rows.get(normal, ())
    }))  # fmt: skip
