"""An agent's signed message becomes its token with us; a token becomes its agent.

One token of an agent is in force: a new one ends the older. The message that sets it up counts once, for whoever copied it would have a token as
well. Our database keeps hashes. An agent who is no longer registered has no token that opens anything.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from upheld.faces.app.desk.agents.envelopes import read_message
from upheld.faces.app.desk.agents.faults import AgentFault
from upheld.faces.app.desk.agents.register import Agent, agents_of
from upheld.faces.app.desk.agents.words import words

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

LASTS = timedelta(days=366)
LONGEST = 200


def set_up(desk: Desk, id: str, body: bytes) -> str:
    """The token, told this once. AgentFault: the message is not this agent's, or counted before."""
    known = agents_of(desk)
    agent = known.agents.get(id)
    if agent is None:
        raise AgentFault("R632")
    message = read_message(body, agent, known.business, desk.now)
    if message.claims.get("drp.version") not in words().versions:
        raise AgentFault("R637")
    token, now = secrets.token_urlsafe(32), desk.now
    with desk.own.transaction() as connection:
        connection.execute("DELETE FROM agent_message WHERE until < %s", [now])
        first = connection.execute(
            "INSERT INTO agent_message (hash, agent, until) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [hashlib.sha256(message.signature).digest(), agent.id, message.until],
        ).rowcount
        if not first:
            raise AgentFault("R640")
        connection.execute("UPDATE agent_token SET ended_at = %s WHERE agent = %s AND ended_at IS NULL", [now, agent.id])
        connection.execute(
            "INSERT INTO agent_token (hash, agent, made_at, ends_at) VALUES (%s, %s, %s, %s)",
            [_hashed(token), agent.id, now, now + LASTS],
        )
    return token


def agent_of(desk: Desk, token: str) -> Agent:
    """The agent whose token this is. R630 for every other."""
    if not 0 < len(token) <= LONGEST:
        raise AgentFault("R630")
    with desk.own.connection() as connection:
        row = connection.execute(
            "SELECT agent FROM agent_token WHERE hash = %s AND ended_at IS NULL AND ends_at > %s", [_hashed(token), desk.now]
        ).fetchone()
    agent = agents_of(desk).agents.get(str(row[0])) if row else None
    if agent is None:
        raise AgentFault("R630")
    return agent


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
