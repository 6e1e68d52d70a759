"""A supplement against its base: what it says may be stricter, never looser (P404).

A supplement that prevails stands in the base's place where it covers, walls included, so a wall that it speaks over and
does not say again would be gone. Compares like with like: ends with ends, deadlines with deadlines, starts of choices.
Floors are the other way round: a shorter one is looser. Not taken: letting a supplement name the base's clause as its
exception; whoever reads the base would be promised what an addition takes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import finding
from upheld.language.notice.findings import shown
from upheld.language.promises.compiling.moments import surely_later, surely_longer
from upheld.language.promises.compiling.periods import is_held
from upheld.language.promises.compiling.walls import clause_of, may_meet
from upheld.language.promises.model import FLOW_VERBS, Kind, Name, NoticeVersion, Period, Program, Promise

NO = Name(Kind.VALUE, "no")
YES = Name(Kind.VALUE, "yes")
_HELP = "Say it as strictly as the base does, or more strictly; what is looser must change the base itself."


def check_overlays(program: Program) -> Iterable[Diagnostic]:
    """P404 for each promise of a supplement that is looser than the base where both speak."""
    for notice in program.notices:
        if notice.supplements:
            own = [each for each in program.promises if each.source.notice == notice.notice]
            base = [each for each in program.promises if each.source.notice == notice.supplements]
            yield from _walls_gone(notice, own, base)
            for each in own:
                yield from _looser(each, base)


def _looser(promise: Promise, base: list[Promise]) -> Iterator[Diagnostic]:
    for other in base:
        alike = promise.verb == other.verb and promise.modality == other.modality and promise.object & other.object
        why = _how(promise, other) if alike else ""
        if why and may_meet(promise, other):
            yield _found(promise, f"It {why} {clause_of(other)} (line {other.source.line}) of the base says.")
            return


def _found(promise: Promise, why: str) -> Diagnostic:
    return finding("P404", promise.source.file, promise.source.line, why, clause=clause_of(promise), help=_HELP)


def _how(promise: Promise, other: Promise) -> str:
    """In which way the first is looser than the second; empty if in none that is sure."""
    if promise.verb == "retain" and is_held(promise) != is_held(other):
        return ""
    floor = promise.modality == "will" and promise.verb == "retain"
    earlier, later = (other, promise) if not floor else (promise, other)
    if later.end and earlier.end and not earlier.lasting and surely_later(later.end, earlier.end):
        return "keeps shorter than" if floor else "lasts longer than"
    if promise.due and other.due and surely_later(promise.due, other.due):
        return "is done later than"
    if promise.verb == "offer" and NO in other.terms.get("start", ()) and YES in promise.terms.get("start", ()):
        return "starts from a yes, and not from the no that"
    both = isinstance(promise.lasts, Period) and isinstance(other.lasts, Period)
    if both and surely_longer(promise.lasts, other.lasts):  # type: ignore[arg-type]
        return "lets a yes live longer than"
    return ""


def _walls_gone(notice: NoticeVersion, own: list[Promise], base: list[Promise]) -> Iterator[Diagnostic]:
    if not notice.prevails:
        return
    for wall in base:
        if wall.modality != "never" or wall.verb not in FLOW_VERBS:
            continue
        speaking = [each for each in own if each.verb == wall.verb and each.object & wall.object]
        again = [each for each in speaking if each.modality == "never" and _as_strict(each, wall)]
        spoken = frozenset().union(*(each.object for each in speaking)) & wall.object
        bare = sorted(spoken - frozenset().union(*(each.object for each in again)))
        if bare:
            first = next(each for each in speaking if bare[0] in each.object)
            where = f"{clause_of(wall)} (line {wall.source.line})"
            yield _found(first, f"It prevails over {where} of the base for {shown(bare[0].id)}, and says that wall no more.")


def _as_strict(wall: Promise, base: Promise) -> bool:
    if not set(wall.scope) <= set(base.scope):
        return False
    return wall.door is None or (base.door is not None and set(base.door) <= set(wall.door))
