"""The example firms, each a folder under examples/ with a notice: read, compiled, and compared with the mission's clauses.

What every example must be is asked of every folder that is there; a new example needs no line of test to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Estate
from upheld.language.law import load_law
from upheld.language.promises import Compiled, compile_program
from upheld.language.promises.facts import AGE_LEAST, told
from upheld.language.promises.model import Age, AllOf, AnyOf, Flow, Kind, Known, Name, Program, Promise, Record

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(folder.parent.name for folder in (ROOT / "examples").glob("*/notice.md"))
SHARED = next((up / "shared" for up in ROOT.parents if (up / "shared" / "mission").is_dir()), None)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ONE_OF = ("for", "to", "from", "on", "in", "act", "by")
OUR_OWN_LEAVES = frozenset({"request-identity", "erasure-mark", "suppression-mark", "evidence-reference", "staff-identity"})
TENANT = Name(Kind.PARTY, "one-of-the-tenants")
OWN_STORE = "upheld.yaml"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row of CONFLICTS.md: sentences on the one side that cannot all be true with those on the other; or one alone."""

    number: int
    one: frozenset[str]
    other: frozenset[str]


def folder_of(example: str) -> Path:
    return ROOT / "examples" / example


def sources(example: str) -> dict[str, str]:
    """Every file that belongs to the notice: the notice, its annexes and supplements, the roster."""
    here = folder_of(example)
    files = [*sorted(here.glob("*.md")), here / "contacts.yaml"]
    return {file.name: file.read_text(encoding="utf-8") for file in files if file.name not in ("README.md", "NAMES.md")}


@cache
def compiled_of(example: str) -> Compiled:
    tighter = folder_of(example) / "deployment.yaml"
    deployment = (tighter.name, tighter.read_text(encoding="utf-8")) if tighter.is_file() else None
    return compile_program(sources(example), "notice.md", load_law(), deployment)


def program_of(example: str) -> Program:
    compiled = compiled_of(example)
    assert compiled.program is not None, [f"{each.code} {each.line} {each.detail}" for each in compiled.diagnostics]
    return compiled.program


@cache
def estate_of(example: str) -> Estate | None:
    """The firm's own stores; None where no map is drawn yet."""
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted((folder_of(example) / "estate").glob("*.yaml"))}
    if not files:
        return None
    estate, faults = read_estate({name: text for name, text in files.items() if name != OWN_STORE})
    assert faults == (), faults
    return estate


@cache
def mission(example: str) -> list[dict[str, Any]]:
    """The clauses of the mission besides noise, ids without the notice's prefix."""
    assert SHARED is not None
    clauses = yaml.safe_load((SHARED / "mission" / f"{example}.yaml").read_text(encoding="utf-8"))
    kept = [clause for clause in clauses if clause["kind"] != "noise"]
    return [{**clause, "id": clause["id"].removeprefix(f"{example}.")} for clause in kept]


def seed(example: str) -> str:
    """The text that the notice speaks after; the mission's first line names its file."""
    assert SHARED is not None
    said = re.search(r"seed (\S+\.txt)", (SHARED / "mission" / f"{example}.yaml").read_text(encoding="utf-8"))
    assert said is not None
    return (SHARED / "seeds" / said[1]).read_text(encoding="utf-8")


def conflicts(example: str) -> list[Conflict]:
    assert SHARED is not None
    text = (SHARED / "mission" / "CONFLICTS.md").read_text(encoding="utf-8")
    rows = re.findall(rf"(?m)^\| (\d+) \| {example} \| ([^|]+) \|", text)
    return [Conflict(int(number), *_sides(example, clauses)) for number, clauses in rows]


def _sides(example: str, clauses: str) -> tuple[frozenset[str], frozenset[str]]:
    one, _, other = clauses.partition(" against ")
    return _ids(example, one), _ids(example, other)


def _ids(example: str, text: str) -> frozenset[str]:
    return frozenset(word.strip().removeprefix(f"{example}.") for word in re.split(",| and ", text) if word.strip())


def flows_of(program: Program, permit: Promise) -> Iterator[tuple[Flow, dict[Name, bool | int]]]:
    """A flow for each leaf that `permit` allows, with everything told and filed, and the facts of a person it is meant for."""
    facts = dict.fromkeys((name for name in program.names if name.kind in (Kind.FACT, Kind.CHOICE, Kind.GROUP)), False)
    facts |= {
        Name(Kind.FACT, word): False for word in ("age-known", "restricted", "objected", "opted-out", "law-requires-consent")
    }
    facts |= {told(topic): True for each in program.promises if each.verb == "tell" for topic in each.object}
    facts |= {told(each): True for promise in program.promises if promise.blocks is not None for each in promise.object}
    keys: dict[str, frozenset[Name]] = (
        {"consideration": frozenset({Name(Kind.VALUE, "none")})} if permit.verb == "disclose" else {}
    )
    for test in permit.scope:
        if isinstance(test, Known):
            asked = program.names[test.fact].keys.get("when", ()) if test.fact in program.names else ()
            facts |= dict.fromkeys((test.fact, *asked), test.wanted)
        elif isinstance(test, AnyOf):
            keys[test.key] = frozenset({min(test.names)}) if test.key in ONE_OF else test.names
        elif isinstance(test, AllOf) and test.key != "needs":
            keys[test.key] = test.names
        elif isinstance(test, Age) and test.least is not None:
            facts[AGE_LEAST] = test.least
    filed = frozenset(
        Record(name, "s") for name, each in program.names.items() if name.kind is Kind.RECORD and each.leaves == {name}
    )
    for leaf in permit.object:
        yield Flow(permit.verb, frozenset({leaf}), keys, "s", NOW, filed, TENANT), facts
