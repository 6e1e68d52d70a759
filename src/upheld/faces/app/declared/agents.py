"""`agents.yaml` in the firm's folder becomes who may act for people: id, name and public key of each agent, and our own id in their directory.

A wrong file is refused whole (R620, R621): an agent who is known by half is not known. Without a file nobody is an agent. Not taken: fetching
the network's directory; who may sign in somebody's name is the firm's word.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from upheld.faces.app.errors import Unusable

FILE = "agents.yaml"
ID = re.compile(r"[A-Za-z0-9_.-]{1,80}\Z")
KEY_BYTES = 32
KNOWN = frozenset({"id", "name", "key", "private"})


@dataclass(frozen=True, slots=True)
class Agent:
    """`key`: its Ed25519 public key, 32 bytes. `private`: its callbacks may lead into our own network (`private: yes`)."""

    id: str
    name: str
    key: bytes
    private: bool = False


@dataclass(frozen=True, slots=True)
class Agents:
    """`business`: our own id in the agents' directory."""

    business: str = ""
    agents: Mapping[str, Agent] = field(default_factory=dict)


def read_agents(text: str) -> Agents:
    """The file's text as a register. R620: it is no such file; R621 names the entry that is wrong by its place."""
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError:
        raise _unreadable("It is no YAML.") from None
    if not isinstance(said, Mapping) or set(said) - {"business-id", "agents"} or not isinstance(said.get("agents"), list):
        raise _unreadable("It has `business-id` and `agents`, and nothing else.")
    business = said.get("business-id")
    if not isinstance(business, str) or not ID.match(business):
        raise _unreadable("`business-id` is our own id in the agents' directory.")
    found: dict[str, Agent] = {}
    for place, one in enumerate(said["agents"], start=1):
        agent = _agent(one, place)
        if agent.id in found:
            raise _wrong(place, "another has this id")
        if any(agent.key == other.key for other in found.values()):
            raise _wrong(place, "another has this key")
        found[agent.id] = agent
    return Agents(business, found)


def _agent(one: object, place: int) -> Agent:
    if not isinstance(one, Mapping) or set(one) - KNOWN:
        raise _wrong(place, f"it has {', '.join(sorted(KNOWN))}, and nothing else")
    id, name, key = one.get("id"), one.get("name"), one.get("key")
    if not isinstance(id, str) or not ID.match(id):
        raise _wrong(place, "its id is letters, digits, `_`, `-`, `.`")
    if not isinstance(name, str) or not name.strip():
        raise _wrong(place, "it has no name")
    try:
        raw = base64.b64decode(key if isinstance(key, str) else "", validate=True)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise _wrong(place, "its key is not 32 bytes in base64")
    private = one.get("private", False)
    if not isinstance(private, bool):
        raise _wrong(place, "`private` is yes or no")
    return Agent(id, name.strip(), raw, private)


def _unreadable(reason: str) -> Unusable:
    return Unusable("R620", f"{FILE}: {reason}", "See docs/drp.md for how it looks.")


def _wrong(place: int, why: str) -> Unusable:
    return Unusable(
        "R621", f"{FILE}: agent {place}: {why}.", "Take the entry from the network's directory, as it stands there."
    )
