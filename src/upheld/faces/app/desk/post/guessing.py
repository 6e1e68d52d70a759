"""The words of a mail become a first guess at what it asks for and in which language. In doubt: a question, which a person reads.

Pure. Nothing rests on the guess alone: identity is proven and a plan approved whatever it says. Not taken: a model that reads; a list of words can be
read, and mended, by whoever answers for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib import resources

import yaml

READ_AT_MOST = 4_000  # characters: below them mails quote older ones
WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")


def rights_in(text: str, offered: Collection[str]) -> tuple[str, ...]:
    """The rights that the words name, of those that are offered, in the order of the list; empty where none is or too many are."""
    said = _own_words(text)
    found = [right for right, words in _listed("rights").items() if right in offered and any(word in said for word in words)]
    wider = {wide for right in found for wide in _listed("narrower").get(right, ())}
    kept = tuple(right for right in found if right not in wider)
    return kept if len(kept) <= 2 else ()


def language_of(text: str, otherwise: str) -> str:
    """The language whose commonest words stand there most often; `otherwise` where none does or two do alike."""
    words = WORD.findall(_own_words(text))
    counts = sorted(
        ((sum(word in known for word in words), name) for name, known in _listed("languages").items()), reverse=True
    )
    (most, name), (next_most, _) = counts[:2]
    return name if most > next_most else otherwise


def law_in(text: str, laws: Mapping[str, str], otherwise: str) -> str:
    """The one law that the words name, by its title or else by what its id ends with (`gdpr`); `otherwise` where none or several are. `laws`: id → title."""
    said = _own_words(text)
    titled = [id for id, title in laws.items() if title.lower() in said]
    whole = [id for id in titled if not any(laws[id] != laws[other] and laws[id] in laws[other] for other in titled)]
    found = whole or [id for id in laws if id.rpartition("-")[2] in WORD.findall(said)]
    return found[0] if len(found) == 1 else otherwise


def _own_words(text: str) -> str:
    """Without quoted lines, small letters."""
    lines = (line for line in text[: 4 * READ_AT_MOST].splitlines() if not line.lstrip().startswith(">"))
    return " ".join(" ".join(lines).split()).lower()[:READ_AT_MOST]


@cache
def _listed(name: str) -> Mapping[str, list[str]]:
    text = (resources.files(__package__) / "words.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text)[name])
