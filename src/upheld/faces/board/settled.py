"""The resolutions of a program become what stands under a clause that cannot be literally true beside another.

Both clauses show it, with the other's place on the board, so that nobody who reads the one misses the other. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from upheld.faces.board import words
from upheld.language.promises.model import Program, Resolution


@dataclass(frozen=True, slots=True)
class Settled:
    """One resolution as a clause shows it. `other` is the other clause's id, empty where one clause is settled alone."""

    other: str
    number: str
    prevails: str
    because: str
    decided: str


def settled(program: Program, numbers: Mapping[str, str]) -> dict[str, tuple[Settled, ...]]:
    """Clause id → the resolutions that name it, in the order of the notice. `numbers`: clause id → its number on the board."""
    found: dict[str, list[Settled]] = {}
    for each in program.resolutions:
        for clause in each.clauses:
            other = next((one for one in each.clauses if one != clause), "")
            found.setdefault(clause, []).append(
                Settled(other, numbers.get(other, ""), _prevails(each, clause), each.because, _decided(each))
            )
    return {clause: tuple(several) for clause, several in found.items()}


def _prevails(resolution: Resolution, clause: str) -> str:
    if len(resolution.clauses) == 1:
        return "It can be read in two ways, and the stricter reading counts."
    if resolution.prevails == "stricter":
        return "of the two the stricter counts."
    return "this clause prevails." if resolution.prevails == clause else "that clause prevails."


def _decided(resolution: Resolution) -> str:
    return f"Decided by the {words.words_of(resolution.by)} on {words.day(resolution.dated)}."
