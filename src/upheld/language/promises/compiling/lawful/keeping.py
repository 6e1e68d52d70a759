"""Keeping, purposes and places against the law: an end for everything, nothing used for what was not told, a safeguard abroad.

P506, P508, P509 and P510. A finding stands on the promise that would have to say more.
"""

from __future__ import annotations

from collections.abc import Iterable

from upheld.language.diagnostic import Diagnostic
from upheld.language.law import Regime
from upheld.language.notice.findings import shown
from upheld.language.promises.compiling.lawful.under import Under, at, cited, known_tests, named
from upheld.language.promises.model import Age, AllOf, AnyOf, At, Kind, Name, Promise

# Forms in which nobody stands: what is collected as one of them alone is nobody's.
NOBODYS = frozenset({"count", "aggregate", "anonymous"})
SEVERAL = 3  # names in a finding; more nobody reads


def check_keeping(under: Under) -> Iterable[Diagnostic]:
    """P506 and P508."""
    kept = [promise for promise in under.program.promises if promise.verb == "retain"]
    for promise in kept:
        if promise.modality == "may" and promise.end == At("without end"):
            yield from _endless(promise, under)
    covered = frozenset().union(*(promise.object for promise in kept if _covers(promise)))
    for promise in under.program.promises:
        forms = {name.id for name in named(promise, "as")}
        if promise.verb != "collect" or promise.modality != "may" or (forms and forms <= NOBODYS):
            continue
        if bare := promise.object - covered:
            for regime in _limiting(promise, under)[:1]:
                fact = regime.retention
                assert fact is not None
                yield at(promise, "P508", f"Nothing says how long {_listed(bare)} may be kept ({cited(regime, fact)}).")


def _endless(promise: Promise, under: Under) -> Iterable[Diagnostic]:
    child = any(isinstance(test, Age) and test.below is not None for test in promise.scope)
    if not child and (named(promise, "ground") or named(promise, "for")):
        return
    for regime in _limiting(promise, under)[:1]:
        fact = regime.retention
        assert fact is not None
        whose = "A child's data have" if child else "It has"
        yield at(promise, "P506", f"{whose} no end here{'' if child else ', and no reason'} ({cited(regime, fact)}).")


def _covers(promise: Promise) -> bool:
    """Whether it says how long rows are kept where people work with them: not in one place alone, and not on a ground."""
    if promise.modality == "never":
        return promise.door is None and promise.end is None
    return not any(isinstance(test, AnyOf) and test.key in ("in", "ground") for test in promise.scope)


def _limiting(promise: Promise, under: Under) -> list[Regime]:
    return [regime for regime in under.regimes(promise) if regime.retention is not None]


def _listed(names: Iterable[Name]) -> str:
    ids = sorted(name.id for name in names)
    rest = f" and {len(ids) - SEVERAL} more" if len(ids) > SEVERAL else ""
    return ", ".join(map(shown, ids[:SEVERAL])) + rest


# ---- purposes ---------------------------------------------------------------------------------------------------------


def check_purposes(under: Under) -> Iterable[Diagnostic]:
    """P509: a use of collected data for a purpose that no collecting of them tells."""
    told: dict[Name, set[Name]] = {}
    for promise in under.program.promises:
        if promise.verb == "collect" and promise.modality == "may":
            for leaf in promise.object:
                told.setdefault(leaf, set()).update(named(promise, "for"))
    for use in under.program.promises:
        if use.verb != "use" or use.modality != "may" or _asked_later(use):
            continue
        for regime in under.regimes(use):
            if regime.purposes is None:
                continue
            purposes = named(use, "for")
            untold = [leaf for leaf in use.object if leaf in told and not purposes & told[leaf]]
            if untold:
                what = ", ".join(shown(name.id) for name in sorted(purposes))
                why = f"{_listed(untold)} is used for {what}, and no `may collect` of it says so ({cited(regime, regime.purposes)})."
                yield at(use, "P509", why)
                break


def _asked_later(use: Promise) -> bool:
    """A yes or a record of its own: the person is asked, or told, when the purpose comes up."""
    return any(test.key == "choice" for test in known_tests(use.scope)) or any(
        isinstance(test, AllOf) and test.key == "needs" for test in use.scope
    )


# ---- places -----------------------------------------------------------------------------------------------------------


def check_places(under: Under) -> Iterable[Diagnostic]:
    """P510: data may lie or go abroad, and neither an agreement nor a wall says what protects them there."""
    walls = [p for p in under.program.promises if p.verb == "locate" and p.modality == "never" and p.door]
    for promise in under.program.promises:
        if promise.verb != "locate" or promise.modality != "may" or _safe(promise):
            continue
        for regime in under.regimes(promise):
            if regime.transfers is None or regime.home is None:
                continue
            home = set(regime.home.value)
            abroad = sorted(n.id for n in named(promise, "in") if n.kind is Kind.PLACE and len(n.id) == 2 and n.id not in home)
            guarded = [wall for wall in walls if promise.object <= wall.object and regime in under.regimes(wall)]
            if abroad and not guarded:
                why = f"{', '.join(abroad[:SEVERAL])} lies outside {regime.jurisdiction} ({cited(regime, regime.transfers)})."
                yield at(promise, "P510", why, "Name the safeguard: `under:` with the agreement, or a wall with a door.")
                break


def _safe(promise: Promise) -> bool:
    return any(isinstance(test, AllOf) and test.key in ("under", "needs") for test in promise.scope) or any(
        test.key == "choice" for test in known_tests(promise.scope)
    )
