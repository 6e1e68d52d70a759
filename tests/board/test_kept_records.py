"""The board's records: what was found stays, and what is read back is what was written."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from tests.board import larkspur
from upheld.faces.board import kept_records as records
from upheld.records.own import OwnDatabase


def evidence(n: int):  # type: ignore[no-untyped-def]
    return replace(larkspur.evidence()[n], leaf=str(uuid.uuid4()), entry=None, twin_red=None)


def test_evidence_is_read_back_as_it_was_written(own: OwnDatabase) -> None:
    found = evidence(0)
    with own.transaction() as connection:
        records.add_evidence(connection, "larkspur", found)
        assert records.newest_evidence(connection, "larkspur") == (found,)
        assert records.newest_evidence(connection, "another") == ()


def test_the_newest_evidence_of_each_scope_counts(own: OwnDatabase) -> None:
    old, new = evidence(0), evidence(0)
    new = replace(new, at=old.at + timedelta(hours=1), says="newer")
    other = replace(evidence(0), scope=frozenset({"larkspur.tell.2"}), says="other scope")
    with own.transaction() as connection:
        for each in (new, old, other):
            records.add_evidence(connection, "larkspur", each)
        assert {e.says for e in records.newest_evidence(connection, "larkspur")} == {"newer", "other scope"}


def test_evidence_can_neither_be_changed_nor_removed(own: OwnDatabase) -> None:
    with own.transaction() as connection:
        records.add_evidence(connection, "larkspur", evidence(0))
    for statement in ("UPDATE board_evidence SET outcome = 'held'", "DELETE FROM board_evidence", "DELETE FROM board_twin"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), own.transaction() as connection:
            connection.execute(statement)


def test_a_twin_that_stays_green_takes_its_earlier_reds_with_it(own: OwnDatabase) -> None:
    found, now = evidence(0), larkspur.NOW
    with own.transaction() as connection:
        records.add_evidence(connection, "larkspur", found)
        records.add_twin(connection, "larkspur", found.control, found.probe, now, True, "red")
        assert records.newest_evidence(connection, "larkspur")[0].twin_red == now
        records.add_twin(connection, "larkspur", found.control, found.probe, now + timedelta(hours=1), False, "green")
        assert records.newest_evidence(connection, "larkspur")[0].twin_red is None
        records.add_twin(connection, "larkspur", found.control, found.probe, now + timedelta(hours=2), True, "red again")
        assert records.newest_evidence(connection, "larkspur")[0].twin_red == now + timedelta(hours=2)


def test_a_failure_opens_one_cause_which_stays_after_it_is_closed(own: OwnDatabase) -> None:
    failed = evidence(1)
    with own.transaction() as connection:
        records.open_causes(connection, "larkspur", [failed])
        records.open_causes(connection, "larkspur", [failed])
        (cause,) = records.causes(connection, "larkspur")
        assert cause.closed is None and cause.control == failed.control
        assert records.close_cause(connection, cause.id, "blanked", "an engineer", larkspur.NOW)
        assert not records.close_cause(connection, cause.id, "again", "an engineer", larkspur.NOW)
        records.open_causes(connection, "larkspur", [failed])
        assert [c.closed is None for c in records.causes(connection, "larkspur")] == [False, True]


def test_a_day_keeps_its_last_state(own: OwnDatabase) -> None:
    board = larkspur.board()
    day = larkspur.NOW.date()
    with own.transaction() as connection:
        records.note_day(connection, "larkspur", day, [replace(c, state="broken") for c in board.clauses])
        records.note_day(connection, "larkspur", day, board.clauses)
        days = records.history(connection, "larkspur")
    assert days["larkspur.collect.1"] == ((day, "kept"),)
    assert len(days) == len(board.clauses)


def test_an_attestation_is_read_back_with_its_signer(own: OwnDatabase) -> None:
    signed = replace(larkspur.attestations()[0], entry=None)
    with own.transaction() as connection:
        records.add_attestation(connection, str(uuid.uuid4()), signed)
        assert records.attestations(connection, [signed.clause]) == (signed,)
        assert records.attestations(connection, ["larkspur.who.1"]) == ()
