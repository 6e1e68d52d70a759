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

SHORTEST = 5  # letters of the end of a compound that is heard where nothing else is
PINCHED = 0.55  # what a letter weighs there; a word that is known weighs 1


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
    for kind, weight in () if best else _at_a_pinch(name):
        best[kind] = max(best.get(kind, 0.0), weight)
    return tuple(sorted(best.items(), key=lambda pair: (-pair[1], list(ALL).index(pair[0]))))


def _folded(text: str) -> str:
    return fold(text)


def _windows(tokens: list[str]) -> Iterator[tuple[str, bool]]:
    for start in range(len(tokens)):
        for end in range(start + 1, min(len(tokens), start + LONGEST_WINDOW) + 1):
            joined, last = "".join(tokens[start:end]), end == len(tokens)
            lettered = all(len(token) == 1 for token in tokens[start:end])  # `d_o_b`, `c_p`
            if end - start > 1 and len(joined) < 4 and not lettered:
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


@cache
def _ends() -> dict[str, frozenset[str]]:
    """Kinds by the whole words that may end a compound."""
    found: dict[str, set[str]] = {}
    for kind, (_, _, words) in ALL.items():
        for bare in (word.strip("~*") for word in words.split() if not word.startswith("~")):
            if len(bare) >= SHORTEST:
                found.setdefault(bare, set()).add(kind)
    return {said: frozenset(kinds) for said, kinds in found.items()}


def _at_a_pinch(name: str) -> Iterator[tuple[str, float]]:
    """Where no word is known: `zimmerwunsch` ends with a word that one kind alone has, `gndr` is one without its vowels."""
    for token in (token for token in re.split(r"[^a-z]+", _folded(name)) if len(token) > SHORTEST):
        for at in range(SHORTEST - 2, len(token) - SHORTEST + 1):
            if len(kinds := _ends().get(token[at:], frozenset())) == 1:
                yield next(iter(kinds)), (len(token) - at) * PINCHED
                break
    for token in (token for token in re.split(r"[^a-z]+", _folded(name)) if len(token) >= SHORTEST - 1):
        if len(kinds := _bare(token)) == 1:
            yield next(iter(kinds)), len(token) * PINCHED


@lru_cache(maxsize=20_000)
def _bare(token: str) -> frozenset[str]:
    """The kinds of which a word without its vowels is this: `gndr`, `rlgn`."""
    if re.search(r"[aeiou]", token[1:]):
        return frozenset()
    return frozenset(
        kind for said, kinds in _ends().items() if said[0] + re.sub(r"[aeiou]", "", said[1:]) == token for kind in kinds
    )
