"""Access by hand: what a person gets, encrypted at rest, at flat memory, from one snapshot."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.execution.shop import TODAY, Shop, run_sql, shop_of
from upheld.engine.execution import Bound, WorkingCopy, access, run_access
from upheld.engine.execution.preview import preview
from upheld.engine.plan import Refused
from upheld.engine.plan.plans import Preview
from upheld.engine.plan.steps import ReadRows
from upheld.engine.stores.session import Answered
from upheld.engine.stores.sql.statements import Statement
from upheld.records.keys import KeyFault

KEY = bytes(range(32))
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def copied(shop: Shop, folder: Path, *emails: str) -> WorkingCopy:
    bound = shop.bind(*emails)
    assert isinstance(bound, Bound)
    copy = run_access(
        shop.plan("access"),
        shop.estate,
        shop.catalogue,
        bound.bindings,
        shop.stores,
        today=TODAY,
        now=NOW,
        folder=folder,
        key=KEY,
    )
    assert isinstance(copy, WorkingCopy), copy
    return copy


def rows_of(copy: WorkingCopy, shop: Shop, ref: str) -> dict[str, list[tuple[object, ...]]]:
    return {f"{t.store}.{t.table}": sorted(t.rows, key=repr) for t in copy.answer(ref, shop.estate).tables}


def test_each_person_gets_her_rows_and_nobody_elses(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        copy = copied(shop, tmp_path / "copies", "ada@example.test", "ben@example.test")
        assert rows_of(copy, shop, "s-0") == {
            "post.letters": [(1, "Ada@Example.Test", "clocks")],
            "shop.customers": [(1, "Ada Example", "ada@example.test")],
            "shop.orders": [(10, 1, "Ada Street 1", "2025-06-01"), (11, 1, "Ada Street 2", "2010-06-01")],
            "shop.lines": [(100, 10, "for Ada"), (101, 11, "to Ada")],
        }
        assert rows_of(copy, shop, "s-1")["shop.lines"] == [(200, 20, "for Ben")]
        assert copy.unreached == () and {m.store for m in copy.moments} == {"shop", "post"}


@pytest.mark.parametrize("who", [("ada@example.test",), ("ada@example.test", "ben@example.test")])
def test_a_preview_counts_the_rows_that_the_copy_then_holds(address: str, tmp_path: Path, who: tuple[str, ...]) -> None:
    with shop_of(address, tmp_path) as shop:
        bound, plan = shop.bind(*who), shop.plan("access")
        assert isinstance(bound, Bound)
        counts = preview(plan, shop.estate, shop.catalogue, bound.bindings, shop.stores, TODAY)
        assert isinstance(counts, Preview)
        shown = {
            f"{part.store}.{step.rows.table}": counts.rows[part.store, number]
            for part in plan.stores
            for number, step in enumerate(part.steps)
            if isinstance(step, ReadRows)
        }
        copy = copied(shop, tmp_path / "copies", *who)
        read: dict[str, int] = dict.fromkeys(shown, 0)
        for ref in copy.refs:
            for place, rows in rows_of(copy, shop, ref).items():
                read[place] += len(rows)
        assert shown == read and len(shown) == 4 and all(shown.values())


AWKWARD = "back\\slash \\\\n tab\there \"quoted\" line\nbreak é 字 'x' \\N {}"


def test_any_text_comes_back_as_it_was_whether_few_rows_or_many(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        text = AWKWARD.replace("'", "''")
        shop.sql("shop", f"UPDATE lines SET engraving = '{text}' WHERE id = 100")
        assert (100, 10, AWKWARD) in rows_of(copied(shop, tmp_path / "few", "ada@example.test"), shop, "s-0")["shop.lines"]
        _many(shop, 2_500)
        many = rows_of(copied(shop, tmp_path / "many", "ada@example.test"), shop, "s-0")["shop.lines"]
        assert (100, 10, AWKWARD) in many and len(many) == 2_502
        both = copied(shop, tmp_path / "both", "ben@example.test", "ada@example.test")
        assert (100, 10, AWKWARD) in rows_of(both, shop, "s-1")["shop.lines"] and len(
            rows_of(both, shop, "s-0")["shop.lines"]
        ) == 1


def test_tables_below_many_rows_are_not_tried_and_answer_the_same(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop_of(address, tmp_path) as shop:
        whole = rows_of(copied(shop, tmp_path / "tried", "ada@example.test"), shop, "s-0")
        monkeypatch.setattr(access, "SMALL_READ_ROWS", 1)
        sent: list[str] = []
        together = shop.stores["shop"].together

        def watched(statements: Sequence[Statement], *more: Any, **named: Any) -> list[Answered]:
            sent.extend(statement.sql for statement in statements if "LIMIT" in statement.sql)
            return together(statements, *more, **named)

        monkeypatch.setattr(shop.stores["shop"], "together", watched)
        assert rows_of(copied(shop, tmp_path / "streamed", "ada@example.test"), shop, "s-0") == whole
        assert sent and not any('"lines"' in sql for sql in sent)


def _many(shop: Shop, rows: int) -> None:
    values = f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
    run_sql(shop.addresses["shop"], f"INSERT INTO lines {values} SELECT 1000 + i, 10, 'engraved ' || i FROM n")


def test_the_copy_is_unreadable_without_its_key_and_gone_when_purged(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        copy = copied(shop, tmp_path / "copies", "ada@example.test")
        [file] = (tmp_path / "copies").iterdir()
        assert b"Ada" not in file.read_bytes() and file.stat().st_mode & 0o077 == 0
        other = WorkingCopy(copy.ask, copy.folder, bytes(32), copy.refs, copy.sections, copy.moments, shelved=copy.shelved)
        with pytest.raises(KeyFault):
            rows_of(other, shop, "s-0")
        copy.purge()
        assert list((tmp_path / "copies").iterdir()) == []


def test_memory_does_not_grow_with_rows(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        _many(shop, 40_000)
        copied(shop, tmp_path / "warm", "ben@example.test")
        tracemalloc.start()
        copy = copied(shop, tmp_path / "copies", "ada@example.test")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8_000_000
        counts = {t.table: sum(1 for _ in t.rows) for t in copy.answer("s-0", shop.estate).tables}
        assert counts["lines"] == 40_002


def test_a_store_out_of_reach_is_named_and_the_answer_is_incomplete(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        bound = shop.bind("ada@example.test")
        assert isinstance(bound, Bound)
        copy = run_access(
            shop.plan("access"), shop.estate, shop.catalogue, bound.bindings, {"shop": shop.stores["shop"]},
            today=TODAY, now=NOW, folder=tmp_path / "copies", key=KEY,
        )  # fmt: skip
        assert isinstance(copy, WorkingCopy) and copy.unreached == ("post",)
        assert copy.answer("s-0", shop.estate).unreached == ("post",)


def test_a_schema_that_drifted_is_not_read(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        bound, plan = shop.bind("ada@example.test"), shop.plan("access")
        assert isinstance(bound, Bound)
        shop.sql("shop", "ALTER TABLE lines ADD COLUMN colour text")
        found = run_access(
            plan, shop.estate, shop.catalogue, bound.bindings, shop.stores, today=TODAY, now=NOW, folder=tmp_path / "c", key=KEY
        )
        assert isinstance(found, Refused) and found.code == "L202"
