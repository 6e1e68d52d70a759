"""One of PostgreSQL's large objects becomes its bytes, a block at a time, in one snapshot.

The number goes as a parameter. Nothing is written; an object that is not there has no block.
"""

from __future__ import annotations

from collections.abc import Iterator

from upheld.engine.stores.session import Store
from upheld.engine.stores.sql.statements import Param, Statement

BLOCK_BYTES = 1 << 20
_NUMBER, _FROM = Param("paths", "number"), Param("paths", "from")
READ = Statement(
    "SELECT lo_get(m.oid, (%(start)s::text[])[1]::bigint, " + str(BLOCK_BYTES) + ") FROM pg_largeobject_metadata AS m "
    "WHERE m.oid = (%(number)s::text[])[1]::oid",
    {"number": _NUMBER, "start": _FROM},
)  # fmt: skip


def blocks_of(session: Store, number: str) -> Iterator[bytes]:
    """The object's bytes, a megabyte at a time; of an empty one, an empty block. StoreFault where it cannot be read."""
    if not (number.isascii() and number.isdigit()) or int(number) >= 1 << 32:
        return  # the column says something else than a large object
    session.begin(snapshot=True)
    try:
        start = 0
        while rows := session.rows(READ, lambda param, start=start: [number if param == _NUMBER else str(start)]):  # type: ignore[misc]
            block = bytes(rows[0][0])  # type: ignore[call-overload]
            if block or not start:
                yield block
            if len(block) < BLOCK_BYTES:
                break
            start += BLOCK_BYTES
    finally:
        session.rollback()
