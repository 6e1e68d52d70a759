"""Small programs built by hand, and flows over them: the words of the tests about deciding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from upheld.language.promises.model import (
    AllOf,
    AnyOf,
    Clause,
    Definition,
    Flow,
    Kind,
    Known,
    Name,
    NoticeVersion,
    Program,
    Promise,
    Record,
    Resolution,
    Source,
    Test,
)

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
VERSION = date(2026, 1, 1)
KINDS = {
    "for": Kind.PURPOSE,
    "to": Kind.PARTY,
    "from": Kind.SOURCE,
    "on": Kind.SURFACE,
    "in": Kind.PLACE,
    "act": Kind.ACT,
    "by": Kind.CHANNEL,
    "ground": Kind.GROUND,
    "standard": Kind.STANDARD,
    "with": Kind.DATA,
    "under": Kind.AGREEMENT,
    "contents": Kind.ITEM,
    "as": Kind.FORM,
}


def name(kind: Kind, said: str) -> Name:
    return Name(Kind.VALUE, said) if said == "none" else Name(kind, said)


def data(*ids: str) -> frozenset[Name]:
    return frozenset(Name(Kind.DATA, each) for each in ids)


def named(key: str, *ids: str) -> frozenset[Name]:
    return frozenset(name(KINDS[key], each) for each in ids)


def any_of(key: str, *ids: str) -> AnyOf:
    return AnyOf(key, named(key, *ids))


def needs(*ids: str) -> AllOf:
    return AllOf("needs", frozenset(Name(Kind.RECORD, each) for each in ids))


def when(fact: str, wanted: bool = True, kind: Kind = Kind.FACT) -> Known:
    return Known("when", Name(kind, fact), wanted)


def choice(said: str) -> Known:
    return Known("choice", Name(Kind.CHOICE, said))


def promise(
    clause: str,
    modality: str,
    verb: str,
    *said: str,
    scope: Iterable[Test] = (),
    door: Iterable[Test] | None = None,
    kind: Kind = Kind.DATA,
    number: int = 1,
    version: date = VERSION,
    notice: str = "harbour",
    **more: Any,
) -> Promise:
    return Promise(
        id=f"{notice}.{clause}#{number}",
        source=Source(notice, version, (f"{notice}.{clause}",), 1),
        modality=modality,  # type: ignore[arg-type]
        verb=verb,  # type: ignore[arg-type]
        object=frozenset(Name(kind, each) for each in said),
        scope=tuple(scope),
        door=None if door is None else tuple(door),
        **more,
    )


def program(
    *promises: Promise,
    define: Iterable[Definition] = (),
    resolutions: Iterable[Resolution] = (),
    notices: Iterable[NoticeVersion] | None = None,
    known: Iterable[Name] = (),
    digest: str = "made by hand",
) -> Program:
    clauses = tuple(
        Clause(each.source.clauses[0], "", f"The sentence of {each.source.clauses[0]}.", 1, "bound", (each.id,))
        for each in promises
    )
    version = NoticeVersion("harbour", "Harbour", "en", VERSION, VERSION, "harbour", (), clauses)
    names = {each: Definition(each, frozenset({each})) for each in known}
    names.update({each.name: each for each in define})
    return Program(tuple(notices) if notices is not None else (version,), names, promises, tuple(resolutions), (), digest)


def flow(
    verb: str,
    said: str | Iterable[str],
    *,
    at: datetime = NOON,
    kind: Kind = Kind.DATA,
    cited: Iterable[Record] = (),
    **keys: Any,
) -> Flow:
    ids = (said,) if isinstance(said, str) else tuple(said)
    stated: Mapping[str, frozenset[Name]] = {
        key.rstrip("_"): named(key.rstrip("_"), *((value,) if isinstance(value, str) else value)) for key, value in keys.items()
    }
    return Flow(verb, frozenset(Name(kind, each) for each in ids), stated, "ada", at, frozenset(cited))  # type: ignore[arg-type]


def record(kind: str, subject: str = "ada", **more: Any) -> Record:
    return Record(Name(Kind.RECORD, kind), subject, **more)


def fact(said: str) -> Name:
    return Name(Kind.FACT, said)
