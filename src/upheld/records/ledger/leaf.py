"""What happened becomes a leaf: canonical JSON that names no person, and a detail that our own database keeps apart.

A leaf takes no free text: every member is a number, a moment, a hash or an identifier of a fixed shape, so a name or an address has
no place to stand. Source: `docs/ledger-format.md` §3 and §7. Not taken: a keyed hash of the subject; it is personal data as long
as anybody has the key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter

import rfc8785

VERSION = 1
KEY_CHANGED = "ledger:key:changed"
EVENT = re.compile(r"[a-z0-9-]+(:[a-z0-9-]+)*")
CLAUSE = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(#[0-9]+)?")
COUNT = re.compile(r"[a-z0-9_-]+([.:][a-z0-9_-]+)*")
DIGEST = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[0-9a-f]{32}")
INTEGER_MAX = 2**53 - 1

_ASCII = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False).encode
_PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False, ensure_ascii=False).encode

_REST = attrgetter("event", "at", "clauses", "counts", "plan", "chunk", "step", "gate", "of", "outcome", "key")
_COMMITMENT, _ID, COMMITMENT_LETTERS = '"commitment":"', '"id":"', 44

Json = str | int | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Detail:
    """Who and what: returned in access, gone in erasure. `subject` is the opaque ref under which it is found."""

    what: Mapping[str, Json]
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing that happened. `at` is aware and kept to the minute; `counts` are numbers by name.

    `id` (32 hex digits): None means derived from (plan, chunk, step, event) where there is a plan, so that a step that runs twice is
    recorded once; else random. `of` is the id of an earlier leaf that this one answers.
    """

    event: str
    at: datetime
    clauses: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    plan: str | None = None
    chunk: int | None = None
    step: int | None = None
    gate: str | None = None
    of: str | None = None
    outcome: str | None = None
    detail: Detail | None = None
    id: str | None = None
    key: Mapping[str, str] | None = None


def leaf_json(leaf: Leaf, id: str, nonce: bytes, said: bytes | None = None) -> str:
    """The canonical JSON of the leaf. ValueError names the member (never its value) that has not its shape.

    `said`: the detail's canonical form, where the caller has it.
    """
    body: dict[str, object] = {
        "version": VERSION,
        "id": _shaped("id", id, ID),
        "event": _shaped("event", leaf.event, EVENT),
        "at": minute(leaf.at),
        "clauses": sorted({_shaped("clauses", clause, CLAUSE) for clause in leaf.clauses}),
        "counts": {_shaped("counts", name, COUNT): _counted(n) for name, n in leaf.counts.items()},
    }
    for name, text, shape in (
        ("plan", leaf.plan, DIGEST),
        ("gate", leaf.gate, EVENT),
        ("of", leaf.of, ID),
        ("outcome", leaf.outcome, EVENT),
    ):
        if text is not None:
            body[name] = _shaped(name, text, shape)
    for name, number in (("chunk", leaf.chunk), ("step", leaf.step)):
        if number is not None:
            body[name] = _counted(number)
    if leaf.detail is not None:
        committed = commitment(nonce, leaf.detail.what) if said is None else hashlib.sha256(nonce + said).digest()
        body["commitment"] = base64.b64encode(committed).decode()
    if (leaf.key is not None) != (leaf.event == KEY_CHANGED):
        raise ValueError("a leaf has a key exactly when it is a key change")
    if leaf.key is not None:
        body["key"] = dict(leaf.key)
    # All names and values are ASCII strings and integers here, where json.dumps is RFC 8785 and ten times faster.
    return _ASCII(body)


def leaf_texts(leaves: Sequence[Leaf], ids: Sequence[str], nonces: Sequence[bytes], said: Sequence[bytes | None]) -> list[str]:
    """`leaf_json` of each, in order. Of neighbours that differ in id and detail alone, as those of many people do, the rest is written once."""
    texts: list[str] = []
    before: tuple[object, ...] | None = None
    head = between = tail = ""
    for leaf, id, nonce, what in zip(leaves, ids, nonces, said, strict=True):
        rest = _REST(leaf)
        if what is None or rest != before:
            text = leaf_json(leaf, id, nonce, what)
            before = rest if what is not None else None
            if what is not None:
                # INVARIANT: no value has a quote, and `commitment` sorts before `id`.
                head, _, left = text.partition(_COMMITMENT)
                between, _, tail = left[COMMITMENT_LETTERS:].partition(_ID + id)
        else:
            committed = base64.b64encode(hashlib.sha256(nonce + what).digest()).decode()
            text = f"{head}{_COMMITMENT}{committed}{between}{_ID}{_shaped('id', id, ID)}{tail}"
        texts.append(text)
    return texts


def leaf_id(leaf: Leaf, random: bytes) -> str:
    """The leaf's own id, or the derived, or the random one (16 bytes)."""
    if leaf.id is not None:
        return leaf.id
    if leaf.plan is None:
        return random.hex()
    return derived_id("step", leaf.plan, str(leaf.chunk), str(leaf.step), leaf.event)


def derived_id(*parts: str) -> str:
    """An id that the same thing gets again: the first 16 bytes of SHA-256 over the parts, in hex."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def commitment(nonce: bytes, what: Mapping[str, Json]) -> bytes:
    """SHA-256(nonce ‖ canonical JSON of the detail)."""
    return hashlib.sha256(nonce + canonical(what)).digest()


def canonical(value: Mapping[str, Json]) -> bytes:
    """RFC 8785 form. ValueError where there is anything but objects, lists, strings and integers within ±(2⁵³ − 1)."""
    _only_integers_and_strings(value)
    # For ASCII alone json.dumps writes RFC 8785, ten times faster; other letters may stand in another order there.
    text = _PLAIN(value)
    return text.encode() if text.isascii() else rfc8785.dumps(value)


@lru_cache(maxsize=64)
def minute(at: datetime) -> str:
    """`2026-01-15T09:30Z`. ValueError without a time zone."""
    if at.tzinfo is None:
        raise ValueError("a leaf's moment needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _shaped(member: str, text: str, shape: re.Pattern[str]) -> str:
    if not shape.fullmatch(text):
        raise ValueError(f"a leaf's {member} has not its shape: {shape.pattern}")
    return text


def _counted(number: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= INTEGER_MAX:
        raise ValueError("a leaf's numbers are integers from 0 to 2**53 - 1")
    return number


def _only_integers_and_strings(value: object) -> None:
    match value:
        case bool() | None | float():
            raise ValueError("a detail holds objects, lists, strings and integers only")
        case str():
            value.encode()  # a lone surrogate has no canonical form
            if "\0" in value:
                raise ValueError("a detail's text holds no zero byte")
        case int():
            if abs(value) > INTEGER_MAX:
                raise ValueError("a detail's integers lie within 2**53 - 1")
        case dict() | Mapping():
            for name, member in value.items():
                _only_integers_and_strings(str(name))
                _only_integers_and_strings(member)
        case list() | tuple():
            for member in value:
                _only_integers_and_strings(member)
        case _:
            raise ValueError("a detail holds objects, lists, strings and integers only")
