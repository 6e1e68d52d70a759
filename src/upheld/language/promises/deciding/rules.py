"""Promises become rules: each test sorted by what it reads (the flow's keys, filed records, the person's facts).

The same words mean different things in a permission and in a wall: a permit needs all the flow's names within its
list, a wall stands as soon as one of them is on it. That is settled here, once, so that `decide` and `as_sql` cannot
differ about it. Sets of names are numbers with one bit a name, so that a test is one operation. Not taken: one boolean
formula per promise; sorted tests are cheaper to decide and fold away in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from upheld.language.promises.facts import PersonTest, is_plain, person_test
from upheld.language.promises.model import Age, AllOf, AnyOf, Definition, Key, Kind, Known, Name, Promise, Reason, Some, Test

NONE = Name(Kind.VALUE, "none")
PERMITTED = "This sentence permits it."
FORBIDDEN = "This sentence forbids it."
MAYBE_FORBIDDEN = "This sentence may forbid it; what it hangs on is not known."
_EVERYTHING = frozenset({"any", "anyone"})
_NEEDY = frozenset({Kind.GROUND, Kind.PURPOSE, Kind.AGREEMENT})

_COSTS: tuple[type, ...] = (Known, Some, Age)  # tests on a person, the cheapest first

Mask = int  # a set of names: one bit a name
Masks = Mapping[Key, Mask]
# How the flow's names for a key must meet the promise's: the key, what to look for among them, whether it must be there.
Keyed = tuple[Key, Mask, bool]
# One way to serve a demand for a record: all of these kinds are filed. A demand lists the ways.
Demand = tuple[Mask, ...]
# For one key: the names that need records, and per name (its bit) the demands.
NamedDemands = tuple[Key, Mask, Mapping[Mask, tuple[Demand, ...]]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every name that a program knows, with its bit. A group's bits are those of its leaves."""

    names: Mapping[Name, Definition]
    bits: Mapping[Name, Mask]
    filed: Mapping[
        str, tuple[Kind, Mask]
    ]  # of kinds of records that may be filed, one of each id: a string is found sooner than a name
    by_bit: Mapping[Mask, Name]
    nothing: Mask  # the ways in which a flow says `none`, whatever kind it was resolved to

    def mask(self, names: Iterable[Name]) -> Mask:
        """The bits of `names`; an unknown name adds none."""
        found = 0
        for name in names:
            found |= self.bits.get(name, 0)
        return found

    def spelled(self, mask: Mask) -> Iterator[Name]:
        """The names of `mask`, in order of kind and id."""
        while mask:
            lowest = mask & -mask
            yield self.by_bit[lowest]
            mask ^= lowest


def lexicon_of(names: Mapping[Name, Definition], mentioned: Iterable[Name]) -> Lexicon:
    """Numbers every name defined or mentioned; leaves in order of kind and id."""
    groups = {name: each.leaves for name, each in names.items() if each.leaves and each.leaves != {name}}
    leaves = {leaf for held in groups.values() for leaf in held}
    said = {each for definition in names.values() for values in definition.keys.values() for each in values}
    plain = sorted((leaves | said | set(mentioned) | names.keys() | {NONE}) - groups.keys())
    bits = {name: 1 << number for number, name in enumerate(plain)}
    by_bit = {bit: name for name, bit in bits.items()}
    nothing = sum(bit for name, bit in bits.items() if name.id == NONE.id)
    for group, held in groups.items():
        bits[group] = sum(bits[leaf] for leaf in held if leaf in bits)
    # A record filed under the name of a group is none of the kinds that the group holds.
    filed = {name.id: (name.kind, bits[name]) for name in plain}
    return Lexicon(names, bits, filed, by_bit, nothing)


@dataclass(frozen=True, slots=True)
class Side:
    """Tests that must all hold: a scope or a door."""

    keyed: tuple[Keyed, ...] = ()
    demands: tuple[Demand, ...] = ()
    # A ground, purpose or agreement that itself needs records opens nothing without them.
    named_demands: tuple[NamedDemands, ...] = ()
    known: tuple[tuple[Name, bool], ...] = ()  # of the person's tests those that read one fact, and what it must be
    person: tuple[PersonTest, ...] = ()  # the others
    tests: tuple[Test, ...] = ()  # the person's tests as written, for SQL
    outside: tuple[Side, ...] = ()  # none of these may hold: what a prevailing supplement covers


@dataclass(frozen=True, slots=True)
class Rule:
    """A promise on some leaves: permit, wall or floor. `passers` are the permits that stand above this wall."""

    promise: Promise
    leaves: Mask
    scope: Side
    door: Side | None = None
    passers: frozenset[str] = frozenset()  # ids of permits
    reason: Reason | None = None  # why a flow passes by this permit


def permit_side(tests: Iterable[Test], lexicon: Lexicon) -> Side:
    """Tests that open something (a permit's scope, a wall's door): doubtful is closed."""
    return _side(tuple(tests), lexicon, opens=True)


def wall_side(tests: Iterable[Test], lexicon: Lexicon) -> Side:
    """Tests that say where a wall stands: it stands where one name of the flow is on its list."""
    return _side(tuple(tests), lexicon, opens=False)


def _side(tests: tuple[Test, ...], lexicon: Lexicon, opens: bool) -> Side:
    keyed, named_demands, demands, person = [], [], [], []
    for test in tests:
        if isinstance(test, AllOf) and test.key == "needs":
            demands += [demand_for(each, lexicon) for each in sorted(test.names)]
        elif isinstance(test, AllOf):
            # Of a group (of agreements, of contents) any one serves; of several names each must be there.
            keyed += [(test.key, lexicon.bits.get(each, 0), True) for each in sorted(test.names)]
        elif isinstance(test, AnyOf):
            keyed.append(_any_of(test, lexicon, opens))
            needy = _needy(test, lexicon) if opens else {}
            if needy:
                named_demands.append((test.key, sum(needy), needy))
        else:
            person.append(test)
    person.sort(key=lambda test: _COSTS.index(type(test)))
    return Side(
        keyed=tuple(keyed),
        demands=tuple(demands),
        named_demands=tuple(named_demands),
        known=tuple((test.fact, test.wanted) for test in person if is_plain(test, lexicon.names)),
        person=tuple(person_test(test, lexicon.names) for test in person if not is_plain(test, lexicon.names)),
        tests=tuple(person),
    )


def kept_outside(side: Side, inner: Iterable[Side]) -> Side:
    """`side`, where moreover none of `inner` may hold."""
    return replace(side, outside=tuple(inner))


def _any_of(test: AnyOf, lexicon: Lexicon, opens: bool) -> Keyed:
    """A permit's list holds all the flow's names; a wall's list holds one of them. `any` is everything but `none`."""
    if any(name.id in _EVERYTHING for name in test.names):
        return (test.key, lexicon.nothing, False) if opens else (test.key, ~lexicon.nothing, True)
    listed = lexicon.mask(test.names)
    return (test.key, ~listed, False) if opens else (test.key, listed, True)


def _needy(test: AnyOf, lexicon: Lexicon) -> dict[Mask, tuple[Demand, ...]]:
    needs = {name: _needs(name, lexicon.names) for name in sorted(test.names) if name.kind in _NEEDY}
    return {lexicon.bits[name]: tuple(demand_for(each, lexicon) for each in found) for name, found in needs.items() if found}


def demand_for(record: Name, lexicon: Lexicon) -> Demand:
    """The ways to serve a demand for `record`: any kind that it holds will do, with the records that either one needs."""
    return tuple(dict.fromkeys(_ways(record, lexicon, frozenset())))


def _ways(record: Name, lexicon: Lexicon, inside: frozenset[Name]) -> Iterator[Mask]:
    names, circle = lexicon.names, inside | {record}
    kinds = names[record].leaves if record in names and names[record].leaves else {record}
    for kind in sorted(kinds):
        ways = [lexicon.bits[kind]]
        for need in dict.fromkeys((*_needs(record, names), *_needs(kind, names))):
            if need not in circle:  # a circle is refused by the compiler (P203)
                ways = [way | other for way in ways for other in _ways(need, lexicon, circle | {kind})]
        yield from ways


def _needs(name: Name, names: Mapping[Name, Definition]) -> tuple[Name, ...]:
    return names[name].keys.get("needs", ()) if name in names else ()
