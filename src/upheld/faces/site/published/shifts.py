"""Differences by meaning as a reader sees them: what a change means for the person, before and now, the sentences, and what follows.

Only what the two versions promise differs is shown; what a change is called, and whether it is wider or narrower, was decided when they were compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from upheld.faces.board.words import words_of
from upheld.language.promises.versions import Change, Differences

Direction = Literal["wider", "narrower", "same"]
# A new duty of ours, or a new word for an old thing, lets nobody do more.
_DIRECTIONS: dict[str, Direction] = {"wider": "wider", "narrower": "narrower", "none": "same"}
_WORDS = {"wording": "Only words", "contact": "Who answers", "definition": "What a word means"}


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference by meaning. `word` says what it is to the reader; `what`, of what; `clauses` stand in the newer version, or did in the older."""

    direction: Direction
    word: str
    what: str
    before: str
    now: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shifts:
    """What one version changed; `duties`: whom we then must tell, one sentence each."""

    found: tuple[Shift, ...]
    duties: tuple[str, ...]


def shifts_of(compared: Differences) -> Shifts:
    """In the order in which they were found, which is that of the newer notice."""
    return Shifts(tuple(map(_shift, compared.changes)), tuple(dict.fromkeys(map(str, compared.duties))))


def _shift(one: Change) -> Shift:
    direction = _DIRECTIONS[one.effect]
    word = _WORDS.get(one.cls, words_of(one.cls).capitalize())
    said = (
        word
        if one.cls in (*_WORDS, "wider", "narrower")
        else f"{direction.capitalize()}: {word.lower()}"
        if direction != "same"
        else word
    )
    return Shift(direction, said, one.what, one.before, one.after, one.clauses)
