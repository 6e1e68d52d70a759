"""Orders that people of the recipient or of the firm carry out: a letter with a link to answer by, or a task in our own list."""

from __future__ import annotations

from collections.abc import Sequence

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.connectors.means import Means, cannot
from upheld.duties.recipients.kinds import EVERY
from upheld.duties.recipients.model import Entry, Found, Identifier, Order, Outcome


class Mail:
    """A letter to the recipient's address; the answer comes by its link, or is taken down by a person. Every reminder is a letter."""

    name = "mail"
    capabilities = EVERY

    def __init__(self, entry: Entry, means: Means) -> None:
        self._entry, self._means = entry, means

    def send(self, order: Order) -> Outcome:
        if self._means.mail is None:
            raise RecipientFault(
                "R331", self._entry.name, "No mail is set up here.", "Set up mail, or give it another connector."
            )
        return Outcome("told", within=self._means.mail(self._entry.address, order))

    def poll(self, order: Order) -> Outcome:
        return Outcome("told")

    def find(self, subject: Sequence[Identifier]) -> Found:
        raise cannot(self._entry, "find")


class Person:
    """A task: nothing is sent, somebody of the firm does it and says so."""

    name = "person"
    capabilities = EVERY

    def __init__(self, entry: Entry, means: Means) -> None:
        self._entry = entry

    def send(self, order: Order) -> Outcome:
        return Outcome("person")

    def poll(self, order: Order) -> Outcome:
        return Outcome("person")

    def find(self, subject: Sequence[Identifier]) -> Found:
        raise cannot(self._entry, "find")
