"""Addresses of the privacy centre: from a visitor's request to a verb of the desk and a page.

A visit changes nothing; only a pressed button does, so that whoever follows links beforehand (scanners, previews) proves and fetches nothing. Every
link that opens nothing is answered alike, and not too often. A form of another site is refused by what the browser says of it (Sec-Fetch-Site, else
Origin). Not taken: a cookie against such forms. There is no session that one could misuse, and a centre without cookies keeps every notice's word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.response import Redirect, Stream

from upheld.duties.requests import Case, RequestFault
from upheld.faces.app.desk import Desk
from upheld.faces.app.desk.showing import MAY_ASK
from upheld.faces.app.desk.standing import CENTRE
from upheld.faces.app.parts import POLICY, Part
from upheld.faces.site.centre import asking, upload, views
from upheld.faces.site.centre.limits import Limits, Often
from upheld.faces.site.centre.page import Visit, render, stylesheet
from upheld.faces.site.centre.places import countries_of, place_named, places_of
from upheld.faces.site.centre.words import speech_for

DAY_S, AN_HOUR_S = 86_400, "3600"
LARGEST_FORM = 400_000  # bytes: every field full, in a script whose letters take nine bytes each
ANSWER_WITHIN_S = 180.0  # a paper may come slowly
# The form's page says to its own site, and to no other, where it is: else its POST could not be told from another site's.
OWN_SITE = {"Referrer-Policy": "same-origin"}
Asking = Request[Any, Any, Any]


class Centre:
    """The desk, how often it may be asked, and how its pages are answered."""

    def __init__(self, desk: Desk, limits: Limits) -> None:
        self.desk, self.limits = desk, limits
        self.often = Often(desk)

    def visit(self, request: Asking, case: Case | None = None, *kept: str) -> Visit:
        """Who visits, in which language; `kept`: parameters that stay in the address."""
        asked = request.query_params
        others = (case.language,) if case is not None else ("", self.desk.program.notices[0].language)
        say = speech_for(asked.get("lang", ""), request.headers.get("accept-language", ""), *others)
        return Visit(say, request.url.path, tuple((name, asked[name]) for name in kept if name in asked))

    def shown(self, body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
        return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)

    def said(self, request: Asking, what: str, status: int) -> Response[Any]:
        """A page of one sentence, with the other ways to ask."""
        return self.shown(views.words_page(self.desk, self.visit(request), what, reach=True), status)

    def nothing(self, request: Asking) -> Response[Any]:
        """For every link that opens nothing, all alike; counted, and cut off where somebody guesses."""
        if not self.often.count("wrong", _address(request), self.limits.wrong):
            return self.too_often(request)
        return self.said(request, "nothing", 404)

    def too_often(self, request: Asking) -> Response[Any]:
        made = self.said(request, "often", 429)
        made.headers["Retry-After"] = AN_HOUR_S
        return made

    def guesses(self, request: Asking) -> bool:
        """Whether this connection opened nothing too often to be let try again."""
        return self.often.full("wrong", _address(request), self.limits.wrong)

    def case(self, request: Asking) -> Case | None:
        """The case of the link in the address."""
        return self.desk.by_link(request.path_params["link"])


def centre_part(desk: Desk, limits: Limits | None = None) -> Part:
    """The privacy centre as a part of the server."""
    centre = Centre(desk, limits or Limits())

    def trouble(request: Asking, status: int) -> Response[Any]:
        what = {404: "nothing", 413: "large"}.get(status, "away" if status < 500 else "broken")
        return centre.said(request, what, status)

    policy = POLICY.replace("form-action 'none'", "form-action 'self'")
    handlers = (*_asking(centre), *_following(centre), *_links(centre), _style())
    return Part(
        "centre",
        handlers,
        under=CENTRE,
        policy=policy,
        trouble=trouble,
        largest_body=LARGEST_FORM,
        answer_within_s=ANSWER_WITHIN_S,
    )


def _asking(centre: Centre) -> tuple[Any, ...]:
    desk = centre.desk

    @get("/", sync_to_thread=True)
    def form(request: Asking) -> Response[str]:
        visit = centre.visit(request, None, "place")
        place = place_named(places_of(desk, visit.say), request.query_params.get("place", ""), desk.law)
        right = request.query_params.get("right", "")
        body = views.ask_page(desk, visit, place, asking.blank((right,) if right else ()), {})
        return centre.shown(body, headers=OWN_SITE)

    @post("/", status_code=200)
    async def take(request: Asking) -> Response[Any]:
        if not _own_form(request):
            return centre.said(request, "away", 403)
        sent = await request.form()
        fields = {name: [str(value) for value in sent.getall(name)] for name in sent}
        return await asyncio.to_thread(lambda: taken(request, fields))

    def taken(request: Asking, fields: dict[str, list[str]]) -> Response[Any]:
        visit = centre.visit(request, None, "place")
        place = place_named(places_of(desk, visit.say), request.query_params.get("place", ""), desk.law)
        given = asking.typed(fields)
        found = asking.remarks(given)
        if asking.stops(given, found):
            return centre.shown(views.ask_page(desk, visit, place, given, found), 422, OWN_SITE)
        if not centre.often.count("asks", _address(request), centre.limits.asks):
            body = views.ask_page(desk, visit, place, given, {}, often=True)  # with all that was typed
            return centre.shown(body, 429, {**OWN_SITE, "Retry-After": AN_HOUR_S})
        countries = frozenset(code for code, _ in countries_of(desk, place, visit.say))
        opened = desk.open(asking.asked_of(desk, given, place, visit.say.language, countries))
        return Redirect(visit.at(f"{CENTRE}/request/{opened.link}", new="1"), status_code=303)

    return form, take


def _following(centre: Centre) -> tuple[Any, ...]:
    desk = centre.desk

    @get("/request/{link:str}", sync_to_thread=True)
    def page(request: Asking) -> Response[Any]:
        if centre.guesses(request):
            return centre.too_often(request)
        case = centre.case(request)
        if case is None:
            return centre.nothing(request)
        asked = request.query_params
        return shown(request, case, new=asked.get("new"), told=asked.get("told"))

    def shown(request: Asking, case: Case, status: int = 200, **more: object) -> Response[Any]:
        visit = centre.visit(request, case)
        link = request.path_params["link"]
        visit = Visit(visit.say, f"{CENTRE}/request/{link}")
        return centre.shown(views.case_page(desk, visit, case, link, **more), status)

    def back(request: Asking, case: Case, **told: str) -> Response[Any]:
        return Redirect(
            centre.visit(request, case).at(f"{CENTRE}/request/{request.path_params['link']}", **told), status_code=303
        )

    def acted(act: Callable[[Asking, Case], Response[Any]], request: Asking) -> Response[Any]:
        """What the button does, for the case of the link; what cannot be done any more is shown by the page as it stands."""
        if centre.guesses(request):
            return centre.too_often(request)
        case = centre.case(request)
        if case is None:
            return centre.nothing(request)
        if not centre.often.count("asks", _address(request), centre.limits.asks):
            return centre.too_often(request)
        try:
            return act(request, case)
        except RequestFault:
            return back(request, case)

    @post("/request/{link:str}/complete", status_code=200)
    async def complete(request: Asking) -> Response[Any]:
        sent = await request.form()
        said = {name: str(sent[name]).replace("\0", "").strip() for name in sent if name in MAY_ASK and str(sent[name]).strip()}

        def act(request: Asking, case: Case) -> Response[Any]:
            found = asking.remarks_of(said)
            if found:
                given = asking.Typed("", texts=said)
                return shown(request, case, 422, given=given, found=found)
            if said:
                desk.complete_asked(case.number, said)
            return back(request, case)

        return await asyncio.to_thread(lambda: acted(act, request))

    @post("/request/{link:str}/link", status_code=200, sync_to_thread=True)
    def link_again(request: Asking) -> Response[Any]:
        def act(request: Asking, case: Case) -> Response[Any]:
            desk.prove_again(case.number)
            return back(request, case, told="link")  # the same words whether or not one was sent

        return acted(act, request)

    @post("/request/{link:str}/file", status_code=200, sync_to_thread=True)
    def file_again(request: Asking) -> Response[Any]:
        def act(request: Asking, case: Case) -> Response[Any]:
            desk.download_again(case.number)
            return back(request, case, told="file")

        return acted(act, request)

    @post("/request/{link:str}/withdraw", status_code=200, sync_to_thread=True)
    def withdraw(request: Asking) -> Response[Any]:
        def act(request: Asking, case: Case) -> Response[Any]:
            desk.withdraw(case.number)
            return back(request, case)

        return acted(act, request)

    @post("/request/{link:str}/paper/{item:str}", status_code=200, request_max_body_size=upload.LARGEST_BODY)
    async def paper(request: Asking) -> Response[Any]:
        if await asyncio.to_thread(lambda: centre.guesses(request)):
            return await asyncio.to_thread(lambda: centre.too_often(request))
        case = await asyncio.to_thread(lambda: centre.case(request))
        if case is None:
            return await asyncio.to_thread(lambda: centre.nothing(request))
        if not await asyncio.to_thread(lambda: centre.often.count("files", _address(request), centre.limits.files)):
            return await asyncio.to_thread(lambda: centre.too_often(request))
        item, number = request.path_params["item"], case.number
        try:
            kind = request.headers.get("content-type", "")
            await upload.taken(kind, request.stream(), lambda blocks: desk.receive_paper(number, item, blocks))
        except RequestFault as fault:
            wrong = {"wrong_paper": f"paper.{fault.code}", "wrong_item": item}
            return await asyncio.to_thread(lambda: shown(request, desk.case(number), 422, **wrong))
        return back(request, case)

    return page, complete, link_again, file_again, withdraw, paper


def _links(centre: Centre) -> tuple[Any, ...]:
    desk = centre.desk

    @get("/prove/{token:str}", sync_to_thread=True)
    def ask(request: Asking) -> Response[Any]:
        if centre.guesses(request):
            return centre.too_often(request)
        if not desk.proves(request.path_params["token"]):
            return centre.nothing(request)
        visit = centre.visit(request)
        return centre.shown(views.words_page(desk, visit, "prove", visit.say("prove.button"), visit.say("prove.not")))

    @post("/prove/{token:str}", status_code=200, sync_to_thread=True)
    def prove(request: Asking) -> Response[Any]:
        if centre.guesses(request):
            return centre.too_often(request)
        case = desk.prove_email(request.path_params["token"])
        if case is None:
            return centre.nothing(request)
        return centre.shown(views.words_page(desk, centre.visit(request, case), "prove.done"))

    @get("/file/{token:str}", sync_to_thread=True)
    def look(request: Asking) -> Response[Any]:
        if centre.guesses(request):
            return centre.too_often(request)
        file = desk.file_of(request.path_params["token"])
        if file is None:
            return centre.nothing(request)
        visit = centre.visit(request)
        return centre.shown(render(desk, visit, "file.html", heading=visit.say("file.head"), file=file))

    @post("/file/{token:str}", status_code=200, sync_to_thread=True)
    def fetch(request: Asking) -> Response[Any]:
        if centre.guesses(request) or not centre.often.count("files", _address(request), centre.limits.files):
            return centre.too_often(request)
        found = desk.fetch(request.path_params["token"])
        if found is None:
            return centre.nothing(request)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Length": str(found.size),
        }
        return Stream(found.blocks, media_type=found.media_type, headers=headers)

    return ask, prove, look, fetch


def _style() -> Any:
    @get("/centre.css", media_type="text/css", sync_to_thread=False, cache_control=CacheControlHeader(max_age=DAY_S))
    def style() -> str:
        return stylesheet()

    return style


def _address(request: Asking) -> str:
    return request.client.host if request.client is not None else ""


def _own_form(request: Asking) -> bool:
    """Whether a page of ours sent the form, as far as the browser says it. A program that is no browser says nothing, and misuses nobody's."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
