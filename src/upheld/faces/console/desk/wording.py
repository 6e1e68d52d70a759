"""Ids of a case in words: rights, channels, states, events. Pure; the same words in queue, case and timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from upheld.faces.board.words import words_of
from upheld.faces.console.tongue import ENGLISH, Tongue
from upheld.records.staff import Account

CHANNELS = {
    "email": "by e-mail",
    "phone": "by telephone",
    "letter": "by letter",
    "fax": "by fax",
    "in-person": "in person",
    "visit": "in person",
    "sms": "by text message",
    "web-form": "through the privacy centre",
    "rights-page": "through the privacy centre",
    "privacy-centre": "through the privacy centre",
    "api": "through the API",
    "drp": "through an authorised agent",
}
STATES = {
    "incomplete": "waits for what is missing",
    "identity": "waits for proof of who asks",
    "ready": "nothing stands in the way",
    "approval": "waits for a decision here",
    "working": "is being carried out",
    "recipients": "done here; recipients have not all answered",
    "answering": "the answer goes out",
    "answered": "answered",
    "refused": "refused",
    "withdrawn": "withdrawn",
}
EVENTS = {
    "opened": "Received",
    "acknowledged": "Receipt written",
    "content-asked": "Asked for what is missing",
    "content-received": "What was missing came in",
    "identity-asked": "Asked who it is",
    "identity-received": "Identity proven",
    "proven-in-part": "Proven in part",
    "planned": "Prepared",
    "sent-back": "Sent back",
    "approved-first": "Approved by one of two",
    "approved": "Approved",
    "stopped": "Stopped",
    "executed": "Carried out",
    "done": "Done, and on record",
    "recipients-answered": "No recipient is waited for",
    "decided": "Decided",
    "answered": "Answer written",
    "refused": "Refused",
    "withdrawn": "Withdrawn",
    "opened-again": "Opened again",
    "letter-sent": "Letter written",
    "letter-stuck": "A letter could not be sent",
    "waiting": "Waits",
    "stuck": "Waits for somebody",
    "bounced": "A letter came back",
    "fetched": "Answer fetched",
    "proofs-destroyed": "Proofs destroyed",
    "purged": "What was said is destroyed",
    "fee-asked": "Told what a further copy costs",
    "fee-paid": "The fee came in",
    "extended": "Told that it takes longer",
    "taken": "Taken",
    "note": "Remark",
    "wrote": "A message came in",
    "missed": "The last day has passed",
    "warned": "The last day is near",
}
# What comes after each state, if all goes well.
NEXT: Mapping[str, tuple[str, ...]] = {
    "incomplete": ("What is missing comes in", "Prepare", "Carry out", "Answer"),
    "identity": ("Proof of who asks", "Prepare", "Carry out", "Answer"),
    "ready": ("Prepare", "Carry out", "Answer"),
    "approval": ("A decision, here", "Carry out", "Answer"),
    "working": ("Carry out, read back", "Tell recipients", "Answer"),
    "recipients": ("Recipients answer", "Answer"),
    "answering": ("Answer",),
}


def rights_said(rights: Sequence[str], say: Tongue = ENGLISH) -> str:
    """`Erasure`, `Access and portability`."""
    said = say.several([say.words_of(right) for right in rights]) or say("a question")
    return said[0].upper() + said[1:]


def channel_said(channel: str, say: Tongue = ENGLISH) -> str:
    """`by letter`; an unknown channel by its name."""
    return say(CHANNELS[channel]) if channel in CHANNELS else say("by {way}", way=say.words_of(channel))


def event_said(kind: str, by: str = "", say: Tongue = ENGLISH) -> str:
    """What happened, as the timeline says it."""
    if (kind, by) == ("approved", "upheld"):
        return say("Nothing had to be approved")
    said = say(EVENTS.get(kind) or words_of(kind))
    return said[0].upper() + said[1:]


def who_said(by: str, people: Mapping[str, Account], say: Tongue = ENGLISH) -> str:
    """Who did it: a colleague's name, the person, a recipient; nothing where the product did it by itself."""
    kind, _, ref = by.partition(":")
    if kind == "staff":
        return people[ref].name if ref in people else say("somebody who has left")
    return {"person": say("the person"), "upheld": "", "recipient": ref, "agent": ref}.get(kind, words_of(by))
