"""What the calendar ends lies elsewhere, too: in materialised views, and in rows that triggers copied."""

from __future__ import annotations

import pytest

from tests.calendar.firm import quay
from tests.calendar.test_ends import SAILED, SAILINGS, SCHEMA
from upheld.engine.plan.steps import Compact

ENDS = SAILED + "may retain: [purchase, own-writing, picture]\nuntil: 3 years after sailed\nthen: erase"


@pytest.mark.parametrize("index", ["", "CREATE UNIQUE INDEX harbours_id ON harbours (id);"], ids=["plainly", "concurrently"])
def test_a_declared_view_is_made_anew_when_rows_have_ended(fresh_database: str, index: str) -> None:
    view = "CREATE MATERIALIZED VIEW harbours AS SELECT id, harbour FROM trips;" + index
    with quay(fresh_database, ENDS, SAILINGS, SCHEMA + view, store="derived: [harbours]\n") as firm:
        assert firm.run().answer.is_done
        assert firm.sql("SELECT id FROM harbours ORDER BY id") == [(11,), (12,)]
        compacts = [step for step in firm.plan().plan.stores[0].steps if isinstance(step, Compact)]
        assert "harbours" in compacts[0].tables


COPYING = {
    "sqlite": ("integer PRIMARY KEY AUTOINCREMENT", "CREATE TRIGGER people_history AFTER UPDATE OF name ON people BEGIN {}; END;"),
    "mariadb": ("integer PRIMARY KEY AUTO_INCREMENT", "CREATE TRIGGER people_history AFTER UPDATE ON people FOR EACH ROW {};"),
    "postgresql": ("serial PRIMARY KEY", "CREATE FUNCTION copied() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$;\n"
                   "CREATE TRIGGER people_history AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION copied();"),
}  # fmt: skip


def test_rows_that_a_trigger_copies_while_others_end_go_in_the_same_run(address: str) -> None:
    tables = """
people:
  root: customer
  key: [id]
  erasure: blank
  triggers: {people_history: {copies-to: history}}
  columns: {id: key, name: name, seen: {event: seen}}
history:
  key: [id]
  links: {person_id: {owning: people}}
  columns: {id: key, person_id: key, name: name, seen: {event: copied}}
"""
    key, trigger = COPYING[address.split(":", 1)[0]]
    people = ", ".join(f"({n}, 'p{n}', '2019-01-01')" for n in range(1, 301))
    schema = f"""
CREATE TABLE people (id integer PRIMARY KEY, name varchar(20), seen date);
CREATE TABLE history (id {key}, person_id integer REFERENCES people (id), name varchar(20), seen date);
INSERT INTO people VALUES {people};
INSERT INTO history (person_id, name, seen) VALUES (1, 'p-one', '2019-01-01');
""" + trigger.format("INSERT INTO history (person_id, name, seen) VALUES (OLD.id, OLD.name, OLD.seen)")
    promises = "define: seen\nis: event\n---\ndefine: copied\nis: event\n---\nmay retain: name\nuntil: 2 years after seen\nthen: erase\n"
    with quay(address, promises, tables, schema) as firm:
        ended = firm.run()
        assert ended.answer.is_done and not ended.left, ended
        assert firm.sql("SELECT count(*) FROM history WHERE name IS NOT NULL") == [(0,)]
        assert firm.sql("SELECT count(*) FROM people WHERE name IS NOT NULL") == [(0,)]
