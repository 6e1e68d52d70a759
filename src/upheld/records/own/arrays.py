"""Lists of one plain type become PostgreSQL's array text at once, instead of value by value.

A batch of 1,000 people passes some 100,000 keys, and the driver's own way costs more than the statements do. Lists of anything else, or of several types,
go the driver's way. Not taken: binary arrays; they are no faster to make, and the server's log shows them as noise.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.abc import Buffer, DumperKey
from psycopg.adapt import PyFormat
from psycopg.types.array import ListDumper

INT8_ARRAY, BYTEA_ARRAY, UNKNOWN = 1016, 1001, 0
OIDS = {int: INT8_ARRAY, bytes: BYTEA_ARRAY, str: UNKNOWN}


class PlainLists(ListDumper):
    """Lists of int, str or bytes alone. Strings stay of unknown type, as the driver sends them."""

    def get_key(self, obj: list[Any], format: PyFormat) -> DumperKey:
        kind = _kind(obj)
        return (self.cls, kind) if kind else super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> Any:
        kind = _kind(obj)
        if kind is None:
            return super().upgrade(obj, format)
        dumper = type(self)(self.cls, self._tx)
        dumper.sub_dumper = self._tx.get_dumper(obj[0], PyFormat.TEXT)
        dumper.oid = OIDS[kind]
        return dumper

    def dump(self, obj: list[Any]) -> Buffer | None:
        kind = _kind(obj)
        if kind is int:
            return f"{{{','.join(map(str, obj))}}}".encode()
        if kind is bytes:
            return ("{" + ",".join([f'"\\\\x{value.hex()}"' for value in obj]) + "}").encode()
        if kind is str and (text := "\n".join(obj)).isascii() and "\0" not in text:
            if '"' in text or "\\" in text:
                obj = [value.replace("\\", "\\\\").replace('"', '\\"') for value in obj]
            return ('{"' + '","'.join(obj) + '"}').encode()
        return super().dump(obj)


def ready(connection: psycopg.Connection[Any]) -> None:
    """Lists that this connection sends go the short way."""
    connection.adapters.register_dumper(list, PlainLists)


def _kind(obj: list[Any]) -> type | None:
    kinds = set(map(type, obj))
    found = kinds.pop() if len(kinds) == 1 else None
    return found if found in OIDS else None
