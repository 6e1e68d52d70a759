"""`then: hide` and `then: hand-over`: the row's own mark is set; rows are written down for a party before they go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.calendar.firm import Quay, quay
from upheld.engine.execution.calendar import run_calendar
from upheld.faces.app.calendar.handing import Handing

DEFINED = """
define: posted
is: event
---
define: city-archive
is: party
role: recipient
---
"""
HIDE = DEFINED + "may retain: own-writing\nuntil: 2 years after posted\nthen: hide\n"
THEN_ERASE = HIDE + "---\nmay retain: own-writing\nuntil: 5 years after posted\nthen: erase\n"
HAND = DEFINED + "may retain: own-writing\nuntil: 2 years after posted\nthen: hand-over\nto: city-archive\n"
MARKS = {"hidden_at timestamp": None, "hidden boolean DEFAULT false": "f", "hidden integer DEFAULT 0": 0}


def tables(mark: str) -> str:
    soft = f"  soft-delete: {mark}\n" if mark else ""
    column = f", {mark}: {{not-personal: marks the row}}" if mark else ""
    return f"""
posts:
  key: [id]
  no-owner: an old board without accounts
{soft}  columns: {{id: key, said: own-writing, posted: {{event: posted}}{column}}}
"""


def schema(mark: str) -> str:
    columns = f", {mark}" if mark else ""
    return f"""
CREATE TABLE posts (id integer PRIMARY KEY, said text, posted date{columns});
INSERT INTO posts (id, said, posted) VALUES (1, 'ancient', '2019-01-01'), (2, 'old', '2023-06-06'), (3, 'new', '2025-12-01');
"""


@pytest.mark.parametrize("mark", MARKS)
def test_a_row_past_its_date_is_marked_and_nothing_of_it_is_lost(address: str, mark: str) -> None:
    name = mark.split()[0]
    text = schema(mark).replace(" timestamp", " text") if address.startswith("sqlite") else schema(mark)  # it has no such type
    with quay(address, HIDE, tables(name), text) as firm:
        assert firm.preview() == {"posts": 2}
        ended = firm.run()
        assert ended.answer.is_done and not ended.left, ended
        rows = firm.sql(f"SELECT id, said, {name} FROM posts ORDER BY id")
        assert [(row[0], row[1]) for row in rows] == [(1, "ancient"), (2, "old"), (3, "new")]
        assert [row[2] not in (None, False, 0) for row in rows] == [True, True, False]
        assert firm.run().answer.store("quay").rows == 0


def test_a_hidden_row_goes_on_to_its_end(address: str) -> None:
    with quay(address, THEN_ERASE, tables("hidden_at"), schema("hidden_at timestamp")) as firm:
        assert firm.run().answer.is_done
        rows = firm.sql("SELECT id, said, hidden_at FROM posts ORDER BY id")
        assert [(row[0], row[1], row[2] is not None) for row in rows] == [(2, "old", True), (3, "new", False)]


def test_without_a_mark_nothing_is_hidden_and_the_run_says_so(address: str) -> None:
    with quay(address, HIDE, tables(""), schema("")) as firm:
        assert {code for code, *_ in firm.bare().values()} == {"L313"}
        firm.run()
        assert firm.sql("SELECT count(*) FROM posts WHERE said IS NOT NULL") == [(3,)]


def handed(firm: Quay, folder: Path, **more: object) -> object:
    found = firm.plan()
    return run_calendar(
        found.plan, firm.estate, firm.catalogue, firm.stores, day=firm.day, secret="5e" * 16, hand_over=Handing(folder, "A-0001"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_rows_are_on_disk_for_the_party_before_they_go(address: str, tmp_path: Path) -> None:
    with quay(address, HAND, tables(""), schema("")) as firm:
        assert handed(firm, tmp_path).answer.is_done  # type: ignore[attr-defined]
        assert firm.sql("SELECT id FROM posts") == [(3,)]
        (one,) = Handing(tmp_path, "A-0001").files()
        assert (one["party"], one["rows"]) == ("city-archive", 2)
        file = tmp_path / "city-archive" / one["file"]
        assert file.stat().st_mode & 0o077 == 0
        rows = json.loads(file.read_text())["rows"]
        assert {(row["id"], row["said"], row["posted"]) for row in rows} == {
            (1, "ancient", "2019-01-01"),
            (2, "old", "2023-06-06"),
        }


def test_what_cannot_be_written_down_does_not_go(address: str, tmp_path: Path) -> None:
    (tmp_path / "city-archive").write_text("a file where the folder should be")
    with quay(address, HAND, tables(""), schema("")) as firm:
        with pytest.raises(OSError):
            handed(firm, tmp_path)
        assert firm.sql("SELECT count(*) FROM posts") == [(3,)]


def test_of_a_row_that_stays_the_cells_that_go_are_handed_over(address: str, tmp_path: Path) -> None:
    kept = tables("").replace("  key: [id]\n", "  key: [id]\n  erasure: blank\n")
    with quay(address, HAND, kept, schema("")) as firm:
        assert handed(firm, tmp_path).answer.is_done  # type: ignore[attr-defined]
        assert firm.sql("SELECT id, said FROM posts ORDER BY id") == [(1, None), (2, None), (3, "new")]
        (one,) = Handing(tmp_path, "A-0001").files()
        rows = json.loads((tmp_path / "city-archive" / one["file"]).read_text())["rows"]
        assert {(row["id"], row["said"]) for row in rows} == {(1, "ancient"), (2, "old")}


def test_to_two_parties_at_once_nothing_is_handed_over(address: str) -> None:
    promise = "define: museum\nis: party\nrole: recipient\n---\n" + HAND.replace(
        "to: city-archive", "to: [city-archive, museum]"
    )
    with quay(address, promise, tables(""), schema("")) as firm:
        assert {code for code, *_ in firm.bare().values()} == {"L313"}
        assert firm.sql("SELECT count(*) FROM posts WHERE said IS NOT NULL") == [(3,)]
