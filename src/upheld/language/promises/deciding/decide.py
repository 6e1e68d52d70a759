"""May this flow happen to this person? From a program, a flow and what is known to a decision with its sentences.

Closed world: what nothing permits is refused, a wall that may stand stands, a permission that may hold does not. Pure
and total: never raises, never guesses, reads no clock. Cost: some microseconds once a program is indexed, which the
first call does. Not taken: stopping at the first wall; a refusal names every sentence that refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from upheld.language.promises.deciding.index import Index, World, index_of
from upheld.language.promises.deciding.rules import PERMITTED, Lexicon, Mask
from upheld.language.promises.deciding.shape import (
    FORBIDDEN,
    MAYBE_FORBIDDEN,
    MISSING_KEY,
    NO_DATA,
    NO_VERB,
    UNKNOWN_KEY,
    UNKNOWN_NAME,
    OpenFloor,
    OpenRule,
    WorldShape,
    refused,
    shape_of,
    truth_of,
)
from upheld.language.promises.facts import day_of, version_given
from upheld.language.promises.model import Decision, Facts, Flow, Name, Program, Reason

SAYS = {
    "permitted": PERMITTED,
    "wall": FORBIDDEN,
    "wall-unknown": MAYBE_FORBIDDEN,
    "nothing-permits": "No sentence permits this.",
    "permit-unknown": "A sentence may permit this; what it hangs on is not known.",
    "untold": "The person must be told this first.",
    "no-verb": NO_VERB,
    "no-data": NO_DATA,
    "unknown-name": UNKNOWN_NAME,
    "unknown-key": UNKNOWN_KEY,
    "missing-key": MISSING_KEY,
    "no-tenant": "The flow names no tenant for data that belongs to one.",
}

_NOTHING = (None, 0)


def decide(program: Program, flow: Flow, facts: Facts) -> Decision:
    """Whether `flow` may happen, and which promises determined it.

    `determining`: the permits that hold, or the walls that stand, or the tellings still owed; ids in program order.
    A flow over several leaves passes only whole. `duties` are the floors that this flow's event calls up. Never raises;
    what cannot be decided is refused. A pass stays a pass when an unknown fact or key becomes known.

    Not asked here is whether the records behind a use's basis stand: they are the firm's file (`bases.yaml`) and no fact about the person, and a sentence
    means the same with or without them. `App.decide` asks for them; who calls this by themselves passes the decision through `faces.app.purposes.locked`.
    """
    index = index_of(program)
    shape = shape_of(index, flow)
    if isinstance(shape, Decision):
        return shape
    if shape.of_tenant and flow.tenant is None:
        return refused("undecidable", SAYS["no-tenant"])
    filed = open_kinds(flow, index.lexicon) if flow.cited else 0
    today = flow.at.date()
    worlds = shape.worlds
    if len(worlds) == 1:
        return _in_world(index.lexicon, worlds[0], shape.data, filed, facts, today)
    judged = worlds_in_force(index, facts, today)
    return _in_all([_in_world(index.lexicon, each, shape.data, filed, facts, today) for each in worlds if each.world in judged])


def permitted(program: Program, flow: Flow, facts: Facts) -> frozenset[Name]:
    """The leaves of the flow that would pass if it carried them alone, for gates that may drop the rest.

    A group is written for its leaves, a name that the notice does not know is left out. Cost: one decision a leaf.
    """
    lexicon = index_of(program).lexicon
    leaves = lexicon.spelled(lexicon.mask(flow.data))
    return frozenset(leaf for leaf in leaves if decide(program, replace(flow, data=frozenset({leaf})), facts).allowed)


# ---- one world -----------------------------------------------------------------------------------------------------


def _in_world(lexicon: Lexicon, shape: WorldShape, data: Mask, filed: Mask, facts: Facts, today: date) -> Decision:
    held, bare, said = [], data, facts.get
    for permit in shape.permits:
        if permit.scope.sure or truth_of(permit.scope, filed, facts, today) is True:
            held.append(permit)
            bare &= ~permit.leaves
    standing = []
    for fact, off, wall in shape.walls:
        if said(fact) is off:
            continue
        stands = True if wall.scope.sure else truth_of(wall.scope, filed, facts, today)
        if stands is False:
            continue
        if wall.door is not None:
            opened = truth_of(wall.door, filed, facts, today)
            if opened is True:
                continue
            stands = stands and opened is False
        left = _without_excepted(wall, held) if wall.rule.passers else wall.leaves
        if left:
            standing.append((wall, left, stands is True))
    if standing or bare:
        for _, left, _ in standing:
            bare &= ~left
        perhaps = _perhaps(shape.permits, bare, filed, facts, today) if bare else 0
        return _forbidden(lexicon, standing, bare, perhaps)
    if shape.waits:
        untold = [each for each in shape.waits if _is_owed(each, filed, facts, today)]
        if untold:
            return _owed(untold)
    duties = (
        [each.duty for each in shape.duties if truth_of(each.scope, filed, facts, today) is not False] if shape.duties else ()
    )
    if len(held) == 1 and not duties and held[0].allows is not None:
        return held[0].allows
    return Decision(
        True,
        tuple([permit.id for permit in held]),
        tuple([permit.rule.reason for permit in held if permit.rule.reason]),
        tuple(duties),
    )


def _without_excepted(wall: OpenRule, held: list[OpenRule]) -> Mask:
    left = wall.leaves
    for permit in held:
        if permit.id in wall.rule.passers:
            left &= ~permit.leaves
    return left


def open_kinds(flow: Flow, lexicon: Lexicon) -> Mask:
    """Kinds of the records that the flow cites and that serve it: of the same subject, open, unexpired at the moment."""
    filed, subject = 0, flow.subject
    for record in flow.cited:
        if record.subject == subject and record.open and (record.expires is None or _is_ahead(record.expires, flow.at)):
            kind, bit = lexicon.filed.get(record.kind.id, _NOTHING)
            filed |= bit if kind is record.kind.kind else _of_another_kind(record.kind, lexicon)
    return filed


def _of_another_kind(kind: Name, lexicon: Lexicon) -> Mask:
    bit = lexicon.bits.get(kind, 0)
    return bit if lexicon.by_bit.get(bit) == kind else 0


def _is_ahead(expires: datetime, at: datetime) -> bool:
    # A moment with a zone and one without do not compare; a record whose end cannot be read serves nothing.
    return (expires.tzinfo is None) == (at.tzinfo is None) and expires > at


def _is_owed(floor: OpenFloor, filed: Mask, facts: Facts, today: date) -> bool:
    told = all([facts.get(each) is True for each in floor.about])
    return not told and truth_of(floor.scope, filed, facts, today) is not False


# ---- refusals ------------------------------------------------------------------------------------------------------


def _perhaps(permits: tuple[OpenRule, ...], bare: Mask, filed: Mask, facts: Facts, today: date) -> Mask:
    """The leaves without a permit that may have one, if more were known."""
    found = 0
    for permit in permits:
        if bare & permit.leaves & ~found and truth_of(permit.scope, filed, facts, today) is None:
            found |= bare & permit.leaves
    return found


def _forbidden(lexicon: Lexicon, standing: list[tuple[OpenRule, Mask, bool]], bare: Mask, perhaps: Mask) -> Decision:
    """Walls first; `bare` leaves, which only lack a permit, are named after them."""
    reasons: list[Reason] = []
    for wall, left, surely in standing:
        reasons += wall.forbids(left, surely, lexicon)
    if bare:
        spelled = lexicon.spelled
        reasons += [Reason("nothing-permits", SAYS["nothing-permits"], leaf) for leaf in spelled(bare & ~perhaps)]
        reasons += [Reason("nothing-permits", SAYS["permit-unknown"], leaf) for leaf in spelled(bare & perhaps)]
    return Decision(False, tuple([wall.id for wall, _, _ in standing]), tuple(reasons))


def _owed(untold: list[OpenFloor]) -> Decision:
    return Decision(
        False,
        tuple(each.duty.promise for each in untold),
        tuple(Reason("untold", SAYS["untold"], None, each.duty.promise) for each in untold),
        tuple(each.duty for each in untold),
    )


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
