"""What changed becomes who must be told, how, and what waits for it: by the notice's own promises, and by law.

A promise about changes binds us towards everybody who was given it, so the older version's count as the newer one's do. Law is data
(`changes_by_law.json`), shown with its citation and whether anybody has confirmed it. Sending is not done here: what waits is refused by `decide`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from upheld.language.promises.model import Citation, Known, Name, Program, Promise
from upheld.language.promises.versions.model import Change, ChangeDuty, Class

STARTS, EFFECTIVE = "purpose-starts", "version-effective"


def duties_of(old: Program, new: Program, changes: Sequence[Change]) -> tuple[ChangeDuty, ...]:
    """What the notice promised first, then what law asks, each once. No changes: none."""
    found: dict[ChangeDuty, None] = {}
    for program in (old, new):
        for promise in program.promises:
            duty = _promised(promise, changes)
            if duty is not None and not any(_same(duty, each) for each in found):
                found[duty] = None
    for duty in _by_law(new, changes):
        found[duty] = None
    return tuple(found)


def _same(one: ChangeDuty, other: ChangeDuty) -> bool:
    return (one.tells, one.to, one.by, one.before, one.when, one.contents) == (
        other.tells, other.to, other.by, other.before, other.when, other.contents,
    )  # fmt: skip


def _promised(promise: Promise, changes: Sequence[Change]) -> ChangeDuty | None:
    if promise.verb != "tell" or promise.blocks is None:
        return None
    facts = tuple(test.fact.id for test in promise.scope if isinstance(test, Known) and test.key == "when")
    because = _because(promise.blocks, facts, changes)
    if not because:
        return None
    said = promise.terms
    return ChangeDuty(
        tells=_ids(promise.object),
        to=_ids(said.get("to", ())),
        by=_ids(said.get("by", ())) or _ids(said.get("on", ())),
        before=promise.blocks.id,
        contents=_ids(said.get("contents", ())),
        because=because,
        clauses=promise.source.clauses,
        when=facts,
    )


def _because(waits: Name, facts: tuple[str, ...], changes: Sequence[Change]) -> tuple[Class, ...]:
    """The classes of change that call a telling up: whatever changed for a new version, a new purpose for its start.

    A telling that hangs on a fact (that the change is material) is called up by whatever is not merely wording; people state the fact.
    """
    if waits.id == STARTS:
        found: list[Class] = [one.cls for one in changes if one.cls == "new-purpose"]
    elif waits.id == EFFECTIVE:
        found = [one.cls for one in changes if not facts or one.effect != "none"]
    else:
        found = []
    return tuple(dict.fromkeys(found))


def _ids(names: Sequence[Name] | frozenset[Name]) -> tuple[str, ...]:
    return tuple(name.id for name in (sorted(names) if isinstance(names, frozenset) else names))


@cache
def _law() -> dict[str, Any]:
    text = files("upheld.language.promises.versions").joinpath("changes_by_law.json").read_text("utf-8")
    return dict(json.loads(text))


def _by_law(program: Program, changes: Sequence[Change]) -> Iterator[ChangeDuty]:
    for regime in sorted({name.id for notice in program.notices for name in notice.regimes}):
        for fact in _law().get(regime, ()):
            because = tuple(dict.fromkeys(one.cls for one in changes if one.cls in fact["changes"]))
            if because:
                yield ChangeDuty(
                    tells=because,
                    to=("affected-subjects",),
                    by=(),
                    before=fact["before"],
                    contents=tuple(fact["contents"]),
                    because=because,
                    agreed=fact["agreed"],
                    regime=regime,
                    cites=(Citation(fact["source"], fact["at"], fact["confidence"], fact["confirmed"]),),
                )
