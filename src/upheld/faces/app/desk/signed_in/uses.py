"""Kinds of data that we have of a person become what the notice says of each: what for, from whom, whom we may tell, how long.

The kinds are those of her own rows as the stores hold them now; the rest is the program's, sentence by sentence. Not taken: a page about everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upheld.language.promises.model import AnyOf, Program

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Use:
    """One kind of data, by ids of the notice. `kept`: the sentences that say how long."""

    kind: str
    purposes: tuple[str, ...]
    sources: tuple[str, ...]
    recipients: tuple[str, ...]
    kept: tuple[str, ...]


def uses_of(desk: Desk, kinds: Iterable[str]) -> tuple[Use, ...]:
    """What the notice says of each of these kinds, in alphabetical order."""
    program = desk.program
    return tuple(
        Use(
            kind,
            _under(program, kind, "use", "for"),
            _under(program, kind, "collect", "from"),
            _under(program, kind, "disclose", "to"),
            _sentences(program, kind),
        )
        for kind in sorted(set(kinds))
    )


def _under(program: Program, kind: str, verb: str, key: str) -> tuple[str, ...]:
    found = {
        name.id
        for promise in program.promises
        if promise.verb == verb and promise.modality != "never" and any(one.id == kind for one in promise.object)
        for test in promise.scope
        if isinstance(test, AnyOf) and test.key == key
        for name in test.names
    }
    return tuple(sorted(found))


def _sentences(program: Program, kind: str) -> tuple[str, ...]:
    texts = {clause.id: clause.text for version in program.notices for clause in version.clauses}
    wanted = (
        clause
        for promise in program.promises
        if promise.verb == "retain" and promise.modality != "never" and any(one.id == kind for one in promise.object)
        for clause in promise.source.clauses
    )
    return tuple(dict.fromkeys(texts[clause] for clause in wanted if clause in texts))
