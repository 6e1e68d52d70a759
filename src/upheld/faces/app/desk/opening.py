"""What was asked is measured against the notice and becomes a case: clauses, period, what is missing, what must be proven.

Nothing is dropped: a request that lacks something opens a case that asks back. A right that neither notice nor law knows is a question
for a person, not an error. Must never: look anybody up before identity is proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from upheld.duties.requests import Opened, Received, open_request
from upheld.duties.requests.offers import GUARDIAN, SUBJECT, Offer, offers, shorter
from upheld.faces.app.desk.model import Asked
from upheld.faces.app.errors import Unusable
from upheld.language.law import Law
from upheld.language.law.combining import highest_age
from upheld.language.law.lookup import binding, bound, guarded_below
from upheld.language.promises.facts import BIRTH_DATE, is_younger
from upheld.language.promises.model import Program
from upheld.records.keys import MasterKey
from upheld.records.own import OwnDatabase

MOST_WORDS = 20_000  # characters of one detail
QUESTION = "answer-to-question"
MISSING, UNPROVEN = "missing", "unproven"  # details: items, separated by spaces
NEVER_BY_OTHERS = "authority"  # what a representative must show, save for an opt-out
GUARDED = "guardianship"  # what a guardian shows instead
WAYS = ("email", "phone")
FOR = "for-"  # a detail that begins so is of the person on whose behalf somebody asks (`for-email`), and never of whoever asks
BORN = "for-born"
TENANT = "tenant"  # on which client's instruction; an operator writes it down, nobody says it of herself
# An item that a notice wants of an asker → kinds of details that say it.
SAID_BY: dict[str, tuple[str, ...]] = {
    "first-name": ("first-name", "name"),
    "last-name": ("last-name", "name"),
    "name": ("name", "first-name"),
    "email": ("email",),
    "company-name": ("company-name",),
    "company-place": ("company-place",),
    "address-text": ("address-text",),
}


def known_by(said: Mapping[str, str]) -> dict[str, str]:
    """By which address and number the person herself is known, of a case's details; where somebody asks for her, never by theirs."""
    hers = {kind: said[FOR + kind] for kind in WAYS if said.get(FOR + kind)}
    return hers or {kind: said[kind] for kind in WAYS if said.get(kind)}


def open_asked(own: OwnDatabase, master: MasterKey, program: Program, law: Law, asked: Asked, now: datetime) -> Opened:
    """The case, opened at the time of receipt whatever the channel. Unusable (R110) for a detail beyond every measure."""
    received = measured(program, law, asked)
    with own.transaction() as connection:
        return open_request(connection, master, law, received, now)


def measured(program: Program, law: Law, asked: Asked) -> Received:
    """What was asked, with what notice and law say of it. Other regimes of the notice that bind wherever hers does bind her, too."""
    asked = replace(asked, regime=binding(law, [name.id for name in program.notices[0].regimes], asked.regime))
    details = {kind: text.strip() for kind, text in asked.details.items() if text and text.strip()}
    if not asked.by.startswith("staff:"):
        details.pop(TENANT, None)
    for kind, text in details.items():
        if len(text) > MOST_WORDS or "\0" in text:
            raise Unusable("R110", f"What stands under `{kind[:30]}` is too long, or no text.", f"Write at most {MOST_WORDS:,} characters.")  # fmt: skip
    guarded = guards(program, law, asked, details)
    if any(details.get(FOR + way) for way in WAYS):
        # Whoever names another person's address is not her, whatever the form's other fields say: a session or an address of theirs proves nothing of her.
        asked = replace(asked, representative=True)
    known = {offer.right: offer for offer in offers(program, law, asked.regime, GUARDIAN if guarded else SUBJECT)}
    wanted = tuple(dict.fromkeys(asked.rights)) or (QUESTION,)
    found = [known[right] for right in wanted if right in known]
    lacks = missing(found, asked.channel, details)
    proofs = unproven(found, asked, asked.signed_in or asked.subject is not None, guarded)
    marks = {
        MISSING: " ".join(lacks),
        UNPROVEN: " ".join(proofs),
        "representative": "yes" if asked.representative else "",
        "guardian": "yes" if guarded else "",
    }
    return Received(
        notice=program.notices[0].notice,
        rights=wanted,
        regime=asked.regime,
        channel=asked.channel,
        received_at=asked.received_at,
        language=asked.language,
        country=asked.country,
        clauses=tuple(dict.fromkeys(clause for offer in found for clause in offer.clauses)),
        promised=_shortest(found, asked.channel),
        details=details | {kind: text for kind, text in marks.items() if text},
        missing=lacks,
        unproven=proofs,
        origin=f"{asked.channel}:{asked.origin}" if asked.origin else "",
        subject=asked.subject,
        by=asked.by,
    )


def missing(found: list[Offer], channel: str, details: dict[str, str]) -> tuple[str, ...]:
    """Items that the notice wants said and that were not."""
    wanted = dict.fromkeys(item for offer in found for item in offer.content(channel))
    return tuple(item for item in wanted if not any(details.get(kind) for kind in SAID_BY.get(item, (item,))))


def guards(program: Program, law: Law, asked: Asked, details: dict[str, str]) -> bool:
    """Whether a guardian asks: for a child, by her birthday, below the highest age that notice or law gives. Above it she asks herself, or gives authority."""
    born = _day(details.get(BORN, ""))
    today = asked.received_at.date()
    if not asked.representative or born is None or born > today:
        return False
    own = (way.below for offer in offers(program, law, asked.regime, GUARDIAN) for way in offer.ways if way.to == {GUARDIAN})
    known = [law.regimes[one] for one in bound(asked.regime) if one in law.regimes]
    below = highest_age(*own, *(guarded_below(one, asked.country) for one in known))
    return below is not None and is_younger({BIRTH_DATE: born}, today, below) is True


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def unproven(found: list[Offer], asked: Asked, signed_in: bool, guarded: bool = False) -> tuple[str, ...]:
    """Proofs still wanted; a session of the person's own account is one for identity. Of an opt-out nothing is wanted of anybody.

    Of a guardian it is that she is one: her papers show who the child is.
    """
    wanted = dict.fromkeys(proof for offer in found for proof in offer.proof(asked.channel))
    if wanted and guarded:
        return (GUARDED,)
    if wanted and asked.representative:
        wanted[NEVER_BY_OTHERS] = None
    given = {"sign-in", "identity"} if signed_in and not asked.representative else set()
    return tuple(proof for proof in wanted if proof not in given)


def _shortest(found: list[Offer], channel: str) -> str:
    promised = ""
    for offer in found:
        own = offer.promised(channel)
        promised = shorter(promised, own) if promised and own else promised or own
    return promised
