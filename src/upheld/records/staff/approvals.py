"""Approvals: who agreed to what exactly, and whether a second person must agree, too.

What is approved is named by a fingerprint, so that two people agree to one thing; a changed plan or letter begins anew. The rule of the
second person is the notice's (`needs: second-approver`): no face and no verb has one of its own. "Two approvers are two people."
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg

from upheld.language.promises.model import AllOf, AnyOf, Kind, Name, Program, Promise
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.leaves import note
from upheld.records.staff.model import may, role_named

SECOND = "second-approver"
Approved = Literal["refuse", "carry-out", "disclose", "extend", "answer"]


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes (`by`: `staff:REF`) to `what` (a fingerprint) of `about` (a case), in their role of that moment."""

    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Agreed:
    """All who said yes so far, the first first, and how many must."""

    by: tuple[Approval, ...]
    needed: int

    @property
    def stands(self) -> bool:
        return len(self.by) >= self.needed


def needs_second(program: Program, act: Approved, right: str = "", grounds: Iterable[str] = ()) -> tuple[str, ...]:
    """The clauses by which two people must agree to this; empty: one is enough. Pure.

    `refuse` and `extend` look at what is granted of `right` with a limit; `carry-out` and `disclose` at the `grounds` on which data are kept
    or given away. Grounds are ids as the notice names them.
    """
    named = frozenset(Name(Kind.GROUND, ground) for ground in grounds)
    found: list[str] = []
    for promise in program.promises:
        if SECOND not in _needs(promise):
            continue
        limited = act in ("refuse", "extend") and promise.verb == "grant" and Name(Kind.RIGHT, right) in promise.object
        kept = act in ("refuse", "carry-out", "disclose") and bool(named & _grounds(promise))
        if limited or kept:
            found += promise.source.clauses
    found += [
        program.names[ground].clause
        for ground in sorted(named)
        if ground in program.names and any(name.id == SECOND for name in program.names[ground].keys.get("needs", ()))
    ]
    return tuple(dict.fromkeys(clause for clause in found if clause))


def approve(
    connection: psycopg.Connection, by: str, about: str, act: Approved, what: str, needed: int, now: datetime
) -> Agreed:
    """`by` (`staff:REF`) agreed to `what`, on record with a leaf. R508: the role of the account approves nothing; R509: who agrees has done so already."""
    ref = by.partition(":")[2]
    row = connection.execute("SELECT role FROM staff WHERE ref = %s", [ref]).fetchone()
    role = role_named(str(row[0])) if row else None
    if role is not None and not may(role, "approve"):
        raise StaffRefused("R508", "This role approves nothing.", "Ask an operator or the privacy lead.")
    with connection.transaction():
        leaf = note(connection, "approved", ref, now, about=about, act=act, what=what)
        made = connection.execute(
            "INSERT INTO staff_approval (about, act, what, staff, role, at, leaf) VALUES (%s, %s, %s, %s, %s, %s, %s::uuid) "
            "ON CONFLICT DO NOTHING",
            [about, act, what, by, role or "", now, leaf],
        ).rowcount
        if not made:
            raise StaffRefused("R509", "You have approved this already.", "It waits for somebody else.")
    return agreed(connection, about, act, what, needed)


def agreed(connection: psycopg.Connection, about: str, act: Approved, what: str, needed: int) -> Agreed:
    """Who agreed to `what` so far. One statement."""
    rows = connection.execute(
        "SELECT staff, role, at FROM staff_approval WHERE about = %s AND act = %s AND what = %s ORDER BY at, staff",
        [about, act, what],
    ).fetchall()
    return Agreed(tuple(Approval(*row) for row in rows), needed)


def _needs(promise: Promise) -> frozenset[str]:
    scoped = (name for test in promise.scope if isinstance(test, AllOf) and test.key == "needs" for name in test.names)
    return frozenset(name.id for name in (*scoped, *promise.terms.get("needs", ())))


def _grounds(promise: Promise) -> frozenset[Name]:
    return frozenset(name for test in promise.scope if isinstance(test, AnyOf) and test.key == "ground" for name in test.names)
