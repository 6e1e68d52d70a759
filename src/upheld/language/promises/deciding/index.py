"""A program becomes lookups for deciding: every name with its bit, and per verb its permits, walls and floors.

Built once per program and kept. Versions, supplements, exceptions, resolutions and restriction are settled here.
Assumes a checked program, but any program yields an index: what cannot be understood permits nothing. Not taken: an
index per data leaf; flows of one shape share what they leave open (`shape`), which is less and sooner found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product

from upheld.language.law import load_law
from upheld.language.law.combining import permitted
from upheld.language.promises.deciding.rules import (
    PERMITTED,
    Lexicon,
    Mask,
    Rule,
    Side,
    kept_outside,
    lexicon_of,
    permit_side,
    wall_side,
)
from upheld.language.promises.facts import RESTRICTED, told
from upheld.language.promises.model import (
    FLOW_VERBS,
    After,
    Age,
    Ahead,
    AllOf,
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

# What a flow must state, per verb.
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
# What a person's restriction stops of what happens to their data: everything but keeping it (GDPR Art. 18(2)).
_STOPPED_BY_RESTRICTION: tuple[Verb, ...] = ("use", "disclose")
_INDEXES_KEPT = 8


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
    """A verb's rules, and the floors of the events that every flow of the verb causes."""

    rules: Rules
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
    """A program, ready to decide. `tenants` are the parties of whom each is a tenant, and the data that such a party owns."""

    program: Program
    lexicon: Lexicon
    tenants: Mask
    worlds: tuple[World, ...]
    shapes: dict[object, object] = field(default_factory=dict)
    written: dict[object, object] = field(default_factory=dict)  # the same shapes, by flows as gates write them


_kept: OrderedDict[tuple[str, int], Index] = OrderedDict()


def index_of(program: Program) -> Index:
    """The index of `program`, built at the first call and kept for the last few programs.

    Two programs may bear one digest (one read back from what is served, or built by hand): they are told apart by identity,
    which holds while the index holds its program, and neither drives out the other.
    """
    place = program.digest, id(program)
    found = _kept.get(place)
    if found is not None:
        return found
    built = build_index(program)
    _kept[place] = built
    while len(_kept) > _INDEXES_KEPT:
        _kept.popitem(last=False)
    return built


def build_index(program: Program) -> Index:
    """Every lookup that deciding needs. Cost: some 10 ms for a notice of 130 clauses."""
    lexicon = lexicon_of(program.names, (name for promise in program.promises for name in _names_of(promise)))
    each_a_tenant = {name for name, each in program.names.items() if each.keys.get("each")}
    theirs = {name for name, each in program.names.items() if each_a_tenant.intersection(each.keys.get("owner", ()))}
    tenants = lexicon.mask(each_a_tenant | theirs)
    return Index(program, lexicon, tenants, tuple(_worlds(program, lexicon)))


def _names_of(promise: Promise) -> Iterator[Name]:
    yield from promise.object
    for test in (*promise.scope, *(promise.door or ())):
        if isinstance(test, Known):
            yield test.fact
        elif isinstance(test, Some):
            yield from (each.fact for each in test.tests)
        elif not isinstance(test, Age):
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


def _worlds(program: Program, lexicon: Lexicon) -> Iterator[World]:
    """One world per choice of a version of each notice, oldest first."""
    versions: dict[str, list[NoticeVersion]] = {}
    for each in program.notices:
        versions.setdefault(each.notice, []).append(each)
    several = {notice: sorted(each, key=_dates) for notice, each in versions.items() if len(each) > 1}
    for chosen in product(*several.values()):
        picked = dict(zip(several, chosen, strict=True))
        standing = [promise for promise in program.promises if _stands(promise, picked)]
        notices = [each for each in program.notices if picked.get(each.notice, each) is each]
        floors = _floors(standing, lexicon)
        yield World(
            versions={notice: each.effective for notice, each in picked.items()},
            effective=max((each.effective for each in chosen), default=date.min),
            verbs={verb: _verb_rules(verb, program, lexicon, standing, notices, floors) for verb in FLOW_VERBS},
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
    lexicon: Lexicon,
    promises: list[Promise],
    notices: list[NoticeVersion],
    floors: Mapping[Name, Floors],
) -> VerbRules:
    flows = [promise for promise in promises if promise.verb == verb]
    supplements = {each.notice: each for each in notices if each.supplements}
    permits, walls = [], []
    for promise in flows:
        for leaves, covers, outside in _parts(promise, flows, supplements):
            rule = Rule(promise, lexicon.mask(leaves), Side())
            if promise.modality == "never":
                walls.append(_wall(rule, covers, outside, flows, program, lexicon))
            else:
                permits.append(_permit(rule, covers, outside, lexicon))
    if verb in _STOPPED_BY_RESTRICTION:
        walls += _restriction(promises, flows, lexicon, program)
    return VerbRules(Rules(tuple(permits), tuple(walls)), all_floors(floors, _events(CAUSES[verb], program)))


_Part = tuple[frozenset[Name], tuple[Test, ...], tuple[tuple[Test, ...], ...]]


def _parts(promise: Promise, flows: list[Promise], supplements: Mapping[str, NoticeVersion]) -> Iterator[_Part]:
    """A promise cut where a prevailing supplement speaks of the same leaves: leaves, what covers, what stays outside."""
    own = supplements.get(promise.source.notice)
    rest = promise.object
    if own is None and not promise.law:
        for each in supplements.values():
            if each.prevails and each.supplements == promise.source.notice:
                spoken = {leaf for other in flows if other.source.notice == each.notice for leaf in other.object}
                if rest & spoken:
                    yield rest & spoken, (), (each.covers,)
                    rest = rest - spoken
    if rest:
        yield rest, own.covers if own is not None else (), ()


_Outside = tuple[tuple[Test, ...], ...]


def _permit(rule: Rule, covers: tuple[Test, ...], outside: _Outside, lexicon: Lexicon) -> Rule:
    scope = permit_side((*rule.promise.scope, *covers), lexicon)
    scope = kept_outside(scope, (wall_side(each, lexicon) for each in outside))
    return replace(rule, scope=scope, reason=Reason("permitted", PERMITTED, None, rule.promise.id))


def _wall(
    rule: Rule,
    covers: tuple[Test, ...],
    outside: _Outside,
    flows: list[Promise],
    program: Program,
    lexicon: Lexicon,
) -> Rule:
    promise = rule.promise
    scope = wall_side((*promise.scope, *covers), lexicon)
    return replace(
        rule,
        scope=kept_outside(scope, (permit_side(each, lexicon) for each in outside)),
        door=permit_side(promise.door, lexicon) if promise.door else None,  # a door that asks nothing opens nothing
        passers=frozenset() if promise.law else frozenset(passers_of(promise, flows, program)),
    )


def passers_of(wall: Promise, flows: list[Promise], program: Program) -> Iterator[str]:
    """Permits above a notice's wall: those that name it as their exception, and those a resolution lets prevail."""
    clauses = frozenset(wall.source.clauses)
    above = {each.prevails for each in program.resolutions if clauses & set(each.clauses) and each.prevails not in clauses}
    for each in flows:
        excepted = each.excepts & (clauses | {wall.id}) and each.source.notice == wall.source.notice
        if each.modality != "never" and (excepted or above & set(each.source.clauses)):
            yield each.id


def _restriction(promises: list[Promise], flows: list[Promise], lexicon: Lexicon, program: Program) -> Iterator[Rule]:
    """The wall of a person's own case, where a notice grants restriction and states no wall on `restricted` itself."""
    grants = [each for each in promises if each.verb == "grant" and Name(Kind.RIGHT, "restriction") in each.object]
    stated = any(_reads(test, RESTRICTED) for each in flows if each.modality == "never" for test in each.scope)
    if not grants or stated:
        return
    known = load_law().regimes
    listed = sorted({name.id for notice in program.notices for name in notice.regimes if name.id in known}) or sorted(known)
    # What every regime of the notices that knows restriction lets pass, and nothing where none does.
    lists = (frozenset(fact.value for fact in known[id].while_restricted) or None for id in listed)
    door = (AnyOf("ground", frozenset(Name(Kind.GROUND, each) for each in permitted(*lists))),)
    leaves = lexicon.mask(leaf for each in flows for leaf in each.object)
    yield Rule(grants[0], leaves, wall_side((Known("when", RESTRICTED),), lexicon), permit_side(door, lexicon))


def _reads(test: Test, fact: Name) -> bool:
    return isinstance(test, Known) and test.fact == fact and test.wanted


# ---- floors --------------------------------------------------------------------------------------------------------


def all_floors(floors: Mapping[Name, Floors], events: Iterable[Name]) -> Floors:
    """The floors of several events together, each promise once."""
    found = [floors[event] for event in sorted(events) if event in floors]
    waits = {each.duty.promise: each for one in found for each in one.waits}
    duties = {each.duty.promise: each for one in found for each in one.duties}
    return Floors(tuple(waits.values()), tuple(duties.values()))


def _floors(promises: list[Promise], lexicon: Lexicon) -> Mapping[Name, Floors]:
    found: dict[Name, tuple[list[Floor], list[Floor]]] = {}
    for promise in promises:
        if promise.modality != "will":
            continue
        rule = Rule(promise, lexicon.mask(promise.object), _telling_side(promise, lexicon))
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
    """The events that begin a duty: those its latest time is counted from, and the occasions in its `on`."""
    if promise.verb in ("tell", "disclose", "offer"):
        yield from _events_in(promise.due)
        yield from (name for name in _said_on(promise) if name.kind is Kind.EVENT)


def _said_on(promise: Promise) -> tuple[Name, ...]:
    """Where the floor happens: a term of verbs that say what will be done, a test of those about data that moves."""
    tests = [name for test in promise.scope if isinstance(test, AnyOf) and test.key == "on" for name in sorted(test.names)]
    return (*promise.terms.get("on", ()), *tests)


def _events_in(moment: Moment | None) -> Iterator[Name]:
    if isinstance(moment, Name):
        yield moment
    elif isinstance(moment, After | Ahead):
        yield from _events_in(moment.of)
    elif isinstance(moment, Pick):
        for each in moment.of:
            yield from _events_in(each)


def _telling_side(promise: Promise, lexicon: Lexicon) -> Side:
    """Where a floor holds: the person's tests, and the surface on which both the flow and the telling happen."""
    tests: list[Test] = [test for test in promise.scope if not isinstance(test, AnyOf | AllOf)]
    surfaces = frozenset(name for name in _said_on(promise) if name.kind is not Kind.EVENT)
    if surfaces:
        tests.append(AnyOf("on", surfaces))
    return wall_side(tests, lexicon)
