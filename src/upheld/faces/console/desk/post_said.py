"""What keeps letters and mail from going on, in sentences for the queue: no mail server, paper to post, letters that came back, a mailbox shut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from upheld.duties.messages.intake import mailbox_now
from upheld.duties.messages.outbox import letters_open, waiting
from upheld.duties.messages.outbox.model import Posted, Waiting
from upheld.faces.console.rendering import Console
from upheld.faces.console.tongue import ENGLISH, Tongue
from upheld.records.jobs import jobs_now

SLOW = timedelta(minutes=30)  # a letter that waits longer for the mail server is worth a sentence
LINKED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Wants:
    """A sentence, with the mark of how bad it is and the cases it is about."""

    mark: str
    said: str
    cases: tuple[str, ...] = ()


def wants(console: Console, say: Tongue = ENGLISH) -> tuple[Wants, ...]:
    """What a person should know of letters and mail: three or four statements; nothing where all goes well."""
    with console.app.own.connection() as connection:
        counts, box, jobs = waiting(connection), mailbox_now(connection), jobs_now(connection)
        found = letters_open(connection) if counts.to_post or counts.failed or counts.bounced else ()
    said = [*_waiting(console, counts, say), *_for_a_person(counts, found, say)]
    if jobs.failed:
        one, many = (
            "1 background job has failed, and somebody must look:",
            "{number} background jobs have failed, and somebody must look:",
        )
        said.append(Wants("broken", f"{_many(say, jobs.failed, one, many)} upheld jobs"))
    if box is not None and box.code:
        said.append(
            Wants(
                "broken",
                say(
                    "The mailbox could not be read at {at} ({code}): requests by mail are not seen.",
                    at=say.clock(box.looked_at),
                    code=box.code,
                ),
            )
        )
    return tuple(said)


def _many(say: Tongue, number: int, one: str, many: str) -> str:
    return say(one if number == 1 else many, number=f"{number:,}")


def _waiting(console: Console, counts: Waiting, say: Tongue) -> Iterator[Wants]:
    if not counts.queued:
        return
    if console.desk.mail is None:
        one, many = (
            "1 letter waits for want of a mail server: set {names}.",
            "{number} letters wait for want of a mail server: set {names}.",
        )
        names = say.several(("UPHELD_SMTP_URL", "UPHELD_MAIL_FROM"))
        yield Wants("unproven", say(one if counts.queued == 1 else many, number=f"{counts.queued:,}", names=names))
    elif counts.oldest is not None and console.app.settings.now() - counts.oldest > SLOW:
        yield Wants(
            "unproven",
            _many(say, counts.queued, "1 letter waits for the mail server.", "{number} letters wait for the mail server."),
        )


def _for_a_person(counts: Waiting, found: tuple[Posted, ...], say: Tongue) -> Iterator[Wants]:
    if counts.to_post:
        one, many = "1 letter waits to be printed and posted.", "{number} letters wait to be printed and posted."
        yield Wants("unproven", _many(say, counts.to_post, one, many), _cases(found, "to-post"))
    if counts.failed:
        one, many = "1 letter could not be sent.", "{number} letters could not be sent."
        yield Wants("broken", _many(say, counts.failed, one, many), _cases(found, "failed"))
    if counts.bounced:
        said = _many(say, counts.bounced, "1 letter came back.", "{number} letters came back.")
        yield Wants("broken", said, _cases(found, "bounced"))


def _cases(found: tuple[Posted, ...], state: str) -> tuple[str, ...]:
    refs = (one.ref for one in found if one.state == state and one.ref.startswith("R-"))
    return tuple(dict.fromkeys(refs))[:LINKED_AT_MOST]
