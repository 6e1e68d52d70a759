"""What is refused to an agent, as values: code, HTTP status, whether the same message may be sent again. Never what a message held."""

from __future__ import annotations

from collections.abc import Mapping

LINES: Mapping[str, str] = {
    "R630": "no token of an agent, or one that is over",
    "R631": "message is not base64",
    "R632": "signature is not the agent's",
    "R633": "message is another agent's",
    "R634": "message is for another business",
    "R635": "message comes from a time ahead",
    "R636": "message is over",
    "R637": "message cannot be read",
    "R638": "this is not exercised here",
    "R639": "the agent's number is taken by another request",
    "R640": "message was used before",
    "R641": "the request is not the agent's",
    "R642": "the request has ended",
}
STATUS = {"R630": 401, "R632": 403, "R633": 403, "R634": 403, "R639": 409, "R640": 403, "R641": 403, "R642": 409}
AGAIN = frozenset({"R630", "R635"})  # the same message may be sent once more, a little later or with another token


class AgentFault(Exception):
    """R630 to R642: nothing was done."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code}  {LINES[code]}")
        self.code, self.summary, self.reason, self.help = code, LINES[code], LINES[code], ""
        self.status, self.fatal = STATUS.get(code, 400), code not in AGAIN
