"""Bases and choices against the law: a use without a basis, a consent that nobody can give, a yes that nobody gave.

P412, P502, P503, P507, and P501 for an opt-out that works too late and for a consent asked of those whom the law calls children.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from upheld.language.diagnostic import Diagnostic
from upheld.language.law import Regime
from upheld.language.law.combining import child_delete_age, highest_age, starts_on
from upheld.language.law.lookup import consent_age
from upheld.language.notice.findings import shown
from upheld.language.promises.compiling.lawful.under import Under, at, cited, known_tests, named, period, spoken
from upheld.language.promises.compiling.moments import surely_longer
from upheld.language.promises.model import After, Age, AllOf, AnyOf, Name, Promise

CONSENT = frozenset({"consent"})
CLOCKS = ("unsubscribe-action",)


def check_consents(under: Under) -> Iterable[Diagnostic]:
    """Every finding about bases and choices."""
    yield from _found(under.program.promises)
    offers = [promise for promise in under.program.promises if promise.verb == "offer"]
    for promise in under.program.promises:
        if promise.modality == "may" and promise.verb == "use":
            yield from _basis(promise, under)
        if promise.modality == "may" and promise.verb in ("use", "collect"):
            yield from _children(promise, under)
        if promise.modality == "may" and promise.verb in ("message", "place"):
            yield from _unasked(promise, offers, under)


def _basis(use: Promise, under: Under) -> Iterable[Diagnostic]:
    said = {name.id for name in named(use, "basis")}
    if said == CONSENT and not _asked(use):
        yield at(use, "P503", "It rests on consent, and neither a choice nor a record says that anybody gave it.")
    if said or _bases(use, under) or _instructed(use) or any(test.key == "choice" for test in known_tests(use.scope)):
        return
    for regime in under.regimes(use):
        if regime.basis is not None:
            why = f"{regime.id} asks for a basis ({cited(regime, regime.basis)}); neither the use nor its purpose names one."
            yield at(use, "P502", why, "Add `basis:` here, or to the purpose's definition.")
            return


def _asked(use: Promise) -> bool:
    return any(isinstance(test, AllOf) and test.key == "needs" for test in use.scope) or any(
        test.key == "choice" or test.key == "when" for test in known_tests(use.scope)
    )


def _instructed(use: Promise) -> bool:
    """Whether another's instruction or agreement carries it: a processor's basis is its controller's."""
    return any(
        (isinstance(test, AllOf) and test.key == "under") or (isinstance(test, AnyOf) and test.key == "ground")
        for test in use.scope
    )


def _bases(use: Promise, under: Under) -> bool:
    purposes = [name for test in use.scope if isinstance(test, AnyOf) and test.key == "for" for name in test.names]
    names = under.program.names
    return bool(purposes) and all("basis" in names[one].keys for one in purposes if one in names)


def _children(promise: Promise, under: Under) -> Iterable[Diagnostic]:
    """Consent taken from people whom the law calls children, with nobody's agreement but their own."""
    least = next((test.least for test in promise.scope if isinstance(test, Age) and test.least is not None), None)
    guarded = any("guardian" in test.fact.id for test in known_tests(promise.scope))
    if least is None or guarded or not _by_consent(promise):
        return
    asked = [(regime, age) for regime in under.regimes(promise) if (age := consent_age(regime)) is not None]
    highest = highest_age(*(age.value for _, age in asked))
    for regime, age in asked:
        if age.value == highest and least < age.value:
            why = f"Consent is taken from the age of {least}; under the law a parent gives it below {age.value} ({cited(regime, age)})."
            yield at(promise, "P501", why, "Raise the age, or ask for `when: guardian-agreed`.")
            return


def _found(promises: Sequence[Promise]) -> Iterator[Diagnostic]:
    """Who is found to be younger than those of whom anything may be collected is erased: the child-delete age is never below the age that blocks."""
    walls = [promise for promise in promises if promise.modality == "never" and promise.verb == "collect"]
    ends = [promise for promise in promises if promise.verb == "retain" and promise.modality == "may" and _until_found(promise)]
    deletes = [_below(end) for end in ends]
    block, delete = highest_age(*map(_below, walls)), highest_age(*deletes)
    if not ends or None in deletes or child_delete_age(block, delete) == delete:
        return
    last = max(ends, key=lambda end: _below(end) or 0)
    yield at(
        last,
        "P412",
        f"Nothing may be collected about people under {block}, and one who is found is erased only under {delete}.",
    )


def _until_found(promise: Promise) -> bool:
    end = promise.end.of if isinstance(promise.end, After) else promise.end
    return isinstance(end, Name) and end.id == "child-found"


def _below(promise: Promise) -> int | None:
    return next((test.below for test in promise.scope if isinstance(test, Age) and test.below is not None), None)


def _by_consent(promise: Promise) -> bool:
    return {name.id for name in named(promise, "basis")} == CONSENT or any(
        test.key == "choice" for test in known_tests(promise.scope)
    )


def _unasked(promise: Promise, offers: list[Promise], under: Under) -> Iterable[Diagnostic]:
    kinds = {name.id for name in promise.object} if promise.verb == "message" else {"tracker"}
    choices = {test.fact for test in known_tests(promise.scope) if test.key == "choice"}
    for regime in under.regimes(promise) if choices else ():
        asked = [offer for offer in offers if choices & offer.object and regime in under.regimes(offer)]
        wanted = [fact for fact in regime.opt_in if fact.value in kinds]
        # Every choice must stand at yes before it goes out: one that starts at no is enough.
        pre_set = starts_on(*("yes" in {name.id for name in named(offer, "start")} for offer in asked))
        if pre_set and wanted and not _known_customer(promise, regime, kinds):
            why = (
                f"The yes is there before anybody gave it, and {shown(wanted[0].value)} is opt-in ({cited(regime, wanted[0])})."
            )
            yield at(asked[0], "P507", why, f"Write `start: no` for {regime.id}.")
        for offer in asked:
            yield from _late(offer, regime)


def _known_customer(promise: Promise, regime: Regime, kinds: set[str]) -> bool:
    """Whether it goes only to customers, where the law lets it go to them unasked."""
    shown_by = {name for fact in regime.opt_out_of_customers if fact.value in kinds for name in fact.more.get("shown-by", ())}
    people = {test.fact.id for test in known_tests(promise.scope) if test.key in ("of", "when")}
    records = {name.id for test in promise.scope if isinstance(test, AllOf) and test.key == "needs" for name in test.names}
    return bool((people | records) & shown_by)


def _late(offer: Promise, regime: Regime) -> Iterator[Diagnostic]:
    clock = next((regime.clocks[id] for id in CLOCKS if id in regime.clocks), None)
    if clock is None or clock.length.value is None or not isinstance(offer.due, After):
        return
    length = period(clock.length.value)
    if surely_longer(offer.due.low, length):
        why = f"A no works later than {spoken(length)} after it was said ({cited(regime, clock.length)})."
        yield at(offer, "P501", why, "Shorten `within:`.")
