"""The access package: whole, readable by people and programs, and harmless whatever a value says."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import os
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.package.schema_check import faults
from upheld.engine.execution.access_rows import AccessAnswer, AccessColumn, AccessTable, Moment, Review, Stays, Withheld
from upheld.engine.execution.package import PackageReceipt, write_package
from upheld.engine.execution.package.cells import FORMULA_STARTS, csv_line, to_page
from upheld.engine.plan.model import Failed, Refused, Why
from upheld.language.promises.model import Citation

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/access-package.schema.json").read_text())
MADE = datetime(2026, 11, 2, 19, 41, tzinfo=UTC)
NASTY = "<script>alert(1)</script>\"'&<img src=x onerror=y>\u202e\x00"
COLUMNS = (AccessColumn("id"), AccessColumn("name", "name", "Your name"), AccessColumn("doc", "contact"))


def orders(rows: Iterable[tuple[object, ...]], **more: object) -> AccessTable:
    return AccessTable("shop", "orders", "Orders", COLUMNS, rows, **more)


def answer(*tables: AccessTable, **more: object) -> AccessAnswer:
    return AccessAnswer("A-0001", "s-7f", "eu-gdpr", (Moment("shop", MADE),), tables, controller="Larkspur Seeds", **more)


def write(given: AccessAnswer, place: Path, **more: int) -> PackageReceipt:
    receipt = write_package(given, place, made=MADE, **more)
    assert isinstance(receipt, PackageReceipt)
    return receipt


def full() -> AccessAnswer:
    because = Why(("qualer.keep.2",), (Citation("GDPR", "17(3)(b)"),), "The books are kept for six years.")
    return answer(
        orders(
            [(1, "Ada", {"email": "ada@example.test"}), (2, None, None), (3, NASTY, Decimal("1.10"))],
            withheld=(Withheld("total", "not-personal"), Withheld("note", "others"), Withheld("memo", "review")),
            review=iter([Review((1,), "memo"), Review((3,), "memo")]),
            stays=(Stays(("name",), "tax", date(2031, 12, 31), because),),
            why=("To deliver what you bought",),
            kept_for="Six years after the sale",
            told=("Bracken Couriers",),
        ),
        orders([]),
        rights=("You may ask us to erase it (Article 17).",),
        authority="the Data Protection Commission",
        checkpoint="48,702",
        contested=2,
        unreached=("post",),
    )


def test_the_package_says_everything_that_the_answer_says(tmp_path: Path):
    receipt = write(full(), tmp_path / "answer")
    page = (tmp_path / "answer/index.html").read_text()
    for words in (
        "A-0001", "Larkspur Seeds", "3 entries", "2 November 2026, 19:41 UTC", "not complete", "2 entries bear", "2 texts wait",
        "To deliver what you bought", "Six years after the sale", "Bracken Couriers", "it is another person&#39;s",
        "until 31 December 2031", "GDPR 17(3)(b)", "The books are kept for six years.", "Data Protection Commission", "48,702",
    ):  # fmt: skip
        assert words in page, words
    assert (receipt.rows, receipt.reviews) == (3, 2)


def test_data_json_keeps_its_documented_shape(tmp_path: Path):
    write(full(), tmp_path / "answer")
    data = json.loads((tmp_path / "answer/data.json").read_text())
    assert faults(data, SCHEMA) == []
    assert data["tables"][0]["rows"][0] == {"id": 1, "name": "Ada", "doc": {"email": "ada@example.test"}}
    assert [t["row_count"] for t in data["tables"]] == [3, 0]
    data["tables"][0]["surprise"] = 1
    assert faults(data, SCHEMA) == ["$.tables[0]: surprise is not known"]


def test_the_manifest_names_every_file_with_its_hash(tmp_path: Path):
    receipt = write(full(), tmp_path / "answer")
    manifest = json.loads((tmp_path / "answer/manifest.json").read_text())
    found = {str(p.relative_to(tmp_path / "answer")): p.read_bytes() for p in (tmp_path / "answer").rglob("*") if p.is_file()}
    assert receipt.digest == hashlib.sha256(found.pop("manifest.json")).hexdigest()
    assert {f["path"]: f["sha256"] for f in manifest["files"]} == {n: hashlib.sha256(b).hexdigest() for n, b in found.items()}
    assert {f["path"]: f["bytes"] for f in manifest["files"]} == {n: len(b) for n, b in found.items()}


def test_a_zip_holds_the_same_files_and_the_same_answer_makes_the_same_bytes(tmp_path: Path):
    for name in ("one", "two"):
        write(full(), tmp_path / name / "answer.zip")
    assert (tmp_path / "one/answer.zip").read_bytes() == (tmp_path / "two/answer.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "one/answer.zip").namelist()
    assert names[0] == "answer/manifest.json" and "answer/tables/01-shop.orders.csv" in names
    assert [p.name for p in (tmp_path / "one").iterdir()] == ["answer.zip"]


def test_only_its_owner_can_read_a_package(tmp_path: Path):
    write(full(), tmp_path / "answer")
    write(full(), tmp_path / "answer.zip")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "answer").rglob("*")}
    assert modes == {0o700, 0o600}
    assert stat.S_IMODE((tmp_path / "answer").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "answer.zip").stat().st_mode) == 0o600


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.seen |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_no_value_can_become_markup_anywhere(tmp_path: Path):
    """Every text of the answer is nasty: names, titles, reasons, keys; the page then has the tags of a plain one."""
    nasty = AccessTable(
        NASTY, NASTY, NASTY, (AccessColumn(NASTY, NASTY, NASTY),), [(NASTY,)], (Withheld(NASTY, "others", NASTY),),
        [Review((NASTY,), NASTY)], (Stays((NASTY,), NASTY, None, Why((NASTY,), (Citation(NASTY, NASTY),), NASTY)),),
        (NASTY,), NASTY, (NASTY,),
    )  # fmt: skip
    wide = dataclasses.replace(nasty, columns=nasty.columns * 7, rows=[(NASTY,) * 7])
    write(
        AccessAnswer(
            NASTY, NASTY, NASTY, (Moment(NASTY, MADE, 2.0),), (nasty, wide), 1, (NASTY,), NASTY, (NASTY,), NASTY, NASTY
        ),
        tmp_path / "nasty",
    )
    tags = Tags()
    page = (tmp_path / "nasty/index.html").read_text()
    tags.feed(page)
    assert not {"script", "img", "onerror", "src"} & tags.seen
    assert "<script>alert(1)</script>" in tags.text
    assert "\x00" not in page and "\u202e" not in tags.text.replace(NASTY, "")
    assert "default-src 'none'" in page and not re.search(r"(?:src|url)\s*[=(]\s*[\"']?http", page)
    assert all(p.resolve().is_relative_to(tmp_path) for p in (tmp_path / "nasty").rglob("*"))


def test_names_of_tables_cannot_climb_out_or_collide(tmp_path: Path):
    bad = dataclasses.replace(orders([(1, "a", None)]), store="../../x", table="a/b")
    twin = dataclasses.replace(orders([(2, "b", None)]), store="../../x", table="a_b")
    files = [f.path for f in write(answer(bad, twin), tmp_path / "p").files if f.path.startswith("tables")]
    assert files == ["tables/01-______x.a_b.csv", "tables/02-______x.a_b.csv"]


# ---- CSV -------------------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.one_of(st.text(st.characters(codec="utf-8")), st.sampled_from([*FORMULA_STARTS, "'=1", " =1+1"])),
        min_size=1,
        max_size=4,
    )
)
def test_csv_gives_back_every_text_and_none_begins_as_a_formula(texts: list[str]):
    [read] = csv.reader(io.StringIO(csv_line(tuple(texts)), newline=""), strict=True)
    assert not any(field.lstrip(" ").startswith(FORMULA_STARTS) for field in read)
    assert [f[1:] if f.startswith("'") else f for f in read] == texts


def test_csv_tells_null_from_empty_and_leaves_numbers_alone():
    assert (
        csv_line((None, "", -5, Decimal("-1.50"), True, b"\x00", date(2026, 1, 2))) == ',"",-5,-1.50,true,AA==,2026-01-02\r\n'
    )
    assert csv_line(('a"b', "a,b", "a\r\nb", "-5")) == '"a""b","a,b","a\r\nb",\'-5\r\n'


def test_a_page_shows_what_cannot_be_seen_and_says_where_it_cut():
    assert to_page("a\u202eb\x00c\n") == "a\ufffdb\ufffdc\n"
    assert to_page("x" * 3000).endswith("(all of it is in the table's file)")


# ---- much, and failing -----------------------------------------------------------------------------------------------


MANY = """
import resource, sys
from pathlib import Path
from tests.package.test_package import answer, orders, write
write(answer(orders([(1, "warm", None)])), Path(sys.argv[1], "warm.zip"))
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = ((n, f"name {n}", {"email": f"{n}@example.test"}) for n in range(200_000))
receipt = write(answer(orders(rows)), Path(sys.argv[1], "much.zip"))
print(receipt.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle)
"""


def test_memory_stays_flat_for_a_person_with_many_rows(tmp_path: Path):
    here = Path(__file__).parents[2]
    env = os.environ | {"PYTHONPATH": f"{here}:{here / 'src'}"}
    run = subprocess.run([sys.executable, "-c", MANY, str(tmp_path)], env=env, capture_output=True, text=True, check=True)
    rows, kib = map(int, run.stdout.split())
    assert rows == 200_000
    assert kib < 8_000, kib
    page = zipfile.ZipFile(tmp_path / "much.zip").read("much/index.html").decode()
    assert "the first 100 of 200,000 entries" in page
    assert len(page) < 200_000


def test_a_read_that_breaks_leaves_nothing_behind(tmp_path: Path):
    def rows() -> Iterator[tuple[object, ...]]:
        yield (1, "Ada", None)
        raise RuntimeError("the store went away")

    with pytest.raises(RuntimeError):
        write_package(answer(orders(rows())), tmp_path / "answer", made=MADE)
    assert list(tmp_path.iterdir()) == []


def test_an_answer_never_overwrites_another(tmp_path: Path):
    (tmp_path / "answer").mkdir()
    outcome = write_package(full(), tmp_path / "answer", made=MADE)
    assert isinstance(outcome, Refused) and outcome.code == "X801"


def test_a_disk_that_does_not_take_it_is_a_fault_without_a_path(tmp_path: Path):
    (tmp_path / "file").write_text("")
    outcome = write_package(full(), tmp_path / "file" / "answer", made=MADE)
    assert isinstance(outcome, Failed) and outcome.code == "X802"
    assert str(tmp_path) not in outcome.cause


def test_what_a_killed_run_left_is_cleared(tmp_path: Path):
    (tmp_path / "answer.partial").mkdir()
    (tmp_path / "answer.partial/data.json").write_text("half")
    write(full(), tmp_path / "answer")
    assert [p.name for p in tmp_path.iterdir()] == ["answer"]


def test_a_period_that_several_tables_share_is_said_once(tmp_path: Path) -> None:
    period = "Your account stays for as long as you use it. " * 4
    write(answer(orders([], kept_for=period), orders([], kept_for=period), orders([], kept_for="A year.")), tmp_path / "a")
    page = (tmp_path / "a/index.html").read_text()
    assert page.count(period.strip()) == 1 and 'As for <a href="#t1">Orders</a>, above.' in page and "A year." in page
    tables = json.loads((tmp_path / "a/data.json").read_text())["tables"]
    assert [table["kept_for"] for table in tables] == [period, period, "A year."]


def test_law_that_nobody_has_seen_in_a_text_bears_a_star_and_the_page_says_what_it_means(tmp_path: Path) -> None:
    seen = answer(rights=("Right of access (GDPR, Art. 15)",), authority="the Data Protection Commission")
    write(seen, tmp_path / "a")
    assert "*" not in (tmp_path / "a/index.html").read_text().partition("Your rights")[2]
    write(dataclasses.replace(seen, rights=("Right to object (GDPR, Art. 21; not confirmed)",)), tmp_path / "b")
    page = (tmp_path / "b/index.html").read_text()
    assert "Right to object (GDPR, Art. 21)*" in page and "* As we know the law" in page
