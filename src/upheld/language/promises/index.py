"""A program becomes lookups for deciding: per verb, and per the one key that tells flows of a verb apart, its rules.

Built once per program and kept; a decision then touches only rules that can matter. Versions, supplements, exceptions,
resolutions and restriction are settled here. Assumes a checked program, but any program yields an index: what cannot
be understood permits nothing. Not taken: an index per data leaf; set work over names is cheaper than its memory.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from upheld.language.law import load_law
from upheld.language.promises.facts import RESTRICTED, told
from upheld.language.promises.model import (
    FLOW_VERBS,
    After,
    Ahead,
    AnyOf,
    Duty,
    Key,
    Kind,
    Known,
    Moment,
    Name,
    NoticeVersion,
    Pick,
    Program,
    Promise,
    Reason,
    Some,
    Test,
    Verb,
)
from upheld.language.promises.rules import NONE, PERMITTED, Rule, Side, nothing_of, permit_side, wall_side

# What a flow must state, per verb; the first tells most flows of the verb apart and is indexed.
MUST_STATE: Mapping[Verb, tuple[Key, ...]] = {
    "collect": ("for", "from", "on"),
    "use": ("for",),
    "disclose": ("to", "ground"),
    "message": ("to", "by"),
    "publish": ("to", "standard"),
    "locate": ("in", "act"),
}
# What a flow may state: the keys that narrow or demand, save those that speak of the person or of filed records.
FLOW_KEYS = frozenset(
    [
        "from",
        "on",
        "for",
        "to",
        "by",
        "in",
        "act",
        "as",
        "with",
        "without",
        "party",
        "about",
        "basis",
        "ground",
        "consideration",
        "standard",
        "under",
        "contents",
        "proof",
        "holds",
        "choice",
    ]
)
# Built-in events that a flow of the verb causes; an event named in the flow's `on` is caused too.
CAUSES: Mapping[Verb, frozenset[str]] = {
    "collect": frozenset({"collected"}),
    "use": frozenset(),
    "disclose": frozenset({"disclosed"}),
    "message": frozenset(),
    "publish": frozenset(),
    "locate": frozenset({"transferred"}),
}
# Keys of a `tell` that speak of the telling, not of the flow that waits for it.
_OF_THE_TELLING = frozenset({"to", "by", "contents", "needs", "proof", "under", "as"})
# What a person's restriction stops: everything but keeping (GDPR Art. 18(2)).
_STOPPED_BY_RESTRICTION: tuple[Verb, ...] = ("use", "disclose", "message", "publish")
_INDEXES_KEPT = 8
_ANOTHER = Name(Kind.VALUE, "a name that no list holds")


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules that may matter to a flow, in program order."""

    permits: tuple[Rule, ...]
    walls: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """A promise that an event calls up: a `tell` that the event waits for, or a duty that begins with it."""

    rule: Rule
    about: tuple[Name, ...]
    duty: Duty


@dataclass(frozen=True, slots=True)
class Floors:
    """What one event, or all the events of a verb, must wait for and call up."""

    waits: tuple[Floor, ...] = ()
    duties: tuple[Floor, ...] = ()


@dataclass(frozen=True, slots=True)
class VerbRules:
    """A verb's rules: `by_name` for flows that state one name for the first key, `every` for all others."""

    every: Rules
    by_name: Mapping[Name, Rules]
    unnamed: Rules
    floors: Floors


@dataclass(frozen=True, slots=True)
class World:
    """The promises that stand together: one version of each notice. `versions` holds the dates of those with several."""

    versions: Mapping[str, date]
    effective: date
    verbs: Mapping[Verb, VerbRules]
    floors: Mapping[Name, Floors]


@dataclass(frozen=True, slots=True)
class Index:
    """A program, ready to decide. `plain` are names that stand for themselves; `groups` are written for their leaves."""

    program: Program
    plain: frozenset[Name]
    groups: Mapping[Name, frozenset[Name]]
    tenants: frozenset[Name]
    worlds: tuple[World, ...]


_kept: OrderedDict[str, Index] = OrderedDict()


def index_of(program: Program) -> Index:
    """The index of `program`, built at the first call and kept for the last few programs by digest.

    Two programs that bear one digest (built by hand, without one) are told apart by identity.
    """
    found = _kept.get(program.digest)
    if found is not None and found.program is program:
        return found
    built = build_index(program)
    _kept[program.digest] = built
    while len(_kept) > _INDEXES_KEPT:
        _kept.popitem(last=False)
    return built


def build_index(program: Program) -> Index:
    """Every lookup that deciding needs. Cost: some 10 ms for a notice of 130 clauses."""
    groups = {name: each.leaves for name, each in program.names.items() if each.leaves and each.leaves != {name}}
    mentioned = frozenset(name for promise in program.promises for name in _names_of(promise))
    plain = (mentioned | program.names.keys() | {NONE}) - groups.keys()
    tenants = frozenset(name for name, each in program.names.items() if each.keys.get("each"))
    return Index(program, plain, groups, tenants, tuple(_worlds(program)))


def _names_of(promise: Promise) -> Iterator[Name]:
    yield from promise.object
    for test in (*promise.scope, *(promise.door or ())):
        if isinstance(test, Known):
            yield test.fact
        elif isinstance(test, Some):
            yield from (each.fact for each in test.tests)
        elif not hasattr(test, "below"):
            yield from test.names
    if promise.blocks is not None:
        yield promise.blocks
    for names in promise.terms.values():
        yield from (name for name in names if isinstance(name, Name))


def _events(ids: Iterable[str], program: Program) -> frozenset[Name]:
    """The events called `ids`, and those that the notice defines to be at one of them."""
    named = {Name(Kind.EVENT, each) for each in ids}
    return frozenset(named | {name for name, each in program.names.items() if each.moments.get("at") in named})


# ---- versions and supplements --------------------------------------------------------------------------------------


def _worlds(program: Program) -> Iterator[World]:
    """One world per choice of a version of each notice, oldest first."""
    versions: dict[str, list[NoticeVersion]] = {}
    for each in program.notices:
        versions.setdefault(each.notice, []).append(each)
    several = {notice: sorted(each, key=_dates) for notice, each in versions.items() if len(each) > 1}
    for chosen in product(*several.values()):
        picked = dict(zip(several, chosen, strict=True))
        standing = [promise for promise in program.promises if _stands(promise, picked)]
        notices = [each for each in program.notices if picked.get(each.notice, each) is each]
        floors = _floors(standing, program)
        yield World(
            versions={notice: each.effective for notice, each in picked.items()},
            effective=max((each.effective for each in chosen), default=date.min),
            verbs={verb: _verb_rules(verb, program, standing, notices, floors) for verb in FLOW_VERBS},
            floors=floors,
        )


def _dates(version: NoticeVersion) -> tuple[date, date]:
    return (version.effective, version.updated)


def _stands(promise: Promise, picked: Mapping[str, NoticeVersion]) -> bool:
    version = picked.get(promise.source.notice)
    return promise.law or version is None or promise.source.version in (version.effective, version.updated)


def _verb_rules(
    verb: Verb,
    program: Program,
    promises: list[Promise],
    notices: list[NoticeVersion],
    floors: Mapping[Name, Floors],
) -> VerbRules:
    flows = [promise for promise in promises if promise.verb == verb]
    supplements = {each.notice: each for each in notices if each.supplements}
    permits, walls = [], []
    for promise in flows:
        for leaves, covers, outside in _parts(promise, flows, supplements):
            if promise.modality == "never":
                walls.append(_wall(promise, leaves, covers, outside, flows, program))
            else:
                scope = permit_side((*promise.scope, *covers), program.names)
                scope = replace(scope, outside=tuple(wall_side(each, program.names) for each in outside))
                permits.append(Rule(promise, leaves, scope, reason=Reason("permitted", PERMITTED, None, promise.id)))
    if verb in _STOPPED_BY_RESTRICTION:
        walls += _restriction(verb, promises, flows, program)
    rules = Rules(tuple(permits), tuple(walls))
    key = MUST_STATE[verb][0]
    named = {
        name for each in flows for test in each.scope if isinstance(test, AnyOf) and test.key == key for name in test.names
    }
    return VerbRules(
        every=rules,
        by_name={name: _narrowed(rules, key, name) for name in (*named, *nothing_of(program.names))},
        unnamed=_narrowed(rules, key, _ANOTHER),
        floors=all_floors(floors, _events(CAUSES[verb], program)),
    )


_Part = tuple[frozenset[Name], tuple[Test, ...], tuple[tuple[Test, ...], ...]]


def _parts(promise: Promise, flows: list[Promise], supplements: Mapping[str, NoticeVersion]) -> Iterator[_Part]:
    """A promise cut where a prevailing supplement speaks of the same leaves: leaves, what covers, what stays outside."""
    own = supplements.get(promise.source.notice)
    covers = own.covers if own is not None else ()
    rest = promise.object
    if own is None and not promise.law:
        for each in supplements.values():
            if each.prevails and each.supplements == promise.source.notice:
                spoken = {leaf for other in flows if other.source.notice == each.notice for leaf in other.object}
                if rest & spoken:
                    yield rest & spoken, (), (each.covers,)
                    rest = rest - spoken
    if rest:
        yield rest, covers, ()


def _wall(
    promise: Promise,
    leaves: frozenset[Name],
    covers: tuple[Test, ...],
    outside: tuple[tuple[Test, ...], ...],
    flows: list[Promise],
    program: Program,
) -> Rule:
    scope = wall_side((*promise.scope, *covers), program.names)
    return Rule(
        promise,
        leaves,
        replace(scope, outside=tuple(permit_side(each, program.names) for each in outside)),
        permit_side(promise.door, program.names) if promise.door is not None else None,
        () if promise.law else tuple(_passers(promise, flows, program)),
    )


def _passers(wall: Promise, flows: list[Promise], program: Program) -> Iterator[str]:
    """Permits above a notice's wall: those that name it as their exception, and those a resolution lets prevail."""
    clauses = frozenset(wall.source.clauses)
    above = {each.prevails for each in program.resolutions if clauses & set(each.clauses) and each.prevails not in clauses}
    for each in flows:
        excepted = each.excepts & (clauses | {wall.id}) and each.source.notice == wall.source.notice
        if each.modality != "never" and (excepted or above & set(each.source.clauses)):
            yield each.id


def _restriction(verb: Verb, promises: list[Promise], flows: list[Promise], program: Program) -> Iterator[Rule]:
    """The wall of a person's own case, where a notice grants restriction and states no wall on `restricted` itself."""
    grants = [each for each in promises if each.verb == "grant" and Name(Kind.RIGHT, "restriction") in each.object]
    stated = any(_reads(test, RESTRICTED) for each in flows if each.modality == "never" for test in each.scope)
    if not grants or stated:
        return
    allowed = {each.value for regime in load_law().regimes.values() for each in regime.while_restricted}
    door = (AnyOf("ground", frozenset(Name(Kind.GROUND, each) for each in allowed)),)
    leaves = frozenset(leaf for each in flows for leaf in each.object)
    scope = wall_side((Known("when", RESTRICTED),), program.names)
    yield Rule(grants[0], leaves, scope, permit_side(door, program.names))


def _reads(test: Test, fact: Name) -> bool:
    return isinstance(test, Known) and test.fact == fact and test.wanted


# ---- lookups -------------------------------------------------------------------------------------------------------


def _narrowed(rules: Rules, key: Key, name: Name) -> Rules:
    """The rules that can matter to a flow that states only `name` for `key`."""
    said = frozenset({name})
    return Rules(
        tuple(rule for rule in rules.permits if _can_matter(rule, key, said)),
        tuple(rule for rule in rules.walls if _can_matter(rule, key, said)),
    )


def _can_matter(rule: Rule, key: Key, said: frozenset[Name]) -> bool:
    return all(meets(said) is wanted for each, meets, wanted in rule.scope.keyed if each == key)


# ---- floors --------------------------------------------------------------------------------------------------------


def all_floors(floors: Mapping[Name, Floors], events: Iterable[Name]) -> Floors:
    """The floors of several events together, each promise once, in program order of their events."""
    found = [floors[event] for event in sorted(events) if event in floors]
    waits = {each.duty.promise: each for one in found for each in one.waits}
    duties = {each.duty.promise: each for one in found for each in one.duties}
    return Floors(tuple(waits.values()), tuple(duties.values()))


def _floors(promises: list[Promise], program: Program) -> Mapping[Name, Floors]:
    found: dict[Name, tuple[list[Floor], list[Floor]]] = {}
    for promise in promises:
        if promise.modality != "will":
            continue
        rule = Rule(promise, promise.object, _telling_side(promise, program))
        about = tuple(told(each) for each in sorted(promise.object))
        floor = Floor(rule, about, Duty(promise.id, promise.due, promise.blocks))
        for event in _blocked(promise):
            found.setdefault(event, ([], []))[0].append(floor)
        for event in dict.fromkeys(_beginning(promise)):
            found.setdefault(event, ([], []))[1].append(floor)
    return {event: Floors(tuple(waits), tuple(duties)) for event, (waits, duties) in found.items()}


def _blocked(promise: Promise) -> Iterator[Name]:
    if promise.verb == "tell" and promise.blocks is not None:
        yield promise.blocks


def _beginning(promise: Promise) -> Iterator[Name]:
    if promise.verb in ("tell", "disclose", "offer"):
        yield from _events_in(promise.due)
        for test in promise.scope:
            if isinstance(test, AnyOf) and test.key == "on":
                yield from (name for name in test.names if name.kind is Kind.EVENT)


def _events_in(moment: Moment | None) -> Iterator[Name]:
    if isinstance(moment, Name):
        yield moment
    elif isinstance(moment, After | Ahead):
        yield from _events_in(moment.of)
    elif isinstance(moment, Pick):
        for each in moment.of:
            yield from _events_in(each)


def _telling_side(promise: Promise, program: Program) -> Side:
    """Where a floor holds: the person's tests, and the keys that the flow and the telling share."""
    tests = tuple(test for test in promise.scope if getattr(test, "key", "") not in _OF_THE_TELLING)
    return wall_side(tuple(test for test in tests if not _names_events(test)), program.names)


def _names_events(test: Test) -> bool:
    return isinstance(test, AnyOf) and any(name.kind is Kind.EVENT for name in test.names)
