"""The search for personal values finds what it says it finds."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import searching

TOKEN = "Quillfeather.Zq81@example.test"


@given(
    st.binary(max_size=9),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12, max_size=30),
    st.binary(max_size=9),
)
def test_base64_is_found_at_every_alignment(before: bytes, token: str, after: bytes) -> None:
    hidden = base64.b64encode(before + token.encode() + after)
    assert searching.in_bytes(hidden, [token])
    assert searching.in_bytes(base64.urlsafe_b64encode(before + token.encode() + after), [token])


@pytest.mark.parametrize(
    "hidden",
    [
        TOKEN.encode(),
        TOKEN.lower().encode(),
        TOKEN.upper().encode(),
        TOKEN.encode("utf-16-le"),
        TOKEN.encode().hex().encode(),
        TOKEN.encode().hex().upper().encode(),
        quote(TOKEN, safe="").encode(),
        quote(TOKEN, safe="").lower().encode(),
        hashlib.md5(TOKEN.encode()).digest(),
        hashlib.sha1(TOKEN.lower().encode()).hexdigest().encode(),
        hashlib.sha256(TOKEN.encode()).hexdigest().encode(),
        base64.b64encode(hashlib.sha256(TOKEN.lower().encode()).digest()),
    ],
)
def test_each_form_is_found(hidden: bytes) -> None:
    assert searching.in_bytes(b"xx" + hidden + b"yy", [TOKEN])


def test_what_is_not_there_is_not_found() -> None:
    assert searching.in_bytes(b"quillfeather at example.test, Zq81", [TOKEN]) == []


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ValueError, match="by accident"):
        searching.in_bytes(b"", ["ada"])


def test_files_names_and_what_lies_across_two_pieces_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f"{TOKEN}.txt").write_text("nothing here")
    (tmp_path / "across").write_bytes(b"x" * (searching.CHUNK_BYTES - 5) + TOKEN.encode())
    places = {found.place for found in searching.in_folder(tmp_path, [TOKEN])}
    assert len(places) == 2


def test_every_table_of_a_database_is_searched_except_mapped_columns(fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (email text, n int); CREATE TABLE logs (line bytea)")
        connection.execute("INSERT INTO people VALUES (%s, 1)", [TOKEN])
        assert {f.place for f in searching.in_database(connection, [TOKEN])} == {"public.people"}
        assert searching.in_database(connection, [TOKEN], {"people": ["email"]}) == []
        connection.execute("INSERT INTO logs VALUES (%s)", [base64.b64encode(b"to " + TOKEN.encode())])
        assert {f.place for f in searching.in_database(connection, [TOKEN], {"people": ["email"]})} == {"public.logs"}
