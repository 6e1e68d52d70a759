"""Papers prove what a link cannot; one verifier sees them; they go with the decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.desk.conftest import Desked
from tests.desk.test_clocks_and_refusals import kinds
from tests.desk.test_thin_path import asked, letters, token_in
from upheld.duties.requests import Case, RequestFault
from upheld.faces.app.desk.papers.receiving import FOLDER, LARGEST, MOST

PDF = b"%PDF-1.7 a passport of Ada Example"


def represented(desked: Desked, number: int) -> Case:
    """A case by somebody's representative: the address is proven by the link, authority by papers."""
    desk = desked.desk
    case = desk.open(replace(asked(desked, "access", desked.email(number)), representative=True)).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    return desk.case(case.number)


def code_of(raised: pytest.ExceptionInfo[RequestFault]) -> str:
    return raised.value.code


def test_nothing_is_released_before_authority_is_proven_and_papers_go_with_the_decision(desked: Desked) -> None:
    desk, case = desked.desk, represented(desked, 11)
    assert case.state == "identity"
    paper = desk.receive_paper(case.number, "authority", [PDF[:3], PDF[3:]])
    raw = b"".join(path.read_bytes() for path in (desk.app.data_folder / FOLDER).iterdir())
    assert b"passport" not in raw and b"Ada" not in raw
    kind, blocks = desk.see_paper(case.number, paper.serial, "staff:7")
    assert (kind, b"".join(blocks)) == ("application/pdf", PDF)
    with pytest.raises(RequestFault) as other:
        desk.see_paper(case.number, paper.serial, "staff:8")
    assert code_of(other) == "R134"
    with pytest.raises(RequestFault) as wrong:
        desk.accept_papers(case.number, frozenset({"address"}), "staff:7")
    assert code_of(wrong) == "R136"
    desk.accept_papers(case.number, frozenset({"authority"}), "staff:7")
    desked.work()
    assert desk.case(case.number).state == "answered"
    assert not list((desk.app.data_folder / FOLDER).iterdir())
    with pytest.raises(RequestFault) as gone:
        desk.see_paper(case.number, paper.serial, "staff:7")
    assert code_of(gone) == "R135"
    assert "proofs-destroyed" in kinds(desked, case.number)
    assert "proofs-destroyed" in [kind for kind, _ in letters(desked, case.id)]


def test_papers_that_prove_nothing_are_destroyed_and_asked_for_again_with_the_case_where_it_was(desked: Desked) -> None:
    desk, case = desked.desk, represented(desked, 12)
    desk.receive_paper(case.number, "authority", [PDF])
    with pytest.raises(RequestFault) as silent:
        desk.reject_papers(case.number, " ", "staff:7")
    assert code_of(silent) == "R136"
    assert desk.reject_papers(case.number, "It bears no signature.", "staff:7").state == "identity"
    assert [paper.destroyed_at is not None for paper in desk.papers(case.number)] == [True]
    assert letters(desked, case.id)[-1][0] == "more-identity"


def test_size_kind_number_and_purpose_are_checked_and_a_refused_file_leaves_nothing(desked: Desked) -> None:
    desk, case = desked.desk, represented(desked, 13)
    before = set((desk.app.data_folder / FOLDER).iterdir())
    wrong: list[tuple[str, str, list[bytes]]] = [
        ("R130", "identity", [PDF]),
        ("R131", "authority", [PDF, b"x" * LARGEST]),
        ("R132", "authority", [b"<html><script>alert(1)</script>"]),
        ("R132", "authority", []),
        ("R132", "authority", [b"PK\x03\x04 %PDF-1.7"]),
    ]
    for code, item, blocks in wrong:
        with pytest.raises(RequestFault) as refused:
            desk.receive_paper(case.number, item, blocks)
        assert code_of(refused) == code
    assert set((desk.app.data_folder / FOLDER).iterdir()) == before
    for _ in range(MOST):
        desk.receive_paper(case.number, "authority", [PDF])
    with pytest.raises(RequestFault) as full:
        desk.receive_paper(case.number, "authority", [PDF])
    assert code_of(full) == "R133"
