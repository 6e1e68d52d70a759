"""A signed message becomes its claims, checked in the protocol's order: base64, signature, agent, business, not yet, over.

Source: Data Rights Protocol 0.9.4 (1.0), section 3.07, read 2026-11-22. The order is a MUST, so that what is not signed is never parsed. Pure.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from upheld.faces.app.desk.agents.faults import AgentFault
from upheld.faces.app.desk.agents.register import Agent
from upheld.records.keys.signing import signed_by

SIGNATURE = 64
LARGEST = 32 * 1024  # bytes of a message, before it is decoded


@dataclass(frozen=True, slots=True)
class Message:
    """What an agent signed. `until`: after this it is over; None where it does not say (a revocation)."""

    claims: Mapping[str, object]
    signature: bytes
    until: datetime | None


def read_message(body: bytes, agent: Agent, business: str, now: datetime, whole: bool = True) -> Message:
    """The message. R631 to R637, in this order. `whole` False: a revocation, whose claims may be left out and hold where they are there."""
    if len(body) > LARGEST:
        raise AgentFault("R637")
    try:
        decoded = base64.b64decode(body.strip(), validate=True)
    except ValueError:
        raise AgentFault("R631") from None
    signature, text = decoded[:SIGNATURE], decoded[SIGNATURE:]
    if not signed_by(agent.key, text, signature):
        raise AgentFault("R632")
    claims = _claims(text)
    if _wrong(claims, "agent-id", agent.id, whole):
        raise AgentFault("R633")
    if _wrong(claims, "business-id", business, whole):
        raise AgentFault("R634")
    issued, until = _moment(claims, "issued-at", whole), _moment(claims, "expires-at", whole)
    if issued is not None and now < issued:
        raise AgentFault("R635")
    if until is not None and now >= until:
        raise AgentFault("R636")
    return Message(claims, signature, until)


def said(claims: Mapping[str, object], name: str, most: int = 500) -> str:
    """A claim that is a text, or empty where it is not there. R637 where it is something else, or too long."""
    found = claims.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > most or "\0" in found:
        raise AgentFault("R637")
    return found.strip()


def _claims(text: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # lone surrogates are no text
    except (ValueError, RecursionError):
        raise AgentFault("R637") from None
    if not isinstance(found, dict):
        raise AgentFault("R637")
    return found


def _wrong(claims: Mapping[str, object], name: str, wanted: str, whole: bool) -> bool:
    return claims.get(name) != wanted if whole or name in claims else False


def _moment(claims: Mapping[str, object], name: str, whole: bool) -> datetime | None:
    found = claims.get(name)
    if found is None and not whole:
        return None
    try:
        moment = datetime.fromisoformat(found)  # type: ignore[arg-type]
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        raise AgentFault("R637") from None
