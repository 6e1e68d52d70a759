"""Key material: the master key, keys per ask, keyed hashes, the ledger's signing keys, encrypted streams."""

from upheld.records.keys.asks import ask_key, destroy_ask_key, find_ask_key
from upheld.records.keys.errors import KeyFault
from upheld.records.keys.frames import FrameWriter, read_frames
from upheld.records.keys.hashing import hash_key, keyed_hash
from upheld.records.keys.master import MasterKey, load_master
from upheld.records.keys.sealing import seal, unseal

__all__ = [
    "FrameWriter",
    "KeyFault",
    "MasterKey",
    "ask_key",
    "destroy_ask_key",
    "find_ask_key",
    "hash_key",
    "keyed_hash",
    "load_master",
    "read_frames",
    "seal",
    "unseal",
]
