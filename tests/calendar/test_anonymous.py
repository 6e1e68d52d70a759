"""`then: anonymise` and `then: aggregate`: what stays of a row tells nobody from a group, and rows are counted as they go."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

from tests.calendar.firm import Quay, quay
from tests.execution.shop import run_sql
from upheld.engine.plan.explain import explain

DEFINED = """
define: answered
is: event
---
define: our-anonymity
is: standard
group: 3
protects: persons
---
"""
ANONYMISE = (
    DEFINED
    + """
may retain: [own-writing, physical-address, birth-date, health]
until: 2 years after answered
then: anonymise
standard: our-anonymity
"""
)
TABLES = """
people:
  root: customer
  key: [id]
  columns: {id: key, name: {not-personal: a number of our own}}
answers:
  key: [id]
  links: {person_id: {owning: people}}
  anonymous:
    quasi: {town: first 2, born: decade, weight: band 10}
    sensitive: [illness]
    diversity: 2
  columns:
    id: key
    person_id: key
    said: own-writing
    town: physical-address
    born: birth-date
    weight: health
    illness: health
    answered: {event: answered}
"""
SCHEMA = """
CREATE TABLE people (id integer PRIMARY KEY, name text);
CREATE TABLE answers (id integer PRIMARY KEY, person_id integer REFERENCES people (id), said text, town text, born date,
  weight integer, illness text, answered date);
"""
QUASI = ("town", "born", "weight")


def rows_of(people: Iterable[tuple[str, str, int, str, str]]) -> str:
    made = [f"INSERT INTO people VALUES ({n}, 'p{n}')" for n, _ in enumerate(people, 1)]
    made += [
        f"INSERT INTO answers VALUES ({n * 10}, {n}, 'words of {n}', '{town}', '{born}', {weight}, '{ill}', '{day}')"
        for n, (town, born, weight, ill, day) in enumerate(people, 1)
    ]
    return SCHEMA + ";\n".join(made) + ";"


def left(firm: Quay) -> list[tuple[str | None, ...]]:
    """town, decade of birth, weight, illness, person, words of every answer, as text."""
    rows = firm.sql("SELECT town, born, weight, illness, person_id, said FROM answers ORDER BY id")
    return [tuple(None if cell is None else str(cell) for cell in row) for row in rows]


def judged(rows: Iterable[tuple[str | None, ...]], group: int, diversity: int) -> list[tuple[str | None, ...]]:
    """Anonymised rows whose group fails, found without SQL."""
    nameless = [row for row in rows if row[4] is None]
    alike: dict[tuple[str | None, ...], list[str | None]] = defaultdict(list)
    for row in nameless:
        alike[row[:3]].append(row[3])

    def fails(row: tuple[str | None, ...]) -> bool:
        values = alike[row[:3]]
        known = {v for v in values if v is not None}
        return len(values) < group or (bool(known) and len(known) < diversity)

    return [row for row in nameless if any(cell is not None for cell in row[:4]) and fails(row)]


OLD, NEW = "2020-05-05", "2025-12-12"


def test_a_row_loses_its_words_and_its_person_and_what_stays_is_coarser(address: str) -> None:
    alike = [
        ("Cobh", "1981-03-04", 71, "flu", OLD),
        ("Cork", "1985-09-09", 74, "gout", OLD),
        ("Cong", "1989-01-01", 79, "flu", OLD),
    ]
    with quay(address, ANONYMISE, TABLES, rows_of([*alike, ("Cobh", "1982-01-01", 72, "flu", NEW)])) as firm:
        ended = firm.run()
        assert ended.answer.is_done and not ended.left, ended
        assert left(firm)[:3] == [("Co", "1980-01-01", "70", ill, None, None) for ill in ("flu", "gout", "flu")]
        assert left(firm)[3] == ("Cobh", "1982-01-01", "72", "flu", "4", "words of 4"), "nobody's time was over there"
        assert firm.run().answer.store("quay").rows == 0


def test_a_row_like_no_other_loses_what_it_is_told_by_and_what_is_sensitive(address: str) -> None:
    alike = [("Cobh", "1981-03-04", 71, ill, OLD) for ill in ("flu", "gout", "flu")]
    with quay(address, ANONYMISE, TABLES, rows_of([*alike, ("Ennis", "1950-03-04", 140, "rabies", OLD)])) as firm:
        assert firm.run().answer.is_done
        assert left(firm)[3] == (None, None, None, None, None, None)
        assert left(firm)[0][:4] == ("Co", "1980-01-01", "70", "flu")


def test_a_group_that_all_says_the_same_of_what_is_sensitive_is_no_group(address: str) -> None:
    with quay(address, ANONYMISE, TABLES, rows_of([("Cobh", "1981-03-04", 71, "rabies", OLD)] * 4)) as firm:
        assert firm.run().answer.is_done
        assert left(firm) == [(None, None, None, None, None, None)] * 4


def test_rows_of_people_who_are_known_make_no_group(address: str) -> None:
    some = [("Cobh", "1981-03-04", 71, ill, day) for ill, day in (("flu", OLD), ("gout", OLD), ("flu", NEW), ("gout", NEW))]
    with quay(address, ANONYMISE, TABLES, rows_of(some)) as firm:
        assert firm.run().answer.is_done
        assert [row[0] for row in left(firm)] == [None, None, "Cobh", "Cobh"]


def test_a_later_row_joins_the_group_that_earlier_ones_made(address: str) -> None:
    first = [("Cobh", "1981-03-04", 71, ill, OLD) for ill in ("flu", "gout", "flu")]
    with quay(address, ANONYMISE, TABLES, rows_of(first)) as firm:
        assert firm.run().answer.is_done
        run_sql(address, "INSERT INTO people VALUES (9, 'p9'); INSERT INTO answers VALUES "
                         f"(90, 9, 'late words', 'Cork', '1983-01-01', 78, 'flu', '{OLD}');")  # fmt: skip
        assert firm.run().answer.is_done
        assert left(firm)[3] == ("Co", "1980-01-01", "70", "flu", None, None)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_rows_no_group_is_too_small_or_all_alike(address: str, seed: int) -> None:
    chance = random.Random(seed)
    people = [
        (chance.choice(["Cobh", "Cork", "Ennis"]), f"{chance.choice([1960, 1975, 1988])}-0{chance.randint(1, 9)}-11",
         chance.choice([55, 64, 71]), chance.choice(["flu", "gout", "asthma"]), chance.choice([OLD, OLD, NEW]))
        for _ in range(chance.choice([5, 40, 120]))
    ]  # fmt: skip
    with quay(address, ANONYMISE, TABLES, rows_of(people)) as firm:
        ended = firm.run()
        assert ended.answer.is_done and not ended.left
        after = left(firm)
        assert judged(after, 3, 2) == []
        assert [row for row in after if row[4] is None and row[5] is not None] == []
        assert Counter(row[4] is None for row in after)[True] == sum(p[4] == OLD for p in people)
        assert len(people) < 40 or any(row[4] is None and row[0] for row in after), "something of use is left"


def test_the_standard_of_the_promise_counts_where_it_asks_for_more(address: str) -> None:
    promise = ANONYMISE.replace("group: 3", "group: 5")
    alike = [("Cobh", "1981-03-04", 71, ill, OLD) for ill in ("flu", "gout", "flu", "gout")]
    with quay(address, promise, TABLES.replace("diversity: 2", "diversity: 2\n    group: 2"), rows_of(alike)) as firm:
        assert firm.run().answer.is_done
        assert left(firm) == [(None, None, None, None, None, None)] * 4


def test_the_plan_says_the_method_with_its_numbers(address: str) -> None:
    with quay(address, ANONYMISE, TABLES, rows_of([("Cobh", "1981-03-04", 71, "flu", OLD)])) as firm:
        says = [line.says for line in explain(firm.plan().plan)]
        assert (
            "Each anonymised row of answers is one of 3 alike in town, born, weight with 2 values of illness, or nothing is committed."
            in says
        )


UNDOES = {
    "sqlite": "CREATE TRIGGER undo AFTER UPDATE OF town ON answers WHEN NEW.town IS NULL BEGIN UPDATE answers SET town = 'En' WHERE id = NEW.id; END;",
    "postgresql": """CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.town IS NULL THEN NEW.town := 'En'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER undo BEFORE UPDATE ON answers FOR EACH ROW EXECUTE FUNCTION undo();""",
    "mariadb": "CREATE TRIGGER \"undo\" BEFORE UPDATE ON answers FOR EACH ROW SET NEW.town = COALESCE(NEW.town, 'En');",
}


def test_a_trigger_that_undoes_it_stops_the_run(address: str) -> None:
    people = [("Cobh", "1981-03-04", 71, ill, OLD) for ill in ("flu", "gout", "flu")] + [
        ("Ennis", "1950-03-04", 140, "flu", OLD)
    ]
    trigger = UNDOES[address.partition(":")[0]]
    declared = TABLES.replace("  anonymous:\n", "  triggers: {undo: {harmless: nobody believes it}}\n  anonymous:\n")
    with quay(address, ANONYMISE, declared, rows_of(people) + trigger) as firm:
        outcome = firm.run().answer.store("quay")
        assert "X404" in repr(outcome.problem)
        assert left(firm)[3][0] == "Ennis", "nothing was committed"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("first 2", "first 2"), None),
        (("quasi: {town: first 2", "quasi: {person_id: as-is, town: first 2"), "leads to somebody"),
        (("weight: band 10", "weight: year"), "cannot become"),
    ],
)
def test_what_cannot_be_anonymous_is_a_finding_and_stays(address: str, change: tuple[str, str], says: str | None) -> None:
    people = [("Cobh", "1981-03-04", 71, "flu", OLD)]
    with quay(address, ANONYMISE, TABLES.replace(*change), rows_of(people)) as firm:
        reasons = [f.reason for f in firm.plan().findings if f.code == "L311"]
        assert (len(reasons) == 0) if says is None else all(says in r for r in reasons) and reasons
        if says is not None:
            firm.run()
            assert left(firm)[0][5] == "words of 1"


def test_a_row_with_a_column_that_never_ends_is_never_called_anonymous(address: str) -> None:
    promise = ANONYMISE.replace("own-writing, ", "") + "---\nmay retain: own-writing\nuntil: without end\nthen: erase\n"
    with quay(address, promise, TABLES, rows_of([("Cobh", "1981-03-04", 71, "flu", OLD)])) as firm:
        assert any(f.code == "L311" and "always somebody's" in f.reason for f in firm.plan().findings)
        firm.run()
        assert left(firm)[0] == ("Cobh", "1981-03-04", "71", "flu", "1", "words of 1")


# ---- aggregate -----------------------------------------------------------------------------------------------------

AGGREGATE = ANONYMISE.replace("then: anonymise", "then: aggregate")
COUNTED = """
people:
  root: customer
  key: [id]
  columns: {id: key, name: {not-personal: a number of our own}}
answers:
  key: [id]
  links: {person_id: {owning: people}}
  aggregate: {into: counts, by: {town: as-is, born: decade}, count: people}
  columns: {id: key, person_id: key, said: own-writing, town: physical-address, born: birth-date, weight: health, illness: health,
    answered: {event: answered}}
counts:
  key: [id]
  columns:
    id: key
    town: {not-personal: of many}
    born: {not-personal: of many}
    people: {not-personal: a number}
"""
COUNTS = {
    "postgresql": "CREATE TABLE counts (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, town text, born date, people integer);",
    "sqlite": "CREATE TABLE counts (id integer PRIMARY KEY, town text, born date, people integer);",
    "mariadb": "CREATE TABLE counts (id integer AUTO_INCREMENT PRIMARY KEY, town text, born date, people integer);",
}


def test_rows_are_counted_as_they_go_and_rare_ones_together(address: str) -> None:
    people = [("Cobh", "1981-03-04", 71, "flu", OLD)] * 3 + [
        ("Ennis", "1950-03-04", 71, "flu", OLD),
        ("Cobh", "1981-03-04", 1, "flu", NEW),
    ]
    schema = COUNTS[address.partition(":")[0]] + rows_of(people)
    with quay(address, AGGREGATE, COUNTED, schema) as firm:
        ended = firm.run()
        assert ended.answer.is_done and not ended.left, ended
        found = {
            (str(t) if t else None, str(b) if b else None): n for t, b, n in firm.sql("SELECT town, born, people FROM counts")
        }
        assert found == {("Cobh", "1980-01-01"): 3, (None, None): 1}
        assert firm.sql("SELECT count(*) FROM answers") == [(1,)]
        assert firm.run().answer.store("quay").rows == 0
        assert firm.sql("SELECT sum(people) FROM counts") == [(4,)]


def test_without_a_table_to_count_in_nothing_goes(address: str) -> None:
    with quay(address, AGGREGATE, TABLES, rows_of([("Cobh", "1981-03-04", 71, "flu", OLD)])) as firm:
        assert any(f.code == "L311" and "aggregate" in f.reason for f in firm.plan().findings)
        firm.run()
        assert left(firm)[0][5] == "words of 1"
