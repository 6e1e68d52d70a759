"""Decide one flow, and everybody at once: the example's program, new flows with new facts; a set query beside the bare one.

Flows are made of fresh names, as a gate makes them, from every permission of the notice: some as it says, some for
another purpose, some without their record. Indexing the program at load is not counted. The set query does work (it
sums a million rows by group), and must return the rows that deciding one by one would.
"""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg

from upheld.language.law import load_law
from upheld.language.promises import as_sql, compile_program, decide, fact_columns
from upheld.language.promises.facts import BIRTH_DATE
from upheld.language.promises.model import (
    FLOW_VERBS,
    AllOf,
    AnyOf,
    Facts,
    Flow,
    Kind,
    Known,
    Name,
    Program,
    Promise,
    Record,
    Some,
)
from upheld.records.own import EmbeddedServer

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
FLOWS = 2000
ROUNDS = 5
CHUNK = 25  # calls timed together; each has its own facts, made just before
SUBJECTS, ORDERS = 100_000, 1_000_000
PAIRS = 11
AT = datetime(2026, 6, 15, 12, tzinfo=UTC)


def run() -> list[dict[str, Any]]:
    """Two rows: one flow in microseconds, one set query as a ratio."""
    program = example()
    return [_one(program), _set(program)]


def example() -> Program:
    """The largest program of the example notices, by promises."""
    return max((program_of(each.parent) for each in EXAMPLES.glob("*/notice.md")), key=lambda one: len(one.promises))


def program_of(folder: Path) -> Program:
    """The program of an example's notice."""
    files = {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.suffix in (".md", ".yaml")}
    deployment = ("deployment.yaml", files["deployment.yaml"]) if "deployment.yaml" in files else None
    found = compile_program(files, "notice.md", load_law(), deployment)
    if found.draft is None:
        raise SystemExit("the example's notice does not compile")
    return found.draft


# ---- one flow ------------------------------------------------------------------------------------------------------


def _one(program: Program) -> dict[str, Any]:
    dice = random.Random(7)
    flows = [make_flow(program, dice) for _ in range(FLOWS)]
    decide(program, flows[0], {})  # indexes the program
    first = _first_calls(program, flows)
    spent, allowed = [], 0
    for _ in range(ROUNDS):
        dice.shuffle(flows)
        for start in range(0, FLOWS, CHUNK):
            calls = [(flow, make_facts(program, dice)) for flow in flows[start : start + CHUNK]]
            # Processor time: a call waits for nothing, and a busy machine would only measure its other work.
            began = time.process_time()
            for flow, facts in calls:
                decide(program, flow, facts)
            spent.append((time.process_time() - began) / CHUNK)
            allowed += sum(decide(program, flow, facts).allowed for flow, facts in calls)
    ours = statistics.median(spent)
    slow = statistics.quantiles(spent, n=20)[-1] * 1e6
    return {
        "name": "decide one flow",
        "ours_s": ours,
        "limit_s": 10e-6,
        "ratio": ours / 10e-6,
        "goal": 1.0,
        "detail": f"{FLOWS} flows, new facts each call, {len(program.promises)} promises, {allowed / (ROUNDS * FLOWS):.0%} allowed, 95 in 100 within {slow:.1f} µs, a shape's first flow {first * 1e6:.0f} µs; limit is the goal",
    }


def _first_calls(program: Program, flows: list[Flow]) -> float:
    """Seconds for a flow whose verb, data and keys were not seen before: the median over all."""
    times = []
    for flow in flows:
        began = time.perf_counter()
        decide(program, flow, {})
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def make_flow(program: Program, dice: random.Random) -> Flow:
    """A flow near one permission of the program: most keys as it says, of fresh names."""
    permits = [each for each in program.promises if each.verb in FLOW_VERBS and each.modality != "never"]
    permit = dice.choice(permits)
    leaves = dice.sample(sorted(permit.object), min(len(permit.object), dice.choice((1, 1, 2, 4))))
    keys = {each.key: frozenset({_fresh(dice.choice(sorted(each.names)))}) for each in permit.scope if isinstance(each, AnyOf)}
    if dice.random() < 0.15:
        other = dice.choice([each for each in permits if each.verb == permit.verb])
        keys |= {
            each.key: frozenset({_fresh(dice.choice(sorted(each.names)))})
            for each in other.scope[:1]
            if isinstance(each, AnyOf)
        }
    cited = frozenset() if dice.random() < 0.1 else frozenset(Record(kind, "ada") for kind in _demanded(permit))
    keys |= {each.key: each.names for each in permit.scope if isinstance(each, AllOf) and each.key != "needs"}
    return Flow(permit.verb, frozenset(map(_fresh, leaves)), keys, "ada", AT, cited)


def _fresh(name: Name) -> Name:
    return Name(name.kind, name.id)


def _demanded(permit: Promise) -> list[Name]:
    return [name for each in permit.scope if isinstance(each, AllOf) and each.key == "needs" for name in each.names]


def make_facts(program: Program, dice: random.Random) -> Facts:
    """Facts of one person: each known with nine in ten, most as a customer's are."""
    found: dict[Name, Any] = {BIRTH_DATE: date(1940 + dice.randrange(75), 1 + dice.randrange(12), 1)}
    for name in _person_names(program):
        if dice.random() < 0.9:
            found[_fresh(name)] = dice.random() < (
                0.85 if name.kind in (Kind.CHOICE, Kind.GROUP, Kind.REGIME) or _opens(name) else 0.05
            )
    return found


def _opens(name: Name) -> bool:
    return name.id.startswith("told-") or name.id in ("age-known", "signed-in", "customer", "account-active", "account-open")


def _person_names(program: Program) -> list[Name]:
    if program.digest not in _PERSON:
        _PERSON[program.digest] = [each.fact for each in fact_columns(program) if each.type == "boolean"]
    return _PERSON[program.digest]


_PERSON: dict[str, list[Name]] = {}


# ---- everybody -----------------------------------------------------------------------------------------------------

BARE = "SELECT facts.region, count(*), sum(o.total) FROM orders o JOIN facts ON facts.subject = o.subject GROUP BY facts.region"
ASKED = BARE.replace(" GROUP BY", " WHERE {predicate} GROUP BY")


def _set(program: Program) -> dict[str, Any]:
    flow = _asked(program)
    predicate = as_sql(program, flow, "postgresql")
    folder = Path(tempfile.mkdtemp(prefix="ub", dir="/tmp"))
    folder.chmod(0o711)
    server = EmbeddedServer(folder, durable=False)
    try:
        server.create_database("sets")
        with psycopg.connect(server.url("sets", "upheld_firm"), autocommit=True) as connection:
            _fill(connection, program)
            asked = ASKED.format(predicate=predicate.sql)
            ours, bare = _alternating(connection, asked, dict(predicate.params))
            counted = connection.execute(f"SELECT count(*) FROM facts WHERE {predicate.sql}", predicate.params).fetchone()
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
    passing = counted[0] if counted else 0
    return {
        "name": "decide for everybody, a set query",
        "ours_s": ours,
        "limit_s": bare,
        "ratio": ours / bare,
        "goal": 1.2,
        "detail": f"{ORDERS} orders of {SUBJECTS} people, {passing / SUBJECTS:.0%} pass; limit is the query without the predicate",
    }


def _asked(program: Program) -> Flow:
    """The flow whose predicate reads most of the person."""
    permits = [each for each in program.promises if each.modality == "may" and each.verb == "use"]
    permit = max(permits, key=lambda each: (sum(isinstance(test, Known | Some) for test in each.scope), -len(each.scope)))
    keys = {each.key: frozenset({min(each.names)}) for each in permit.scope if isinstance(each, AnyOf)}
    return Flow("use", frozenset({min(permit.object)}), keys, "", AT)


def _fill(connection: psycopg.Connection, program: Program) -> None:
    columns = fact_columns(program)
    shapes = {"boolean": "random() < 0.9", "date": "DATE '1950-01-01' + (random() * 20000)::int", "integer": "18"}
    made = ", ".join(
        f'{shapes[each.type]} AS "{each.column}"'
        if each.type != "date" or each.fact == BIRTH_DATE
        else f'NULL::date AS "{each.column}"'
        for each in columns
    )
    closed = [each.column for each in columns if each.fact.id in ("restricted", "objected", "law-requires-consent")]
    connection.execute(
        f"CREATE TABLE facts AS SELECT n::text AS subject, n %% 20 AS region, {made} FROM generate_series(1, {SUBJECTS}) n".replace(
            "%%", "%"
        )
    )
    for column in closed:
        connection.execute(f'UPDATE facts SET "{column}" = false')
    connection.execute("CREATE TABLE upheld_records (subject text, kind text, open boolean, expires timestamptz)")
    connection.execute(
        f"INSERT INTO upheld_records SELECT n::text, kind, true, NULL FROM generate_series(1, {SUBJECTS}) n, unnest(ARRAY['assessment', 'request', 'contract']) kind"
    )
    connection.execute("CREATE INDEX ON upheld_records (subject, kind)")
    connection.execute(
        f"CREATE TABLE orders AS SELECT n AS id, (1 + n % {SUBJECTS})::text AS subject, (n % 997)::numeric AS total FROM generate_series(1, {ORDERS}) n"
    )
    connection.execute("VACUUM ANALYZE")


def _alternating(connection: psycopg.Connection, asked: str, params: dict[str, object]) -> tuple[float, float]:
    """Medians of both queries, warm, in turns."""
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(PAIRS + 1):
        for name, sql, given in (("ours", asked, params), ("bare", BARE, None)):
            began = time.perf_counter()
            connection.execute(sql, given).fetchall()
            if number:
                times[name].append(time.perf_counter() - began)
    return statistics.median(times["ours"]), statistics.median(times["bare"])


if __name__ == "__main__":
    for row in run():
        print(row)
