"""Of a few people's identifiers the store leaves out rows by itself: never one in which the sweep would have found something."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.execution.shop import Shop, run_sql, shop_of
from upheld.engine.execution.sweep import _Wanted
from upheld.engine.stores.sought import FEW, Sought

SCRIBBLES = "CREATE TABLE scribbles (id integer PRIMARY KEY, note text, extra text);"
WANTED = _Wanted(
    {
        "email/1": frozenset({"ask.ada@kiln.example.test", "jörg@example.test", "ada@xn--mnchen-3ya.test"}),
        "exact/1": frozenset({"C-0042_7%", "Ünal 5"}),
        "phone/1": frozenset({"+4915112345678", "+353871234567"}),
    },
    "DE",
)
KELVIN = "K"  # its lower case, and its normal form, is an ASCII k
WRITTEN = [
    "ask.ada@kiln.example.test", "Ask.Ada@Kiln.EXAMPLE.test", f"as{KELVIN}.ada@{KELVIN}iln.example.test", "ask.ada@ｋｉｌｎ.example.test",
    "jörg@example.test", "jo\u0308rg@example.test", "JÖRG@example.test", "ada@münchen.test", "ADA@MÜNCHEN.test", "ada@xn--mnchen-3ya.test",
    "C-0042_7%", "c-0042_7%", "Ünal 5", "+49 151 1234-5678", "0151/12345678", "(0151) 12345678", "0049.151.12345678", "4915112345678",
    "087 123 4567", "+353 (0)87 1234567", "00353871234567", "somebody@example.test", "@", "15112345678", "ask.ada@", "kiln.example.test",
]  # fmt: skip
BETWEEN = ["", " ", "\t", "\n", "\u00a0", ";", "\\", "|", "'", '"', "<", "%", "é", "1", "x", "."]
CELLS = st.lists(st.sampled_from(WRITTEN) | st.sampled_from(BETWEEN), max_size=7).map("".join) | st.none()
TABLE = {"scribbles": ["note", "extra"]}


def _bearing(shop: Shop, rows: list[tuple[str | None, str | None]], sought: Sought) -> set[tuple[str | None, ...]]:
    said = ", ".join(f"({n}, {_literal(shop, note)}, {_literal(shop, extra)})" for n, (note, extra) in enumerate(rows))
    run_sql(shop.addresses["shop"], f"DELETE FROM scribbles; INSERT INTO scribbles VALUES {said};")
    return {tuple(cells) for table, cells in shop.stores["shop"].bearing(TABLE, sought) if table == "scribbles"}


def _literal(shop: Shop, text: str | None) -> str:
    if text is None:
        return "NULL"
    written = text.encode().hex()
    engine = shop.estate.stores["shop"].engine
    return {
        "postgresql": f"convert_from('\\x{written}'::bytea, 'UTF8')",
        "sqlite": f"CAST(x'{written}' AS TEXT)",
        "mariadb": f"CONVERT(x'{written}' USING utf8mb4)" if written else "''",
    }[engine]


def _rows_that_bear(wanted: _Wanted, rows: list[tuple[str | None, str | None]]) -> set[tuple[str | None, ...]]:
    return {row for row in rows if any(wanted.bears((cell or "").encode()) for cell in row)}


def test_no_row_that_bears_an_identifier_is_left_out(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, schema=SCRIBBLES) as shop:
        found: list[int] = []

        @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(st.tuples(CELLS, CELLS), min_size=20, max_size=60), st.sampled_from([*WANTED.by_form, "all"]))
        def holds(rows: list[tuple[str | None, str | None]], form: str) -> None:
            wanted = WANTED if form == "all" else _Wanted({form: WANTED.by_form[form]}, WANTED.region)
            bear = _rows_that_bear(wanted, rows)
            assert bear <= _bearing(shop, rows, wanted.sought)
            found.append(len(bear))

        holds()
        assert sum(found) > 20


def test_rows_of_other_people_stay_in_the_store(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, schema=SCRIBBLES) as shop:
        others = [("ben@example.test", "Müller, 0151 998 877"), ("no address", "C-0043"), (None, "ask.ada at kiln")]
        hers = [("write to Ask.Ada@kiln.example.test!", None)]
        assert _bearing(shop, [*others, *hers], Sought(emails=("ask.ada@kiln.example.test",))) - set(hers) <= {others[0]}
        assert _bearing(shop, [*others, *hers], Sought(exact=("C-0042_7%",), phones=("15112345678",))) == set()


def test_a_text_behind_a_nul_is_searched(tmp_path: Path) -> None:
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path, schema=SCRIBBLES) as shop:
        rows: list[tuple[str | None, str | None]] = [(f"x\0{text}", None) for text in WRITTEN]
        assert _rows_that_bear(WANTED, rows) <= _bearing(shop, rows, WANTED.sought)


def test_of_many_identifiers_everything_is_read() -> None:
    assert WANTED.sought.are_few and not Sought().are_few
    assert not Sought(exact=tuple(f"number-{n}" for n in range(FEW + 1))).are_few


def test_a_number_is_found_beside_another_one() -> None:
    wanted = _Wanted({"phone/1": WANTED.by_form["phone/1"]}, "DE")
    for cell in (
        "0151 12345678 0228 4422190",
        "0228 4422190 0151 1234-5678",
        "bill 20417 0151 12345678",
        "1 2 3 4 +353 87 123 4567 9 9",
    ):
        assert wanted.bears(cell.encode()), cell
    for cell in ("0228 4422190 0228 4422191", "01511234567 9 8", "0151 12345679 0151 1234568"):
        assert not wanted.bears(cell.encode()), cell
