"""A `define` or `resolve` statement to a typed definition or resolution.

Everything wrong is collected. A definition is built from what was right, so that its name is known to the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from upheld.language.notice import Entry, Statement
from upheld.language.notice.findings import nearest, shown
from upheld.language.notice.front import read_day
from upheld.language.promises.compiling.moments import events_of
from upheld.language.promises.compiling.names import is_name
from upheld.language.promises.compiling.typed import Reading, Setting, Typed
from upheld.language.promises.model import Definition, Kind, Known, Moment, Name, Period, Resolution, Some, Test
from upheld.language.terms import KINDS, KeyRule, vocabulary
from upheld.language.terms.verbs import RESOLVE_KEYS

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NUMBER = re.compile(r"(\d{1,6})(?: percent)?\Z")


def defined_name(statement: Statement) -> Name | None:
    """The name that a `define` statement defines, if its kind is known and its name is one."""
    kind = statement.entry("is")
    if statement.head.key != "define" or kind is None or len(statement.head.values) != 1 or kind.text not in KINDS:
        return None
    word = statement.head.values[0].text
    return Name(Kind(kind.text), word) if is_name(word) else None


def read_definition(statement: Statement, setting: Setting) -> Typed:
    """The definition of a `define` statement; findings only, if it has no readable name or kind."""
    reading = Reading(setting, statement)
    name = defined_name(statement)
    if name is None:
        _report_head(reading)
        return Typed(found=tuple(reading.found))
    keys: dict[str, tuple[Name, ...]] = {}
    moments: dict[str, Moment] = {}
    tests: list[Test] = []
    periods: dict[str, Period] = {}
    for entry in statement.entries:
        if entry.key != "is":
            _define_key(reading, name, entry, keys, moments, tests, periods)
    if name.kind is Kind.EVENT and "of" in keys:
        _check_path(reading, keys["of"], moments)
    for moment in moments.values():
        reading.used |= events_of(moment)
    if not tests and name.kind is Kind.GROUP and keys.get("regime"):
        law = tuple(Known("regime", regime) for regime in keys["regime"])
        tests = [law[0] if len(law) == 1 else Some(law)]
    clause = setting.clauses[0] if setting.clauses else ""
    definition = Definition(
        name, setting.table.leaves(name), keys, moments, periods, tuple(tests), clause, statement.line, statement.file
    )
    return Typed(definition=definition, used=frozenset(reading.used), found=tuple(reading.found))


def _report_head(reading: Reading) -> None:
    statement = reading.statement
    kind = statement.entry("is")
    if kind is None:
        reading.report("P105", statement.line, "`define` needs `is:`.")
    elif kind.text not in KINDS:
        reading.report("P106", kind.line, f"{shown(kind.text)} is no kind of name.", nearest(kind.text, KINDS))
    else:
        why = f"{shown(statement.head.text)} is no single name."
        reading.report("P106", statement.line, why, help="Names are lower-case words joined by hyphens.")


def _define_key(
    reading: Reading,
    name: Name,
    entry: Entry,
    keys: dict[str, tuple[Name, ...]],
    moments: dict[str, Moment],
    tests: list[Test],
    periods: dict[str, Period],
) -> None:
    kind = name.kind.value
    rule = KINDS[kind].keys.get(entry.key)
    if rule is None or entry.door:
        near = nearest(entry.key, KINDS[kind].keys)
        reading.report("P102", entry.line, f"A {kind} is not defined with {shown(entry.key)}.", near)
    elif rule.shape in ("moment", "moments"):
        for part in entry.values:
            moment = reading.moment(replace(entry, values=(part,)))
            if moment is not None:
                moments[entry.key if entry.key not in moments else f"{entry.key}-{len(moments)}"] = moment
    elif rule.shape in ("period", "lasts"):
        period = reading.period(entry)
        if period is not None:
            periods[entry.key] = period
    elif rule.shape == "age":
        age = reading.age(entry)
        tests += [age] if age else []
    elif rule.shape in ("text", "number", "key-path"):
        _define_text(reading, entry, rule, keys)
    else:
        keys[entry.key] = reading.names(entry, rule)
        if kind == "group" and entry.key == "when":
            tests += [Known("when", each) for each in keys["when"]]


def _define_text(reading: Reading, entry: Entry, rule: KeyRule, keys: dict[str, tuple[Name, ...]]) -> None:
    if rule.shape == "number" and not _NUMBER.match(entry.text):
        reading.report("P106", entry.line, f"`{entry.key}:` takes a number, such as `10` or `80 percent`.")
    elif entry.key == "dpv" and not _known_term(entry.text):
        near = nearest(entry.text, {term for term, _ in vocabulary().values()})
        reading.report("P106", entry.line, f"{shown(entry.text)} is no term of the vocabulary.", near)
    else:
        keys[entry.key] = tuple(Name(Kind.VALUE, word.text) for word in entry.values)


def _check_path(reading: Reading, path: tuple[Name, ...], moments: dict[str, Moment]) -> None:
    """An event of another row is counted from what that row bears, and the keys lead to it."""
    line = next(entry.line for entry in reading.statement.entries if entry.key == "of")
    if not moments:
        help = "Write `at: EVENT` beside it: the event that the other row bears."
        reading.report(
            "P106", line, "`of:` says where another row is found, and nothing says which event counts there.", help=help
        )
    elif not all(_KEY.match(part) for word in path for part in word.id.split(".")):
        reading.report(
            "P106", line, "`of:` takes a key path, such as `order_id.invoice_id`: the column of each key on the way."
        )


def _known_term(text: str) -> bool:
    return text == "none" or text == "pd:PersonalData" or text in {term for term, _ in vocabulary().values()}


def read_resolution(statement: Statement, setting: Setting) -> Typed:
    """The resolution of a `resolve` statement; None with findings if a part of it is missing or unreadable."""
    reading = Reading(setting, statement)
    found = {entry.key: entry for entry in statement.entries if not entry.door}
    for entry in statement.entries:
        if entry.key not in RESOLVE_KEYS or entry.door:
            reading.report("P102", entry.line, f"`resolve` takes no key {shown(entry.key)}.", nearest(entry.key, RESOLVE_KEYS))
    for key in RESOLVE_KEYS:
        if key not in found:
            reading.report("P105", statement.line, f"`resolve` needs `{key}:`.", help=f"Write `{key}:`.")
    clauses = tuple(sorted(reading.clause_ids(statement.head)))
    if len(clauses) not in (1, 2):
        why = "`resolve:` names two clauses, such as `[cookies.4, pixels.2]`, or one that can be read in two ways."
        reading.report("P106", statement.line, why)
    dated = _day(reading, found.get("dated"))
    prevails = _prevails(reading, found.get("prevails"), clauses)
    if reading.found or dated is None or len(clauses) not in (1, 2):
        return Typed(found=tuple(reading.found))
    because, by = found["because"].text, found["by"].text
    return Typed(resolution=Resolution(clauses, prevails, because, by, dated, statement.file, statement.line))


def _day(reading: Reading, entry: Entry | None) -> date | None:
    if entry is None:
        return None
    try:
        return read_day(entry.text)
    except ValueError as why:
        reading.report("P106", entry.line, f"`{entry.key}:` {why}.")
        return None


def _prevails(reading: Reading, entry: Entry | None, clauses: Iterable[str]) -> str:
    if entry is None:
        return ""
    if entry.text == "stricter":
        return entry.text
    ids = reading.clause_ids(entry)
    if len(ids) != 1 or not ids <= set(clauses):
        reading.report("P106", entry.line, "`prevails:` takes one of the clauses, or `stricter`.")
        return ""
    return next(iter(ids))
