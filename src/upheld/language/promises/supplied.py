"""A program against what an estate supplies: permissions that cover nothing, facts that nothing knows, data never told.

`Supplied` is filled by the estate; this room knows no table. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from upheld.language.diagnostic import Diagnostic
from upheld.language.promises.model import Program


@dataclass(frozen=True, slots=True)
class Supplied:
    """What an estate has, as ids of the language (without their kind).

    `leaves`: data leaves that some column carries. `events`: those with a timestamp column or a derivation. `facts`,
    `records` (kinds), `surfaces`, `parties`: those that the estate or the product itself knows. `periods`: names of
    columns that hold a duration. `places`: for each leaf's file and line, where the map says it, for findings.
    """

    leaves: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    surfaces: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    periods: frozenset[str] = frozenset()
    places: tuple[tuple[str, str, int], ...] = ()  # (leaf, file, line) of a column that carries it


def check_against_estate(program: Program, supplied: Supplied) -> tuple[Diagnostic, ...]:
    """P303, P304, P602 and P603, sorted by file and line."""
    return ()
