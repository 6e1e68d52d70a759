"""What was said in cases that ended becomes nothing once nobody needs it: keys are destroyed, files are removed, the register's line stays.

The days after the end are the deployment's (`kept-days`); a letter that still waits to be sent holds its case's key, and so does a restriction that
stands: whoever was told of it must be told when it ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from upheld.duties.messages.outbox import letters_of
from upheld.duties.requests import note_event, request_of
from upheld.duties.requests.details import purge
from upheld.faces.app.desk import papers

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

ENDED = ("sent", "posted", "bounced", "failed")


def purge_ended(desk: Desk) -> int:
    """How many cases were purged. Run daily; a transaction a case."""
    before, done = desk.now - timedelta(desk.policy.kept_days), 0
    with desk.own.connection() as connection:
        due = connection.execute(
            "SELECT number FROM request WHERE ended_at <= %s AND purged_at IS NULL AND NOT ('restriction' = ANY(rights) AND EXISTS "
            "(SELECT FROM person_restriction r WHERE r.subject = request.subject AND r.lifted_at IS NULL)) ORDER BY number",
            [before],
        ).fetchall()
    for (number,) in due:
        with desk.own.transaction() as connection:
            if any(letter.state not in ENDED for letter in letters_of(connection, f"R-{number:04d}")):
                continue
            note_event(connection, desk.master, desk.law, number, "purged", desk.now)
            connection.execute(
                "UPDATE request_delivery SET expires_at = least(expires_at, %s) WHERE request = %s", [desk.now, number]
            )
            case = request_of(connection, number)
            purge(connection, number, desk.now)
            done += 1
        papers.destroy(desk, case)
    return done
