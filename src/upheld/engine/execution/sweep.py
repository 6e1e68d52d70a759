"""After the commit: every text and JSON column of the live catalogue, searched for the day's identifiers in one scan per table.

Not the map's columns: the live schema's, so that it finds tables nobody mapped, history, free text and other tools' copies. Identifiers of a kind
are recognised by their shape and looked up in a set, so the cost does not grow with the number of people; of a few people's, the store itself
leaves out the rows that cannot bear any. What must stay (kept rows, the other owner's part) is expected and counted apart. Must never return
or log a value. Cost: one scan of every table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from upheld.engine.estate.forms import keys_of, normalise
from upheld.engine.estate.model import LiveTable, StoreCatalogue, StoreMap
from upheld.engine.plan.model import Binding
from upheld.engine.stores import Store
from upheld.engine.stores.sought import Sought

EMAIL = re.compile(rb"[^\s\"'<>(),;:\\\[\]{}|=]+@[^\s\"'<>(),;:\\\[\]{}|=@]+")
PHONE = re.compile(rb"\+?[0-9][0-9 ().\-/]{5,}[0-9]")
WORD = re.compile(rb"[^\s\"'<>(),;:\\\[\]{}|=]{4,}")
LONGEST_PHONE, TAIL = (
    16,
    6,
)  # digits, the sign of a country and its trunk digit counted; the last of them tell most numbers apart
SHORTEST_EXACT = 6  # a shorter value is found everywhere and proves nothing
SEARCHED = ("text", "json", "other")
TRAILING = b".,;:!?"


@dataclass(frozen=True, slots=True)
class Swept:
    """Where identifiers of erased people still stand, by `table.column`. `expected`: cells that stay on a ground or for the other owner."""

    store: str
    tables: int
    columns: int
    bytes: int
    found: Mapping[str, int]
    expected: Mapping[str, int]

    @property
    def left(self) -> int:
        """Cells that should not bear an identifier any more."""
        return sum(self.found.values())


@dataclass(slots=True)
class _Wanted:
    """Normal forms by form, and the shape in which each form's values are recognised."""

    by_form: dict[str, frozenset[str]]
    region: str

    def bears(self, cell: bytes) -> bool:
        return any(_SHAPES[form](cell, values, self.region) for form, values in self.by_form.items())

    @property
    def mark(self) -> str:
        """What a cell must hold for any shape to occur in it: the store leaves out every row without it. Empty: nothing can be said."""
        return "@" if set(self.by_form) == {"email/1"} else ""

    @property
    def sought(self) -> Sought:
        """What a row must bear of it for any cell to."""
        of = {form: tuple(sorted(values)) for form, values in self.by_form.items()}
        digits = {
            key.removeprefix("+") for one in of.get("phone/1", ()) for key in keys_of("phone/1", one, "postgresql", self.region)
        }
        shortest = sorted(one for one in digits if not any(other != one and other in one for other in digits))
        return Sought(of.get("exact/1", ()), of.get("email/1", ()), tuple(shortest))


def sweep(
    session: Store,
    store: StoreMap,
    bindings: Iterable[Binding],
    stays: Mapping[tuple[str, str], int | None],
    advance: Callable[[str], None] | None = None,
    known: StoreCatalogue | None = None,
) -> Swept:
    """Every live text column of the store, searched. `stays`: how many cells of a (table, column) may
    rightly bear one: the rows that were kept there; None: as many as there are, for the other owner's part. `known`: a schema as it was read
    before, which is not read again while it still stands.

    Only identifiers that named one person are looked for. Reads in a transaction of its own; StoreFault where the store is out of reach.
    """
    wanted = _wanted(bindings, store)
    live = known if known is not None and session.fingerprint() == known.fingerprint else session.catalogue()
    tables = {table.name: names for table in live.tables.values() if wanted.by_form and (names := _columns(table))}
    sought = wanted.sought
    search = _few(session, tables, wanted, sought, advance) if sought.are_few else _all(session, tables, wanted, advance)
    found: dict[str, int] = {}
    expected: dict[str, int] = {}
    size = 0
    for table, name, count, read in search:
        size += read
        rightly = _rightly(count, stays, table, name)
        place = f"{table}.{name}"
        if rightly:
            expected[place] = expected.get(place, 0) + rightly
        if count > rightly:
            found[place] = found.get(place, 0) + count - rightly
    return Swept(store.store, len(tables), sum(map(len, tables.values())), size, found, expected)


def _rightly(count: int, stays: Mapping[tuple[str, str], int | None], table: str, column: str) -> int:
    """Of `count` cells that bear an identifier, those that may: never more than rows were kept."""
    if (table, column) not in stays:
        return 0
    most = stays[table, column]
    return count if most is None else min(count, most)


def _wanted(bindings: Iterable[Binding], store: StoreMap) -> _Wanted:
    by_form: dict[str, set[str]] = {}
    for binding in bindings:
        for one in binding.identifiers:
            if one.bearers <= 1 and not (one.form not in ("email/1", "phone/1") and len(one.normal) < SHORTEST_EXACT):
                by_form.setdefault(one.form, set()).add(one.normal)
    return _Wanted({form: frozenset(values) for form, values in by_form.items()}, store.region or store.place)


def _columns(table: LiveTable) -> list[str]:
    if table.kind not in ("table", "partitioned", "materialised view"):
        return []
    return [column.name for column in table.columns if column.family in SEARCHED]


Tables = Mapping[str, Sequence[str]]
Counted = Iterator[tuple[str, str, int, int]]  # table, column, its cells that bear an identifier, bytes read for it
Advance = Callable[[str], None]


def _few(session: Store, tables: Tables, wanted: _Wanted, sought: Sought, advance: Advance | None) -> Counted:
    """Only rows that may bear one come; whether a cell does is asked as of any other."""
    if advance is not None:
        for table in tables:
            advance(table)
    counts = {(table, name): [0, 0] for table, names in tables.items() for name in names}
    for table, cells in session.bearing(tables, sought):
        for name, cell in zip(tables[table], cells, strict=True):
            text = (cell or "").encode("utf-8", "replace")
            count = counts[table, name]
            count[0] += wanted.bears(text)
            count[1] += len(text)
    return ((table, name, count, read) for (table, name), (count, read) in counts.items())


def _all(session: Store, tables: Tables, wanted: _Wanted, advance: Advance | None) -> Counted:
    for table, names in tables.items():
        if advance is not None:
            advance(table)
        for name, count, read in _in_table(session, table, names, wanted):
            yield table, name, count, read


def _in_table(session: Store, table: str, names: Sequence[str], wanted: _Wanted) -> Iterable[tuple[str, int, int]]:
    counts = dict.fromkeys(names, 0)
    read = 0
    rest = b""
    for block in session.texts(table, names, wanted.mark):
        read += len(block)
        whole = rest + block
        end = whole.rfind(b"\n") + 1
        rest = whole[end:]
        if end:
            _in_lines(whole[:end], names, wanted, counts)
    if rest:
        _in_lines(rest, names, wanted, counts)
    for number, (name, count) in enumerate(counts.items()):
        yield name, count, read if number == 0 else 0


def _in_lines(block: bytes, names: Sequence[str], wanted: _Wanted, counts: dict[str, int]) -> None:
    if not wanted.bears(block):
        return
    for line in block.splitlines():
        if wanted.bears(line):
            for name, cell in zip(names, line.split(b"\t"), strict=False):
                counts[name] += wanted.bears(cell)


# ---- shapes


def _bears_email(cell: bytes, values: frozenset[str], region: str) -> bool:
    if b"@" not in cell:
        return False
    for candidate in set(EMAIL.findall(cell)):
        text = candidate.strip(TRAILING).decode("utf-8", "replace")
        # Of ASCII alone, the normal form is the lower case.
        if text.lower() in values or (not text.isascii() and normalise("email/1", text, region) in values):
            return True
    return False


def _bears_phone(cell: bytes, values: frozenset[str], region: str) -> bool:
    found = {one.decode("ascii") for one in PHONE.findall(cell)}
    if any(normalise("phone/1", one, region) in values for one in found):
        return True
    return any(
        normalise("phone/1", one, region) in values for whole in found if " " in whole for one in _within(whole, _tails(values))
    )


def _within(whole: str, tails: frozenset[str]) -> Iterator[str]:
    """Numbers in a row of groups of digits, where another number stands right before or behind: every run of groups that may be one by itself."""
    groups = whole.split()
    for begin in range(len(groups)):
        digits = ""
        for end in range(begin, len(groups)):
            digits += "".join(filter(str.isdigit, groups[end]))
            if len(digits) > LONGEST_PHONE:
                break
            if digits[-TAIL:] in tails and end - begin + 1 < len(groups):
                yield " ".join(groups[begin : end + 1])


@lru_cache(maxsize=8)
def _tails(values: frozenset[str]) -> frozenset[str]:
    """The last digits, which no spelling of a number leaves out or puts elsewhere."""
    return frozenset(value[-TAIL:] for value in values)


def _bears_exact(cell: bytes, values: frozenset[str], region: str) -> bool:
    if len(values) <= 20:
        return any(value.encode() in cell for value in values)
    return any(one.strip(TRAILING).decode("utf-8", "replace") in values for one in set(WORD.findall(cell)))


_SHAPES: Mapping[str, Callable[[bytes, frozenset[str], str], bool]] = {
    "email/1": _bears_email,
    "phone/1": _bears_phone,
    "exact/1": _bears_exact,
}
