"""One case as its page shows it: what was asked, the clock, who is asking, what happened, what would be done, whom we told, what may be done next.

What a person said is opened only for roles that work on it: to an auditor a case is its number. Proofs are never shown here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from upheld.duties.messages.outbox import letters_of, read_letter
from upheld.duties.messages.outbox.model import Posted
from upheld.duties.recipients.model import OrderState
from upheld.duties.recipients.orders import answer_text, orders_of
from upheld.duties.requests import Case, details_of, timeline
from upheld.duties.requests.cases import asks_of, clock_now
from upheld.duties.requests.model import Event
from upheld.duties.requests.states import may_happen
from upheld.faces.app.declared import Labels
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.looking.plans import PlanShown, plan_of_ask
from upheld.faces.app.desk.looking.recipients import standings
from upheld.faces.app.desk.operating import approvals
from upheld.faces.app.desk.papers import Paper
from upheld.faces.app.desk.refusing import proposed
from upheld.faces.app.desk.rights.objecting import PURPOSES
from upheld.faces.app.desk.works.copies import FeeNow, fee_now
from upheld.faces.console.desk.wording import NEXT, event_said, who_said
from upheld.faces.console.rendering import Console
from upheld.faces.console.tongue import ENGLISH, Tongue
from upheld.language.law.lookup import bound
from upheld.records.people.rights import restrictions_of
from upheld.records.staff import Account, all_accounts, may

SAID = {
    "name": "Name",
    "first-name": "First name",
    "last-name": "Last name",
    "email": "E-mail",
    "phone": "Telephone",
    "address-text": "Address",
    "company-name": "Firm",
    "company-place": "Where the firm is",
    "account": "Account",
    "authority": "Acts for",
    "guardian": "Asks as a guardian",
    "tenant": "On the instruction of the client",
    "for-email": "That person’s e-mail",
    "for-phone": "That person’s telephone",
    "for-born": "That person’s birthday",
}
WRITTEN_BACK = 500  # characters of what a recipient wrote; the whole of it is in its mail
LETTER_STATES = {
    "queued": ("wait", "Waits to be sent"),
    "sending": ("wait", "Is being sent"),
    "sent": ("kept", "Sent"),
    "to-post": ("unproven", "Waits to be posted by one of us"),
    "posted": ("kept", "Posted"),
    "failed": ("broken", "Could not be sent"),
    "bounced": ("broken", "Came back"),
}
RECIPIENT_STATES = {
    "queued": ("wait", "Not told yet"),
    "told": ("wait", "Told; no answer yet"),
    "acknowledged": ("wait", "Received; not done yet"),
    "done": ("kept", "Done"),
    "said": ("attested", "Done, as one of us took down"),
    "unproven": ("unproven", "Done, it says; unproven"),
    "refused": ("broken", "Refused"),
    "failed": ("broken", "Could not be told"),
    "waits-for-person": ("unproven", "Waits for one of us"),
}


UNPROVEN = {"unproven": "unproven: none has answered yet", "unlisted": "no entry: told by one of us"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    what: str
    who: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One recipient. `standing`: what is unproven of it, in words; `mark` is a sign of the page, `open`: no end yet, `again`: its connector may try once more;
    `words`: what it wrote back, the beginning."""

    number: int
    recipient: str
    standing: str
    mark: str
    said: str
    at: datetime | None
    open: bool
    again: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class LetterShown:
    """One letter; `waits`: for somebody to post it, or to try it again. `unseen`: what of law in it nobody has seen in a text."""

    id: int
    kind: str
    mark: str
    said: str
    at: datetime
    waits: bool
    again: bool
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that waits for a second person. `mine`: who looks is who proposed it."""

    right: str
    ground: str
    reasons: str
    by: str
    mine: bool


@dataclass(frozen=True, slots=True)
class CaseShown:
    """All that the page of one case says. `said` is empty for who may not see it, and once it was destroyed."""

    case: Case
    name: str
    words: str
    said: tuple[tuple[str, str], ...]
    proven: tuple[str, ...]
    unproven: tuple[str, ...]
    missing: tuple[str, ...]
    cites: tuple[str, ...]
    regime: str
    owner: str
    lines: tuple[Line, ...]
    next: tuple[str, ...]
    plans: tuple[PlanShown, ...]
    notes: tuple[str, ...]
    told: tuple[Told, ...]
    papers: tuple[Paper, ...]
    letters: tuple[LetterShown, ...]
    refusals: tuple[Refusal, ...]
    grounds: Mapping[str, Mapping[str, str]]
    weigh: tuple[str, ...]
    lifts: tuple[str, ...]
    fee: FeeNow
    needed: int
    first: str
    mine: bool
    may: frozenset[str]

    @property
    def digests(self) -> tuple[str, ...]:
        return tuple(plan.digest for plan in self.plans if plan.kind != "access")


def case_shown(console: Console, case: Case, account: Account, say: Tongue = ENGLISH) -> CaseShown:
    """What this account may see of the case, and do with it. Some 10 statements."""
    desk, opened = console.desk, may(account.role, "enter")
    with console.app.own.connection() as connection:
        details = details_of(connection, desk.master, case.number)
        people = {one.ref: one for one in all_accounts(connection)}
        events = timeline(connection, desk.master, case.number)
        orders = orders_of(connection, case.id)
        answered = _answered(console, connection, case, orders) if opened else {}
        written = letters_of(connection, case.id) if opened else ()
        unseen = {one.id: read_letter(connection, desk.master, one.id).unconfirmed for one in written if not case.purged_at}
        asks = asks_of(connection, case.number)
        cites = clock_now(connection, desk.law, case).cites
        prepared = prepared_of(details, case.rights)
        agreed = approvals(connection, case, prepared)
    standing = standings(desk) if orders else {}
    laws = [desk.law.regimes[one].name if one in desk.law.regimes else one for one in bound(case.regime)]
    plans = tuple(plan for ask, _ in asks if (plan := plan_of_ask(console.app, ask)) is not None) if case.open else ()
    able = acts_of(case, account, bool(plans or prepared))
    waits = proposed(desk, case) if opened and case.open else {}
    return CaseShown(
        case=case,
        name=name_of(details) if opened else "",
        words=details.get("words", "") if opened else "",
        said=_said(details) if opened else (),
        proven=tuple(details.get("proven", "").split()),
        unproven=tuple(details.get("unproven", "").split()),
        missing=tuple(details.get("missing", "").split()),
        cites=cites,
        regime="; ".join(laws),
        owner=people[case.owner].name if case.owner in people else "",
        lines=tuple(_line(event, people, opened, say) for event in events),
        next=tuple(say(step) for step in NEXT.get(case.state, ())),
        plans=plans,
        notes=tuple(dict.fromkeys(one.note for one in prepared.values() if one.note)),
        told=tuple(
            _told(order, standing.get(order.recipient, ""), desk.labels, answered.get(order.number, ""), say)
            for order in orders
        ),
        papers=desk.papers(case.number) if may(account.role, "identify") else (),
        letters=tuple(_letter(one, unseen.get(one.id, ()), say) for one in written),
        refusals=tuple(_refusal(right, one, people, account) for right, one in waits.items()),
        grounds={right: found for right in case.rights if (found := desk.grounds(case.number, right))}
        if "refuse" in able
        else {},
        weigh=tuple(details.get(PURPOSES, "").split()) if "approve" in able else (),
        fee=fee_now(desk, case) if may(account.role, "answer") else FeeNow(),
        lifts=_lifts(console, case) if may(account.role, "answer") else (),
        needed=agreed.needed,
        first=say.several([who_said(one.by, people, say) for one in agreed.by]),
        mine=case.owner == account.ref,
        may=able,
    )


def acts_of(case: Case, account: Account, prepared: bool) -> frozenset[str]:
    """What the page offers: what the role may do and the case's state lets happen. The verbs ask again."""
    found = set()
    if may(account.role, "enter") and case.open:
        found |= {"take", "note"} | ({"complete"} if case.state == "incomplete" else set())
    if may(account.role, "answer"):
        found |= {name for name, event in (("withdraw", "withdrawn"), ("decide", "decided")) if may_happen(case.state, event)}
        found |= {"refuse"} if case.open else set()
        found |= {"extend"} if case.open and case.extend_by is not None else set()
    if may(account.role, "approve") and case.state == "approval" and prepared:
        found |= {"approve", "send-back"}
    if may(account.role, "approve") and case.open:
        found.add("confirm")
    if may(account.role, "identify") and case.state == "identity":
        found.add("identify")
    if may(account.role, "task"):
        found.add("task")
    return frozenset(found)


def name_of(details: Mapping[str, str]) -> str:
    """The name as it was given, whole or in parts."""
    return details.get("name") or " ".join(filter(None, (details.get("first-name"), details.get("last-name"))))


def _said(details: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, details[kind]) for kind, label in SAID.items() if details.get(kind))


def _line(event: Event, people: Mapping[str, Account], opened: bool, say: Tongue) -> Line:
    note = event.note if opened and event.note and event.kind != "letter-sent" else ""
    said = event_said(event.kind, event.by, say)
    if event.kind == "letter-sent" and event.note:
        said = say("Letter written: {kind}", kind=say.words_of(event.note))
    if " " not in note and "-" in note:  # an id of ours
        note = say.words_of(note)
    return Line(said, who_said(event.by, people, say), note, event.at)


def _told(order: OrderState, standing: str, labels: Labels, words: str, say: Tongue) -> Told:
    """Done is shown as kept only where the recipient itself said so, by a way that is proven."""
    state: str = order.state
    if state == "done" and order.answered_by.startswith("staff:"):
        state = "said"
    elif state == "done" and standing != "kept":
        state = "unproven"
    mark, said = RECIPIENT_STATES[state]
    return Told(
        order.number,
        labels.word(order.recipient, say.language, first=True),
        say(UNPROVEN[standing]) if standing in UNPROVEN else "",
        mark,
        say(said),
        order.told_at,
        order.open,
        order.state == "waits-for-person" and order.connector != "person",
        words,
    )


def _answered(console: Console, connection: Any, case: Case, orders: Sequence[OrderState]) -> dict[int, str]:
    """What recipients wrote back, by order; nothing of a case whose key is gone."""
    if case.purged_at is not None:
        return {}
    said = {one.number: answer_text(connection, console.desk.master, one.number) for one in orders}
    return {number: text.decode("utf-8", "replace")[:WRITTEN_BACK] for number, text in said.items() if text}


def _letter(one: Posted, unseen: tuple[str, ...], say: Tongue) -> LetterShown:
    mark, said = LETTER_STATES[one.state]
    code = f" ({one.code})" if one.code and one.state in ("failed", "bounced") else ""
    return LetterShown(
        id=one.id,
        kind=say.words_of(one.kind),
        mark=mark,
        said=say(said) + code,
        at=one.ended_at or one.queued_at,
        waits=one.state in ("to-post", "failed", "bounced"),
        again=one.state in ("failed", "bounced"),
        unseen=unseen,
    )


def _refusal(right: str, said: Mapping[str, str], people: Mapping[str, Account], account: Account) -> Refusal:
    return Refusal(right, said["ground"], said["reasons"], who_said(said["by"], people), said["by"] == f"staff:{account.ref}")


def _lifts(console: Console, case: Case) -> tuple[str, ...]:
    """The grounds of restrictions of this person that stand, where this case restricted."""
    if "restriction" not in case.rights or case.subject is None:
        return ()
    with console.app.own.connection() as connection:
        return tuple(dict.fromkeys(one.ground for one in restrictions_of(connection, case.subject)))


def faults(error: Exception) -> tuple[str, str, str] | None:
    """Code, reason and help of a refusal of any room; None for an error that nobody foresaw."""
    code: Any = getattr(error, "code", None)
    reason: Any = getattr(error, "reason", None)
    return (code, reason, str(getattr(error, "help", ""))) if isinstance(code, str) and isinstance(reason, str) else None
