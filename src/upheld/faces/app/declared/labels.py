"""`labels.yaml` becomes the words by which people read the notice's own names, in each language of pages and letters, and for the stores of its estate.

A name has one kind in a notice, so that its id alone finds its words; the kinds in the file are for whoever reads it. The language's own names stand in
the package. Where nobody wrote a word the id is read aloud: `page-viewed` is "page viewed". Must never: change what anything means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from upheld.duties.messages.letters.catalogue import LANGUAGES
from upheld.faces.app.declared.reading import Declared, read_mapping
from upheld.language.promises.model import Program

FILE = "labels.yaml"
STORES = "store"  # the kind below which stores of the estate stand
HELP = "Write `purpose:`, below it `fraud-prevention: {fr: …, de: …, es: …}`; one text alone is for every language."
Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Labels:
    """Words by id and language. `own`: the language in which ids themselves are read, without any word for them."""

    words: Words = field(default_factory=dict)
    own: str = "en"

    def word(self, id: str, language: str, first: bool = False) -> str:
        """The name as this language reads it; `first`: with a large letter, as a heading wants it."""
        said = self.words.get(id, {}).get(language) or id.replace("-", " ").replace("_", " ")
        return said[:1].upper() + said[1:] if first else said

    def has(self, id: str, language: str) -> bool:
        """Whether the word is of this language; else it is the id, read aloud."""
        return language == self.own or language in self.words.get(id, {})

    def words_for(self, ids: Iterable[str], language: str) -> tuple[str, ...]:
        """Each of them, in the alphabetical order of the words."""
        return tuple(sorted(self.word(id, language) for id in ids))


@lru_cache(maxsize=16)
def read_labels(text: str, own: str = "en") -> Labels:
    """The package's words, and the file's before them. Declared (R243) where the file cannot be read so."""
    return Labels({**_standing(), **_read(text)}, own)


def check_labels(text: str, program: Program, stores: Iterable[str] | None = None) -> None:
    """R243, too, for a name that neither the notice nor the language nor the estate (`stores`) has: a word for nothing is a slip of the pen. Where there is
    no estate, names below `store:` are not looked for."""
    said = _read(text)
    known = {name.id for name in program.names} | set(_standing()) | set(stores or ())
    if stores is None:
        known |= set(read_mapping(text, FILE, "R243", HELP).get(STORES) or ())
    strange = sorted(set(said) - known)
    if strange:
        raise Declared("R243", f"{FILE}: neither notice nor estate has a name `{strange[0][:80]}`.", HELP)


@lru_cache(maxsize=1)
def _standing() -> Words:
    return _read(files("upheld.faces.app.declared").joinpath(FILE).read_text(encoding="utf-8"))


def _read(text: str) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for kind, names in read_mapping(text, FILE, "R243", HELP).items():
        if not isinstance(names, Mapping):
            raise Declared("R243", f"{FILE}: below `{str(kind)[:80]}` stand no names.", HELP)
        for id, said in names.items():
            words = dict.fromkeys(LANGUAGES, said) if isinstance(said, str) else said
            if not isinstance(words, Mapping) or not all(
                language in LANGUAGES and isinstance(word, str) and word.strip() for language, word in words.items()
            ):
                raise Declared("R243", f"{FILE}: `{str(id)[:80]}` has no words by language.", HELP)
            found[str(id)] = {language: word.strip() for language, word in words.items()}
    return found
