"""Files that rows pointed to before they ended: on record in our own database until they are gone, also those that a stopped run left behind.

A run that is killed between a store's commit and the file leaves a record and no row. Its own plan goes on from there; where somebody planned anew
instead, the next run takes the files along, unless the stopped run is inside a chunk after all.
"""

from __future__ import annotations

from typing import Any

from upheld.engine.execution.objects import Objects, OwnPending, erase_objects
from upheld.engine.plan.digest import digest_of
from upheld.engine.plan.model import Ask, Why
from upheld.engine.plan.passes.hard.objects import deletes_of_objects
from upheld.engine.plan.plans import Plan
from upheld.faces.app.asks.firm import Firm
from upheld.faces.app.installation import Installation

LEFT = (
    "SELECT DISTINCT plan.ask, plan.digest FROM chunk_file JOIN plan ON plan.digest = chunk_file.plan JOIN ask ON ask.id = plan.ask "
    "WHERE ask.kind = 'retention' AND ask.id <> %s ORDER BY plan.ask, plan.digest"
)


def objects_of(app: Installation, firm: Firm, plan: Plan) -> Objects:
    """The object stores of the firm, with the record of this run's ask."""
    return Objects(firm.objects, OwnPending(app.own, app.master, plan.digest, plan.ask.id, app.settings.now))


def left_behind(connection: Any, but: str = "") -> list[tuple[str, str]]:
    """(ask, plan) of retention runs whose files are still on record. 1 statement."""
    return [(ask, digest) for ask, digest in connection.execute(LEFT, [but]).fetchall()]


def erase_left(app: Installation, firm: Firm, ask: str) -> None:
    """Files of runs before this one go; what cannot go now stays on record."""
    with app.own.connection() as connection:
        left = left_behind(connection, ask)
    after = deletes_of_objects(firm.estate, Why((), (), "what the rows that ended pointed to"))
    for other, digest in left:
        plan = Plan(Ask(other, "retention", 0), (), after, digest_of(Ask(other, "retention", 0), (), after))
        lock = int.from_bytes(bytes.fromhex(digest[:16]), "big", signed=True)
        with app.own.transaction() as connection:
            # The lock of OwnJournal: whoever is inside a chunk has noted files whose rows may yet stay.
            row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock]).fetchone()
            if row is not None and row[0]:
                pending = OwnPending(app.own, app.master, digest, other, app.settings.now)
                erase_objects(plan, firm.catalogue, firm.stores, Objects(firm.objects, pending), app.settings.failpoint)
