"""Whether a row's time is over, as a small algebra: dated events, other rows' events, the first, the last or all of several.

Three-valued like SQL: over, not over, not known. What is not known never ends anything; it is counted and shown. A calendar plan carries these
values, a dialect writes them, the oracle of the tests reads them row by row. Not taken: SQL in the plan, or a date computed once for a whole table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from upheld.engine.plan.model import Replacement
from upheld.engine.plan.periods import Unit

Lengths = tuple[tuple[int, Unit], ...]


@dataclass(frozen=True, slots=True)
class Hop:
    """From a row to rows of `table` whose `columns` equal its `at`. `when`: (column, word) that the row at the link's end bears.

    `up`: towards the owner (the row before is the child, and bears the word); else down (the rows reached bear it).
    """

    table: str
    columns: tuple[str, ...]
    at: tuple[str, ...]
    up: bool
    when: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """Over once `column` plus all `lengths`, in order, is no later than today; a NULL date is not known."""

    column: str
    lengths: Lengths = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """The cell of `column` holds something that is no moment. Never unknown; it ends nothing, and is told."""

    column: str


@dataclass(frozen=True, slots=True)
class OnDay:
    """Over from this day on, for every row; date.max: never."""

    day: date


@dataclass(frozen=True, slots=True)
class Untold:
    """Nothing in the estate can tell."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`column` says whether a fact stands: over once it is `wanted`. NULL is not known."""

    column: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class Over:
    """`ends` is over in each row that `hops` lead to; not known where they lead to none."""

    hops: tuple[Hop, ...]
    ends: Ends


@dataclass(frozen=True, slots=True)
class Both:
    """Each is over. None of them: over."""

    of: tuple[Ends, ...]


@dataclass(frozen=True, slots=True)
class First:
    """Any is over, whatever the others are."""

    of: tuple[Ends, ...]


@dataclass(frozen=True, slots=True)
class Last:
    """Each that is known is over, and one is known."""

    of: tuple[Ends, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """Some cell of these columns is not yet as it is when blanked. No column: any row does."""

    key: tuple[str, ...]
    columns: tuple[tuple[str, Replacement], ...]


@dataclass(frozen=True, slots=True)
class NoneLeft:
    """No row that `hops` lead to is left for which `still` is true (None: no row at all).

    `going`: rows for which this is true do not count in a preview, for they go first in a run.
    """

    hops: tuple[Hop, ...]
    still: Ends | None
    going: Ends | None


@dataclass(frozen=True, slots=True)
class Not:
    of: Ends


@dataclass(frozen=True, slots=True)
class Named:
    """The row's key is on a list of our own: of kept rows, those whose day has come (`plan.calendar.on_record`), or of people by root key."""

    key: tuple[str, ...]
    on: str


@dataclass(frozen=True, slots=True)
class NotTrue:
    """Not over, or not known."""

    of: Ends


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """`ends` is over in each row of `table` of `store` whose `at` bears the identifier of the row's `column`; not known where none does.

    `some`: instead, whether it is over in any such row. `going`: such rows for which this is true do not count in a preview. Only with an identifier
    does a store know of another: both are compared in normal form, by whoever runs the plan, and no identifier stands in it.
    """

    column: str
    form: str
    kind: str
    store: str
    table: str
    at: str
    ends: Ends
    some: bool = False
    going: Ends | None = None


Ends = (
    Dated | Unread | OnDay | Untold | Fact | Over | Both | First | Last | Holds | NoneLeft | Not | NotTrue | Named | Elsewhere
)
NEVER = OnDay(date.max)
UNTOLD = Untold()


def both(*of: Ends) -> Ends:
    """All of them, flat, each once; one alone is itself."""
    return _joined(Both, of)


def first(*of: Ends) -> Ends:
    """Any of them, flat, each once; one alone is itself."""
    return _joined(First, of)


def last(*of: Ends) -> Ends:
    """The last of those that are known, flat, each once; one alone is itself."""
    return _joined(Last, of)


def _joined(kind: type[Both] | type[First] | type[Last], of: tuple[Ends, ...]) -> Ends:
    flat = [inner for one in of for inner in (one.of if isinstance(one, kind) else (one,))]
    once = tuple(dict.fromkeys(flat))
    return once[0] if len(once) == 1 else kind(once)


def own_columns(ends: Ends) -> frozenset[str]:
    """Columns of the row itself that `ends` is counted from."""
    match ends:
        case Dated(column=column) | Fact(column=column) | Elsewhere(column=column):
            return frozenset({column})
        case Both(of=of) | First(of=of) | Last(of=of):
            return frozenset().union(*map(own_columns, of))
        case Not(of=one):
            return own_columns(one)
        case _:
            return frozenset()


def reached_columns(ends: Ends) -> Iterator[tuple[tuple[Hop, ...], frozenset[str]]]:
    """Ways to other rows, each with the columns there that `ends` is counted from."""
    match ends:
        case Over(hops=hops, ends=inner):
            yield hops, own_columns(inner)
        case Both(of=of) | First(of=of) | Last(of=of):
            for one in of:
                yield from reached_columns(one)
        case Not(of=one):
            yield from reached_columns(one)
        case _:
            return


def unread(ends: Ends) -> Iterator[Ends]:
    """For each cell of the row, or of rows of this store that it is counted from, that nothing can be read in it."""
    match ends:
        case Dated(column=column):
            yield Unread(column)
        case Over(hops=hops, ends=inner):
            yield from (Not(NoneLeft(hops, one, None)) for one in unread(inner))
        case Both(of=of) | First(of=of) | Last(of=of):
            for one in of:
                yield from unread(one)
        case Not(of=one) | NotTrue(of=one):
            yield from unread(one)
        case _:
            return


def is_told_by_others(ends: Ends) -> bool:
    """Whether `ends` is counted from other rows, of this store or another: once they are gone, nobody can tell any more."""
    return any(True for _ in reached_columns(ends)) or any(True for _ in elsewheres(ends))


def day_column(ends: Ends) -> tuple[tuple[Hop, ...], Dated] | None:
    """Where the day stands that `ends` is counted from, if it is one column: the way there, and the column with its periods."""
    match ends:
        case Dated():
            return (), ends
        case Over(hops=hops, ends=Dated() as dated):
            return hops, dated
        case First(of=of):
            found = [one for one in map(day_column, of) if one is not None]
            return found[0] if len(found) == 1 else None
        case _:
            return None


def is_known(ends: Ends) -> bool:
    """Whether any row could ever be found over."""
    match ends:
        case Untold() | OnDay(day=date.max):
            return False
        case Both(of=of):
            return all(map(is_known, of))
        case First(of=of) | Last(of=of):
            return any(map(is_known, of))
        case Over(ends=inner):
            return is_known(inner)
        case Elsewhere(ends=inner, some=False):
            return is_known(inner)
        case _:
            return True


def elsewheres(ends: Ends) -> Iterator[tuple[tuple[Hop, ...], Elsewhere]]:
    """Rows of other stores that `ends` is counted from: the way to the row that bears an identifier, and what is asked there."""
    match ends:
        case Elsewhere():
            yield (), ends
        case Over(hops=hops, ends=inner):
            yield from (((*hops, *further), one) for further, one in elsewheres(inner))
        case Both(of=of) | First(of=of) | Last(of=of):
            for one in of:
                yield from elsewheres(one)
        case Not(of=one):
            yield from elsewheres(one)
        case _:
            return
