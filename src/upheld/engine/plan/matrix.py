"""Asks that meet on one subject: which waits for which, which is suspended by what stands, as data. Kinds of later parts stand here already, so that the order is one.

Access or portability that came first is answered before an erasure runs: destroying what was asked for is an offence in some regimes.
Rectification comes before access; restriction, or a dispute about an erasure, suspends erasure whenever it was said; an objection to marketing is heeded at
once, always; a child found outranks all but holds. Source: design, section 5. Not taken: an order by arrival alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# (what wants to run, what stands open and came earlier) → why it waits
WAITS: Mapping[tuple[str, str], str] = {
    ("erasure", "access"): "a copy was asked for first; erasing now would destroy what was asked for",
    ("erasure", "portability"): "the data were asked for first; erasing now would destroy them",
    ("erasure", "rectification"): "a correction was asked for first",
    ("access", "rectification"): "a correction was asked for first, and the copy shall show it",
    ("portability", "rectification"): "a correction was asked for first, and the copy shall show it",
    ("retention", "access"): "a copy was asked for first; it is made before the period's end is carried out",
    ("retention", "portability"): "the data were asked for first; they are given before the period's end is carried out",
}
# (what wants to run, what stands, whenever it was said) → why it is suspended until that is lifted
SUSPENDS: Mapping[tuple[str, str], str] = {
    ("erasure", "restriction"): "the person asked that the data only be stored",
    ("erasure", "erasure-disputed"): "the erasure itself is disputed",
    ("retention", "restriction"): "the person asked that the data only be stored",
    ("retention", "erasure-disputed"): "the erasure itself is disputed",
}
# Heeded at once, whatever is open. A replay answers nothing new: it makes good what a restore undid, before anybody can ask of the restored store.
AT_ONCE = frozenset({"objection-direct-marketing", "child-found", "restriction", "replay-after-restore", "closing"})
KINDS = (
    "access", "portability", "rectification", "erasure", "restriction", "objection", "objection-direct-marketing", "retention",
    "child-found", "replay-after-restore", "closing",
)  # fmt: skip
STANDING = ("restriction", "erasure-disputed")


@dataclass(frozen=True, slots=True)
class Turn:
    """Why an ask may not run now: the earlier ask that it waits for, or (`ask` empty) what suspends it."""

    ask: str
    why: str

    @property
    def code(self) -> str:
        return "X208" if self.ask else "X258"


def waits_for(kind: str, open_before: Iterable[tuple[str, str]], standing: Iterable[str] = ()) -> tuple[Turn, ...]:
    """All that `kind` must wait for: earlier open asks as (number, kind), then what stands; none for what is heeded at once."""
    if kind in AT_ONCE:
        return ()
    waits = [Turn(number, WAITS[kind, earlier]) for number, earlier in open_before if (kind, earlier) in WAITS]
    return (*waits, *(Turn("", SUSPENDS[kind, one]) for one in sorted(set(standing)) if (kind, one) in SUSPENDS))
