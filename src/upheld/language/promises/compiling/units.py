"""The files of a program to its units: a notice, each supplement, with their annexes; and each statement with its clauses.

A unit is one notice prefix. Reports what is wrong between files and clauses (N101 to N105, N202, N301, N302, N401);
knows no name. Pure: files come as a mapping from name to text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import ParsedNotice, RawClause, Statement, finding, parse
from upheld.language.notice.findings import nearest, shown
from upheld.language.notice.model import Block, FrontMatter, Word
from upheld.language.notice.tree import Fault, Listing, Node, Table, read_tree
from upheld.language.promises.model import Clause, Name

NO_DAY = date(1, 1, 1)
MOST_STATEMENTS = 2_000  # walls are held against every permission: ten times the longest notice that we know


@dataclass(frozen=True, slots=True)
class Item:
    """A statement and the clauses (with prefix) that it binds."""

    statement: Statement
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A notice or supplement with its annexes, in the order of the front matter."""

    files: tuple[ParsedNotice, ...]
    front: FrontMatter
    items: tuple[Item, ...]

    @property
    def prefix(self) -> str:
        return self.front.notice or "notice"

    @property
    def version(self) -> date:
        return self.front.updated or NO_DAY


@dataclass(frozen=True, slots=True)
class Files:
    """Every unit, the base first; translations apart, for they promise nothing."""

    units: tuple[Unit, ...]
    translations: tuple[ParsedNotice, ...]
    found: tuple[Diagnostic, ...]


def read_files(sources: Mapping[str, str], main: str) -> Files:
    """Main file, its annexes, and every supplement and translation of it among `sources`."""
    if main not in sources:
        return Files((), (), (finding("N401", main, 1, "The file is not among those given."),))
    found: list[Diagnostic] = []
    first = parse(sources[main], main)
    front = first.front or FrontMatter()
    annexes = {word.text for word in front.annexes}
    others = [
        _related(sources, name) for name in sorted(sources) if name.endswith(".md") and name != main and name not in annexes
    ]
    related = [each for each in others if each is not None]
    base, around = _around(first, front, related, found)
    units = []
    translations = []
    for parsed in (base, *around):
        if parsed.front is not None and parsed.front.translates:
            translations.append(parsed)
            found += parsed.diagnostics
        else:
            units.append(_unit(parsed, sources, found))
    for parsed in translations:
        found += _against_base(parsed, units[0] if units else None)
    if sum(len(unit.items) for unit in units) > MOST_STATEMENTS:
        why = f"It makes more than {MOST_STATEMENTS:,} promises and definitions."
        help = "Let one promise keep several clauses, and group names with `holds:`."
        return Files((), (), (*found, finding("N401", main, 1, why, help=help)))
    return Files(tuple(units), tuple(translations), tuple(found))


def _related(sources: Mapping[str, str], name: str) -> ParsedNotice | None:
    head = sources[name][:5000]
    if "supplements:" not in head and "translates:" not in head and "notice:" not in head:
        return None
    return parse(sources[name], name)


def _around(
    first: ParsedNotice, front: FrontMatter, related: list[ParsedNotice], found: list[Diagnostic]
) -> tuple[ParsedNotice, list[ParsedNotice]]:
    """The base and what belongs to it. Where main is itself a supplement or translation, its base is looked for."""
    wanted = front.supplements or front.translates
    if not wanted:
        belong = [
            each
            for each in related
            if each.front and front.notice and front.notice in (each.front.supplements, each.front.translates)
        ]
        return first, belong
    key = "supplements" if front.supplements else "translates"
    for each in related:
        if each.front and each.front.notice == wanted and not each.front.supplements and not each.front.translates:
            return each, [first]
    why = f"No file given has `notice: {wanted}`." if wanted else ""
    found.append(finding("N202", first.file, front.lines.get(key, 1), why))
    return first, []


def _unit(parsed: ParsedNotice, sources: Mapping[str, str], found: list[Diagnostic]) -> Unit:
    front = parsed.front or FrontMatter()
    files = [parsed]
    for word in front.annexes:
        if word.text in sources and word.text != parsed.file:
            files.append(parse(sources[word.text], word.text, is_main=False, prefix=front.notice))
        else:
            found.append(finding("N401", parsed.file, word.line, f"The annex {shown(word.text)} is not among the files given."))
    for each in files:
        found += each.diagnostics
    found += _ids(files, front)
    items = tuple(item for each in files for block in each.blocks for item in _items(block, each, files, front, found))
    return Unit(tuple(files), front, items)


def _ids(files: list[ParsedNotice], front: FrontMatter) -> Iterable[Diagnostic]:
    prefix = front.notice or "notice"
    retired = {word.text.removeprefix(prefix + ".") for word in front.retired}
    seen: dict[str, RawClause] = {}
    for each in files:
        for clause in each.clauses:
            if not clause.id:
                continue
            name = f"{prefix}.{clause.id}"
            if clause.id in retired:
                yield finding("N102", clause.file, clause.line, f"`{clause.id}` is retired.", clause=name)
            elif clause.id in seen:
                other = seen[clause.id]
                why = f"`{clause.id}` stands at {other.file}:{other.line} already."
                yield finding("N102", clause.file, clause.line, why, clause=name)
            seen.setdefault(clause.id, clause)


def _items(
    block: Block, parsed: ParsedNotice, files: list[ParsedNotice], front: FrontMatter, found: list[Diagnostic]
) -> Iterable[Item]:
    prefix = front.notice or "notice"
    above = tuple(f"{prefix}.{parsed.clauses[at].id}" for at in block.clauses or () if parsed.clauses[at].id)
    if not block.statements and block.clauses is None:
        found.append(finding("N104", block.file, block.line, "No paragraph, list or table stands right above."))
    for statement in block.statements:
        keeps = statement.entry("keeps")
        if keeps is not None:
            yield Item(statement, _kept(keeps.values, statement, files, prefix, found) or above)
        elif block.clauses is None and statement.head.key not in ("define", "resolve"):
            found.append(finding("N104", statement.file, statement.line, "No paragraph, list or table stands right above."))
            yield Item(statement, ())
        else:
            yield Item(statement, above)


def _kept(
    words: tuple[Word, ...], statement: Statement, files: list[ParsedNotice], prefix: str, found: list[Diagnostic]
) -> tuple[str, ...]:
    known = {clause.id for each in files for clause in each.clauses if clause.id}
    kept = []
    for word in words:
        clause_id = word.text.removeprefix(prefix + ".")
        if clause_id in known:
            kept.append(f"{prefix}.{clause_id}")
        else:
            found.append(
                finding(
                    "N105",
                    statement.file,
                    word.line,
                    f"No clause has the id {shown(word.text)}.",
                    suggestion=nearest(clause_id, known),
                )
            )
    return tuple(dict.fromkeys(kept))


def _against_base(translation: ParsedNotice, base: Unit | None) -> Iterable[Diagnostic]:
    """Same ids, no blocks."""
    if base is None:
        return
    line = translation.front.lines.get("translates", 1) if translation.front else 1
    ours = {clause.id for each in base.files for clause in each.clauses if clause.id}
    theirs = {clause.id: clause.line for clause in translation.clauses if clause.id}
    for clause_id in sorted(ours - set(theirs)):
        yield finding("N202", translation.file, line, f"The clause `{clause_id}` is not translated.")
    for clause_id in sorted(set(theirs) - ours):
        yield finding("N202", translation.file, theirs[clause_id], f"The clause `{clause_id}` is not in the base.")
    for block in translation.blocks:
        yield finding("N202", translation.file, block.line, "A translation holds no promise block; the base's blocks bind it.")


# ---- clauses ------------------------------------------------------------------------------------------------------------


def clauses_of(
    unit: Unit, promises: Mapping[str, tuple[str, ...]], defines: Mapping[str, tuple[Name, ...]]
) -> tuple[Clause, ...]:
    """The published clauses in order. `promises` and `defines`: clause id → what binds it."""
    return tuple(
        _clause(raw, f"{unit.prefix}.{raw.id}", promises, defines) for each in unit.files for raw in each.clauses if raw.id
    )


def _clause(
    raw: RawClause, name: str, promises: Mapping[str, tuple[str, ...]], defines: Mapping[str, tuple[Name, ...]]
) -> Clause:
    bound = name in promises or name in defines
    binding: Literal["bound", "informs", "outside", "unbound"] = "bound" if bound else "unbound"
    if not bound and "informs" in raw.marks:
        binding = "informs"
    elif not bound and "outside" in raw.marks:
        binding = "outside"
    promised, defined = promises.get(name, ()), defines.get(name, ())
    return Clause(name, raw.section, raw.text, raw.line, binding, promised, defined, raw.html, raw.file)


def unbound(unit: Unit, bound: frozenset[str]) -> Iterable[Diagnostic]:
    """N101 for a clause that nothing binds, N103 for one that is marked and bound."""
    for each in unit.files:
        for raw in each.clauses:
            name = f"{unit.prefix}.{raw.id}"
            marked = [mark for mark in raw.marks if mark in ("informs", "outside")]
            if not raw.id:
                continue
            if not marked and name not in bound:
                yield finding(
                    "N101", raw.file, raw.line, "No promise block stands under it, and no `keeps:` names it.", clause=name
                )
            elif marked and name in bound:
                yield finding("N103", raw.file, raw.line, f"It is marked `.{marked[0]}`, and a promise binds it.", clause=name)


# ---- roster and dates ---------------------------------------------------------------------------------------------------


def roles_of(front: FrontMatter, file: str, sources: Mapping[str, str], found: list[Diagnostic]) -> frozenset[str]:
    """The roles of the roster: a mapping from role to details, or a list of details with `role`."""
    if not front.contacts:
        return frozenset()
    if front.contacts not in sources:
        why = f"The roster {shown(front.contacts)} is not among the files given."
        found.append(finding("N401", file, front.lines.get("contacts", 1), why))
        return frozenset()
    tree = read_tree(sources[front.contacts], 1, depth=4)
    if isinstance(tree, Fault):
        found.append(finding("N203", front.contacts, tree.line, f"The roster cannot be read: {tree.why}."))
        return frozenset()
    return frozenset(_roles(tree))


def _roles(tree: Node | None) -> Iterable[str]:
    if isinstance(tree, Table):
        yield from (key.text for key, _ in tree.entries)
    elif isinstance(tree, Listing):
        for item in tree.items:
            if isinstance(item, Table):
                yield from (value.text for key, value in item.entries if key.text == "role" and isinstance(value, Word))


def undated(sources: Mapping[str, str], published: Mapping[str, str], units: tuple[Unit, ...]) -> Iterable[Diagnostic]:
    """N301: a file's prose differs from the published one, and `updated` does not."""
    for unit in units:
        main = unit.files[0]
        if main.file not in published:
            continue
        old = parse(published[main.file], main.file)
        same_day = old.front is not None and old.front.updated == unit.front.updated
        if same_day and any(
            _prose(parse(published.get(each.file, ""), each.file, each is main)) != _prose(each) for each in unit.files
        ):
            yield finding(
                "N301",
                main.file,
                unit.front.lines.get("updated", 1),
                f"`updated:` is still {unit.front.updated}, as in the published version.",
            )


def _prose(parsed: ParsedNotice) -> tuple[tuple[str, str], ...]:
    return tuple((clause.id, clause.text) for clause in parsed.clauses)
