"""Addresses of a signed-in person's own pages. The firm's application hands her over by a form; a cookie that no script reads keeps her signed in.

Forms of other sites are refused by the cookie (SameSite=Lax) and by what the browser says of them. Nothing of a row stands in an address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from upheld.duties.requests import RequestFault
from upheld.faces.app.desk import Asked, Desk
from upheld.faces.app.desk.rights import confirm_profile, correct_profile, profile_of
from upheld.faces.app.desk.signed_in import Person, consents_of, enter, leave, uses_of, who
from upheld.faces.app.desk.standing import CENTRE
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.parts import POLICY, Part
from upheld.faces.site.centre.page import Visit
from upheld.faces.site.centre.words import speech_for
from upheld.faces.site.mine.page import render

UNDER = "/my-data"
COOKIE = "upheld_mine"
LARGEST = 60_000
Asking = Request[Any, Any, Any]


def mine_part(desk: Desk) -> Part:
    """The pages as a part of the server."""

    def page(request: Asking, template: str, status: int = 200, **values: object) -> Response[Any]:
        say = speech_for(
            request.query_params.get("lang", ""), request.headers.get("accept-language", ""), desk.program.notices[0].language
        )
        visit = Visit(say, request.url.path)
        return Response(render(desk, visit, template, mine=UNDER, **values), status_code=status, media_type=MediaType.HTML)

    def trouble(request: Asking, status: int) -> Response[Any]:
        return page(request, "nobody.html", status)

    def signed_in(act: Callable[[Asking, Person, str], Response[Any]]) -> Callable[[Asking], Response[Any]]:
        def run(request: Asking) -> Response[Any]:
            token = request.cookies.get(COOKIE, "")
            person = who(desk, token) if token else None
            if person is None:
                return page(request, "nobody.html", 401)
            try:
                return act(request, person, token)
            except (NotNow, Unusable, RequestFault):
                return page(request, "not-now.html", 409)

        return run

    def ref_of(person: Person) -> str:
        return profile_of(desk, person.line).ref

    def asked(person: Person, right: str, channel: str, details: dict[str, str]) -> str:
        known = {kind: text for kind, text in (("name", person.name), ("email", person.email)) if text}
        said = {**known, "account": person.line, **details}
        subject = ref_of(person)
        return desk.open(Asked((right,), person.regime, channel, desk.now, said, subject=subject)).link

    @signed_in
    def profile_page(request: Asking, person: Person, _: str) -> Response[Any]:
        profile = profile_of(desk, person.line)
        uses = uses_of(desk, [field.leaf for field in profile.fields if field.leaf and field.value])
        due = profile.confirm_by <= desk.now.date()
        return page(request, "profile.html", profile=profile, uses=uses, due=due, told=request.query_params.get("told", ""))

    @signed_in
    def consents_page(request: Asking, person: Person, _: str) -> Response[Any]:
        return page(request, "consents.html", consents=consents_of(desk, ref_of(person)))

    @get("/", sync_to_thread=True)
    def home(request: Asking) -> Response[Any]:
        return profile_page(request)

    @get("/consents", sync_to_thread=True)
    def consents(request: Asking) -> Response[Any]:
        return consents_page(request)

    def entered(word: str) -> str | None:
        try:
            return enter(desk, word)
        except NotNow:
            return None

    @post("/enter", status_code=200)
    async def come_in(request: Asking) -> Response[Any]:
        word = str((await request.form()).get("word", ""))
        token = await asyncio.to_thread(lambda: entered(word))
        if token is None:
            return page(request, "nobody.html", 401)
        secure = desk.app.settings.public_url.startswith("https://")
        cookie = Cookie(key=COOKIE, value=token, path=UNDER, httponly=True, secure=secure, samesite="lax")
        return Redirect(UNDER, status_code=303, cookies=[cookie])

    def pressed(act: Callable[[Asking, Person, str, dict[str, str]], Response[Any]]) -> Any:
        async def run(request: Asking) -> Response[Any]:
            if not _own_form(request):
                return page(request, "nobody.html", 403)
            sent = {name: str(value) for name, value in (await request.form()).items()}
            run = signed_in(lambda request, person, token: act(request, person, token, sent))
            return await asyncio.to_thread(lambda: run(request))

        return run

    def changed(request: Asking, person: Person, _: str, sent: dict[str, str]) -> Response[Any]:
        profile = profile_of(desk, person.line)
        changes = {
            field.place: (field.value, sent[field.place])
            for field in profile.fields
            if not field.why_not and field.place in sent and sent[field.place].strip() != (field.value or "")
        }
        if changes:
            correct_profile(desk, person.line, profile.ref, person.regime, changes)
        return Redirect(f"{UNDER}?told=changed" if changes else UNDER, status_code=303)

    def confirmed(request: Asking, person: Person, _: str, __: dict[str, str]) -> Response[Any]:
        confirm_profile(desk, ref_of(person))
        return Redirect(f"{UNDER}?told=confirmed", status_code=303)

    def withdrawn(request: Asking, person: Person, _: str, sent: dict[str, str]) -> Response[Any]:
        link = asked(person, "withdraw-consent", "settings", {"choices": sent.get("choice", "")})
        return Redirect(desk_path(link), status_code=303)

    def closed(request: Asking, person: Person, token: str, _: dict[str, str]) -> Response[Any]:
        link = asked(person, "account-closing", "settings", {})
        leave(desk, token)
        return Redirect(desk_path(link), status_code=303)

    def left(request: Asking, _: Person, token: str, __: dict[str, str]) -> Response[Any]:
        leave(desk, token)
        return Redirect(CENTRE, status_code=303)

    def desk_path(link: str) -> str:
        return urlsplit(desk.links.case(link)).path

    buttons = {"/profile": changed, "/confirm": confirmed, "/withdraw": withdrawn, "/close": closed, "/leave": left}
    return Part(
        "mine",
        (home, consents, come_in, *(post(path, status_code=200)(pressed(act)) for path, act in buttons.items())),
        under=UNDER,
        policy=POLICY.replace("form-action 'none'", "form-action 'self'"),
        headers={"Referrer-Policy": "same-origin"},
        trouble=trouble,
        largest_body=LARGEST,
    )


def _own_form(request: Asking) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
