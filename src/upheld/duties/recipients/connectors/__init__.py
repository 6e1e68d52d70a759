"""Connectors: how one kind of recipient is told, each a small file that meets the same conformance suite."""

from collections.abc import Callable

from upheld.duties.recipients.codes import RecipientFault
from upheld.duties.recipients.connectors.by_people import Mail, Person
from upheld.duties.recipients.connectors.conformance import Standing, conform
from upheld.duties.recipients.connectors.freshdesk import freshdesk
from upheld.duties.recipients.connectors.hubspot import hubspot
from upheld.duties.recipients.connectors.means import Means, Runner
from upheld.duties.recipients.connectors.opendsr import OpenDsr
from upheld.duties.recipients.connectors.salesforce import salesforce
from upheld.duties.recipients.connectors.sql import Sql
from upheld.duties.recipients.connectors.webhook import Webhook
from upheld.duties.recipients.model import Connector, Entry

MAKERS: dict[str, Callable[[Entry, Means], Connector]] = {
    "person": Person,
    "mail": Mail,
    "webhook": Webhook,
    "opendsr": OpenDsr,
    "sql": Sql,
    "freshdesk": freshdesk,
    "hubspot": hubspot,
    "salesforce": salesforce,
}


def connector_of(entry: Entry, means: Means) -> Connector:
    """The connector of an entry, made anew for each attempt. R328 for an entry that is never told; R331 where a credential is missing."""
    make = MAKERS.get(entry.connector)
    if make is None:
        raise RecipientFault("R328", entry.name, "It has no connector.", "Tell it by hand, and answer the order.")
    return make(entry, means)


__all__ = ["MAKERS", "Means", "Runner", "Standing", "conform", "connector_of"]
