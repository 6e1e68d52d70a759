"""Orders of cases meet the world: connectors get their secrets and their mail, answers come in, and the case goes on when an order ends.

Run by the job `recipient-order`, by callbacks and answer links, and by operators who take an answer down. A letter to a recipient lies in the
same outbox as a person's, under the case's key.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from upheld.duties import recipients
from upheld.duties.messages import compose, queue_letter
from upheld.duties.messages.outbox.mime import mailbox
from upheld.duties.recipients import Answer, OrderState, RecipientFault, carry_out
from upheld.duties.recipients.callbacks import answer_by_link, link_token, order_of_link, take_callback
from upheld.duties.recipients.carrying import sweep
from upheld.duties.recipients.codes import SUMMARIES
from upheld.duties.recipients.connectors import Means, connector_of
from upheld.duties.recipients.connectors.opendsr import take_status
from upheld.duties.recipients.model import Order
from upheld.duties.recipients.orders import TASK, answer_order, answer_text, tell_again
from upheld.duties.requests import Case, RequestFault, details_of, note_event, request_of
from upheld.duties.requests.cases import locked
from upheld.faces.app.desk import telling
from upheld.faces.app.desk.disclosures.noting import note_order
from upheld.faces.app.desk.standing.registry import registry_of
from upheld.records.jobs import Handler, Schedule

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

SWEEP = "look for lost orders"
SCHEDULE = Schedule("*/15 * * * *", SWEEP)
LETTERS = {
    "erase": "order-erasure",
    "rectify": "order-rectification",
    "restrict": "order-restriction",
    "lift": "order-lift",
    "access": "order-access",
    "opt-out": "order-opt-out",
}
KINDS = {"email/1": "form/email", "phone/1": "form/phone"}
WEIGHED, CHOICES = "weighed", "choices"  # what objections and withdrawals keep of a case
COPIES = frozenset({"access", "confirm", "information"})
BEFORE_ANSWER = ("identity", "ready", "approval", "working", "recipients")
_CASE = re.compile(r"R-(\d+)\Z")


def handlers(desk: Desk) -> dict[str, Handler]:
    """What workers do for orders, by task."""
    return {TASK: lambda ids: _carry_out(desk, int(str(ids["order"]))), SWEEP: lambda _: _sweep(desk)}


def answer(desk: Desk, number: int, said: Answer) -> OrderState:
    """An operator took down what a recipient said. RecipientFault R332 where there is no such order, or it has another end."""
    with desk.own.transaction() as connection:
        return _gone_on(desk, connection, answer_order(connection, desk.master, number, said, desk.now))


def again(desk: Desk, number: int) -> OrderState:
    """An order that waits for a person is sent once more, after whatever kept it was mended. R332 for any other."""
    with desk.own.transaction() as connection:
        return tell_again(connection, number, desk.now)


def ask_for_copy(desk: Desk, number: int, names: Sequence[str], by: str) -> Case:
    """These recipients are asked for what they hold of the case's person; the case is not answered before they are. R332 for a recipient that the
    deployment has not, or never tells; RequestFault R102 for a case that asks for no copy, or is past its work."""
    entries = registry_of(desk).entries
    with desk.own.transaction() as connection:
        case = locked(connection, number)
        if not COPIES & set(case.rights) or case.state not in BEFORE_ANSWER:
            raise RequestFault("R102", f"{case.id} waits for no copy.", "Ask before the copy is answered.")
        known = [name for name in names if name in entries and entries[name].connector != "none"]
        if not known or len(known) < len(names):
            raise RecipientFault("R332", case.id, "No such recipient is told anything.", "Use the names of recipients.yaml.")
        telling.place(desk, connection, case, "access", {"only": " ".join(known)})
        return note_event(
            connection, desk.master, desk.law, number, "note", desk.now, by=by, note=f"asked for a copy: {', '.join(known)}"
        )


def said_by(desk: Desk, number: int) -> str:
    """What a recipient sent back with its answer, for an operator; empty where nothing did. R329 where the case's key is gone, R332 for no such order."""
    with desk.own.connection() as connection:
        return answer_text(connection, desk.master, number).decode("utf-8", "replace")


def by_link(desk: Desk, token: str) -> OrderState:
    """The order that a recipient's link answers. R326 for every other token."""
    with desk.own.transaction() as connection:
        return order_of_link(connection, desk.master, token, desk.now)


def answered_by_link(desk: Desk, token: str, state: str, reason: str) -> OrderState:
    """What a person of the recipient said on the page behind the link. R326, R332."""
    with desk.own.transaction() as connection:
        return _gone_on(desk, connection, answer_by_link(connection, desk.master, token, state, reason, desk.now))


def called_back(desk: Desk, recipient: str, headers: Mapping[str, str], body: bytes) -> OrderState:
    """A signed callback of a webhook or a processor. `headers` by small letters. R326 for everything that is not the recipient's, all alike."""
    registry = registry_of(desk)
    entry = registry.entries.get(recipient)
    with desk.own.transaction() as connection:
        if entry is not None and entry.connector == "opendsr":
            state = take_status(connection, desk.master, registry, recipient, headers, body, desk.now)
        else:
            secret = desk.app.settings.environment.get(entry.secrets.get("secret", "")) if entry is not None else None
            signature = headers.get("upheld-signature", "")
            state = take_callback(connection, desk.master, registry, recipient, secret, signature, body, desk.now)
        return _gone_on(desk, connection, state)


def _carry_out(desk: Desk, number: int) -> None:
    means = Means(
        now=lambda: desk.now,
        secret=desk.app.settings.environment.get,
        mail=lambda address, order: _write(desk, address, order),
        callback=desk.links.callbacks() if desk.links.base.startswith("https://") else "",
    )

    def link(order: int, key: UUID) -> str:
        with desk.own.transaction() as connection:
            return desk.links.answer(link_token(connection, desk.master, order, key, desk.now))

    bench = recipients.Desk(
        desk.master,
        registry_of(desk),
        lambda entry: connector_of(entry, means),
        link=link,
        remind=lambda person, order: _stuck(desk, order),
        ended=lambda connection, order: _gone_on(desk, connection, order),
        told=lambda connection, order: note_order(desk, connection, order),
    )
    carry_out(desk.own, bench, number, desk.now)


def _stuck(desk: Desk, order: OrderState) -> None:
    """What a person must do for an order stands on its case's timeline, as everything else that a person must mend."""
    match = _CASE.match(order.reference)
    if match is None:
        return
    why = f"{order.code} {SUMMARIES[order.code][1]}" if order.code else "it is told by a person"
    with desk.own.transaction() as connection, contextlib.suppress(RequestFault):
        note_event(
            connection,
            desk.master,
            desk.law,
            int(match.group(1)),
            "stuck",
            desk.now,
            note=f"{order.name} {order.recipient}: {why}",
        )


def _sweep(desk: Desk) -> None:
    with desk.own.transaction() as connection:
        sweep(connection, desk.now)


def _gone_on(desk: Desk, connection: Any, order: OrderState) -> OrderState:
    """The order's end is on its case's timeline, and the case looks whether it can go on now. Orders of anything else have nobody who waits."""
    match = _CASE.match(order.reference)
    if match and not order.open:
        by = f"recipient:{order.recipient}"
        with contextlib.suppress(RequestFault):
            note_event(connection, desk.master, desk.law, int(match.group(1)), "recipient-answered", desk.now, by=by)
    return order


def _against(desk: Desk, order: Order, language: str) -> tuple[str, ...]:
    """What the person said no to: the uses that stop, the choices taken back, else the right itself."""
    found = _CASE.fullmatch(order.reference)
    if found is None:
        return desk.labels.words_for(("objection",), language)
    with desk.own.connection() as connection:
        case = request_of(connection, int(found[1]))
        said = details_of(connection, desk.master, case.number, [WEIGHED, CHOICES])
    stopped = [purpose for purpose, one in json.loads(said.get(WEIGHED, "{}")).items() if one["decision"] == "upheld"]
    return desk.labels.words_for(stopped or said.get(CHOICES, "").split() or case.rights, language)


def _write(desk: Desk, address: str, order: Order) -> Callable[[Any], object]:
    """The order as a letter to the recipient; a reminder where it was told before. What puts it into the outbox, once the order is told."""
    kind = LETTERS[order.act] if order.told_at is None else "reminder"
    entry = registry_of(desk).entries[order.recipient]
    values: dict[str, object] = {
        "number": f"O-{order.number:04d}",
        "until": (desk.now + order.wait).date(),
        "answer_link": order.link,
    }
    if kind == "reminder":
        values["sent_on"] = order.told_at
    else:
        values["about"] = [({"say": KINDS.get(form, "form/number")}, value) for form, value in order.by(entry.found_by)]
    language = desk.program.notices[0].language
    if kind == "order-rectification":
        values["changes"] = [(desk.labels.word(leaf, language), value) for leaf, value in order.corrections.items()]
    if kind == "order-opt-out":
        values["against"] = _against(desk, order, language)
    letter = compose(kind, values, order.regime, language, firm=desk.firm, to=(order.recipient,), today=desk.now.date())
    mailbox(address)  # an address that is none is a fault of the entry, and not of the transaction that records the order
    return lambda connection: queue_letter(
        connection, desk.master, f"O-{order.number:04d}", letter, address, desk.now, key=order.reference
    )
