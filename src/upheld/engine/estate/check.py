"""An Estate is judged: names that lead nowhere, people's rows that belong to nobody, two owners without a rule.

Here stands what the files alone can tell; `check_live` compares with the schema. Every fault is collected. Assumes the
Estate came from `read_estate`, whose own findings stand beside these. No rule has a default that harms a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upheld.engine.estate.check_live import check_store_live
from upheld.engine.estate.codes import finding, nearest
from upheld.engine.estate.forms import FORMS
from upheld.engine.estate.model import (
    LARGE_OBJECT,
    Catalogue,
    Estate,
    OwningLink,
    StoreMap,
    Table,
    is_personal,
    leaves_of,
)
from upheld.language.diagnostic import Diagnostic, counted

Findings = Iterator[Diagnostic]


def check_estate(
    estate: Estate,
    catalogue: Catalogue | None = None,
    leaves: Iterable[str] | None = None,
    parties: Iterable[str] | None = None,
) -> tuple[Diagnostic, ...]:
    """Every fault of the map, by file and line. Clean means no finding of severity error.

    Without `catalogue` nothing is compared with the live schema; without `leaves` or `parties` their names are not judged.
    Cost: linear in columns and links; 300 tables with their snapshot take about 50 ms.
    """
    known_leaves = None if leaves is None else frozenset(leaves)
    known_parties = None if parties is None else frozenset(parties)
    kinds = _kinds(estate)
    findings: list[Diagnostic] = []
    for store in estate.stores.values():
        findings.extend(_store(store, known_parties))
        roles = _roles(store)
        for table in store.tables.values():
            findings.extend(_columns(store, table, known_leaves))
            findings.extend(_files(estate, store, table))
            findings.extend(_names(store, table))
            findings.extend(_links(store, table, kinds))
            findings.extend(_owners(store, table, roles))
        findings.extend(_unowned(store))
        if catalogue is not None:
            findings.extend(check_store_live(store, catalogue.stores.get(store.store)))
    return tuple(sorted(set(findings), key=lambda d: (d.file, d.line, d.code, d.detail)))


def _store(store: StoreMap, parties: frozenset[str] | None) -> Findings:
    if parties is not None and store.handled_by and store.handled_by not in parties:
        yield finding(
            "E110", store.file, store.line, f"`handled-by` of store `{store.store}` is `{store.handled_by}`.",
            "Use the name of a party that a notice defines.", nearest(store.handled_by, parties),
        )  # fmt: skip
    for name in store.large:
        if name not in store.tables:
            yield finding(
                "E115", store.file, store.line, f"`large` names `{name}`.", "Name a table of this file.", nearest(name, store.tables)
            )  # fmt: skip
    for name in store.not_covered:
        if name in store.tables:
            yield finding(
                "E105", store.file, store.tables[name].line, f"`{name}` is mapped and also stands in `not-covered`.", "Keep one of them."
            )  # fmt: skip


# ---- columns and names ----------------------------------------------------------------------------------------------


def _columns(store: StoreMap, table: Table, leaves: frozenset[str] | None) -> Findings:
    for name, line in table.undetermined.items():
        yield finding(
            "E107",
            store.file,
            line,
            f"`{store.store}.{table.name}.{name}` stands in {store.file} without saying what it holds.",
            f"In {store.file}, line {line}, write `{name}:` with `key`, a category of data (docs/estate.md lists the usual ones), "
            "`{free-text: review}`, `{event: name}` or `{not-personal: reason}`.",
        )
    for column in table.columns:
        for leaf in leaves_of(column.role):
            if leaves is not None and leaf not in leaves:
                yield finding(
                    "E108", store.file, column.line, f"`{store.store}.{table.name}.{column.name}` is `{leaf}`.",
                    f"Use a single category, not a group (docs/estate.md lists the usual ones), or define it in the notice: "
                    f"`define: {leaf}`, `is: data`.", nearest(leaf, leaves),
                )  # fmt: skip


def _files(estate: Estate, store: StoreMap, table: Table) -> Findings:
    for column in table.columns:
        here = column.file == LARGE_OBJECT and store.engine == "postgresql"
        if column.file and not here and column.file not in estate.objects:
            yield finding(
                "E352", store.file, column.line, f"`{store.store}.{table.name}.{column.name}` points into `{column.file}`.",
                "Name the store of a file with `kind: objects`; PostgreSQL's own large objects are `large-object`.",
                nearest(column.file, estate.objects),
            )  # fmt: skip


def _names(store: StoreMap, table: Table) -> Findings:
    """Columns that entries of the table name must be among its columns."""
    known = {column.name for column in table.columns} | set(table.undetermined)
    named = [("key", name) for name in table.key]
    named += [("identifies", identifier.column) for identifier in table.identifies]
    named += [("a link", name) for link in table.owning for name in link.columns]
    named += [("`when` of a link", link.when[0]) for link in table.owning if link.when]
    named += [("a link", link.column) for link in table.identity]
    named += [(f"`{role}` in shared", name) for role, rule in table.shared.items() for name in (*rule.without, *rule.mine)]
    if table.soft_delete:
        named.append(("soft-delete", table.soft_delete))
    if table.tenant:
        named.append(("tenant", table.tenant))
    for where, name in dict.fromkeys(named):
        if name not in known:
            yield finding(
                "E112", store.file, table.line, f"{where} of `{table.name}` names the column `{name}`.",
                f"Add `{name}` to `columns` of `{table.name}`, or correct the name.", nearest(name, known),
            )  # fmt: skip
    if not table.key:
        yield finding(
            "E114", store.file, table.line, f"`{table.name}` has no `key`; a step could not name its rows.",
            "Add `key: [column]` with the columns that together name one row.",
        )  # fmt: skip


# ---- links ----------------------------------------------------------------------------------------------------------


def _kinds(estate: Estate) -> dict[str, set[str]]:
    """Kind of person → the forms of identifiers that some root table of it has."""
    kinds: dict[str, set[str]] = {}
    for store in estate.stores.values():
        for table in store.tables.values():
            if table.root:
                kinds.setdefault(table.root, set()).update(identifier.form for identifier in table.identifies)
    return kinds


def _links(store: StoreMap, table: Table, kinds: dict[str, set[str]]) -> Findings:
    for link in table.owning:
        yield from _owning(store, table, link)
    forms = [(identifier.form, table.line) for identifier in table.identifies] + [
        (link.form, link.line) for link in table.identity
    ]
    for form, line in forms:
        if form and form not in FORMS:
            yield finding(
                "E111", store.file, line, f"`{table.name}` compares by `{form}`.",
                "Use " + ", ".join(f"`{known}`" for known in FORMS) + ".", nearest(form, FORMS),
            )  # fmt: skip
    for identity in table.identity:
        where = f"`{table.name}.{identity.column}` identifies `{identity.kind}`"
        if identity.kind not in kinds:
            yield finding(
                "E204", store.file, identity.line, f"{where}.", "Use a kind that a table states with `root:`.",
                nearest(identity.kind, kinds),
            )  # fmt: skip
        elif identity.form in FORMS and identity.form not in kinds[identity.kind]:
            yield finding(
                "E211", store.file, identity.line, f"{where} by `{identity.form}`, but no root table of that kind has such an identifier.",
                f"Add a column of form `{identity.form}` to `identifies` of the root table.",
            )  # fmt: skip
    for rule in table.triggers:
        if rule.rule == "copies-to" and rule.target not in store.tables:
            yield finding(
                "E210", store.file, table.line, f"Trigger `{rule.name}` of `{table.name}` copies to `{rule.target}`.",
                "Map that table too: what it copies is erased after this one.", nearest(rule.target, store.tables),
            )  # fmt: skip


def _owning(store: StoreMap, table: Table, link: OwningLink) -> Findings:
    parent = store.tables.get(link.parent)
    said = f"A link of `{table.name}` by `{', '.join(link.columns)}`"
    if parent is None:
        yield finding(
            "E201", store.file, link.line, f"{said} leads to `{link.parent}`.",
            "Name a table of the same file; between stores use an identity link.", nearest(link.parent, store.tables),
        )  # fmt: skip
        return
    if len(link.columns) != len(link.parent_columns):
        yield finding(
            "E203", store.file, link.line, f"{said} has {counted(len(link.columns), 'column')}, its target {len(link.parent_columns)}.",
            "Name as many columns in `columns` as in `to`; without `to` the target is the parent's key.",
        )  # fmt: skip
    known = {column.name for column in parent.columns} | set(parent.undetermined)
    for name in link.parent_columns:
        if name not in known:
            yield finding(
                "E202", store.file, link.line, f"{said} leads to `{link.parent}.{name}`.",
                f"Name a column of `{link.parent}`.", nearest(name, known),
            )  # fmt: skip


# ---- owners ---------------------------------------------------------------------------------------------------------


def _roles(store: StoreMap) -> dict[str, frozenset[str]]:
    """The roles in which a table's rows have owners: each link's own, or its parent's where the link says only `owner`."""
    roles: dict[str, frozenset[str]] = {name: frozenset() for name in store.tables}
    changed = True
    while changed:
        changed = False
        for name, table in store.tables.items():
            now = frozenset(role for link in table.owning for role in _link_roles(link, roles))
            now |= {link.role for link in table.identity} | ({"owner"} if table.root else set())
            if now != roles[name]:
                roles[name] = now
                changed = True
    return roles


def _link_roles(link: OwningLink, roles: dict[str, frozenset[str]]) -> frozenset[str]:
    return frozenset({link.role}) if link.role != "owner" else roles.get(link.parent) or frozenset({"owner"})


def _owners(store: StoreMap, table: Table, roles: dict[str, frozenset[str]]) -> Findings:
    own = roles[table.name]
    said = {link.role for link in table.owning} | {link.role for link in table.identity}
    missing = sorted(own - set(table.shared)) if len(own) > 1 else []
    if missing:
        code = "E206" if any(role in said for role in missing) else "E207"
        parents = ", ".join(f"`{link.parent}`" for link in table.owning if link.role == "owner")
        why = "" if code == "E206" else f" through {parents}"
        yield finding(
            code, store.file, table.line,
            f"Rows of `{table.name}` have the owners {_listed(own)}{why}; nothing says what {_listed(missing)} may see and erase.",
            f"Add `shared:` to `{table.name}` with `access` and `erasure` for {_listed(missing)}.",
        )  # fmt: skip
    elif not table.shared:
        yield from _two_columns(store, table)
    for role in sorted(set(table.shared) - own):
        yield finding(
            "E208", store.file, table.line, f"`shared` of `{table.name}` has a rule for `{role}`.",
            f"Use the `as:` of its links: {_listed(own) or 'it has none'}.", nearest(role, own),
        )  # fmt: skip
    for role, rule in table.shared.items():
        if rule.erasure == "blank-mine" and not rule.mine:
            yield finding(
                "E209", store.file, table.line, f"`{role}` of `{table.name}` blanks its own columns, but none is named.",
                "Add `mine: [column]` with the columns that are this owner's own, or use `erasure: keep`.",
            )  # fmt: skip


def _two_columns(store: StoreMap, table: Table) -> Findings:
    """Two columns that lead straight to people, under the default role: sender and recipient without being told apart."""
    straight = [
        link for link in table.owning if link.role == "owner" and link.parent != table.name and _root(store, link.parent)
    ]
    for at, link in enumerate(straight):
        for other in straight[at + 1 :]:
            apart = link.when and other.when and link.when[0] == other.when[0] and link.when[1] != other.when[1]
            if not apart and (link.columns, link.parent) != (other.columns, other.parent):
                yield finding(
                    "E206", store.file, other.line,
                    f"Rows of `{table.name}` lead to people by `{', '.join(link.columns)}` and by `{', '.join(other.columns)}`.",
                    "If they are two people, tell them apart with `as:` and add `shared:`; if always one, give both links the same `as:`.",
                )  # fmt: skip
                return


def _root(store: StoreMap, name: str) -> bool:
    return name in store.tables and store.tables[name].root is not None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _unowned(store: StoreMap) -> Findings:
    # A table whose link leads nowhere has its own finding (E201); a second one would only repeat it.
    reached = {
        name
        for name, table in store.tables.items()
        if table.root or table.identity or any(link.parent not in store.tables for link in table.owning)
    }
    grown = True
    while grown:
        more = {
            name
            for name, table in store.tables.items()
            if name not in reached and any(link.parent in reached for link in table.owning)
        }
        reached |= more
        grown = bool(more)
    for name, table in store.tables.items():
        personal = next((column for column in table.columns if is_personal(column.role)), None)
        if personal and name not in reached and not table.no_owner:
            yield finding(
                "E205", store.file, table.line,
                f"`{store.store}.{name}` holds personal data (`{personal.name}`), and no link leads from a person to its rows.",
                "Add `links:` to a table of people, `root:` if its rows are people, or `no-owner: reason`.",
            )  # fmt: skip
