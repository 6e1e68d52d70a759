"""Our own ledger, looked through: every hash made anew from the leaves, every checkpoint's signature checked.

Whoever does not trust the house takes an export and the independent verifier; this is the house looking at itself, each day.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.language.diagnostic import counted
from upheld.records.ledger import Leaf, append, begin, sequence, verify_tables
from upheld.records.own import on_server

ORIGIN = "shadow.example.test/ledger"


def whole(context: ProbeContext) -> list[Evidence]:
    """All leaves, checkpoints and details of our own database."""
    with context.own.connection() as connection:
        verified = verify_tables(connection, None if context.sandboxed else context.pinned_key)
    bad = len(verified.findings)
    says = f"{counted(verified.leaves, 'leaf')} and {counted(verified.checkpoints, 'checkpoint')} hold together"
    if bad:
        says = f"{bad:,} faults in the ledger: {', '.join(sorted({f.code for f in verified.findings}))}"
    return [
        evidence(
            context, "ledger:integrity", "ledger-integrity/1", verified.leaves, "failed" if bad else "held", says,
            detail={"leaves": verified.leaves, "checkpoints": verified.checkpoints, "details": verified.details, "faults": bad},
            mend="Compare with the newest export; nothing counts as kept until it is explained." if bad else "",
        )
    ]  # fmt: skip


@contextmanager
def _forged_entry(context: ProbeContext) -> Iterator[ProbeContext]:
    """A ledger of our own making, into which an entry was put by hand."""
    server, name = context.server(), f"shadow_{secrets.token_hex(6)}"
    own = on_server(server, name, pool_size=2)
    try:
        own.migrate()
        with own.connect() as connection:
            begin(connection, context.master, ORIGIN, context.now())
            append(connection, [Leaf("control:planted", context.now())])
            sequence(connection, context.master, context.now())
            [forged] = append(connection, [Leaf("control:planted", context.now())])
            connection.execute("INSERT INTO ledger_entry (n, id, hash) VALUES (1, %s, %s)", [forged, bytes(32)])
        yield replace(context, own=own, sandboxed=True)
    finally:
        own.let_go()
        server.drop_database(name)


LEDGER_INTEGRITY = Probe("ledger-integrity", 1, frozenset({"ledger:integrity"}), whole, _forged_entry)
