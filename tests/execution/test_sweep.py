"""The sweep looks at the live schema and not at the map, counts by place, and excuses no more cells than rows were kept."""

from __future__ import annotations

from pathlib import Path

from tests.execution.shop import Shop, shop_of
from upheld.engine.execution import Bound
from upheld.engine.execution.sweep import Swept, sweep

UNMAPPED = "CREATE TABLE scribbles (id integer PRIMARY KEY, note text, extra text);"
PEOPLE = ("ada@example.test", "ben@example.test")


def swept(shop: Shop, stays: dict[tuple[str, str], int | None] | None = None, *emails: str) -> Swept:
    bound = shop.bind(*(emails or PEOPLE[:1]))
    assert isinstance(bound, Bound)
    return sweep(shop.stores["shop"], shop.estate.stores["shop"], bound.bindings, stays or {})


def test_a_table_that_nobody_mapped_is_swept_too(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, schema=UNMAPPED) as shop:
        shop.sql("shop", "INSERT INTO scribbles VALUES (1, 'call Ada at Ada@Example.test, or later', 'none')")
        shop.rescan()
        found = swept(shop)
        assert found.found == {"customers.email": 1, "scribbles.note": 1} and found.left == 2 and found.expected == {}
        assert "ada" not in f"{found.found} {found.expected}"


def test_a_kept_row_excuses_one_cell_and_no_stray_one_beside_it(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, schema=UNMAPPED) as shop:
        shop.sql("shop", "INSERT INTO scribbles VALUES (1, 'ada@example.test', NULL), (2, 'ada@example.test', NULL)")
        shop.rescan()
        stays = {("scribbles", "note"): 1, ("customers", "email"): 1}
        found = swept(shop, stays)
        assert found.expected == {"customers.email": 1, "scribbles.note": 1} and found.found == {"scribbles.note": 1}


def test_nobody_else_is_found_and_a_clean_store_is_clean(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        bound = shop.bind(PEOPLE[0])
        assert isinstance(bound, Bound)
        shop.erase(PEOPLE[0])
        found = sweep(shop.stores["shop"], shop.estate.stores["shop"], bound.bindings, {})
        assert found.found == {} and found.left == 0 and found.tables == 3 and found.columns >= 4
        assert swept(shop, None, PEOPLE[1]).found == {"customers.email": 1}


def test_thousands_of_identifiers_are_looked_for_at_once(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, schema=UNMAPPED) as shop:
        rows = ", ".join(f"({n}, 'Person {n}', 'person.{n}@example.test')" for n in range(100, 1100))
        shop.sql("shop", f"INSERT INTO customers VALUES {rows}")
        shop.sql(
            "shop",
            "INSERT INTO scribbles VALUES (1, 'person.500@example.test;person.501@example.test', 'PERSON.502@EXAMPLE.TEST')",
        )
        shop.rescan()
        found = swept(shop, None, *(f"person.{n}@example.test" for n in range(100, 1100)))
        assert found.found == {"customers.email": 1000, "scribbles.note": 1, "scribbles.extra": 1}


def test_statistics_taken_anew_quote_nobody_who_was_erased(fresh_database: str, tmp_path: Path) -> None:
    with shop_of(fresh_database, tmp_path) as shop:
        quoted = "SELECT count(*) FROM pg_stats WHERE histogram_bounds::text LIKE '%ada@example%' OR most_common_vals::text LIKE '%ada@example%'"
        shop.sql("shop", "ANALYZE customers")
        shop.erase(PEOPLE[0])
        assert shop.sql("shop", quoted) == [(1,)]
        shop.stores["shop"].take_statistics(["customers"])
        assert shop.sql("shop", quoted) == [(0,)]
