"""A mail becomes a case at the moment it arrived, or a line on the timeline of the case that it answers; in one transaction with the note that it was taken.

Assumes that a sender proves nobody: what a mail says is a claim until the person presses the link that goes to the address. What a machine wrote
opens no case and is never answered. Must never: let a number in a subject show or move anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from upheld.duties.messages import Incoming, MessageFault, take_mail
from upheld.duties.messages.intake import Taken, destroy_mails
from upheld.duties.messages.outbox import send_waiting
from upheld.duties.recipients.orders import order_of
from upheld.duties.requests import Case, note_event, open_request, request_of
from upheld.duties.requests.clock import clock_of
from upheld.duties.requests.model import case_number
from upheld.duties.requests.offers import shorter
from upheld.faces.app.desk.model import Asked
from upheld.faces.app.desk.opening import MOST_WORDS, measured
from upheld.faces.app.desk.post.guessing import language_of, law_in, rights_in
from upheld.records.jobs import Handler, Schedule

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

TAKE, WAITING, DESTROY = "take mail", "send waiting letters", "destroy mails of purged cases"
SCHEDULES = (Schedule("*/2 * * * *", TAKE), Schedule("*/10 * * * *", WAITING), Schedule("37 3 * * *", DESTROY))
PURGED = """
SELECT DISTINCT t.ref FROM mail_place JOIN mail_taken t USING (message)
WHERE t.ref ~ '^R-[0-9]+$' AND EXISTS (SELECT FROM request WHERE purged_at IS NOT NULL AND number = substr(t.ref, 3)::bigint)
"""
MAILBOX = "UPHELD_IMAP_URL"
AT_ONCE = "at once"


def handlers(desk: Desk) -> Mapping[str, Handler]:
    """What workers do for mail, by task."""
    return {TAKE: lambda _: _quietly(desk), WAITING: lambda _: _waiting(desk), DESTROY: lambda _: _none(destroy_purged(desk))}


def take(desk: Desk) -> Taken | None:
    """New mails became cases or lines of cases; None where no mailbox is set. MessageFault R421 to R425."""
    url = desk.app.settings.environment.get(MAILBOX, "")
    if not url:
        return None
    ours = frozenset(address.lower() for address in (desk.firm.contact, desk.mail.sender if desk.mail else "") if address)
    return take_mail(desk.own, url, lambda connection, mail: received(desk, connection, mail), desk.app.settings.now, ours=ours)


def destroy_purged(desk: Desk) -> int:
    """Mails of cases whose words were destroyed are gone from the mailbox, too; how many. MessageFault R421 to R425."""
    url = desk.app.settings.environment.get(MAILBOX, "")
    if not url:
        return 0
    with desk.own.connection() as connection:
        refs = [row[0] for row in connection.execute(PURGED).fetchall()]
    return destroy_mails(desk.own, url, refs)


def received(desk: Desk, connection: Any, mail: Incoming) -> str | None:
    """The number of the case that the mail opened or belongs to; None for a machine's mail that belongs to none."""
    case = case_of(connection, mail.in_reply_to_case)
    if case is not None:
        _noted(desk, connection, case, mail)
        return case.id
    return None if mail.auto else _opened(desk, connection, mail)


def _opened(desk: Desk, connection: Any, mail: Incoming) -> str:
    version = desk.program.notices[0]
    words = f"{mail.subject}\n\n{_said(mail)}".strip()
    laws = {one.id: desk.law.regimes[one.id].name for one in version.regimes if one.id in desk.law.regimes}
    regime = law_in(words, laws, version.regimes[0].id if version.regimes else "")
    asked = Asked(
        rights=rights_in(words, [offer.right for offer in desk.menu(regime)]),
        regime=regime,
        channel="email",
        received_at=mail.received_at,
        details={"name": mail.sender_name[:200], "email": mail.sender[:320], "words": words[:MOST_WORDS]},
        language=language_of(words, version.language),
        origin=mail.identity.hex(),
    )
    request = measured(desk.program, desk.law, asked)
    if not asked.rights:
        request = replace(request, promised=_before_it_is_read(desk, asked))
    return open_request(connection, desk.master, desk.law, request, desk.now).case.id


def _before_it_is_read(desk: Desk, asked: Asked) -> str:
    """The period of a mail that may ask for anything: the shortest of all rights that are not done at once, lest it be read too late for one."""
    menu = [offer for offer in desk.menu(asked.regime) if offer.promised(asked.channel) != AT_ONCE]
    own = [offer.promised(asked.channel) for offer in menu if offer.promised(asked.channel)]
    rights = [offer.right for offer in menu]
    day = clock_of(desk.law, asked.regime, rights, asked.received_at, (), reduce(shorter, own) if own else "").answer_by
    return f"{(day - asked.received_at.date()).days} days" if day else ""


def _noted(desk: Desk, connection: Any, case: Case, mail: Incoming) -> None:
    if mail.bounce is not None:
        kind, note = "bounced", mail.bounce.status
    else:
        kind, note = "wrote" if case.open else "note", f"{mail.subject}\n\n{_said(mail)}"[:MOST_WORDS]
    # Whoever answers a letter of ours has seen it; whoever writes a number has not.
    by = "upheld" if mail.auto else "mail" if mail.matched_by == "subject" else "person"
    note_event(connection, desk.master, desk.law, case.number, kind, desk.now, by=by, note=note)


def _said(mail: Incoming) -> str:
    """The text, and what was attached: names and sizes; the files themselves lie in the mailbox, where nobody opens them by mistake."""
    attached = [f"[{one.name}, {one.kind}, {one.size:,} bytes, in the mailbox]" for one in mail.attachments]
    return "\n".join(filter(None, (mail.text, *attached)))


def case_of(connection: Any, ref: str | None) -> Case | None:
    """The case of a letter's reference; that of an order is the case it was given for."""
    if ref is not None and ref.startswith("O-"):
        ref = order_of(connection, int(ref.removeprefix("O-"))).reference
    return request_of(connection, case_number(ref)) if ref is not None and ref.startswith("R-") else None


def _quietly(desk: Desk) -> None:
    """One turn. What keeps the mailbox from being read stands on record (`mailbox_now`); another try of the job would only come between turns."""
    try:
        take(desk)
    except MessageFault:
        return


def _waiting(desk: Desk) -> None:
    send_waiting(desk.own, desk.master, desk.mail, desk.app.settings.now)


def _none(_: object) -> None:
    """A job has no result."""
