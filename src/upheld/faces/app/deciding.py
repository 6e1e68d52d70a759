"""Words that a person types become a Flow and its facts; the decision becomes words and JSON.

Names are looked up in the program by the kinds that the key allows; an unknown one is refused with the nearest known.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from upheld.faces.app.errors import Unusable
from upheld.faces.app.purposes import locked, read_bases
from upheld.language.promises import decide
from upheld.language.promises.deciding.explain_decision import explain_decision
from upheld.language.promises.facts import AGE_BELOW, AGE_LEAST, BIRTH_DATE, version_given
from upheld.language.promises.model import FLOW_VERBS, Decision, Flow, Kind, Name, Program, Record, Verb
from upheld.language.promises.versions import Versions, decide_by
from upheld.language.promises.versions.judging import WAITS, judging
from upheld.language.terms.verbs import KEYS, VERBS

SUBJECT = "the person in question"
CLOSED: Mapping[str, Kind] = {"basis": Kind.BASIS, "act": Kind.ACT}  # every other key's own words are plain values
TRUTHS: Mapping[str, bool | None] = {"yes": True, "no": False, "unknown": None}


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision, and why in the notice's own sentences."""

    allowed: bool
    text: str
    decision: Decision
    clauses: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """`allowed`, the clauses that decide, reasons and duties."""
        reasons = [
            {"code": one.code, "says": one.says, "data": str(one.data) if one.data else None, "promise": one.promise}
            for one in self.decision.reasons
        ]
        return {
            "allowed": self.allowed,
            "clauses": list(self.clauses),
            "determining": list(self.decision.determining),
            "reasons": reasons,
            "duties": [
                {"promise": one.promise, "blocks": str(one.blocks) if one.blocks else None} for one in self.decision.duties
            ],
        }


def answer(
    program: Program,
    verb: str,
    data: list[str],
    keys: list[str],
    facts: list[str],
    records: list[str],
    at: datetime,
    versions: Versions | None = None,
    bases: str = "",
) -> Answer:
    """Whether the flow may happen. Unusable names the word that the notice does not know.

    `versions`: what was published; the person is judged by those that count for her, and `program` is the last of them. `bases`: the text of the records
    behind the bases of uses; a purpose whose record does not stand is refused. Empty: none are kept, and none is asked for.
    """
    if verb not in FLOW_VERBS:
        raise Unusable(
            "X110",
            f"`{verb}` is not one of the six flows.",
            f"Use one of: {', '.join(FLOW_VERBS)}.{_nearest(verb, FLOW_VERBS)}",
        )
    known = _Names(program)
    given = _pairs(keys, "--key")
    cited = frozenset(Record(known.find("needs", one, ("record",)), SUBJECT) for one in records)
    flow = Flow(
        verb=_verb(verb),
        data=known.leaves(frozenset(known.find("data", one, VERBS[verb].object.kinds) for one in data)),
        keys={key: frozenset(known.said(key, one) for one in values) for key, values in _known_keys(given).items()},
        subject=SUBJECT,
        at=at,
        cited=cited,
    )
    told = known.facts(_pairs(facts, "--fact"))
    if versions is not None:
        decision = decide_by(versions, flow, told)
        by = (versions.programs[one] for one in judging(versions, at.date(), told))
        program = next((one for one in by if not decide(one, flow, told).allowed), program)
        return _answered(program, decision, decide(program, flow, told), flow, bases)
    decision = decide(program, flow, told)
    return _answered(program, decision, decision, flow, bases)


def _answered(program: Program, decision: Decision, said: Decision, flow: Flow, bases: str) -> Answer:
    """`said`: the decision of `program` alone, whose sentences are shown."""
    if bases.strip() and (shut := locked(program, read_bases(program, bases), flow, decision)) is not decision:
        decision = said = shut
    promises = {promise.id: promise for promise in program.promises}
    clauses = {clause for one in decision.determining if one in promises for clause in promises[one].source.clauses}
    text = explain_decision(program, said, flow)
    if decision.reasons and decision.reasons[0].says == WAITS:
        text = f"{WAITS}\n\nBy the version of {program.notices[0].updated}:\n{text}"
    return Answer(decision.allowed, text, decision, tuple(sorted(clauses)))


class _Names:
    """The program's names by id; finding one says the nearest when there is none."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._by_id: dict[str, list[Name]] = {}
        for name in sorted(program.names):
            self._by_id.setdefault(name.id, []).append(name)

    def said(self, key: str, word: str) -> Name:
        """What stands under a key: a word of the key's own closed list, or a name."""
        rule = KEYS[key]
        if word in rule.words:
            return Name(CLOSED.get(key, Kind.VALUE), word)
        if rule.shape == "words":
            help = f"Write one of: {', '.join(rule.words)}.{_nearest(word, rule.words)}"
            raise Unusable("X111", f"`{word}` is no `{key}`.", help)
        return self.find(key, word, rule.kinds)

    def find(self, key: str, word: str, kinds: Iterable[str]) -> Name:
        allowed = tuple(kinds)
        found = [name for name in self._by_id.get(word, []) if not allowed or name.kind in allowed]
        for kind in allowed:
            for name in found:
                if name.kind == kind:
                    return name
        if found:
            return found[0]
        candidates = [one for one, names in self._by_id.items() if not allowed or any(name.kind in allowed for name in names)]
        raise Unusable(
            "X111",
            f"The notice knows no `{word}` for `{key}`.",
            f"Use a name that the notice defines.{_nearest(word, candidates)}",
        )

    def leaves(self, names: frozenset[Name]) -> frozenset[Name]:
        return frozenset(leaf for name in names for leaf in self._program.names[name].leaves)

    def facts(self, given: Mapping[str, list[str]]) -> dict[Name, bool | date | int | str | None]:
        facts: dict[Name, bool | date | int | str | None] = {}
        for word, values in given.items():
            if word == "age":
                years = _whole(values[-1])
                facts |= {AGE_LEAST: years, AGE_BELOW: years + 1}
            elif word == "birth-date":
                facts[BIRTH_DATE] = _day(values[-1])
            elif word == "version-given":
                facts[version_given(self._program.notices[0].notice)] = _day(values[-1])
            elif word.startswith(("told-", "agreed-")):
                facts[Name(Kind.FACT, word)] = _truth(word, values[-1])
            else:
                facts[self.find("--fact", word, ("fact", "choice", "group", "regime"))] = _truth(word, values[-1])
        return facts


def _verb(word: str) -> Verb:
    return next(verb for verb in get_args(Verb) if verb == word)


def _known_keys(given: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    for key in given:
        if key not in KEYS:
            raise Unusable(
                "X112", f"`{key}` is no key of the promise language.", f"Write --key for=billing.{_nearest(key, KEYS)}"
            )
    return given


def _pairs(written: list[str], option: str) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for one in written:
        name, sign, value = one.partition("=")
        if not sign or not name or not value:
            raise Unusable("X113", f"`{one}` is not a name, an equals sign and a value.", f"Write {option} name=value.")
        pairs.setdefault(name, []).extend(value.split(","))
    return pairs


def _truth(word: str, value: str) -> bool | None:
    if value not in TRUTHS:
        raise Unusable("X114", f"The fact `{word}` is yes, no or unknown.", f"Write --fact {word}=yes.")
    return TRUTHS[value]


def _whole(value: str) -> int:
    if not value.isdecimal():
        raise Unusable("X114", "An age is a whole number of completed years.", "Write --fact age=15.")
    return int(value)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Unusable("X114", "A day is year, month and day.", "Write --fact birth-date=2012-05-31.") from None


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean `{near[0]}`?" if near else ""
