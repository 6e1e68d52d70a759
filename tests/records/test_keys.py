"""Keys: what opens, what does not, and what destroying a key leaves."""

from __future__ import annotations

import io
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from upheld.records import keys
from upheld.records.keys import KeyFault, MasterKey
from upheld.records.keys.frames import FRAME_BYTES, TAG_BYTES
from upheld.records.keys.hashing import destroy_hash_key, hash_keys, quarter
from upheld.records.keys.signing import SigningKey, is_signed_note
from upheld.records.own import OwnDatabase

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
KEY = bytes(range(32))


def framed(plain: bytes, key: bytes = KEY) -> bytes:
    out = io.BytesIO()
    with keys.FrameWriter(key, out) as writer:
        for start in range(0, len(plain), 50_000):
            writer.write(plain[start : start + 50_000])
    return out.getvalue()


def unframed(stream: bytes, key: bytes = KEY) -> bytes:
    return b"".join(keys.read_frames(key, io.BytesIO(stream)))


def test_a_files_key_is_the_one_that_hkdf_gives() -> None:
    stream = framed(b"a row")
    salt, frame = stream[4:36], stream[36:]
    derived = HKDF(SHA256(), 32, salt, b"upheld frames 1").derive(KEY)
    assert AESGCM(derived).decrypt(bytes(11) + b"\1", frame, None) == b"a row"


def test_the_master_key_file_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    first = keys.load_master(None, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert keys.load_master(None, file) == first


def test_a_master_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    keys.load_master(None, file)
    file.chmod(0o644)
    with pytest.raises(KeyFault) as caught:
        keys.load_master(None, file)
    assert caught.value.code == "X904"


@pytest.mark.parametrize("setting", ["", "   \n", "not base64!", "c2hvcnQ="])
def test_a_master_key_of_another_shape_is_refused_without_showing_it(setting: str, tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    file.write_text(setting)
    file.chmod(0o600)
    with pytest.raises(KeyFault) as caught:
        keys.load_master(None, file)
    assert caught.value.code == "X904"
    assert not setting.strip() or setting.strip() not in str(caught.value)


def test_key_material_never_shows_in_repr() -> None:
    assert "\\x" not in repr(MasterKey(KEY)) and "seed" not in repr(SigningKey("o", KEY))


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_a_sealed_value_opens_only_unchanged_under_its_key_and_place(plain: bytes, flip: int) -> None:
    sealed = keys.seal(KEY, plain, "here")
    assert keys.unseal(KEY, sealed, "here") == plain
    broken = bytearray(sealed)
    broken[flip % len(sealed)] ^= 1
    for key, data, about in ((KEY, bytes(broken), "here"), (KEY, sealed, "there"), (bytes(32), sealed, "here")):
        with pytest.raises(KeyFault):
            keys.unseal(key, data, about)


@pytest.mark.parametrize("size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES, 200_001])
def test_a_framed_stream_opens_to_what_was_written(size: int) -> None:
    plain = os.urandom(size)
    assert unframed(framed(plain)) == plain


@pytest.mark.parametrize("size", [0, 10, FRAME_BYTES, 3 * FRAME_BYTES])
def test_a_framed_stream_cut_anywhere_is_found_out(size: int) -> None:
    stream = framed(os.urandom(size))
    frame = FRAME_BYTES + TAG_BYTES
    cuts = {
        0,
        3,
        36,
        37,
        36 + TAG_BYTES - 1,
        36 + frame,
        36 + frame - 1,
        36 + 2 * frame,
        len(stream) - 1,
        len(stream) - TAG_BYTES,
    }
    for cut in sorted(cut for cut in cuts if 0 <= cut < len(stream)):
        with pytest.raises(KeyFault):
            unframed(stream[:cut])


def test_frames_that_change_places_or_are_added_are_found_out() -> None:
    stream = framed(os.urandom(3 * FRAME_BYTES))
    frame = FRAME_BYTES + TAG_BYTES
    head, parts = stream[:36], [stream[36 + i * frame : 36 + (i + 1) * frame] for i in range(3)]
    for forged in ([parts[1], parts[0], parts[2]], [parts[0], parts[0], parts[2]], [*parts, parts[2]], [parts[0], parts[2]]):
        with pytest.raises(KeyFault):
            unframed(head + b"".join(forged))


def test_a_stream_that_failed_midway_does_not_look_complete() -> None:
    out = io.BytesIO()
    with pytest.raises(ZeroDivisionError), keys.FrameWriter(KEY, out) as writer:
        writer.write(os.urandom(100_000))
        raise ZeroDivisionError
    with pytest.raises(KeyFault):
        unframed(out.getvalue())


def test_destroying_the_asks_key_leaves_nothing_that_opens(own: OwnDatabase) -> None:
    master = MasterKey(KEY)
    with own.connection() as connection:
        key = keys.ask_key(connection, master, "A-0001", NOW)
        assert keys.ask_key(connection, master, "A-0001", NOW) == key
        assert keys.ask_key(connection, master, "A-0002", NOW) != key
        assert keys.destroy_ask_key(connection, "A-0001")
        assert keys.find_ask_key(connection, master, "A-0001") is None
        assert not keys.destroy_ask_key(connection, "A-0001")


def test_another_master_key_opens_no_ask(own: OwnDatabase) -> None:
    with own.connection() as connection:
        keys.ask_key(connection, MasterKey(KEY), "A-0001", NOW)
        with pytest.raises(KeyFault) as caught:
            keys.find_ask_key(connection, MasterKey(bytes(32)), "A-0001")
    assert caught.value.code == "X905"


def test_each_epoch_hashes_with_a_key_of_its_own(own: OwnDatabase) -> None:
    master = MasterKey(KEY)
    with own.connection() as connection:
        first = keys.hash_key(connection, master, "tombstone", "2026-Q1", NOW)
        second = keys.hash_key(connection, master, "tombstone", "2026-Q2", NOW)
        assert first != second
        assert keys.hash_key(connection, master, "tombstone", "2026-Q1", NOW) == first
        assert destroy_hash_key(connection, "tombstone", "2026-Q1")
        assert list(hash_keys(connection, master, "tombstone")) == ["2026-Q2"]


def test_keyed_hashes_of_different_lists_of_parts_never_meet() -> None:
    assert keys.keyed_hash(KEY, "ab", "c") != keys.keyed_hash(KEY, "a", "bc")


@pytest.mark.parametrize(
    ("day", "name"), [(date(2026, 1, 1), "2026-Q1"), (date(2026, 3, 31), "2026-Q1"), (date(2026, 12, 31), "2026-Q4")]
)
def test_a_quarter_has_three_months(day: date, name: str) -> None:
    assert quarter(day) == name


def test_a_note_is_signed_by_its_key_alone() -> None:
    key, other = SigningKey("ledger.example.test/north", KEY), SigningKey("ledger.example.test/north", bytes(32))
    note = key.sign_note("ledger.example.test/north\n0\nxx\n")
    assert is_signed_note(key.vkey, note)
    assert not is_signed_note(other.vkey, note)
    assert not is_signed_note(key.vkey, note.replace("\n0\n", "\n1\n"))
