"""A request as values: what was received, the case that it became, what happened in it.

A case names nobody: who asks, and in what words, lies sealed beside it (`details`). The number is the name that everybody uses: `R-0001`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

State = Literal[
    "incomplete",  # something that the notice asks for is missing: asked back for
    "identity",  # waits for proof of who asks, or of authority
    "ready",  # nothing stands in the way: the work may begin
    "approval",  # a plan, a weighing or a draft waits for an operator
    "working",  # being carried out
    "recipients",  # done here; recipients have not all answered
    "answering",  # all is done; the answer goes out
    "answered",
    "refused",
    "withdrawn",
]
OPEN: tuple[State, ...] = ("incomplete", "identity", "ready", "approval", "working", "recipients", "answering")
ENDED: tuple[State, ...] = ("answered", "refused", "withdrawn")

PERSON, UPHELD = "person", "upheld"  # who did it; an operator is `staff:REF`, a recipient `recipient:ID`

LINES: Mapping[str, str] = {"R101": "there is no such request", "R102": "the case does not stand so that this may happen"}


class RequestFault(Exception):
    """A request cannot go on like this. `code` R1xx, `reason` and `help` without any value of a request."""

    def __init__(self, code: str, reason: str, help: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code, self.reason, self.help = code, reason, help


@dataclass(frozen=True, slots=True)
class Received:
    """What came in, read and measured against the notice.

    `channel` is a channel of the language (`email`, `phone`, `letter`, `web-form` …). `promised` is the notice's own period as
    written (`30 days`), empty where it says `law`. `details`: what the person said, by kind (`name`, `email`, `company`,
    `location`, `words` …); sealed at once. `missing`: kinds that the notice wants and that lack. `unproven`: proofs still wanted.
    `origin`: the form's or message's own number; the same one opens the same case. `subject`: the person's ref, if signed in.
    """

    notice: str
    rights: tuple[str, ...]
    regime: str
    channel: str
    received_at: datetime
    language: str = "en"
    country: str = ""
    clauses: tuple[str, ...] = ()
    promised: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    origin: str = ""
    subject: str | None = None
    by: str = PERSON

    @property
    def first_state(self) -> State:
        return "incomplete" if self.missing else "identity" if self.unproven else "ready"


@dataclass(frozen=True, slots=True)
class Case:
    """One request as it stands. Days are those of the clock as it runs now; `still`: it stands still, and `answer_by` is None."""

    number: int
    notice: str
    rights: tuple[str, ...]
    clauses: tuple[str, ...]
    regime: str
    country: str
    language: str
    channel: str
    received_at: datetime
    opened_at: datetime
    state: State
    promised: str
    acknowledge_by: date | None
    extend_by: date | None
    answer_by: date | None
    still: bool
    owner: str
    subject: str | None
    ended_at: datetime | None
    purged_at: datetime | None

    @property
    def id(self) -> str:
        return f"R-{self.number:04d}"

    @property
    def open(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a case's timeline. `note` is what was said, opened; None where nothing was, or its key is destroyed."""

    kind: str
    at: datetime
    by: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that was opened now, or (`again`) before by the same form or message. `link`: the token of its page, shown once more."""

    case: Case
    link: str
    again: bool


def case_number(id: str) -> int:
    """17 of `R-0017`. RequestFault R101 where it is no case's number."""
    digits = id.removeprefix("R-")
    if id == digits or not digits.isascii() or not digits.isdigit() or len(digits) > 12:
        raise RequestFault("R101", "This is no number of a request.", "A request is named R- and its number, as in R-0001.")
    return int(digits)
