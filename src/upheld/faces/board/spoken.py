"""A promise read back as the block it was written as: (key, value) lines for the proof and the command line.

From the compiled promise, not from the file, so that what is shown is what is judged. A set of leaves is named by the group
that it equals, where a notice defines one. Not taken: the source text; a table row or a group would not say what it became.
Resolutions are told on both of their clauses, so that nobody who reads the one misses the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from upheld.faces.board import words
from upheld.language.promises.model import (
    After,
    Age,
    Ahead,
    AllOf,
    AnyOf,
    At,
    Birthday,
    Definition,
    Known,
    Moment,
    Name,
    Period,
    Pick,
    Program,
    Promise,
    Resolution,
    Some,
    Test,
)


def lines(program: Program, promise: Promise) -> tuple[tuple[str, str], ...]:
    """The promise as (key, value) pairs; the first is modal word and verb with the object."""
    groups = _groups(program.names)
    said: list[tuple[str, str]] = [(f"{promise.modality} {promise.verb}", _set(promise.object, groups))]
    said += [_test(test, groups) for test in promise.scope]
    for i, test in enumerate(promise.door or ()):
        key, value = _test(test, groups)
        said.append((f"{'and' if i else 'unless'} {key}", value))
    said += _ends(promise)
    known = {key for key, _ in said}
    for key, names in promise.terms.items():
        if key not in known and names:
            said.append((key, _set(frozenset(names), groups)))
    if promise.excepts:
        said.append(("exception-to", ", ".join(sorted(promise.excepts))))
    return tuple(said)


def moment(value: Moment) -> str:
    """A moment as it is written: `30 days after account-closed`."""
    if isinstance(value, Name):
        return value.id
    if isinstance(value, After):
        length = _period(value.high) if value.low == value.high else f"{value.low.amount} to {_period(value.high)}"
        return f"{length} after {moment(value.of)}"
    if isinstance(value, Ahead):
        return f"{_period(value.period)} ahead of {moment(value.of)}"
    if isinstance(value, Pick):
        return f"{'latest' if value.latest else 'earliest'} of {', '.join(moment(m) for m in value.of)}"
    return _fixed(value)


def _fixed(value: At) -> str:
    if isinstance(value.what, Birthday):
        return f"{value.what.years}th birthday"
    if isinstance(value.what, date):
        return f"on {value.what.isoformat()}"
    return value.what


def _period(period: Period) -> str:
    unit = period.unit[:-1] if period.amount == 1 else period.unit
    return f"{period.amount} {unit}"


def _ends(promise: Promise) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    if promise.end is not None:
        said.append(("until", moment(promise.end)))
    if promise.lasting:
        said.append(("while", ", ".join(n.id for n in promise.lasting)))
    if promise.then is not None:
        said.append(("then", promise.then))
    if promise.state is not None:
        said.append(("meanwhile", promise.state))
    if promise.due is not None:
        said.append(("within", moment(promise.due)))
    if promise.blocks is not None:
        said.append(("before", promise.blocks.id))
    if promise.every is not None:
        said.append(("every", _period(promise.every)))
    if promise.overwritten is not None:
        said.append(("overwritten-within", _period(promise.overwritten)))
    return said


def _test(test: Test, groups: Mapping[frozenset[Name], str]) -> tuple[str, str]:
    if isinstance(test, AnyOf | AllOf):
        return test.key, _set(test.names, groups)
    if isinstance(test, Known):
        return test.key, test.fact.id if test.wanted or test.key == "unless" else f"not {test.fact.id}"
    if isinstance(test, Some):
        return test.tests[0].key, ", ".join(t.fact.id for t in test.tests)
    return _age(test)


def _age(test: Age) -> tuple[str, str]:
    if test.below is not None:
        return "age", f"under {test.below}"
    return "age", f"{test.least} or over"


def _groups(names: Mapping[Name, Definition]) -> dict[frozenset[Name], str]:
    found: dict[frozenset[Name], str] = {}
    for name, definition in sorted(names.items(), key=lambda pair: str(pair[0])):
        if len(definition.leaves) > 1:
            found.setdefault(definition.leaves, name.id)
    return found


def _set(names: Iterable[Name], groups: Mapping[frozenset[Name], str]) -> str:
    whole = frozenset(names)
    if whole in groups:
        return groups[whole]
    said = sorted(n.id for n in whole)
    return ", ".join(said)


# ---- sentences that cannot both be true word for word ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settled:
    """One resolution as a clause shows it. `other` is the other clause's id, empty where one clause is settled alone."""

    other: str
    number: str
    prevails: str
    because: str
    decided: str


def settled(program: Program, numbers: Mapping[str, str]) -> dict[str, tuple[Settled, ...]]:
    """Clause id → the resolutions that name it, in the order of the notice. `numbers`: clause id → its number on the board."""
    found: dict[str, list[Settled]] = {}
    for each in program.resolutions:
        for clause in each.clauses:
            other = next((one for one in each.clauses if one != clause), "")
            found.setdefault(clause, []).append(
                Settled(other, numbers.get(other, ""), _prevails(each, clause), each.because, _decided(each))
            )
    return {clause: tuple(several) for clause, several in found.items()}


def _prevails(resolution: Resolution, clause: str) -> str:
    if len(resolution.clauses) == 1:
        return "It can be read in two ways, and the stricter reading counts."
    if resolution.prevails == "stricter":
        return "of the two the stricter counts."
    return "this clause prevails." if resolution.prevails == clause else "that clause prevails."


def _decided(resolution: Resolution) -> str:
    return f"Decided by the {words.words_of(resolution.by)} on {words.day(resolution.dated)}."
