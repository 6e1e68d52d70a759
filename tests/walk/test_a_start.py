"""A stranger begins: `init`, `check`, `scan`, in either order, by the commands' own words."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from upheld.engine.estate.from_yaml import read_estate
from upheld.main import command_line

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHOP = """
CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT, email TEXT, served_by INTEGER REFERENCES clerks (id), shoe TEXT);
CREATE TABLE clerks (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
CREATE TABLE order_lines (id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES members (id), bike_id INTEGER REFERENCES bikes (id));
CREATE TABLE bikes (id INTEGER PRIMARY KEY, label TEXT);
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "rows.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(SHOP)
    for n in range(1, 9):
        connection.execute("INSERT INTO clerks VALUES (?, ?, ?)", (n, f"Clerk {n}", f"c{n}@example.test"))
        connection.execute(
            "INSERT INTO members VALUES (?, ?, ?, ?, ?)", (n, f"Member {n}", f"m{n}@example.test", n, f"{n} wide")
        )
        connection.execute("INSERT INTO bikes VALUES (?, ?)", (n, f"bike {n}"))
        connection.execute("INSERT INTO order_lines VALUES (?, ?, ?)", (n, n, n))
    connection.commit()
    connection.close()
    return path


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(command_line(), list(words))
    assert result.exit_code == code, result.output
    return result.output


def test_what_init_writes_checks_clean_and_warns_of_nothing(tmp_path: Path) -> None:
    run("init", str(tmp_path))
    assert "0 errors, 0 warnings. Ready." in run("check", str(tmp_path))


def test_init_refuses_where_a_notice_is_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "notice.md").write_text("mine\n")
    assert "N005" in run("init", str(tmp_path), code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["notice.md"]


def test_the_example_of_a_map_gives_way_to_the_first_real_one(tmp_path: Path, store: Path) -> None:
    run("init", str(tmp_path))
    said = run("scan", str(store), "--to", str(tmp_path), "--store", "shop", "--place", "NO")
    assert "taken away" in said and "written" in said
    assert "order_lines" in (tmp_path / "estate/shop.yaml").read_text()


def test_a_map_that_somebody_has_touched_is_never_taken_away(tmp_path: Path, store: Path) -> None:
    run("init", str(tmp_path))
    mine = tmp_path / "estate/shop.yaml"
    mine.write_text(mine.read_text() + "# ours\n")
    said = run("scan", str(store), "--to", str(tmp_path), "--store", "other", "--place", "NO")
    assert "taken away" not in said
    assert mine.read_text().endswith("# ours\n") and (tmp_path / "estate/other.yaml").exists()


def test_init_after_a_scan_keeps_the_drafted_map_and_adds_no_example(tmp_path: Path, store: Path) -> None:
    run("scan", str(store), "--to", str(tmp_path), "--store", "rows", "--place", "NO")
    run("init", str(tmp_path))
    assert [path.name for path in (tmp_path / "estate").glob("*.yaml")] == ["rows.yaml"]
    assert (tmp_path / "notice.md").exists()


def test_a_scan_says_what_it_left_out_where_the_address_goes_and_what_comes_next(tmp_path: Path, store: Path) -> None:
    said = run("scan", str(store), "--to", str(tmp_path), "--store", "rows", "--place", "NO")
    assert "One table is left out" in said and "bikes" in said.split("left out", 1)[1]
    assert "export UPHELD_ROWS_URL=" in said and str(store) not in said.replace(str(tmp_path), "")
    assert f"upheld init {tmp_path}" in said
    again = run("scan", str(store), "--to", str(tmp_path), "--store", "rows", "--place", "NO")
    assert "left as it is" in again


def test_who_serves_a_member_does_not_own_the_member_and_what_was_bought_is_a_purchase(tmp_path: Path, store: Path) -> None:
    run("scan", str(store), "--to", str(tmp_path), "--store", "rows", "--place", "NO")
    estate, _ = read_estate({"estate/rows.yaml": (tmp_path / "estate/rows.yaml").read_text()})
    tables = estate.stores["rows"].tables
    assert tables["members"].owning == () and [link.parent for link in tables["order_lines"].owning] == ["members"]
    assert tables["order_lines"].column("bike_id").role.leaf == "purchase"


def test_from_a_draft_to_a_plan_as_the_page_of_the_estate_says(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = (DOCS / "estate.md").read_text(encoding="utf-8").split("### From a draft to a plan", 1)[1]
    answers = dict(re.findall(r"(?m)^ *\| `(\w+)`[^|]*\| `([^`]+)` \|$", table))
    assert answers.keys() == {"grip_size", "joined", "sold_at", "note", "grid_no"}
    connection = sqlite3.connect(store)
    connection.executescript(
        """ALTER TABLE members RENAME COLUMN shoe TO grip_size; ALTER TABLE members ADD joined TEXT DEFAULT '2025-01-02';
           ALTER TABLE order_lines ADD sold_at TEXT DEFAULT '2025-02-03'; ALTER TABLE order_lines ADD grid_no INT DEFAULT 7;
           ALTER TABLE members ADD note TEXT DEFAULT 'came with a friend of hers'"""
    )
    connection.close()
    folder = str(tmp_path / "gym")
    run("init", folder)
    run("scan", str(store), "--to", folder, "--store", "gym", "--place", "IE")
    said = run("check", folder, code=1)
    assert all(name in said for name in ("grip_size", "joined", "sold_at", "grid_no")) and "`{event: last-order}`" in said
    draft = tmp_path / "gym/estate/gym.yaml"
    text = draft.read_text(encoding="utf-8")
    assert f"note: {answers['note']}" in text, "a scan finds this one by itself"
    for name, answer in answers.items():
        text = re.sub(rf"(?m)^(      {name}): undetermined.*$", rf"\1: {answer}", text)
    draft.write_text(text, encoding="utf-8")
    assert "0 errors" in run("check", folder)
