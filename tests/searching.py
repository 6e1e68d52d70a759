"""Unique tokens become the places where they still lie: the search behind every "no personal value" test.

A token is looked for raw, in lower and upper case, as UTF-16, base64 (all three alignments, standard and URL alphabet), hex, URL-encoded, JSON-escaped,
and as unsalted MD5, SHA-1 and SHA-256 of the value and of its lower case (as digest bytes, hex and base64). Tokens should be unique and at
least 8 characters long: the search has no idea of words.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import psycopg
from psycopg import sql

TOKEN_MIN = 8
CHUNK_BYTES = 8 * 1024 * 1024
OVERLAP_BYTES = 1024


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A token stands somewhere, in some form."""

    place: str
    token: str
    form: str


def forms_of(token: str) -> dict[str, bytes]:
    """Every form in which the token is looked for, by name."""
    if len(token) < TOKEN_MIN:
        raise ValueError("a token shorter than 8 characters is found by accident")
    forms: dict[str, bytes] = {}
    for case, text in {"": token, "lower ": token.lower(), "upper ": token.upper()}.items():
        raw = text.encode()
        forms[f"{case}raw"] = raw
        forms[f"{case}utf-16"] = text.encode("utf-16-le")
        forms[f"{case}url"] = quote(text, safe="").encode()
        forms[f"{case}url lower"] = quote(text, safe="").lower().encode()
        forms[f"{case}form"] = quote_plus(text).encode()
        forms[f"{case}json"] = json.dumps(text)[1:-1].encode()
        forms |= {f"{case}{name}": form for name, form in _binary_forms(raw).items()}
        if case != "upper ":
            for algorithm in ("md5", "sha1", "sha256"):
                digest = hashlib.new(algorithm, raw, usedforsecurity=False).digest()
                forms[f"{case}{algorithm}"] = digest
                forms |= {f"{case}{algorithm} {name}": form for name, form in _binary_forms(digest).items()}
    return {name: form for name, form in forms.items() if len(form) >= TOKEN_MIN}


def in_bytes(data: bytes, tokens: Iterable[str], place: str = "") -> list[Found]:
    """Each token and form that stands in `data`, once."""
    return _search([data], tokens, place)


def in_file(path: Path, tokens: Iterable[str]) -> list[Found]:
    """As `in_bytes`; read in pieces, so that a token across two pieces is found."""
    return _search(_pieces(path), tokens, str(path))


def in_folder(path: Path, tokens: Iterable[str]) -> list[Found]:
    """Every file below, and every name of a file or folder."""
    wanted = list(tokens)
    found = []
    for place in sorted(path.rglob("*")):
        found += in_bytes(place.name.encode("utf-8", "surrogateescape"), wanted, f"name of {place}")
        if place.is_file():
            found += in_file(place, wanted)
    return found


def in_database(
    connection: psycopg.Connection, tokens: Iterable[str], mapped: Mapping[str, Iterable[str]] | None = None
) -> list[Found]:
    """Every row of every table of every schema, except the columns in `mapped` (table → columns that may hold personal data)."""
    wanted, found = list(tokens), []
    for schema, table in _tables(connection):
        left_out = set((mapped or {}).get(table, ()))
        columns = [name for name in _columns(connection, schema, table) if name not in left_out]
        if columns:
            rows = _copied(connection, schema, table, columns)
            found += _search(_overlapping(rows), wanted, f"{schema}.{table}")
    return found


def in_sqlite(path: Path, tokens: Iterable[str]) -> list[Found]:
    """The database file with its journal and write-ahead log, byte by byte."""
    wanted = list(tokens)
    return [hit for file in sorted(path.parent.glob(f"{path.name}*")) for hit in in_file(file, wanted)]


def in_processes(tokens: Iterable[str]) -> list[Found]:
    """Arguments of every process that now runs, ours included (what `ps` shows). Empty where there is no /proc."""
    wanted, found = list(tokens), []
    for arguments in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += in_bytes(arguments.read_bytes(), wanted, str(arguments))
        except OSError:  # the process has ended
            continue
    return found


def _binary_forms(raw: bytes) -> dict[str, bytes]:
    forms = {"hex": raw.hex().encode(), "HEX": raw.hex().upper().encode()}
    for shift in range(3):
        # What the neighbours' bits decide is cut: letters before the first whole one, and the last group if incomplete.
        encoded = base64.b64encode(b"\x00" * shift + raw)
        start = (0, 2, 3)[shift]
        end = len(encoded) - (0, 3, 2)[(shift + len(raw)) % 3]
        inner = encoded[start:end]
        forms[f"base64 +{shift}"] = inner
        forms[f"base64url +{shift}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return forms


def _search(pieces: Iterable[bytes], tokens: Iterable[str], place: str) -> list[Found]:
    wanted = [(token, name, form) for token in tokens for name, form in forms_of(token).items()]
    found: set[Found] = set()
    for piece in pieces:
        found |= {Found(place, token, name) for token, name, form in wanted if form in piece}
    return sorted(found)


def _pieces(path: Path) -> Iterator[bytes]:
    tail = b""
    with open(path, "rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield tail + piece
            tail = (tail + piece)[-OVERLAP_BYTES:]


def _overlapping(rows: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for row in rows:
        held += row
        if len(held) > CHUNK_BYTES:
            yield held
            held = held[-OVERLAP_BYTES:]
    yield held


def _tables(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
    ).fetchall()  # type: ignore[return-value]


def _columns(connection: psycopg.Connection, schema: str, table: str) -> list[str]:
    return [
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
            [schema, table],
        )
    ]


def _copied(connection: psycopg.Connection, schema: str, table: str, columns: list[str]) -> Iterator[bytes]:
    """Rows as COPY text (bytea as hex), and binary values as they are."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    for how in ("text", "binary"):
        statement = sql.SQL("COPY (SELECT {} FROM {}.{}) TO STDOUT (FORMAT {})").format(
            names, sql.Identifier(schema), sql.Identifier(table), sql.SQL(how)
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in copy:
                yield bytes(row)
