"""May this flow happen to this person? From a program, a flow and what is known to a decision with its sentences.

Closed world: what nothing permits is refused, a wall that may stand stands, a permission that may hold does not. Pure
and total: never raises, never guesses, reads no clock. Cost: some microseconds once a program is indexed, which the
first call does. Not taken: a cache by flow; gates make new flows, so it would fill and never hit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from upheld.language.promises.deciding.index import (
    FLOW_KEYS,
    MUST_STATE,
    Floor,
    Floors,
    Index,
    Rules,
    World,
    all_floors,
    index_of,
)
from upheld.language.promises.deciding.rules import FORBIDDEN, MAYBE_FORBIDDEN, PERMITTED, Lexicon, Mask, Rule, side_truth
from upheld.language.promises.facts import day_of, version_given
from upheld.language.promises.model import Decision, Duty, Facts, Flow, Key, Kind, Name, Program, Reason, Record

SAYS = {
    "permitted": PERMITTED,
    "wall": FORBIDDEN,
    "wall-unknown": MAYBE_FORBIDDEN,
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
_NOTHING: frozenset[Name] = frozenset()


def decide(program: Program, flow: Flow, facts: Facts) -> Decision:
    """Whether `flow` may happen, and which promises determined it.

    `determining`: the permits that hold, or the walls that stand, or the tellings still owed; ids in program order.
    A flow over several leaves passes only whole. `duties` are the floors that this flow's event calls up. Never raises;
    what cannot be decided is refused. A pass stays a pass when an unknown fact or key becomes known.
    """
    index = index_of(program)
    case = case_of(index, flow)
    if isinstance(case, Decision):
        return case
    worlds = index.worlds
    if len(worlds) > 1:
        return _in_all([_in_world(index, each, case, facts) for each in worlds_in_force(index, facts, case.today)])
    return _in_world(index, worlds[0], case, facts)


def permitted(program: Program, flow: Flow, facts: Facts) -> frozenset[Name]:
    """The leaves of the flow that would pass if it carried them alone, for gates that may drop the rest.

    A group is written for its leaves, a name that the notice does not know is left out. Cost: one decision a leaf.
    """
    lexicon = index_of(program).lexicon
    leaves = lexicon.spelled(lexicon.mask(flow.data))
    return frozenset(leaf for leaf in leaves if decide(program, replace(flow, data=frozenset({leaf})), facts).allowed)


class Case:
    """A flow as masks: made and dropped within one decision, or one predicate."""

    __slots__ = ("data", "filed", "keys", "occasions", "today", "verb")

    def __init__(self, flow: Flow, data: Mask, keys: dict[Key, Mask], filed: Mask) -> None:
        self.verb, self.data, self.keys = flow.verb, data, keys
        self.occasions = flow.keys.get("on", _NOTHING)
        self.today = flow.at.date()
        self.filed = filed


def case_of(index: Index, flow: Flow) -> Case | Decision:
    """The flow in the program's names, or the refusal of a flow that cannot be decided."""
    must = MUST_STATE.get(flow.verb)
    if must is None or not flow.data:
        return refused("undecidable", SAYS["no-verb" if must is None else "no-data"])
    by_id, bits = index.lexicon.by_id, index.lexicon.bits
    keys: dict[Key, Mask] = {}
    data = 0
    try:
        for name in flow.data:
            kind, bit = by_id[name.id]
            data |= bit if kind is name.kind else bits[name]
        for key, said in flow.keys.items():
            mask = 0
            for name in said:
                kind, bit = by_id[name.id]
                mask |= bit if kind is name.kind else bits[name]
            keys[key] = mask
    except KeyError:
        return refused("unknown-name", SAYS["unknown-name"])
    if not keys.keys() <= FLOW_KEYS:
        return refused("unknown-name", SAYS["unknown-key"])
    for key in must:
        if not keys.get(key):
            return refused("missing-key", f"{SAYS['missing-key']} Missing: {key}.")
    if index.tenants and flow.tenant is None and any(said & index.tenants for said in keys.values()):
        return refused("undecidable", SAYS["no-tenant"])
    return Case(flow, data, keys, open_kinds(flow, index.lexicon) if flow.cited else 0)


# ---- one world -----------------------------------------------------------------------------------------------------


def rules_for(world: World, case: Case) -> Rules:
    """The rules that can matter to the flow: all of its verb, or those for the one name it states first."""
    found = world.verbs[case.verb]
    first = case.keys[MUST_STATE[case.verb][0]]
    if first & (first - 1):
        return found.every
    return found.by_name.get(first) or found.unnamed


def _in_world(index: Index, world: World, case: Case, facts: Facts) -> Decision:
    rules = rules_for(world, case)
    data, keys, filed, today = case.data, case.keys, case.filed, case.today
    held, bare = [], data
    for permit in rules.permits:
        if data & permit.leaves and side_truth(permit.scope, keys, filed, facts, today) is True:
            held.append(permit)
            bare &= ~permit.leaves
    standing = []
    for wall in rules.walls:
        left = data & wall.leaves
        if not left:
            continue
        stands = True if wall.scope.empty else side_truth(wall.scope, keys, filed, facts, today)
        if stands is False:
            continue
        if wall.door is not None:
            opened = side_truth(wall.door, keys, filed, facts, today)
            if opened is True:
                continue
            stands = stands and opened is False
        if wall.passers:
            left = _without_excepted(left, wall, held)
        if left:
            standing.append((wall, left, stands is True))
    if standing or bare:
        return _forbidden(index, standing, bare, _perhaps(rules, bare, case, facts) if bare else 0)
    floors = floors_for(world, case)
    if floors.waits:
        untold = [each for each in floors.waits if _is_owed(each, case, facts)]
        if untold:
            return _owed(untold)
    ids = tuple([permit.promise.id for permit in held])
    reasons = tuple([permit.reason for permit in held if permit.reason])
    return Decision(True, ids, reasons, _duties(floors, case, facts) if floors.duties else ())


def _without_excepted(left: Mask, wall: Rule, held: list[Rule]) -> Mask:
    for permit in held:
        if permit.promise.id in wall.passers:
            left &= ~permit.leaves
    return left


def open_kinds(flow: Flow, lexicon: Lexicon) -> Mask:
    """Kinds of the records that the flow cites and that serve it: of the same subject, open, unexpired at the moment."""
    filed = 0
    for record in flow.cited:
        bit = lexicon.bits.get(record.kind, 0)
        # A record filed under the name of a group is none of the kinds that the group holds.
        if _serves(record, flow.subject, flow.at) and lexicon.by_bit.get(bit) == record.kind:
            filed |= bit
    return filed


def _serves(record: Record, subject: str, at: datetime) -> bool:
    if record.subject != subject or not record.open:
        return False
    if record.expires is None:
        return True
    # A moment with a zone and one without do not compare; a record whose end cannot be read serves nothing.
    return (record.expires.tzinfo is None) == (at.tzinfo is None) and record.expires > at


# ---- refusals ------------------------------------------------------------------------------------------------------


def refused(code: str, says: str) -> Decision:
    """A refusal that no promise determined: the flow itself cannot be decided."""
    return Decision(False, (), (Reason(code, says),))  # type: ignore[arg-type]


def _perhaps(rules: Rules, bare: Mask, case: Case, facts: Facts) -> Mask:
    """The leaves without a permit that may have one, if more were known."""
    found = 0
    for permit in rules.permits:
        if bare & permit.leaves & ~found and side_truth(permit.scope, case.keys, case.filed, facts, case.today) is None:
            found |= bare & permit.leaves
    return found


def _forbidden(index: Index, standing: list[tuple[Rule, Mask, bool]], bare: Mask, perhaps: Mask) -> Decision:
    """Walls first; leaves that only lack a permit are named beside them."""
    reasons: list[Reason] = []
    for wall, left, surely in standing:
        reasons += wall.forbids(left, surely, index.lexicon)
        bare &= ~left
    if bare:
        spelled = index.lexicon.spelled
        reasons += [Reason("nothing-permits", SAYS["nothing-permits"], leaf) for leaf in spelled(bare & ~perhaps)]
        reasons += [Reason("nothing-permits", SAYS["permit-unknown"], leaf) for leaf in spelled(bare & perhaps)]
    return Decision(False, tuple([wall.promise.id for wall, _, _ in standing]), tuple(reasons))


def _owed(untold: list[Floor]) -> Decision:
    return Decision(
        False,
        tuple(each.duty.promise for each in untold),
        tuple(Reason("untold", SAYS["untold"], None, each.duty.promise) for each in untold),
        tuple(each.duty for each in untold),
    )


# ---- floors --------------------------------------------------------------------------------------------------------


def floors_for(world: World, case: Case) -> Floors:
    """The verb's own floors, with those of the occasions that the flow names in `on`."""
    of_verb = world.verbs[case.verb].floors
    if not world.floors or world.floors.keys().isdisjoint(case.occasions):
        return of_verb
    named = all_floors(world.floors, (each for each in case.occasions if each.kind is Kind.EVENT))
    return Floors(_once(of_verb.waits + named.waits), _once(of_verb.duties + named.duties))


def _once(floors: tuple[Floor, ...]) -> tuple[Floor, ...]:
    return tuple({each.duty.promise: each for each in floors}.values())


def _is_owed(floor: Floor, case: Case, facts: Facts) -> bool:
    told = all(facts.get(each) is True for each in floor.about)
    return not told and side_truth(floor.rule.scope, case.keys, case.filed, facts, case.today) is not False


def _duties(floors: Floors, case: Case, facts: Facts) -> tuple[Duty, ...]:
    keys, filed, today = case.keys, case.filed, case.today
    return tuple([each.duty for each in floors.duties if side_truth(each.rule.scope, keys, filed, facts, today) is not False])


# ---- versions ------------------------------------------------------------------------------------------------------


def worlds_in_force(index: Index, facts: Facts, today: date) -> list[World]:
    """The worlds a person is judged by: the one given and every later one; all of them where it is not known."""
    published = worlds_published(index, today)
    newest = published[-1].versions
    return [each for each in published if not _precedes(each, facts, newest)]


def worlds_published(index: Index, today: date) -> list[World]:
    """The worlds in effect on `today`, newest last; before the first of them, the first."""
    return [each for each in index.worlds if each.effective <= today] or [index.worlds[0]]


def _precedes(world: World, facts: Facts, newest: Mapping[str, date]) -> bool:
    """Whether the person was given a later version; the newest judges everybody, whatever they were given."""
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
