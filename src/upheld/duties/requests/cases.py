"""What was received becomes a case; each event moves it. One transaction: timeline, state, clock, a leaf of the ledger, the job that goes on.

All functions work in the caller's transaction. A case's row is locked before it moves, so that of two movers one sees what the other
did. Must never: write a person's word into a leaf, a log or a job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime

import psycopg

from upheld.duties.requests.clock import CLOCK_EVENTS, CaseClock, clock_of
from upheld.duties.requests.details import case_key, details_of, note_details, opened_note, sealed_note
from upheld.duties.requests.marks import hold_to_seen
from upheld.duties.requests.model import ENDED, UPHELD, Case, Event, Opened, Received, RequestFault
from upheld.duties.requests.states import next_state
from upheld.duties.requests.tokens import hashed, new_token
from upheld.language.law import Law
from upheld.records.jobs import defer
from upheld.records.keys import MasterKey, find_ask_key, hash_key, keyed_hash
from upheld.records.ledger import Detail, Leaf, append

CONTINUE = "continue-case"  # the job that looks at a case and does what comes next
LINK = "link"
COLUMNS = (
    "number, notice, rights, clauses, regime, country, language, channel, received_at, opened_at, state, promised, "
    "acknowledge_by, extend_by, answer_by, still, owner, subject, ended_at, purged_at"
)
EVER = "1"


def open_request(
    connection: psycopg.Connection,
    master: MasterKey,
    law: Law,
    received: Received,
    now: datetime,
    holidays: frozenset[date] = frozenset(),
) -> Opened:
    """The case stands, with its clock, its sealed details and its first event; the job that acknowledges it is deferred.

    The same `origin` opens the same case again (`again`), whatever else differs. Some 10 statements.
    """
    origin = keyed_hash(hash_key(connection, master, "request-origin", EVER, now), received.origin) if received.origin else None
    found = None if origin is None else _by(connection, "origin", origin)
    if found is not None:
        return Opened(found, _link_of(connection, master, found.number), True)
    clock = clock_of(
        law, received.regime, received.rights, received.received_at, (), received.promised, holidays
    )  # fmt: skip
    link = new_token()
    row = connection.execute(
        "INSERT INTO request (notice, rights, clauses, regime, country, language, channel, received_at, opened_at, state, promised, "
        "acknowledge_by, extend_by, answer_by, still, subject, origin, link) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (origin) DO NOTHING "
        f"RETURNING {COLUMNS}",
        [
            received.notice, list(received.rights), list(received.clauses), received.regime, received.country, received.language,
            received.channel, received.received_at, now, received.first_state, received.promised, clock.acknowledge_by,
            clock.extend_by, clock.answer_by, clock.still, received.subject, origin, hashed(link),
        ],
    ).fetchone()  # fmt: skip
    if row is None:  # the other of two at once was first
        twin = _by(connection, "origin", origin)
        assert twin is not None
        return Opened(twin, _link_of(connection, master, twin.number), True)
    case = _case(row)
    note_details(connection, master, case.number, {**received.details, LINK: link}, now)
    _record(connection, master, case, [(Event("opened", now, received.by), {"rights": len(case.rights)})])
    go_on(connection, case.number)
    return Opened(case, link, False)


def note_event(
    connection: psycopg.Connection,
    master: MasterKey,
    law: Law,
    number: int,
    kind: str,
    now: datetime,
    by: str = UPHELD,
    note: str | None = None,
    counts: Mapping[str, int] | None = None,
    holidays: frozenset[date] = frozenset(),
    then: str = "",
) -> Case:
    """The case after the event: moved, its clock set anew where the event counts for it, the job that goes on deferred.

    RequestFault R101 for an unknown case, R102 where the event may not happen now. `note`: what was said, sealed. `then`: an event that
    follows at once. 5–8 statements, for one event or two.
    """
    case = locked(connection, number)
    state = next_state(case.state, kind)
    events = [(Event(kind, now, by, note), counts or {})]
    if then:
        state = next_state(state, then)
        events.append((Event(then, now, by), {}))
    _record(connection, master, case, events)
    if {kind, then} & CLOCK_EVENTS:
        case = _clocked(connection, law, case, holidays)
    if state != case.state:
        ended = now if state in ENDED else None
        connection.execute("UPDATE request SET state = %s, ended_at = %s WHERE number = %s", [state, ended, number])
        case = replace(case, state=state, ended_at=ended)
    go_on(connection, number)
    return case


@dataclass(slots=True)
class Hand:
    """The job of a case at work. `noted`: how often it would have deferred another."""

    number: int
    noted: int = 0


_hand: ContextVar[Hand | None] = ContextVar("hand", default=None)


@contextmanager
def in_hand(number: int) -> Iterator[Hand]:
    """Within, what happens in the case defers no job: the one that runs goes on by itself, and is given to another worker if this one dies.

    Whoever uses it must defer one at the end if something was noted after the last look at the case.
    """
    hand = Hand(number)
    token = _hand.set(hand)
    try:
        yield hand
    finally:
        _hand.reset(token)


def go_on(connection: psycopg.Connection, number: int, at: datetime | None = None) -> None:
    """The job that looks at the case and does what comes next is deferred; of one case only one runs at a time.

    Of those that wait for their hour (`at`) there is one a case, too: the earliest. None is deferred in the hand of the case's own job.
    """
    hand = _hand.get()
    if at is None and hand is not None and hand.number == number:
        hand.noted += 1
        return
    lock = f"case-{number}"
    defer(connection, CONTINUE, {"case": number}, lock=lock, queueing_lock=f"{lock}-at" if at else lock, at=at)


def request_of(connection: psycopg.Connection, number: int) -> Case:
    """The case. RequestFault R101 where there is none."""
    return _known(_by(connection, "number", number))


def looked_at(connection: psycopg.Connection, number: int) -> tuple[Case, frozenset[str]]:
    """The case, and what has happened in it, by kind alone (`kinds_of`). One statement. RequestFault R101 where there is none."""
    kinds = "(SELECT array_agg(DISTINCT kind) FROM request_event WHERE request = number)"
    row = connection.execute(f"SELECT {kinds}, {COLUMNS} FROM request WHERE number = %s", [number]).fetchone()
    if row is None:
        return _known(None), frozenset()
    return _case(row[1:]), frozenset(row[0] or ())  # type: ignore[call-overload]


def locked(connection: psycopg.Connection, number: int) -> Case:
    """The case, its row held until the transaction ends. CaseMoved where a caller is held to another case than this is now (`marks`)."""
    case = _known(_by(connection, "number", number, " FOR UPDATE"))
    hold_to_seen(connection, case)
    return case


def by_link(connection: psycopg.Connection, link: str) -> Case | None:
    """The case whose page this token opens; None for any other, in the same time."""
    return _by(connection, "link", hashed(link))


def queue_of(connection: psycopg.Connection, ended: bool = False, limit: int = 500) -> tuple[Case, ...]:
    """Open cases, the most urgent first, those without a day last; with `ended`, those that ended, the latest first."""
    order = "ended_at DESC" if ended else "answer_by NULLS LAST, number"
    where = "ended_at IS NOT NULL" if ended else "ended_at IS NULL"
    rows = connection.execute(f"SELECT {COLUMNS} FROM request WHERE {where} ORDER BY {order} LIMIT %s", [limit])
    return tuple(_case(row) for row in rows)


def queue_after(
    connection: psycopg.Connection, ended: bool, after: tuple[date | datetime | None, int] | None, limit: int
) -> tuple[Case, ...]:
    """The queue's next cases behind one of this day (or end) and number, in the queue's order. One statement."""
    if ended:
        order, where = "ended_at DESC, number DESC", "ended_at IS NOT NULL"
        behind = "(ended_at, number) < (%s, %s)"
    else:
        order, where = "coalesce(answer_by, 'infinity'), number", "ended_at IS NULL"
        behind = "(coalesce(answer_by, 'infinity'), number) > (coalesce(%s::date, 'infinity'), %s)"
    chosen = f"SELECT {COLUMNS} FROM request WHERE {where}" + (f" AND {behind}" if after else "")
    rows = connection.execute(f"{chosen} ORDER BY {order} LIMIT %s", [*(after or ()), limit])
    return tuple(_case(row) for row in rows)


def counted(connection: psycopg.Connection, today: date) -> tuple[Mapping[str, int], int]:
    """How many open cases are in each state, and how many of all are past their day. Two statements."""
    states = connection.execute(
        "SELECT state, count(*) FROM request WHERE ended_at IS NULL GROUP BY state ORDER BY state"
    ).fetchall()
    late = connection.execute("SELECT count(*) FROM request WHERE ended_at IS NULL AND answer_by < %s", [today]).fetchone()
    return {str(state): int(str(count)) for state, count in states}, int(str(late[0])) if late else 0


def timeline(connection: psycopg.Connection, master: MasterKey, number: int) -> tuple[Event, ...]:
    """What happened, the first first; notes opened while the case's key is there."""
    key = find_ask_key(connection, master, f"R-{number:04d}")
    rows = connection.execute("SELECT kind, at, by, note FROM request_event WHERE request = %s ORDER BY serial", [number])
    return tuple(
        Event(kind, at, by, None if note is None or key is None else opened_note(key, number, note))
        for kind, at, by, note in rows
    )


def kinds_of(connection: psycopg.Connection, number: int) -> frozenset[str]:
    """What has happened in the case, by kind alone: no note is opened. One statement."""
    rows = connection.execute("SELECT DISTINCT kind FROM request_event WHERE request = %s", [number])
    return frozenset(str(kind) for (kind,) in rows)


def bind(connection: psycopg.Connection, number: int, subject: str) -> None:
    """The case is this person's, who was found; her ref goes from the register when she is erased."""
    connection.execute("UPDATE request SET subject = %s WHERE number = %s", [subject, number])


def own_case(connection: psycopg.Connection, number: int, owner: str) -> None:
    """An operator has the case."""
    locked(connection, number)
    connection.execute("UPDATE request SET owner = %s WHERE number = %s", [owner, number])


def add_ask(connection: psycopg.Connection, number: int, ask: str, purpose: str) -> None:
    """The engine's ask (`A-0001`) works for the case."""
    connection.execute(
        "INSERT INTO request_ask (request, ask, purpose) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [number, ask, purpose]
    )


def asks_of(connection: psycopg.Connection, number: int) -> tuple[tuple[str, str], ...]:
    """(ask, purpose) of the case, the first first."""
    rows = connection.execute("SELECT ask, purpose FROM request_ask WHERE request = %s ORDER BY ask", [number])
    return tuple((str(ask), str(purpose)) for ask, purpose in rows)


def clock_now(connection: psycopg.Connection, law: Law, case: Case, holidays: frozenset[date] = frozenset()) -> CaseClock:
    """The case's clock with its citations, computed anew from its timeline."""
    events = connection.execute(
        "SELECT kind, at FROM request_event WHERE request = %s AND kind = ANY(%s) ORDER BY serial",
        [case.number, sorted(CLOCK_EVENTS)],
    ).fetchall()
    return clock_of(law, case.regime, case.rights, case.received_at, events, case.promised, holidays)


def _clocked(connection: psycopg.Connection, law: Law, case: Case, holidays: frozenset[date]) -> Case:
    clock = clock_now(connection, law, case, holidays)
    connection.execute(
        "UPDATE request SET acknowledge_by = %s, extend_by = %s, answer_by = %s, still = %s WHERE number = %s",
        [clock.acknowledge_by, clock.extend_by, clock.answer_by, clock.still, case.number],
    )
    return replace(
        case,
        acknowledge_by=clock.acknowledge_by,
        extend_by=clock.extend_by,
        answer_by=clock.answer_by,
        still=clock.still,
    )


def _record(
    connection: psycopg.Connection, master: MasterKey, case: Case, events: Sequence[tuple[Event, Mapping[str, int]]]
) -> None:
    """Events with their leaves, in the order in which they happened. Two statements, and one for the key where something was said."""
    leaves = append(
        connection,
        [
            Leaf(
                f"request:{event.kind}",
                event.at,
                case.clauses,
                counts,
                detail=Detail({"request": case.id, "by": event.by}, case.subject),
            )
            for event, counts in events
        ],
    )
    said = [event.note for event, _ in events if event.note is not None]
    key = case_key(connection, master, case.id, events[0][0].at) if said else b""
    rows = [
        (event.kind, event.at, event.by, None if event.note is None else sealed_note(key, case.number, event.note), leaf)
        for (event, _), leaf in zip(events, leaves, strict=True)
    ]
    places = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(rows))
    connection.execute(
        f"INSERT INTO request_event (request, kind, at, by, note, leaf) VALUES {places}",  # type: ignore[arg-type]
        [value for row in rows for value in (case.number, *row)],
    )


def _link_of(connection: psycopg.Connection, master: MasterKey, number: int) -> str:
    return details_of(connection, master, number, [LINK]).get(LINK, "")


def _by(connection: psycopg.Connection, column: str, value: object, lock: str = "") -> Case | None:
    row = connection.execute(f"SELECT {COLUMNS} FROM request WHERE {column} = %s{lock}", [value]).fetchone()
    return None if row is None else _case(row)


def _case(row: Sequence[object]) -> Case:
    number, notice, rights, clauses, *rest = row
    return Case(number, notice, tuple(rights), tuple(clauses), *rest)  # type: ignore[arg-type]


def _known(case: Case | None) -> Case:
    if case is None:
        raise RequestFault("R101", "There is no such request.", "Look at the queue for its number.")
    return case
