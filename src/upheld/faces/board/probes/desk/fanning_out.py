"""Recipients are told of what was done: each that the sentence means has an order, by mail with a link that ends it, is reminded, and its answer is on record.

The way of an order is tried with an invented person, and nothing leaves the machine: only mail goes out, to the probe's own mail server. That somebody of the
recipient answers is nobody's to try here; so whoever never really answered, by the firm's own records, stands as a way round until she has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from upheld.duties.messages.outbox import letters_of
from upheld.duties.recipients import OrderState, RecipientFault, Registry, read_registry
from upheld.duties.recipients.orders import TASK, answered_really, order_of, orders_of
from upheld.duties.requests import Case
from upheld.faces.app.declared.reading import text_in
from upheld.faces.app.desk import ordering
from upheld.faces.app.desk.post import send
from upheld.faces.app.desk.standing.registry import FILE
from upheld.faces.board.controls import names_under
from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.context import ProbeContext
from upheld.faces.board.probes.desk.tally import Tally
from upheld.faces.board.probes.desk.world import DeskWorld
from upheld.language.law import Span, add_span
from upheld.language.promises.model import After, Kind, Name, Program, Promise

CLOCK, ANSWER = "clock:tell", "record:answer"
# What a sentence says that recipients are told of → the right that makes it so, and the order's act.
ACTS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("erasure-order", "erased"), ("erasure", "erase")),
    "rectified": ("rectification", "rectify"),
    "consent-withdrawn": ("withdraw-consent", "opt-out"),
}
MAIL, NEVER = "mail", "none"
EVERY = "recipients"
LINK = re.compile(r"/answer/([^\s\"<>]+)")


def telling(program: Program) -> tuple[Promise, ...]:
    """The promises to tell recipients of something that a right does."""
    return tuple(
        promise
        for promise in program.promises
        if promise.verb == "tell" and promise.modality == "will" and promise.object and {one.id for one in promise.object} <= ACTS.keys()
    )  # fmt: skip


def controls(program: Program, rights: Collection[str]) -> Iterator[str]:
    """What is tried of those that these rights make so."""
    for promise in telling(program):
        if {ACTS[one.id][0] for one in promise.object} & set(rights):
            yield from _of(promise)


def _of(promise: Promise) -> Iterator[str]:
    yield from (f"fanout:{party}" for party in names_under(promise, "to"))
    if isinstance(promise.due, After) and promise.due.high.unit != "hours":
        yield CLOCK
    if "answer" in names_under(promise, "needs"):
        yield ANSWER


def tell_by_mail(desk: DeskWorld, case: Case, orders: Sequence[OrderState]) -> list[str]:
    """One order of an act, of a recipient that can do it, goes out by mail, is reminded, and is answered by its link; once for each act. What came out otherwise."""
    entries = read_registry(desk.desk.program, text_in(desk.desk.folder, FILE) or None)[0].entries
    able = _by_mail(desk, orders[0].act) if orders else []
    order = next((one for one in orders if one.recipient in able), None)
    if order is None or order.act in desk.fanned:
        return []
    entry, wrong = entries[order.recipient], []
    first = LINK.findall(_mailed(desk, order, entry.address))
    with desk.desk.own.connection() as connection:
        if order_of(connection, order.number).told_at is None:
            return []  # by nothing that this case knows of her the recipient knows her: a person tells it, and another case is tried by mail
    desk.fanned.add(order.act)
    now, so_far = desk.hour.at, len(desk.post.received(entry.address))
    desk.forward(max(entry.chase, default=timedelta(days=2)) + timedelta(minutes=1))
    tokens = LINK.findall(_mailed(desk, order, entry.address))
    if len(desk.post.received(entry.address)) == so_far:
        wrong.append("who did not answer an order was not reminded")
    desk.hour.at = now
    if not first or not tokens:
        return [*wrong, "no mail with a way to answer went to a recipient"]
    with suppress(RecipientFault):
        ordering.answered_by_link(desk.desk, tokens[-1], "done", "")
    with desk.desk.own.connection() as connection:
        ended = order_of(connection, order.number)
    return wrong if (ended.state, ended.answered_by) == ("done", "link") else [*wrong, "the link of an order did not end it"]


def _mailed(desk: DeskWorld, order: OrderState, address: str) -> str:
    """The newest mail of the recipient, after the order was gone on with."""
    ordering.handlers(desk.desk)[TASK]({"order": order.number})
    with desk.desk.own.connection() as connection:
        ids = [one.id for one in letters_of(connection, order.name) if one.state == "queued"]
    for id in ids:
        send(desk.desk, id)
    mails = desk.post.received(address)
    return mails[-1].decode("utf-8", "replace").replace("=\r\n", "").replace("=\n", "") if mails else ""


def try_fanning_out(
    desk: DeskWorld, cases: Mapping[tuple[str, str], Case], mailed: Mapping[str, list[str]], tally: Tally
) -> None:
    """Of each sentence, the orders of every case that did what it speaks of. `cases`: by right and law; `mailed`: by act, what came out otherwise."""
    registry = _firms(desk.context)
    for promise in telling(desk.context.program):
        for right, act in {ACTS[one.id] for one in promise.object}:
            for case in (case for (asked, _), case in cases.items() if asked == right):
                with desk.desk.own.connection() as connection:
                    orders = [order for order in orders_of(connection, case.id) if order.act == act]
                if act not in desk.fanned and _by_mail(desk, act):
                    for party in names_under(promise, "to"):
                        tally.lacks(f"fanout:{party}", promise.id, "no order of it went out by mail")
                _judge(desk, promise, registry, orders, mailed.get(act, []), tally)


def _by_mail(desk: DeskWorld, act: str) -> list[str]:
    entries = read_registry(desk.desk.program, text_in(desk.desk.folder, FILE) or None)[0].entries
    return [name for name, entry in entries.items() if entry.connector == MAIL and act in entry.can]


def _judge(
    desk: DeskWorld, promise: Promise, registry: Registry, orders: Sequence[OrderState], mailed: list[str], tally: Tally
) -> None:
    told = {order.recipient for order in orders}
    for party in names_under(promise, "to"):
        wanted = _meant(desk.context.program, registry, party)
        if not wanted:
            tally.lacks(f"fanout:{party}", promise.id, "the deployment has nobody of them whom anybody tells anything")
            continue
        wrong = [*mailed, *(["a recipient that the sentence means was not told"] if wanted - told else [])]
        tally.note(f"fanout:{party}", promise.id, not wrong, "; ".join(wrong))
    due = promise.due
    if isinstance(due, After) and due.high.unit != "hours" and orders:
        length = Span(due.high.amount, due.high.unit)
        late = [one for one in orders if one.told_at and one.told_at.date() > add_span(one.placed_at.date(), length)]
        late += [one for one in orders if one.placed_at > desk.hour()]
        tally.note(CLOCK, promise.id, not late, "a recipient was told later than the sentence promises")
    if "answer" in names_under(promise, "needs") and orders:
        bare = [one for one in orders if not (one.state == "done" and one.ended_at and one.answered_by)]
        tally.note(ANSWER, promise.id, not bare, "an order ended without an answer, or nobody knows whose it was")


def _firms(context: ProbeContext) -> Registry:
    """As the firm's own file says it, and not the one that the desk was given."""
    assert context.folder is not None
    return read_registry(context.program, text_in(context.folder, FILE) or None)[0]


def _meant(program: Program, registry: Registry, party: str) -> frozenset[str]:
    """Names of entries, and of parties without one, that the sentence's word means."""
    meaning = program.names.get(Name(Kind.PARTY, party))
    leaves = {party, *(leaf.id for leaf in meaning.leaves)} if meaning is not None else {party}
    mine = {
        entry.name
        for entry in registry.entries.values()
        if entry.connector != NEVER
        and (party == EVERY or leaves & {entry.name, entry.party, *registry.covers.get(entry.name, ())})
    }
    return frozenset(mine | {one for one in registry.unlisted if party == EVERY or one in leaves})


def with_ways_round(context: ProbeContext, found: Sequence[Evidence]) -> list[Evidence]:
    """Whoever of a party never really answered an order of the firm's is a way round its promise."""
    if not any(one.control.startswith("fanout:") for one in found):
        return list(found)
    registry = _firms(context)
    with context.own.connection() as connection:
        answered = answered_really(connection, registry)
    return [
        replace(one, bypasses=tuple(f"{name} never answered an order yet" for name in sorted(_meant(context.program, registry, one.control.partition(":")[2]) - answered)))
        if one.control.startswith("fanout:") and one.outcome == "held"
        else one
        for one in found
    ]  # fmt: skip
