"""docs/hard-promises.md is true: each block compiles, each table is what deciding or the calendar answers, each bad twin gets its code."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from tests.calendar.firm import TODAY, Quay, quay
from tests.language.fact_views import passing
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.supplied import supply
from upheld.engine.plan import Ask, plan
from upheld.engine.plan.keeps import keeps_of
from upheld.engine.plan.model import DueAfter, Refused
from upheld.engine.plan.steps import ReadRows
from upheld.language.law import Law, load_law
from upheld.language.promises import Compiled, as_sql, check_against_estate, compile_program, decide, fact_columns
from upheld.language.promises.facts import AGE_BELOW, AGE_LEAST, told
from upheld.language.promises.model import FLOW_VERBS, Flow, Kind, Name, Program, Record

PAGE = (Path(__file__).parents[2] / "docs" / "hard-promises.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.S | re.M)
ROWS = re.compile(r"^\| (May we|Row|Column) \|.*\n\|[-| ]+\n((?:\|.*\n)+)", re.M)
HEAD = """---
notice: club
language: en
updated: 2026-01-01
effective: 2026-01-01
controller: swimming-club
regimes: [eu-gdpr]
---

The names. {#names.0}

```promise
%s```

The sentence. {#said.1}

```promise
%s```
"""
ADDITION = """---
notice: club-no
language: en
updated: 2026-01-01
effective: 2026-01-01
supplements: club
covers: {of: norwegians}
prevails: yes
---

The addition. {#more.1}

```promise
%s```
"""


@dataclass
class Section:
    title: str
    good: list[str] = field(default_factory=list)
    additions: list[str] = field(default_factory=list)
    bad: list[tuple[str, str, bool]] = field(default_factory=list)  # block, code, of an addition
    tables: dict[str, list[list[str]]] = field(default_factory=dict)


def sections() -> list[Section]:
    found = []
    for part in PAGE.split("\n## ")[1:-1]:
        section = Section(part.partition("\n")[0])
        for kind, info, text in FENCE.findall(part):
            assert kind == "promise", info
            words = info.split()
            if "refused" in words:
                section.bad.append((text, words[-1], "addition" in words))
            else:
                (section.additions if words else section.good).append(text)
        for head, rows in ROWS.findall(part):
            section.tables[head] = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows.splitlines()]
        found.append(section)
    return found


SECTIONS = sections()
CLUB = {(kind, info): text for kind, info, text in FENCE.findall(PAGE[PAGE.index("## The club") :])}
NAMES, TABLES, SCHEMA = CLUB["promise", "names"], CLUB["yaml", "estate"], CLUB["sql", ""]
ESTATE = "store: quay\nengine: sqlite\nurl: env:QUAY_URL\nplace: IE\nkind: primary\ntables:\n" + "".join(
    f"  {line}\n" for line in TABLES.splitlines()
)
every = pytest.mark.parametrize("section", SECTIONS, ids=[each.title for each in SECTIONS])


def compiled(section: Section, good: str = "", addition: str = "", law: Law | None = None) -> Compiled:
    sources = {"notice.md": HEAD % (NAMES, good or "---\n".join(section.good))}
    added = addition or "---\n".join(section.additions)
    return compile_program(sources | ({"more.md": ADDITION % added} if added else {}), "notice.md", law)


def program_of(section: Section) -> Program:
    done = compiled(section)
    assert done.program is not None, [f"{each.code} {each.detail}" for each in done.diagnostics if each.severity == "error"]
    return done.program


def against_the_estate(found: Compiled) -> set[str]:
    """Codes of what the club's own estate does not supply."""
    estate, faults = read_estate({"quay.yaml": ESTATE})
    assert found.draft is not None and not [one for one in faults if one.severity == "error"]
    return {each.code for each in check_against_estate(found.draft, supply(estate))}


def test_every_kind_of_hard_promise_has_its_section_a_table_and_a_bad_twin():
    assert len(SECTIONS) == 11
    assert all(each.good and each.tables and each.bad for each in SECTIONS)


@every
def test_what_is_said_compiles_without_an_error(section):
    program_of(section)
    assert "P303" not in against_the_estate(compiled(section))


@every
def test_the_bad_twin_is_refused_with_its_code(section):
    for text, code, of_addition in section.bad:
        law = load_law() if code.startswith("P5") else None
        found = compiled(section, addition=text, law=law) if of_addition else compiled(section, good=text, law=law)
        well = compiled(section, law=law)
        codes = {each.code for each in found.diagnostics if each.severity == "error"} | against_the_estate(found)
        assert code in codes
        assert code not in {each.code for each in well.diagnostics} | against_the_estate(well)


def test_an_addition_without_its_base_is_refused():
    found = compile_program({"more.md": ADDITION % SECTIONS[0].additions[0]}, "more.md")
    assert "N202" in {each.code for each in found.diagnostics}


# ---- deciding ----------------------------------------------------------------------------------------------------------


def flow_of(program: Program, said: str, filed: list[str], tenant: bool) -> Flow:
    verb, what, *keys = said.split()
    ids: dict[str, list[Name]] = {}
    for name in program.names:
        ids.setdefault(name.id, []).append(name)
    for promise in program.promises:
        for test in promise.scope:
            for name in getattr(test, "names", ()):
                ids.setdefault(name.id, []).append(name)
    kinds = {"for": "purpose", "to": "party", "from": "party", "on": "surface", "by": "channel", "ground": "ground"}

    def named(word: str, kind: str) -> Name:
        fitting = [name for name in ids.get(word, ()) if not kind or name.kind == kind]
        assert fitting, f"the page speaks of {word}, and the program does not know it"
        return fitting[0]

    where = {key: frozenset({named(word, kinds.get(key, ""))}) for key, _, word in (one.partition("=") for one in keys)}
    at = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
    records = frozenset(Record(Name(Kind.RECORD, each), "s") for each in filed)
    data = frozenset({named(what, "message" if verb == "message" else "data")})
    whose = Name(Kind.PARTY, "one-school") if tenant else None
    return Flow(verb, data, where, "s", at, records, whose)  # type: ignore[arg-type]


def facts_of(program: Program, when: list[str]) -> dict[Name, bool | int | date | None]:
    facts: dict[Name, bool | int | date | None] = {
        name: False for name in program.names if name.kind in (Kind.FACT, Kind.GROUP, Kind.CHOICE)
    }
    facts |= {Name(Kind.FACT, word): False for word in ("guardian-agreed", "restricted", "objected", "opted-out")}
    facts |= {told(each): True for promise in program.promises if promise.blocks for each in promise.object}
    for one in when:
        word, _, rest = one.partition(" ")
        if word == "age":
            facts |= {} if rest == "?" else {AGE_LEAST: int(rest), AGE_BELOW: int(rest) + 1}
            continue
        (name,) = (name for name in facts if name.id == word)
        facts[name] = None if rest == "?" else date.fromisoformat(rest.removeprefix("until ")) if rest else True
    return facts


QUESTIONS = [(section, *row) for section in SECTIONS for row in section.tables.get("May we", ())]


@pytest.mark.parametrize(("section", "flow", "when", "answer"), QUESTIONS, ids=[f"{row[1]}, {row[2]}" for row in QUESTIONS])
def test_what_is_asked_is_answered_as_the_page_says(section, flow, when, answer):
    program = program_of(section)
    known = [each.strip() for each in when.split(",") if each.strip()]
    filed = [each.removeprefix("cites ") for each in known if each.startswith("cites ")]
    facts = facts_of(program, [each for each in known if not each.startswith("cites ") and each != "tenant"])
    assert flow.split()[0] in FLOW_VERBS
    asked = flow_of(program, flow, filed, "tenant" in known)
    decision = decide(program, asked, facts)
    assert ("yes" if decision.allowed else "no") == answer, decision.reasons
    with closing(sqlite3.connect(":memory:")) as connection:
        records = frozenset(replace(each, subject="ada") for each in asked.cited)
        found = passing(connection, as_sql(program, asked, "sqlite"), fact_columns(program), [(facts, records)])
    assert bool(found) is decision.allowed, "the predicate over all people says otherwise"


def test_each_table_of_questions_answers_both_ways():
    for section in SECTIONS:
        answers = {row[-1] for head in ("May we", "Row", "Column") for row in section.tables.get(head, ())}
        assert len(answers) > 1, section.title


# ---- the calendar, and plans -------------------------------------------------------------------------------------------


def state_of(firm: Quay, table: str, number: int) -> str:
    said = {"members": "name", "notes": "said", "posts": "said", "swims": "pool"}[table]
    hidden = ", hidden_at" if table == "posts" else ", NULL"
    rows = firm.sql(f"SELECT {said}{hidden} FROM {table} WHERE id = {number}")
    if not rows:
        return "gone"
    return "empty" if rows[0][0] is None else "hidden" if rows[0][1] is not None else "stays"


DATED = [section for section in SECTIONS if "Row" in section.tables]


@pytest.mark.parametrize("section", DATED, ids=[each.title for each in DATED])
def test_the_calendar_ends_what_the_page_says(section, tmp_path):
    with quay(f"sqlite:///{tmp_path / 'club.db'}", NAMES + "---\n" + "---\n".join(section.good), TABLES, SCHEMA) as firm:
        firm.program = program_of(section)  # with its addition, if there is one
        assert firm.run().answer.is_done
        for row, expected in section.tables["Row"]:
            table, number = row.split(",")[0].split()
            assert state_of(firm, table, int(number)) == expected, row


def test_an_access_names_what_a_right_leaves_out_and_does_not_read_it(tmp_path):
    (section,) = (each for each in SECTIONS if "Column" in each.tables)
    with quay(f"sqlite:///{tmp_path / 'club.db'}", NAMES + "---\n" + section.good[0], TABLES, SCHEMA) as firm:
        found = plan(firm.program, firm.estate, firm.catalogue, (), Ask("A-0001", "access", 1), TODAY)
    assert not isinstance(found, Refused)
    reads = {step.rows.table: step for step in found.stores[0].steps if isinstance(step, ReadRows)}
    for place, expected in section.tables["Column"]:
        table, column = place.split(".")
        withheld = {name: (because, says) for name, because, says in reads[table].withheld}
        assert (column in reads[table].columns) is (expected == "read")
        if expected == "withheld":
            assert withheld[column] == ("right", "tern.keep.1: left out of the right of access")


def test_the_page_s_yaml_is_what_an_estate_file_takes():
    assert set(yaml.safe_load(TABLES)) == {"members", "swims", "courses", "notes", "posts"}


def test_an_erasure_that_comes_too_early_is_told_what_a_floor_keeps_and_by_which_sentence():
    (section,) = (each for each in SECTIONS if each.title == "At least so long")
    estate, _ = read_estate({"quay.yaml": ESTATE})
    keeps = keeps_of(program_of(section), estate, (), TODAY)
    assert not isinstance(keeps, Refused) and set(keeps) == {("quay", "swims")}
    (rule,) = keeps["quay", "swims"]
    assert rule.columns == ("pool", "swum", "paid") and rule.ends == DueAfter("paid", 2, "years")
    assert rule.why.clauses == ("club.said.1",)
