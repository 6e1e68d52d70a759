"""Letters and mail: letters as data, an outbox that sends them once, a mailbox that is read."""

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.letters import Authority, Firm, Letter, compose, to_pdf
from upheld.duties.messages.outbox import MailSettings, mail_settings, queue_letter, send_letter

__all__ = [
    "Authority",
    "Firm",
    "Letter",
    "MailSettings",
    "MessageFault",
    "compose",
    "mail_settings",
    "queue_letter",
    "send_letter",
    "to_pdf",
]
