"""Hashes of leaves become an RFC 6962 tree: its frontier as it grows, and proofs from a store of complete nodes.

The frontier is the list of roots of the complete subtrees that make up the tree, largest first: one per 1-bit of the size. Complete nodes
are kept at every eighth level only; a level between is folded from at most 128 kept hashes, so a proof reads a few hundred rows
and the log writes one node row per 256 leaves. Pure, except that `Nodes` may read a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

STEP = 8
HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Nodes(Protocol):
    """Kept hashes: level 0 are leaf hashes, levels 8, 16 … complete nodes."""

    def read(self, level: int, start: int, end: int) -> list[bytes]:
        """Hashes of this level at places start … end − 1, in order."""
        ...


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree: `size` leaves, `peaks` largest first."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError("a frontier has one hash per 1-bit of its size")

    def add(self, hash_: bytes) -> list[tuple[int, int, bytes]]:
        """One leaf hash more. The nodes to keep that became complete by it: (level, place, hash)."""
        kept = []
        level, place = 0, self.size
        while place & 1:
            hash_ = node_hash(self.peaks.pop(), hash_)
            level, place = level + 1, place >> 1
            if level % STEP == 0:
                kept.append((level, place, hash_))
        self.peaks.append(hash_)
        self.size += 1
        return kept

    def root(self) -> bytes:
        """The tree's root at this size."""
        if not self.peaks:
            return EMPTY_ROOT
        hash_ = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            hash_ = node_hash(peak, hash_)
        return hash_

    def packed(self) -> bytes:
        return b"".join(self.peaks)


def unpacked(size: int, packed: bytes) -> Frontier:
    """The frontier of `size` leaves from its packed hashes."""
    return Frontier(size, [packed[i : i + HASH_BYTES] for i in range(0, len(packed), HASH_BYTES)])


def inclusion_path(nodes: Nodes, n: int, size: int) -> list[bytes]:
    """The audit path of leaf `n` in the tree of `size` leaves, from the leaf up. Source: RFC 6962 §2.1.1."""
    if not 0 <= n < size:
        raise ValueError("no such leaf in a tree of this size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if n < middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """That the tree of `old` leaves is the beginning of that of `new`. Source: RFC 6962 §2.1.2."""
    if not 0 < old <= new:
        raise ValueError("a consistency proof leads from a tree with leaves to one at least as large")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(nodes, start, end))
    return path[::-1]


def is_included(hash_: bytes, n: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Does the path lead from leaf hash `hash_` at `n` to `root`? Source: RFC 9162 §2.1.3.2."""
    if not 0 <= n < size:
        return False
    place, last = n, size - 1
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            hash_ = node_hash(step, hash_)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, step)
        place, last = place >> 1, last >> 1
    return last == 0 and hash_ == root


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """The root over leaves start … end − 1, where start is a multiple of the largest power of two within."""
    parts = []
    while start < end:
        level = min((end - start).bit_length() - 1, (start & -start).bit_length() - 1 if start else 64)
        parts.append(_complete(nodes, level, start >> level))
        start += 1 << level
    hash_ = parts[-1]
    for part in reversed(parts[:-1]):
        hash_ = node_hash(part, hash_)
    return hash_


def _complete(nodes: Nodes, level: int, place: int) -> bytes:
    kept = level - level % STEP
    hashes = nodes.read(kept, place << (level - kept), (place + 1) << (level - kept))
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def _split(count: int) -> int:
    """The largest power of two smaller than `count` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)
