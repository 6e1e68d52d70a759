"""Random programs, flows and facts, small enough to collide: few names, so that walls, doors and exceptions meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from tests.language.made_programs import KINDS, any_of, data, needs, program, promise
from upheld.language.promises.facts import AGE_BELOW, AGE_LEAST, BIRTH_DATE, told
from upheld.language.promises.model import (
    Age,
    AllOf,
    Facts,
    Flow,
    Kind,
    Known,
    Name,
    Program,
    Promise,
    Record,
    Resolution,
    Some,
)

LEAVES = ("email", "phone", "photo")
FACTS = ("active", "blocked", "minor")
CHOICES = ("news", "tracking")
GROUPS = ("riders", "customers")
REGIMES = ("eu-gdpr", "us-ca-ccpa")
RECORDS = ("invoice", "order")
TOPICS = ("rules", "risks")
KEYS = {
    "collect": ("from", "on", "for"),
    "use": ("for",),
    "disclose": ("to", "ground"),
    "message": ("to", "by"),
    "publish": ("to", "standard"),
    "locate": ("in", "act"),
}
EXTRA = {
    "use": ("with", "ground"),
    "disclose": ("as", "under"),
    "message": ("contents",),
    "collect": ("as",),
    "publish": ("for",),
    "locate": ("under",),
}
OBJECT = {"message": Kind.MESSAGE, "publish": Kind.STATISTIC}
EVENTS = {"collect": "collected", "disclose": "disclosed", "locate": "transferred"}
DAYS = (date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29), date(2026, 6, 15))
BIRTHS = (date(2012, 2, 29), date(2010, 6, 15), date(2010, 6, 16), date(2013, 2, 28), date(1980, 1, 1))


@dataclass(frozen=True)
class Situation:
    """A program, a flow, and people: what is known of each, and what is on file for them."""

    program: Program
    flow: Flow
    people: tuple[tuple[Facts, frozenset[Record]], ...]


def values(key: str) -> tuple[str, ...]:
    return tuple(f"{key}-{number}" for number in (1, 2, 3))


def _once_in(times: int) -> st.SearchStrategy[bool]:
    """True about once in `times`; integers alone would favour their ends."""
    return st.sampled_from([*([False] * (times - 1)), True])


def _person_tests() -> st.SearchStrategy:
    group = st.sampled_from(GROUPS).map(lambda each: Known("of", Name(Kind.GROUP, each)))
    regime = st.sampled_from(REGIMES).map(lambda each: Known("regime", Name(Kind.REGIME, each)))
    return st.one_of(
        st.builds(
            lambda fact, wanted: Known("when" if wanted else "unless", Name(Kind.FACT, fact), wanted),
            st.sampled_from(FACTS),
            st.booleans(),
        ),
        st.sampled_from(CHOICES).map(lambda each: Known("choice", Name(Kind.CHOICE, each))),
        st.lists(group | regime, min_size=1, max_size=2, unique=True).map(
            lambda each: each[0] if len(each) == 1 else Some(tuple(each))
        ),
        st.sampled_from([Age(below=16), Age(least=16), Age(least=13, below=18)]),
    )


@st.composite
def _tests(draw, verb: str, keys: tuple[str, ...], people: int) -> list:
    found = [
        any_of(key, *(values(key) if draw(st.booleans()) else draw(st.sets(st.sampled_from(values(key)), min_size=2))))
        for key in keys
    ]
    extra = draw(st.sampled_from((None, None, None, *EXTRA[verb])))
    if extra == "contents":
        found.append(
            AllOf(
                "contents",
                frozenset(
                    Name(Kind.ITEM, each) for each in draw(st.sets(st.sampled_from(values("contents")), min_size=1, max_size=2))
                ),
            )
        )
    elif extra:
        found.append(any_of(extra, *draw(st.sets(st.sampled_from(values(extra)), min_size=1))))
    if draw(_once_in(6)):
        found.append(needs(*draw(st.sets(st.sampled_from(RECORDS), min_size=1))))
    return found + draw(st.lists(_person_tests(), min_size=0 if draw(_once_in(5)) else people, max_size=people))


@st.composite
def promises_of(draw, verb: str) -> list[Promise]:
    kind = OBJECT.get(verb, Kind.DATA)
    found = []
    for number in range(draw(st.integers(1, 3))):
        objects = LEAVES if number == 0 else draw(st.sets(st.sampled_from(LEAVES), min_size=1))
        scope = draw(_tests(verb, KEYS[verb], 1))
        modality = draw(st.sampled_from(("may", "may", "may", "will" if verb == "disclose" else "may")))
        found.append(promise(f"may.{number}", modality, verb, *objects, kind=kind, scope=scope))
    for number in range(draw(st.sampled_from((0, 1, 1, 2, 2)))):
        objects = draw(st.sets(st.sampled_from(LEAVES), min_size=1))
        stated = tuple(key for key in KEYS[verb] if draw(_once_in(4)))
        scope = draw(_tests(verb, stated, draw(st.sampled_from((0, 1)))))
        door = draw(st.none() | _tests(verb, KEYS[verb][:1], 1))
        law = draw(_once_in(5))
        found.append(promise(f"never.{number}", "never", verb, *objects, kind=kind, scope=scope, door=door, law=law))
    if verb in EVENTS and draw(_once_in(2)):
        about = draw(st.sampled_from(TOPICS))
        on = {"on": (Name(Kind.SURFACE, draw(st.sampled_from(values("on")))),)} if draw(st.booleans()) else {}
        tests = draw(st.lists(_person_tests(), max_size=1))
        found.append(
            promise(
                "tell.1", "will", "tell", about, kind=Kind.TOPIC, scope=tests, terms=on, blocks=Name(Kind.EVENT, EVENTS[verb])
            )
        )
    return found


@st.composite
def programs(draw, verb: str) -> Program:
    found = draw(promises_of(verb))
    walls = [each for each in found if each.modality == "never"]
    resolutions = []
    for number, each in enumerate(found):
        if each.modality == "may" and walls and draw(_once_in(2)):
            found[number] = replace(each, excepts=frozenset(draw(st.sampled_from(walls)).source.clauses))
    if walls and draw(_once_in(4)):
        wall, permit = draw(st.sampled_from(walls)), found[0]
        prevails = draw(st.sampled_from([wall.source.clauses[0], permit.source.clauses[0], "stricter"]))
        resolutions.append(Resolution((wall.source.clauses[0], permit.source.clauses[0]), prevails, "", "lead", DAYS[0]))
    kind = OBJECT.get(verb, Kind.DATA)
    known = (
        {Name(kind, each) for each in LEAVES}
        | {Name(each, value) for key, each in KINDS.items() for value in values(key)}
        | data("none")
    )
    return program(*found, resolutions=resolutions, known=known, digest="generated")


@st.composite
def flows(draw, verb: str) -> Flow:
    keys = {}
    for key in KEYS[verb]:
        if not draw(_once_in(25)):
            keys[key] = frozenset(
                Name(KINDS[key], each)
                for each in draw(
                    st.sets(st.sampled_from(values(key)), min_size=1, max_size=draw(st.sampled_from((1, 1, 1, 2))))
                )
            )
    for key in EXTRA[verb]:
        if key not in keys and not draw(_once_in(4)):
            keys[key] = frozenset(
                Name(KINDS[key], each) for each in draw(st.sets(st.sampled_from(values(key)), min_size=1, max_size=2))
            )
    leaves = draw(st.sets(st.sampled_from(LEAVES), min_size=1, max_size=draw(st.sampled_from((1, 1, 2)))))
    day = draw(st.sampled_from(DAYS))
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Flow(verb, frozenset(Name(OBJECT.get(verb, Kind.DATA), each) for each in leaves), keys, "ada", at)


@st.composite
def known_facts(draw, at: datetime) -> Facts:
    """What may be known of a person; about half of it is not. A declared band never contradicts a birth date."""
    found: dict[Name, object] = {}
    truths = (True, True, False, None, None, None, None)
    names = [
        *(Name(Kind.FACT, each) for each in FACTS),
        *(Name(Kind.GROUP, each) for each in GROUPS),
        *(Name(Kind.REGIME, each) for each in REGIMES),
    ]
    for name in (*names, *(told(Name(Kind.TOPIC, each)) for each in TOPICS)):
        found[name] = draw(st.sampled_from(truths))
    day = at.date()
    for each in CHOICES:
        found[Name(Kind.CHOICE, each)] = draw(st.sampled_from((*truths, day, day + timedelta(days=1), day - timedelta(days=1))))
    age = draw(st.integers(0, 4))
    if age >= 2:
        found[BIRTH_DATE] = draw(st.sampled_from(BIRTHS))
    elif age == 1:
        found[draw(st.sampled_from((AGE_LEAST, AGE_BELOW)))] = draw(st.sampled_from((13, 16, 18)))
    return {name: value for name, value in found.items() if value is not None or draw(st.booleans())}  # type: ignore[misc]


@st.composite
def filed_records(draw, at: datetime) -> frozenset[Record]:
    return frozenset(
        Record(
            Name(Kind.RECORD, draw(st.sampled_from(RECORDS))),
            draw(st.sampled_from(("ada", "ada", "ada", "bob"))),
            draw(st.sampled_from((True, True, False))),
            draw(st.sampled_from((None, at, at + timedelta(hours=1), at - timedelta(hours=1)))),
        )
        for _ in range(draw(st.integers(0, 2)))
    )


@st.composite
def situations(draw, people: int = 1) -> Situation:
    verb = draw(st.sampled_from(sorted(KEYS)))
    made = draw(programs(verb))
    flow = draw(flows(verb))
    who = tuple((draw(known_facts(flow.at)), draw(filed_records(flow.at))) for _ in range(people))
    return Situation(made, flow, who)
