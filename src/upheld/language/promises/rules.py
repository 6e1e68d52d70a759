"""Promises become rules: each test sorted by what it reads (the flow's keys, filed records, the person's facts).

The same words mean different things in a permission and in a wall: a permit needs all the flow's names within its
list, a wall stands as soon as one of them is on it. That is settled here, once, so that `decide` and `as_sql` cannot
differ about it. Not taken: one boolean formula per promise; sorted tests are cheaper to decide and fold away in SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from upheld.language.promises.facts import PersonTest, person_test
from upheld.language.promises.model import AllOf, AnyOf, Definition, Key, Kind, Name, Promise, Reason, Test

NONE = Name(Kind.VALUE, "none")
PERMITTED = "This sentence permits it."
_EVERYTHING = frozenset({"any", "anyone"})
_NEEDY = frozenset({Kind.GROUND, Kind.PURPOSE, Kind.AGREEMENT})

# One way to serve a demand for a record: all of these kinds are filed. A demand lists the ways.
Demand = tuple[frozenset[Name], ...]


# How the flow's names for a key must meet the promise's: the key, a question of set inclusion, the answer that holds.
Keyed = tuple[Key, Callable[[frozenset[Name]], bool], bool]


@dataclass(frozen=True, slots=True)
class Side:
    """Tests that must all hold: a scope or a door."""

    keyed: tuple[Keyed, ...] = ()
    demands: tuple[Demand, ...] = ()
    # A ground, purpose or agreement that itself needs records opens nothing without them.
    named_demands: tuple[tuple[Key, Mapping[Name, tuple[Demand, ...]]], ...] = ()
    person: tuple[PersonTest, ...] = ()
    tests: tuple[Test, ...] = ()  # the person's tests as written, for SQL
    outside: tuple[Side, ...] = ()  # none of these may hold: what a prevailing supplement covers


@dataclass(frozen=True, slots=True)
class Rule:
    """A promise on some leaves: permit, wall or tell. `passers` are the permits that stand above this wall."""

    promise: Promise
    leaves: frozenset[Name]
    scope: Side
    door: Side | None = None
    passers: tuple[str, ...] = ()  # ids of permits
    reason: Reason | None = None  # why a flow passes by this permit


def permit_side(tests: Iterable[Test], names: Mapping[Name, Definition]) -> Side:
    """Tests that open something (a permit's scope, a wall's door): doubtful is closed."""
    return _side(tuple(tests), names, opens=True)


def wall_side(tests: Iterable[Test], names: Mapping[Name, Definition]) -> Side:
    """Tests that say where a wall stands: it stands where one name of the flow is on its list."""
    return _side(tuple(tests), names, opens=False)


def _side(tests: tuple[Test, ...], names: Mapping[Name, Definition], opens: bool) -> Side:
    keyed: list[Keyed] = []
    named_demands, demands, person = [], [], []
    for test in tests:
        if isinstance(test, AllOf) and test.key == "needs":
            demands += [demand_for(each, names) for each in sorted(test.names)]
        elif isinstance(test, AllOf):
            keyed.append((test.key, test.names.issubset, True))
        elif isinstance(test, AnyOf):
            keyed.append(_any_of(test, names, opens))
            needy = _needy(test, names) if opens else {}
            if needy:
                named_demands.append((test.key, needy))
        else:
            person.append(test)
    return Side(
        keyed=tuple(keyed),
        demands=tuple(demands),
        named_demands=tuple(named_demands),
        person=tuple(person_test(test, names) for test in person),
        tests=tuple(person),
    )


def nothing_of(names: Iterable[Name]) -> frozenset[Name]:
    """The ways in which a flow says `none`, whatever the kind it was resolved to."""
    return frozenset(name for name in names if name.id == NONE.id) | {NONE}


def _any_of(test: AnyOf, names: Mapping[Name, Definition], opens: bool) -> Keyed:
    """A permit's list holds all the flow's names; a wall's list holds one of them. `any` is everything but `none`."""
    if any(name.id in _EVERYTHING for name in test.names):
        nothing = nothing_of(names)
        return (test.key, nothing.isdisjoint, True) if opens else (test.key, nothing.issuperset, False)
    return (test.key, test.names.issuperset, True) if opens else (test.key, test.names.isdisjoint, False)


def _needy(test: AnyOf, names: Mapping[Name, Definition]) -> dict[Name, tuple[Demand, ...]]:
    found = {}
    for name in sorted(test.names):
        needs = names[name].keys.get("needs", ()) if name.kind in _NEEDY and name in names else ()
        if needs:
            found[name] = tuple(demand_for(each, names) for each in needs)
    return found


def demand_for(record: Name, names: Mapping[Name, Definition], inside: frozenset[Name] = frozenset()) -> Demand:
    """The ways to serve a demand for `record`: any kind that it holds will do, with the records that either one needs."""
    circle = inside | {record}
    leaves = names[record].leaves if record in names else frozenset()
    ways: list[frozenset[Name]] = []
    for kind in sorted(leaves | {record}):
        kind_ways = [frozenset({kind})]
        for need in dict.fromkeys((*_needs(record, names), *_needs(kind, names))):
            if need not in circle:  # a circle is refused by the compiler (P203)
                inner = demand_for(need, names, circle | {kind})
                kind_ways = [way | other for way in kind_ways for other in inner]
        ways += kind_ways
    return tuple(dict.fromkeys(ways))


def _needs(record: Name, names: Mapping[Name, Definition]) -> tuple[Name, ...]:
    return names[record].keys.get("needs", ()) if record in names else ()
