"""A corrected identifier becomes the one by which a person is known: in our own identities, in what keeps us from writing to her, in her other asks.

The old address stays suppressed, for it may still be hers; the new one is suppressed with it. Who the asks of hers that are open name is widened by the
caller (`engine.execution`), which alone can open them.
"""

from __future__ import annotations

import json
from datetime import datetime

import psycopg

from upheld.records.keys import MasterKey, keyed_hash, seal
from upheld.records.people.identities import Identifier, identity_keys
from upheld.records.people.suppression import suppress, suppressions_of


def carry_identifier(
    connection: psycopg.Connection, master: MasterKey, subject: str, old: Identifier, new: Identifier, now: datetime
) -> None:  # fmt: skip
    """From now on the person is known by `new`, and by `old` no more. Again changes nothing."""
    seek, shut = identity_keys(connection, master)
    known = connection.execute(
        "DELETE FROM person_identity WHERE subject = %s AND sought = %s", [subject, keyed_hash(seek, *old)]
    ).rowcount
    if known:
        connection.execute(
            "INSERT INTO person_identity (subject, form, sought, sealed, verified_at, verified_how) VALUES (%s, %s, %s, %s, %s, 'corrected') "
            "ON CONFLICT DO NOTHING",
            [subject, new[0], keyed_hash(seek, *new), seal(shut, json.dumps(new).encode(), subject), now],
        )
    for about in suppressions_of(connection, master, old):
        suppress(connection, master, [new], about, now)
