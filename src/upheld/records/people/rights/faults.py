"""What the law does not let happen to a person's restriction, objection or review: a code, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

LINES: Mapping[str, str] = {
    "R211": "restriction may not be lifted before the person was told",
    "R212": "nothing of the person is restricted so",
    "R221": "objection to direct marketing is not weighed",
    "R222": "nothing of this purpose is objected to",
    "R223": "exception has no end or no ground",
    "R233": "no such review waits for a person",
    "R234": "who decides is not the person whose function it is",
}


class RightsFault(Exception):
    """It may not happen like this. `code` R2xx, `reason` and `help` hold no value of anybody."""

    exit = 1

    def __init__(self, code: str, reason: str, help: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason, self.help = code, reason, help
        self.summary = LINES[code]
