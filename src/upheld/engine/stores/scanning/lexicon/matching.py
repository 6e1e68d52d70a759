"""A column's name becomes the kinds of data that it announces, the most telling word first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from upheld.engine.stores.scanning.lexicon.traits import TRAITS
from upheld.engine.stores.scanning.lexicon.values import fold
from upheld.engine.stores.scanning.lexicon.who import KINDS

ALL = {**KINDS, **TRAITS}
LONGEST_WINDOW = 4  # tokens that are read as one word: `name_of_birth` `date_de_naiss`


@cache
def _index() -> dict[str, dict[str, list[tuple[str, float]]]]:
    """By way of comparing, and by the word's letters: the kinds it announces, with their weights."""
    found: dict[str, dict[str, list[tuple[str, float]]]] = {"w": {}, "w*": {}, "*w": {}, "*w*": {}}
    for kind, (_, _, words) in ALL.items():
        for word in words.split():
            bare = word.strip("~*")
            how = ("*" if word.lstrip("~").startswith("*") else "") + "w" + ("*" if word.endswith("*") else "")
            found[how].setdefault(bare, []).append((kind, len(bare) * (0.5 if word.startswith("~") else 1.0)))
    return found


@lru_cache(maxsize=20_000)
def kinds_of(name: str) -> tuple[tuple[str, float], ...]:
    """Kinds with their weight, heaviest first. `name` is in one writing already (`snake`)."""
    best: dict[str, float] = {}
    for plain in dict.fromkeys((_folded(name), _folded(name.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")))):
        for window, last in _windows([token for token in re.split(r"[^a-z0-9]+", plain) if token]):
            for kind, weight in _found(window):
                # The last word is most often the head: `birthday_user` is rare, `user_birthday` is not.
                best[kind] = max(best.get(kind, 0.0), weight + (0.6 if last else 0.0))
    return tuple(sorted(best.items(), key=lambda pair: (-pair[1], list(ALL).index(pair[0]))))


def _folded(text: str) -> str:
    return fold(text)


def _windows(tokens: list[str]) -> Iterator[tuple[str, bool]]:
    for start in range(len(tokens)):
        for end in range(start + 1, min(len(tokens), start + LONGEST_WINDOW) + 1):
            joined, last = "".join(tokens[start:end]), end == len(tokens)
            if end - start > 1 and len(joined) < 4:
                continue
            yield joined, last
            if (bare := joined.rstrip("0123456789")) and bare != joined:
                yield bare, last


def _found(word: str) -> Iterable[tuple[str, float]]:
    index = _index()
    # A whole word says a little more than the same letters at the beginning or end of another.
    for kind, weight in index["w"].get(word, ()):
        yield kind, weight + 0.5
    for size in range(2, len(word) + 1):
        yield from index["w*"].get(word[:size], ())
        yield from index["*w"].get(word[-size:], ())
    for bare, kinds in index["*w*"].items():
        if bare in word:
            yield from kinds
