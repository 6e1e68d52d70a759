"""Desk and visit become the pages: the form with its choices, and a request as it stands.

What a page says comes from the notice, the law and the case; nothing about a right stands here.
"""

from __future__ import annotations

from collections.abc import Mapping

from upheld.duties.messages.letters.catalogue import said
from upheld.duties.requests import Case
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.opening import MOST_WORDS
from upheld.faces.app.desk.papers import LARGEST
from upheld.faces.app.desk.showing import Shown
from upheld.faces.app.desk.standing import CENTRE
from upheld.faces.site.centre import asking, menu
from upheld.faces.site.centre.page import Visit, render, ways
from upheld.faces.site.centre.places import Place, authorities_for, countries_of, in_parts, places_of
from upheld.faces.site.centre.words import Speech
from upheld.records.ledger import checkpoint

TOLD = {"link": "asked.link.sent", "file": "asked.link.sent"}
MOST = {name: asking.SHORT if name in asking.LINES else MOST_WORDS for name in asking.TEXTS}
MEGABYTE = 1024 * 1024
# States in their order, as far as a person waits for them.
AHEAD = ("identity", "ready", "working", "answered")
REACHED = {"incomplete": 0, "identity": 1, "ready": 2, "approval": 2, "working": 3, "recipients": 3, "answering": 3}


def ask_page(desk: Desk, visit: Visit, place: Place, given: asking.Typed, found: Mapping[str, str], often: bool = False) -> str:
    """The form, with what was typed and the remarks at its fields. `often`: it was not taken, for too many came."""
    say = visit.say
    choices = menu.menu_of(desk, place, say)
    countries = countries_of(desk, place, say)
    asks = {one.right for one in choices.all}
    all_of_them = authorities_for(desk, place.regime)
    return render(
        desk,
        visit,
        "ask.html",
        heading=say("nav.data"),
        lead=_lead(choices, say),
        places=places_of(desk, say),
        place=place,
        menu=choices,
        opened=bool({one.right for one in choices.more} & set(given.rights)),
        asks=asks,
        cites=tuple(dict.fromkeys((one.cite, one.confirmed) for one in choices.all if one.day)),
        purposes=desk.objectable() if "objection" in asks else (),
        correctable=desk.correctable(),
        recipients=tuple(desk.destinations),
        grounds=asking.GROUNDS,
        countries=countries,
        parts=place.regime != "" and in_parts(code for code, _ in countries),
        given=given,
        found=dict(found),
        often=often,
        too_long="error.long" in found.values(),
        most=MOST,
        kept_days=desk.policy.kept_days,
        link_hours=desk.policy.link_hours,
        ways=ways(desk),
        some=() if len(countries) > 1 else all_of_them,
        all=all_of_them,
    )


def case_page(desk: Desk, visit: Visit, case: Case, link: str, **more: object) -> str:
    """The page of a request. `more`: `new`, `told`, `given`, `found`, `wrong_paper`, `wrong_item`."""
    say, seen = visit.say, desk.shown(case)
    with desk.own.connection() as connection:
        note = checkpoint(connection).note
    some = authorities_for(desk, case.regime, case.country) if case.country else ()
    new = bool(more.get("new"))
    words_only = set(case.rights) <= set(
        menu.LAST
    )  # a question, a complaint: nothing is looked for and nothing done, somebody reads and answers
    return render(
        desk,
        visit,
        "case.html",
        heading=say("case.new") if new else say("case.open"),
        case=case,
        seen=seen,
        here=f"{CENTRE}/request/{link}",
        link=desk.links.case(link),
        due=_due(desk, case, say),
        days=_days(desk, case),
        rights=[menu.title_of(right, say) for right in case.rights],
        stands=lambda id: say(f"{id}.words") if words_only and say.has(f"{id}.words") else say(id),
        next=AHEAD[REACHED[case.state] :] if case.open else (),
        papers=sum(1 for paper in seen.papers if paper.destroyed_at is None),
        proof_name=lambda item: said(say.language, f"say.proof/{item}"),
        largest=LARGEST // MEGABYTE,
        most=MOST_WORDS,
        told=_told(say, seen, more),
        given=more.get("given") or asking.blank(),
        found=more.get("found") or {},
        wrong_paper=more.get("wrong_paper") or "",
        wrong_item=more.get("wrong_item") or "",
        some=some,
        all=() if some else authorities_for(desk, case.regime),
        ways=ways(desk),
        checkpoint=note,
    )


def _told(say: Speech, seen: Shown, more: Mapping[str, object]) -> str:
    """What the last press came to, where no field is there to say it."""
    if more.get("told") in TOLD:
        return say(TOLD[str(more["told"])])
    if more.get("wrong_paper") and more.get("wrong_item") not in seen.papers_for:
        return say("paper.R130")
    return ""


def words_page(desk: Desk, visit: Visit, what: str, button: str = "", more: str = "", reach: bool = False) -> str:
    """A page of one sentence. `reach`: with the other ways to ask."""
    say = visit.say
    texts = {"heading": say(f"{what}.head") if say.has(f"{what}.head") else say(what), "text": say(f"{what}.text")}
    return render(desk, visit, "words.html", **texts, button=button, more=more, ways=ways(desk) if reach else ())


def _lead(choices: menu.Menu, say: Speech) -> str:
    """What it costs and by when, as far as one sentence is true of all."""
    day = choices.last_day
    if day is not None:
        return say("lead.free" if choices.free else "lead.day", day=say.day(day))
    if any(one.day for one in choices.all):
        return say("lead.free.each" if choices.free else "lead.each")
    return say("lead.plain")


def _days(desk: Desk, case: Case) -> tuple[int, int] | None:
    """Days that are left, of how many, while the clock runs and is not over."""
    if case.answer_by is None or case.still or not case.open:
        return None
    left, whole = (case.answer_by - desk.now.date()).days, (case.answer_by - case.received_at.date()).days
    return (left, whole) if 0 < left <= whole else None


def _due(desk: Desk, case: Case, say: Speech) -> str:
    if case.ended_at is not None:
        return say("case.ended", day=say.day(case.ended_at))
    if case.still:
        return say("case.still")
    if case.answer_by is None:
        return ""
    return say("case.late" if case.answer_by < desk.now.date() else "case.by", day=say.day(case.answer_by))
