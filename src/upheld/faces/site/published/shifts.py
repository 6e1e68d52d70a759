"""What a change means for the person who reads of it: a mark, a word, before and now, and the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["wider", "narrower", "same"]


@dataclass(frozen=True, slots=True)
class Shift:
    """One difference by meaning. `word` says what it is to the reader; `duties`: what follows from it, one sentence each."""

    direction: Direction
    word: str
    before: str
    now: str
    clauses: tuple[str, ...]
    duties: tuple[str, ...] = ()
