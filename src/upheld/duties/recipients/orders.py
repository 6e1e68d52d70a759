"""A case's act becomes one order a recipient, each with its job, in the caller's transaction; and an order's answer becomes its end.

Who is meant is sealed under the case's key. An order placed again (same case, recipient, act and content) is the one that is there. Every
told and every answer is a leaf with counts and a commitment, no more. Must never: end an order that nobody answered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import Literal, Protocol
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.kinds import KINDS, is_declared
from upheld.duties.recipients.model import ACTS, Act, Entry, Identifier, OrderState, Registry, State
from upheld.records import jobs
from upheld.records.keys import MasterKey, ask_key, find_ask_key, keyed_hash, seal, unseal
from upheld.records.ledger import Detail, Leaf, append
from upheld.records.ledger.leaf import derived_id

TASK = "recipient-order"
ORDERED, TOLD, ANSWERED, WAITS = "recipient:ordered", "recipient:told", "recipient:answered", "recipient:waits"
SEEN = ", ".join(
    f"coalesce(encode({one.name}, 'hex'), '') AS {one.name}" if one.name == "receipt" else one.name
    for one in fields(OrderState)
)
INSERT = f"""
INSERT INTO recipient_order
    (reference, recipient, connector, reached, act, regime, key, same, sealed, state, code, placed_at, next_at, remind_at)
SELECT %(reference)s, d.recipient, d.connector, d.reached, %(act)s, %(regime)s, d.key, d.same, d.sealed, d.state, d.code, %(now)s, d.next_at,
    CASE WHEN d.state <> 'queued' THEN d.next_at END
FROM unnest(%(recipient)s::text[], %(connector)s::text[], %(reached)s::text[], %(key)s::uuid[], %(same)s::bytea[], %(sealed)s::bytea[],
    %(state)s::text[], %(code)s::text[], %(next_at)s::timestamptz[])
    AS d (recipient, connector, reached, key, same, sealed, state, code, next_at)
ON CONFLICT (reference, recipient, act, same) DO NOTHING RETURNING {SEEN}
"""
THERE = f"SELECT {SEEN} FROM recipient_order WHERE reference = %s AND act = %s AND same = ANY(%s)"
LISTED = f"SELECT {SEEN} FROM recipient_order WHERE (%(all)s OR ended_at IS NULL) AND reference = %(reference)s ORDER BY number"
LOCKED = "SELECT reference, recipient, act, key, state, reminders FROM recipient_order WHERE number = %s FOR UPDATE"
REALLY = """
SELECT recipient, connector, reached, bool_or(real) FROM recipient_order
WHERE real OR (state = 'done' AND answered_by IN ('connector', 'callback', 'link')) GROUP BY 1, 2, 3
"""
END = f"""
UPDATE recipient_order SET state = %(state)s, code = %(code)s, answer = coalesce(%(answer)s, answer), answered_by = %(by)s,
    receipt = coalesce(%(receipt)s, receipt), real = real OR %(real)s, next_at = CASE WHEN %(ends)s THEN NULL ELSE next_at END,
    claimed_until = CASE WHEN %(ends)s THEN NULL ELSE claimed_until END,
    ended_at = CASE WHEN %(ends)s THEN %(now)s ELSE NULL END
WHERE number = %(number)s RETURNING {SEEN}
"""


class Defer(Protocol):
    """`records.jobs.defer`: one job more in the caller's transaction. It says only which order to go on with."""

    def __call__(
        self,
        connection: psycopg.Connection,
        task: str,
        ids: Mapping[str, int | str],
        *,
        lock: str = "",
        at: datetime | None = None,
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a recipient said. `by`: who took it down (a role or name of the firm's own people), or how it came (`callback`, `link`).

    `text`: what it said, sealed before it is stored. `real`: it came over verified TLS from a public address.
    """

    state: Literal["acknowledged", "done", "refused", "failed"]
    by: str
    text: bytes = b""
    code: str = ""
    real: bool = False


def place_orders(
    connection: psycopg.Connection,
    master: MasterKey,
    reference: str,
    registry: Registry,
    act: Act,
    subject: Sequence[Identifier],
    now: datetime,
    *,
    defer: Defer = jobs.defer,
    regime: str = "",
    corrections: Mapping[str, str] | None = None,
    data: frozenset[str] | None = None,
    only: Iterable[str] | None = None,
    without: Iterable[str] = (),
) -> tuple[OrderState, ...]:
    """One order for each recipient that got the data, by name; parties without an entry get one that waits for a person.

    `data`: leaves that are concerned; recipients that got none of them are left out (None: all). `only`: names of entries and parties, where
    the case knows who got this person's data. `without`: names of entries that got none of it. `corrections`: leaf → right value. Five statements, and one an order that has a job. ValueError for
    an unknown act.
    """
    if act not in ACTS:
        raise ValueError("an act is one of ACTS")
    key = ask_key(connection, master, reference, now)
    content = json.dumps({"identifiers": sorted(map(list, subject)), "corrections": dict(sorted((corrections or {}).items()))})
    wanted = None if only is None else frozenset(only)
    spare = frozenset(without)
    entries = [one for one in _told(registry, data) if wanted is None or one.name in wanted or one.party in wanted]
    entries = [one for one in entries if one.name not in spare]
    new = [_new(entry, key, reference, act, content, now, subject) for entry in entries]
    if not new:
        return ()
    given: dict[str, object] = {name: [getattr(one, name) for one in new] for name in New.__slots__}
    given |= {"reference": reference, "act": act, "regime": regime, "now": now}
    with connection.cursor(row_factory=class_row(OrderState)) as cursor:
        made = {one.recipient: one for one in cursor.execute(INSERT, given).fetchall()}  # type: ignore[arg-type]
        same = [one.same for one in new if one.recipient not in made]
        there = cursor.execute(THERE, [reference, act, same]).fetchall() if same else []  # type: ignore[arg-type]
    fresh = [one for one in new if one.recipient in made]
    _record(connection, reference, act, fresh, made, now)
    for one in fresh:
        if one.next_at is not None:
            number = made[one.recipient].number
            at = None if one.state == "queued" else one.next_at
            defer(connection, TASK, {"order": number}, lock=lock_of(number), at=at)
    found = made | {one.recipient: one for one in there}
    return tuple(found[one.recipient] for one in new)


def spared(registry: Registry) -> dict[str, str]:
    """Recipients that are never told, each with the reason: for the answer to the person."""
    return {entry.name: entry.because for entry in registry.entries.values() if entry.connector == "none"}


def open_orders(connection: psycopg.Connection, reference: str) -> tuple[OrderState, ...]:
    """Orders of a case that have no end yet, oldest first. One statement."""
    return _listed(connection, reference, False)


def orders_of(connection: psycopg.Connection, reference: str) -> tuple[OrderState, ...]:
    """Every order of a case, oldest first. One statement."""
    return _listed(connection, reference, True)


def order_of(connection: psycopg.Connection, number: int) -> OrderState:
    """One order; RecipientFault R332 where there is none. One statement."""
    with connection.cursor(row_factory=class_row(OrderState)) as cursor:
        found = cursor.execute(f"SELECT {SEEN} FROM recipient_order WHERE number = %s", [number]).fetchone()
    if found is None:
        raise _unknown(number)
    return found


def answer_order(connection: psycopg.Connection, master: MasterKey, number: int, answer: Answer, now: datetime) -> OrderState:
    """The order has this answer if the caller's transaction commits, with its leaf. The same end again changes nothing.

    RecipientFault R332 where there is no such order, or it has another end. 4 statements.
    """
    row = connection.execute(LOCKED, [number]).fetchone()
    if row is None:
        raise _unknown(number)
    reference, recipient, act, key, state, reminders = row
    if state == answer.state:
        return order_of(connection, number)
    if state in ("done", "refused", "failed"):
        raise _unknown(number)
    found = find_ask_key(connection, master, reference)
    sealed = seal(found, answer.text, about(key, "answer")) if found and answer.text else None
    receipt = receipt_of(found, answer.text) if found and answer.text else None
    told = Told(number, reference, recipient, act, key, reminders)
    append(connection, [leaf_of(ANSWERED, told, now, answer.state, answer.code, receipt)])
    given = {
        "state": answer.state, "code": answer.code, "answer": sealed, "by": answer.by, "receipt": receipt, "real": answer.real,
        "ends": answer.state != "acknowledged", "now": now, "number": number,
    }  # fmt: skip
    with connection.cursor(row_factory=class_row(OrderState)) as cursor:
        ended = cursor.execute(END, given).fetchone()  # type: ignore[arg-type]
    assert ended is not None
    return ended


def answer_text(connection: psycopg.Connection, master: MasterKey, number: int) -> bytes:
    """What the recipient sent back, opened; empty where nothing did. R329 where the case's key is gone. 2 statements."""
    row = connection.execute("SELECT reference, key, answer FROM recipient_order WHERE number = %s", [number]).fetchone()
    if row is None:
        raise _unknown(number)
    reference, key, sealed = row
    if sealed is None:
        return b""
    found = find_ask_key(connection, master, reference)
    if found is None:
        raise RecipientFault(
            "R329", f"O-{number:04d}", "Its case's key was destroyed.", "Ask the recipient for its answer again."
        )
    return unseal(found, sealed, about(key, "answer"))


def handed_by(connection: psycopg.Connection, master: MasterKey, number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What an order hands over: the forms of its identifiers, and the leaves that it corrects; no value. Empty where the case's key is gone."""
    row = connection.execute("SELECT reference, key, sealed FROM recipient_order WHERE number = %s", [number]).fetchone()
    found = find_ask_key(connection, master, row[0]) if row else None
    if row is None or found is None:
        return (), ()
    content = json.loads(unseal(found, row[2], about(row[1], "content")))
    return tuple(sorted({form for form, _ in content["identifiers"]})), tuple(sorted(content["corrections"]))


def tell_again(connection: psycopg.Connection, number: int, now: datetime, *, defer: Defer = jobs.defer) -> OrderState:
    """An order that waits for a person is sent once more by its connector, after whatever kept it was mended. R332 for any other."""
    query = f"""
        UPDATE recipient_order SET state = 'queued', code = '', faults = 0, reminders = 0, next_at = %s, remind_at = NULL, claimed_until = NULL
        WHERE number = %s AND state = 'waits-for-person' AND connector <> 'person' RETURNING {SEEN}
    """
    with connection.cursor(row_factory=class_row(OrderState)) as cursor:
        found = cursor.execute(query, [now, number]).fetchone()  # type: ignore[arg-type]
    if found is None:
        raise _unknown(number)
    defer(connection, TASK, {"order": number}, lock=lock_of(number))
    return found


def answered_really(connection: psycopg.Connection, registry: Registry) -> frozenset[str]:
    """Entries that have answered at their address by their connector; of a declared kind only where it was a real one. One statement."""
    rows = connection.execute(REALLY).fetchall()
    known = {(name, connector, reached): real for name, connector, reached, real in rows}
    found = {one.name: known.get((one.name, one.connector, reached_of(one))) for one in registry.entries.values()}
    return frozenset(
        name for name, real in found.items() if real or (real is False and not is_declared(registry.entries[name]))
    )


# ---- parts that carrying out shares ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """An order as leaves speak of it."""

    number: int
    reference: str
    recipient: str
    act: str
    key: UUID
    reminders: int


def leaf_of(event: str, told: Told, now: datetime, outcome: str, code: str = "", receipt: bytes | None = None) -> Leaf:
    """Counts and a commitment; the detail names the case, the recipient and the act, and nobody."""
    what: dict[str, str | int] = {"order": told.number, "case": told.reference, "recipient": told.recipient, "act": told.act}
    if code:
        what["code"] = code
    if receipt:
        what["receipt"] = receipt.hex()
    return Leaf(
        event,
        now,
        counts={"orders": 1, "reminders": told.reminders},
        outcome=outcome,
        detail=Detail(what),
        id=derived_id("recipient-order", str(told.key), event, outcome, str(told.reminders)),
    )


def receipt_of(key: bytes, text: bytes) -> bytes:
    """A hash of an answer that nobody can test once the case's key is gone: an answer may hold an address, and addresses can be guessed."""
    return keyed_hash(key, "receipt", sha256(text).hexdigest())


def about(key: UUID, what: str) -> str:
    """What a sealed value of an order is, bound into it."""
    return f"recipient-order:{key}:{what}"


def lock_of(number: int) -> str:
    """One order is carried out by one worker at a time."""
    return f"{TASK}:{number}"


def reached_of(entry: Entry) -> str:
    """Where an entry is told, as a digest: an e-mail address may name somebody."""
    return sha256(f"{entry.connector} {entry.address}".encode()).hexdigest()[:32]


def _told(registry: Registry, data: frozenset[str] | None) -> list[Entry]:
    """Entries that are told, and a task for a person for each party without one."""
    found = [entry for entry in registry.entries.values() if entry.connector != "none"]
    found += [Entry(party, party, "person") for party in registry.unlisted]
    if data is None:
        return found
    return [entry for entry in found if not (got := _got(registry, entry)) or got & data]


def _got(registry: Registry, entry: Entry) -> frozenset[str]:
    """Leaves that a recipient got; empty where neither the file nor the notice says which."""
    parties = registry.covers.get(entry.name, (entry.party,))
    said = [registry.given[party].data for party in parties if party in registry.given]
    return entry.data or frozenset().union(*said)


def _begins(entry: Entry, act: Act, subject: Sequence[Identifier]) -> tuple[State, str]:
    """Queued, or waiting for a person from the start: with the code that says why."""
    if entry.connector == "person":
        return "waits-for-person", "" if entry.line else "R301"
    forms = {"key" if form.startswith("key:") else form for form, _ in subject}
    told = act in entry.can and act in KINDS[entry.connector].capabilities and bool(forms & set(entry.found_by))
    return ("queued", "") if told else ("waits-for-person", "R328")


@dataclass(frozen=True, slots=True)
class New:
    """The row of an order that is placed, column by column."""

    recipient: str
    connector: str
    reached: str
    key: UUID
    same: bytes
    sealed: bytes
    state: State
    code: str
    next_at: datetime | None


def _new(
    entry: Entry, case_key: bytes, reference: str, act: Act, content: str, now: datetime, subject: Sequence[Identifier]
) -> New:
    state, code = _begins(entry, act, subject)
    key = uuid4()
    same = keyed_hash(case_key, "recipient-order", reference, entry.name, act, content)
    sealed = seal(case_key, content.encode(), about(key, "content"))
    waits = now + entry.chase[0] if entry.chase else None
    return New(
        entry.name, entry.connector, reached_of(entry), key, same, sealed, state, code, now if state == "queued" else waits
    )


def _record(
    connection: psycopg.Connection,
    reference: str,
    act: Act,
    fresh: Sequence[New],
    made: Mapping[str, OrderState],
    now: datetime,
) -> None:
    told = [(Told(made[one.recipient].number, reference, one.recipient, act, one.key, 0), one) for one in fresh]
    append(connection, [leaf_of(ORDERED, order, now, one.state, one.code) for order, one in told])


def _listed(connection: psycopg.Connection, reference: str, ended: bool) -> tuple[OrderState, ...]:
    with connection.cursor(row_factory=class_row(OrderState)) as cursor:
        return tuple(cursor.execute(LISTED, {"reference": reference, "all": ended}).fetchall())  # type: ignore[arg-type]


def _unknown(number: int) -> RecipientFault:
    help = "Look at the order; an end that is there stays."
    return RecipientFault("R332", f"O-{number:04d}", "There is no such order that still waits for this.", help)
