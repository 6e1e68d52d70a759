"""Letters and mail: letters as data, an outbox that sends them once, a mailbox that is read."""

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.intake import Incoming, read_mailbox, take_mail
from upheld.duties.messages.letters import Authority, Firm, Letter, compose, to_pdf
from upheld.duties.messages.outbox import mail_settings, queue_letter, send_letter

__all__ = [
    "Authority",
    "Firm",
    "Incoming",
    "Letter",
    "MessageFault",
    "compose",
    "mail_settings",
    "queue_letter",
    "read_mailbox",
    "send_letter",
    "take_mail",
    "to_pdf",
]
