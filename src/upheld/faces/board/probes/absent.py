"""What must not exist, sought in every text of every live store: card numbers by brand, length and check digit; passwords that are
no slow hash.

Reads the live catalogue, not the map, so that an unmapped table is searched too. Streams; nothing that is read is kept, named or
logged, only counted by table. Not taken: a search for every walled form; a form without a shape cannot be found, and its clause stays
unbound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256

from upheld.engine.estate.model import Category, Estate, LiveColumn, LiveTable, StoreMap
from upheld.engine.execution.calendar import token_secret
from upheld.engine.stores.shadow import Shadow, shadow_of
from upheld.faces.board.model import Coverage, Evidence, Outcome
from upheld.faces.board.probes.context import Probe, ProbeContext, Readable, evidence
from upheld.faces.board.probes.people import Row, rows_of
from upheld.faces.board.words import words_of
from upheld.language.diagnostic import counted

VERSION = "absent/1"
CARDS = frozenset({"card-number", "payment-card-number"})
SECRETS = frozenset({"password", "security-answer"})
TEST_CARD = "4012 8888 8888 1881"
TEST_SECRET = "correct horse battery"

# Standing alone: a run of digits inside a hexadecimal hash or a token is no card number.
CANDIDATE = re.compile(rb"(?<!\w)(?<!\d\.)\d(?:[ -]?\d){12,18}(?!\w|\.\d)")
BRANDS = re.compile(
    rb"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    rb"|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}"
)
SLOW_HASH = re.compile(
    rb"\$argon2(?:id|i|d)\$\S+|\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$scrypt\$\S+|scrypt:\S+|\$7\$\S+|\$y\$\S+"
    rb"|(?:\$?pbkdf2[-_:]sha\S+)"
)

SHORTEST_TOKEN = 16
NOTHING = (b"", b"\\N")
Sought = Callable[[bytes], int]


def cards_in(block: bytes) -> int:
    """Values of the block that are card numbers by brand, length and check digit."""
    return sum(1 for found in CANDIDATE.finditer(block) if _is_card(re.sub(rb"[ -]", b"", found.group())))


def bare_secrets_in(block: bytes) -> int:
    """Lines of the block that are neither empty, nor NULL, nor a slow hash."""
    return sum(1 for line in block.splitlines() if line.strip() not in NOTHING and not SLOW_HASH.fullmatch(line.strip()))


def _is_card(digits: bytes) -> bool:
    if not BRANDS.fullmatch(digits) or len(set(digits)) < 3:
        return False
    doubled = [d - 48 if i % 2 == 0 else (d - 48) * 2 for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _probe(leaf: str) -> Probe:
    seeks: Sought = cards_in if leaf in CARDS else bare_secrets_in

    def run(context: ProbeContext) -> list[Evidence]:
        return [_sought(context, leaf, seeks)]

    @contextmanager
    def twin(context: ProbeContext) -> Iterator[ProbeContext]:
        with _planted(context, leaf) as sandbox:
            yield sandbox

    return Probe(f"absent-{leaf}", 1, frozenset({f"store:absent:{leaf}"}), run, twin)


def _sought(context: ProbeContext, leaf: str, seeks: Sought) -> Evidence:
    lines, found, reached, tables = 0, 0, 0, []
    for name, store in context.estate.stores.items():
        if name not in context.urls:
            continue
        opened = context.opened(store, context.urls[name])
        try:
            for table in opened.catalogue().tables.values():
                columns = _columns(store, table, leaf)
                if not columns:
                    continue
                here = 0
                for block in opened.texts(table.name, columns):
                    lines += block.count(b"\n")
                    here += seeks(block)
                if here and leaf not in CARDS and table.name in store.tables:
                    here -= _blank(context, opened, table.name, store.tables[table.name].key, columns)
                if here:
                    tables.append(f"{name}.{table.name}")
                found += here
            reached += 1
        except Exception:  # out of reach, whatever the driver calls it: the coverage says so
            continue
        finally:
            opened.close()
    detail = {"rows looked at": lines, "found": found}
    coverage = Coverage(reached, len(context.estate.stores), "stores")
    said, mend = _said(leaf, lines, found, reached, tables)
    outcome: Outcome = "failed" if found else "held"
    return evidence(
        context, f"store:absent:{leaf}", f"absent-{leaf}/1", lines, outcome, said, coverage=coverage, detail=detail, mend=mend
    )


def _blank(context: ProbeContext, opened: Readable, table: str, key: tuple[str, ...], columns: list[str]) -> int:
    """Values that are no secret but the token by which the calendar blanked just this row, where nothing may be NULL."""
    with context.own.transaction() as connection:
        secret = token_secret(connection, context.master, context.now())
    found = 0
    for column in columns:
        for line in (line for block in opened.texts(table, (*key, column)) for line in block.splitlines()):
            *parts, value = line.decode("utf-8", "replace").split("\t")
            token = sha256("/".join([secret, f"{table}.{column}", *parts]).encode()).hexdigest()
            found += len(value) >= SHORTEST_TOKEN and token.startswith(value)
    return found


def _said(leaf: str, lines: int, found: int, reached: int, tables: list[str]) -> tuple[str, str]:
    what = words_of(leaf)
    if leaf in CARDS:
        if not found:
            return f"{counted(lines, 'row')} of {counted(reached, 'store')} searched; no {what} found", ""
        return f"{found:,} values that are card numbers by shape and check digit stand in {', '.join(tables)}", (
            "Blank them, and have whatever wrote them refuse such digits."
        )
    if not found:
        return f"{lines:,} values of {what} looked at, each of them a slow hash", ""
    return f"{found:,} of {lines:,} values of {what} are no slow hash, in {', '.join(tables)}", (
        "Hash them with argon2id, or have their owners choose anew."
    )


def _columns(store: StoreMap, table: LiveTable, leaf: str) -> list[str]:
    if table.kind not in ("table", "partitioned", "materialised view"):
        return []
    if leaf in CARDS:
        return [c.name for c in table.columns if _may_hold_digits(c)]
    mapped = store.tables.get(table.name)
    live = {c.name for c in table.columns}
    roles = {c.name: c.role for c in mapped.columns} if mapped else {}
    return [n for n, role in roles.items() if n in live and isinstance(role, Category) and role.leaf == leaf]


def _may_hold_digits(column: LiveColumn) -> bool:
    return column.family in ("text", "json") and (column.length is None or column.length >= 13)


@contextmanager
def _planted(context: ProbeContext, leaf: str) -> Iterator[ProbeContext]:
    """One invented person in a shadow, whose row holds what must not exist."""
    for name, store in context.estate.stores.items():
        if name not in context.urls:
            continue
        with shadow_of(store.engine, context.urls[name], context.server) as shadow:
            opened = context.opened(store, shadow.url)
            live = opened.catalogue()
            opened.close()
            places = {t: c for t, table in live.tables.items() if t in store.tables and (c := _columns(store, table, leaf))}
            if _plant(shadow, rows_of(store, live, "0", context.now()), places, TEST_CARD if leaf in CARDS else TEST_SECRET):
                yield replace(context, estate=Estate({name: store}), urls={name: shadow.url}, sandboxed=True)
                return
    yield replace(context, urls={}, sandboxed=True)


def _plant(shadow: Shadow, rows: tuple[Row, ...], places: dict[str, list[str]], fault: str) -> bool:
    """Rows are inserted; the first that may bears the fault. False where none could."""
    planted = False
    for row in rows:
        values = dict(row.values)
        bears = not planted and row.table in places
        if bears:
            values[next((c for c in places[row.table] if c in values), places[row.table][0])] = fault
        refused = shadow.insert(row.table, list(values), list(values.values()))
        if refused and bears:
            shadow.insert(row.table, list(row.values), list(row.values.values()))
        planted = planted or (bears and not refused)
    return planted


ABSENT = tuple(_probe(leaf) for leaf in sorted(CARDS | SECRETS))
