"""The outbox: letters wait, are handed to a mail server once, or posted by a person; each on record."""

from upheld.duties.messages.outbox.looking import (
    letters_of,
    letters_open,
    mark_posted,
    print_letter,
    read_letter,
    send_again,
    waiting,
)
from upheld.duties.messages.outbox.model import MailSettings, mail_settings
from upheld.duties.messages.outbox.queue import queue_letter
from upheld.duties.messages.outbox.sending import send_letter, send_waiting

__all__ = [
    "MailSettings",
    "letters_of",
    "letters_open",
    "mail_settings",
    "mark_posted",
    "print_letter",
    "queue_letter",
    "read_letter",
    "send_again",
    "send_letter",
    "send_waiting",
    "waiting",
]
