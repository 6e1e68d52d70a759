"""A program becomes its register of purposes: what each may use, on what basis, in which messages, said in which sentences. Pure.

The register is closed: what no sentence lists, no decision lets pass. It is of one version, and bears its date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upheld.language.promises.model import AnyOf, Kind, Name, Program, Promise


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose, by its leaf. `data`: leaves that may be used for it; `messages`: kinds of message sent for it; `clauses`: the sentences that say so."""

    name: str
    data: frozenset[str]
    bases: frozenset[str]
    messages: frozenset[str]
    clauses: tuple[str, ...]


def purposes_of(program: Program) -> tuple[Purpose, ...]:
    """Every purpose that some sentence permits a use, or a message, for; by name. Linear in the promises."""
    found: dict[str, list[Promise]] = {}
    for promise in program.promises:
        if promise.verb in ("use", "message") and promise.modality != "never":
            for purpose in purposes_in(promise):
                found.setdefault(purpose, []).append(promise)
    return tuple(_purpose(program, name, promises) for name, promises in sorted(found.items()))


def purposes_in(promise: Promise) -> tuple[str, ...]:
    """Leaves of the purposes that the promise lists; empty where it lists none."""
    return tuple(sorted({name.id for name in _named(promise, "for")}))


def bases_of(program: Program, promise: Promise, purpose: str) -> frozenset[str]:
    """What the use rests on for this purpose: what the promise says, else what its purpose's definition does."""
    said = frozenset(name.id for name in _named(promise, "basis"))
    definition = program.names.get(Name(Kind.PURPOSE, purpose))
    return said or frozenset(name.id for name in (definition.keys.get("basis", ()) if definition is not None else ()))


def _purpose(program: Program, name: str, promises: list[Promise]) -> Purpose:
    uses = [promise for promise in promises if promise.verb == "use"]
    return Purpose(
        name,
        frozenset(leaf.id for promise in uses for leaf in promise.object),
        frozenset(basis for promise in uses for basis in bases_of(program, promise, name)),
        frozenset(kind.id for promise in promises if promise.verb == "message" for kind in promise.object),
        tuple(dict.fromkeys(clause for promise in promises for clause in promise.source.clauses)),
    )


def _named(promise: Promise, key: str) -> Iterator[Name]:
    for test in promise.scope:
        if isinstance(test, AnyOf) and test.key == key:
            yield from test.names
    yield from promise.terms.get(key, ())
