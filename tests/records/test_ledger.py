"""The ledger on a real database: what is recorded, numbered, signed, proved, exported and found out."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tests import searching
from upheld.records import ledger
from upheld.records.keys import MasterKey
from upheld.records.keys.signing import is_signed_note
from upheld.records.ledger import Detail, Leaf
from upheld.records.ledger.export import export
from upheld.records.ledger.leaf import canonical, leaf_json, leaf_texts
from upheld.records.ledger.proofs import consistency_proof
from upheld.records.ledger.sequence import change_key
from upheld.records.ledger.tree import is_included
from upheld.records.ledger.uses import UseCounter, count_uses, gather
from upheld.records.own import OwnDatabase

MASTER = MasterKey(bytes(range(32)))
ORIGIN = "ledger.example.test/north"
NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
VERIFIER = Path(__file__).parents[2] / "verifier" / "verify.py"
TOKENS = ["Quillfeather-Zq81", "zq81@example.test"]


@pytest.fixture
def begun(own: OwnDatabase) -> OwnDatabase:
    with own.connection() as connection:
        ledger.begin(connection, MASTER, ORIGIN, NOW)
    return own


def a_leaf(n: int = 0, **more: object) -> Leaf:
    return Leaf("disclosure:made", NOW, ("north.share.1",), {"rows": n}, **more)  # type: ignore[arg-type]


def fill(own: OwnDatabase, leaves: int) -> list[str]:
    with own.connection() as connection:
        ids = ledger.append(connection, [a_leaf(n) for n in range(leaves)])
        ledger.sequence(connection, MASTER, NOW)
    return ids


def codes(own: OwnDatabase, pinned: str | None = None) -> set[str]:
    with own.connection() as connection:
        return {finding.code for finding in ledger.verify_tables(connection, pinned).findings}


def as_owner(own: OwnDatabase, *statements: str) -> None:
    """What somebody with the owner's password could do."""
    with psycopg.connect(own._owner_url, autocommit=True) as connection:
        for table in ("ledger_leaf", "ledger_entry", "ledger_node", "ledger_checkpoint", "signing_key"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            connection.execute(statement)


# ---- leaves ----------------------------------------------------------------------------------------------------------


@given(
    st.builds(
        Leaf,
        st.from_regex(r"[a-z0-9-]+(:[a-z0-9-]+)?", fullmatch=True),
        st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.lists(st.sampled_from(["a.b.1", "a.b.2", "z.1"]), max_size=4).map(tuple),
        st.dictionaries(st.sampled_from(["rows", "a:b", "shop.orders", "z_1"]), st.integers(0, 2**53 - 1)),
        plan=st.none() | st.just("ab" * 32),
        chunk=st.none() | st.integers(0, 9),
        gate=st.none() | st.just("use"),
    )
)
def test_a_leaf_is_canonical_json(leaf: Leaf) -> None:
    text = leaf_json(leaf, "0" * 32, b"")
    assert rfc8785.dumps(json.loads(text)).decode() == text


def test_leaves_of_many_people_read_as_each_alone_would() -> None:
    first = Leaf("erased:one", NOW, ("a.b.1",), {"rows": 2}, plan="ab" * 32, chunk=3, detail=Detail({"ask": "A-0001"}, "p-1"))
    leaves = [first, first, replace(first, chunk=4), replace(first, detail=None), first, replace(first, plan=None), first]
    ids = [f"{n:032x}" for n in range(len(leaves))]
    nonces = [bytes([n]) * 32 for n in range(len(leaves))]
    said = [canonical({"ask": f"A-{n:04}"}) if leaf.detail else None for n, leaf in enumerate(leaves)]
    alone = [leaf_json(*one) for one in zip(leaves, ids, nonces, said, strict=True)]
    assert leaf_texts(leaves, ids, nonces, said) == alone
    with pytest.raises(ValueError, match="id"):
        leaf_texts(leaves[:2], [ids[0], "not an id"], nonces[:2], said[:2])


@pytest.mark.parametrize(
    "leaf",
    [
        a_leaf(-1),
        a_leaf(2**53),
        a_leaf(True),
        a_leaf(plan="A-0001"),
        a_leaf(of="ada@example.test"),
        Leaf("Erased Ada", NOW),
        Leaf("erased\n", NOW),
        Leaf("erased", NOW, ("ada@example.test",)),
        Leaf("erased", NOW, counts={"Ada Quillfeather": 1}),
        Leaf("erased", NOW.replace(tzinfo=None)),
        a_leaf(gate="use of ada"),
        a_leaf(outcome="kept for ada@example.test"),
        a_leaf(detail=Detail({"rows": 1.5})),  # type: ignore[dict-item]
        a_leaf(detail=Detail({"rows": None})),  # type: ignore[dict-item]
        a_leaf(detail=Detail({"rows": True})),
        a_leaf(detail=Detail({"name": "a\x00b"})),
    ],
)
def test_a_leaf_takes_no_free_text_and_nothing_that_has_no_canonical_form(begun: OwnDatabase, leaf: Leaf) -> None:
    with begun.connection() as connection:
        with pytest.raises(ValueError, match=r"leaf|detail"):
            ledger.append(connection, [leaf])
        assert connection.execute("SELECT count(*) FROM ledger_leaf").fetchone() == (0,)


def test_a_leaf_stands_exactly_when_its_transaction_does(begun: OwnDatabase) -> None:
    with pytest.raises(ZeroDivisionError), begun.transaction() as connection:
        ledger.append(connection, [a_leaf()])
        raise ZeroDivisionError
    with begun.connection() as connection:
        assert ledger.sequence(connection, MASTER, NOW) == 0


def test_a_step_that_runs_twice_is_recorded_once_with_its_first_detail(begun: OwnDatabase) -> None:
    with begun.connection() as connection:
        for rows in (5, 6):
            ledger.append(connection, [a_leaf(rows, plan="ab" * 32, chunk=0, step=3, detail=Detail({"rows": rows}))])
            ledger.sequence(connection, MASTER, NOW)
        assert connection.execute("SELECT count(*), min(detail ->> 'rows') FROM ledger_detail").fetchone() == (1, "5")
        assert ledger.checkpoint(connection).size == 1
    assert codes(begun) == set()


def test_subjects_of_details_stand_nowhere_in_leaves_checkpoints_or_export(begun: OwnDatabase, tmp_path: Path) -> None:
    detail = Detail({"name": TOKENS[0], "email": TOKENS[1], "fields": ["email"]}, "s1")
    mapped = {"ledger_detail": ["detail", "subject"]}
    with begun.connection() as connection:
        ledger.append(connection, [a_leaf(detail=detail), a_leaf()])
        ledger.sequence(connection, MASTER, NOW)
        assert searching.in_database(connection, TOKENS, mapped) == []
        assert searching.in_database(connection, TOKENS) != []
        export(connection, tmp_path / "export.jsonl")
    assert searching.in_folder(tmp_path, TOKENS) == []


# ---- numbering -------------------------------------------------------------------------------------------------------


def test_what_commits_late_is_numbered_late_and_never_lost(begun: OwnDatabase) -> None:
    with begun.transaction() as slow:
        ledger.append(slow, [a_leaf(1)])
        assert len(fill(begun, 3)) == 3
        with begun.connection() as connection:
            assert ledger.checkpoint(connection).size == 3
    with begun.connection() as connection:
        assert ledger.sequence(connection, MASTER, NOW) == 1
        assert ledger.sequence(connection, MASTER, NOW) == 0
    assert codes(begun) == set()


def test_a_leaf_of_a_savepoint_is_numbered(begun: OwnDatabase) -> None:
    with begun.transaction() as connection:
        connection.execute("SELECT pg_current_xact_id()")
        with connection.transaction():
            ledger.append(connection, [a_leaf()])
        fill(begun, 2)
    with begun.connection() as connection:
        assert ledger.sequence(connection, MASTER, NOW) == 1


def test_many_writers_and_sequencers_at_once_number_everything_once(begun: OwnDatabase) -> None:
    def write(_: int) -> None:
        for n in range(40):
            with begun.transaction() as connection:
                ledger.append(connection, [a_leaf(n)] * 3)

    sequencers = [ledger.Sequencer(begun, MASTER, lambda: NOW, period_s=0.01) for _ in range(3)]
    with sequencers[0], sequencers[1], sequencers[2], ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))
    assert [sequencer.fault for sequencer in sequencers] == [None] * 3
    with begun.connection() as connection:
        ledger.sequence(connection, MASTER, NOW)
        assert ledger.checkpoint(connection).size == 4 * 40 * 3
    assert codes(begun) == set()


def test_a_restored_dump_is_read_anew(begun: OwnDatabase) -> None:
    fill(begun, 3)
    as_owner(begun, "UPDATE ledger_checkpoint SET cluster = 'another', seen = '999999999:999999999:'")
    assert len(fill(begun, 2)) == 2
    with begun.connection() as connection:
        assert ledger.checkpoint(connection).size == 5
    assert codes(begun) == set()


def test_a_ledger_begins_once_and_its_first_key_stays(begun: OwnDatabase) -> None:
    with begun.connection() as connection:
        first = ledger.first_key(connection)
        assert ledger.begin(connection, MASTER, ORIGIN, NOW) == first
        change_key(connection, MASTER, NOW)
        assert ledger.first_key(connection) == first
        assert ledger.checkpoint(connection).size == 1


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\tb"])
def test_an_origin_that_no_note_could_bear_is_refused(own: OwnDatabase, origin: str) -> None:
    with own.connection() as connection, pytest.raises(ValueError, match="origin"):
        ledger.begin(connection, MASTER, origin, NOW)


def test_each_checkpoint_is_signed_by_the_key_in_force(begun: OwnDatabase) -> None:
    fill(begun, 2)
    with begun.connection() as connection:
        first, before = ledger.first_key(connection), ledger.checkpoint(connection)
        second = change_key(connection, MASTER, NOW)
        after = ledger.checkpoint(connection)
    assert is_signed_note(first, before.note) and not is_signed_note(second, before.note)
    assert is_signed_note(second, after.note) and not is_signed_note(first, after.note)
    assert codes(begun, first) == set()


# ---- proofs ----------------------------------------------------------------------------------------------------------


def test_every_leaf_has_a_proof_that_its_checkpoint_bears_out(begun: OwnDatabase) -> None:
    ids = fill(begun, 600)
    with begun.connection() as connection:
        numbers = ledger.entry_of(connection, ids)
        assert sorted(numbers.values()) == list(range(600))
        for n in (0, 1, 255, 256, 511, 512, 599):
            proof = ledger.inclusion_proof(connection, n)
            root = base64.b64decode(proof.note.splitlines()[2])
            assert proof.hash == hashlib.sha256(b"\x00" + proof.leaf.encode()).digest()
            assert is_included(proof.hash, n, proof.size, proof.path, root)


def test_an_older_checkpoint_is_proved_to_be_the_beginning(begun: OwnDatabase) -> None:
    fill(begun, 300)
    with begun.connection() as connection:
        old = ledger.checkpoint(connection)
    fill(begun, 300)
    with begun.connection() as connection:
        new = ledger.checkpoint(connection)
        path = list(consistency_proof(connection, old.size, new.size))
    from tests.records.test_ledger_tree import naive_is_consistent

    assert naive_is_consistent(old.size, new.size, old.root, new.root, path)


# ---- insert only -----------------------------------------------------------------------------------------------------

GROWING = ["ledger_leaf", "ledger_entry", "ledger_node", "ledger_checkpoint", "signing_key"]


@pytest.mark.parametrize("table", GROWING)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {column} = {column}"])
def test_no_role_changes_or_removes_what_the_ledger_says(begun: OwnDatabase, table: str, statement: str) -> None:
    fill(begun, 300)
    column = {"ledger_node": "hash", "ledger_checkpoint": "note", "signing_key": "vkey", "ledger_entry": "hash"}.get(
        table, "leaf"
    )
    text = statement.format(table, column=column)
    with begun.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(text)
    with psycopg.connect(begun._owner_url) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(text)


# ---- counted uses ----------------------------------------------------------------------------------------------------


def test_allowed_uses_become_one_leaf_per_gate_clause_and_minute(begun: OwnDatabase) -> None:
    counter = UseCounter()
    for n in range(10):
        counter.count("use", "north.use.1", NOW + timedelta(seconds=n * 3))
    counter.count("message", "north.use.1", NOW)
    counter.count("use", "north.use.1", NOW + timedelta(minutes=1))
    with begun.transaction() as connection:
        counter.flush(connection)
        count_uses(connection, {("use", "north.use.1", NOW): 5})
        assert gather(connection, NOW + timedelta(minutes=2)) == 0
        assert gather(connection, NOW + timedelta(minutes=3)) == 2
        assert gather(connection, NOW + timedelta(minutes=3)) == 0
        leaves = [json.loads(leaf) for (leaf,) in connection.execute("SELECT leaf FROM ledger_leaf")]
    assert sorted((leaf["gate"], leaf["at"], leaf["counts"]["uses"]) for leaf in leaves) == [
        ("message", "2026-01-15T09:30Z", 1),
        ("use", "2026-01-15T09:30Z", 15),
    ]


def test_a_late_count_is_added_and_not_lost(begun: OwnDatabase) -> None:
    later = NOW + timedelta(minutes=5)
    with begun.transaction() as connection:
        for uses in (2, 3):
            count_uses(connection, {("use", "north.use.1", NOW): uses})
            gather(connection, later)
        total = connection.execute("SELECT sum((leaf::jsonb -> 'counts' ->> 'uses')::int) FROM ledger_leaf").fetchone()
    assert total == (5,)


def test_counts_that_could_not_be_written_are_kept(begun: OwnDatabase) -> None:
    counter = UseCounter()
    counter.count("use", "north.use.1", NOW, 7)
    broken = begun.connect()
    broken.close()
    with pytest.raises(psycopg.OperationalError):
        counter.flush(broken)
    with begun.transaction() as connection:
        counter.flush(connection)
        assert connection.execute("SELECT sum(uses) FROM ledger_use").fetchone() == (7,)


# ---- our own tables, changed by somebody who can ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "forgery"),
    [
        ("V101", "UPDATE ledger_leaf SET leaf = replace(leaf, '\"rows\":7', '\"rows\":8') WHERE leaf LIKE '%\"rows\":7}%'"),
        ("V102", "DELETE FROM ledger_entry WHERE n = 4"),
        ("V103", "DELETE FROM ledger_entry WHERE n > 295"),
        ("V103", "UPDATE ledger_checkpoint SET root = '\\x00' WHERE size > 0"),
        ("V103", "UPDATE ledger_node SET hash = '\\x00'"),
        ("V103", "INSERT INTO ledger_node VALUES (8, 77, '\\x00')"),
        ("V104", "UPDATE ledger_checkpoint SET note = regexp_replace(note, 'north \\w', 'north A') WHERE size > 0"),
        ("V105", 'UPDATE ledger_detail SET detail = \'{"name": "Ben"}\''),
        ("V106", 'UPDATE ledger_leaf SET leaf = regexp_replace(leaf, \'"signature":"....\', \'"signature":"AAAA\')'),
        ("V106", "UPDATE ledger_leaf SET leaf = replace(leaf, '\"key\":', '\"kex\":')"),
        ("V101", "UPDATE ledger_leaf SET leaf = 'no JSON'"),
        ("V104", "UPDATE ledger_checkpoint SET note = split_part(note, U&'\\2014', 1) || 'no signature line' WHERE size > 0"),
        ("V107", "DELETE FROM signing_key"),
    ],
)
def test_each_change_of_our_tables_is_found_under_its_code(begun: OwnDatabase, code: str, forgery: str) -> None:
    fill(begun, 297)
    with begun.connection() as connection:
        ledger.append(connection, [a_leaf(detail=Detail({"name": "Ada"}, "s1"))])
        ledger.sequence(connection, MASTER, NOW)
        change_key(connection, MASTER, NOW)
    assert codes(begun) == set()
    as_owner(begun, forgery)
    assert code in codes(begun)


def test_another_first_key_than_the_pinned_one_is_found(begun: OwnDatabase) -> None:
    assert "V104" in codes(begun, f"{ORIGIN}+00000000+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c")


def test_an_erased_detail_is_no_fault(begun: OwnDatabase) -> None:
    with begun.connection() as connection:
        ledger.append(connection, [a_leaf(detail=Detail({"name": "Ada"}, "s1"))])
        ledger.sequence(connection, MASTER, NOW)
        connection.execute("DELETE FROM ledger_detail WHERE subject = 's1'")
    assert codes(begun) == set()


# ---- the export, read by the independent verifier --------------------------------------------------------------------


@pytest.fixture
def verify(begun: OwnDatabase, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(file: Path, *more: str) -> subprocess.CompletedProcess[str]:
        key = tmp_path / "first.vkey"
        with begun.connection() as connection:
            key.write_text(f"# the first key\n{ledger.first_key(connection)}\n")
        command = [sys.executable, str(VERIFIER), str(file), "--key", str(key), *more]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


Verify = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_independent_verifier_accepts_our_export(begun: OwnDatabase, tmp_path: Path, verify: Verify) -> None:
    fill(begun, 5)
    with begun.connection() as connection:
        ledger.append(
            connection,
            [a_leaf(detail=Detail({"name": "Ada Quillfeather, née Öhm \u2028 \U0001f600", "€": {"b": 1, "a": ["x"]}}))],
        )
        change_key(connection, MASTER, NOW)
        assert export(connection, tmp_path / "older.jsonl") == 7
        fill(begun, 600)
        assert export(connection, tmp_path / "newer.jsonl", details=True) == 607
    assert verify(tmp_path / "older.jsonl").returncode == 0
    done = verify(tmp_path / "newer.jsonl", "--extends", str(tmp_path / "older.jsonl"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "607" in done.stdout
    assert verify(tmp_path / "older.jsonl", "--extends", str(tmp_path / "newer.jsonl")).returncode == 1


def test_an_empty_ledger_has_an_export(begun: OwnDatabase, tmp_path: Path, verify: Verify) -> None:
    with begun.connection() as connection:
        assert export(connection, tmp_path / "empty.jsonl") == 0
    assert verify(tmp_path / "empty.jsonl").returncode == 0


def test_an_export_that_failed_leaves_no_file(begun: OwnDatabase, tmp_path: Path) -> None:
    fill(begun, 2)
    as_owner(begun, "UPDATE ledger_detail SET detail = '{}'")
    target = tmp_path / "folder"
    target.mkdir()
    with begun.connection() as connection, pytest.raises(OSError, match="directory"):
        export(connection, target)
    assert list(tmp_path.iterdir()) == [target]


def test_the_written_example_is_what_the_format_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "ledger-format.md").read_text("utf-8")
    example = page.split("## 10.")[1]
    vkey, lines = example.split("```text\n")[1].split("\n```")[0], example.split("```json\n")[1].split("\n```")[0]
    (tmp_path / "key").write_text(f"{vkey}\n")
    (tmp_path / "example.jsonl").write_text(f"{lines}\n", "utf-8")
    assert all(canonical(json.loads(line)).decode() == line for line in lines.splitlines())
    command = [sys.executable, str(VERIFIER), str(tmp_path / "example.jsonl"), "--key", str(tmp_path / "key")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_the_sequencer_says_when_it_cannot_work_and_recovers(begun: OwnDatabase) -> None:
    wrong = ledger.Sequencer(begun, MasterKey(bytes(32)), lambda: NOW, period_s=0.01)
    with begun.connection() as connection:
        ledger.append(connection, [a_leaf()])
    with wrong:
        for _ in range(200):
            if wrong.fault:
                break
            threading.Event().wait(0.02)
    assert wrong.fault == "KeyFault"
    with begun.connection() as connection:
        assert ledger.sequence(connection, MASTER, NOW) == 1
