"""What keeps letters and mail from going on, in sentences for the queue: no mail server, paper to post, letters that came back, a mailbox shut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from upheld.duties.messages.intake import mailbox_now
from upheld.duties.messages.outbox import letters_open, waiting
from upheld.duties.messages.outbox.model import Posted, Waiting
from upheld.faces.board import words
from upheld.faces.console.rendering import Console
from upheld.language.diagnostic import counted
from upheld.records.jobs import jobs_now

SLOW = timedelta(minutes=30)  # a letter that waits longer for the mail server is worth a sentence
LINKED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Wants:
    """A sentence, with the mark of how bad it is and the cases it is about."""

    mark: str
    said: str
    cases: tuple[str, ...] = ()


def wants(console: Console) -> tuple[Wants, ...]:
    """What a person should know of letters and mail: three or four statements; nothing where all goes well."""
    with console.app.own.connection() as connection:
        counts, box, jobs = waiting(connection), mailbox_now(connection), jobs_now(connection)
        found = letters_open(connection) if counts.to_post or counts.failed or counts.bounced else ()
    said = [*_waiting(console, counts), *_for_a_person(counts, found)]
    if jobs.failed:
        held = counted(jobs.failed, "background job", "has", "have")
        said.append(Wants("broken", f"{held} failed, and somebody must look: `upheld jobs` lists what."))
    if box is not None and box.code:
        at = words.clock(box.looked_at)
        said.append(Wants("broken", f"The mailbox could not be read at {at} ({box.code}): requests by mail are not seen."))
    return tuple(said)


def _waiting(console: Console, counts: Waiting) -> Iterator[Wants]:
    if not counts.queued:
        return
    wait = counted(counts.queued, "letter", "waits", "wait")
    if console.desk.mail is None:
        yield Wants("unproven", f"{wait} for want of a mail server: set UPHELD_SMTP_URL and UPHELD_MAIL_FROM.")
    elif counts.oldest is not None and console.app.settings.now() - counts.oldest > SLOW:
        yield Wants("unproven", f"{wait} for the mail server.")


def _for_a_person(counts: Waiting, found: tuple[Posted, ...]) -> Iterator[Wants]:
    if counts.to_post:
        said = counted(counts.to_post, "letter", "waits", "wait")
        yield Wants("unproven", f"{said} to be printed and posted.", _cases(found, "to-post"))
    if counts.failed:
        yield Wants("broken", f"{counted(counts.failed, 'letter')} could not be sent.", _cases(found, "failed"))
    if counts.bounced:
        yield Wants("broken", f"{counted(counts.bounced, 'letter')} came back.", _cases(found, "bounced"))


def _cases(found: tuple[Posted, ...], state: str) -> tuple[str, ...]:
    refs = (one.ref for one in found if one.state == state and one.ref.startswith("R-"))
    return tuple(dict.fromkeys(refs))[:LINKED_AT_MOST]
