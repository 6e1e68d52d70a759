"""The limit: what an expert would write by hand for the linked estate, in two versions, kept beside what it is compared with.

`subquery` lets each statement find its rows through its parents; `arrays` reads the orders' and tickets' keys first. Both take
customer ids and their e-mail addresses, run in one transaction, and leave the same rows behind. The identifier of the
subscribers is matched through the same expression index that the estate's normal form uses.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import psycopg

Ids = Sequence[int]
NORMAL = 'lower(btrim(normalize(email, NFC)) COLLATE "C")'

BY_CUSTOMER = ("addresses", "accounts", "reviews")
BY_ORDER = ("order_lines", "payments", "shipments")
BLANKS = {
    "customers": "name = null, email = null, phone = null, note = null",
    "addresses": "street = null, city = null, postcode = null",
    "accounts": "username = null, last_seen_at = null",
    "orders": "reference = null",
    "order_lines": "engraving = null",
    "payments": "card_token = null",
    "shipments": "recipient = null, street = null",
    "tickets": "title = null",
    "ticket_messages": "body = null",
    "reviews": "body = null",
    "subscribers": "email = null, name = null",
}
ORDERS = "select id from orders where customer_id = any(%s)"
TICKETS = "select id from tickets where customer_id = any(%s)"
DEEPEST_FIRST = (
    "order_lines",
    "payments",
    "shipments",
    "ticket_messages",
    "orders",
    "tickets",
    "addresses",
    "accounts",
    "reviews",
    "subscribers",
    "customers",
)


def _wheres_subquery(ids: Ids, emails: Sequence[str]) -> dict[str, tuple[str, object]]:
    found: dict[str, tuple[str, object]] = {
        table: ("customer_id = any(%s)", ids) for table in (*BY_CUSTOMER, "orders", "tickets")
    }
    found |= {table: (f"order_id in ({ORDERS})", ids) for table in BY_ORDER}
    found["ticket_messages"] = (f"ticket_id in ({TICKETS})", ids)
    found["customers"] = ("id = any(%s)", ids)
    found["subscribers"] = (f"{NORMAL} = any(%s)", list(emails))
    return found


def _wheres_arrays(connection: psycopg.Connection, ids: Ids, emails: Sequence[str]) -> dict[str, tuple[str, object]]:
    orders = [row[0] for row in connection.execute(ORDERS, (ids,))]
    tickets = [row[0] for row in connection.execute(TICKETS, (ids,))]
    found = _wheres_subquery(ids, emails)
    found |= {table: ("order_id = any(%s)", orders) for table in BY_ORDER}
    found |= {
        "ticket_messages": ("ticket_id = any(%s)", tickets),
        "orders": ("id = any(%s)", orders),
        "tickets": ("id = any(%s)", tickets),
    }
    return found


def _wheres(version: str, connection: psycopg.Connection, ids: Ids, emails: Sequence[str]) -> dict[str, tuple[str, object]]:
    return _wheres_subquery(ids, emails) if version == "subquery" else _wheres_arrays(connection, ids, emails)


def erase(connection: psycopg.Connection, version: str, ids: Ids, emails: Sequence[str], how: str) -> None:
    """Erase these customers; `how` is "delete" or "blank". The connection is in autocommit; one transaction."""
    with connection.transaction():
        wheres = _wheres(version, connection, list(ids), emails)
        for table in DEEPEST_FIRST:
            where, value = wheres[table]
            effect = f"delete from {table}" if how == "delete" else f"update {table} set {BLANKS[table]}"
            connection.execute(f"{effect} where {where}", (value,))


def access(connection: psycopg.Connection, version: str, ids: Ids, emails: Sequence[str]) -> bytes:
    """All rows of these customers as one JSON document in memory."""
    with connection.transaction():
        wheres = _wheres(version, connection, list(ids), emails)
        answer = {}
        for table in DEEPEST_FIRST:
            where, value = wheres[table]
            answer[table] = connection.execute(f"select * from {table} where {where}", (value,)).fetchall()
    return json.dumps(answer, default=str).encode()


# ---- the same in SQLite: keys come as one JSON parameter, since a statement takes no array -------------------------------

IN_SQLITE = "(select value from json_each(?))"
NORMAL_SQLITE = "lower(trim(email))"


def ready_sqlite(connection: sqlite3.Connection) -> None:
    """Foreign keys are enforced and deleted content is overwritten, as in the sessions of ours."""
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma secure_delete = on")


def erase_sqlite(connection: sqlite3.Connection, version: str, ids: Ids, emails: Sequence[str], how: str) -> None:
    """Erase these customers in one transaction; the connection begins none by itself."""
    connection.execute("begin immediate")
    wheres = _wheres_sqlite(connection, version, ids, emails)
    for table in DEEPEST_FIRST:
        where, values = wheres[table]
        effect = f"delete from {table}" if how == "delete" else f"update {table} set {BLANKS[table]}"
        connection.execute(f"{effect} where {where}", (json.dumps(values),))
    connection.execute("commit")


def _wheres_sqlite(
    connection: sqlite3.Connection, version: str, ids: Ids, emails: Sequence[str]
) -> dict[str, tuple[str, Sequence[object]]]:
    found: dict[str, tuple[str, Sequence[object]]] = {
        table: (f"customer_id in {IN_SQLITE}", ids) for table in (*BY_CUSTOMER, "orders", "tickets")
    }
    found["customers"] = (f"id in {IN_SQLITE}", ids)
    found["subscribers"] = (f"{NORMAL_SQLITE} in {IN_SQLITE}", emails)
    orders, tickets = (f"select id from {table} where customer_id in {IN_SQLITE}" for table in ("orders", "tickets"))
    if version == "subquery":
        found |= {table: (f"order_id in ({orders})", ids) for table in BY_ORDER}
        found["ticket_messages"] = (f"ticket_id in ({tickets})", ids)
        return found
    order_ids, ticket_ids = ([row[0] for row in connection.execute(sql, (json.dumps(ids),))] for sql in (orders, tickets))
    found |= {table: (f"order_id in {IN_SQLITE}", order_ids) for table in BY_ORDER}
    found |= {
        "ticket_messages": (f"ticket_id in {IN_SQLITE}", ticket_ids),
        "orders": (f"id in {IN_SQLITE}", order_ids),
        "tickets": (f"id in {IN_SQLITE}", ticket_ids),
    }
    return found
