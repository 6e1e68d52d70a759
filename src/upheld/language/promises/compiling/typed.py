"""One statement of a block to a typed promise, definition or resolution: keys judged, names resolved, moments read.

Everything wrong is collected (P102, P104 to P109, P201, P202, P205, P301, P512, P601); a promise is built from what was right, so
that the later checks still see it. Groups flatten in tests and objects; `terms` keep names as written. Demands
(`needs`, `under`) keep groups whole, because any one record of a group serves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol, TypeVar

from upheld.language.diagnostic import Diagnostic
from upheld.language.notice import Entry, Statement, finding
from upheld.language.notice.findings import nearest, shown
from upheld.language.notice.model import Word
from upheld.language.promises.compiling.moments import Clock, Unreadable, events_of
from upheld.language.promises.compiling.names import NameTable, is_name
from upheld.language.promises.model import (
    WHILE_ENDED,
    After,
    Age,
    AllOf,
    AnyOf,
    Citation,
    Definition,
    Kind,
    Known,
    Moment,
    Name,
    Period,
    Pick,
    Promise,
    Resolution,
    Some,
    Source,
    Test,
)
from upheld.language.terms import KEYS, VERBS, KeyRule
from upheld.language.terms.names import PROBED_MEASURES
from upheld.language.terms.verbs import BY_VERB, DEMANDING, MODAL, NARROWING, SINGLE

T = TypeVar("T")

# Verbs about data that moves: their narrowing keys are tests on a flow. The other verbs say what will be done.
TESTING = frozenset({"collect", "use", "disclose", "message", "publish", "locate", "place", "retain"})
PERSON_KEYS = ("of", "age", "regime", "when", "unless", "choice")
NOT_TESTS: Mapping[str, frozenset[str]] = {"retain": frozenset({"to", "by", "standard"})}
FIELD_KEYS = (
    "until",
    "while",
    "within",
    "before",
    "every",
    "then",
    "meanwhile",
    "overwritten-within",
    "keeps",
    "exception-to",
    "cites",
    "lasts",
    "window",
)
PEOPLE = frozenset({"subject", "guardian", "representative"})
LAW = Name(Kind.VALUE, "law")
_AGE = re.compile(r"under (\d{1,3})\Z|(\d{1,3}) or over\Z")
_CAP = re.compile(r"(\d{1,6}) per ([a-z0-9-]+)\Z")
_NUMBER = re.compile(r"(\d{1,6})(?: percent)?\Z")
_CLAUSE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\Z")
_CITE = re.compile(r"(.+?)[ :](\S+)\Z")
_TERM = re.compile(r"pd:[A-Z][A-Za-z]{1,60}\Z")


class LawValues(Protocol):
    """What `law` means, for a right under some regimes (none given: all of the notice's)."""

    def within(self, right: str, regimes: tuple[str, ...]) -> Moment | None:
        """The earliest clock, or None where no regime supplies one."""

    def proof(self, right: str, regimes: tuple[str, ...]) -> tuple[str, ...]:
        """Every proof that a regime asks for, sorted."""

    def contents(self, right: str, regimes: tuple[str, ...]) -> tuple[str, ...]:
        """Everything that an answer holds under a regime."""

    def unless(self, right: str, regimes: tuple[str, ...]) -> tuple[str, ...]:
        """The grounds on which every regime with a list lets the right be withheld, sorted."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the reader of a statement is given: the names, the clock, and where the statement belongs."""

    table: NameTable
    clock: Clock
    notice: str
    version: date
    clauses: tuple[str, ...]  # with the notice's prefix
    law: LawValues


@dataclass
class Reading:
    """One statement being read; `found` and `used` grow as its values are."""

    setting: Setting
    statement: Statement
    found: list[Diagnostic] = field(default_factory=list)
    used: set[Name] = field(default_factory=set)

    def report(self, code: str, line: int, detail: str, suggestion: str | None = None, help: str = "") -> None:
        clause = self.setting.clauses[0] if self.setting.clauses else ""
        self.found.append(finding(code, self.statement.file, line, detail, clause=clause, suggestion=suggestion, help=help))

    # ---- values -----------------------------------------------------------------------------------------------------

    def names(self, entry: Entry, rule: KeyRule) -> tuple[Name, ...]:
        """The names of the entry that could be resolved, in the order of the text."""
        if rule.shape == "words":
            return tuple(name for word in entry.values if (name := self._word(entry.key, word, rule)) is not None)
        return tuple(name for word in entry.values if (name := self._name(entry.key, word, rule)) is not None)

    def _word(self, key: str, word: Word, rule: KeyRule) -> Name | None:
        if word.text in rule.words:
            return Name(Kind.BASIS if key == "basis" else Kind.ACT if key == "act" else Kind.VALUE, word.text)
        listed = ", ".join(rule.words)
        self.report(
            "P106", word.line, f"`{key}:` takes {listed}; here stands {shown(word.text)}.", nearest(word.text, rule.words)
        )
        return None

    def _name(self, key: str, word: Word, rule: KeyRule) -> Name | None:
        if word.text in rule.words:
            return Name(Kind.VALUE, word.text)
        if not is_name(word.text):
            why = f"{shown(word.text)} under `{key}:` is no name."
            self.report("P106", word.line, why, help="Names are lower-case words joined by hyphens.")
            return None
        table = self.setting.table
        name = table.find(rule.kinds, word.text)
        if name is None and rule.by_use:
            name = Name(Kind(rule.by_use), word.text)
        if name is not None:
            self.used.add(name)
            return name
        self._unknown(key, word, rule)
        return None

    def _unknown(self, key: str, word: Word, rule: KeyRule) -> None:
        table = self.setting.table
        wanted = " or ".join(rule.kinds)
        others = table.kinds_of(word.text)
        if others:
            self.report("P202", word.line, f"{shown(word.text)} is a {' and a '.join(others)}; `{key}:` takes a {wanted}.")
            return
        near = nearest(word.text, table.known(rule.kinds) | set(rule.words))
        begin = "Else define it" if near else "Define it in any block"
        help = f"{begin}: `define: {word.text}`, `is: {rule.kinds[0]}`." if len(rule.kinds) == 1 else ""
        self.report("P201", word.line, f"{shown(word.text)} under `{key}:` is no {wanted} that is known.", near, help)

    def moment(self, entry: Entry) -> Moment | None:
        """The entry's moment, or None with a finding."""
        return self._read(entry, self.setting.clock.moment)

    def period(self, entry: Entry) -> Period | None:
        """The upper end of the entry's period, or None with a finding."""
        span = self._read(entry, self.setting.clock.span)
        return span.high if span else None

    def _read(self, entry: Entry, read: Callable[[str], T]) -> T | None:
        if len(entry.values) > 1:
            self.report("P107", entry.line, f"`{entry.key}:` takes one period or moment, not a list.")
            return None
        try:
            return read(entry.values[0].text)
        except Unreadable as no:
            self.report(no.code, entry.line, f"`{entry.key}:` {no.why}", no.suggestion)
            return None

    def age(self, entry: Entry) -> Age | None:
        found = _AGE.match(entry.text)
        if found is None:
            self.report(
                "P106", entry.line, f"`age:` takes such as `under 16` or `18 or over`; here stands {shown(entry.text)}."
            )
            return None
        return Age(below=int(found[1])) if found[1] else Age(least=int(found[2]))

    def clause_ids(self, entry: Entry) -> frozenset[str]:
        """Clause ids with the notice's prefix."""
        prefix = self.setting.notice + "."
        ids = set()
        for word in entry.values:
            if _CLAUSE.match(word.text):
                ids.add(word.text if word.text.startswith(prefix) else prefix + word.text)
            else:
                self.report("P106", word.line, f"{shown(word.text)} under `{entry.key}:` is no clause id.")
        return frozenset(ids)

    def citations(self, entry: Entry) -> tuple[Citation, ...]:
        found = []
        for word in entry.values:
            parts = _CITE.match(word.text)
            if parts:
                found.append(Citation(parts[1], parts[2]))
            else:
                self.report("P106", word.line, f"{shown(word.text)} is no citation; write such as `GDPR 17(3)(b)`.")
        return tuple(found)

    def cap(self, entry: Entry) -> tuple[Name, ...]:
        """`1 per order`, or a setting that says so: the number, then the record kind (or word) it counts by."""
        text = self.setting.clock.settings.get(entry.text, entry.text)
        found = _CAP.match(text)
        if found is None:
            code = "P301" if is_name(entry.text) else "P107"
            why = f"`at-most:` takes such as `1 per order`, or a setting that says so; here stands {shown(entry.text)}."
            self.report(code, entry.line, why, nearest(entry.text, self.setting.clock.settings) if code == "P301" else None)
            return ()
        record = self.setting.table.find(("record", "group", "party"), found[2])
        if record is None:
            record = Name(Kind.VALUE, found[2])
        self.used.add(record)
        return (Name(Kind.VALUE, found[1]), record)


# ---- promises ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """What a statement became; at most one of the three is set. `used` are the names it speaks of, groups whole."""

    promise: Promise | None = None
    definition: Definition | None = None
    resolution: Resolution | None = None
    used: frozenset[Name] = frozenset()
    found: tuple[Diagnostic, ...] = ()


def read_promise(statement: Statement, setting: Setting, promise_id: str) -> Typed:
    """The promise of a statement whose head is modal word and verb."""
    reading = Reading(setting, statement)
    modal, _, verb = statement.head.key.partition(" ")
    rule = VERBS.get(verb)
    if rule is None or modal not in MODAL:
        near = nearest(
            statement.head.key,
            {f"{word} {name}" for name, each in VERBS.items() for word in each.modal} | {"define", "resolve"},
        )
        reading.report(
            "P102",
            statement.line,
            f"{shown(statement.head.key)} begins no promise.",
            near,
            help="Begin with `may`, `will` or `never` and a verb, or with `define` or `resolve`.",
        )
        return Typed(found=tuple(reading.found))
    if modal not in rule.modal:
        reading.report(
            "P104", statement.line, f"`{verb}` takes {' or '.join(f'`{word}`' for word in rule.modal)}, not `{modal}`."
        )
        return Typed(found=tuple(reading.found))
    entries = _judged_keys(reading, modal, verb)
    objects = reading.names(statement.head, rule.object)
    promise = _promise(reading, entries, modal, verb, objects, promise_id)
    return Typed(promise, used=frozenset(reading.used), found=tuple(reading.found))


def rule_of(verb: str, key: str) -> KeyRule:
    """What a key's value is under a verb."""
    return BY_VERB.get((verb, key), KEYS[key])


def _judged_keys(reading: Reading, modal: str, verb: str) -> tuple[Entry, ...]:
    """The entries that may stand here; P102, P105 and P109 for the rest."""
    allowed = VERBS[verb].keys()
    kept: list[Entry] = []
    in_door = False
    for entry in reading.statement.entries:
        in_door = in_door or entry.opens
        if entry.door and modal != "never":
            word = "unless" if entry.opens else "and"
            reading.report("P109", entry.line, f"`{word} {entry.key}:` stands on `{modal}`, which needs no door.")
        elif entry.door and not in_door:
            reading.report("P109", entry.line, f"`and {entry.key}:` stands before any `unless`.")
        elif entry.door and entry.opens and any(other.opens and other is not entry for other in kept):
            reading.report("P109", entry.line, "A wall has one door: the first test is `unless`, the others `and`.")
        elif entry.key == "unless" and modal == "never":
            reading.report("P102", entry.line, "A wall opens by a key: `unless when: [fact]`, `unless ground: [ground]`.")
        elif entry.key not in allowed or (entry.door and entry.key in ("keeps", "exception-to", "cites", "unless", "before")):
            near = nearest(entry.key, allowed)
            reading.report("P102", entry.line, f"`{verb}` takes no key {shown(entry.key)}.", near)
        elif entry.key in SINGLE and len(entry.values) > 1:
            reading.report("P106", entry.line, f"`{entry.key}:` takes one value, not a list.")
        else:
            kept.append(entry)
    _report_missing(reading, modal, verb)
    return tuple(kept)


def _report_missing(reading: Reading, modal: str, verb: str) -> None:
    statement = reading.statement
    said = {entry.key for entry in statement.entries if not entry.door}
    groups = list(VERBS[verb].must.get(modal, ()))
    source = statement.entry("from")
    if verb == "collect" and modal == "may" and source and any(word.text in PEOPLE for word in source.values):
        groups.append(("required",))
    then, proven = statement.entry("then"), statement.entry("proven")
    if verb == "retain" and then and then.text == "review":
        groups.append(("every",))
    if verb == "retain" and then and then.text == "hand-over":
        groups.append(("to",))
    if verb == "protect" and proven and any(word.text == "attestation" for word in proven.values):
        groups.append(("handled-by",))
    for group in groups:
        if not said & set(group):
            keys = " or ".join(f"`{key}:`" for key in group)
            reading.report("P105", statement.line, f"`{modal} {verb}` needs {keys}.", help=f"Write {keys}. Nothing is assumed.")


def _promise(
    reading: Reading, entries: tuple[Entry, ...], modal: str, verb: str, objects: tuple[Name, ...], promise_id: str
) -> Promise:
    setting, statement, table = reading.setting, reading.statement, reading.setting.table
    scope: list[Test] = []
    door: list[Test] = []
    terms: dict[str, tuple[Name, ...]] = {}
    found = {entry.key: entry for entry in entries if not entry.door}
    for entry in entries:
        if entry.door:
            door += _tests(reading, entry, verb, opens=True, terms={})
        elif entry.key not in FIELD_KEYS:
            scope += _tests(reading, entry, verb, opens=modal != "never", terms=terms)
    end = reading.moment(found["until"]) if "until" in found else None
    leaves = table.all_leaves(objects)
    leaves -= table.all_leaves(terms.get("without", ()))
    if objects and not leaves:
        reading.report("P304", statement.line, "`without:` takes away everything that the promise is about.")
    due, law_within = _due(reading, found.get("within"), verb, end, objects, scope)
    if law_within:
        terms["within"] = (LAW,)
    _fill_in_law(reading, terms, objects, _regimes(scope))
    blocks = reading.names(found["before"], KEYS["before"]) if "before" in found else ()
    then = reading.names(found["then"], KEYS["then"]) if "then" in found else ()
    state = reading.names(found["meanwhile"], KEYS["meanwhile"]) if "meanwhile" in found else ()
    _judge_measures(reading, verb, terms)
    reading.used |= (events_of(end) | events_of(due)) - {WHILE_ENDED}
    return Promise(
        id=promise_id,
        source=Source(
            setting.notice,
            setting.version,
            setting.clauses,
            statement.line,
            statement.file,
            reading.citations(found["cites"]) if "cites" in found else (),
        ),
        modality=modal,  # type: ignore[arg-type]
        verb=verb,  # type: ignore[arg-type]
        object=leaves,
        scope=tuple(scope),
        door=tuple(door) if any(entry.door for entry in entries) else None,
        excepts=reading.clause_ids(found["exception-to"]) if "exception-to" in found else frozenset(),
        end=end,
        lasting=reading.names(found["while"], KEYS["while"]) if "while" in found else (),
        due=due,
        blocks=blocks[0] if blocks else None,
        every=reading.period(found["every"]) if "every" in found else None,
        then=then[0].id if then else None,  # type: ignore[arg-type]
        state=state[0].id if state else None,  # type: ignore[arg-type]
        overwritten=reading.period(found["overwritten-within"]) if "overwritten-within" in found else None,
        terms=dict(sorted(terms.items())),
        lasts=_lasts(reading, found["lasts"]) if "lasts" in found else None,
        window=reading.period(found["window"]) if "window" in found else None,
    )


def _fill_in_law(
    reading: Reading, terms: dict[str, tuple[Name, ...]], rights: tuple[Name, ...], regimes: tuple[str, ...]
) -> None:
    """What `law` is under `proof`, `contents` and `unless` of a right, after what the notice says itself."""
    law = reading.setting.law
    for key, kind, found in (
        ("proof", Kind.ITEM, law.proof),
        ("contents", Kind.ITEM, law.contents),
        ("unless", Kind.GROUND, law.unless),
    ):
        if LAW in terms.get(key, ()):
            said = (Name(kind, id) for right in rights for id in found(right.id, regimes))
            terms[key] = tuple(dict.fromkeys((*terms[key], *said)))


def _tests(reading: Reading, entry: Entry, verb: str, opens: bool, terms: dict[str, tuple[Name, ...]]) -> list[Test]:
    """The tests that an entry makes; what makes none goes into `terms`, as written."""
    key = entry.key
    rule = rule_of(verb, key)
    if key == "age":
        age = reading.age(entry)
        return [age] if age else []
    if rule.shape == "cap":
        terms[key] = reading.cap(entry)
        return []
    names = reading.names(entry, rule)
    if not names:
        return []
    if key in ("of", "regime"):
        known = tuple(Known(key, name) for name in sorted(reading.setting.table.all_leaves(names)))
        return [known[0] if len(known) == 1 else Some(known)]
    if key in ("when", "choice", "unless"):
        wanted = key != "unless"
        people = [Known(key, name, wanted) for name in names if name.kind is not Kind.VALUE]
        rest = tuple(name for name in names if name.kind is Kind.VALUE)
        if rest:
            terms[key] = rest
        return list(people)
    if verb not in TESTING or key in NOT_TESTS.get(verb, ()) or key not in (*NARROWING, *DEMANDING):
        terms[key] = names
        # The place of a telling narrows which events wait for it: what a form must say does not hold up a server log.
        return [AnyOf(key, reading.setting.table.all_leaves(names))] if (verb, key) == ("tell", "on") else []
    if key in DEMANDING:
        return [AllOf(key, frozenset(names))]
    return [AnyOf(key, reading.setting.table.all_leaves(names))]


def tests_of_entries(
    entries: Iterable[Entry], setting: Setting, file: str
) -> tuple[tuple[Test, ...], frozenset[Name], tuple[Diagnostic, ...]]:
    """What a supplement covers, as tests; the names it uses; what is wrong with them."""
    head = Entry("covers", (), 1)
    reading = Reading(setting, Statement(head, tuple(entries), file, 1))
    tests = tuple(test for entry in entries for test in _tests(reading, entry, "use", opens=True, terms={}))
    return tests, frozenset(reading.used), tuple(reading.found)


def _due(
    reading: Reading, entry: Entry | None, verb: str, end: Moment | None, objects: tuple[Name, ...], scope: list[Test]
) -> tuple[Moment | None, bool]:
    """The latest time, and whether it is law's. In `retain … within`, the period counts from the end itself."""
    if entry is None:
        return None, False
    if entry.text == "law":
        clocks = (reading.setting.law.within(right.id, _regimes(scope)) for right in objects)
        unlike = tuple(dict.fromkeys(clock for clock in clocks if clock is not None))
        return (Pick(False, unlike) if len(unlike) > 1 else unlike[0] if unlike else None), True
    if verb == "retain" and len(entry.values) == 1:
        try:
            span = reading.setting.clock.span(entry.text)
        except Unreadable as no:
            if no.code == "P301":
                reading.report("P301", entry.line, f"`within:` {no.why}", no.suggestion)
                return None, False
        else:
            return After(span.low, span.high, _end_itself(end, reading.statement), span.named), False
    return reading.moment(entry), False


def _regimes(scope: Iterable[Test]) -> tuple[str, ...]:
    known = (test for each in scope for test in (each.tests if isinstance(each, Some) else (each,)))
    return tuple(test.fact.id for test in known if isinstance(test, Known) and test.key == "regime")


def _end_itself(end: Moment | None, statement: Statement) -> Moment:
    """The end of a keeping: `until`, the moment the last fact of `while` stopped, or the later of both."""
    if statement.entry("while") is None:
        return end or WHILE_ENDED
    return Pick(True, (end, WHILE_ENDED)) if end else WHILE_ENDED


def _lasts(reading: Reading, entry: Entry) -> Period | Moment | None:
    """A period from the yes itself, or `until M`."""
    if entry.text.startswith("until "):
        return reading.moment(replace(entry, values=(Word(entry.text.removeprefix("until "), entry.line),)))
    return reading.period(entry)


def _judge_measures(reading: Reading, verb: str, terms: Mapping[str, tuple[Name, ...]]) -> None:
    """P601: a measure said to be proven by a probe that nobody has. P512: one that a person signs for, though a probe could try it."""
    proven = {name.id for name in terms.get("proven", ())}
    if verb != "protect" or len(proven) != 1:  # said to be proven both ways: whatever a probe cannot try is signed for
        return
    leaves = sorted(name.id for name in reading.setting.table.all_leaves(terms.get("by", ())))
    line = reading.statement.line
    if proven == {"probe"} and (unknown := [one for one in leaves if one not in PROBED_MEASURES]):
        reading.report("P601", line, f"No probe is known for {shown(unknown[0])}.")
    if proven == {"attestation"} and (tried := [one for one in leaves if one in PROBED_MEASURES]):
        reading.report("P512", line, f"A probe exists for {shown(tried[0])}.")
