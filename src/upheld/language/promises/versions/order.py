"""Two programs become the list of what the newer one may let pass that the older one refused. Empty: it is narrower, shown.

A newer permission must lie within an older one, leaf by leaf; an older wall, and an older telling that something waits for, must have a newer one that
stands wherever it stood. Each step is a rule that holds for every flow and every person, known or unknown, as `decide` reads them; where no
rule applies nothing is shown, and what is not shown counts as wider. Not taken: trying flows; a flow that nobody thought of would be missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from upheld.language.promises.deciding.index import CAUSES, passers_of
from upheld.language.promises.facts import RESTRICTED
from upheld.language.promises.model import (
    FLOW_VERBS,
    Age,
    AllOf,
    AnyOf,
    Definition,
    Kind,
    Known,
    Name,
    Program,
    Promise,
    Some,
    Test,
)

EVERYTHING = frozenset({"any", "anyone"})
Tests = tuple[Test, ...]


@dataclass(frozen=True)
class World:
    """A program, with what this comparison asks of it again and again."""

    program: Program

    @cached_property
    def flows(self) -> dict[str, list[Promise]]:
        """By verb of the six flows, every promise that permits or forbids."""
        found: dict[str, list[Promise]] = {verb: [] for verb in FLOW_VERBS}
        for promise in self.program.promises:
            if promise.verb in found:
                found[promise.verb].append(promise)
        return found

    def permits(self, verb: str) -> list[Promise]:
        """Promises that may let a flow of the verb pass."""
        return [each for each in self.flows[verb] if each.modality != "never"]

    def walls(self, verb: str) -> list[Promise]:
        """Promises that forbid flows of the verb."""
        return [each for each in self.flows[verb] if each.modality == "never"]

    @cached_property
    def _kept(self) -> dict[object, Any]:
        return {}

    def passers(self, wall: Promise) -> list[Promise]:
        """Permits that stand above the wall; of a wall of law there are none."""
        found: list[Promise] | None = self._kept.get(id(wall))
        if found is None:
            ids = set() if wall.law else set(passers_of(wall, self.flows[wall.verb], self.program))
            found = self._kept[id(wall)] = [each for each in self.flows[wall.verb] if each.id in ids]
        return found

    def definition(self, name: Name) -> Definition:
        """What the name means here; a name that nothing defines means itself."""
        return self.program.names.get(name) or Definition(name, frozenset({name}))

    def leaves(self, names: frozenset[Name]) -> frozenset[Name]:
        """The names, groups as what they hold."""
        found: frozenset[Name] | None = self._kept.get(names)
        if found is None:
            found = self._kept[names] = frozenset(leaf for name in names for leaf in (self.definition(name).leaves or {name}))
        return found

    def meaning(self, name: Name) -> object:
        """All that deciding reads of a name beside its id: members, needs, tests; and the same of what those name."""
        key = ("means", name)
        if key not in self._kept:
            self._kept[key] = self._means(name, frozenset())
        return self._kept[key]

    def _means(self, name: Name, inside: frozenset[Name]) -> object:
        found, inside = self.definition(name), inside | {name}
        held = {leaf for leaf in found.leaves if leaf not in inside}
        needs = {each for each in found.keys.get("needs", ()) if each not in inside}
        asked = {fact for test in found.tests for fact in _facts(test) if fact not in inside}
        below = frozenset((each, self._means(each, inside)) for each in held | needs | asked)
        return (frozenset(found.leaves or {name}), frozenset(found.keys.get("needs", ())), found.tests, below)

    @cached_property
    def supplements(self) -> list[tuple[str, str, Tests, frozenset[tuple[str, Name]]]]:
        """Supplements that prevail: notice, its base, what it covers, and (verb, leaf) of which it speaks."""
        return [
            (
                each.notice,
                each.supplements,
                each.covers,
                frozenset(
                    (one.verb, leaf) for one in self.program.promises if one.source.notice == each.notice for leaf in one.object
                ),
            )
            for each in self.program.notices
            if each.supplements and each.prevails
        ]

    def scope(self, promise: Promise) -> Tests:
        """Its tests, with those of the supplement that it stands in."""
        own = (each.covers for each in self.program.notices if each.notice == promise.source.notice and each.supplements)
        return (*promise.scope, *next(own, ()))

    def cuts(self, promise: Promise, leaf: Name) -> frozenset[Tests]:
        """What prevailing supplements take out of this promise on this leaf."""
        if promise.law or any(each.notice == promise.source.notice and each.supplements for each in self.program.notices):
            return frozenset()
        return frozenset(
            covers
            for _, base, covers, spoken in self.supplements
            if base == promise.source.notice and (promise.verb, leaf) in spoken
        )

    def holds_restriction(self, verb: str) -> bool:
        """Whether a person's restriction is a wall for this verb without a sentence of its own."""
        granted = any(each.verb == "grant" and Name(Kind.RIGHT, "restriction") in each.object for each in self.program.promises)
        stated = any(
            Known(test.key, RESTRICTED) == test for each in self.walls(verb) for test in each.scope if isinstance(test, Known)
        )
        return granted and not stated

    @cached_property
    def waits(self) -> list[Promise]:
        """Tellings that something waits for."""
        return [each for each in self.program.promises if each.modality == "will" and each.verb == "tell" and each.blocks]

    def events(self, verb: str) -> frozenset[Name]:
        """Events that every flow of the verb causes."""
        named = {Name(Kind.EVENT, each) for each in CAUSES[verb]}  # type: ignore[index]
        return frozenset(named | {name for name, each in self.program.names.items() if each.moments.get("at") in named})

    @cached_property
    def tenants(self) -> frozenset[Name]:
        """Parties of whom each is a tenant."""
        return frozenset(name for name, each in self.program.names.items() if each.keys.get("each"))


def _facts(test: Test) -> Iterator[Name]:
    if isinstance(test, Known):
        yield test.fact
    elif isinstance(test, Some):
        yield from (each.fact for each in test.tests)


def widenings(old: Program, new: Program) -> tuple[Promise | Name, ...]:
    """Promises of the newer program that may permit more, of the older one that no longer forbid or hold up as much; and names that do so."""
    before, after = World(old), World(new)
    found: list[Promise | Name] = []
    for verb in FLOW_VERBS:
        found += [each for each in after.permits(verb) if not _within(each, after, before.permits(verb), before)]
        found += [each for each in before.walls(verb) if not _still_stands(each, before, after)]
        if before.holds_restriction(verb) and not after.holds_restriction(verb):
            found += [each for each in after.walls(verb) if any(test == Known("when", RESTRICTED) for test in each.scope)]
            found += [
                each
                for each in before.program.promises
                if each.verb == "grant" and Name(Kind.RIGHT, "restriction") in each.object
            ]
        found += sorted(before.events(verb) - after.events(verb))
    found += [each for each in before.waits if not _still_awaited(each, before, after)]
    return (*_once(found), *sorted(before.tenants - after.tenants))


def _once(found: list[Promise | Name]) -> list[Promise | Name]:
    # A promise of the older and one of the newer program may bear one id.
    return [each for at, each in enumerate(found) if not any(each is other for other in found[:at])]


# ---- permits -------------------------------------------------------------------------------------------------------------


def _within(inner: Promise, at: World, outer: list[Promise], there: World) -> bool:
    """Whether every flow that `inner` permits is permitted by one of `outer`: leaf by leaf."""
    left = set(inner.object)
    for each in outer:
        if left & each.object and _wider(each, there, inner, at):
            left -= {leaf for leaf in left & each.object if _cut_alike(each, there, inner, at, leaf)}
        if not left:
            return True
    return False


def _wider(wide: Promise, there: World, narrow: Promise, at: World) -> bool:
    return _follow(there.scope(wide), there, at.scope(narrow), at, opens=True)


def _cut_alike(one: Promise, there: World, other: Promise, at: World, leaf: Name) -> bool:
    """Whether supplements take nothing out of `one` on this leaf that they leave in `other`."""
    cuts = there.cuts(one, leaf)
    return not cuts or cuts == at.cuts(other, leaf)


# ---- walls ---------------------------------------------------------------------------------------------------------------


def _still_stands(wall: Promise, before: World, after: World) -> bool:
    """Whether, wherever the old wall stood, a newer one stands: leaf by leaf."""
    left = set(wall.object)
    for each in after.walls(wall.verb):
        if left & each.object and _replaces(each, after, wall, before):
            left -= {
                leaf
                for leaf in left & each.object
                if _cut_alike(each, after, wall, before, leaf) and _passed_alike(each, after, wall, before, leaf)
            }
        if not left:
            return True
    return False


def _replaces(new: Promise, after: World, old: Promise, before: World) -> bool:
    lawful = new.law or not old.law
    return (
        lawful
        and _follow(after.scope(new), after, before.scope(old), before, opens=False)
        and _no_wider_door(new, after, old, before)
    )


def _passed_alike(new: Promise, after: World, old: Promise, before: World, leaf: Name) -> bool:
    """Whether who stands above the newer wall on this leaf stood above the older one."""
    above = [each for each in before.passers(old) if leaf in each.object]
    return all(
        any(_wider(each, before, one, after) and _cut_alike(each, before, one, after, leaf) for each in above)
        for one in after.passers(new)
        if leaf in one.object
    )


def _no_wider_door(new: Promise, after: World, old: Promise, before: World) -> bool:
    if not new.door:
        return True  # a door that asks nothing opens nothing
    return bool(old.door) and _follow(old.door or (), before, new.door, after, opens=True)


# ---- what waits ----------------------------------------------------------------------------------------------------------


def _still_awaited(old: Promise, before: World, after: World) -> bool:
    return any(
        each.blocks == old.blocks
        and old.object <= each.object
        and _follow(_telling(each, after), after, _telling(old, before), before, opens=False)
        for each in after.waits
    )


def _telling(promise: Promise, at: World) -> Tests:
    """As `decide` reads a telling: the person's tests, and the surfaces where it happens."""
    tests: list[Test] = [test for test in promise.scope if not isinstance(test, AnyOf | AllOf)]
    said = [*promise.terms.get("on", ())]
    said += [name for test in promise.scope if isinstance(test, AnyOf) and test.key == "on" for name in test.names]
    surfaces = frozenset(name for name in said if name.kind is not Kind.EVENT)
    return (*tests, AnyOf("on", surfaces)) if surfaces else tuple(tests)


# ---- tests ---------------------------------------------------------------------------------------------------------------


def _follow(wanted: Tests, there: World, given: Tests, at: World, *, opens: bool) -> bool:
    """Whether all of `wanted` (of the world `there`) hold wherever all of `given` (of `at`) do.

    `opens`: hold means True, as in a permission or a door; else it means not False, as in a wall's scope.
    """
    return all(_follows(each, there, given, at, opens) for each in wanted)


def _follows(wanted: Test, there: World, given: Tests, at: World, opens: bool) -> bool:
    if isinstance(wanted, AnyOf):
        return any(
            isinstance(each, AnyOf) and each.key == wanted.key and _listed(wanted, there, each, at, opens) for each in given
        )
    if isinstance(wanted, AllOf):
        demanded = {name for each in given if isinstance(each, AllOf) and each.key == wanted.key for name in each.names}
        return wanted.names <= demanded and all(_same(name, there, at) for name in wanted.names)
    if isinstance(wanted, Age):
        return any(isinstance(each, Age) and _younger(each, wanted) and _older(each, wanted) for each in given)
    options = frozenset(wanted.tests) if isinstance(wanted, Some) else frozenset({wanted})
    facts = frozenset((each.fact, each.wanted) for each in options)
    for each in given:
        stated = each.tests if isinstance(each, Some) else (each,) if isinstance(each, Known) else ()
        if stated and all((one.fact, one.wanted) in facts and _same(one.fact, there, at) for one in stated):
            return True
    return False


def _listed(wanted: AnyOf, there: World, given: AnyOf, at: World, opens: bool) -> bool:
    names = at.leaves(given.names)
    everything = any(name.id in EVERYTHING for name in wanted.names)
    if any(name.id in EVERYTHING for name in given.names):
        return everything
    inside = all(name.id != "none" for name in names) if everything else names <= there.leaves(wanted.names)
    # A ground, purpose or agreement opens nothing without the records that it needs: fewer needs would open more.
    return inside and (not opens or all(_needs_no_less(name, there, at) for name in given.names | names))


def _needs_no_less(name: Name, there: World, at: World) -> bool:
    wanted = there.definition(name).keys.get("needs", ())
    return set(wanted) <= set(at.definition(name).keys.get("needs", ())) and all(_same(each, there, at) for each in wanted)


def _same(name: Name, there: World, at: World) -> bool:
    return there.meaning(name) == at.meaning(name)


def _younger(given: Age, wanted: Age) -> bool:
    return wanted.below is None or (given.below is not None and given.below <= wanted.below)


def _older(given: Age, wanted: Age) -> bool:
    return wanted.least is None or (given.least is not None and given.least >= wanted.least)
