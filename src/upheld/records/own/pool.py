"""A URL becomes connections that threads borrow and give back.

Connections are in autocommit: what must hold together says so with `transaction()`. A connection that comes back broken is
closed, one inside a transaction is rolled back. Not taken: psycopg_pool; its worker threads outlive a fork and its
background reconnects hide an outage that we must report.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

import psycopg
from psycopg.pq import TransactionStatus

from upheld.records.own.arrays import ready
from upheld.records.own.errors import OwnDatabaseFault

Connection = psycopg.Connection[tuple[object, ...]]


class Pool:
    """At most `size` connections at once; borrowing waits for a free one."""

    def __init__(self, url: str, size: int = 10, application: str = "upheld") -> None:
        self._url = url
        self._application = application
        self._free = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[psycopg.Connection] = []
        self._process = os.getpid()

    @contextlib.contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """A connection in autocommit, ours alone until the block ends."""
        with self._free:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def connect(self) -> psycopg.Connection:
        """A connection outside the pool, for what lives long (listeners, the sequencer). The caller closes it."""
        try:
            made = psycopg.connect(self._url, autocommit=True, application_name=self._application, connect_timeout=10)
        except psycopg.OperationalError:
            # The driver's message may quote host and user, so it stays out.
            help = "Start it, or correct UPHELD_DATABASE_URL."
            raise OwnDatabaseFault("X902", "It does not answer or does not let us in.", help) from None
        ready(made)
        return made

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        if os.getpid() == self._process:
            for connection in idle:
                connection.close()

    def _take(self) -> psycopg.Connection:
        with self._lock:
            if os.getpid() != self._process:  # after a fork the sockets are our parent's
                self._idle, self._process = [], os.getpid()
            while self._idle:
                connection = self._idle.pop()
                if not connection.closed:
                    return connection
        return self.connect()

    def _give_back(self, connection: psycopg.Connection) -> None:
        if not connection.closed and connection.info.transaction_status != TransactionStatus.IDLE:
            with contextlib.suppress(psycopg.Error):
                connection.rollback()
        if connection.closed or connection.info.transaction_status != TransactionStatus.IDLE:
            connection.close()
            return
        if not connection.autocommit:
            connection.autocommit = True
        with self._lock:
            self._idle.append(connection)
