"""Roles become what they allow: who may look, enter a request, see proofs, plan, approve, carry out, answer, and manage the desk. Pure.

One table for every face: console, API and command line ask `may`, and none has a rule of its own. Not taken: rights by person; with four
roles everybody knows what a colleague may do, and an auditor can read it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["privacy-lead", "verifier", "operator", "auditor"]
Act = Literal["look", "enter", "identify", "plan", "approve", "execute", "answer", "task", "staff"]

ALL_BUT_AUDITORS = frozenset[Role]({"privacy-lead", "verifier", "operator"})
WORKERS = frozenset[Role]({"privacy-lead", "operator"})
ROLES: Mapping[Role, str] = {
    "privacy-lead": "leads: does and decides everything, and manages these accounts",
    "verifier": "sees proofs of identity and decides on them; enters requests",
    "operator": "enters, plans, approves, carries out and answers; sees no proof of identity",
    "auditor": "looks at everything but proofs of identity, and changes nothing",
}
ACTS: Mapping[Act, frozenset[Role]] = {
    "look": frozenset(ROLES),
    "enter": ALL_BUT_AUDITORS,
    "identify": frozenset({"privacy-lead", "verifier"}),
    "plan": WORKERS,
    "approve": WORKERS,
    "execute": WORKERS,
    "answer": WORKERS,
    "task": ALL_BUT_AUDITORS,
    "staff": frozenset({"privacy-lead"}),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One of the firm's people. `ref` is opaque; `second`: a second factor is set up; `password_set` None: nobody can sign in yet.
    `handed`: its password was chosen by somebody else, and opens nothing but the page on which another is chosen."""

    ref: str
    name: str
    email: str
    role: Role
    second: bool = False
    password_set: datetime | None = None
    disabled: datetime | None = None
    added: datetime | None = None
    handed: bool = False


def may(role: Role, act: Act) -> bool:
    """Whether the role allows the act."""
    return role in ACTS[act]


def role_named(text: str) -> Role | None:
    """The role of this name, if there is one."""
    return next((role for role in ROLES if role == text), None)
