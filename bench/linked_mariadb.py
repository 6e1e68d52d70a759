"""The linked estate in MariaDB, on a private server of this run, with its two hand-written ways of erasing.

`joins` lets each statement find its rows through its parents, as multi-table statements do; `lists` reads the keys of orders and tickets first and names them.
Both take ids and addresses, run in one transaction, and leave the same rows behind. Durable: the server syncs as it does by default.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import closing

import pymysql

from bench.by_hand import BLANKS, BY_CUSTOMER, BY_ORDER, DEEPEST_FIRST
from bench.linked import HERE, TABLES, Linked, mapped_from, statements
from tests import mariadb
from upheld.engine.estate.mariadb.key_columns import creating

PROGRAMS = mariadb.PROGRAMS
MODES = "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_ALL_TABLES', sql_notes = 0, timestamp = 1767225600"  # the same now() in every run
_SUBSTITUTES = (
    (r"'(\d{4}-\d\d-\d\d)'::timestamptz \+ i \* interval '1 minute'", r"'\1' + interval i minute"),
    (r"'(\d{4}-\d\d-\d\d)'::timestamptz \+ i \* interval '10 seconds'", r"'\1' + interval (i * 10) second"),
    (r"\(1000 \+ i % 9000\)::text", "1000 + i % 9000"),
    (r"md5\(i::text\)", "md5(i)"),
    (r"::(?:text|integer)\b", ""),
    (r"\btimestamptz\b", "datetime"),
    (r"\btext\b", "varchar(80)"),
    (r" / ", " div "),
    (r"\|\| (i % \d+|\(i - 1\) % \d+ \+ 1)", r"|| (\1)"),  # here a concatenation binds more closely than a remainder
    (r" from generate_series\(1, (?P<many>.+)\) i$", r" from (select seq as i from seq_1_to_MANY) as s"),
)


def is_there() -> bool:
    """Whether a server can be started on this machine."""
    return all(shutil.which(program) for program in PROGRAMS)


def in_mariadb(how: str, n: int) -> Linked:
    """A new database with `n` customers, on this run's server; an index for every identifier."""
    url = mariadb.address(mariadb.create_database())
    with closing(mariadb.connect(url, init_command=MODES)) as db, db.cursor() as cursor:
        for statement in statements(n):
            if "normalize" not in statement:
                cursor.execute(_in_mariadb(statement))
        for table in ("customers", "subscribers"):
            for statement in creating(table, "email", "email/1").split("; "):
                cursor.execute(statement.rstrip(";"))
        for table in TABLES:
            cursor.execute(f"ANALYZE TABLE {table}")
    return again(url, how)


def again(url: str, how: str) -> Linked:
    """The map and the live schema of a database that is there."""
    text = (
        (HERE / "linked.yaml")
        .read_text(encoding="utf-8")
        .replace("ERASURE", how)
        .replace("engine: postgresql", "engine: mariadb")
    )
    return mapped_from(text.replace("email: email-address", "email: email-address, email_key: email-address"), url)


def dump(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, ordered by key."""
    with closing(mariadb.connect(url)) as db, db.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            found[table] = list(cursor.fetchall())
        return found


def connected(url: str) -> pymysql.Connection:
    """A connection as somebody who knows the server opens one: committed reads, long lists as ranges."""
    return mariadb.connect(
        url,
        init_command="SET SESSION tx_isolation = 'READ-COMMITTED', in_predicate_conversion_threshold = 0, autocommit = 0",
    )


def erase(db: pymysql.Connection, version: str, ids: Sequence[int], emails: Sequence[str], how: str) -> None:
    """Erase these customers in one transaction."""
    with db.cursor() as cursor:
        wheres = _wheres(cursor, version, ids, emails)
        for table in DEEPEST_FIRST:
            joins, where, values = wheres[table]
            if how == "delete":
                cursor.execute(f"DELETE t FROM {table} t {joins} WHERE {where} IN %s", (values,))
            else:
                sets = ", ".join(f"t.{part}" for part in BLANKS[table].split(", "))
                cursor.execute(f"UPDATE {table} t {joins} SET {sets} WHERE {where} IN %s", (values,))
    db.commit()


def _wheres(
    cursor: pymysql.cursors.Cursor, version: str, ids: Sequence[int], emails: Sequence[str]
) -> dict[str, tuple[str, str, object]]:
    found: dict[str, tuple[str, str, object]] = {
        table: ("", "t.customer_id", ids) for table in (*BY_CUSTOMER, "orders", "tickets")
    }
    found |= {"customers": ("", "t.id", ids), "subscribers": ("", "t.email_key", emails)}
    if version == "joins":
        found |= {table: ("JOIN orders p ON p.id = t.order_id", "p.customer_id", ids) for table in BY_ORDER}
        found["ticket_messages"] = ("JOIN tickets p ON p.id = t.ticket_id", "p.customer_id", ids)
        return found
    keys = {}
    for table in ("orders", "tickets"):
        cursor.execute(f"SELECT id FROM {table} WHERE customer_id IN %s FOR UPDATE", (ids,))
        keys[table] = [row[0] for row in cursor.fetchall()] or [0]
    found |= {table: ("", "t.order_id", keys["orders"]) for table in BY_ORDER}
    found |= {
        "ticket_messages": ("", "t.ticket_id", keys["tickets"]),
        "orders": ("", "t.id", keys["orders"]),
        "tickets": ("", "t.id", keys["tickets"]),
    }
    return found


def _in_mariadb(statement: str) -> str:
    many = re.search(r"generate_series\(1, (.+)\) i$", statement)
    for pattern, by in _SUBSTITUTES:
        statement = re.sub(pattern, by, statement)
    # Rows are numbered by the engine's own sequence, whose length is part of its name.
    return statement.replace("MANY", str(_worked_out(many[1]))) if many else statement


def _worked_out(product: str) -> int:
    """`2000 * 6 / 5` as a number."""
    first, *rest = product.split()
    found = int(first)
    for sign, number in zip(rest[::2], rest[1::2], strict=True):
        found = found * int(number) if sign == "*" else found // int(number)
    return found
