"""How often one connection may do a thing within a while; whose connection it is, is known by a keyed hash only.

The key is drawn when the process starts and never leaves it, so that what is counted says nothing to whoever reads memory later. Several
server processes count each for itself. An address of IPv6 counts by its network, of which a household has one. Not taken: Litestar's limiter;
it writes addresses down.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WHILE = timedelta(hours=1)
MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How often within an hour. `wrong`: links that open nothing; `files`: uploads and downloads; `asks`: forms, and links sent again."""

    asks: int = 30
    wrong: int = 30
    files: int = 120


@dataclass(slots=True)
class Often:
    """Counts of this process. Threads may share it."""

    now: Callable[[], datetime]
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _counts: OrderedDict[bytes, tuple[datetime, int]] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, what: str, address: str, most: int) -> bool:
        """One more; False where it is more than `most` within the while."""
        return self._add(what, address, 1) <= most

    def full(self, what: str, address: str, most: int) -> bool:
        """Whether one more would be too many; nothing is counted."""
        return self._add(what, address, 0) >= most

    def _add(self, what: str, address: str, one: int) -> int:
        key = hashlib.blake2b(f"{what} {_network(address)}".encode(), key=self._key, digest_size=16).digest()
        now = self.now()
        with self._lock:
            since, count = self._counts.get(key, (now, 0))
            if now - since >= WHILE:
                since, count = now, 0
            if one:
                self._counts[key] = since, count + one
                self._counts.move_to_end(key)
                while len(self._counts) > MOST_KEPT:
                    self._counts.popitem(last=False)
            return count + one


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
