"""Asks that meet on one subject: which waits for which. A table of data, looked up, never argued.

Destroying what was asked for is an offence in some regimes, so an access or portability ask received first is answered before an erasure runs;
a rectification before an access; a restriction or a disputed erasure suspends an erasure; an objection to marketing is done at once, always; a
child found outranks all but holds. Source: GDPR Art. 12, 15, 17, 18, 21; UK DPA 2018 s. 173; regimes differ in words, not in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Met = Literal[
    "access", "portability", "rectification", "erasure", "restriction", "objection-direct-marketing", "retention-due",
    "child-found", "replay",
]  # fmt: skip
Rule = Literal["waits", "waits-if-later", "suspended", "goes-on"]


@dataclass(frozen=True, slots=True)
class Open:
    """An ask that is not at its end: its number, its kind, when it came."""

    id: str
    kind: Met
    asked_at: datetime


DEFAULT: Rule = "goes-on"
MATRIX: dict[tuple[Met, Met], Rule] = {
    # (this ask, the other open ask on the same subject): what this ask does
    ("erasure", "access"): "waits-if-later",
    ("erasure", "portability"): "waits-if-later",
    ("erasure", "rectification"): "waits-if-later",
    ("erasure", "restriction"): "suspended",
    ("erasure", "child-found"): "waits",
    ("retention-due", "access"): "waits-if-later",
    ("retention-due", "portability"): "waits-if-later",
    ("retention-due", "restriction"): "suspended",
    ("retention-due", "erasure"): "waits-if-later",
    ("access", "rectification"): "waits-if-later",
    ("portability", "rectification"): "waits-if-later",
    ("access", "child-found"): "waits",
    ("portability", "child-found"): "waits",
    ("rectification", "child-found"): "waits",
    ("access", "erasure"): "waits-if-later",
    ("portability", "erasure"): "waits-if-later",
    ("rectification", "erasure"): "waits-if-later",
    ("restriction", "erasure"): "goes-on",
}


def waits_for(this: Open, others: Iterable[Open]) -> tuple[tuple[str, Rule], ...]:
    """The open asks on the same subject that `this` must wait for, with the rule; empty: it may run now.

    An objection to direct marketing waits for nobody. One writer per subject: two asks of one kind go in the order they came.
    """
    found = []
    for other in sorted(others, key=lambda o: (o.asked_at, o.id)):
        if other.id == this.id:
            continue
        earlier = (other.asked_at, other.id) < (this.asked_at, this.id)
        rule = MATRIX.get((this.kind, other.kind), DEFAULT)
        if this.kind == other.kind and this.kind not in ("access", "portability", "objection-direct-marketing"):
            rule = "waits-if-later"
        if rule in ("waits", "suspended") or (rule == "waits-if-later" and earlier):
            found.append((other.id, rule))
    return tuple(found)
