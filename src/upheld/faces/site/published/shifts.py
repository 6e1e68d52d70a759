"""Differences by meaning as a reader sees them: what a change means for the person, before and now, the sentences, and what follows.

Only what the two versions promise differs is shown; what a change is called, and whether it is wider or narrower, was decided when they were compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from upheld.faces.board.words import words_of
from upheld.language.promises.versions import Change, Differences

Direction = Literal["wider", "narrower", "same"]
# A new duty of ours, or a new word for an old thing, lets nobody do more.
_DIRECTIONS: dict[str, Direction] = {"wider": "wider", "narrower": "narrower", "none": "same"}
_WORDS = {
    "wording": "Only words",
    "contact": "Who answers",
    "definition": "What a word means",
    "longer-retention": "Kept longer",
    "shorter-retention": "Kept shorter",
    "right-added": "A new right",
    "right-widened": "More right",
    "right-removed": "A right taken away",
    "right-narrowed": "Less right",
    "duty-added": "A new duty of ours",
    "duty-dropped": "A duty of ours dropped",
    "choice-default": "What holds until you choose",
}
_NAME = re.compile(r"\b[a-z]+(?:-[a-z0-9]+)+\b")


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
    return Shifts(tuple(map(_shift, compared.changes)), tuple(dict.fromkeys(_spoken(str(duty)) for duty in compared.duties)))


def _shift(one: Change) -> Shift:
    direction = _DIRECTIONS[one.effect]
    word = _WORDS.get(one.cls, words_of(one.cls).capitalize())
    if one.cls == "wording":
        return Shift(direction, word, "", one.before, one.after, one.clauses)
    return Shift(direction, word, _spoken(one.what), _spoken(one.before), _spoken(one.after), one.clauses)


def _spoken(text: str) -> str:
    """Names as they are read aloud: `email-address` is `e-mail address`."""
    return _NAME.sub(lambda name: words_of(name.group()), text)
