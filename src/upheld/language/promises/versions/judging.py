"""All published versions of a notice together become the decision for one person, and the predicate for everybody.

A person is judged by the version that she was given, narrowed by every later one: each of them must let the flow pass. What only a later version permits stays shut
for her until she was told of that version as promised and, where law asks for it, agreed. Whose version is not known is judged by all of them; the newest judges
everybody. Each version decides by its own program, with the words as they were defined then. Not taken: one program of all versions; a word that changed its meaning would have two.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from upheld.language.promises.deciding.as_sql import Dialect, FactColumn, SqlPredicate, as_sql, fact_columns
from upheld.language.promises.deciding.decide import decide
from upheld.language.promises.facts import column_of, day_of, version_given
from upheld.language.promises.model import Decision, Duty, Facts, Flow, Kind, Name, Program, Reason
from upheld.language.promises.versions.differences import differences
from upheld.language.promises.versions.duties import EFFECTIVE, STARTS

WAITS = "A later version permits it; it waits until the person was told of that version, and agreed where law asks for it."
EVERYBODY = frozenset({"anyone", "visitors"})  # told by the page itself, not one by one
PARAMETER = re.compile(r"(%\(|:)(p\d+_)")


@dataclass(frozen=True, slots=True)
class Step:
    """From one version to the next: the facts that open the next one to a person, and the tellings that are owed first.

    `agreed`: the regimes under which her yes is asked for; none: to be told is enough.
    """

    told: Name
    yes: Name
    agreed: frozenset[Name]
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """Every published version of one notice, the first first, with the day from which each is in force, and the steps between."""

    given: Name
    programs: tuple[Program, ...]
    days: tuple[date, ...]
    steps: tuple[Step, ...]


def told_of(notice: str, version: date) -> Name:
    """The fact that a person was told of this version in the way that was promised; `version` is its `updated`."""
    return Name(Kind.FACT, f"told-{notice}-{version}")


def agreed_to(notice: str, version: date) -> Name:
    """The fact that a person agreed to this version."""
    return Name(Kind.FACT, f"agreed-{notice}-{version}")


def in_order(programs: Sequence[Program]) -> Versions:
    """Published versions of one notice, the first first, ready to judge by. ValueError if there is none. Cost: one comparison a step."""
    if not programs:
        raise ValueError("no version was published")
    notice = programs[0].notices[0].notice
    days = tuple(program.notices[0].effective for program in programs)
    steps = tuple(_step(notice, *pair) for pair in pairwise(programs))
    return Versions(version_given(notice), tuple(programs), days, steps)


def _step(notice: str, old: Program, new: Program) -> Step:
    day = max(each.updated for each in new.notices)
    asked = frozenset(Name(Kind.REGIME, one.regime) for one in differences(old, new).duties if one.agreed)
    return Step(told_of(notice, day), agreed_to(notice, day), asked, _tellings(new))


def _tellings(program: Program) -> tuple[Duty, ...]:
    """What the version promises to tell people one by one before it, or a purpose of it, begins."""
    return tuple(
        Duty(each.id, each.due, each.blocks)
        for each in program.promises
        if each.verb == "tell" and each.blocks is not None and each.blocks.id in (STARTS, EFFECTIVE)
        if not {name.id for name in each.terms.get("to", ())} <= EVERYBODY
    )


# ---- one person ----------------------------------------------------------------------------------------------------------


def decide_by(versions: Versions, flow: Flow, facts: Facts) -> Decision:
    """Whether the flow may happen to this person: every version that judges her lets it pass.

    Where only an older one refuses, the reasons say that it waits, and the duties what opens it. Cost: one decision a version that judges her.
    """
    newest = _newest(versions, flow.at.date())
    if newest == 0 or _was_given(versions, newest, facts):
        return decide(versions.programs[newest], flow, facts)  # almost everybody; nothing older judges her
    older = [at for at in range(newest) if not _outgrown(versions, at, facts)]
    latest = decide(versions.programs[newest], flow, facts)
    refusing = [(at, each) for at in older if not (each := decide(versions.programs[at], flow, facts)).allowed]
    if not refusing:
        return latest
    if not latest.allowed:
        return _all_of([latest, *(each for _, each in refusing)])
    waiting = tuple(dict.fromkeys(duty for at, _ in refusing for step in versions.steps[at:newest] for duty in step.duties))
    refused = _all_of([each for _, each in refusing])
    return replace(refused, reasons=(Reason("untold", WAITS), *refused.reasons), duties=waiting)


def _all_of(refusals: list[Decision]) -> Decision:
    determining = dict.fromkeys(each for one in refusals for each in one.determining)
    return Decision(
        False,
        tuple(determining),
        tuple(dict.fromkeys(each for one in refusals for each in one.reasons)),
        tuple(dict.fromkeys(each for one in refusals for each in one.duties)),
    )


def judging(versions: Versions, today: date, facts: Facts) -> tuple[int, ...]:
    """Which versions judge her on this day, the newest first; counted from 0."""
    newest = _newest(versions, today)
    return (newest, *(at for at in range(newest) if not _outgrown(versions, at, facts)))


def _newest(versions: Versions, today: date) -> int:
    """The last version in force; before the first of them, the first. No version takes effect before the one that it follows (N313)."""
    return max(0, bisect_right(versions.days, today) - 1)


def _was_given(versions: Versions, at: int, facts: Facts) -> bool:
    """Whether the version that she was given is this one, or a later one."""
    given = facts.get(versions.given)
    return isinstance(given, date) and day_of(given) >= versions.days[at]


def _outgrown(versions: Versions, at: int, facts: Facts) -> bool:
    if _was_given(versions, at + 1, facts):
        return True
    step = versions.steps[at]
    if facts.get(step.told) is not True:
        return False
    return facts.get(step.yes) is True or all(facts.get(regime) is False for regime in step.agreed)


# ---- everybody -----------------------------------------------------------------------------------------------------------


def as_sql_by(
    versions: Versions, flow: Flow, dialect: Dialect, facts: str = "facts", records: str = "upheld_records"
) -> SqlPredicate:
    """True for exactly the subjects for whom `decide_by` would allow `flow`, were all their open records cited."""
    newest = _newest(versions, flow.at.date())
    parts: list[str] = []
    params: dict[str, object] = {}
    for at in range(newest, -1, -1):
        one = as_sql(versions.programs[at], flow, dialect, facts, records)
        sql = PARAMETER.sub(rf"\1v{at}\2", one.sql)
        params |= {f"v{at}{key}": value for key, value in one.params.items()}
        if at < newest:
            next_day, key = versions.days[at + 1], f"v{at}day_"
            params[key] = next_day if dialect == "postgresql" else next_day.isoformat()
            placeholder = f"%({key})s" if dialect == "postgresql" else f":{key}"
            sql = f"({_outgrown_sql(versions, at, facts, placeholder)} OR {sql})"
        parts.append(sql)
    return SqlPredicate(parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})", params)


def _outgrown_sql(versions: Versions, at: int, facts: str, day: str) -> str:
    step = versions.steps[at]
    told, yes, given = (f'{facts}."{column_of(each)}"' for each in (step.told, step.yes, versions.given))
    free = " AND ".join(f'{facts}."{column_of(each)}" IS FALSE' for each in sorted(step.agreed))
    agreed = f" AND ({yes} IS TRUE OR ({free}))" if free else ""
    return f"(({given} >= {day}) IS TRUE OR ({told} IS TRUE{agreed}))"


def fact_columns_by(versions: Versions) -> tuple[FactColumn, ...]:
    """Every column of the facts view that a predicate over these versions may read, in order of their names."""
    found = {each.column: each for program in versions.programs for each in fact_columns(program)}
    if versions.steps:
        found[column_of(versions.given)] = FactColumn(column_of(versions.given), versions.given, "date")
    for step in versions.steps:
        for fact in (step.told, *((step.yes, *step.agreed) if step.agreed else ())):
            found[column_of(fact)] = FactColumn(column_of(fact), fact, "boolean")
    return tuple(found[name] for name in sorted(found))
