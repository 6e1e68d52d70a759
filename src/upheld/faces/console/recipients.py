"""Recipients as a page: who gets what, how each is told, and whether one ever answered. What is unproven is never shown as kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from litestar import MediaType, Request, get
from litestar.handlers import HTTPRouteHandler

from upheld.faces.app.declared import Labels
from upheld.faces.app.desk.looking.recipients import RecipientNow, recipients_now
from upheld.faces.board.words import words_of
from upheld.faces.console.rendering import Console, page
from upheld.faces.console.tongue import Tongue, tongue_of

CONNECTORS = {
    "none": "is not told",
    "person": "told by one of us",
    "mail": "by letter, with a link to answer",
    "webhook": "by signed calls",
    "opendsr": "by OpenDSR 2.0",
    "sql": "in its database",
    "freshdesk": "by the interface of Freshdesk",
    "hubspot": "by the interface of HubSpot",
    "salesforce": "by the interface of Salesforce",
    "": "has no entry: each order is a task for one of us",
}
STANDINGS = {
    "kept": ("kept", "Has answered"),
    "unproven": ("unproven", "Unproven: it has not answered yet"),
    "person": ("informs", "One of us says what came of it"),
    "none": ("outside", "Never told"),
    "unlisted": ("unbound", "Without an entry"),
}
DECLARED = "Unproven: written from published pages, and no real one has answered yet"


@dataclass(frozen=True, slots=True)
class Shown:
    """One recipient: name, part, how it is told, the mark of its standing and the words for it, data in words."""

    name: str
    role: str
    way: str
    mark: str
    said: str
    data: str
    now: RecipientNow


def recipient_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The address of this page."""

    @get("/recipients", opt={"act": "look"}, media_type=MediaType.HTML, sync_to_thread=True)
    def everybody(request: Request[Any, Any, Any]) -> str:
        found, say = recipients_now(console.desk), tongue_of(request)
        rows = [shown(one, console.desk.labels, say) for one in found]
        return page(console, request, "recipients.html", rows=rows, lead=lead_of(found, say))

    return [everybody]


def shown(one: RecipientNow, labels: Labels, say: Tongue) -> Shown:
    """A recipient in words. Pure."""
    mark, said = STANDINGS[one.standing]
    if one.standing == "unproven" and one.declared:
        said = DECLARED
    said = say(said)
    if one.because:
        said = f"{said}: {one.because}"
    data = say.several(labels.words_for(one.data, say.language)) or say("nothing by name")
    return Shown(
        labels.word(one.name, say.language, first=True), words_of(one.role), CONNECTORS[one.connector], mark, said, data, one
    )


def lead_of(found: tuple[RecipientNow, ...], say: Tongue) -> str:
    """How many there are, and how they stand."""
    if not found:
        return say("The notice names nobody who gets data.")
    by: Counter[str] = Counter(one.standing for one in found)
    parts = [
        say(words, number=say.number(by[standing]))
        for standing, words in (
            ("kept", "{number} answered"),
            ("unproven", "{number} unproven"),
            ("person", "{number} told by one of us"),
            ("none", "{number} never told"),
            ("unlisted", "{number} without an entry"),
        )
        if by[standing]
    ]
    return say.sentence(f"{say.counted(len(found), '{number} recipient', '{number} recipients')}: {say.several(parts)}")
