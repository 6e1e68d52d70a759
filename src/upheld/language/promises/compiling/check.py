"""A program's promises against each other: what is wrong with the whole, though every promise reads well.

Names (P203 to P205), clauses said to be excepted or resolved (P201, P406), choices (P410, P411) and sentences said twice
(P409) are here; `walls` and `periods` hold the other two kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import finding
from upheld.language.notice.findings import nearest, shown
from upheld.language.promises.compiling.between.overlays import check_overlays
from upheld.language.promises.compiling.between.roles import check_roles
from upheld.language.promises.compiling.names import NameTable
from upheld.language.promises.compiling.periods import check_periods
from upheld.language.promises.compiling.walls import check_walls, clause_of
from upheld.language.promises.model import Definition, Kind, Known, Name, Program, Promise, Some, Test
from upheld.language.terms import ALIASES, builtin, builtin_groups
from upheld.language.terms.names import EVERYTHING

PERSONAL_DATA = Name(Kind.DATA, "personal-data")
# A definition with one of these keys does something by itself: the crawler, the registers and the tenants read it.
EFFECTIVE_KEYS = frozenset({"covered", "role", "each", "list", "parties"})


def check_program(program: Program, table: NameTable, used: frozenset[Name]) -> Iterable[Diagnostic]:
    """Every finding about the whole; `used` are the names that something speaks of."""
    yield from _circles(program, table)
    yield from _definitions(program, used)
    yield from _clause_names(program)
    yield from _choices(program)
    yield from _said_twice(program)
    yield from check_walls(program)
    yield from check_periods(program)
    yield from check_roles(program)
    yield from check_overlays(program)


# ---- names ------------------------------------------------------------------------------------------------------------


def _circles(program: Program, table: NameTable) -> Iterable[Diagnostic]:
    for name in table.circles():
        definition = program.names.get(name)
        if definition is not None:
            yield _at(definition, "P203", f"{shown(name.id)} holds itself, directly or by way of others.")


def _at(definition: Definition, code: str, why: str) -> Diagnostic:
    return finding(code, definition.file, definition.line, why, clause=definition.clause)


def _definitions(program: Program, used: frozenset[Name]) -> Iterable[Diagnostic]:
    everything_used = PERSONAL_DATA in used
    for name, definition in program.names.items():
        if not definition.line:
            continue
        if name.kind is Kind.FORM and not _is_builtin(name) and not {"holds", "means", "standard"} & set(definition.keys):
            yield _at(definition, "P601", f"Nothing says how data is brought into the form {shown(name.id)}.")
        if name.kind is Kind.DATA and not _has_meaning(definition):
            yield _at(definition, "P205", f"{shown(name.id)} has neither `holds:`, nor a `dpv:` term, nor `means:`.")
        is_used = name in used or (everything_used and name.kind is Kind.DATA)
        if not is_used and not EFFECTIVE_KEYS & set(definition.keys) and not _is_builtin(name):
            yield _at(definition, "P204", f"Nothing speaks of {shown(name.id)}.")


def _has_meaning(definition: Definition) -> bool:
    term = [name.id for name in definition.keys.get("dpv", ())]
    return bool(
        "holds" in definition.keys or "means" in definition.keys or (term and term != ["none"]) or _is_builtin(definition.name)
    )


def _is_builtin(name: Name) -> bool:
    key = (name.kind.value, name.id)
    return key in EVERYTHING or key in builtin_groups() or key in ALIASES or name.id in builtin().get(name.kind.value, ())


# ---- clauses named by others --------------------------------------------------------------------------------------------


def _clause_names(program: Program) -> Iterable[Diagnostic]:
    known = {clause.id for notice in program.notices for clause in notice.clauses}
    by_clause: dict[str, list[Promise]] = {}
    for promise in program.promises:
        for clause in promise.source.clauses:
            by_clause.setdefault(clause, []).append(promise)
    for promise in program.promises:
        yield from _exceptions(promise, known, by_clause)
    for resolution in program.resolutions:
        for clause in resolution.clauses:
            if clause not in known:
                yield finding(
                    "P201",
                    resolution.file,
                    resolution.line,
                    f"No clause has the id {shown(clause)}.",
                    suggestion=nearest(clause, known),
                    help="Name clauses of this notice, as they stand in braces.",
                )


def _exceptions(promise: Promise, known: set[str], by_clause: Mapping[str, list[Promise]]) -> Iterable[Diagnostic]:
    unknown = sorted(promise.excepts - known)
    for clause in unknown:
        yield finding(
            "P201",
            promise.source.file,
            promise.source.line,
            f"`exception-to:` names {shown(clause)}, and no clause has that id.",
            clause=clause_of(promise),
            suggestion=nearest(clause, known),
            help="Name clauses of this notice, as they stand in braces.",
        )
    if not promise.excepts or unknown:
        return
    excepted = [each for clause in sorted(promise.excepts) for each in by_clause.get(clause, ()) if each.verb == promise.verb]
    covered = frozenset().union(*(each.object for each in excepted)) if excepted else frozenset()
    beyond = sorted(promise.object - covered)
    if beyond:
        said = "says nothing of that kind" if not excepted else f"does not speak of {shown(beyond[0].id)}"
        why = f"{' and '.join(sorted(promise.excepts))} {said}."
        yield finding("P406", promise.source.file, promise.source.line, why, clause=clause_of(promise))


# ---- choices ------------------------------------------------------------------------------------------------------------


def _choices(program: Program) -> Iterable[Diagnostic]:
    offered: dict[Name, list[Promise]] = {}
    for promise in program.promises:
        if promise.verb == "offer":
            for choice in sorted(promise.object):
                offered.setdefault(choice, []).append(promise)
    named: set[Name] = set()
    for promise in program.promises:
        asked = [test for test in _known_tests((*promise.scope, *(promise.door or ()))) if test.fact.kind is Kind.CHOICE]
        named |= {test.fact for test in asked} | set(promise.lasting)
        for test in asked:
            offers = offered.get(test.fact, [])
            if offers and all(_offered_as(offer) == {"acknowledgement"} for offer in offers):
                why = f"{shown(test.fact.id)} is an acknowledgement, offered at line {offers[0].source.line}."
                yield finding("P410", promise.source.file, promise.source.line, why, clause=clause_of(promise))
    for definition in program.names.values():
        named |= {test.fact for test in _known_tests(definition.tests)} | {
            name for names in definition.keys.values() for name in names
        }
    for choice, offers in offered.items():
        consents = [offer for offer in offers if "consent" in _offered_as(offer)]
        if consents and choice not in named:
            why = f"No promise names `choice: {choice.id}`."
            yield finding("P411", consents[0].source.file, consents[0].source.line, why, clause=clause_of(consents[0]))


def _offered_as(promise: Promise) -> set[str]:
    return {name.id for name in promise.terms.get("as", ())}


def _known_tests(tests: Iterable[Test]) -> Iterable[Known]:
    for test in tests:
        if isinstance(test, Known):
            yield test
        elif isinstance(test, Some):
            yield from test.tests


# ---- said twice ---------------------------------------------------------------------------------------------------------


def _said_twice(program: Program) -> Iterable[Diagnostic]:
    first: dict[object, Promise] = {}
    for promise in program.promises:
        said = (
            promise.modality,
            promise.verb,
            promise.object,
            frozenset(promise.scope),
            None if promise.door is None else frozenset(promise.door),
            promise.excepts,
            promise.end,
            promise.lasting,
            promise.due,
            promise.blocks,
            promise.every,
            promise.then,
            promise.state,
            promise.overwritten,
            promise.lasts,
            promise.window,
            tuple(promise.terms.items()),
            promise.source.notice,
        )
        earlier = first.setdefault(said, promise)
        if earlier is not promise:
            where = f"{clause_of(earlier) or earlier.source.file} (line {earlier.source.line})"
            yield finding(
                "P409", promise.source.file, promise.source.line, f"{where} promises exactly this.", clause=clause_of(promise)
            )
