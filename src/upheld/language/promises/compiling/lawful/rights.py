"""Rights as the notice grants them against rights as the law gives them: time, price, proof, grounds, and what is missing.

P501 for less than the law gives, P504 for a right that the law wants told and nobody grants, P505 for a ground that the law
does not know, P513 for `law` where the law is silent. Compares only what is provable on every calendar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from upheld.language.diagnostic import Diagnostic
from upheld.language.law import Fact, LawTerms, Regime, law_terms
from upheld.language.notice import finding
from upheld.language.notice.findings import shown
from upheld.language.promises.compiling.lawful.under import Under, at, cited, named, period, spoken
from upheld.language.promises.compiling.moments import surely_longer
from upheld.language.promises.model import After, AnyOf, Kind, Moment, Name, NoticeVersion, Promise

LAW = Name(Kind.VALUE, "law")
ALL_RIGHTS = "all-rights"
# An offer to say no does what a right to withdraw or to object does.
OFFERED = frozenset({"withdraw-consent", "objection-direct-marketing"})


def check_rights(under: Under) -> Iterable[Diagnostic]:
    """P501, P504, P505 and P513 of every grant."""
    grants = [promise for promise in under.program.promises if promise.verb == "grant"]
    for grant in grants:
        regimes = under.regimes(grant)
        yield from _silent(grant, regimes, under)
        for regime in regimes:
            for right in sorted(name.id for name in grant.object if name.id != ALL_RIGHTS):
                terms = law_terms(under.law, regime.id, right)
                yield from _looser(grant, regime, terms)
                yield from _grounds(grant, regime, terms, under)
    for notice in under.program.notices:
        if not notice.supplements:
            yield from _missing(notice, grants, under)


def _looser(grant: Promise, regime: Regime, terms: LawTerms) -> Iterable[Diagnostic]:
    clock = terms.clock
    if clock is not None and clock.length.value is not None and LAW not in grant.terms.get("within", ()):
        length = period(clock.length.value)
        if _longer(grant.due, clock.start, length):
            why = f"{shown(terms.right)} is answered later than {spoken(length)} after it came in ({cited(regime, clock.length)})."
            yield at(grant, "P501", why, "Shorten `within:`, or write `within: law`.")
    price = {name.id for name in grant.terms.get("fee", ())}
    further = "further-copy" in {name.id for name in named(grant, "as")}
    if "cost" in price and terms.fee.value == "none" and not further and terms.clock is not None:
        why = f"{shown(terms.right)} costs something here, and nothing under the law ({cited(regime, terms.fee)})."
        yield at(grant, "P501", why, "Write `fee: none`, or `fee: law`.")
    asked = {name.id for name in grant.terms.get("proof", ())} - {"none", "law"}
    if terms.proof is not None and not terms.proof.value and asked and LAW not in grant.terms.get("proof", ()):
        why = f"{shown(terms.right)} needs a proof here, and the law forbids to ask for one ({cited(regime, terms.proof)})."
        yield at(grant, "P501", why, "Write `proof: none`, or `proof: law`.")


def _longer(due: Moment | None, start: str | None, length: object) -> bool:
    from_start = isinstance(due, After) and isinstance(due.of, Name) and due.of.id == start
    return from_start and surely_longer(due.low, length)  # type: ignore[union-attr, arg-type]


def _grounds(grant: Promise, regime: Regime, terms: LawTerms, under: Under) -> Iterable[Diagnostic]:
    """Grounds of `unless:` that are none of the law's for this right; silent where the law has no list for it."""
    if not terms.unless:
        return
    known = {fact.value for fact in terms.unless}
    if LAW in grant.terms.get("unless", ()):  # filled in for all the rights of the grant together
        every = (law_terms(under.law, each.id, right.id).unless for each in under.regimes(grant) for right in grant.object)
        known |= {fact.value for facts in every for fact in facts}
    for ground in sorted(name for name in _withheld_on(grant) if name.kind is Kind.GROUND and name.id != "law"):
        leaves = under.program.names[ground].leaves if ground in under.program.names else {ground}
        own = tuple(fact for fact in regime.rights if fact.value == terms.right)
        if {leaf.id for leaf in leaves} <= known or _cites_one(
            ground, grant, (*terms.unless, *regime.owed.get(terms.right, ()), *own), under
        ):
            continue
        why = f"{shown(terms.right)} is withheld on {shown(ground.id)}, which {regime.id} does not know ({terms.unless[0].cite} and others)."
        help = f"Cite the law's ground where {shown(ground.id)} keeps the data (`cites:`), or take it away. Known: {', '.join(sorted(known))}."
        yield at(grant, "P505", why, help)


def _withheld_on(grant: Promise) -> set[Name]:
    tests = {test.fact for test in grant.scope if getattr(test, "key", "") == "unless" and hasattr(test, "fact")}
    return tests | set(grant.terms.get("unless", ()))


def _cites_one(ground: Name, grant: Promise, facts: tuple[Fact[str], ...], under: Under) -> bool:
    """Whether a promise that keeps data on this ground, or the grant itself, cites the law: a ground, what is owed, or the right itself."""
    speaking = [each for each in under.program.promises if any(_on(test, ground) for test in each.scope)]
    cites = [cite.at for promise in (grant, *speaking) for cite in promise.source.cites]
    return any(re.search(rf"(?<!\w)(?<!\d\.){re.escape(cite)}(?!\w)", fact.cite) for cite in cites for fact in facts)


def _on(test: object, ground: Name) -> bool:
    return isinstance(test, AnyOf) and test.key == "ground" and ground in test.names


def _silent(grant: Promise, regimes: tuple[Regime, ...], under: Under) -> Iterable[Diagnostic]:
    """P513: `law` under a key for which none of the regimes says anything."""
    if not regimes:
        return
    rights = sorted(name.id for name in grant.object)
    for right in rights if ALL_RIGHTS not in rights else ("access",):
        terms = [law_terms(under.law, regime.id, right) for regime in regimes]
        says = {
            "within": any(each.clock is not None and each.clock.length.value is not None for each in terms),
            "proof": any(each.proof is not None for each in terms),
            "unless": any(each.unless for each in terms),
            "contents": any(each.contents for each in terms),
        }
        for key, said in says.items():
            if not said and any(name.id == "law" for name in grant.terms.get(key, ())):
                names = " and ".join(regime.id for regime in regimes)
                yield at(grant, "P513", f"`{key}: law` of {shown(right)}: {names} has no value for it.")


def _missing(notice: NoticeVersion, grants: list[Promise], under: Under) -> Iterable[Diagnostic]:
    for regime in under.collecting(notice.notice):
        if regime.told is None:
            continue
        own = [grant for grant in grants if regime in under.regimes(grant)]
        given = {name.id for grant in own for name in grant.object}
        if any(promise.verb == "offer" for promise in under.program.promises):
            given |= OFFERED
        lacking = [right for right in regime.told.value if right not in given and ALL_RIGHTS not in given]
        if lacking:
            why = f"{', '.join(map(shown, lacking))}: {regime.id} wants it told ({cited(regime, regime.told)}), and no `will grant` does."
            yield finding("P504", notice.file, 1, why)
