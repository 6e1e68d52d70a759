"""A scan's answers and the labels to precision, recall and a table of confusions.

An observation bears no name of a table or column, so that what is measured on the held-out half cannot be read back from it; `misses`
names columns, and reads the tuning half only. The scan is handed in: nothing here knows how it decides.

    result = measure("held_out", scan, folder)
    result.precision, result.recall, print(result.markdown())
"""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.scan_corpus.generate import build_sqlite
from tests.scan_corpus.schema import HERE, NEUTRAL, OPEN, Column, Schema, read, schemas

VERDICTS = ("proven", "likely", "undetermined")
# From the address of a database to the verdict and the category of each column, by table and column; a column that is not
# there is undetermined.
Scan = Callable[[str], Mapping[tuple[str, str], tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Observed:
    """One column, without its name: what it holds, and what the scan said of it."""

    language: str
    truth: str
    personal: bool
    verdict: str
    category: str
    right: bool

    @property
    def said(self) -> bool:
        """Whether the scan said anything."""
        return self.verdict != "undetermined"


@dataclass(frozen=True, slots=True)
class Result:
    """What was observed over some databases, and the figures that follow. A share of nothing is 0."""

    observed: tuple[Observed, ...]

    @property
    def personal(self) -> tuple[Observed, ...]:
        """The columns that surely hold personal data; an ambiguous column counts for precision alone."""
        return tuple(each for each in self.observed if each.personal)

    @property
    def precision(self) -> float:
        """Of the columns that are *proven* to hold personal data, or *proven* not to although they do: the share that is right.

        Keys and other neutral columns that are rightly proven neutral are left out: the schema says so, and they would flatter.
        """
        return _share(each.right for each in self.observed if _claims(each, "proven"))

    @property
    def precision_with_neutral(self) -> float:
        """Of everything *proven*, keys and all: the share that is right."""
        return _share(each.right for each in self.observed if each.verdict == "proven")

    @property
    def precision_of_likely(self) -> float:
        """As `precision`, of what is *likely*."""
        return _share(each.right for each in self.observed if _claims(each, "likely"))

    @property
    def recall(self) -> float:
        """Of the columns with personal data: the share that is *proven* or *likely*, in an acceptable category."""
        return _share(each.said and each.right for each in self.personal)

    @property
    def merely_miscategorised(self) -> int:
        """Columns with personal data that were seen to hold personal data, but of a wrong category."""
        return sum(each.said and not each.right and each.category not in NEUTRAL for each in self.personal)

    def markdown(self) -> str:
        """The totals, the recall by language, and the table of confusions by category: never a table or column by name."""
        return "\n\n".join((self.totals(), self._by_language(), self.confusion())) + "\n"

    def totals(self) -> str:
        """The figures as a table."""
        lines = [
            ("columns", str(len(self.observed))),
            ("with personal data", str(len(self.personal))),
            ("proven", str(sum(_claims(each, "proven") for each in self.observed))),
            ("precision on proven", f"{self.precision:.4f}"),
            ("precision on proven, keys and neutral columns counted too", f"{self.precision_with_neutral:.4f}"),
            ("precision on likely", f"{self.precision_of_likely:.4f}"),
            ("recall on proven or likely", f"{self.recall:.4f}"),
            ("seen, of a wrong category", str(self.merely_miscategorised)),
        ]
        return _table(("figure", ""), lines)

    def confusion(self) -> str:
        """One line per true category (the best label): how many, and how they were judged; last what they were taken for."""
        head = (
            "truth",
            "columns",
            "proven, right",
            "proven, wrong",
            "likely, right",
            "likely, wrong",
            "undetermined",
            "taken for",
        )
        lines = []
        for truth in sorted({each.truth for each in self.observed}):
            these = [each for each in self.observed if each.truth == truth]
            count = Counter((each.verdict, each.right) for each in these)
            wrong = Counter(each.category for each in these if each.said and not each.right)
            judged = [count["proven", True], count["proven", False], count["likely", True], count["likely", False]]
            unsaid = count["undetermined", True] + count["undetermined", False]
            taken = ", ".join(
                f"{category} {times}" for category, times in sorted(wrong.items(), key=lambda pair: (-pair[1], pair[0]))
            )
            lines.append((truth, *(str(number) for number in (len(these), *judged, unsaid)), taken))
        return _table(head, lines)

    def _by_language(self) -> str:
        lines = []
        for language in sorted({each.language for each in self.observed}):
            part = Result(tuple(each for each in self.observed if each.language == language))
            figures = f"{part.precision:.4f}", f"{part.recall:.4f}"
            lines.append((language, str(len(part.observed)), str(len(part.personal)), *figures))
        return _table(("language", "columns", "with personal data", "precision on proven", "recall"), lines)


def measure(half: str, scan: Scan, folder: Path) -> Result:
    """What the scan says of every database of the half (`tuning`, `held_out`); they are made in the folder as SQLite files."""
    observed: list[Observed] = []
    for schema in schemas(half):
        observed += [seen for _, seen in _observed(schema, scan(built(schema, folder)))]
    return Result(tuple(observed))


def measure_chinook(url: str, scan: Scan) -> Result:
    """What the scan says of Chinook, which stands at the address already."""
    return Result(tuple(seen for _, seen in _observed(read(HERE / "chinook.yaml"), scan(url))))


def misses(scan: Scan, folder: Path, half: str = "tuning") -> list[str]:
    """The columns of the tuning half (or `further`) that the scan gets wrong or leaves out, each in a line: for whoever tunes it."""
    if half not in OPEN:
        raise ValueError(f"{half} is not open")
    lines = []
    for schema in schemas(half):
        for column, seen in _observed(schema, scan(built(schema, folder))):
            if (seen.personal or seen.said) and not seen.right:
                lines.append(
                    f"{schema.name}.{column}: {' '.join(_labels(schema, column))}, said {seen.verdict} {seen.category}"
                )
    return lines


def built(schema: Schema, folder: Path) -> str:
    """The address of the schema's database in the folder, made there by whichever process asks first."""
    path = folder / f"{schema.name}.sqlite"
    with open(folder / f"{schema.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            draft = folder / f"{schema.name}.draft"
            draft.unlink(missing_ok=True)
            build_sqlite(schema, draft)
            draft.rename(path)
    return f"sqlite:///{path}"


def _observed(schema: Schema, said: Mapping[tuple[str, str], tuple[str, str]]) -> list[tuple[str, Observed]]:
    labels = schema.labels()
    # A name that is not in the database means that the two are not speaking of the same thing.
    if strange := set(said) - set(labels):
        raise ValueError(f"{schema.name}: the scan speaks of {len(strange)} columns that are not there.")
    pairs = []
    for (table, name), column in labels.items():
        verdict, category = said.get((table, name), ("undetermined", ""))
        pairs.append((f"{table}.{name}", _seen(schema.language, column, verdict, category)))
    return pairs


def _seen(language: str, column: Column, verdict: str, category: str) -> Observed:
    if verdict not in VERDICTS:
        raise ValueError(f"a verdict is one of {', '.join(VERDICTS)}")
    right = verdict != "undetermined" and column.accepts(category)
    return Observed(language, column.labels[0], column.personal, verdict, category, right)


def _labels(schema: Schema, place: str) -> tuple[str, ...]:
    table, _, name = place.partition(".")
    return schema.labels()[table, name].labels


def _claims(each: Observed, verdict: str) -> bool:
    return each.verdict == verdict and (each.personal or each.category not in NEUTRAL)


def _share(said: Iterable[bool]) -> float:
    each = list(said)
    return sum(each) / len(each) if each else 0.0


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [head, tuple("---" for _ in head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
