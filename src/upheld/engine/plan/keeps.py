"""What the notices promise to keep, and what a case holds, become keep rules per table.

A held state (`may retain … ground …`) and a floor (`will retain …`) keep the columns of their leaves in every table that bears the event which their
end is counted from, or that is owned by one which does; a promise whose end no column states keeps nothing by itself, until a case's hold names subjects and an end. Not taken:
keeping a whole person because one record must stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from upheld.engine.estate.model import (
    Catalogue,
    Category,
    Estate,
    Event,
    FreeText,
    JsonPaths,
    NotPersonal,
    StoreMap,
    Table,
    leaves_of,
)
from upheld.engine.plan.calendar.covers import Covers
from upheld.engine.plan.ends import Dated, Ends, Last, OnDay
from upheld.engine.plan.model import AskKind, DueAfter, KeepRule, Lasts, Refused, Until, Why
from upheld.engine.plan.steps import Step, TellRecipient
from upheld.language.law.combining import stands
from upheld.language.law.lookup import bound
from upheld.language.promises.model import (
    AnyOf,
    Citation,
    Kind,
    Known,
    Name,
    Pick,
    Program,
    Promise,
    Some,
)
from upheld.language.promises.overlaid import overlaid

IN_CASE = "held in case "


@dataclass(frozen=True, slots=True)
class Hold:
    """A case's hold: cells of these leaves, of these subjects (opaque references), stay on `ground` until a day."""

    ref: str
    ground: str
    leaves: frozenset[str]
    until: date
    subjects: frozenset[str]
    cites: tuple[Citation, ...] = ()
    shared_only: bool = False  # of people whom the ask does not name: only rows that they share with somebody


def keeps_of(program: Program, estate: Estate, holds: tuple[Hold, ...], today: date, regime: str | None = None,
             catalogue: Catalogue | None = None) -> dict[tuple[str, str], tuple[KeepRule, ...]] | Refused:  # fmt: skip
    """Keep rules by (store, table); tables without one are absent. Ends that lie behind `today` are left out.

    `catalogue` says which columns of facts are true or false: a group then narrows a promise to its members, and to those of whom nobody knows.

    A promise that one regime's people alone fall under keeps nothing where the ask's `regime` is another, or unknown.
    """
    rules: dict[tuple[str, str], list[KeepRule]] = {}
    covers = {
        name: Covers(program, estate, catalogue.stores.get(name) if catalogue else None, store, alone=True)
        for name, store in estate.stores.items()
    }
    for promise in overlaid(program):
        ground = _ground(promise)
        if ground is None or not _covers(promise, program, regime):
            continue
        leaves = frozenset(name.id for name in promise.object)
        why = Why(promise.source.clauses, promise.source.cites, f"stays on {ground}")
        for store, table in _tables(estate):
            columns = columns_of(table, leaves)
            if columns and _is_in(promise, store):
                for ends in _ends(promise, table, today, covers[store.store]):
                    rules.setdefault((store.store, table.name), []).append(KeepRule(ground, columns, ends, why))
    for hold in holds:
        if not stands(hold.ground, hold.until, today):
            continue
        why = Why((), hold.cites, f"{IN_CASE}{hold.ref}")
        for store, table in _tables(estate):
            if (table.shared or not hold.shared_only) and (columns := columns_of(table, hold.leaves)):
                rule = KeepRule(hold.ground, columns, Until(hold.until), why, hold.subjects)
                rules.setdefault((store.store, table.name), []).append(rule)
    return {place: tuple(dict.fromkeys(found)) for place, found in rules.items()}


def shared_leaves(estate: Estate) -> frozenset[str]:
    """The data that rows of several people hold."""
    shared = [table for _, table in _tables(estate) if table.shared]
    return frozenset(leaf for table in shared for column in table.columns for leaf in leaves_of(column.role))


def case_of(rule: KeepRule) -> str | None:
    """The case whose hold this rule is; None for a promise of the notice."""
    return rule.why.says.removeprefix(IN_CASE) if rule.why.says.startswith(IN_CASE) else None


def _covers(promise: Promise, program: Program, regime: str | None) -> bool:
    """False if the promise speaks of people of other regimes only."""
    tests = [one for test in promise.scope for one in (test.tests if isinstance(test, Some) else (test,))]
    named = [test.fact for test in tests if isinstance(test, Known) and test.key in ("of", "regime")]
    regimes = {law for name in named for law in _regimes(name, program)}
    return not regimes or not regimes.isdisjoint(bound(regime or ""))


def _regimes(name: Name, program: Program) -> frozenset[str]:
    if name.kind is Kind.REGIME:
        return frozenset({name.id})
    definition = program.names.get(name)
    return frozenset(law.id for law in definition.keys.get("regime", ())) if definition else frozenset()


def columns_of(table: Table, leaves: frozenset[str]) -> tuple[str, ...]:
    """Personal columns of these leaves; a JSON document counts where any of its personal members does."""
    return tuple(c.name for c in table.columns if _leaves(c.role) & leaves)


def _leaves(role: object) -> frozenset[str]:
    match role:
        case Category(leaf=leaf) | FreeText(leaf=leaf):
            return frozenset({leaf})
        case Event(leaf=leaf):
            return frozenset({leaf}) if leaf else frozenset()
        case JsonPaths(paths=paths, others=others):
            found = frozenset().union(*(_leaves(part) for part in paths.values()))
            return found if isinstance(others, NotPersonal) else found | _leaves(others)
        case _:
            return frozenset()


def _tables(estate: Estate) -> list[tuple[StoreMap, Table]]:
    return [(store, table) for store in estate.stores.values() for table in store.tables.values()]


def _ground(promise: Promise) -> str | None:
    """The ground of a held state, the clause of a floor; None for any other promise."""
    if promise.verb != "retain" or _names(promise, "as"):
        return None
    grounds = _names(promise, "ground")
    if promise.modality == "may" and grounds:
        return ", ".join(sorted(grounds))
    return promise.source.clauses[0] if promise.modality == "will" else None


def _names(promise: Promise, key: str) -> frozenset[str]:
    found = {n.id for n in promise.terms.get(key, ())}
    for test in promise.scope:
        if isinstance(test, AnyOf) and test.key == key:
            found |= {n.id for n in test.names}
    return frozenset(found)


def _is_in(promise: Promise, store: StoreMap) -> bool:
    places = _names(promise, "in")
    return not places or bool(places & {store.store, store.place}) or "any" in places


def _ends(promise: Promise, table: Table, today: date, covers: Covers) -> list[DueAfter | Until | Lasts]:
    """What ends the promise here: its event in the row, or in the nearest rows that own it. Of several latest moments each is a rule."""
    moments = promise.end.of if isinstance(promise.end, Pick) and promise.end.latest else (promise.end,)
    found: list[DueAfter | Until | Lasts] = []
    for moment in moments:
        ends = covers.near(table, replace(promise, end=moment, lasting=())) if moment is not None else None
        found += [_rule(one) for one in (ends.of if isinstance(ends, Last) else (ends,)) if one is not None]
    return [e for e in dict.fromkeys(found) if not (isinstance(e, Until) and e.day <= today)]


def _rule(ends: Ends) -> DueAfter | Until | Lasts:
    match ends:
        case Dated(column=column, lengths=()):
            return DueAfter(column, 0, "days")
        case Dated(column=column, lengths=((amount, unit),)):
            return DueAfter(column, amount, unit)
        case OnDay(day=day):
            return Until(day)
        case _:
            return Lasts(ends)


# ---- the clauses that an ask rests on ------------------------------------------------------------------------------


def rights_of(program: Program, kind: AskKind, regime: str | None = None) -> Why:
    """The clauses that grant this right to people of `regime`, and what they cite; all of them where none names it."""
    if kind == "replay-after-restore":
        # It is the same right, asked for once and answered; a restored backup must not undo the answer.
        erasure = rights_of(program, "erasure", regime)
        return Why(erasure.clauses, erasure.cites, "erased before; a restored backup brought it back")
    if kind == "child-found":
        # Nobody asked: data of a child that must not be there go as an erasure would have them go.
        return Why(rights_of(program, "erasure", regime).clauses, (), "a child was found")
    found = granting(program, kind, regime)
    clauses = tuple(sorted({c for p in found for c in p.source.clauses}))
    cites = tuple(sorted({c for p in found for c in p.source.cites}))
    return Why(clauses, cites, f"the right of {kind}")


def granting(program: Program, kind: str, regime: str | None) -> list[Promise]:
    """The promises that grant this right to people of `regime`; all that grant it where none names it."""
    found = [
        p
        for p in overlaid(program)
        if p.verb == "grant" and p.modality == "will" and {n.id for n in p.object} & {kind, f"right-of-{kind}"}
    ]
    return [p for p in found if _covers(p, program, regime)] or found


# kind of ask → (what a promise calls it, what its recipients are told of)
TOLD: Mapping[str, tuple[tuple[str, ...], str]] = {
    "erasure": (("erased", "erasure"), "is told of the erasure"),
    "child-found": (("erased", "erasure"), "is told of the erasure"),
    "rectification": (("rectified", "rectification"), "is told of the correction"),
}


def tells_of(program: Program, kind: AskKind) -> tuple[Step, ...]:
    """Recipients that a promise says are told of an erasure, or of a correction."""
    if kind not in TOLD:
        return ()
    events, says = TOLD[kind]
    steps: dict[str, Step] = {}
    for promise in program.promises:
        if promise.verb == "tell" and promise.modality == "will" and any(n.id in events for n in promise.object):
            why = Why(promise.source.clauses, promise.source.cites, says)
            for party in sorted(_names(promise, "to") - {"subject"}):
                steps.setdefault(party, TellRecipient(party, why))
    return tuple(steps.values())
