"""What desk and works hand each other: what was asked, what a work prepared, what it did, what everybody may see of a case.

A work is one right's labour: it prepares (a plan that an operator approves, or nothing), carries out, and says what the answer holds. It
never moves a case itself; the desk does, so that every right keeps to the same states, clocks and letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from upheld.duties.requests.model import Case

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in by a channel, not yet measured against the notice.

    `details`: what was said, by kind: `name`, `first-name`, `last-name`, `email`, `phone`, `company-name`, `company-place`, `words`,
    `statement`, `corrections` (JSON lines), `purposes`, `grounds`, `authority` (of whom), `for-email`, `for-phone`, `for-born` (of the person that somebody else asks for), `recipient` …; blank ones count as not said.
    `origin`: the form's or message's own number. `subject`: the ref of who is signed in; `signed_in` says so where the ref is not known yet. `by`: `staff:REF` where an operator wrote it down.
    """

    rights: tuple[str, ...]
    regime: str
    channel: str
    received_at: datetime
    details: Mapping[str, str]
    language: str = "en"
    country: str = ""
    origin: str = ""
    subject: str | None = None
    by: str = "person"
    representative: bool = False
    signed_in: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be done. `approval`: an operator must say yes, to `digest` where there is a plan. `note`: in words, for the desk.

    `ask`: the engine's, if there is one. `second`: a second operator must say yes too. `waits`: cannot be prepared now (a store out of
    reach), tried again at `again`.
    """

    approval: bool
    digest: str = ""
    ask: str = ""
    note: str = ""
    second: bool = False
    waits: str = ""
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file for the person alone: fetched once or until it expires, by an unguessable link; its hash stands in the ledger."""

    path: Path
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Done:
    """What was done. `waits`: not at its end (a store is out of reach, a review is open), tried again at `again`; `soon`: in moments, so that the timeline need not say it.

    `tell`: the act that recipients are told of (`erase`, `rectify`, `restrict`, `opt-out`), empty for none, with what they need beside the
    identifiers in `told`. `stopped`: what was approved may not be carried out as it stands; it is planned anew and looked at again. `letter` and `values`: the answer. `files`: what the person may fetch. `counts`: for the ledger.
    """

    letter: str = "answer"
    values: Mapping[str, object] = field(default_factory=dict)
    tell: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Delivery, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    waits: str = ""
    again: datetime | None = None
    refused: str = ""
    stopped: str = ""
    soon: bool = False


class Work(Protocol):
    """One right's labour. Both are called again after a crash: they look first what is done, and do the rest.

    `purpose` names it in logs. Neither may write a person's word anywhere but in details, letters and deliveries of the case.
    """

    rights: frozenset[str]

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        """What would be done, nothing touched."""
        ...

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        """It is done, or waits."""
        ...

    def conclude(self, desk: Desk, case: Case, right: str, values: Mapping[str, object]) -> Done | None:
        """Every recipient has answered: what is left to do before the answer, and the answer's values anew. None: nothing is left."""
        ...
