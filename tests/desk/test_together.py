"""Many approved erasures are carried out as one, and each person is told what was hers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.desk.conftest import Desked, worker
from tests.desk.test_thin_path import asked, letters, token_in
from upheld.duties.recipients import Answer
from upheld.duties.requests import details_of
from upheld.faces.app.desk import Desk, ordering, telling
from upheld.faces.app.desk.going_on import outcomes_of, prepared_of
from upheld.faces.app.desk.works import together

MANY = together.FEW + 3


def approved(desked: Desked, first: int, many: int) -> list[int]:
    """Numbers of cases whose plan an operator approved, none carried out yet."""
    desk, numbers = desked.desk, []
    for number in range(first, first + many):
        case = desk.open(asked(desked, "erasure", desked.email(number))).case
        desked.work()
        desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
        desked.work()
        numbers.append(case.number)
    for number in numbers:
        with desk.own.connection() as connection:
            shown = prepared_of(details_of(connection, desk.master, number), ("erasure",))["erasure"]
        desk.approve(number, [shown.digest], "staff:1")
    return numbers


def erased_rows(desked: Desked, number: int) -> object:
    with desked.desk.own.connection() as connection:
        said = details_of(connection, desked.desk.master, number)
    return outcomes_of(said, ("erasure",))["erasure"]["values"]


def test_many_are_one_batch_and_each_is_concluded_and_told_of_her_own_rows(desked: Desked) -> None:
    desk = desked.desk
    numbers = approved(desked, 0, MANY)
    desked.work()
    with desk.own.connection() as connection:
        batches = connection.execute("SELECT id FROM ask WHERE batch = id").fetchall()
        members = connection.execute("SELECT count(*) FROM ask WHERE batch IS NOT NULL AND batch <> id").fetchone()
    assert len(batches) == 1 and members == (MANY,)
    assert {desk.case(number).state for number in numbers} == {"recipients"}
    before = {number: erased_rows(desked, number) for number in numbers}
    for number in numbers:
        for order in telling.holding(desk, desk.case(number)):
            ordering.answer(desk, order.number, Answer("done", "staff:1"))
    desked.work()
    assert {desk.case(number).state for number in numbers} == {"answered"}
    assert len({str(said) for said in before.values()}) > 1, "everybody was told the same"
    with desk.own.connection() as connection:
        assert connection.execute("SELECT count(*) FROM ask_subject").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM ask WHERE state <> 'done'").fetchone() == (0,)


def test_where_nobody_is_to_be_told_a_batch_ends_every_case_also_one_that_joined_as_it_began(
    desked: Desked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "qualer"
    shutil.copytree(desked.desk.folder, folder)
    said = yaml.safe_load((folder / "recipients.yaml").read_text(encoding="utf-8"))
    silent = {
        name: {"connector": "none", "because": "Here nobody is told."} | ({"party": one["party"]} if "party" in one else {})
        for name, one in said["recipients"].items()
    }
    (folder / "recipients.yaml").write_text(yaml.safe_dump({"recipients": silent}), encoding="utf-8")
    desk = Desk(desked.desk.app, folder)
    quiet = replace(desked, desk=desk, work=worker(desk, desked.clock))
    assert telling.nobody_to_tell(quiet.desk)
    numbers = approved(quiet, 0, MANY)
    looks, seen = [], together._cases

    def before_the_last_joined(connection: Any) -> list[tuple[int, str]]:
        looks.append(seen(connection))
        return looks[-1][:-1] if len(looks) == 1 else looks[-1]

    monkeypatch.setattr(together, "_cases", before_the_last_joined)
    quiet.work()
    assert len(looks[0]) > 1
    assert {quiet.desk.case(number).state for number in numbers} == {"answered"}
