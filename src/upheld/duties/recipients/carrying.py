"""An order that is due becomes one attempt at its recipient, and the attempt becomes the order's next state, with its leaf and next job.

Handlers may run twice, at once, or die anywhere: a lease lets one in, an order's key is the same at every try, and an end that somebody else
recorded meanwhile stays. What is out of reach is tried again after growing waits for some five days; who does not answer is reminded after
the waits of its entry; then a person looks. Not taken: one long transaction around the call; a recipient would hold our locks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import psycopg

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.model import Connector, Entry, Order, OrderState, Outcome, Registry, State
from upheld.duties.recipients.orders import (
    ANSWERED,
    TASK,
    TOLD,
    WAITS,
    Defer,
    Told,
    about,
    leaf_of,
    lock_of,
    order_of,
    receipt_of,
)
from upheld.records import jobs
from upheld.records.keys import MasterKey, find_ask_key, seal, unseal
from upheld.records.ledger import append

LEASE = timedelta(minutes=5)  # longer than a connector may take
EARLY = timedelta(minutes=1)  # clocks of two machines
FAULT_WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440, 1440, 1440)
)  # some five days out of reach, then a person
LOOK_WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 360, 1440))
LONGEST = timedelta(days=1)  # however long a recipient asks us to wait
TRY_AGAIN = frozenset({"R321", "R324"})

CLAIM = """
UPDATE recipient_order SET claimed_until = %(until)s, tries = tries + 1
WHERE number = %(number)s AND ended_at IS NULL AND (claimed_until IS NULL OR claimed_until <= %(now)s)
    AND next_at IS NOT NULL AND next_at <= %(early)s
RETURNING reference, recipient, act, regime, key, sealed, state, tries, faults, reminders, placed_at, remind_at, handle, connector, told_at
"""
RECORD = """
UPDATE recipient_order SET state = CASE WHEN state = 'acknowledged' AND %(state)s = 'told' THEN state ELSE %(state)s END, code = %(code)s, faults = %(faults)s, reminders = %(reminders)s, next_at = %(next_at)s,
    remind_at = %(remind_at)s, told_at = coalesce(told_at, %(told_at)s), ended_at = %(ended_at)s, claimed_until = NULL,
    handle = coalesce(%(handle)s, handle), answer = coalesce(%(answer)s, answer), receipt = coalesce(%(receipt)s, receipt),
    real = real OR %(real)s, answered_by = CASE WHEN %(answered)s THEN 'connector' ELSE answered_by END
WHERE number = %(number)s AND ended_at IS NULL AND claimed_until = %(until)s
"""


TOLD_AT = "UPDATE recipient_order SET told_at = coalesce(told_at, %s::timestamptz) WHERE number = %s"


class Own(Protocol):
    """Our own database, as `records.own` opens it."""

    def transaction(self) -> AbstractContextManager[psycopg.Connection]: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What carrying out needs from outside. `connect`: the connector of an entry. `link`: where a person of the recipient answers an order.

    `remind`: tells the firm's own people of an order that waits for them (a person's role, the order), at first and at every reminder.
    `ended`: goes on with what waits for an order's end; `told`: notes what the recipient now has of the person. Both in the transaction that
    records it.
    """

    master: MasterKey
    registry: Registry
    connect: Callable[[Entry], Connector]
    defer: Defer = jobs.defer
    link: Callable[[int, UUID], str] = lambda number, key: ""
    remind: Callable[[str, OrderState], None] = lambda person, order: None
    ended: Callable[[psycopg.Connection, OrderState], object] = lambda connection, order: None
    told: Callable[[psycopg.Connection, OrderState], object] = lambda connection, order: None


@dataclass(slots=True)
class _Claimed:
    number: int
    until: datetime
    reference: str
    recipient: str
    act: str
    regime: str
    key: UUID
    sealed: bytes
    state: State
    tries: int
    faults: int
    reminders: int
    placed_at: datetime
    remind_at: datetime | None
    handle: bytes | None
    connector: str
    told_at: datetime | None


def carry_out(own: Own, desk: Desk, number: int, now: datetime) -> OrderState:
    """One attempt, if the order is due and nobody else is at it. Never raises for what a recipient does. 2 transactions, the call between."""
    with own.transaction() as connection:
        given = {"number": number, "now": now, "until": now + LEASE, "early": now + EARLY}
        row = connection.execute(CLAIM, given).fetchone()
        if row is None:
            return _not_now(connection, desk, number, now)
        claimed = _Claimed(number, now + LEASE, *row)
        case_key = find_ask_key(connection, desk.master, claimed.reference)
    entry = desk.registry.entries.get(claimed.recipient) or Entry(claimed.recipient, claimed.recipient, "person")
    outcome, sent = _attempt(desk, claimed, entry, case_key, now)
    with own.transaction() as connection:
        told = _record(connection, desk, claimed, entry, case_key, outcome, sent, now)
        state = order_of(connection, number)
        if told:
            desk.told(connection, state)
        if not state.open:
            desk.ended(connection, state)
    if state.state == "waits-for-person":
        desk.remind(entry.person, state)
    return state


def sweep(connection: psycopg.Connection, now: datetime, defer: Defer = jobs.defer) -> int:
    """Jobs for orders whose own job was lost (restored queue, lost worker): how many. For a schedule of some minutes. One statement and jobs."""
    late = now - 3 * LEASE
    rows = connection.execute(
        "SELECT number FROM recipient_order WHERE ended_at IS NULL AND next_at < %s AND (claimed_until IS NULL OR claimed_until < %s)",
        [late, late],
    ).fetchall()
    for (number,) in rows:
        defer(connection, TASK, {"order": number}, lock=lock_of(number))
    return len(rows)


def _not_now(connection: psycopg.Connection, desk: Desk, number: int, now: datetime) -> OrderState:
    """Whoever holds the lease may be dead: look again when it ends. An order that is not due has its own job."""
    row = connection.execute(
        "SELECT claimed_until FROM recipient_order WHERE number = %s AND ended_at IS NULL AND claimed_until > %s", [number, now]
    ).fetchone()
    if row is not None:
        desk.defer(connection, TASK, {"order": number}, lock=lock_of(number), at=row[0])
    return order_of(connection, number)


def _attempt(desk: Desk, claimed: _Claimed, entry: Entry, case_key: bytes | None, now: datetime) -> tuple[Outcome, bool]:
    """What came of it, and whether the recipient was told (and not only asked)."""
    if claimed.state == "waits-for-person":
        return Outcome("person"), False
    if case_key is None:
        return Outcome("failed", "R329"), False
    if entry.connector != claimed.connector:
        return Outcome("person", "R328"), False
    try:
        connector = desk.connect(entry)
        order = _opened(desk, claimed, entry, case_key)
        if claimed.state == "queued":
            return connector.send(order), True
        outcome = connector.poll(order)
        if outcome.state != "told" or claimed.remind_at is None or claimed.remind_at > now + EARLY:
            return outcome, False
        if claimed.reminders + 1 >= len(entry.chase):  # each wait counts once: after the last a person looks
            return Outcome("person", "R327"), False
        return connector.send(order), True
    except RecipientFault as fault:
        return Outcome("again" if fault.code in TRY_AGAIN else "person", fault.code, fault.after), False
    except Exception:
        # A connector's own slip must not carry a value into a log; its code sends a person to look.
        return Outcome("person", "R322"), False


def _opened(desk: Desk, claimed: _Claimed, entry: Entry, case_key: bytes) -> Order:
    content = json.loads(unseal(case_key, claimed.sealed, about(claimed.key, "content")))
    handle = unseal(case_key, claimed.handle, about(claimed.key, "handle")).decode() if claimed.handle else ""
    return Order(
        number=claimed.number,
        reference=claimed.reference,
        recipient=claimed.recipient,
        act=claimed.act,  # type: ignore[arg-type]
        key=claimed.key,
        identifiers=tuple((form, value) for form, value in content["identifiers"]),
        corrections=content["corrections"],
        regime=claimed.regime,
        placed_at=claimed.placed_at,
        tries=claimed.tries,
        handle=handle,
        link=desk.link(claimed.number, claimed.key),
        reminders=claimed.reminders,
        told_at=claimed.told_at,
        wait=_wait(entry, claimed.reminders if claimed.state == "queued" else claimed.reminders + 1),
    )


def _wait(entry: Entry, turn: int) -> timedelta:
    """How long a recipient has that is told for the `turn`-th time again."""
    return entry.chase[min(turn, len(entry.chase) - 1)] if entry.chase else LONGEST


@dataclass(slots=True)
class _Next:
    """The order's row after the attempt."""

    state: State
    code: str
    faults: int
    reminders: int
    next_at: datetime | None
    remind_at: datetime | None


def _next(claimed: _Claimed, entry: Entry, outcome: Outcome, sent: bool, now: datetime) -> _Next:
    code, reminders = outcome.code, claimed.reminders
    match outcome.state:
        case "done" | "refused" | "failed":
            code = code or ("R333" if outcome.state == "refused" else "")
            return _Next(outcome.state, code, claimed.faults, reminders, None, None)
        case "again" if claimed.faults < len(FAULT_WAITS):
            asked = min(outcome.after or timedelta(0), LONGEST)
            at = now + max(asked, FAULT_WAITS[claimed.faults])
            return _Next(claimed.state, code, claimed.faults + 1, reminders, at, claimed.remind_at)
        case "again" | "person":
            waiting = claimed.state == "waits-for-person"
            turn = reminders + 1 if waiting else 0
            again = now + entry.chase[turn] if turn < len(entry.chase) else None
            return _Next("waits-for-person", "R327" if waiting and again is None else code, 0, turn, again, again)
    turn = reminders + 1 if sent and claimed.state != "queued" else reminders
    remind_at = claimed.remind_at
    if sent or remind_at is None:
        remind_at = now + _wait(entry, turn)
    look_at = now + LOOK_WAITS[min(claimed.tries, len(LOOK_WAITS)) - 1]
    # Once acknowledged, a later "told" (nothing new) takes nothing back.
    state: State = "acknowledged" if "acknowledged" in (outcome.state, claimed.state) else "told"
    return _Next(state, code, 0, turn, min(look_at, remind_at), remind_at)


def _record(
    connection: psycopg.Connection,
    desk: Desk,
    claimed: _Claimed,
    entry: Entry,
    case_key: bytes | None,
    outcome: Outcome,
    sent: bool,
    now: datetime,
) -> bool:
    """Whether the recipient was told, as is on record now."""
    after = _next(claimed, entry, outcome, sent, now)
    answer = seal(case_key, outcome.answer, about(claimed.key, "answer")) if case_key and outcome.answer else None
    receipt = receipt_of(case_key, outcome.answer) if case_key and outcome.answer else None
    handle = seal(case_key, outcome.handle.encode(), about(claimed.key, "handle")) if case_key and outcome.handle else None
    ended = after.state in ("done", "refused", "failed")
    told = sent and outcome.state in ("told", "acknowledged", "done", "refused", "failed")
    given: Mapping[str, object] = {
        "state": after.state, "code": after.code, "faults": after.faults, "reminders": after.reminders, "next_at": after.next_at,
        "remind_at": after.remind_at, "told_at": now if told else None, "ended_at": now if ended else None, "handle": handle,
        "answer": answer, "receipt": receipt, "real": outcome.real, "answered": ended or outcome.state == "acknowledged",
        "number": claimed.number, "until": claimed.until,
    }  # fmt: skip
    order = Told(claimed.number, claimed.reference, claimed.recipient, claimed.act, claimed.key, after.reminders)
    leaves = [leaf_of(TOLD, order, now, claimed.act)] if told else []
    if connection.execute(RECORD, given).rowcount == 0:
        # A person or a callback ended it meanwhile, or our lease ran out and somebody else is at it: that it was told stays true, unless the
        # telling was to be part of this very transaction.
        told = told and outcome.within is None
        connection.execute(TOLD_AT, [now if told else None, claimed.number])
        append(connection, leaves if told else [])
        return told
    if outcome.within is not None:
        outcome.within(connection)
    if ended or outcome.state == "acknowledged":
        leaves.append(leaf_of(ANSWERED, order, now, after.state, after.code, receipt))
    elif after.state == "waits-for-person" and after.state != claimed.state:
        leaves.append(leaf_of(WAITS, order, now, "person", after.code))
    append(connection, leaves)
    if after.next_at is not None:
        desk.defer(connection, TASK, {"order": claimed.number}, lock=lock_of(claimed.number), at=after.next_at)
    return told
