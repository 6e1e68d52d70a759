"""A named person's word: only where the notice asks for it, only by its role, in the ledger, for as long as the promise says, and instead of nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.board import larkspur
from upheld.faces.app import NotNow, Unusable
from upheld.faces.board import read_board
from upheld.faces.board.attesting import attest, duties
from upheld.faces.board.states import states
from upheld.language.promises.model import Program
from upheld.records.keys import MasterKey
from upheld.records.ledger import begin, sequence
from upheld.records.own import OwnDatabase

NOW = larkspur.NOW
CLAUSE, ROLE = "larkspur.rights.2", "privacy-lead"


def given(own: OwnDatabase) -> Program:
    with own.transaction() as connection:
        begin(connection, MasterKey(bytes(32)), "upheld.example.test/larkspur", NOW)
    return larkspur.program()


def state(own: OwnDatabase, program: Program, now: datetime) -> str:
    return next(one.state for one in read_board(own, program, now).clauses if one.id == CLAUSE)


def test_a_word_stands_for_the_promise_s_period_and_lapses(own: OwnDatabase) -> None:
    program = given(own)
    assert [(one.clause, one.roles) for one in duties(program)] == [(CLAUSE, (ROLE,))]
    assert state(own, program, NOW) == "unproven", "nobody has signed"
    signed = attest(own, program, CLAUSE, "Maeve Orr", ROLE, "Report 14 of the archive round", NOW)
    assert signed.until.date() == NOW.date().replace(year=NOW.year + 1)
    assert state(own, program, NOW) == "attested"
    assert state(own, program, signed.until) == "unproven"


def test_the_ledger_holds_a_commitment_and_neither_name_nor_evidence(own: OwnDatabase) -> None:
    program = given(own)
    attest(own, program, CLAUSE, "Maeve Orr", ROLE, "Report 14 of the archive round", NOW)
    with own.connection() as connection:
        sequence(connection, MasterKey(bytes(32)), NOW)
    with own.connection() as connection:
        leaves = "\n".join(str(row) for row in connection.execute("SELECT leaf FROM ledger_leaf"))
    assert "clause:attested" in leaves and CLAUSE in leaves
    assert "Maeve" not in leaves and "Report 14" not in leaves


@pytest.mark.parametrize(
    "words,code",
    [
        (("larkspur.nowhere.1", "Maeve Orr", ROLE, "Report 14"), "V331"),
        (("larkspur.keep.1", "Maeve Orr", ROLE, "Report 14"), "V332"),
        ((CLAUSE, "Maeve Orr", "support", "Report 14"), "V333"),
        ((CLAUSE, " ", ROLE, "Report 14"), "V334"),
        ((CLAUSE, "Maeve Orr", ROLE, ""), "V334"),
    ],
)
def test_what_cannot_be_signed_for_is_refused_and_nothing_is_on_record(
    own: OwnDatabase, words: tuple[str, str, str, str], code: str
) -> None:
    program = given(own)
    with pytest.raises((NotNow, Unusable)) as refused:
        attest(own, program, *words, NOW)
    assert refused.value.code == code
    assert state(own, program, NOW) == "unproven"


def test_a_word_stands_in_for_no_control_beside_it() -> None:
    """The clause gets a second promise, which a gate has to show: the word alone does not make it attested."""
    program = larkspur.program()
    signed = larkspur.attestations()
    searched = next(one for one in program.promises if one.verb == "retain" and one.modality == "never")
    further = replace(searched, id=f"{CLAUSE}#9")
    notice = program.notices[0]
    clauses = tuple(replace(one, promises=(*one.promises, further.id)) if one.id == CLAUSE else one for one in notice.clauses)
    wider = replace(
        program, promises=(*program.promises, further), notices=(replace(notice, clauses=clauses), *program.notices[1:])
    )

    def now_is(given: Program) -> str:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        return next(one.state for one in states(given, frozenset(), (), (), signed, at) if one.id == CLAUSE)

    assert now_is(program) == "attested" and now_is(wider) == "unproven"
