"""What a form sent becomes texts, whatever was sent; and answers to forms: a page again with what is wrong, or the way on."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import MediaType, Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from upheld.faces.console.rendering import HOME, Console, page

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
UNTAKEN = 422


def text(form: dict[str, Any], name: str) -> str:
    """The field's text; the first where it came more than once, empty where it did not come."""
    given = form.get(name, "")
    given = given[0] if isinstance(given, list) and given else given
    return given if isinstance(given, str) else ""


def texts(form: dict[str, Any], name: str) -> list[str]:
    """Every text of the field."""
    given = form.get(name, [])
    return [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)]


def again(
    console: Console, request: Request[Any, Any, Any], template: str, status: int = UNTAKEN, **values: object
) -> Response[str]:
    """The page once more, with what is wrong."""
    return Response(page(console, request, template, **values), status_code=status, media_type=MediaType.HTML)


def on_to(path: str) -> Redirect:
    """The way on: a page that may be loaded anew without doing anything twice."""
    return Redirect(f"{HOME}{path}", status_code=303)
