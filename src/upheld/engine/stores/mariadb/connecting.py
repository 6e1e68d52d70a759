"""An address becomes a connection in the state that every statement assumes: modes, limits, time zone.

`mariadb://user:password@host:port/database`, or `mysql://`, with `?unix_socket=/path` in place of host and port, and `?ssl=true` where the server
demands it. INVARIANT: modes are set before the first statement; the dialect writes names in double quotes and texts without backslashes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT

from upheld.engine.stores.faults import StoreFault
from upheld.engine.stores.session import Timeouts

MODES = "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
ROUNDS = 4_294_967_295  # the most that either engine takes
PACKET_BYTES = 1 << 30  # no packet is longer, and so no document
CONNECT_S = 10


@dataclass(frozen=True, slots=True)
class Server:
    """What the server is. `number`: major and minor version."""

    is_mariadb: bool
    version: str
    number: tuple[int, int]
    packet_bytes: int  # the longest statement that it takes


def connected(name: str, url: str, timeouts: Timeouts) -> tuple[Connection, Server]:
    """A connection, prepared, and what it leads to. The driver's errors are raised as they come."""
    said = urlsplit(url)
    more = {name: values[-1] for name, values in parse_qs(said.query).items()}
    socket = more.get("unix_socket")
    connection = pymysql.connect(
        host=said.hostname or "localhost",
        port=said.port or 3306,
        unix_socket=socket,
        user=unquote(said.username or ""),
        password=unquote(said.password or ""),
        database=unquote(said.path.removeprefix("/")) or None,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=CONNECT_S,
        read_timeout=timeouts.transaction_ms / 1000 + CONNECT_S,
        # A round over matched rows counts those that a trigger changed back, too.
        client_flag=CLIENT.FOUND_ROWS,
        ssl={} if more.get("ssl") == "true" else None,
        # Nobody listens on a socket; the driver would read every authority's certificate of this machine for each connection.
        ssl_disabled=socket is not None and more.get("ssl") != "true",
        local_infile=False,
        program_name="upheld",
    )
    try:
        server = _server(connection)
        if server.number < ((10, 6) if server.is_mariadb else (8, 0)):
            kind = f"{'MariaDB' if server.is_mariadb else 'MySQL'} {'.'.join(map(str, server.number))}"
            raise StoreFault("X162", f"{name} ({kind})", help="Upgrade the server to MariaDB 10.6 or MySQL 8.0.19, or later.")
        for setting in _settings(server, timeouts):
            _execute(connection, f"SET SESSION {setting}")
        for wish in _wishes(server):
            # Left as it is where the role may not say so; docs/mariadb.md tells what follows.
            with suppress(pymysql.MySQLError):
                _execute(connection, f"SET SESSION {wish}")
    except BaseException:
        connection.close()
        raise
    return connection, server


def _execute(connection: Connection, sql: str) -> tuple[tuple[object, ...], ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchall())


def _server(connection: Connection) -> Server:
    [(version, packet)] = _execute(connection, "SELECT VERSION(), @@max_allowed_packet")
    whole = str(version)
    bare = whole.removeprefix("5.5.5-").split("-")[0]
    major, minor = (int(part) for part in bare.split(".")[:2])
    return Server("mariadb" in whole.lower(), bare, (major, minor), int(str(packet)))


def _settings(server: Server, timeouts: Timeouts) -> list[str]:
    """Without these nothing runs: a server that does not know one of them is none that we know."""
    modes = MODES + (",SIMULTANEOUS_ASSIGNMENT" if server.is_mariadb else "")
    lock_s = max(1, -(-timeouts.lock_ms // 1000))
    settings = [
        f"sql_mode = '{modes}'",
        "time_zone = '+00:00'",
        "foreign_key_checks = 1",
        "unique_checks = 1",
        f"innodb_lock_wait_timeout = {lock_s}",
        f"lock_wait_timeout = {lock_s}",
        # Notes are no warnings: every warning of a data step is a failure.
        "sql_notes = 0",
        # The elements of an array are put together so; a longer list would be cut short.
        f"group_concat_max_len = {PACKET_BYTES}",
    ]
    if not server.is_mariadb:
        return [*settings, f"cte_max_recursion_depth = {ROUNDS}", f"max_execution_time = {timeouts.statement_ms}"]
    return [
        *settings,
        f"max_recursive_iterations = {ROUNDS}",
        f"max_statement_time = {timeouts.statement_ms / 1000}",
        f"idle_transaction_timeout = {max(1, timeouts.idle_ms // 1000)}",
        # A list of many keys stays a list: as a range of its index, and not as a subquery.
        "in_predicate_conversion_threshold = 0",
        # Rows are read with their subjects by an index where there is one, and by a hash of the subjects where there is none. One level lower
        # the server hashes an indexed table all the same: measured over 150,000 rows and 1,000 keys, 1,486 ms where the index takes 5.
        "join_cache_level = 6",
    ]


def _wishes(server: Server) -> list[str]:
    """A list of keys of any length is a range of its index; no statement's text, with its keys, is kept beside the rows that it changed."""
    if not server.is_mariadb:
        return ["range_optimizer_max_mem_size = 0"]
    return ["optimizer_max_sel_arg_weight = 0", "binlog_annotate_row_events = 0", "alter_algorithm = 'DEFAULT'"]
