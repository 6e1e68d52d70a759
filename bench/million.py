"""The linked estate with a million customers: 17 rows each, quickly made.

The tables and columns of `linked.sql`, with two orders for each customer where the smaller estate has four. Keys between tables are added when the rows
are there: checked in one pass each, and not row by row.
"""

from __future__ import annotations

import re
from typing import Any, cast

import psycopg

from bench.linked import Linked, mapped, statements
from upheld.records.own import EmbeddedServer
from upheld.records.own.embedded import FIRM

ROWS_EACH = 17
REFERENCE = re.compile(r"(?P<column>\w+) bigint not null references (?P<target>\w+) \(id\)")


def a_million(running: EmbeddedServer, name: str, how: str, n: int) -> Linked:
    """A database with `n` customers and 17 rows for each of them."""
    running.create_database(name)
    url = running.url(name, FIRM)
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("synchronous_commit = off", "maintenance_work_mem = '512MB'", "work_mem = '256MB'"):
            connection.execute(cast("Any", f"SET {setting}"))
        for statement in made_quickly(n):
            connection.execute(cast("Any", statement))
        connection.execute("VACUUM (ANALYZE)")
    return mapped(url, how)


def made_quickly(n: int) -> list[str]:
    """The statements of `linked.sql` for `n` customers with half as many orders; keys between tables last."""
    found, keys = [], []
    for statement in statements(n):
        fewer = re.sub(rf"{n} \* 4(?! /)", f"{n} * 2", statement.replace(f"{n} * 8", f"{n} * 2 * 2"))
        if table := re.match(r"create table (\w+)", fewer):
            keys += [
                f"alter table {table[1]} add foreign key ({key['column']}) references {key['target']} (id)"
                for key in REFERENCE.finditer(fewer)
            ]
            fewer = REFERENCE.sub(r"\g<column> bigint not null", fewer)
        found.append(fewer)
    return [*found, *keys]
