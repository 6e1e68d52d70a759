"""Notices to a typed program: files are parsed, names resolved, promises typed, everything checked, in one pass.

Pure: files come as text by name, law and deployment as values. Any input gives diagnostics or a program, never an
exception. All findings of all files are collected, sorted by file and line; a program is handed out only without errors,
a `draft` always, so that a map can be checked against a notice that is not finished. Not taken: stopping at the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from upheld.language.diagnostic import Diagnostic
from upheld.language.law import Law
from upheld.language.notice import ParsedNotice, finding
from upheld.language.notice.findings import nearest, shown
from upheld.language.promises.compiling.check import check_program
from upheld.language.promises.compiling.declared import defined_name, read_definition, read_resolution
from upheld.language.promises.compiling.lawful import LawValues, check_law
from upheld.language.promises.compiling.moments import Clock
from upheld.language.promises.compiling.names import NameTable, builtin_holds, is_name, known_ids
from upheld.language.promises.compiling.settings import deployed, judge_deployment
from upheld.language.promises.compiling.typed import Setting as Place
from upheld.language.promises.compiling.typed import Typed, read_promise, tests_of_entries
from upheld.language.promises.compiling.units import Files, Item, Unit, clauses_of, read_files, roles_of, unbound, undated
from upheld.language.promises.model import (
    Clause,
    Definition,
    Kind,
    Name,
    NoticeVersion,
    Program,
    Promise,
    Resolution,
    Setting,
    Test,
)
from upheld.language.promises.to_json import with_digest
from upheld.language.terms import KINDS, builtin

UNREAD = frozenset(
    {"P101", "P102", "P103", "P104", "P105", "P106", "P107", "P108", "P109", "P201", "P202", "P301", "N201", "N401"}
)
CHOICE_EVENTS = ("lapsed", "withdrawn")


@dataclass(frozen=True, slots=True)
class Compiled:
    """`program` is None if there is any error; `draft` is what could be read all the same, for further checks only.

    `translations` are files with the base's ids and no promises, for the pages alone. `files`: names of the sources that the notice
    consists of: itself, annexes, supplements, translations, rosters.
    """

    program: Program | None
    clauses: tuple[Clause, ...]
    diagnostics: tuple[Diagnostic, ...]
    draft: Program | None = None
    translations: tuple[ParsedNotice, ...] = ()
    files: tuple[str, ...] = ()


def compile_program(
    sources: Mapping[str, str],
    main: str,
    law: Law | None = None,
    deployment: tuple[str, str] | None = None,
    published: Mapping[str, str] | None = None,
) -> Compiled:
    """The program of the notice `main`, its annexes, supplements and translations among `sources` (file name → text).

    `deployment` is the name and text of the deployment file; `published` the sources of the version last published, by
    which an undated change is found. Without `law`, `within: law` stays without a moment. Costs some 2 ms a clause.
    """
    files = read_files(sources, main)
    found = list(files.found)
    if not files.units:
        return Compiled(None, (), tuple(sorted(found)))
    if published:
        found += undated(sources, published, files.units)
    texts = {key.text: value.text for unit in reversed(files.units) for key, value in unit.front.settings}
    settings = deployed(texts, deployment, found)
    values = {setting.name: setting.value for setting in settings if setting.value}
    table = _table(files, sources, law)
    parts = [_read_unit(unit, table, values, law, sources, found) for unit in files.units]
    draft = _program(parts, _one_definition_each(parts, found), settings, table)
    found += judge_deployment(texts, draft, deployment)
    found += check_program(draft, table, frozenset().union(*(part.used for part in parts)))
    # What could not be read is not missing: the law is held against a notice whose every promise was understood.
    if law is not None and not any(one.code in UNREAD for one in found):
        found += check_law(draft, law)
    errors = any(one.severity == "error" for one in found)
    done = with_digest(draft)
    clauses = tuple(clause for notice in done.notices for clause in notice.clauses)
    return Compiled(
        None if errors else done,
        clauses,
        tuple(sorted(set(found), key=_place)),
        done,
        files.translations,
        _files(files, sources),
    )


def _files(files: Files, sources: Mapping[str, str]) -> tuple[str, ...]:
    parsed = [*(each for unit in files.units for each in unit.files), *files.translations]
    rosters = {unit.front.contacts for unit in files.units} & sources.keys()
    return tuple(sorted({*(each.file for each in parsed), *rosters}))


def _place(one: Diagnostic) -> tuple[object, ...]:
    return (one.file, one.line, one.code, one.detail)


# ---- names ------------------------------------------------------------------------------------------------------------


def _table(files: Files, sources: Mapping[str, str], law: Law | None) -> NameTable:
    statements = [item.statement for unit in files.units for item in unit.items]
    defined = [name for statement in statements if (name := defined_name(statement)) is not None]
    introduced = list(
        chain.from_iterable(
            _introduced(statement.head.key, [w.text for w in statement.head.values]) for statement in statements
        )
    )
    controllers = [Name(Kind.PARTY, word.text) for unit in files.units for word in unit.front.controller if is_name(word.text)]
    roles = [Name(Kind.ROLE, role) for unit in files.units for role in roles_of(unit.front, "", sources, []) if is_name(role)]
    ids = known_ids((*defined, *introduced, *controllers, *roles, *_grounds(files, law)))
    bare = NameTable(ids, {})
    holds: dict[Name, frozenset[Name]] = builtin_holds()
    without: dict[Name, frozenset[Name]] = {}
    for statement in statements:
        name = defined_name(statement)
        for key, target in (("holds", holds), ("without", without)):
            entry = statement.entry(key)
            rule = KINDS[name.kind.value].keys.get(key) if name else None
            if name and entry and rule:
                held = {one for word in entry.values if (one := bare.find(rule.kinds, word.text)) is not None}
                target[name] = target.get(name, frozenset()) | held
    return NameTable(ids, holds, without)


def _grounds(files: Files, law: Law | None) -> Iterable[Name]:
    """The grounds of the notices' regimes, known by the law's own words without a definition."""
    listed = {word.text for unit in files.units for word in unit.front.regimes}
    for id in sorted(listed & law.regimes.keys()) if law else ():
        for facts in law.regimes[id].withheld.values() if law else ():
            yield from (Name(Kind.GROUND, fact.value) for fact in facts)


def _introduced(head: str, words: list[str]) -> Iterable[Name]:
    verb = head.partition(" ")[2]
    kind = {"offer": Kind.CHOICE, "place": Kind.TRACKER, "publish": Kind.STATISTIC}.get(verb)
    for word in words if kind else ():
        if is_name(word) and kind:
            yield Name(kind, word)
            if kind is Kind.CHOICE:
                yield from (Name(Kind.EVENT, f"{word}-{what}") for what in CHOICE_EVENTS)


# ---- one unit -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    unit: Unit
    definitions: tuple[tuple[Definition, Item], ...]
    promises: tuple[Promise, ...]
    resolutions: tuple[Resolution, ...]
    covers: tuple[Test, ...]
    used: frozenset[Name]


def _read_unit(
    unit: Unit,
    table: NameTable,
    values: Mapping[str, str],
    law: Law | None,
    sources: Mapping[str, str],
    found: list[Diagnostic],
) -> _Part:
    regimes = tuple(word.text for word in unit.front.regimes)
    place = Place(table, Clock(table, values), unit.prefix, unit.version, (), LawValues(law, regimes))
    definitions: list[tuple[Definition, Item]] = []
    promises: list[Promise] = []
    resolutions: list[Resolution] = []
    used: set[Name] = {Name(Kind.PARTY, word.text) for word in unit.front.controller}
    counts: dict[str, int] = {}
    bound: set[str] = set()
    for item in unit.items:
        typed = _typed(item, replace(place, clauses=item.clauses), counts)
        found += typed.found
        used |= typed.used
        bound |= set(item.clauses)
        definitions += [(typed.definition, item)] if typed.definition else []
        promises += [typed.promise] if typed.promise else []
        resolutions += [typed.resolution] if typed.resolution else []
    found += unbound(unit, frozenset(bound))
    covers, more, faults = tests_of_entries(unit.front.covers, replace(place), unit.files[0].file)
    found += faults
    found += _front_names(unit, table, sources, promises, resolutions)
    return _Part(unit, tuple(definitions), tuple(promises), tuple(resolutions), covers, frozenset(used | more))


def _typed(item: Item, place: Place, counts: dict[str, int]) -> Typed:
    head = item.statement.head.key
    if head == "define":
        return read_definition(item.statement, place)
    if head == "resolve":
        return read_resolution(item.statement, place)
    clause = item.clauses[0] if item.clauses else place.notice
    counts[clause] = counts.get(clause, 0) + 1
    return read_promise(item.statement, place, f"{clause}#{counts[clause]}")


def _front_names(
    unit: Unit, table: NameTable, sources: Mapping[str, str], promises: list[Promise], resolutions: list[Resolution]
) -> Iterable[Diagnostic]:
    """Regimes, controller and roles of the front matter."""
    file, front = unit.files[0].file, unit.front
    for word in front.regimes:
        if table.find(("regime",), word.text) is None:
            near = nearest(word.text, table.known(("regime",)))
            yield finding("P201", file, word.line, f"{shown(word.text)} is no regime that is known.", suggestion=near)
    for word in front.controller:
        if not is_name(word.text):
            yield finding(
                "P106",
                file,
                word.line,
                f"{shown(word.text)} under `controller:` is no name.",
                help="Names are lower-case words joined by hyphens.",
            )
    found: list[Diagnostic] = []
    roles = roles_of(front, file, sources, found)
    yield from found
    roster = (
        f"The roster {shown(front.contacts)}" if front.contacts else "The front matter names no roster (`contacts:`), so it"
    )
    if front.officer not in ("", "none") and front.officer not in roles:
        yield finding(
            "N302",
            file,
            front.lines.get("officer", 1),
            f"{roster} has no role {shown(front.officer)}.",
            suggestion=nearest(front.officer, roles),
        )
    for promise in promises:
        for name in promise.terms.get("handled-by", ()):
            if name.id not in roles:
                clause = promise.source.clauses[0] if promise.source.clauses else ""
                yield finding(
                    "N302",
                    promise.source.file,
                    promise.source.line,
                    f"{roster} has no role {shown(name.id)}.",
                    clause=clause,
                    suggestion=nearest(name.id, roles),
                )
    for resolution in resolutions:
        if resolution.by not in roles:
            yield finding(
                "N302",
                resolution.file,
                resolution.line,
                f"{roster} has no role {shown(resolution.by)}, who decided on {' and '.join(resolution.clauses)}.",
                suggestion=nearest(resolution.by, roles),
            )


# ---- the program --------------------------------------------------------------------------------------------------------


def _one_definition_each(parts: list[_Part], found: list[Diagnostic]) -> dict[Name, Definition]:
    """Definitions of one name are one definition, said in several places; a key said twice otherwise is P103."""
    merged: dict[Name, tuple[Definition, Item]] = {}
    for part in parts:
        for definition, item in part.definitions:
            earlier = merged.get(definition.name)
            if earlier is None:
                merged[definition.name] = (definition, item)
                continue
            for key in sorted({*definition.keys, *definition.moments, *definition.periods}):
                if _says(earlier[0], key) not in (None, _says(definition, key)):
                    other = earlier[1].statement
                    why = f"`{key}:` of {shown(definition.name.id)} is said otherwise at {other.file}:{other.line}."
                    found.append(finding("P103", item.statement.file, item.statement.line, why, clause=definition.clause))
            merged[definition.name] = (_both(earlier[0], definition), earlier[1])
    return {name: definition for name, (definition, _) in merged.items()}


def _says(definition: Definition, key: str) -> object:
    return definition.keys.get(key) or definition.moments.get(key) or definition.periods.get(key)


def _both(one: Definition, other: Definition) -> Definition:
    return replace(
        one,
        keys={**other.keys, **one.keys},
        moments={**other.moments, **one.moments},
        periods={**other.periods, **one.periods},
        tests=one.tests or other.tests,
        clause=one.clause or other.clause,
    )


def _program(
    parts: list[_Part], definitions: dict[Name, Definition], settings: tuple[Setting, ...], table: NameTable
) -> Program:
    promises = tuple(promise for part in parts for promise in part.promises)
    used = frozenset().union(*(part.used for part in parts))
    for part in parts:
        for word in part.unit.front.controller:
            name = Name(Kind.PARTY, word.text)
            known = definitions.get(name, Definition(name, frozenset({name})))
            definitions[name] = replace(known, keys={"role": (Name(Kind.VALUE, "controller"),), **known.keys})
    built_in = _built_in()
    for name in _mentioned(promises, used, table) - built_in.keys():
        definitions.setdefault(name, Definition(name, table.leaves(name)))
    return Program(
        notices=tuple(_version(part, promises) for part in parts),
        names={name: definitions.get(name) or built_in[name] for name in sorted((*built_in, *(definitions.keys() - built_in)))},
        promises=promises,
        resolutions=tuple(resolution for part in parts for resolution in part.resolutions),
        settings=settings,
        digest="",
    )


@cache
def _built_in() -> dict[Name, Definition]:
    """The built-in words that are no groups, sorted; every program knows them."""
    names = sorted(Name(Kind(kind), word) for kind, ids in builtin().items() for word in ids)
    return {name: Definition(name, frozenset({name})) for name in names}


def _mentioned(promises: Iterable[Promise], used: frozenset[Name], table: NameTable) -> set[Name]:
    """Every name that the program can speak of: what is used, with its leaves, and every leaf of personal data."""
    found = set(used)
    for name in used:
        found |= table.leaves(name)
    for promise in promises:
        found |= promise.object
    return found | table.leaves(Name(Kind.DATA, "personal-data"))


def _version(part: _Part, promises: tuple[Promise, ...]) -> NoticeVersion:
    front, unit = part.unit.front, part.unit
    bound: dict[str, list[str]] = {}
    for promise in promises:
        for clause in promise.source.clauses:
            bound.setdefault(clause, []).append(promise.id)
    defines: dict[str, list[Name]] = {}
    for item in unit.items:
        name = defined_name(item.statement)
        for clause in item.clauses:
            if item.statement.head.key == "resolve":
                defines.setdefault(clause, [])
            elif name is not None:
                defines.setdefault(clause, []).append(name)
    return NoticeVersion(
        notice=unit.prefix,
        title=unit.files[0].title,
        language=front.language,
        updated=unit.version,
        effective=front.effective or unit.version,
        controller=", ".join(word.text for word in front.controller),
        regimes=tuple(Name(Kind.REGIME, word.text) for word in front.regimes if is_name(word.text)),
        clauses=clauses_of(
            unit, {key: tuple(ids) for key, ids in bound.items()}, {key: tuple(names) for key, names in defines.items()}
        ),
        file=unit.files[0].file,
        supplements=front.supplements,
        covers=part.covers,
        prevails=front.prevails == "yes",
        officer=front.officer,
        officer_reason=front.officer_reason,
        retired=tuple(word.text for word in front.retired),
    )
