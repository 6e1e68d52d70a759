"""A right of access that leaves data out: what is not read, what is not reviewed, what a document still shows, and when rights add up."""

from __future__ import annotations

import pytest

from tests.calendar.firm import TODAY, quay
from upheld.engine.plan import Ask, plan
from upheld.engine.plan.model import Refused
from upheld.engine.plan.steps import ReadRows, ReviewRows

TABLES = """
people:
  root: customer
  key: [id]
  columns: {id: key, name: name, said: {free-text: review, leaf: own-writing}, told: {free-text: review, leaf: opinion}}
cards:
  key: [id]
  links: {person_id: {owning: people}}
  columns:
    id: key
    person_id: key
    filled:
      json: {$.liked: opinion, $.name: name}
      others: {not-personal: colours}
    graded: {event: graded, leaf: opinion}
"""
SCHEMA = """
CREATE TABLE people (id integer PRIMARY KEY, name text, said text, told text);
CREATE TABLE cards (id integer PRIMARY KEY, person_id integer REFERENCES people (id), filled text, graded date);
"""
DEFINED = "define: graded\nis: event\n---\n"
GRANT = "will grant: access\nto: subject\nby: email\nwithin: 1 month after received\nproof: none\n"
NARROW = GRANT + "without: opinion\n"


def steps_of(tmp_path, promises: str, regime: str | None = None) -> dict[str, ReadRows | ReviewRows]:
    with quay(f"sqlite:///{tmp_path / 'firm.db'}", DEFINED + promises, TABLES, SCHEMA) as firm:
        found = plan(firm.program, firm.estate, firm.catalogue, (), Ask("A-0001", "access", 1, regime), TODAY)
    assert not isinstance(found, Refused)
    steps = found.stores[0].steps
    reads = {step.rows.table: step for step in steps if isinstance(step, ReadRows)}
    return reads | {f"review {step.table}": step for step in steps if isinstance(step, ReviewRows)}


def test_columns_texts_and_paths_outside_the_right_are_named_and_not_read(tmp_path):
    steps = steps_of(tmp_path, NARROW)
    people, cards, review = steps["people"], steps["cards"], steps["review people"]
    assert people.columns == ("id", "name") and people.review == ("said",) and review.columns == ("said",)
    assert {name: because for name, because, _ in people.withheld} == {"said": "review", "told": "right"}
    assert cards.columns == ("id", "person_id") and [name for name, _, _ in cards.withheld] == ["graded"]
    (document,) = cards.documents
    assert document.shown == ("$.name",) and "$.liked" in document.hidden


@pytest.mark.parametrize("other", [GRANT, NARROW.replace("opinion", "name")])
def test_rights_add_up_so_that_what_one_of_them_gives_is_read(tmp_path, other):
    steps = steps_of(tmp_path, f"{NARROW}---\n{other}")
    assert steps["people"].review == ("said", "told")
    assert "graded" in steps["cards"].columns


def test_a_right_of_one_law_narrows_nothing_under_another(tmp_path):
    promises = f"{NARROW}regime: us-ca-ccpa\n---\n{GRANT}regime: eu-gdpr\n"
    assert "graded" in steps_of(tmp_path, promises, "eu-gdpr")["cards"].columns
    (tmp_path / "firm.db").unlink()
    assert "graded" not in steps_of(tmp_path, promises, "us-ca-ccpa")["cards"].columns
