"""An agent's signed request becomes a case, once; it is looked at and taken back by the agent alone who brought it.

The agent is a representative: what law and notice want proven is asked of the person on the case's own page, and of an opt-out nothing. The same
number of the agent, or the same signed message, is the same request. Must never: believe an agent's word that somebody was verified.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from upheld.duties.requests import Case
from upheld.faces.app.desk.agents.envelopes import Message, read_message, said
from upheld.faces.app.desk.agents.faults import AgentFault
from upheld.faces.app.desk.agents.register import Agent, agents_of
from upheld.faces.app.desk.agents.statuses import NUMBER, short, status_of
from upheld.faces.app.desk.agents.words import words
from upheld.faces.app.desk.model import Asked
from upheld.faces.app.errors import Unusable
from upheld.records.keys import hash_key, keyed_hash

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

CHANNEL = "drp"
CALLBACK = "status-callback"
TIMES = frozenset({"issued-at", "expires-at"})
EVER = "1"


def ask(desk: Desk, agent: Agent, body: bytes) -> dict[str, str]:
    """The status of the case that the message opened, now or before. AgentFault R631 to R639."""
    message = read_message(body, agent, agents_of(desk).business, desk.now)
    asked = _asked(desk, agent, message)
    with desk.own.connection() as connection:
        key = hash_key(connection, desk.master, "agent-request", EVER, desk.now)
    meaning = keyed_hash(key, _meaning(message.claims))
    try:
        opened = desk.open(asked)
    except Unusable:
        raise AgentFault("R637") from None
    with desk.own.transaction() as connection:
        connection.execute(
            "INSERT INTO agent_request (id, request, agent, meaning, calls, told, made_at) VALUES (%s, %s, %s, %s, %s, '', %s) "
            "ON CONFLICT (request) DO NOTHING",
            [str(uuid.uuid4()), opened.case.number, agent.id, meaning, CALLBACK in asked.details, desk.now],
        )
        row = connection.execute(
            "SELECT id, meaning, agent FROM agent_request WHERE request = %s", [opened.case.number]
        ).fetchone()
    assert row is not None
    if bytes(row[1]) != meaning or row[2] != agent.id:
        raise AgentFault("R639")
    found = status_of(desk, opened.case, str(row[0]))
    with desk.own.connection() as connection:  # what is answered now needs no call
        connection.execute("UPDATE agent_request SET told = %s WHERE id = %s AND told = ''", [short(found), row[0]])
    return found


def status(desk: Desk, agent: Agent, id: str) -> dict[str, str]:
    """How the request stands. R641 for every request that this agent does not manage, there or not."""
    return status_of(desk, _case(desk, agent, id), id)


def revoke(desk: Desk, agent: Agent, id: str, body: bytes) -> dict[str, str]:
    """The request is taken back, with the person's reason. R641; R642 where it has another end; R631 to R637."""
    case = _case(desk, agent, id)
    message = read_message(body, agent, agents_of(desk).business, desk.now, whole=False)
    reason, by = said(message.claims, "reason", 2_000), f"agent:{agent.id}"
    if case.ended_at is not None and case.state != "withdrawn":
        raise AgentFault("R642")
    if case.open:
        if reason:
            desk.note(case.number, reason, by)
        case = desk.withdraw(case.number, by)
    found = status_of(desk, case, id)
    with desk.own.connection() as connection:
        connection.execute("UPDATE agent_request SET told = %s WHERE id = %s", [short(found), id])
    return found


def _case(desk: Desk, agent: Agent, id: str) -> Case:
    with desk.own.connection() as connection:
        row = connection.execute(
            "SELECT request FROM agent_request WHERE id = %s AND agent = %s", [id.replace("\0", ""), agent.id]
        ).fetchone()
    if row is None:
        raise AgentFault("R641")
    return desk.case(int(row[0]))


def _asked(desk: Desk, agent: Agent, message: Message) -> Asked:
    claims, known = message.claims, words()
    if claims.get("drp.version") not in known.versions:
        raise AgentFault("R637")
    rights, law = known.exercise.get(said(claims, "exercise")), known.regimes.get(said(claims, "regime"))
    if rights is None or law is None:
        raise AgentFault("R638")
    own = said(claims, NUMBER, 200)
    origin = f"{agent.id}:id:{own}" if own else f"{agent.id}:signed:{hashlib.sha256(message.signature).hexdigest()}"
    details = {
        "name": said(claims, "name"),
        "email": said(claims, "email"),
        "phone": said(claims, "phone_number"),
        "address-text": _address(claims.get("address")),
        "authority": agent.name,
        "power-of-attorney": said(claims, "power_of_attorney", 4_000),
        "relationships": _list(claims.get("relationships")),
        "verified-by-agent": " ".join(
            one for one in ("email", "phone_number", "address") if claims.get(f"{one}_verified") is True
        ),
        NUMBER: own,
        CALLBACK: _callback(agent, said(claims, "status_callback", 2_000)),
    }
    return Asked(
        rights=rights,
        regime=law[0],
        channel=CHANNEL,
        received_at=desk.now,
        details={kind: text for kind, text in details.items() if text},
        country=law[1],
        origin=origin,
        by=f"agent:{agent.id}",
        representative=True,
    )


def _meaning(claims: Mapping[str, object]) -> str:
    return json.dumps({name: value for name, value in claims.items() if name not in TIMES}, sort_keys=True)


def _address(address: object) -> str:
    if address is None or isinstance(address, str):
        return said({"address": address}, "address")
    if not isinstance(address, Mapping):
        raise AgentFault("R637")
    parts = ("street_address", "locality", "region", "postal_code", "country")
    return said(address, "formatted") or ", ".join(part for name in parts if (part := said(address, name)))


def _list(found: object) -> str:
    if found is None:
        return ""
    if not isinstance(found, list) or len(found) > 50:
        raise AgentFault("R637")
    return ", ".join(said({"one": one}, "one", 100) for one in found)


def _callback(agent: Agent, address: str) -> str:
    """The address, if it may be called at all; where its name leads is looked at when it is called."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        fits = (
            parts.scheme in (("https", "http") if agent.private else ("https",)) and bool(parts.hostname) and not parts.username
        )
        parts.port  # noqa: B018  a port that is none is a ValueError here
    except ValueError:
        fits = False
    if not fits or not address.isascii() or any(sign <= " " for sign in address):
        raise AgentFault("R637")
    return address
