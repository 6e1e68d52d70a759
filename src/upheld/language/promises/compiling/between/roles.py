"""Whose data it is: what another party decides about is worked on at its instruction and under an agreement, or not at all.

A leaf's `owner:` names that party. Assumes names are resolved. Not taken: a role per promise; the role follows from the
data, so that no sentence can forget it.
"""

from __future__ import annotations

from collections.abc import Iterable

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import finding
from upheld.language.notice.findings import shown
from upheld.language.promises.compiling.walls import clause_of
from upheld.language.promises.model import AllOf, AnyOf, Kind, Name, Program, Promise

BY_LAW = frozenset({"required-by-law", "legal-obligation", "law"})
CONTROLLER = Name(Kind.VALUE, "controller")
# What each verb must name; a collection has no ground to name.
_ASKED = {"use": ("ground", "under"), "disclose": ("ground", "under"), "collect": ("under",)}


def check_roles(program: Program) -> Iterable[Diagnostic]:
    """P420 for each permission over data of another controller that lacks the instruction or the agreement."""
    ours = {controller for each in program.notices for controller in each.controller.replace(",", " ").split()}
    others = {
        name: party.id
        for name, each in program.names.items()
        for party in each.keys.get("owner", ())
        if name.kind is Kind.DATA and party.id not in ours and _decides(party, program)
    }
    for promise in program.promises if others else ():
        asked = _ASKED.get(promise.verb, ()) if promise.modality == "may" else ()
        theirs = sorted(promise.object & others.keys())
        missing = [key for key in asked if not _says(promise, key)]
        if theirs and missing and not _by_law(promise):
            lacks = " and ".join(f"no `{key}:`" for key in missing)
            why = f"{shown(theirs[0].id)} is decided about by {shown(others[theirs[0]])}, and this promise has {lacks}."
            yield finding("P420", promise.source.file, promise.source.line, why, clause=clause_of(promise))


def _decides(party: Name, program: Program) -> bool:
    return party in program.names and CONTROLLER in program.names[party].keys.get("role", ())


def _says(promise: Promise, key: str) -> bool:
    return any(isinstance(test, AnyOf | AllOf) and test.key == key for test in promise.scope)


def _by_law(promise: Promise) -> bool:
    """An order of the law is obeyed whatever the controller says: its grounds alone open this promise."""
    grounds = {name.id for test in promise.scope if isinstance(test, AnyOf) and test.key == "ground" for name in test.names}
    return bool(grounds) and grounds <= BY_LAW
