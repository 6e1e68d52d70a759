"""A program and a regime become what a person may ask for: each right with its ways, proofs, contents, exceptions and period.

What the notice grants and what the law gives, whichever is more; a right that neither knows is not offered. A way that only some people
have (account holders on their own screens) is marked so. Pure. Not taken: a menu written by hand beside the notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from upheld.language.law import Law, LawTerms, Regime, law_terms
from upheld.language.law.combining import owed, permitted
from upheld.language.law.lookup import bound
from upheld.language.promises.model import After, Age, At, Known, Name, Program, Promise, Some, Test

NOTHING = frozenset({"none"})
LAW = "law"
SIGN_IN = "sign-in"
ONE_CLICK = frozenset({"profile-screen", "settings", "unsubscribe-link", "unsubscribe-page"})  # done at once, without a case
EVERYBODY = "all-rights"
SUBJECT, GUARDIAN = "subject", "guardian"
# Items that are proven, by a link, an upload or a session; what else a notice wants of an asker is said in the request.
PROVEN = frozenset({"identity", "address", "authority", "guardianship", "sign-in"})


@dataclass(frozen=True, slots=True)
class Way:
    """One promise of the notice: by which channels, for whom (`of`: groups; empty: everybody), proven how, until when.

    `promised`: the notice's own period (`10 working days`, `at once`), empty where it is the law's.
    """

    promise: str
    clauses: tuple[str, ...]
    channels: frozenset[str]
    of: frozenset[str]
    to: frozenset[str]
    proof: frozenset[str]
    contents: frozenset[str]
    needs: frozenset[str]
    forms: frozenset[str]
    exceptions: frozenset[str]
    fee: str
    handled_by: str
    promised: str
    general: bool  # it speaks of all rights, not of this one
    below: int | None = None  # of whom: people who have not completed so many years


@dataclass(frozen=True, slots=True)
class Offer:
    """One right under a person's regimes. `law`: what the nearest that gives it says of it; None where only the notice gives it.

    `also`: what the others that bind her say. Of all of them counts whichever is more for her: every way, every content, only the grounds to refuse
    that each of them knows, no proof where one of them wants none.
    """

    right: str
    ways: tuple[Way, ...]
    law: LawTerms | None
    also: tuple[LawTerms, ...] = ()

    @property
    def laws(self) -> tuple[LawTerms, ...]:
        """What every regime says that binds her and gives the right, the nearest first."""
        return (*(() if self.law is None else (self.law,)), *self.also)

    def by(self, channel: str) -> tuple[Way, ...]:
        """The ways open by this channel; by the web form, which is one way more, all that are not a person's own screens.

        A way for those who sign in counts only where there is no other, or where the channel is such a screen.
        """
        found = tuple(way for way in self.ways if channel in way.channels)
        found = found or tuple(way for way in self.ways if not way.channels <= ONE_CLICK) or self.ways
        return tuple(way for way in found if SIGN_IN not in way.proof or channel in ONE_CLICK) or found

    def proof(self, channel: str) -> tuple[str, ...]:
        """What must be proven, sorted (`identity`, `address`, `sign-in` …). What is said of this right goes before what is said of all."""
        wanted: set[str] = set()
        for way in self._nearest(channel):
            wanted |= way.proof - NOTHING
        if LAW in wanted:
            asked = [frozenset(terms.proof.value) for terms in self.laws if terms.proof is not None]
            wanted |= owed(*asked) if all(asked) else frozenset()
        return tuple(sorted(wanted & PROVEN))

    def content(self, channel: str) -> tuple[str, ...]:
        """What the request must say, as items of the language (`first-name`, `company-name` …), sorted; empty where no proof is wanted."""
        nearest = self._nearest(channel)
        if nearest and not any(way.proof - NOTHING for way in nearest):
            return ()
        said = frozenset().union(*(way.proof for way in self.by(channel))) if self.ways else frozenset()
        return tuple(sorted(said - PROVEN - NOTHING - {LAW}))

    def _nearest(self, channel: str) -> tuple[Way, ...]:
        ways = self.by(channel)
        return tuple(way for way in ways if not way.general) or ways

    def handled_by(self, channel: str) -> frozenset[str]:
        """The roles that act, as the notice names them. What is said of this right goes before what is said of all, where it names somebody."""
        nearest, every = self._nearest(channel), self.by(channel)
        return next(
            (found for ways in (nearest, every) if (found := frozenset(w.handled_by for w in ways if w.handled_by))),
            frozenset(),
        )

    def promised(self, channel: str) -> str:
        """The notice's own period, the shortest; empty where the law's counts."""
        found = [way.promised for way in self._nearest(channel) if way.promised]
        return min(found, key=_days) if found else ""

    def exceptions(self) -> frozenset[str]:
        """Grounds on which it may be refused: the notice's, and the law's where the notice says `law` or is silent."""
        said = frozenset().union(*(way.exceptions for way in self.ways)) if self.ways else frozenset()
        law = permitted(*(frozenset(fact.value for fact in terms.unless) for terms in self.laws))
        return (said - {LAW}) | (law if LAW in said or not said else frozenset())

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clause for way in self.ways for clause in way.clauses))

    @property
    def contents(self) -> frozenset[str]:
        said = frozenset().union(*(way.contents for way in self.ways)) if self.ways else frozenset()
        return (said - {LAW}) | owed(*((fact.value for fact in terms.contents) for terms in self.laws))


def offers(program: Program, law: Law, regime: str, who: str = SUBJECT) -> tuple[Offer, ...]:
    """Every right that a person under `regime` may use with this firm, in alphabetical order. Linear in the promises.

    `who`: what the notice gives to a `guardian` is hers, and the child's own ways where it gives her none; what it gives to guardians alone nobody
    else is offered another way for.
    """
    known = [law.regimes[one] for one in bound(regime) if one in law.regimes]
    menu = owed(*((fact.value for fact in one.rights) for one in known))
    ways: dict[str, list[Way]] = {}
    for promise in _grants(program, regime):
        every = any(name.id == EVERYBODY for name in promise.object)
        for name in promise.object:
            if not every or name.id in menu:
                ways.setdefault(name.id, []).append(_way(promise, every))
    ways.pop(EVERYBODY, None)
    found = (Offer(right, _open_to(who, ways.get(right, ())), *_terms(law, known, right)) for right in sorted(menu | set(ways)))
    # What law gives without a clock (a court's remedy, no retaliation) is nobody's to ask us for.
    return tuple(offer for offer in found if offer.ways or (offer.law is not None and offer.law.clock is not None))


def _terms(law: Law, known: Sequence[Regime], right: str) -> tuple[LawTerms | None, tuple[LawTerms, ...]]:
    """What the regimes say of the right: those that give it, or if none does the nearest's silence."""
    said = [law_terms(law, one.id, right) for one in known]
    giving = [terms for terms, one in zip(said, known, strict=True) if _gives(one, terms)] or said[:1]
    giving.sort(key=lambda terms: terms.clock is None)
    return (giving[0], tuple(giving[1:])) if giving else (None, ())


def _gives(regime: Regime, terms: LawTerms) -> bool:
    asked = regime.parts.get(terms.right, terms.right)
    return terms.clock is not None or any(fact.value == asked for fact in regime.rights)


def _open_to(who: str, ways: Sequence[Way]) -> tuple[Way, ...]:
    guardians = tuple(way for way in ways if way.to == {GUARDIAN})
    others = tuple(way for way in ways if way not in guardians)
    return (guardians or others) if who == GUARDIAN else (others or guardians)


def offer_of(program: Program, law: Law, regime: str, right: str) -> Offer | None:
    """The one right; None where neither notice nor law gives it."""
    return next((offer for offer in offers(program, law, regime) if offer.right == right), None)


def _grants(program: Program, regime: str) -> Iterator[Promise]:
    for promise in program.promises:
        if (
            promise.verb == "grant"
            and promise.modality != "never"
            and all(_may_hold(program, t, regime) for t in promise.scope)
        ):
            yield promise


def _may_hold(program: Program, test: Test, regime: str) -> bool:
    """Whether people under these regimes can have the promise: nothing in its scope says that it is another law's."""
    if isinstance(test, Some):
        return any(_may_hold(program, each, regime) for each in test.tests)
    if not isinstance(test, Known) or not test.wanted:
        return True
    if test.key == "regime":
        return test.fact.id in bound(regime)
    if test.key == "of":
        definition = program.names.get(test.fact)
        laws = definition.keys.get("regime", ()) if definition is not None else ()
        return not laws or bool({law.id for law in laws}.intersection(bound(regime)))
    return True


def _way(promise: Promise, general: bool) -> Way:
    ids = {key: frozenset(name.id for name in names) for key, names in promise.terms.items()}
    return Way(
        promise=promise.id,
        clauses=promise.source.clauses,
        channels=ids.get("by", frozenset()),
        of=frozenset(_groups(promise.scope)),
        to=ids.get("to", frozenset()),
        proof=ids.get("proof", frozenset()),
        contents=ids.get("contents", frozenset()),
        needs=ids.get("needs", frozenset()),
        forms=ids.get("as", frozenset()),
        exceptions=ids.get("unless", frozenset()) | frozenset(_unless(promise.scope)),
        fee=next(iter(ids.get("fee", ())), ""),
        handled_by=next(iter(ids.get("handled-by", ())), ""),
        promised="" if LAW in ids.get("within", ()) else _promised(promise),
        general=general,
        below=min((test.below for test in promise.scope if isinstance(test, Age) and test.below is not None), default=None),
    )


def _groups(scope: Iterable[Test]) -> Iterator[str]:
    for test in scope:
        if isinstance(test, Known) and test.key == "of" and test.wanted:
            yield test.fact.id


def _unless(scope: Iterable[Test]) -> Iterator[str]:
    for test in scope:
        if isinstance(test, Known) and test.key == "unless":
            yield test.fact.id


def _promised(promise: Promise) -> str:
    due = promise.due
    if isinstance(due, At) and due.what == "at once":
        return "at once"
    if isinstance(due, After) and due.low == due.high and isinstance(due.of, Name):
        return f"{due.high.amount} {due.high.unit}"
    return ""


def _days(promised: str) -> float:
    """Only for the shortest of several: a month counts 28 days, so that of `1 months` and `30 days` the month is the shorter."""
    if promised == "at once":
        return 0
    amount, _, unit = promised.partition(" ")
    days = {"hours": 1 / 24, "days": 1, "working days": 1.4, "weeks": 7, "months": 28, "years": 365}
    return int(amount) * days.get(unit, 1)


def shorter(one: str, other: str) -> str:
    """The shorter of two periods as a notice writes them."""
    return min(one, other, key=_days)
