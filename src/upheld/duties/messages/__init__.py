"""Letters and mail: letters as data, an outbox that sends them once, a mailbox that is read."""

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.letters import Authority, Firm, Letter, compose, to_pdf

__all__ = ["Authority", "Firm", "Letter", "MessageFault", "compose", "to_pdf"]
