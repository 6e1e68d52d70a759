"""Which connectors there are, and what each can do and needs: data alone, so that a file is checked without loading any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from upheld.duties.recipients.model import ACTS, Entry

EVERY = frozenset(ACTS)


@dataclass(frozen=True, slots=True)
class ConnectorKind:
    """`address`: what stands there (empty: none is needed). `declared`: written from a published interface; unproven until one answered.

    `answers`: the recipient answers later by itself, so that it is reminded; else its answer is the end of the call.
    """

    capabilities: frozenset[str]
    address: str = ""
    secrets: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    declared: bool = False
    answers: bool = False


KINDS: Mapping[str, ConnectorKind] = {
    "none": ConnectorKind(frozenset()),
    "person": ConnectorKind(EVERY, answers=True),
    "mail": ConnectorKind(EVERY, "the recipient's e-mail address", answers=True),
    "webhook": ConnectorKind(EVERY, "where orders are posted", ("secret",), answers=True),
    "opendsr": ConnectorKind(
        frozenset({"erase", "access"}), "the processor's address with its version", ("key",), ("certificate",), answers=True
    ),
    "sql": ConnectorKind(EVERY, "env:NAME of the database's URL", (), ("statements",)),
    "freshdesk": ConnectorKind(
        frozenset({"erase", "rectify", "access"}), "https://NAME.freshdesk.com", ("key",), declared=True
    ),
    "hubspot": ConnectorKind(
        frozenset({"erase", "rectify", "opt-out", "restrict", "lift", "access"}),
        "https://api.hubapi.com",
        ("token",),
        declared=True,
    ),
    "salesforce": ConnectorKind(
        frozenset({"erase", "rectify", "opt-out", "restrict", "lift", "access"}),
        "https://NAME.my.salesforce.com",
        ("token",),
        declared=True,
    ),
}


def is_declared(entry: Entry) -> bool:
    """Whether its connector was written from a published interface alone."""
    return entry.connector in KINDS and KINDS[entry.connector].declared
