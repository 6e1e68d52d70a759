#!/usr/bin/env python3
"""An exported ledger becomes "it holds" or the reason why not, by nobody's word but the first key's.

Written from docs/ledger-format.md alone; imports nothing of Upheld, only the standard library and `cryptography` for
Ed25519. It reads the export line by line, holds a frontier of at most 64 hashes, the leaf ids and the key in force, and stops
at the first fault. It must never trust a key that stands in the export. Not taken: sharing code with the writer; a
verifier that shares a defect with what it verifies finds nothing.

    python verifier/verify.py EXPORT --key FILE [--extends OLDER]
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "upheld-ledger/1"
MAX_INTEGER = 2**53 - 1
WORD = re.compile(r"[a-z0-9-]+(:[a-z0-9-]+)*")
MOMENT = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]Z")
HEX32 = re.compile(r"[0-9a-f]{32}")
HEX64 = re.compile(r"[0-9a-f]{64}")
DECIMAL = re.compile(r"0|[1-9][0-9]*")
ALWAYS = {"version", "id", "event", "at", "clauses", "counts"}
SOMETIMES = {"plan", "chunk", "step", "gate", "of", "outcome", "commitment", "key"}
MEMBERS = {
    "export": {"kind", "format", "origin", "size"},
    "leaf": {"kind", "n", "hash", "leaf"},
    "detail": {"kind", "n", "nonce", "detail"},
    "checkpoint": {"kind", "note"},
    "publication": {"kind", "n", "record", "files"},
}
KEY_CHANGED = "ledger:key:changed"
PUBLISHED = "notice:published"


class Rejected(Exception):
    """The export does not hold: the reason's word, the line of the file, and what was found there."""

    def __init__(self, reason: str, line: int, says: str, file: str = "") -> None:
        super().__init__(f"{reason}, line {line}: {says}")
        self.reason, self.line, self.says, self.file = reason, line, says, file


class Unusable(Exception):
    """Wrong use, or input that cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Key:
    """A C2SP verifier key: name, key hash (4 bytes), Ed25519 public key (32 bytes)."""

    name: str
    hash: bytes
    public: bytes

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(bytes([1]) + self.public).decode()}"

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(slots=True)
class Reading:
    """What has been read so far; `wanted_root` is the root at the size `wanted`."""

    key: Key
    size: int = 0
    frontier: list[tuple[int, bytes]] = field(default_factory=list)  # (leaves under it, root), widest first
    ids: set[str] = field(default_factory=set)
    former: list[Key] = field(default_factory=list)
    checkpoints: list[tuple[int, bytes]] = field(default_factory=list)
    stated: int = 0
    details: int = 0
    opened: dict[str, Any] | None = None  # the detail of the leaf read last
    awaited: int = -1  # the number of a leaf that published a version which has not come yet
    versions: int = 0
    wanted: int = -1
    wanted_root: bytes | None = None


# ---- the format's pieces


def canonical(value: Any) -> bytes:
    """RFC 8785 for objects, arrays, strings and integers; ValueError for anything else."""
    if isinstance(value, bool) or value is None or isinstance(value, float):
        raise ValueError("only objects, arrays, strings and integers are allowed")
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError("an integer is out of range")
        return str(value).encode()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).encode()
    if isinstance(value, list):
        return b"[" + b",".join(canonical(item) for item in value) + b"]"
    members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be", "surrogatepass"))
    return b"{" + b",".join(canonical(name) + b":" + canonical(item) for name, item in members) + b"}"


def parse(line: bytes) -> dict[str, Any]:
    """The object of a line, whose bytes are its canonical form and one line feed; ValueError otherwise."""
    if not line.endswith(b"\n"):
        raise ValueError("the line does not end with a line feed")
    body = line[:-1]
    value = json.loads(body.decode("utf-8"), object_pairs_hook=_members, parse_float=_refuse, parse_constant=_refuse)
    if not isinstance(value, dict):
        raise ValueError("the line is not an object")
    if canonical(value) != body:
        raise ValueError("the bytes differ from the canonical form of what they say")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a member name occurs twice")
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError("a number that is no integer")


def unbase64(text: Any, length: int) -> bytes:
    """The bytes of standard padded base64 of exactly `length` bytes; ValueError otherwise."""
    if not isinstance(text, str):
        raise ValueError("base64 text expected")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if len(data) != length or base64.b64encode(data).decode() != text:
        raise ValueError(f"not the base64 of {length} bytes")
    return data


def read_vkey(text: Any) -> Key:
    """A key from its C2SP text; ValueError if name, key hash and key do not belong together."""
    parts = text.split("+", 2) if isinstance(text, str) else []
    if len(parts) != 3 or not parts[0] or any(character.isspace() for character in parts[0]):
        raise ValueError("not of the form name+hash+key")
    raw = unbase64(parts[2], 33)
    key = Key(parts[0], hashlib.sha256(parts[0].encode() + b"\n" + raw).digest()[:4], raw[1:])
    if raw[0] != 1 or parts[1] != key.hash.hex():
        raise ValueError("the key hash is not that of this key")
    return key


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def push(frontier: list[tuple[int, bytes]], leaf_hash: bytes) -> None:
    """Add a leaf to the frontier of complete subtrees, joining equal widths."""
    frontier.append((1, leaf_hash))
    while len(frontier) > 1 and frontier[-1][0] == frontier[-2][0]:
        (width, right), (_, left) = frontier.pop(), frontier.pop()
        frontier.append((width * 2, node(left, right)))


def root_of(frontier: list[tuple[int, bytes]]) -> bytes:
    """The RFC 6962 root over the frontier; of no leaves, the hash of nothing."""
    if not frontier:
        return hashlib.sha256(b"").digest()
    root = frontier[-1][1]
    for _, left in reversed(frontier[:-1]):
        root = node(left, root)
    return root


# ---- one line after the other


def verify(path: Path, first: Key, wanted: int = -1) -> Reading:
    """Everything that was read, if all of it holds; Rejected with the first fault otherwise.

    `wanted` is a size at which the root is remembered (for an older export). Cost: one pass, memory for the leaf ids.
    """
    reading = Reading(first, wanted=wanted)
    leaf: dict[str, Any] = {}
    previous, number = "", 0
    for number, line in enumerate(_lines(path), start=1):
        entry = _entry(line, number)
        _placed(entry, previous, number)
        _awaited(entry["kind"], reading, number)
        match entry["kind"]:
            case "export":
                _export(entry, reading, number)
            case "leaf":
                _leaf(entry, reading, number, path)
                leaf = entry
            case "detail":
                _detail(entry, leaf, reading, number)
            case "publication":
                _publication(entry, leaf, reading, number)
            case "checkpoint":
                _checkpoint(entry, reading, number, path)
        previous = entry["kind"]
    _ended(reading, previous, number)
    return reading


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _entry(line: bytes, number: int) -> dict[str, Any]:
    try:
        entry = parse(line)
    except (ValueError, RecursionError) as error:
        raise Rejected("not-canonical", number, _first_words(error)) from None
    kind = entry.get("kind")
    members = MEMBERS.get(kind) if isinstance(kind, str) else None
    if members is None or set(entry) != members:
        raise Rejected("malformed", number, "the line has an unknown kind, or its members are not those of its kind")
    return entry


def _first_words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg}"
    if isinstance(error, UnicodeError):
        return "not UTF-8"
    return str(error)


def _placed(entry: dict[str, Any], previous: str, number: int) -> None:
    kind = entry["kind"]
    if (kind == "export") != (number == 1):
        raise Rejected("malformed", number, "the export line stands first, and only there")
    if kind == "detail" and previous != "leaf":
        raise Rejected("malformed", number, "a detail stands directly after its leaf")
    if kind == "publication" and previous not in ("leaf", "detail"):
        raise Rejected("malformed", number, "a publication stands directly after its leaf and detail")
    if kind == "checkpoint" and previous == "checkpoint":
        raise Rejected("malformed", number, "the sizes of checkpoints rise")


def _export(entry: dict[str, Any], reading: Reading, number: int) -> None:
    if entry["format"] != FORMAT or not _natural(entry["size"]) or not isinstance(entry["origin"], str):
        raise Rejected("malformed", number, f"not an export of format {FORMAT}")
    if entry["origin"] != reading.key.name:
        raise Rejected("wrong-origin", number, "the export is of another ledger than the key")
    reading.stated = entry["size"]


def _leaf(entry: dict[str, Any], reading: Reading, number: int, path: Path) -> None:
    leaf, position = entry["leaf"], entry["n"]
    stated = _leaf_hash_stated(entry, number)
    if leaf["id"] in reading.ids:
        raise Rejected("duplicated-leaf", number, f"leaf {position} stood before under the same id")
    if position != reading.size:
        _misnumbered(position, reading.size, number, path)
    actual = hashlib.sha256(b"\x00" + canonical(leaf)).digest()
    if stated != actual:
        raise Rejected("altered-leaf", number, f"leaf {position} is not what its hash says")
    if leaf["event"] == KEY_CHANGED:
        _change_key(leaf["key"], reading, number)
    reading.ids.add(leaf["id"])
    reading.opened, reading.awaited = None, position if leaf["event"] == PUBLISHED else -1
    push(reading.frontier, actual)
    reading.size += 1
    if reading.size == reading.wanted:
        reading.wanted_root = root_of(reading.frontier)


def _leaf_hash_stated(entry: dict[str, Any], number: int) -> bytes:
    try:
        if _natural(entry["n"]) and _is_leaf(entry["leaf"]):
            return unbase64(entry["hash"], 32)
    except ValueError:
        pass  # a commitment or hash that is no base64 of 32 bytes: malformed, as below
    raise Rejected("malformed", number, "the leaf is not of this format")


def _misnumbered(position: int, expected: int, number: int, path: Path) -> NoReturn:
    if position < expected:
        raise Rejected("added-leaf", number, f"a new leaf takes the number {position} again")
    for later, line in enumerate(_lines(path), start=1):
        if later > number and _number_of(line) == expected:
            raise Rejected(
                "reordered-leaf", number, f"leaf {position} stands where {expected} belongs; that one stands in line {later}"
            )
    raise Rejected("dropped-leaf", number, f"leaf {expected} is missing")


def _number_of(line: bytes) -> int | None:
    try:
        entry = parse(line)
    except (ValueError, RecursionError):
        return None
    return entry.get("n") if entry.get("kind") == "leaf" else None


def _is_leaf(leaf: Any) -> bool:
    if not isinstance(leaf, dict) or not set(leaf) >= ALWAYS or not set(leaf) <= ALWAYS | SOMETIMES:
        return False
    clauses, counts = leaf["clauses"], leaf["counts"]
    if "commitment" in leaf:
        unbase64(leaf["commitment"], 32)
    return all(
        (
            _natural(leaf["version"]) and leaf["version"] == 1,
            _matches(HEX32, leaf["id"]),
            _matches(WORD, leaf["event"]),
            _matches(MOMENT, leaf["at"]),
            isinstance(clauses, list)
            and all(isinstance(clause, str) for clause in clauses)
            and clauses == sorted(set(clauses)),
            isinstance(counts, dict) and all(_natural(count) for count in counts.values()),
            _matches(HEX64, leaf.get("plan", "0" * 64)),
            _natural(leaf.get("chunk", 0)) and _natural(leaf.get("step", 0)),
            _matches(WORD, leaf.get("gate", "a")) and _matches(WORD, leaf.get("outcome", "a")),
            _matches(HEX32, leaf.get("of", "0" * 32)),
            (leaf["event"] == KEY_CHANGED) == ("key" in leaf),
        )
    )


def _change_key(change: Any, reading: Reading, number: int) -> None:
    try:
        if not isinstance(change, dict) or set(change) != {"new", "old", "signature"}:
            raise ValueError("members")
        old, new, signature = read_vkey(change["old"]), read_vkey(change["new"]), unbase64(change["signature"], 64)
    except ValueError:
        raise Rejected("malformed", number, "the key change is not of this format") from None
    if old != reading.key or new.name != reading.key.name or not old.signed(_handover(old, new), signature):
        raise Rejected("key-change-unsigned", number, "the key in force did not sign this change of keys")
    reading.former.append(reading.key)
    reading.key = new


def _handover(old: Key, new: Key) -> bytes:
    return f"{FORMAT} key change\n{old.vkey}\n{new.vkey}\n".encode()


def _detail(entry: dict[str, Any], leaf: dict[str, Any], reading: Reading, number: int) -> None:
    try:
        nonce = unbase64(entry["nonce"], 32)
    except ValueError:
        raise Rejected("malformed", number, "the nonce is not 32 bytes") from None
    if not isinstance(entry["detail"], dict) or not _natural(entry["n"]) or entry["n"] != leaf["n"]:
        raise Rejected("malformed", number, "the detail does not belong to the leaf before it")
    commitment = base64.b64encode(hashlib.sha256(nonce + canonical(entry["detail"])).digest()).decode()
    if leaf["leaf"].get("commitment") != commitment:
        raise Rejected("detail-mismatch", number, f"the opened detail of leaf {entry['n']} does not match its commitment")
    reading.details += 1
    reading.opened = entry["detail"]


def _awaited(kind: str, reading: Reading, number: int) -> None:
    if reading.awaited >= 0 and kind not in ("detail", "publication"):
        raise Rejected("missing-version", number, f"leaf {reading.awaited} published a version of a notice; it is not here")


def _publication(entry: dict[str, Any], leaf: dict[str, Any], reading: Reading, number: int) -> None:
    record, files = entry["record"], entry["files"]
    texts = isinstance(files, dict) and all(isinstance(text, str) for text in files.values())
    if not isinstance(record, dict) or not texts or not _natural(entry["n"]) or entry["n"] != leaf["n"] or reading.awaited < 0:
        raise Rejected("malformed", number, "the publication does not belong to the leaf before it")
    if reading.opened is None:
        raise Rejected(
            "missing-version", number, f"the detail of leaf {entry['n']} is gone: nobody can tell what was published"
        )
    digests = {name: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for name, text in files.items()}
    pinned = reading.opened.get("files")
    if {**record, "files": digests} != reading.opened:
        wrong = sorted(set(digests.items()) ^ set(pinned.items())) if isinstance(pinned, dict) else []
        what = wrong[0][0] if wrong else "its record"
        raise Rejected("altered-version", number, f"the version is not what leaf {entry['n']} published: {what}")
    reading.awaited, reading.versions = -1, reading.versions + 1


def _checkpoint(entry: dict[str, Any], reading: Reading, number: int, path: Path) -> None:
    origin, size, root, text, signatures = _note(entry["note"], number)
    if origin != reading.key.name:
        raise Rejected("wrong-origin", number, "the checkpoint is of another ledger")
    if size != reading.size:
        reason = "truncated-tail" if size > reading.size else "added-leaf"
        raise Rejected(reason, number, f"the checkpoint covers {size} leaves, {reading.size} stand before it")
    mine = [signature for name, key_hash, signature in signatures if (name, key_hash) == (reading.key.name, reading.key.hash)]
    if not mine:
        _not_ours(reading, signatures, number, path)
    if not any(reading.key.signed(text, signature) for signature in mine):
        raise Rejected("bad-signature", number, "the signature is not that of the key it names")
    if root != root_of(reading.frontier):
        raise Rejected("wrong-root", number, f"the {size} leaves before it have another root")
    reading.checkpoints.append((size, root))


Signature = tuple[str, bytes, bytes]  # name, key hash, signature


def _note(note: Any, number: int) -> tuple[str, int, bytes, bytes, list[Signature]]:
    try:
        text, _, tail = note.partition("\n\n")
        origin, size, root = text.split("\n")
        if not DECIMAL.fullmatch(size) or not tail.endswith("\n"):
            raise ValueError("note")
        signatures = [_signature(line) for line in tail[:-1].split("\n")]
        return origin, int(size), unbase64(root, 32), f"{text}\n".encode(), [found for found in signatures if found]
    except (ValueError, AttributeError):
        raise Rejected("malformed", number, "the checkpoint's note is not of this format") from None


def _signature(line: str) -> Signature | None:
    dash, name, blob = line.split(" ")
    raw = base64.b64decode(blob.encode("ascii"), validate=True)
    if dash != "\u2014" or base64.b64encode(raw).decode() != blob or len(raw) < 5:
        raise ValueError("signature line")
    return (name, raw[:4], raw[4:]) if len(raw) == 68 else None


def _not_ours(reading: Reading, signatures: list[Signature], number: int, path: Path) -> NoReturn:
    """No signature by the key in force: was the whole file signed anew, or this one checkpoint by a wrong key?"""
    known = {(key.name, key.hash) for key in _keys_of(path, (reading.former or [reading.key])[0])}
    if any((name, key_hash) in known for name, key_hash, _ in signatures):
        raise Rejected("wrong-key", number, "the checkpoint is signed by a key of this ledger that is not in force here")
    if any((name, key_hash) in known for line in _lines(path) for name, key_hash, _ in _signers(line)):
        raise Rejected("wrong-key", number, "this checkpoint's key was never the ledger's; others bear the ledger's own")
    raise Rejected(
        "re-signed", number, "no checkpoint bears the pinned key: all was signed anew, or the key file is of another ledger"
    )


def _keys_of(path: Path, first: Key) -> list[Key]:
    """The first key and those that it, or its successors, handed over to anywhere in the file."""
    keys = [first]
    for line in _lines(path):
        try:
            change = parse(line)["leaf"]["key"]
            old, new, signature = read_vkey(change["old"]), read_vkey(change["new"]), unbase64(change["signature"], 64)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if old == keys[-1] and old.signed(_handover(old, new), signature):
            keys.append(new)
    return keys


def _signers(line: bytes) -> list[Signature]:
    try:
        return _note(parse(line)["note"], 0)[4]
    except (ValueError, KeyError, TypeError, Rejected, RecursionError):
        return []


def _ended(reading: Reading, previous: str, number: int) -> None:
    if number == 0:
        raise Rejected("malformed", 1, "the file is empty")
    if reading.size < reading.stated:
        raise Rejected("truncated-tail", number, f"the export says {reading.stated} leaves, the file holds {reading.size}")
    if previous != "checkpoint":
        raise Rejected("truncated-tail", number, "the file does not end with a checkpoint of all its leaves")
    if reading.size > reading.stated:
        raise Rejected("added-leaf", number, f"the export says {reading.stated} leaves, the file holds {reading.size}")


def _natural(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INTEGER


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


# ---- the command


def extends(path: Path, older: Path, first: Key) -> tuple[Reading, Reading]:
    """Both exports hold and the older one's leaves are the first leaves of this one; Rejected otherwise."""
    try:
        before = verify(older, first)
    except Rejected as error:
        raise Rejected(error.reason, error.line, error.says, "the older export, ") from None
    now = verify(path, first, wanted=before.size)
    root = root_of([]) if before.size == 0 else now.wanted_root
    if now.size < before.size:
        raise Rejected(
            "split-view", 1, f"the older export has {before.size} leaves, this one {now.size}: leaves were taken back"
        )
    if root != before.checkpoints[-1][1]:
        raise Rejected("split-view", 1, f"the first {before.size} leaves are not the older export's: two histories were shown")
    return now, before


def read_key(path: Path) -> Key:
    """The first key, from the file that was written down when the ledger began; Unusable if it is none."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        return read_vkey(next(line for line in lines if line and not line.startswith("#")))
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"the key file cannot be read ({type(error).__name__})") from None
    except (ValueError, StopIteration) as error:
        raise Unusable(f"the key file holds no C2SP verifier key ({error or 'it is empty'})") from None


def main(arguments: list[str]) -> int:
    """0 only if everything holds; 1 if the export is rejected; 2 for wrong use or unusable input."""
    parser = argparse.ArgumentParser(description="Verify an exported ledger without trusting who wrote it.")
    parser.add_argument("export", type=Path, help="the exported ledger (JSON lines)")
    parser.add_argument("--key", type=Path, help="the first key, kept outside the export since the ledger began")
    parser.add_argument("--extends", type=Path, metavar="OLDER", help="prove that EXPORT continues this older export")
    given = parser.parse_args(arguments)
    if given.key is None:
        print("No --key given. Without the first key, kept outside the export, there is nothing to trust.", file=sys.stderr)
        return 2
    try:
        return _run(given.export, read_key(given.key), given.extends)
    except Unusable as error:
        print(f"Cannot verify: {error}.", file=sys.stderr)
    except OSError as error:
        print(f"Cannot verify: {error.filename} cannot be read ({error.strerror}).", file=sys.stderr)
    return 2


def _run(export: Path, first: Key, older: Path | None) -> int:
    before = None
    try:
        if older is None:
            now = verify(export, first)
        else:
            now, before = extends(export, older, first)
    except Rejected as error:
        print(f"REJECTED  {error.reason}\n  {error.file}line {error.line}: {error.says}.")
        return 1
    size, root = now.checkpoints[-1]
    print(f"Everything holds: {first.name}")
    print(f"  leaves        {size}, each with its hash, its number and an id of its own")
    print(f"  checkpoints   {len(now.checkpoints)}, the last of {size} leaves with root {base64.b64encode(root).decode()}")
    print(f"  keys          the first key is the pinned one; {len(now.former)} changes, each signed by the key before it")
    print(f"  details       {now.details} opened, each matching its commitment")
    print(f"  versions      {now.versions} of notices, each as its leaf published it")
    if before is not None:
        print(f"  continues     the older export of {before.size} leaves, unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
