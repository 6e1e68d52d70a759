"""Normal forms: what matches, what does not, and the SQL twins proved equal on real engines."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests import mariadb
from upheld.engine.estate.forms import keys_of, normalise, resembles, sqlite_functions, twin
from upheld.engine.estate.mariadb.key_columns import creating, is_found, key_column
from upheld.engine.stores.mariadb.session import MariaDBStore

EMAILS = [
    "ada@example.test", "ADA@Example.TEST", "  ada@example.test ", "ada @example.test", "ada@example.test\t", "\tada@example.test",
    "jose@example.test", "josé@example.test", "jose\u0301@example.test", "JOSÉ@example.test", "İpek@example.test", "ıpek@example.test",
    "Straße@example.test", "strasse@example.test", "\u212Aelvin@example.test", "kelvin@example.test", "ａｄａ@example.test",
    "ada@bücher.example", "ada@BÜCHER.example", "ADA@xn--bcher-kva.example", "ada@bu\u0308cher.example", "ada@xn--.example",
    "ada@faß.example", "ada@fass.example", "ada@xn--fa-hia.example", "ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah", "a@b@Bücher.example",
    "", " ", "\t", "@", "ada", "ADA", "ada@", "@example.test", "ada+news@example.test", "a.d.a@gmail.com", "ada@exa_mple.test",
    "ada@" + "ü" * 80 + ".example", "ada@-ü.example", "'; drop table p; --@example.test", "ada\u200b@example.test", "\u037e@example.test",
    "ada@example。test", "ada@bücher。example", "ﬀ@example.test", "ADA@éxample.test ", "é@example.test", "e\u0301@example.test",
]  # fmt: skip
PHONES = [
    "+353 87 123 4567", "087 123 4567", "(087) 123-4567", "00353 87 123 4567", "353871234567", "+353 (0)87 123 4567", "871234567",
    "0871234567 ", " 0871234567", "0871234567 ext 5", "+353 87 123 45", "", " ", "+", "n/a", "0000000000", "01 234 5678", "+1 415 555 2671",
    "0014155552671", "(415) 555-2671", "٠٨٧١٢٣٤٥٦٧", "087\u00a0123 4567", "087/1234567", "+44 20 7946 0018", "020 7946 0018", "++353871234567",
    "087+1234567", "tel:+353871234567", "+353-87-123-4567\n", "- 0871234567", "800 FLOWERS",
]  # fmt: skip
EXACTS = ["C-17", "c-17", " C-17", "C-17 ", "", " ", "É", "E\u0301", "0", "17"]
CORPUS = {"email/1": EMAILS, "phone/1": PHONES, "exact/1": EXACTS}


def wanted(form: str) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for value in CORPUS[form]:
        normal = normalise(form, value, "IE")
        if normal is not None:
            groups.setdefault(normal, set()).add(value)
    return groups


def test_an_address_matches_its_own_writings_and_no_other_persons():
    for same in ("ADA@Example.TEST", "  ada@example.test "):
        assert normalise("email/1", same) == "ada@example.test"
    assert normalise("email/1", "jose\u0301@example.test") == normalise("email/1", "josé@example.test")
    assert normalise("email/1", "jose@example.test") != normalise("email/1", "josé@example.test")
    assert normalise("email/1", "JOSÉ@example.test") != normalise("email/1", "josé@example.test")
    assert normalise("email/1", "ada@BÜCHER.example") == "ada@xn--bcher-kva.example"
    assert normalise("email/1", "ada@faß.example") != normalise("email/1", "ada@fass.example")


def test_nothing_blank_identifies_anybody():
    for form in CORPUS:
        assert {normalise(form, blank) for blank in (None, "", " ", "\t")} == {None}


def test_usual_writings_of_a_telephone_number_are_one_and_others_identify_nobody():
    writings = ["+353 87 123 4567", "087 123 4567", "(087) 123-4567", "00353 87 123 4567", "+353 (0)87 123 4567"]
    assert {normalise("phone/1", writing, "IE") for writing in writings} == {"+353871234567"}
    assert {normalise("phone/1", text, "IE") for text in ("0871234567 ext 5", "087/1234567", "+353 87 123 45", "n/a")} == {None}
    assert normalise("phone/1", "087 123 4567", "US") is None


def test_habits_of_mail_providers_only_propose():
    assert normalise("email/1", "a.d.a@gmail.com") != normalise("email/1", "ada@gmail.com")
    assert resembles("email/1", "a.d.a@gmail.com", "ada+news@googlemail.com")
    assert resembles("email/1", "josé@example.test", "josÉ@example.test")
    assert not resembles("email/1", "ada@example.test", "bea@example.test")


@pytest.mark.parametrize("form", CORPUS)
def test_normal_forms_are_their_own_normal_form(form):
    for value in CORPUS[form]:
        normal = normalise(form, value, "IE")
        assert normal is None or normalise(form, normal, "IE") == normal


@pytest.mark.parametrize("form", CORPUS)
def test_the_postgresql_twin_finds_exactly_the_rows_of_a_normal_form(form, postgres):
    postgres.execute("DROP TABLE IF EXISTS p")
    postgres.execute("CREATE TABLE p (v text)")
    postgres.cursor().executemany("INSERT INTO p VALUES (%s)", [(value,) for value in CORPUS[form]])
    sql = twin(form, "postgresql", '"v"')
    for normal, values in wanted(form).items():
        keys = list(keys_of(form, normal, "postgresql", "IE"))
        by_key = {v for (v,) in postgres.execute(f"SELECT v FROM p WHERE {sql.key} = ANY(%s)", (keys,))}
        odd = {v for (v,) in postgres.execute(f"SELECT v FROM p WHERE {sql.odd}".replace("%", "%%"))}
        assert by_key <= values, "the key alone never finds another's row"
        assert by_key | {v for v in odd if normalise(form, v, "IE") == normal} == values


@pytest.mark.parametrize("form", CORPUS)
def test_the_sqlite_twin_finds_exactly_the_rows_of_a_normal_form(form):
    connection = sqlite3.connect(":memory:")
    for name, function in sqlite_functions("IE").items():
        connection.create_function(name, 1, function, deterministic=True)
    connection.execute("CREATE TABLE p (v)")
    connection.executemany("INSERT INTO p VALUES (?)", [(value,) for value in CORPUS[form]])
    sql = twin(form, "sqlite", '"v"')
    name = "upheld_" + form.replace("/", "_")
    for normal, values in wanted(form).items():
        keys = keys_of(form, normal, "sqlite", "IE")
        marks = ", ".join("?" * len(keys))
        by_key = {v for (v,) in connection.execute(f"SELECT v FROM p WHERE {sql.key} IN ({marks})", keys)}
        assert by_key <= values, "the key alone never finds another's row"
        whole = f"{sql.key} IN ({marks}) OR ({sql.odd} AND {name}(v) = ?)"
        assert {v for (v,) in connection.execute(f"SELECT v FROM p WHERE {whole}", (*keys, normal))} == values
        assert {v for (v,) in connection.execute(f"SELECT v FROM p WHERE {name}(v) = ?", (normal,))} == values


def test_the_twin_of_an_address_can_be_indexed_on_postgresql(postgres):
    postgres.execute("CREATE TABLE big AS SELECT 'p' || n || '@example.test' AS email FROM generate_series(1, 20000) n")
    key = twin("email/1", "postgresql", "email").key
    postgres.execute(f"CREATE INDEX big_email ON big (({key}))")
    postgres.execute("ANALYZE big")
    plan = "\n".join(
        line for (line,) in postgres.execute(f"EXPLAIN SELECT 1 FROM big WHERE {key} = ANY(%s)", (["p7@example.test"],))
    )
    assert "big_email" in plan


@pytest.mark.parametrize("collation", ["utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_bin"])
@pytest.mark.parametrize("form", CORPUS)
def test_the_mariadb_twin_finds_exactly_the_rows_of_a_normal_form(form, collation, make_mariadb):
    """Whatever the collation takes for one value: capitals, accents and spaces at the end tell rows apart."""
    with closing(mariadb.connect(make_mariadb(collation))) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE p (v varchar(500))")
        cursor.executemany("INSERT INTO p VALUES (%s)", [(value,) for value in CORPUS[form]])
        sql = twin(form, "mariadb", "v")
        for normal, values in wanted(form).items():
            keys = keys_of(form, normal, "mariadb", "IE")
            cursor.execute(f"SELECT v FROM p WHERE {sql.key.replace('%', '%%')} IN %s", (keys,))
            by_key = {v for (v,) in cursor.fetchall()}
            cursor.execute(f"SELECT v FROM p WHERE {sql.odd}")
            odd = {v for (v,) in cursor.fetchall()}
            assert by_key <= values, "the key alone never finds another's row"
            assert by_key | {v for v in odd if normalise(form, v, "IE") == normal} == values


@pytest.mark.parametrize("form", ["email/1", "phone/1"])
def test_the_key_of_an_identifier_is_indexed_on_mariadb_by_the_statements_that_are_proposed(form, make_mariadb):
    address = make_mariadb()
    mariadb.execute(
        address,
        "CREATE TABLE people (id int PRIMARY KEY, said varchar(200))",
        "INSERT INTO people VALUES (1, 'Ada@Example.test')",
    )
    for statement in creating("people", "said", form).split("; "):
        mariadb.execute(address, statement.rstrip(";"))
    with closing(MariaDBStore("shop", address)) as session:
        live = session.catalogue().tables["people"]
    assert key_column(live, "said", form) == "said_key" and is_found(live, "said", form)
    assert not key_column(live, "id", form)
    [row] = mariadb.execute(address, "EXPLAIN SELECT 1 FROM people WHERE said_key = 'ada@example.test'")
    assert "people_said_key" in row
