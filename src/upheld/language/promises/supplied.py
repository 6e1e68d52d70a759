"""A program against what an estate supplies: permissions that cover nothing, facts that nothing knows, data never told.

`Supplied` is filled by the estate; this room knows no table. Pure. A fact or event that a definition makes of others is
supplied when they are. Not taken: reading the estate here; the language must not know how data is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import finding
from upheld.language.notice.findings import nearest, shown
from upheld.language.promises.compiling.moments import BY_ESTATE, events_of, periods_of
from upheld.language.promises.compiling.walls import clause_of
from upheld.language.promises.model import AnyOf, Definition, Kind, Known, Name, Program, Promise, Some, Test
from upheld.language.terms.names import OWN_EVENTS, OWN_FACTS

PERSONAL_DATA = Name(Kind.DATA, "personal-data")
# Verbs whose permission is empty where no column carries the data.
ON_COLUMNS = frozenset({"use", "disclose", "retain"})


@dataclass(frozen=True, slots=True)
class Supplied:
    """What an estate has, as ids of the language (without their kind).

    `leaves`: data leaves that some column carries. `events`: those with a timestamp column or a derivation. `facts`,
    `records` (kinds), `surfaces`, `parties`: those that the estate or the product itself knows; empty: not asked, so not
    judged. `periods`: names of columns that hold a duration. `places`: (leaf, file, line) of a column that carries it. `unasked`: leaves that the product's own tables alone carry,
    of which a firm's notice need not speak.
    """

    leaves: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    surfaces: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    periods: frozenset[str] = frozenset()
    places: tuple[tuple[str, str, int], ...] = ()
    unasked: frozenset[str] = frozenset()


def check_against_estate(program: Program, supplied: Supplied) -> tuple[Diagnostic, ...]:
    """P303, P304, P602 and P603, sorted by file and line."""
    found = {
        *_unsupplied(program, supplied),
        *_covering_nothing(program, supplied),
        *_only_in_notice(program, supplied),
        *_only_in_estate(program, supplied),
    }
    return tuple(sorted(found, key=lambda one: (one.file, one.line, one.code, one.detail)))


REMEDIES = {
    "event": "In the estate, give the column that holds its moment `{{event: {}}}`; or define it by what the estate has.",
    "fact": "In the estate, give the column that tells it `fact: {}` beside its category; or define it by what the estate has.",
}

# ---- P303 -------------------------------------------------------------------------------------------------------------


def _unsupplied(program: Program, supplied: Supplied) -> Iterable[Diagnostic]:
    columns = {setting.name for setting in program.settings if setting.value == BY_ESTATE}
    for promise in program.promises:
        for name in sorted(_facts_and_events(promise)):
            missing = _missing(name, program, supplied, frozenset())
            if missing is not None:
                kind = missing.kind.value
                known = supplied.events if missing.kind is Kind.EVENT else supplied.facts | supplied.parties
                via = "" if missing == name else f", by which {shown(name.id)} is defined"
                yield _of(
                    promise,
                    "P303",
                    f"No column or control supplies the {kind} {shown(missing.id)}{via}.",
                    nearest(missing.id, known),
                    REMEDIES.get(kind, "").format(missing.id),
                )
        for period in sorted((periods_of(promise.end) | periods_of(promise.due)) & columns - supplied.periods):
            yield _of(promise, "P303", f"No column holds the period {shown(period)}.", nearest(period, supplied.periods))


def _of(promise: Promise, code: str, why: str, suggestion: str | None = None, help: str = "") -> Diagnostic:
    source = promise.source
    return finding(code, source.file, source.line, why, clause=clause_of(promise), suggestion=suggestion, help=help)


def _facts_and_events(promise: Promise) -> set[Name]:
    named = {test.fact for test in _known((*promise.scope, *(promise.door or ())))} | set(promise.lasting)
    named |= events_of(promise.end) | events_of(promise.due)
    if promise.blocks is not None:
        named.add(promise.blocks)
    return {name for name in named if name.kind in (Kind.FACT, Kind.EVENT, Kind.GROUP)}


def _known(tests: Iterable[Test]) -> Iterable[Known]:
    for test in tests:
        if isinstance(test, Known):
            yield test
        elif isinstance(test, Some):
            yield from test.tests


def _missing(name: Name, program: Program, supplied: Supplied, inside: frozenset[Name]) -> Name | None:
    """The name that nobody supplies on the way to `name`, or None. A circle is refused elsewhere (P203)."""
    if name in inside or name.kind is Kind.CHOICE or name.kind is Kind.REGIME:
        return None
    if name.kind is Kind.EVENT:
        known = name.id in supplied.events or name.id in OWN_EVENTS or _is_of_choice(name, program)
    else:
        known = name.id in supplied.facts or name.id in supplied.parties or name.id in OWN_FACTS
    if known:
        return None
    definition = program.names.get(name)
    if definition is not None and "set-by" in definition.keys:
        return None  # people of that party set it, case by case
    parts = _parts(definition) if definition else set()
    if not parts:
        return name
    missing = (_missing(part, program, supplied, inside | {name}) for part in sorted(parts))
    return next((part for part in missing if part is not None), None)


def _is_of_choice(name: Name, program: Program) -> bool:
    choice, _, what = name.id.rpartition("-")
    return what in ("lapsed", "withdrawn") and Name(Kind.CHOICE, choice) in program.names


def _parts(definition: Definition) -> set[Name]:
    """The facts and events that a definition is made of."""
    parts = {test.fact for test in _known(definition.tests)}
    if definition.name.kind in (Kind.FACT, Kind.GROUP):
        parts |= set(definition.keys.get("when", ()))
    for moment in definition.moments.values():
        parts |= events_of(moment)
    if any(not isinstance(test, Known | Some) for test in definition.tests):
        parts.add(Name(Kind.FACT, "age-known"))
    return parts


# ---- P304 -------------------------------------------------------------------------------------------------------------


def _covering_nothing(program: Program, supplied: Supplied) -> Iterable[Diagnostic]:
    passing = {name for name, each in program.names.items() if Name(Kind.VALUE, "no") in each.keys.get("covered", ())}
    for promise in program.promises:
        if promise.modality == "never":
            continue
        on_columns = promise.verb in ON_COLUMNS and promise.object and not promise.object & passing
        if on_columns and not any(name.id in supplied.leaves for name in promise.object):
            first = min(promise.object)
            yield _of(
                promise,
                "P304",
                f"No column carries {shown(first.id)}" + (" or the others." if len(promise.object) > 1 else "."),
                nearest(first.id, supplied.leaves),
            )
        for key, known in (("on", supplied.surfaces), ("to", supplied.parties)):
            wanted = {name for test in promise.scope if isinstance(test, AnyOf) and test.key == key for name in test.names}
            if known and wanted and not any(name.id in known or name.kind not in (Kind.SURFACE, Kind.PARTY) for name in wanted):
                yield _of(promise, "P304", f"The estate knows none of what `{key}:` names.", nearest(min(wanted).id, known))


# ---- P602, P603 -------------------------------------------------------------------------------------------------------


def _declared(program: Program) -> frozenset[Name]:
    """Leaves that the notice speaks of by name or by a group of its own; `personal-data` alone declares nothing."""
    everything = program.names[PERSONAL_DATA].leaves if PERSONAL_DATA in program.names else frozenset()
    said: set[Name] = {
        name for name, each in program.names.items() if name.kind is Kind.DATA and each.line and each.leaves == {name}
    }
    for promise in program.promises:
        if promise.object != everything:
            said |= {name for name in promise.object if name.kind is Kind.DATA}
    for definition in program.names.values():
        if definition.line and definition.name.kind is Kind.DATA and definition.leaves != everything:
            said |= definition.leaves
    return frozenset(said)


def _only_in_notice(program: Program, supplied: Supplied) -> Iterable[Diagnostic]:
    for name, definition in program.names.items():
        leaf = name.kind is Kind.DATA and definition.line and definition.leaves == {name} and name != PERSONAL_DATA
        if leaf and name.id not in supplied.leaves and Name(Kind.VALUE, "no") not in definition.keys.get("covered", ()):
            yield finding(
                "P602",
                definition.file,
                definition.line,
                f"No column carries {shown(name.id)}.",
                clause=definition.clause,
                suggestion=nearest(name.id, supplied.leaves),
            )


def _only_in_estate(program: Program, supplied: Supplied) -> Iterable[Diagnostic]:
    declared = {name.id for name in _declared(program)}
    main = program.notices[0].file if program.notices else ""
    places = {leaf: (file, line) for leaf, file, line in sorted(supplied.places, reverse=True)}
    for leaf in sorted((supplied.leaves | set(places)) - declared - supplied.unasked):
        file, line = places.get(leaf, (main, 1))
        yield finding("P603", file, line, f"The notice does not speak of {shown(leaf)}.", suggestion=nearest(leaf, declared))
