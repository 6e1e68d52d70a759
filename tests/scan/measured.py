"""The scan as the corpus measures it: from a database's address to the verdict and category of each column, and the page that tells it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.scan_corpus.measure import Result
from tests.scan_corpus.schema import HALVES, OPEN, schemas
from upheld.engine.stores.scanning import Guess, scan

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scan.md"
BESIDE = [folder / "shared" / "data" / "chinook" / "Chinook_Sqlite.sqlite" for folder in Path(__file__).resolve().parents]
CHINOOK = next((path for path in BESIDE if path.exists()), None)
MARK = "<!-- measured: {name} -->"


@cache
def places() -> dict[str, str]:
    """The country that whoever runs the scan would say, by name of the schema."""
    return {schema.name: schema.country for half in {*HALVES, *OPEN} for schema in schemas(half)} | {"Chinook_Sqlite": "US"}


def scanned(url: str) -> Mapping[tuple[str, str], tuple[str, str]]:
    """The real scan of the SQLite file at this address."""
    path = Path(url.removeprefix("sqlite:///"))
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        guesses = scan(connection, "shop", places()[path.stem]).guesses
    finally:
        connection.close()
    return {place: (guess.degree, category(guess)) for place, guess in guesses.items()}


def category(guess: Guess) -> str:
    """What a guess says in the corpus's words."""
    if guess.leaf or not guess.entry:
        return guess.leaf
    return "json" if guess.entry.startswith("{json") else "free-text" if guess.entry.startswith("{free-text") else guess.entry


def figures(result: Result) -> str:
    """What the page says of a half."""
    return f"{result.totals()}\n\n{result.confusion()}"


def written(page: str, name: str, text: str) -> str:
    """The page with the figures of this half put between its marks."""
    mark = MARK.format(name=name)
    before, _, rest = page.partition(mark)
    return f"{before}{mark}\n\n{text}\n\n{mark}{rest.partition(mark)[2]}"


def read(page: str, name: str) -> str:
    """What stands between the marks of this half; empty without them."""
    parts = page.split(MARK.format(name=name))
    return parts[1].strip() if len(parts) == 3 else ""
