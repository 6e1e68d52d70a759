"""Objection to direct marketing: absolute, at once, in every channel and for every profile made for it, and it outlives an erasure.

Nothing is weighed and nobody approves. What makes it whole: the objection itself (a fact that walls read), a no to every choice that would allow marketing,
and a suppression of every address of hers, also of one that no store knows. GDPR Art. 21(2) and (3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case, details_of
from upheld.engine.estate.forms import normalise
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.opening import FOR, known_by
from upheld.faces.app.desk.rights.people import AGAIN, AWAY, UNREACHED, AtOnce, person_of
from upheld.faces.app.errors import Unusable
from upheld.language.promises.model import AnyOf, Kind, Known, Name, Program, Promise
from upheld.records.people import Choice, record_choice, record_objection
from upheld.records.people.facts import MARKETING, facts_of
from upheld.records.people.identities import identities_of
from upheld.records.people.rights import objections_of
from upheld.records.people.suppression import suppress

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

# Purposes of the vocabulary that are marketing aimed at a person, profiling for it included.
TERMS = frozenset(
    {"Marketing", "DirectMarketing", "Advertising", "TargetedAdvertising", "PersonalisedAdvertising", "SocialMediaMarketing",
     "SellProductsToDataSubject"}
)  # fmt: skip
WORDS = frozenset(
    {
        "marketing",
        "direct-marketing",
        "advertising",
        "targeted-advertising",
        "personalised-advertising",
        "social-media-marketing",
    }
)
PROMOTIONS = frozenset({"own-promotion", "partner-promotion", "newsletter"})
FORMS = {"email": "email/1", "phone": "phone/1"}


class MarketingWork(AtOnce):
    """Done before anybody looks at it."""

    rights = frozenset({"objection-direct-marketing", "opt-out-targeted-advertising"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        return Prepared(approval=False)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        with desk.own.transaction() as connection:
            said = known_by(details_of(connection, desk.master, case.number, [*FORMS, *(FOR + kind for kind in FORMS)]))
            given = [(form, normal) for kind, form in FORMS.items() if (normal := normalise(form, said.get(kind, ""), ""))]
            # Before anybody is sought: an address that no store knows must not be written to, either.
            suppress_marketing(desk, connection, given)
        try:
            ref = person_of(desk, case)
        except AWAY:
            return Done(waits=UNREACHED, again=desk.now + AGAIN)
        except Unusable:
            ref = None  # several people, or nobody to be found by it: the addresses that were given are suppressed
        if ref is not None:
            with desk.own.transaction() as connection:
                object_to_marketing(desk, connection, ref, case.clauses)
        values = {"done_on": desk.now.date().isoformat()}
        return Done("answer", values=values, tell="opt-out", counts={"suppressed": len(given)})


def object_to_marketing(desk: Desk, connection: Any, ref: str, clauses: tuple[str, ...] = ()) -> None:
    """From now on nothing of this person is used for marketing; again changes nothing. In the caller's transaction."""
    standing = {one.purpose for one in objections_of(connection, ref)}
    for purpose in (MARKETING, *sorted(marketing_purposes(desk.program) - {MARKETING})):
        if purpose not in standing:
            record_objection(connection, ref, purpose, desk.now, clauses)
    facts = facts_of(connection, ref, desk.now.date())
    for choice in sorted(marketing_choices(desk.program)):
        if facts.get(Name(Kind.CHOICE, choice)) not in (False, None):
            version = desk.program.notices[0].updated
            record_choice(connection, Choice(ref, choice, False, desk.now, version, "objection", clauses))
    suppress_marketing(desk, connection, identities_of(connection, desk.master, [ref]).get(ref, ()))


def suppress_marketing(desk: Desk, connection: Any, identifiers: Sequence[tuple[str, str]]) -> None:
    """These addresses get no marketing any more, by whatever name a message asks for it."""
    named = [one for one in identifiers if not one[0].startswith("key:")]
    abouts = {MARKETING, *marketing_purposes(desk.program), *marketing_messages(desk.program)}
    for about in sorted(abouts) if named else ():
        suppress(connection, desk.master, named, about, desk.now)


def marketing_purposes(program: Program) -> frozenset[str]:
    """Purposes of the notice that are marketing: by their word, or by the vocabulary's term that they are defined with."""
    found = {MARKETING}
    for name, definition in program.names.items():
        terms = {value.id.rpartition(":")[2] for value in definition.keys.get("dpv", ())}
        if name.kind is Kind.PURPOSE and (name.id in WORDS or terms & TERMS):
            found.add(name.id)
    return frozenset(found)


def marketing_messages(program: Program) -> frozenset[str]:
    """Messages that are marketing: promotions, and whatever the notice sends for such a purpose."""
    purposes = marketing_purposes(program)
    sent = {
        name.id
        for promise in program.promises
        if promise.verb == "message" and _for(promise) & purposes
        for name in promise.object
    }
    return PROMOTIONS | {name.id for name in program.names if name.kind is Kind.MESSAGE and name.id in sent}


def marketing_choices(program: Program) -> frozenset[str]:
    """Choices by which somebody allows marketing."""
    purposes, messages = marketing_purposes(program), marketing_messages(program)
    return frozenset(
        test.fact.id
        for promise in program.promises
        if promise.modality == "may"
        and (_for(promise) & purposes or (promise.verb == "message" and {n.id for n in promise.object} & messages))
        for test in promise.scope
        if isinstance(test, Known) and test.fact.kind is Kind.CHOICE
    )


def _for(promise: Promise) -> frozenset[str]:
    return frozenset(name.id for test in promise.scope if isinstance(test, AnyOf) and test.key == "for" for name in test.names)
