"""Leaves become rows in the caller's own transaction, not yet numbered.

So a record stands exactly when the work that it records was committed. Nothing is locked: writers never wait for one another.
One statement for any number of leaves. Not taken: a sequence (numbers of rolled-back work leave holes) and a locked head row (1,090
leaves/s with 8 writers against more than 5,000).
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import psycopg

from upheld.records.ledger.leaf import Leaf, canonical, leaf_id, leaf_texts

NONCE_BYTES = 32

ONE = "INSERT INTO ledger_leaf (id, leaf) VALUES (%s::uuid, %s) ON CONFLICT DO NOTHING"
MANY = "INSERT INTO ledger_leaf (id, leaf) SELECT * FROM unnest(%s::uuid[], %s::text[]) ON CONFLICT DO NOTHING"
# A step that runs again finds its leaf there; the detail must then stay the one that the leaf is committed to.
WITH_DETAILS = """
WITH fresh AS (
    INSERT INTO ledger_leaf (id, leaf) SELECT * FROM unnest(%s::uuid[], %s::text[]) ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO ledger_detail (leaf, nonce, detail, subject)
SELECT d.leaf, d.nonce, d.detail, d.subject
FROM unnest(%s::uuid[], %s::bytea[], %s::text[]::jsonb[], %s::text[]) AS d (leaf, nonce, detail, subject) JOIN fresh ON fresh.id = d.leaf
"""


def append(connection: psycopg.Connection, leaves: Sequence[Leaf]) -> list[str]:
    """The leaves are recorded if the caller's transaction commits. Ids in the order of `leaves`; one statement.

    A leaf whose id is there already is left as it was. ValueError (nothing written) for a leaf that is out of shape. The sequencer numbers
    them within its period; the order among leaves of one moment means nothing.
    """
    ids = [leaf_id(leaf, os.urandom(16) if leaf.id is None and leaf.plan is None else b"") for leaf in leaves]
    random = os.urandom(NONCE_BYTES * len(leaves))
    nonces = [
        random[n * NONCE_BYTES : (n + 1) * NONCE_BYTES] if leaf.detail is not None else b"" for n, leaf in enumerate(leaves)
    ]
    said = [canonical(leaf.detail.what) if leaf.detail is not None else None for leaf in leaves]
    texts = leaf_texts(leaves, ids, nonces, said)
    detailed = [
        (id, nonce, what.decode(), leaf.detail.subject)
        for leaf, id, nonce, what in zip(leaves, ids, nonces, said, strict=True)
        if leaf.detail is not None and what is not None
    ]
    if detailed:
        connection.execute(WITH_DETAILS, [ids, texts, *map(list, zip(*detailed, strict=True))])
    elif len(ids) == 1:
        connection.execute(ONE, [ids[0], texts[0]])
    elif ids:
        connection.execute(MANY, [ids, texts])
    return ids
