"""Rows of an access become the report that Californian law wants: twelve months, by category, with sources, purposes and who was told.

Watches the rows as they pass into the package, so that nothing is read twice: a category is collected where a row of the window has a value of
it. A row without a moment counts, for nobody can say it is older. Who got data is the disclosure ledger's to say, who may get it the notice's;
the report keeps the two apart, and says of whom the ledger is whole. Source: Cal. Civ. Code 1798.110, 1798.130(a)(3); 11 CCR 7024.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from importlib import resources

import yaml

from upheld.engine.estate.model import Estate, Event
from upheld.engine.execution.access_rows import AccessTable
from upheld.records.people.disclosures import Disclosure


@dataclass(slots=True)
class Category:
    """What the report says of one category. `pieces`: rows with a value of it within the window."""

    title: str
    kinds: set[str] = field(default_factory=set)
    pieces: int = 0
    sources: set[str] = field(default_factory=set)
    purposes: set[str] = field(default_factory=set)
    may_tell: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)


class Watched:
    """Tables pass through it; afterwards `categories` holds the report's lines."""

    def __init__(self, estate: Estate, since: date, given: Iterable[Disclosure] = ()) -> None:
        self._estate, self._since = estate, since
        self.categories: dict[str, Category] = {}
        for one in given:  # also of what lies in no store any more
            self._of(one.data).told.add(one.recipient)

    def __call__(self, table: AccessTable) -> AccessTable:
        return replace(table, rows=self._passing(table))

    def _passing(self, table: AccessTable) -> Iterator[tuple[object, ...]]:
        events = self._events(table)
        for row in table.rows:
            moments = [row[n] for n in events if row[n] is not None]
            if not moments or any(_day(moment) is None or _day(moment) >= self._since for moment in moments):  # type: ignore[operator]
                self._count(table, row)
            yield row

    def _events(self, table: AccessTable) -> list[int]:
        try:
            known = self._estate.table(table.store, table.table)
        except KeyError:
            return []
        names = {column.name for column in known.columns if isinstance(column.role, Event)}
        return [n for n, column in enumerate(table.columns) if column.name in names]

    def _count(self, table: AccessTable, row: tuple[object, ...]) -> None:
        for column, value in zip(table.columns, row, strict=True):
            if not column.leaf or value is None or value == "":
                continue
            found = self._of(column.leaf)
            found.pieces += 1
            found.sources |= set(table.sources)
            found.purposes |= set(table.why)
            found.may_tell |= set(table.may_tell)

    def _of(self, leaf: str) -> Category:
        letter, title = category_of(leaf)
        found = self.categories.setdefault(letter, Category(title))
        found.kinds.add(leaf)
        return found


def category_of(leaf: str) -> tuple[str, str]:
    """Letter and title of the category that a kind of data falls under; a kind that no category names stands for itself."""
    letter = _letters().get(leaf)
    return (letter, _titles()[letter]) if letter else (leaf, leaf.replace("-", " "))


def report_json(categories: Mapping[str, Category], since: date, until: date, whole: Sequence[str] = ()) -> dict[str, object]:
    """The report for machines. `whole`: recipients of whom every disclosure is on record."""
    return {
        "format": "upheld-ccpa-report/1",
        "recorded_whole": list(whole),
        "from": since.isoformat(),
        "to": until.isoformat(),
        "categories": [
            {
                "category": letter,
                "title": one.title,
                "kinds": sorted(one.kinds),
                "pieces": one.pieces,
                "sources": sorted(one.sources),
                "purposes": sorted(one.purposes),
                "disclosed_to": sorted(one.told),
                "may_be_disclosed_to": sorted(one.may_tell),
            }
            for letter, one in sorted(categories.items())
        ],
    }


def report_html(categories: Mapping[str, Category], since: date, until: date, firm: str, whole: Sequence[str] = ()) -> str:
    """The report for people, one page without scripts."""
    rows = "".join(
        f"<tr><th scope='row'>{_e(one.title)}</th><td>{_list(one.kinds)}</td><td>{one.pieces:,}</td><td>{_list(one.sources)}</td>"
        f"<td>{_list(one.purposes)}</td><td>{_list(one.told) or 'nobody on record'}</td><td>{_list(one.may_tell)}</td></tr>"
        for _, one in sorted(categories.items())
    )
    heads = (
        "Category",
        "What",
        "Pieces",
        "From whom",
        "What for",
        "Disclosed to, on our record",
        "May be disclosed to, by our notice",
    )
    said = f"It is whole for {_list(set(whole))}; for anybody else it may hold a part." if whole else "It may not be whole."
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Categories of your personal information</title></head><body>"
        f"<h1>Categories of your personal information</h1><p>{_e(firm)}, from {since:%-d %B %Y} to {until:%-d %B %Y}. The pieces themselves are in "
        f"the copy beside this page. Our record of disclosures says to whom we gave what. {said} Our notice says who may get it.</p><table><thead><tr>"
        + "".join(f"<th scope='col'>{_e(head)}</th>" for head in heads)
        + f"</tr></thead><tbody>{rows}</tbody></table></body></html>"
    )


@cache
def _read() -> dict[str, dict[str, object]]:
    text = resources.files("upheld.faces.app.desk.works").joinpath("ccpa_categories.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@cache
def _letters() -> dict[str, str]:
    return {str(leaf): letter for letter, one in _read().items() for leaf in one["holds"]}  # type: ignore[attr-defined]


@cache
def _titles() -> dict[str, str]:
    return {letter: str(one["title"]) for letter, one in _read().items()}


def _day(moment: object) -> date | None:
    if isinstance(moment, datetime):
        return moment.date()
    if isinstance(moment, date):
        return moment
    try:
        return datetime.fromisoformat(str(moment)).date()
    except ValueError:
        return None


def _list(said: set[str]) -> str:
    return _e(", ".join(sorted(one.replace("-", " ") for one in said)))


def _e(text: str) -> str:
    return html.escape(text)
