"""A request that came by letter, telephone or in person is written down: it opens the same case as any other, at the time at which it came in.

What the notice wants said is not demanded here: what lacks is asked back for by the desk itself, and nothing is dropped.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from upheld.faces.app.desk.model import Asked
from upheld.faces.app.errors import Unusable
from upheld.faces.console.desk.case import faults
from upheld.faces.console.desk.wording import CHANNELS
from upheld.faces.console.forms import Form, again, on_to, text, texts
from upheld.faces.console.rendering import Console, page
from upheld.faces.site.centre.asking import GROUNDS
from upheld.language.terms.names import country_names

BY = ("letter", "phone", "email", "fax", "in-person")
LANGUAGES = {"en": "English", "fr": "French", "de": "German", "es": "Spanish"}
DETAILS = (
    "name", "email", "phone", "account", "address-text", "company-name", "company-place", "words", "statement", "reasons", "wrong", "correct",
    "recipient", "authority", "for-email", "for-phone", "for-born", "tenant",
)  # fmt: skip
CHOSEN = ("about", "ground")
HERE = "enter.html"
ENTER = {"act": "enter"}


def intake_handlers(console: Console) -> list[HTTPRouteHandler]:
    """The addresses of this page."""

    def shown(request: Request[Any, Any, Any], regime: str, **more: Any) -> dict[str, Any]:
        names = [one.id for one in console.desk.program.notices[0].regimes]
        chosen = regime if regime in names else names[0] if names else ""
        now = console.app.settings.now()
        return {
            "regimes": [(name, known.name if (known := console.desk.law.regimes.get(name)) else name) for name in names],
            "regime": chosen,
            "offers": [offer.right for offer in console.desk.menu(chosen)],
            "channels": {channel: CHANNELS[channel] for channel in BY},
            "languages": LANGUAGES,
            "countries": sorted(country_names().items(), key=lambda pair: pair[1]),
            "about": console.desk.correctable(),
            "purposes": console.desk.objectable(),
            "grounds": GROUNDS,
            "now": now,
            "typed": {},
            "rights": (),
            "chosen": (),
            "trouble": None,
            **more,
        }

    @get("/new", opt=ENTER, media_type=MediaType.HTML, sync_to_thread=True)
    def form(request: Request[Any, Any, Any]) -> str:
        return page(console, request, HERE, **shown(request, request.query_params.get("regime", "")))

    @post("/new", opt=ENTER, sync_to_thread=True)
    def enter(request: Request[Any, Any, Any], data: Form) -> Response[Any]:
        typed = {
            name: text(data, name)
            for name in ("channel", "day", "time", "language", "country", "representative", *CHOSEN, *DETAILS)
        }
        rights, regime, chosen = tuple(texts(data, "right")), text(data, "regime"), tuple(texts(data, "purpose"))
        try:
            asked = _asked(request, typed, rights, regime, console.app.settings.now())
            opened = console.desk.open(replace(asked, details={**asked.details, **_of_rights(console, typed, chosen)}))
        except Exception as error:
            said = faults(error)
            if said is None:
                raise
            trouble = dict(zip(("code", "reason", "help"), said, strict=True))
            return again(
                console, request, HERE, **shown(request, regime, typed=typed, rights=rights, chosen=chosen, trouble=trouble)
            )
        return on_to(f"/desk/{opened.case.id}")

    return [form, enter]


def _asked(
    request: Request[Any, Any, Any], typed: dict[str, str], rights: tuple[str, ...], regime: str, now: datetime
) -> Asked:
    if typed["channel"] not in BY:
        raise Unusable("R512", "How it came in is not said.", "Choose letter, telephone or another way.")
    return Asked(
        rights=rights,
        regime=regime,
        channel=typed["channel"],
        received_at=_moment(typed["day"], typed["time"], now),
        details={kind: typed[kind] for kind in DETAILS if typed[kind].strip()},
        language=typed["language"] if typed["language"] in LANGUAGES else "en",
        country=typed["country"],
        by=f"staff:{request.user.ref}",
        representative=typed["representative"] == "yes",
    )


def _of_rights(console: Console, typed: dict[str, str], chosen: tuple[str, ...]) -> dict[str, str]:
    """What belongs to one right alone, as the desk's works read it: a correction that is whole, purposes, a ground."""
    found = {"grounds": typed["ground"]} if typed["ground"] in GROUNDS else {}
    if purposes := [one for one in console.desk.objectable() if one in chosen]:
        found["purposes"] = " ".join(purposes)
    if typed["about"] in console.desk.correctable() and typed["wrong"].strip() and typed["correct"].strip():
        line = {"data": typed["about"], "was": typed["wrong"].strip(), "now": typed["correct"].strip()}
        found["corrections"] = json.dumps(line, ensure_ascii=False)
    return found


def _moment(day: str, time: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}").replace(tzinfo=UTC)
    except ValueError:
        raise Unusable("R513", "The day on which it came in cannot be read.", "Write it so: 2026-11-02.") from None
    if moment > now:
        raise Unusable("R513", "The day on which it came in lies ahead.", "The clock runs from the day on which it came in.")
    return moment
