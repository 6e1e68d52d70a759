"""The API's own refusals: code to fixed first line. Those of the desk keep their codes; see `problems`."""

from __future__ import annotations

from upheld.faces.app.desk.agents.faults import LINES as AGENTS
from upheld.faces.app.errors import LINES as APP
from upheld.records.staff.errors import SUMMARIES as STAFF

LINES: dict[str, str] = {
    "R601": "no token, or one that is over",
    "R602": "the token does not allow this",
    "R603": "there is nothing at this address",
    "R604": "what was sent cannot be read",
    "R605": "too many requests",
    "R606": "the case moved since it was looked at",
    "R607": "this page mark leads nowhere",
    "R608": "it cannot be asked in this way",
    "R609": "more was sent than is taken",
    "R610": "it cannot be answered now",
}
OF_STATUS = {
    400: "R604",
    401: "R601",
    403: "R602",
    404: "R603",
    405: "R608",
    406: "R608",
    412: "R606",
    413: "R609",
    415: "R608",
    422: "R604",
    429: "R605",
}
DETAILS = {
    "R601": "Send `Authorization: Bearer` with a token that is in force.",
    "R602": "Its scopes, or the role of its account, do not reach so far.",
    "R603": "Nothing is here, or nothing that may be shown.",
    "R604": "See the description of the API for what this address takes.",
    "R605": "Wait as long as Retry-After says, then go on.",
    "R606": "Read the case again, and decide anew.",
    "R607": "Begin at the first page.",
    "R608": "Another method or media type is wanted here.",
    "R609": "Send less at once.",
    "R610": "Nothing was lost. Try again in a minute.",
}


def line_of(code: str) -> str:
    """The fixed first line of a code; empty for one that this face does not know."""
    return LINES.get(code) or APP.get(code) or AGENTS.get(code) or STAFF.get(code, "")
