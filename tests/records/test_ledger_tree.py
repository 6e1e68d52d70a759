"""The tree is RFC 6962's: known roots, and every root and proof against a naive tree that follows the definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upheld.records.ledger.tree import (
    STEP,
    Frontier,
    consistency_path,
    inclusion_path,
    is_included,
    leaf_hash,
    node_hash,
    range_root,
    unpacked,
)

VECTOR_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
VECTOR_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> bool:
    """RFC 9162 §2.1.4.2, as written there."""
    if old == new:
        return not path and old_root == new_root
    if old & (old - 1) == 0:
        path = [old_root, *path]
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == old_root and sr == new_root and sn == 0


class Kept:
    """Nodes in memory: leaf hashes, and every eighth level as the frontier gives it."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.nodes = {(0, n): hash_ for n, hash_ in enumerate(leaves)}
        self.frontier = Frontier()
        for hash_ in leaves:
            self.nodes |= {(level, place): node for level, place, node in self.frontier.add(hash_)}

    def read(self, level: int, start: int, end: int) -> list[bytes]:
        return [self.nodes[level, place] for place in range(start, end)]


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(str(n).encode()) for n in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_of_the_known_vectors(size: int) -> None:
    frontier = Frontier()
    for data in VECTOR_LEAVES[:size]:
        frontier.add(leaf_hash(bytes.fromhex(data)))
    assert frontier.root().hex() == VECTOR_ROOTS[size]


@given(st.integers(0, 700), st.data())
def test_a_growing_frontier_has_the_naive_root_at_every_size(count: int, data: st.DataObject) -> None:
    leaves = leaves_of(count)
    stop = data.draw(st.integers(0, count))
    frontier = Frontier()
    for hash_ in leaves[:stop]:
        frontier.add(hash_)
    assert frontier.root() == naive_root(leaves[:stop])
    again = unpacked(stop, frontier.packed())
    for hash_ in leaves[stop:]:
        again.add(hash_)
    assert again.root() == naive_root(leaves)


@given(st.integers(1, 700), st.data())
def test_every_inclusion_proof_leads_to_the_root_and_no_other_leaf_does(size: int, data: st.DataObject) -> None:
    leaves, n = leaves_of(size), data.draw(st.integers(0, size - 1))
    path = inclusion_path(Kept(leaves), n, size)
    root = naive_root(leaves)
    assert is_included(leaves[n], n, size, path, root)
    assert not is_included(leaf_hash(b"another"), n, size, path, root)
    assert not is_included(leaves[n], n, size, [*path, bytes(32)], root)
    if path:
        assert not is_included(leaves[n], n, size, path[:-1], root)
        other = data.draw(st.integers(0, size - 1).filter(lambda place: place != n))
        assert not is_included(leaves[n], other, size, path, root)


@given(st.integers(1, 700), st.data())
def test_every_consistency_proof_leads_from_the_old_root_to_the_new(new: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(new), data.draw(st.integers(1, new))
    path = consistency_path(Kept(leaves), old, new)
    assert naive_is_consistent(old, new, naive_root(leaves[:old]), naive_root(leaves), path)
    assert not naive_is_consistent(old, new, leaf_hash(b"another"), naive_root(leaves), path)


@given(st.integers(1, 3), st.data())
def test_proofs_over_kept_nodes_of_the_eighth_level(blocks: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(blocks << STEP, (blocks + 1) << STEP))
    kept = Kept(leaves_of(size))
    assert any(level == STEP for level, _ in kept.nodes)
    assert range_root(kept, 0, size) == naive_root(leaves_of(size))


def test_a_proof_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_path(Kept(leaves_of(3)), 3, 3)
    with pytest.raises(ValueError, match="with leaves"):
        consistency_path(Kept(leaves_of(3)), 0, 3)
