"""What the law wants said or named: an officer, what a report of a breach holds and by when it goes out.

P511, and P501 for a breach that is told too late. P407 for a resolution in which what loosens the law prevails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from upheld.language.diagnostic import Diagnostic
from upheld.language.law import Regime
from upheld.language.notice import finding
from upheld.language.promises.compiling.lawful.under import Under, at, cited, named, period, spoken
from upheld.language.promises.compiling.moments import surely_longer
from upheld.language.promises.model import After, Name, Promise

BREACH = frozenset({"breach", "breach-known"})
# Whom a report goes to → the clock and the list of contents that the law has for it.
TOLD = {"affected-subjects": "breach-subject", "subject": "breach-subject", "authorities": "breach-regulator"}
LOOSE = frozenset({"P501", "P502", "P505", "P506", "P507", "P510"})


def check_duties(under: Under) -> Iterable[Diagnostic]:
    """Officers, and reports of breaches."""
    for notice in under.program.notices:
        for regime in under.collecting(notice.notice):
            fact = regime.officer
            if fact is not None and fact.value == "named" and not notice.officer and not notice.supplements:
                why = f"{regime.id} wants an officer named, or a reason why there is none ({cited(regime, fact)})."
                yield finding(
                    "P511",
                    notice.file,
                    1,
                    why,
                    help="Write `officer:` in the front matter: a role, or `none` with `officer-reason:`.",
                )
                break
    for promise in under.program.promises:
        if promise.verb == "tell" and {name.id for name in promise.object} & BREACH:
            yield from _report(promise, under)


def _report(promise: Promise, under: Under) -> Iterable[Diagnostic]:
    clocks = sorted({TOLD[name.id] for name in named(promise, "to") if name.id in TOLD})
    for regime in under.regimes(promise):
        for id in clocks:
            yield from _late(promise, regime, id)
            wanted = regime.breach.get(id, ())
            if wanted and not named(promise, "contents") and not _said_elsewhere(promise, under):
                why = f"{regime.id} says what a report of a breach holds ({cited(regime, wanted[0])}), and here nothing does."
                yield at(promise, "P511", why, f"Write `contents:`, such as [{', '.join(fact.value for fact in wanted)}].")


def _said_elsewhere(promise: Promise, under: Under) -> bool:
    """Another promise about the same report to the same people says its contents."""
    return any(
        other.verb == "tell"
        and other.object & promise.object
        and named(other, "contents")
        and named(promise, "to") <= named(other, "to")
        for other in under.program.promises
    )


def _late(promise: Promise, regime: Regime, id: str) -> Iterable[Diagnostic]:
    clock = regime.clocks.get(id)
    if clock is None or clock.length.value is None or not isinstance(promise.due, After):
        return
    length = period(clock.length.value)
    if isinstance(promise.due.of, Name) and promise.due.of.id in BREACH and surely_longer(promise.due.low, length):
        why = f"A breach is told later than {spoken(length)} after it is known ({cited(regime, clock.length)})."
        yield at(promise, "P501", why, "Shorten `within:`.")


def check_resolutions(under: Under, found: Sequence[Diagnostic]) -> Iterable[Diagnostic]:
    """P407: the clause that prevails is one that the law refuses."""
    loose = {each.clause: each for each in found if each.code in LOOSE}
    for resolution in under.program.resolutions:
        refused = loose.get(resolution.prevails)
        if refused is not None:
            why = f"{resolution.prevails} prevails, and it is {refused.code}: {refused.detail}"
            yield finding("P407", resolution.file, resolution.line, why, clause=resolution.prevails)
