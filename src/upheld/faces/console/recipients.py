"""Recipients as a page: who gets what, how each is told, and whether one ever answered. What is unproven is never shown as kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from litestar import MediaType, Request, get
from litestar.handlers import HTTPRouteHandler

from upheld.faces.app.declared import Labels
from upheld.faces.app.desk.looking.recipients import RecipientNow, recipients_now
from upheld.faces.board.words import number, sentence, several, words_of
from upheld.faces.console.rendering import Console, page

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
        found = recipients_now(console.desk)
        return page(
            console, request, "recipients.html", rows=[shown(one, console.desk.labels) for one in found], lead=lead_of(found)
        )

    return [everybody]


def shown(one: RecipientNow, labels: Labels) -> Shown:
    """A recipient in words. Pure."""
    mark, said = STANDINGS[one.standing]
    if one.standing == "unproven" and one.declared:
        said = DECLARED
    if one.because:
        said = f"{said}: {one.because}"
    data = several(labels.words_for(one.data, labels.own)) or "nothing by name"
    return Shown(
        labels.word(one.name, labels.own, first=True), words_of(one.role), CONNECTORS[one.connector], mark, said, data, one
    )


def lead_of(found: tuple[RecipientNow, ...]) -> str:
    """How many there are, and how they stand."""
    if not found:
        return "The notice names nobody who gets data."
    by: Counter[str] = Counter(one.standing for one in found)
    parts = [
        f"{number(by[standing])} {words}"
        for standing, words in (
            ("kept", "answered"),
            ("unproven", "unproven"),
            ("person", "told by one of us"),
            ("none", "never told"),
            ("unlisted", "without an entry"),
        )
        if by[standing]
    ]
    return sentence(f"{number(len(found))} {'recipient' if len(found) == 1 else 'recipients'}: {several(parts)}")
