"""The mailbox: mails are read, understood as far as they can be, matched to their cases, handled once and moved."""

from upheld.duties.messages.intake.model import Attachment, Bounce, Incoming, Limits, Taken
from upheld.duties.messages.intake.parse import kind_of, parse
from upheld.duties.messages.intake.taking import Mailbox, destroy_mails, mailbox_now, read_mailbox, take_mail

__all__ = [
    "Attachment",
    "Bounce",
    "Incoming",
    "Limits",
    "Mailbox",
    "Taken",
    "destroy_mails",
    "kind_of",
    "mailbox_now",
    "parse",
    "read_mailbox",
    "take_mail",
]
