"""Guesses about columns become a proposal of whose rows they are: which tables list people, and what hangs on them.

Links come from foreign keys, and by name only where sampled values are keys there. What is proposed is never more than likely.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from upheld.engine.estate.forms import normalise
from upheld.engine.estate.model import LiveForeignKey, LiveTable, StoreCatalogue
from upheld.engine.stores.scanning.lexicon import lists_trade, names_people, names_trade
from upheld.engine.stores.scanning.model import Finding, Guess, Link, singular, snake
from upheld.engine.stores.scanning.samples import Sample


def findings(
    tables: Sequence[LiveTable],
    guesses: Mapping[str, Mapping[str, Guess]],
    samples: Mapping[str, Mapping[str, Sample]],
    catalogue: StoreCatalogue,
) -> list[Finding]:
    """What is proposed for each table, in the order of `tables`."""
    roots = {table.name: why for table in tables if (why := _root(table, guesses[table.name], catalogue))}
    links = _links(tables, roots, _identified(tables, guesses, roots), samples)
    return _kept_in([_finding(table, guesses[table.name], roots, links, samples[table.name]) for table in tables])


def _values(samples: Mapping[str, Sample], column: str) -> tuple[str, ...]:
    return samples[column].values if column in samples else ()


def _root(table: LiveTable, guesses: Mapping[str, Guess], live: StoreCatalogue) -> str:
    """Why rows of this table seem to be people; empty if they do not."""
    leaves = {guess.leaf for guess in guesses.values() if guess.degree != "undetermined"}
    reasons = []
    if names_people(_bare(table.name)):
        reasons.append("the table's name")
    if "email-address" in leaves:
        reasons.append("an e-mail address")
    if "name" in leaves or any(snake(name) == "name" for name in guesses):
        reasons.append("a name")
    if leaves & {"birth-date", "password", "username", "gender"}:
        reasons.append("a birth date, gender or sign-in")
    if any(
        key.target == table.name for other in live.tables.values() for key in other.foreign_keys if other.name != table.name
    ):
        reasons.append("tables that hang on it")
    single = len(table.primary_key) == 1
    held_by_another = any(
        names_people(_bare(key.target)) and key.target != table.name and not names_people(_bare(table.name))
        for key in table.foreign_keys
    )
    identified = bool(leaves & {"email-address", "telephone-number", "username"})
    return ", ".join(reasons) if single and identified and len(reasons) >= 3 and not held_by_another else ""


def _identified(
    tables: Sequence[LiveTable], guesses: Mapping[str, Mapping[str, Guess]], roots: Mapping[str, str]
) -> dict[str, list[str]]:
    """Columns of other tables that name a person by e-mail; only where one table of people leaves no doubt of the kind."""
    if len(roots) != 1:
        return {}
    return {
        table.name: emails
        for table in tables
        if table.name not in roots
        and (emails := [name for name in _addresses(table, guesses[table.name]) if guesses[table.name][name].entry])
    }


def _addresses(table: LiveTable, guesses: Mapping[str, Guess]) -> list[str]:
    """Columns of e-mail addresses as somebody wrote them: what is computed from one, such as an index's key, names nobody besides."""
    return [column.name for column in table.columns if guesses[column.name].leaf == "email-address" and not column.generated]


def _links(
    tables: Sequence[LiveTable],
    roots: Mapping[str, str],
    identified: Mapping[str, list[str]],
    samples: Mapping[str, Mapping[str, Sample]],
) -> dict[str, tuple[Link, ...]]:
    """Owning links from the people outwards: a foreign key (or a key by name) to a table that is reached owns its rows."""
    keys = {table.name: [*_foreign(table), *_by_name(table, tables, samples)] for table in tables}
    found: dict[str, tuple[Link, ...]] = {}
    reached = set(roots) | set(identified)
    grown = True
    while grown:
        grown = False
        for table in tables:
            if table.name in roots or table.name in found:
                continue
            links = tuple(link for link in keys[table.name] if link.parent in reached and link.parent != table.name)
            if links:
                found[table.name] = links
                grown = True
        reached |= set(found)
    for name in found:
        found[name] = _told_apart(tuple(link for link in keys[name] if link.parent in reached and link.parent != name), roots)
    return found


def _foreign(table: LiveTable) -> list[Link]:
    def link(key: LiveForeignKey) -> Link:
        return Link(key.columns, key.target, key.target_columns, "proven: foreign key")

    return [link(key) for key in table.foreign_keys]


def _by_name(table: LiveTable, tables: Sequence[LiveTable], samples: Mapping[str, Mapping[str, Sample]]) -> list[Link]:
    taken = {name for key in table.foreign_keys for name in key.columns}
    found = []
    for column in table.columns:
        plain = snake(column.name)
        if column.name in taken:
            continue
        for parent in tables:
            if parent.name == table.name or len(parent.primary_key) != 1 or plain not in _names_of_key(parent):
                continue
            held = set(_values(samples[table.name], column.name))
            keys = set(_values(samples[parent.name], parent.primary_key[0]))
            if held and len(held & keys) >= 0.5 * min(len(held), len(keys) or 1):
                why = f"likely: its name, and {len(held & keys):,} of {len(held):,} sampled values are keys there"
                found.append(Link((column.name,), parent.name, parent.primary_key, why))
    return found


def _names_of_key(parent: LiveTable) -> set[str]:
    """How a column may be called that leads to `users (uuid)`: user_id, user_uuid."""
    one = singular(parent.name).replace("-", "_")
    return {f"{one}_id", f"{one}_{snake(parent.primary_key[0])}"}


def _told_apart(links: tuple[Link, ...], roots: Mapping[str, str]) -> tuple[Link, ...]:
    """Two links straight to people are two owners until somebody says otherwise: each gets its own role."""
    if sum(link.parent in roots for link in links) < 2:
        return links
    return tuple(
        Link(link.columns, link.parent, link.targets, link.why, _role(link.columns[0])) if link.parent in roots else link
        for link in links
    )


def _role(column: str) -> str:
    return snake(column).removesuffix("_id").replace("_", "-")


def _finding(
    table: LiveTable,
    guesses: Mapping[str, Guess],
    roots: Mapping[str, str],
    links: Mapping[str, tuple[Link, ...]],
    values: Mapping[str, Sample],
) -> Finding:
    columns = dict(guesses)
    for link in links.get(table.name, ()):
        for name in link.columns:
            if not columns[name].leaf:
                columns[name] = Guess(
                    "key", "proven" if link.why.startswith("proven") else "likely", link.why.split(": ", 1)[1]
                )
    leaves = frozenset(guess.leaf for guess in columns.values() if guess.degree != "undetermined")
    for column in table.columns:
        if columns[column.name].degree == "undetermined":
            beside = _by_neighbours(table.name, column.name, column.family, leaves, table.name in roots, table.name in links)
            columns[column.name] = beside or columns[column.name]
    columns |= _leading_away(table, roots, links)
    emails = [name for name in _addresses(table, columns) if columns[name].degree != "undetermined"]
    if table.name in roots:
        identifies = {name: _names(values.get(name, Sample())) for name in emails}
        return Finding(table, columns, singular(table.name), roots[table.name], identifies)
    if table.name in links:
        return Finding(table, columns, links=links[table.name])
    kinds = [singular(name) for name in sorted(roots)]
    identity = {name: kinds[0] for name in emails} if len(kinds) == 1 else {}
    personal = any(guess.leaf or "free-text" in guess.entry for guess in columns.values())
    left_out = (
        "" if personal or table.triggers else "likely: no path leads there from a person, and no sampled value looks personal"
    )
    return Finding(table, columns, identity=identity, left_out=left_out)


def _leading_away(table: LiveTable, roots: Mapping[str, str], links: Mapping[str, tuple[Link, ...]]) -> dict[str, Guess]:
    """Foreign keys that give a row no owner: to other people (who serves this customer), or to things that people chose."""
    owning = {name for link in links.get(table.name, ()) for name in link.columns}
    found = {}
    for key in table.foreign_keys:
        if set(key.columns) & (owning | set(table.primary_key)):
            continue
        for name in key.columns:
            if key.target in roots:
                found[name] = Guess("key", "proven", f"foreign key to {key.target}; not taken as an owner")
            elif key.target not in links and table.name in links and lists_trade(snake(table.name)):
                found[name] = Guess(
                    "purchase", "likely", f"foreign key to {key.target}, in a list of what people bought", "purchase"
                )
    return found


def _kept_in(found: list[Finding]) -> list[Finding]:
    """A table that hangs on a mapped table stays in the map: its rows may be a person's even if no value shows it."""
    kept = {finding.live.name for finding in found if not finding.left_out}
    while True:
        more = {
            finding.live.name
            for finding in found
            if finding.live.name not in kept and any(key.target in kept for key in finding.live.foreign_keys)
        }
        if not more:
            return [replace(finding, left_out="") if finding.live.name in kept else finding for finding in found]
        kept |= more


def _names(sample: Sample) -> str:
    """`one` if no two sampled rows have an address of the same normal form; a sample's values are distinct, its rows are not."""
    return "one" if len({normalise("email/1", value) for value in sample.values}) == sample.filled else "several"


def _bare(table: str) -> str:
    return snake(table.rsplit(".", 1)[-1])


# ---- beside the others of the table ---------------------------------------------------------------------------------------

_AREA_NAMES = re.compile(r"(\w+_)?(state|province|region|county|country(_?code)?)")
_AMOUNT_NAMES = re.compile(r"(\w+_)?(price|quantity|qty|amount|total|subtotal|discount|tax|cost|sum|cents)(_\w+)?")


def _by_neighbours(table: str, column: str, family: str, leaves: frozenset[str], is_root: bool, is_owned: bool) -> Guess | None:
    """What a column seems to be beside the others of its table; likely at most."""
    plain = snake(column)
    if "physical-address" in leaves and family == "text" and _AREA_NAMES.fullmatch(plain):
        return Guess("physical-address", "likely", "the column's name, beside an address", "physical-address")
    if is_root and plain == "name":
        return Guess("name", "likely", "the column's name, in a table of people", "name")
    if is_root and family == "text" and plain == "title":
        return Guess("job", "likely", "the column's name, in a table of people", "job")
    if is_owned and family in ("integer", "number") and _AMOUNT_NAMES.fullmatch(plain) and names_trade(snake(table)):
        return Guess("purchase", "likely", "the column's name, in a table of what people bought", "purchase")
    return None
