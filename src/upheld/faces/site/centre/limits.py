"""How often one connection may do a thing within a while; whose connection it is, is known by a keyed hash only.

All processes of the server count together, in our own database. An address of IPv6 counts by its network, of which a household has one. Not taken:
Litestar's limiter; it writes addresses down.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from upheld.faces.app.desk import Desk
from upheld.records.own import Rates

WHILE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often within an hour. `wrong`: links that open nothing; `files`: uploads and downloads; `asks`: forms, and links sent again."""

    asks: int = 30
    wrong: int = 30
    files: int = 120


class Often:
    """Counts of all processes. Threads may share it."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._rates = desk, Rates(desk.master)

    def count(self, what: str, address: str, most: int) -> bool:
        """One more; False where it is more than `most` within the while. One statement."""
        with self._desk.own.connection() as connection:
            return self._rates.add(connection, what, _network(address), WHILE, self._desk.now).count <= most

    def full(self, what: str, address: str, most: int) -> bool:
        """Whether one more would be too many; nothing is counted. One statement."""
        with self._desk.own.connection() as connection:
            return self._rates.now(connection, what, _network(address), self._desk.now) >= most


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped  # as a socket for both kinds writes IPv4; else all of them were one network
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
