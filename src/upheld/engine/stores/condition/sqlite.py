"""A SQLite file becomes its Condition: rows that break foreign keys, and free pages that are not empty.

Both settings belong to a connection and are written nowhere, so ours say nothing of the firm's programs. What they left does: a row without its parent
was written with foreign keys off, and a free page that still bears bytes was freed with secure_delete off. Pages are read from the file, and
only whether they are empty is kept. In WAL mode the file may be older than the log.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from upheld.engine.estate.drift.condition import Condition
from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.statements import Statement

PAGES_AT_MOST = 2_000  # looked at; a fault in deletion shows in the first of them
BREAKING = 'SELECT "table", count(*) FROM pragma_foreign_key_check GROUP BY 1 ORDER BY 1'


def read(store: Store) -> Condition:
    """Two statements and at most some thousand pages of the file. The check of foreign keys looks each child row up once."""
    breaking = {str(table): int(str(rows)) for table, rows in _rows(store, BREAKING)}
    [(file,)] = _rows(store, "SELECT file FROM pragma_database_list WHERE name = 'main'")
    free, speaking = free_pages(Path(str(file))) if file else (0, 0)
    return Condition(breaking=breaking, free_pages=free, speaking_pages=speaking)


def free_pages(file: Path) -> tuple[int, int]:
    """How many leaf pages of the free list were looked at, and how many of them bear anything. (0, 0) for what is no database file.

    Source: the file format of SQLite, sections 1.3 (header) and 1.5 (the free list).
    """
    try:
        with file.open("rb") as pages:
            header = pages.read(100)
            if len(header) < 100 or not header.startswith(b"SQLite format 3\x00"):
                return 0, 0
            size = struct.unpack(">H", header[16:18])[0]
            size = 65536 if size == 1 else size
            seen = speaking = 0
            for page in _leaves(pages, size, struct.unpack(">I", header[32:36])[0]):
                seen += 1
                speaking += any(_page(pages, size, page))
                if seen >= PAGES_AT_MOST:
                    break
            return seen, speaking
    except (OSError, struct.error):
        return 0, 0


def _leaves(pages: BinaryIO, size: int, trunk: int) -> Iterator[int]:
    visited: set[int] = set()
    while trunk and trunk not in visited:
        visited.add(trunk)
        head = _page(pages, size, trunk)
        trunk, count = struct.unpack(">II", head[:8])
        yield from struct.unpack(f">{count}I", head[8 : 8 + 4 * count]) if count <= size // 4 - 2 else ()


def _page(pages: BinaryIO, size: int, number: int) -> bytes:
    pages.seek((number - 1) * size)
    return pages.read(size)


def _rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    return store.rows(Statement(sql, {}), lambda _: None)
