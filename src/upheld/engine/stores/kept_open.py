"""Sessions with the firm's stores stay open between asks of one process: whoever asks next finds its statements prepared and the schema known.

Opening a session anew costs more than erasing one person. What waits is closed soon (`IDLE_S`), and no session grows old (`OLDEST_S`), so that what a
server tells only new sessions is noticed, and nobody who wants to move a database waits for us. Before it is used again a session is asked whether
it is alive. Only PostgreSQL's wait: a SQLite file may be put in another's place, and an open one would not see it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from upheld.engine.estate.model import Estate, StoreMap
from upheld.engine.stores.session import Store, Timeouts
from upheld.engine.stores.session_postgresql import PostgreSQLStore

IDLE_S, OLDEST_S = 15.0, 60.0
MOST = 4  # that wait, of one store
Open = Callable[[StoreMap, str, Timeouts | None], Store]
_Key = tuple[str, str, Timeouts | None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    session: PostgreSQLStore
    opened: float
    since: float

    def is_good(self, now: float) -> bool:
        return now - self.since < IDLE_S and now - self.opened < OLDEST_S


class KeptOpen:
    """The sessions that wait. Threads may share one, and never a session; `close` ends all that wait."""

    def __init__(self, opened: Open) -> None:
        self._open = opened
        self._lock = threading.Lock()
        self._waiting: dict[_Key, list[_Waiting]] = {}
        self._timer: threading.Timer | None = None
        self._process = os.getpid()

    @contextmanager
    def sessions(self, estate: Estate, urls: Mapping[str, str], timeouts: Timeouts | None = None) -> Iterator[dict[str, Store]]:
        """A session per store of the estate that has a URL, this block's alone. After a fault none of them is used again."""
        taken: dict[str, tuple[Store, float]] = {}
        ended_well = False
        try:
            for name, store in estate.stores.items():
                if name in urls:
                    taken[name] = self._take(store, urls[name], timeouts)
            yield {name: session for name, (session, _) in taken.items()}
            ended_well = True
        finally:
            for name, (session, opened) in taken.items():
                if not (ended_well and self._give_back((name, urls[name], timeouts), session, opened)):
                    session.close()

    def close(self) -> None:
        """Nothing waits any more. May be called twice."""
        with self._lock:
            every = [one for waiting in self._waiting.values() for one in waiting]
            self._waiting.clear()
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._end(every)

    def _take(self, store: StoreMap, url: str, timeouts: Timeouts | None) -> tuple[Store, float]:
        while True:
            with self._lock:
                if os.getpid() != self._process:  # after a fork the sockets are our parent's
                    self._waiting, self._timer, self._process = {}, None, os.getpid()
                waiting = self._waiting.get((store.store, url, timeouts))
                if not waiting:
                    break
                one = waiting.pop()
            if one.is_good(time.monotonic()) and one.session.is_alive():
                return one.session, one.opened
            one.session.close()
        return self._open(store, url, timeouts), time.monotonic()

    def _give_back(self, key: _Key, session: Store, opened: float) -> bool:
        """Whether it waits now."""
        now = time.monotonic()
        if not isinstance(session, PostgreSQLStore) or not session.may_wait() or now - opened >= OLDEST_S:
            return False
        with self._lock:
            waiting = self._waiting.setdefault(key, [])
            if len(waiting) >= MOST or os.getpid() != self._process:
                return False
            waiting.append(_Waiting(session, opened, now))
            self._look_later()
        return True

    def _look_later(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(IDLE_S, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        now = time.monotonic()
        with self._lock:
            self._timer = None
            old = [one for waiting in self._waiting.values() for one in waiting if not one.is_good(now)]
            self._waiting = {
                key: good for key, waiting in self._waiting.items() if (good := [one for one in waiting if one.is_good(now)])
            }
            if self._waiting:
                self._look_later()
        self._end(old)

    def _end(self, every: list[_Waiting]) -> None:
        if os.getpid() == self._process:
            for one in every:
                one.session.close()
