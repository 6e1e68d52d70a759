"""A flow becomes a shape: the rules that its verb, data and keys leave open, so that only facts and records remain.

Gates state few distinct verbs, data and keys, and many people and moments: what those keys settle is settled once and
kept, bounded, beside the index. A shape holds nothing of a person. Not taken: keeping whole decisions; they hang on
facts, which are new at every call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from upheld.language.promises.deciding.index import (
    FLOW_KEYS,
    MUST_STATE,
    Floor,
    Floors,
    Index,
    World,
    all_floors,
)
from upheld.language.promises.deciding.rules import Demand, Lexicon, Mask, Masks, Rule, Side
from upheld.language.promises.facts import PersonTest
from upheld.language.promises.model import Decision, Duty, Facts, Flow, Key, Kind, Name, Reason, Test, Truth

FORBIDDEN = "This sentence forbids it."
MAYBE_FORBIDDEN = "This sentence may forbid it; what it hangs on is not known."
NO_VERB = "This is not one of the six flows."
NO_DATA = "The flow names no data."
UNKNOWN_NAME = "The notice does not know a name of this flow."
UNKNOWN_KEY = "A flow cannot state this key."
MISSING_KEY = "The flow does not say what it must say."
SHAPES_KEPT = 4096
_NO_FACT = (Name(Kind.FACT, ""), object())  # and what no fact is
_NEXT_KEY = object()  # nothing that a flow says is this: a name never passes for a key


@dataclass(frozen=True, slots=True)
class Open:
    """What a flow's keys leave open of a scope or a door. `doubtful`: a key is unsaid, so it can never surely hold."""

    doubtful: bool
    demands: tuple[Demand, ...]
    known: tuple[tuple[Name, bool], ...]
    person: tuple[PersonTest, ...]
    tests: tuple[Test, ...]
    outside: tuple[Open, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class OpenRule:
    """A permit or wall that may matter to flows of a shape, on those of their leaves that it covers."""

    rule: Rule
    id: str
    leaves: Mask
    scope: Open
    door: Open | None
    allows: Decision | None  # of a permit: the pass that it alone determines
    # Reasons of a wall by (bit of a leaf, whether it surely stands): made when first needed, at most two a leaf.
    reasons: dict[tuple[Mask, bool], Reason] = field(default_factory=dict)

    def forbids(self, left: Mask, surely: bool, lexicon: Lexicon) -> list[Reason]:
        """One reason per leaf of `left`, in order of the leaves."""
        found = []
        while left:
            bit = left & -left
            left ^= bit
            reason = self.reasons.get((bit, surely))
            if reason is None:
                says = FORBIDDEN if surely else MAYBE_FORBIDDEN
                reason = self.reasons[bit, surely] = Reason("wall", says, lexicon.by_bit[bit], self.id)
            found.append(reason)
        return found


Hinged = tuple[Name, object, OpenRule]  # a wall, and what a fact says where it surely does not stand


@dataclass(frozen=True, slots=True)
class OpenFloor:
    """A floor that this shape's event calls up: the facts that say its subject was told, and the duty."""

    about: tuple[Name, ...]
    duty: Duty
    scope: Open


@dataclass(frozen=True, slots=True)
class WorldShape:
    """What one world leaves open for flows of a shape."""

    world: World
    permits: tuple[OpenRule, ...]
    walls: tuple[Hinged, ...]
    waits: tuple[OpenFloor, ...]
    duties: tuple[OpenFloor, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Flows with one verb, one set of leaves and one set of keys. `of_tenant`: they must name a tenant."""

    data: Mask
    of_tenant: bool
    worlds: tuple[WorldShape, ...]


def shape_of(index: Index, flow: Flow) -> Shape | Decision:
    """The shape of the flow, or the refusal of every flow of that shape. Cost: 1 µs, 3 for a new way to write it, some 100 for a new shape."""
    # The flow as it is written, in words whose hashes are kept: a name's own hash, and the numbers of sets, take longer.
    said: list[object] = [flow.verb]
    say = said.append
    for name in flow.data:
        say(name.kind)
        say(name.id)
    for key, names in flow.keys.items():
        say(_NEXT_KEY)
        say(key)
        for name in names:
            say(name.kind)
            say(name.id)
    written = tuple(said)
    found = index.written.get(written)
    if found is None:
        found = _shape_of_masks(index, flow)
        if found is None:
            return refused("unknown-name", UNKNOWN_NAME)
        _keep(index.written, written, found)
    return found  # type: ignore[return-value]


def _shape_of_masks(index: Index, flow: Flow) -> Shape | Decision | None:
    """The same however the flow is written; None where the program does not know a name."""
    bits = index.lexicon.bits
    try:
        data = _mask(bits, flow.data)
        keys = [(key, _mask(bits, said)) for key, said in flow.keys.items()]
    except KeyError:
        return None
    stated = (flow.verb, data, *keys)
    shape = index.shapes.get(stated)
    if shape is None:
        shape = _new_shape(index, flow.verb, data, dict(keys))
        _keep(index.shapes, stated, shape)
    return shape  # type: ignore[return-value]


def _mask(bits: Mapping[Name, Mask], names: Iterable[Name]) -> Mask:
    """All of them, each of which must be known."""
    found = 0
    for name in names:
        found |= bits[name]
    return found


def _keep(kept: dict[object, object], under: object, shape: object) -> None:
    if len(kept) >= SHAPES_KEPT:
        kept.clear()
    kept[under] = shape


def refused(code: str, says: str) -> Decision:
    """A refusal that no promise determined: the flow itself cannot be decided."""
    return Decision(False, (), (Reason(code, says),))  # type: ignore[arg-type]


def _new_shape(index: Index, verb: str, data: Mask, keys: Masks) -> Shape | Decision:
    must = MUST_STATE.get(verb)  # type: ignore[call-overload]
    if must is None or not data:
        return refused("undecidable", NO_VERB if must is None else NO_DATA)
    if not keys.keys() <= FLOW_KEYS:
        return refused("unknown-name", UNKNOWN_KEY)
    for key in must:
        if not keys.get(key):
            return refused("missing-key", f"{MISSING_KEY} Missing: {key}.")
    of_tenant = any(said & index.tenants for said in (data, *keys.values()))
    return Shape(data, of_tenant, tuple(_in_world(index, each, verb, data, keys) for each in index.worlds))


def _in_world(index: Index, world: World, verb: str, data: Mask, keys: Masks) -> WorldShape:
    found = world.verbs[verb]  # type: ignore[index]
    floors = _floors(index, world, found.floors, keys)
    return WorldShape(
        world,
        tuple(_open_rules(found.rules.permits, data, keys)),
        tuple((*_hinge(wall.scope), wall) for wall in _open_rules(found.rules.walls, data, keys)),
        tuple(_open_floors(floors.waits, keys)),
        tuple(_open_floors(floors.duties, keys)),
    )


def _open_rules(rules: tuple[Rule, ...], data: Mask, keys: Masks) -> Iterator[OpenRule]:
    for rule in rules:
        scope = opened(rule.scope, keys) if data & rule.leaves else None
        if scope is None:
            continue
        door = opened(rule.door, keys) if rule.door is not None else None
        if door is None or not door.sure:
            yield OpenRule(rule, rule.promise.id, data & rule.leaves, scope, door, _alone(rule))


def _hinge(scope: Open) -> tuple[Name, object]:
    """Most walls hang on one fact, which says of most people that they do not stand: nothing else of them is read then."""
    if not scope.known:
        return _NO_FACT
    fact, wanted = scope.known[0]
    return fact, not wanted


def _alone(rule: Rule) -> Decision | None:
    return Decision(True, (rule.promise.id,), (rule.reason,)) if rule.reason is not None else None


def _open_floors(floors: tuple[Floor, ...], keys: Masks) -> Iterator[OpenFloor]:
    for each in floors:
        scope = opened(each.rule.scope, keys)
        if scope is not None:
            yield OpenFloor(each.about, each.duty, scope)


def _floors(index: Index, world: World, of_verb: Floors, keys: Masks) -> Floors:
    """The verb's own floors, with those of the occasions that the flow names in `on`."""
    occasions = [name for name in index.lexicon.spelled(keys.get("on", 0)) if name.kind is Kind.EVENT]
    named = all_floors(world.floors, occasions)
    return Floors(_once(of_verb.waits + named.waits), _once(of_verb.duties + named.duties))


def _once(floors: tuple[Floor, ...]) -> tuple[Floor, ...]:
    return tuple({each.duty.promise: each for each in floors}.values())


# ---- what keys settle ----------------------------------------------------------------------------------------------


def opened(side: Side, keys: Masks) -> Open | None:
    """What `keys` leave open of `side`; None if they make it surely false."""
    doubtful = False
    for key, mask, wanted in side.keyed:
        said = keys.get(key)
        if not said:
            doubtful = True
        elif (said & mask != 0) is not wanted:
            return None
    outside = tuple(each for inner in side.outside if (each := opened(inner, keys)) is not None)
    if any(each.sure for each in outside):
        return None
    demands = (*side.demands, *_named_demands(side, keys))
    sure = not (doubtful or demands or side.known or side.person or outside)
    return Open(doubtful, demands, side.known, side.person, side.tests, outside, sure)


def _named_demands(side: Side, keys: Mapping[Key, Mask]) -> Iterator[Demand]:
    """The records that the grounds, purposes and agreements which the flow names need."""
    for key, needy, demands in side.named_demands:
        said = keys.get(key, 0) & needy
        while said:
            bit = said & -said
            said ^= bit
            yield from demands[bit]


def truth_of(side: Open, filed: Mask, facts: Facts, today: date) -> Truth:
    """Kleene "and" over what is open: False if one test is False, else None if one is unknown, else True."""
    for demand in side.demands:
        for way in demand:
            if not way & ~filed:
                break
        else:
            return False
    truth: Truth = None if side.doubtful else True
    for fact, wanted in side.known:
        value = facts.get(fact)
        if value is wanted:
            continue
        if value is True or value is False:
            return False
        truth = None
    for test in side.person:
        known = test(facts, today)
        if known is False:
            return False
        if known is None:
            truth = None
    for inner in side.outside:
        covered = truth_of(inner, filed, facts, today)
        if covered is True:
            return False
        if covered is None:
            truth = None
    return truth
