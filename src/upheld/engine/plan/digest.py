"""Plans become JSON and come back; the digest is taken over the RFC 8785 form.

Integers, strings, booleans, null, lists and objects only. Every frozen value of plan.steps and plan.model is written with its class name,
so that reading needs no second description. A stored plan is verified on load: another digest is another plan. What a firm's plans share, all but
who asks, is parsed once and hashed at every load.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache, lru_cache
from json.encoder import encode_basestring

from upheld.engine.plan import ends, model, steps
from upheld.engine.plan import plans as whole
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Ask, Refused
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import Step
from upheld.language.promises.model import Citation

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def digest_of(ask: Ask, stores: tuple[StorePlan, ...], after: tuple[Step, ...]) -> str:
    """SHA-256 (hex) over ask, stores and what comes after them."""
    known: dict[int, str] = {}
    return _digest(ask, _text(stores, known).encode(), _text(after, known).encode())


def _digest(ask: Ask, stores: bytes, after: bytes) -> str:
    return hashlib.sha256(b"[%b,%b,%b]" % (_canonical(to_json(ask)), stores, after)).hexdigest()


def _canonical(value: Json) -> bytes:
    """RFC 8785. Members are named in ASCII and numbers are integers here, for which json.dumps writes the same, ten times faster."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _text(value: object, known: dict[int, str]) -> str:
    """The canonical form of `to_json(value)`. `known`: what stands in many steps (an end, a way) by identity, written once; it must outlive the call."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, tuple):
        return f"[{','.join([_text(one, known) for one in value])}]"
    if is_dataclass(value) and not isinstance(value, type):
        if id(value) not in known:
            members = [
                f"{key}{_text(getattr(value, name), known) if name else kind}" for key, name, kind in _members(type(value))
            ]
            known[id(value)] = f"{{{','.join(members)}}}"
        return known[id(value)]
    return _canonical(to_json(value)).decode()


@cache
def _members(kind: type) -> tuple[tuple[str, str, str], ...]:
    """Of each member in the order of its name: the name as it is written, the field, and for what is no field the word."""
    named = sorted([("is", kind.__name__), *((f.name, "") for f in fields(kind))])
    return tuple((f'"{name}":', "" if word else name, f'"{word}"') for name, word in named)


def plan_to_json(plan: Plan) -> Json:
    """The plan with its digest, as JSON values."""
    return to_json(plan)


def plan_from_json(stored: Json) -> Plan | Refused:
    """The plan that was stored; refused (L205) if its digest does not fit its content."""
    plan = from_json(stored)
    if not isinstance(plan, Plan) or digest_of(plan.ask, plan.stores, plan.after) != plan.digest:
        return refused("L205", "its digest does not fit its content", "Plan again; the stored plan was altered.")
    return plan


def plan_from_parts(ask: Json, stores: str, after: str, digest: str) -> Plan | Refused:
    """The same of a stored plan's members, `stores` and `after` as JSON text: parsed once for all asks that share them, verified for each."""
    asked, shared = from_json(ask), _shared(stores, after)
    if not isinstance(asked, Ask) or _digest(asked, shared.stores_json, shared.after_json) != digest:
        return refused("L205", "its digest does not fit its content", "Plan again; the stored plan was altered.")
    return Plan(asked, shared.stores, shared.after, digest)


@dataclass(frozen=True, slots=True)
class _Shared:
    stores: tuple[StorePlan, ...]
    after: tuple[Step, ...]
    stores_json: bytes
    after_json: bytes


@lru_cache(maxsize=16)
def _shared(stores: str, after: str) -> _Shared:
    """What the texts say, and its canonical form, which is taken of the values that will run and not of the text."""
    first, then = from_json(json.loads(stores)), from_json(json.loads(after))
    known: dict[int, str] = {}
    return _Shared(first, then, _text(first, known).encode(), _text(then, known).encode())  # type: ignore[arg-type]


def to_json(value: object) -> Json:
    """JSON values for frozen values of this room."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date):
        return {"is": "date", "day": value.isoformat()}
    if isinstance(value, frozenset):
        return {"is": "set", "of": [to_json(v) for v in sorted(value)]}
    if isinstance(value, tuple):
        return [to_json(v) for v in value]
    if is_dataclass(value) and not isinstance(value, type):
        members = {f.name: to_json(getattr(value, f.name)) for f in fields(value) if not f.metadata or getattr(value, f.name)}
        return {"is": type(value).__name__, **members}
    raise TypeError(type(value).__name__)


def from_json(value: Json) -> object:
    """The frozen value that `to_json` wrote; KeyError for a class that is none of this room's."""
    if isinstance(value, list):
        return tuple(from_json(v) for v in value)
    if not isinstance(value, dict):
        return value
    kind = value["is"]
    if kind == "date":
        return date.fromisoformat(str(value["day"]))
    if kind == "set":
        return frozenset(from_json(value["of"]))  # type: ignore[call-overload]
    return _classes()[str(kind)](**{k: from_json(v) for k, v in value.items() if k != "is"})


@cache
def _classes() -> dict[str, type]:
    found = [v for module in (ends, model, steps, whole) for v in vars(module).values()]
    return {v.__name__: v for v in [*found, Citation] if isinstance(v, type) and is_dataclass(v)}
