"""May this flow happen to this person? From a program, a flow and what is known to a decision with its sentences.

Closed world: what nothing permits is refused, a wall that may stand stands, a permission that may hold does not. Pure
and total: never raises, never guesses, reads no clock. Cost: some microseconds once a program is indexed, which the
first call does. Not taken: a cache by flow; gates make new flows, so it would fill and never hit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from upheld.language.promises.facts import day_of, version_given
from upheld.language.promises.index import FLOW_KEYS, MUST_STATE, Floor, Floors, Index, Rules, World, all_floors, index_of
from upheld.language.promises.model import Decision, Duty, Facts, Flow, Key, Kind, Name, Program, Reason, Record, Truth, Verb
from upheld.language.promises.rules import PERMITTED, Rule, Side

SAYS = {
    "permitted": PERMITTED,
    "wall": "This sentence forbids it.",
    "wall-unknown": "This sentence may forbid it; what it hangs on is not known.",
    "nothing-permits": "No sentence permits this.",
    "permit-unknown": "A sentence may permit this; what it hangs on is not known.",
    "untold": "The person must be told this first.",
    "no-verb": "This is not one of the six flows.",
    "no-data": "The flow names no data.",
    "unknown-name": "The notice does not know a name of this flow.",
    "unknown-key": "A flow cannot state this key.",
    "missing-key": "The flow does not say what it must say.",
    "no-tenant": "The flow names no tenant for data that belongs to one.",
}
_Keys = Mapping[Key, frozenset[Name]]
_NOBODY: frozenset[Name] = frozenset()


def decide(program: Program, flow: Flow, facts: Facts) -> Decision:
    """Whether `flow` may happen, and which promises determined it.

    `determining`: the permits that hold, or the walls that stand, or the tellings still owed; ids in program order.
    A flow over several leaves passes only whole. `duties` are the floors that this flow's event calls up. Never raises;
    what cannot be decided is refused. A pass stays a pass when an unknown fact or key becomes known.
    """
    index = index_of(program)
    verb, data, keys = flow.verb, flow.data, flow.keys
    must = MUST_STATE.get(verb)
    if must is None or not data:
        return _refused("undecidable", SAYS["no-verb" if must is None else "no-data"])
    plain = index.plain
    if not data <= plain:
        if not _all_known(data, index):
            return _refused("unknown-name", SAYS["unknown-name"])
        data = _leaves(data, index)
    for key, said in keys.items():
        if key not in FLOW_KEYS:
            return _refused("unknown-name", SAYS["unknown-key"])
        if not said <= plain:
            if not _all_known(said, index):
                return _refused("unknown-name", SAYS["unknown-name"])
            keys = {**keys, key: _leaves(said, index)}
    for key in must:
        if not keys.get(key):
            return _refused("missing-key", f"{SAYS['missing-key']} Missing: {key}.")
    if index.tenants and flow.tenant is None and not all(map(index.tenants.isdisjoint, keys.values())):
        return _refused("undecidable", SAYS["no-tenant"])
    case = _Case(verb, data, keys, facts, day_of(flow.at), open_kinds(flow) if flow.cited else _NOBODY)
    worlds = index.worlds
    if len(worlds) > 1:
        return _in_all([_in_world(each, case) for each in worlds_in_force(index, facts, case.today)])
    return _in_world(worlds[0], case)


def permitted(program: Program, flow: Flow, facts: Facts) -> frozenset[Name]:
    """The leaves of the flow that would pass if it carried them alone, for gates that may drop the rest.

    A group is written for its leaves. Cost: one decision a leaf.
    """
    index = index_of(program)
    leaves = _leaves(flow.data, index)
    return frozenset(leaf for leaf in leaves if decide(program, replace(flow, data=frozenset({leaf})), facts).allowed)


class _Case:
    """A flow with everything about it that the tests read; made and dropped within one decision."""

    __slots__ = ("data", "facts", "filed", "keys", "today", "verb")

    def __init__(
        self, verb: Verb, data: frozenset[Name], keys: _Keys, facts: Facts, today: date, filed: frozenset[Name]
    ) -> None:
        self.verb, self.data, self.keys = verb, data, keys
        self.facts, self.today, self.filed = facts, today, filed


# ---- one world -----------------------------------------------------------------------------------------------------


def _in_world(world: World, case: _Case) -> Decision:
    verb_rules = world.verbs[case.verb]
    first = case.keys[MUST_STATE[case.verb][0]]
    rules = verb_rules.every
    if len(first) == 1:
        (name,) = first
        rules = verb_rules.by_name.get(name) or verb_rules.unnamed
    data = case.data
    held, bare = [], data
    for permit in rules.permits:
        if not data.isdisjoint(permit.leaves) and side_truth(permit.scope, case) is True:
            held.append(permit)
            bare = bare - permit.leaves
    standing = [
        (wall, left) for wall in rules.walls if not data.isdisjoint(wall.leaves) and (left := _stands(wall, case, held))
    ]
    if standing or bare:
        return _forbidden(standing, bare, rules, case)
    floors = _floors_of(world, verb_rules.floors, case)
    if floors.waits:
        untold = [each for each in floors.waits if _is_owed(each.rule.scope, each.about, case)]
        if untold:
            return Decision(
                False,
                tuple(each.duty.promise for each in untold),
                tuple(Reason("untold", SAYS["untold"], None, each.duty.promise) for each in untold),
                tuple(each.duty for each in untold),
            )
    ids = tuple([permit.promise.id for permit in held])
    return Decision(True, ids, tuple([permit.reason for permit in held if permit.reason]), _duties(floors, case))


def _stands(wall: Rule, case: _Case, held: list[Rule]) -> frozenset[Name]:
    """The leaves of the flow on which `wall` stands, or may stand; those an exception carries are left out."""
    if side_truth(wall.scope, case) is False:
        return _NOBODY
    if wall.door is not None and side_truth(wall.door, case) is True:
        return _NOBODY
    left = case.data & wall.leaves
    if wall.passers:
        for permit in held:
            if permit.promise.id in wall.passers:
                left = left - permit.leaves
    return left


def side_truth(side: Side, case: _Case) -> Truth:
    """Kleene "and" over the tests: False if one is False, else None if one is unknown, else True."""
    truth: Truth = True
    keys = case.keys
    for key, meets, wanted in side.keyed:
        said = keys.get(key)
        if not said:
            truth = None
        elif meets(said) is not wanted:
            return False
    if side.demands and not all([is_served(each, case.filed) for each in side.demands]):
        return False
    for key, needy in side.named_demands:
        for name in keys.get(key, _NOBODY):
            if not all([is_served(each, case.filed) for each in needy.get(name, ())]):
                return False
    for test in side.person:
        known = test(case.facts, case.today)
        if known is False:
            return False
        if known is None:
            truth = None
    for inner in side.outside:
        covered = side_truth(inner, case)
        if covered is True:
            return False
        if covered is None:
            truth = None
    return truth


def is_served(demand: tuple[frozenset[Name], ...], filed: frozenset[Name]) -> bool:
    """Whether records of the kinds of one way to serve the demand are filed."""
    return any([way <= filed for way in demand])


def open_kinds(flow: Flow) -> frozenset[Name]:
    """Kinds of the records that the flow cites and that serve it: of the same subject, open, unexpired at the moment."""
    return frozenset(each.kind for each in flow.cited if _serves(each, flow.subject, flow.at))


def _serves(record: Record, subject: str, at: datetime) -> bool:
    if record.subject != subject or not record.open:
        return False
    if record.expires is None:
        return True
    # A moment with a zone and one without do not compare; a record whose end cannot be read serves nothing.
    return (record.expires.tzinfo is None) == (at.tzinfo is None) and record.expires > at


# ---- refusals ------------------------------------------------------------------------------------------------------


def _refused(code: str, says: str) -> Decision:
    return Decision(False, (), (Reason(code, says),))  # type: ignore[arg-type]


def _forbidden(standing: list[tuple[Rule, frozenset[Name]]], bare: frozenset[Name], rules: Rules, case: _Case) -> Decision:
    """Walls first; leaves that only lack a permit are named beside them."""
    reasons = []
    walled = _NOBODY
    for wall, left in standing:
        walled = walled | left
        says = SAYS["wall" if _surely_stands(wall, case) else "wall-unknown"]
        reasons += [Reason("wall", says, leaf, wall.promise.id) for leaf in _in_order(left)]
    for leaf in _in_order(bare - walled):
        perhaps = any(leaf in each.leaves and side_truth(each.scope, case) is None for each in rules.permits)
        reasons.append(Reason("nothing-permits", SAYS["permit-unknown" if perhaps else "nothing-permits"], leaf))
    return Decision(False, tuple([wall.promise.id for wall, _ in standing]), tuple(reasons))


def _in_order(leaves: frozenset[Name]) -> Iterable[Name]:
    return leaves if len(leaves) < 2 else sorted(leaves)


def _surely_stands(wall: Rule, case: _Case) -> bool:
    return side_truth(wall.scope, case) is True and (wall.door is None or side_truth(wall.door, case) is False)


# ---- floors --------------------------------------------------------------------------------------------------------


def _floors_of(world: World, of_verb: Floors, case: _Case) -> Floors:
    """The verb's own floors, with those of the occasions that the flow names in `on`."""
    occasions = case.keys.get("on", _NOBODY)
    if not world.floors or world.floors.keys().isdisjoint(occasions):
        return of_verb
    named = all_floors(world.floors, (each for each in occasions if each.kind is Kind.EVENT))
    return Floors(_once(of_verb.waits + named.waits), _once(of_verb.duties + named.duties))


def _once(floors: tuple[Floor, ...]) -> tuple[Floor, ...]:
    return tuple({each.duty.promise: each for each in floors}.values())


def _is_owed(scope: Side, about: tuple[Name, ...], case: _Case) -> bool:
    return not all(case.facts.get(each) is True for each in about) and side_truth(scope, case) is not False


def _duties(floors: Floors, case: _Case) -> tuple[Duty, ...]:
    return tuple([each.duty for each in floors.duties if side_truth(each.rule.scope, case) is not False])


# ---- names and versions --------------------------------------------------------------------------------------------


def _all_known(names: frozenset[Name], index: Index) -> bool:
    return all(name in index.plain or name in index.groups for name in names)


def _leaves(names: frozenset[Name], index: Index) -> frozenset[Name]:
    return frozenset(leaf for name in names for leaf in index.groups.get(name, (name,)))


def worlds_in_force(index: Index, facts: Facts, today: date) -> list[World]:
    """The worlds a person is judged by: the one given and every later one; all of them where it is not known."""
    return [each for each in worlds_published(index, today) if not _precedes(each, facts, index, today)]


def worlds_published(index: Index, today: date) -> list[World]:
    """The worlds in effect on `today`; before the first of them, the first."""
    return [each for each in index.worlds if each.effective <= today] or [index.worlds[0]]


def newest_versions(index: Index, today: date) -> Mapping[str, date]:
    """Per notice with several versions, the newest in effect: it judges everybody, whatever they were given."""
    return worlds_published(index, today)[-1].versions


def _precedes(world: World, facts: Facts, index: Index, today: date) -> bool:
    newest = newest_versions(index, today)
    for notice, effective in world.versions.items():
        given = facts.get(version_given(notice))
        if isinstance(given, date) and day_of(given) > effective and effective != newest[notice]:
            return True
    return False


def _in_all(decisions: list[Decision]) -> Decision:
    """Every version must pass; refusals name what each version refuses for."""
    refusals = [each for each in decisions if not each.allowed]
    told = refusals or decisions
    return Decision(
        not refusals,
        tuple(dict.fromkeys(each for one in told for each in one.determining)),
        tuple(dict.fromkeys(each for one in told for each in one.reasons)),
        tuple(dict.fromkeys(each for one in told for each in one.duties)),
    )
