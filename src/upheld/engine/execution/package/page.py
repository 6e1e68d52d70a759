"""An access answer's tables and words become one self-contained page, set as a letter that prints on A4.

Written in parts, since an answer may have more rows than memory: each table's section when the table was read, the head
with the counts last. The page allows no script and loads nothing (its own Content-Security-Policy), should a value ever
get past the escaping. Not taken: all rows on the page; nobody reads 200,000, and the table's file has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from types import MappingProxyType

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from upheld.engine.execution.access_rows import AccessAnswer, AccessTable, Review, Stays, Withheld
from upheld.engine.execution.package.cells import day_in_words, moment_in_words, to_page, visible

WIDEST_TABLE_COLUMNS = 5  # more do not fit a printed page; each row then is a list
REVIEWS_SHOWN = 50
REPEATED_CHARS = 120  # a text as short as a line may stand on the page twice

UNCONFIRMED, STAR = "; not confirmed)", "*"
LEFT_OUT = {
    "not-personal": "it says nothing of a person",
    "others": "it is another person's",
    "review": "somebody reads it first, since it may name others",
    "right": "the right of access leaves it out",
}


@dataclass(frozen=True, slots=True)
class Section:
    """What one table came to: for the contents at the head of the page."""

    number: int
    title: str
    store: str
    rows: int
    reviews: int
    file: str


@cache
def _template(name: str) -> Template:
    """Escaping is on for every template; StrictUndefined, so that a misspelt name cannot leave a hole in an answer."""
    room = files("upheld.engine.execution.package")
    env = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_seen)
    env.filters |= {"cell": to_page, "day": day_in_words, "moment": moment_in_words, "count": _count}
    env.globals["zip_columns"] = partial(zip, strict=True)
    env.globals["style"] = room.joinpath("access.css").read_text("utf-8")
    return env.from_string(room.joinpath(name).read_text("utf-8"))


def _seen(value: object) -> object:
    """Texts of every origin, names of tables too, without characters that cannot be seen."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def head_of(answer: AccessAnswer, sections: Sequence[Section], made: datetime) -> str:
    """The page up to the first table: who answers whom, how much, from when, what is missing."""
    return _template("head.html").render(
        answer=answer,
        sections=sections,
        made=made,
        rows=sum(s.rows for s in sections),
        stores=len({s.store for s in sections}),
        reviews=sum(s.reviews for s in sections),
    )


def section_of(
    table: AccessTable,
    section: Section,
    shown: Sequence[tuple[object, ...]],
    reviews: Sequence[Review],
    said: Mapping[str, Section] = MappingProxyType({}),
) -> str:
    """One table's section: why, how long, whom told, left out, what stays; its first rows.

    `said` are the sections that have already said a period: a long text stands on the page once.
    """
    return _template("section.html").render(
        table=table,
        section=section,
        shown=shown,
        reviews=reviews[:REVIEWS_SHOWN],
        wide=len(table.columns) > WIDEST_TABLE_COLUMNS,
        left_out=_left_out(table.withheld),
        earlier=said.get(table.kept_for) if len(table.kept_for) > REPEATED_CHARS else None,
        stays=[(s, _until(s)) for s in table.stays],
    )


def _left_out(withheld: Sequence[Withheld]) -> list[tuple[str, list[str]]]:
    """(reason, columns), each reason once; a reason of the estate's own words stands alone."""
    grouped: dict[str, list[str]] = {}
    for w in withheld:
        grouped.setdefault(w.says or LEFT_OUT[w.because], []).append(w.column)
    return sorted(grouped.items())


def _until(stays: Stays) -> str:
    return f"until {day_in_words(stays.until)}" if stays.until else "as long as the reason lasts"


def foot_of(answer: AccessAnswer) -> str:
    """Rights, where to complain, the ledger's state, and what the files are."""
    rights, authority = [_starred(right) for right in answer.rights], _starred(answer.authority)
    return _template("foot.html").render(
        answer=answer,
        rights=rights,
        authority=_with_article(authority),
        starred=any(STAR in said for said in (*rights, authority)),
    )


def _starred(law: str) -> str:
    """A star for `not confirmed`; the foot says once what it means."""
    return law.replace(UNCONFIRMED, ")") + STAR if UNCONFIRMED in law else law


def _with_article(authority: str) -> str:
    return f"the {authority}" if authority[:1].islower() and not authority.startswith("the ") else authority
