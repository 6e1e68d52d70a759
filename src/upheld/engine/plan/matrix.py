"""Asks that meet on one subject: which waits for which, as data. Kinds of later parts stand here already, so that the order is one.

Access or portability that came first is answered before an erasure runs: destroying what was asked for is an offence in some regimes.
Rectification comes before access; restriction, or a dispute about an erasure, suspends erasure; an objection to marketing is heeded at once,
always; a child found outranks all but holds. Source: design, section 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# (what wants to run, what stands open and came earlier) → why it waits
WAITS: Mapping[tuple[str, str], str] = {
    ("erasure", "access"): "a copy was asked for first; erasing now would destroy what was asked for",
    ("erasure", "portability"): "the data were asked for first; erasing now would destroy them",
    ("erasure", "rectification"): "a correction was asked for first",
    ("erasure", "restriction"): "the person asked that the data only be stored",
    ("access", "rectification"): "a correction was asked for first, and the copy shall show it",
    ("portability", "rectification"): "a correction was asked for first, and the copy shall show it",
    ("retention-due", "access"): "a copy was asked for first; it is made before the period's end is carried out",
    ("retention-due", "restriction"): "the person asked that the data only be stored",
}
# A replay answers nothing new: it makes good what a restore undid, before anybody can ask of the restored store.
AT_ONCE = frozenset({"objection-direct-marketing", "child-found", "restriction", "replay-after-restore"})


def waits_for(kind: str, open_before: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """(number of the open ask, why) for every earlier ask that `kind` must wait for; none for what is heeded at once."""
    if kind in AT_ONCE:
        return ()
    return tuple((number, WAITS[kind, earlier]) for number, earlier in open_before if (kind, earlier) in WAITS)
