"""What the API answers: shapes with descriptions, and how values of the desk become them.

What a person said is in `person` and in notes alone, and only for tokens that work on cases.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from upheld.duties.incidents import Incident
from upheld.duties.messages.outbox.model import Posted
from upheld.duties.recipients import OrderState
from upheld.duties.requests import Case
from upheld.duties.requests.offers import Offer
from upheld.faces.app.desk.looking import Whole
from upheld.faces.app.desk.looking.plans import PlanShown
from upheld.faces.app.desk.looking.recipients import RecipientNow
from upheld.faces.app.desk.papers import Paper
from upheld.records.people.rights.reviews import Review
from upheld.records.staff.tokens import Token

OURS = frozenset({"missing", "unproven", "proven", "link", "representative", "guardian", "approved-by", "verifier"})


class CaseLine(msgspec.Struct, rename="kebab"):
    """A case as the queue shows it: it names nobody."""

    id: Annotated[str, Meta(description="Its number, as everybody calls it.", examples=["R-0017"])]
    state: Annotated[str, Meta(description="Where it stands.", examples=["approval"])]
    rights: list[str]
    regime: str
    channel: str
    language: str
    country: str
    received_at: datetime
    answer_by: Annotated[date | None, Meta(description="The last day for the answer; null while the clock stands still.")]
    acknowledge_by: date | None
    extend_by: Annotated[date | None, Meta(description="Until when it may be told that it takes longer.")]
    still: Annotated[bool, Meta(description="The clock stands still until the person answers.")]
    owner: Annotated[str, Meta(description="The account that has it; empty: nobody.")]
    ended_at: datetime | None


class Queue(msgspec.Struct):
    """One page of cases, the most urgent first; ended ones the latest first."""

    cases: list[CaseLine]
    next: Annotated[str | None, Meta(description="`cursor` of the next page; null at the end.")]


class Opened(msgspec.Struct):
    """A case that was opened now, or (`again`) before by the same origin."""

    case: CaseLine
    again: bool
    page: Annotated[str, Meta(description="The person's own page of the case; for the person alone.")]


class Happened(msgspec.Struct):
    """One line of the timeline. `note` only for tokens that work on cases."""

    kind: str
    at: datetime
    by: str
    note: str


class Planned(msgspec.Struct):
    """What would be done of one right. `digest` names the plan that an approval says yes to."""

    right: str
    approval: bool
    second: Annotated[bool, Meta(description="Two people must say yes.")]
    digest: str
    ask: str
    note: str


class PaperLine(msgspec.Struct, rename="kebab"):
    """A paper that came in; what it shows is for the case's verifier."""

    serial: int
    item: str
    media_type: str
    size: Annotated[int, Meta(description="Bytes.")]
    received_at: datetime
    destroyed_at: datetime | None


class OrderLine(msgspec.Struct, rename="kebab"):
    """What one recipient was told, and what it said."""

    number: int
    recipient: str
    act: str
    state: str
    code: str
    open: bool
    told_at: datetime | None
    ended_at: datetime | None


class FeeLine(msgspec.Struct):
    """How the case stands to a fee for a further copy."""

    rights: Annotated[list[str], Meta(description="Of which a fee may be asked now.")]
    amount: Annotated[str, Meta(description="What was asked, for tokens that work on cases; empty: nothing.")]
    owed: Annotated[bool, Meta(description="It was asked, and has not come in.")]


class CaseWhole(msgspec.Struct, rename="kebab"):
    """A case with all that the desk knows of it. Its ETag is the `mark`: send it as If-Match with what you decide."""

    case: CaseLine
    mark: str
    missing: list[str]
    unproven: list[str]
    proven: list[str]
    person: Annotated[dict[str, str] | None, Meta(description="What was said; null for tokens that only read.")]
    cites: Annotated[list[str], Meta(description="Where the law says the day.")]
    timeline: list[Happened]
    prepared: list[Planned]
    refusals: Annotated[list[str], Meta(description="Rights whose refusal waits for a second person.")]
    fee: FeeLine
    papers: list[PaperLine]
    orders: list[OrderLine]


class Right(msgspec.Struct):
    """One right of the menu."""

    right: str
    clauses: list[str]
    asks: Annotated[list[str], Meta(description="What a request must say.")]
    proofs: Annotated[list[str], Meta(description="What must be proven.")]
    within: Annotated[str, Meta(description="The notice's own period; empty: the law's.", examples=["30 days"])]
    cites: list[str]


class Menu(msgspec.Struct):
    """Every right that a person under this regime may use here."""

    regime: str
    rights: list[Right]


class Ground(msgspec.Struct):
    """A ground on which a right may be refused, and where it stands."""

    ground: str
    cite: str


class Grounds(msgspec.Struct):
    """All of them."""

    grounds: list[Ground]


class IncidentLine(msgspec.Struct, rename="kebab"):
    """Something that went against a promise or a law."""

    number: int
    id: str
    kind: str
    about: str
    clauses: list[str]
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    cause: str


class Incidents(msgspec.Struct):
    """Open ones the oldest first, or closed ones the latest first."""

    incidents: list[IncidentLine]


class Health(msgspec.Struct, rename="kebab"):
    """How background work stands."""

    waiting: int
    running: int
    done: int
    failed: Annotated[int, Meta(description="Wait for a person.")]
    workers: int
    oldest_s: Annotated[float, Meta(description="How long the oldest that could run has waited, in seconds.")]


class LetterLine(msgspec.Struct, rename="kebab"):
    """One letter, as it stands; it names nobody."""

    number: int
    kind: str
    language: str
    channel: Annotated[str, Meta(description="`mail`, or `print` for an envelope.")]
    state: str
    code: Annotated[str, Meta(description="What went wrong with it, if anything did.")]
    queued_at: datetime
    ended_at: datetime | None


class Letters(msgspec.Struct):
    """The first first."""

    letters: list[LetterLine]


class PlanLine(msgspec.Struct):
    """One table of a plan."""

    store: str
    table: str
    rows: Annotated[int | None, Meta(description="As the preview counted them; null where only the reading can tell.")]
    action: str
    because: str
    held: Annotated[bool, Meta(description="It stays.")]


class PlanWhole(msgspec.Struct):
    """A plan as a person reads it. `digest` is what an approval says yes to."""

    ask: str
    kind: str
    digest: str
    statements: Annotated[int, Meta(description="At most so many are run.")]
    tables: list[PlanLine]
    told: Annotated[list[str], Meta(description="Who hears of it afterwards.")]


class Plans(msgspec.Struct):
    """Of each ask of the case."""

    plans: list[PlanWhole]


class DecisionLine(msgspec.Struct, rename="kebab"):
    """What a machine proposed; nothing acts on it before a person decided."""

    id: str
    point: str
    proposed: str
    proposed_at: datetime


class Decisions(msgspec.Struct):
    """The oldest first."""

    decisions: list[DecisionLine]


class ChoiceLine(msgspec.Struct):
    """A choice, and how many people said yes and no."""

    choice: str
    yes: int
    no: int


class Choices(msgspec.Struct):
    """In alphabetical order."""

    choices: list[ChoiceLine]


class KeptLine(msgspec.Struct):
    """Rows that erasures left standing."""

    store: str
    table: str
    rows: int
    ground: Annotated[str, Meta(description="Empty: as the clause says.")]
    hold: str
    until: Annotated[date | None, Meta(description="The day on which it ends; null: none is set.")]


class Retention(msgspec.Struct):
    """What ends first stands first."""

    kept: list[KeptLine]


class RecipientLine(msgspec.Struct, rename="kebab"):
    """Somebody who gets data, and how they are told of what becomes of it."""

    name: str
    parties: Annotated[list[str], Meta(description="The notice's names that it stands for.")]
    role: str
    data: list[str]
    clauses: list[str]
    connector: Annotated[str, Meta(description="Empty: it has no entry, and each order is a task for a person.")]
    can: list[str]
    standing: Annotated[
        Literal["kept", "unproven", "person", "none", "unlisted"],
        Meta(description="`kept` once it has answered itself; by a connector from published pages, once a real one did."),
    ]
    because: str
    waiting: Annotated[int, Meta(description="Orders that have no end yet.")]
    done_at: datetime | None


class Recipients(msgspec.Struct):
    """In alphabetical order."""

    recipients: list[RecipientLine]


class LedgerKey(msgspec.Struct):
    """The first key of the ledger, as a checker pins it."""

    key: str


class TokenLine(msgspec.Struct):
    """A token of your account, without the token itself."""

    number: str
    name: str
    scopes: Annotated[list[str], Meta(description="Scopes that it has whole.")]
    acts: Annotated[list[str], Meta(description="Acts of the staff that it allows.")]
    made: datetime
    ends: datetime
    used: datetime | None
    ended: datetime | None


class Tokens(msgspec.Struct):
    """The newest first."""

    tokens: list[TokenLine]


class MadeToken(msgspec.Struct):
    """The token itself, told this once."""

    token: Annotated[str, Meta(examples=["uph_…"])]


class Me(msgspec.Struct):
    """Whose token this is, and what it allows here."""

    account: str
    role: str
    scopes: list[str]
    acts: list[str]


def line(case: Case) -> CaseLine:
    """A case as a line."""
    return CaseLine(
        case.id, case.state, list(case.rights), case.regime, case.channel, case.language, case.country, case.received_at, case.answer_by,
        case.acknowledge_by, case.extend_by, case.still, case.owner, case.ended_at,
    )  # fmt: skip


def whole(found: Whole, opened: bool) -> CaseWhole:
    """A case whole; `opened`: with what the person said."""
    person = {kind: text for kind, text in found.said.items() if kind not in OURS and ":" not in kind and text}
    return CaseWhole(
        case=line(found.case),
        mark=found.mark,
        missing=list(found.items("missing")),
        unproven=list(found.items("unproven")),
        proven=list(found.items("proven")),
        person=person if opened else None,
        cites=list(found.cites),
        timeline=[Happened(one.kind, one.at, one.by, (one.note or "") if opened else "") for one in found.events],
        prepared=[
            Planned(right, one.approval, one.second, one.digest, one.ask, one.note if opened else "")
            for right, one in found.prepared.items()
        ],
        refusals=list(found.refusals),
        fee=FeeLine(list(found.fee.rights), found.fee.amount if opened else "", found.fee.owed),
        papers=[paper(one) for one in found.papers],
        orders=[order(one) for one in found.orders],
    )


def paper(one: Paper) -> PaperLine:
    """A paper as a line."""
    return PaperLine(one.serial, one.item, one.media_type, one.size, one.received_at, one.destroyed_at)


def order(one: OrderState) -> OrderLine:
    """An order as a line."""
    return OrderLine(one.number, one.recipient, one.act, one.state, one.code, one.open, one.told_at, one.ended_at)


def right(offer: Offer, channel: str) -> Right:
    """A right as the menu shows it, by this channel."""
    cites = [clock.length.cite for clock in (offer.law.clock,) if clock is not None] if offer.law is not None else []
    return Right(
        offer.right,
        list(offer.clauses),
        list(offer.content(channel)),
        list(offer.proof(channel)),
        offer.promised(channel),
        [cite for cite in cites if cite],
    )


def letter(one: Posted) -> LetterLine:
    """A letter as a line."""
    return LetterLine(one.id, one.kind, one.language, one.channel, one.state, one.code, one.queued_at, one.ended_at)


def plan(one: PlanShown) -> PlanWhole:
    """A plan whole."""
    tables = [
        PlanLine(store, row.table, row.rows, row.action, row.because, row.held) for store, rows in one.stores for row in rows
    ]
    return PlanWhole(one.ask, one.kind, one.digest, one.statements, tables, list(one.told))


def recipient(one: RecipientNow) -> RecipientLine:
    """A recipient as a line."""
    return RecipientLine(
        one.name, list(one.parties), one.role, list(one.data), list(one.clauses), one.connector, list(one.can), one.standing, one.because,
        one.waiting, one.done_at,
    )  # fmt: skip


def decision(one: Review) -> DecisionLine:
    """A decision as a line."""
    return DecisionLine(one.id, one.point, one.proposed, one.proposed_at)


def incident(one: Incident) -> IncidentLine:
    """An incident as a line."""
    return IncidentLine(
        one.number, one.id, one.kind, one.about, list(one.clauses), one.opened_at, one.closed_at, one.closed_by, one.cause
    )


def token(one: Token, scopes: list[str]) -> TokenLine:
    """A token as a line."""
    return TokenLine(one.number, one.name, scopes, list(one.scopes), one.made, one.ends, one.used, one.ended)


class Reported(msgspec.Struct):
    """What was taken of a report."""

    new: Annotated[int, Meta(description="Rows that were not on record.", examples=[2])]


class Sent(msgspec.Struct):
    """What a recipient sent back."""

    text: Annotated[str, Meta(description="As it came; empty where nothing did.")]
