"""A case that moved becomes a call to the agent who manages it: its newest status, until a call came through.

After each step of a case `look` compares what the agent was told last; the job `agent-callback` calls. Only the newest status is sent; a call that
does not come through is tried again with growing waits, then given up until the next change, for the agent may always ask. The answer's body
is thrown away. The way there is that of the recipients: TLS, no redirect, no address of our own network.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from upheld.duties.recipients import RecipientFault
from upheld.duties.recipients.connectors.transport import Line
from upheld.duties.requests import details_of
from upheld.faces.app.desk.agents.asking import CALLBACK
from upheld.faces.app.desk.agents.register import agents_of
from upheld.faces.app.desk.agents.statuses import short, status_of
from upheld.records.jobs import Handler, defer

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

TASK = "agent-callback"
MOST = 8  # calls for one status: after 1, 2, 4 … minutes
SECONDS = 10.0


def handlers(desk: Desk) -> dict[str, Handler]:
    """What workers do for agents, by task."""
    return {TASK: lambda ids: call(desk, int(str(ids["case"])))}


def look(desk: Desk, number: int) -> None:
    """If the case is an agent's who wants to be called, and moved since the agent was told: the call is deferred. One statement for others."""
    with desk.own.connection() as connection:
        row = connection.execute(
            "SELECT id, told FROM agent_request WHERE request = %s AND calls AND told <> ''", [number]
        ).fetchone()
    if row is None or short(status_of(desk, desk.case(number), str(row[0]))) == row[1]:
        return
    with desk.own.transaction() as connection:
        connection.execute("UPDATE agent_request SET tries = 0 WHERE id = %s", [row[0]])
        _again(connection, number)


def call(desk: Desk, number: int) -> None:
    """The agent is told the newest status, if it was not yet."""
    with desk.own.connection() as connection:
        row = connection.execute("SELECT id, agent, told, tries FROM agent_request WHERE request = %s", [number]).fetchone()
        address = details_of(connection, desk.master, number, [CALLBACK]).get(CALLBACK, "")
    agent = agents_of(desk).agents.get(str(row[1])) if row else None
    if row is None or agent is None or not address:
        return
    id, _, told, tries = row
    status = status_of(desk, desk.case(number), str(id))
    if short(status) == told:
        return
    if _came_through(address, agent.id, agent.private, status):
        with desk.own.connection() as connection:
            connection.execute("UPDATE agent_request SET told = %s, tries = 0 WHERE id = %s", [short(status), id])
    elif tries + 1 < MOST:
        with desk.own.transaction() as connection:
            connection.execute("UPDATE agent_request SET tries = tries + 1 WHERE id = %s", [id])
            _again(connection, number, desk.now + timedelta(minutes=2**tries))


def _came_through(address: str, place: str, private: bool, status: dict[str, str]) -> bool:
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line = Line(place, f"{parts.scheme}://{parts.netloc}", private, seconds=SECONDS)
    try:
        reply = line.call("POST", path, {"Content-Type": "application/json"}, json.dumps(status).encode())
    except RecipientFault:
        return False
    return 200 <= reply.status < 300


def _again(connection: Any, number: int, at: Any = None) -> None:
    lock = f"agent-{number}"
    defer(connection, TASK, {"case": number}, lock=lock, at=at)
