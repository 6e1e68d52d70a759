"""The media house, filled and run: one member is answered with her files, others are erased with theirs, what is past its date ends."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from tests.examples.running import Running, running, silent
from upheld.faces.app import Exit
from upheld.faces.board.of_app import checked_program, probe_context
from upheld.faces.board.probes.calendar import CALENDAR_CANARY
from upheld.faces.board.probes.canary import CANARY_ASKS
from upheld.faces.board.probes.restore import RESTORED


@pytest.fixture(scope="module")
def firm(pg, own_template, tmp_path_factory) -> Iterator[Running]:
    with running("ims", pg, own_template, tmp_path_factory.mktemp("ims")) as made:
        yield made


def members(*numbers: int) -> list[str]:
    return [json.dumps({"table": "media.members", "key": {"id": number}}) for number in numbers]


def rows(firm: Running, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(firm.app.settings.environment["UPHELD_MEDIA_URL"]) as connection:
        return connection.execute(query).fetchall()


def test_the_generator_makes_and_counts_the_awkward_people(firm):
    assert firm.counts == {
        "blank e-mail": 2,
        "case-variant e-mail": 1,
        "file that two rows name": 1,
        "free text naming others": 61,
        "hidden row": 1,
        "message of two owners": 60,
        "orphan row": 1,
        "person with two accounts": 1,
        "placeholder e-mail": 1,
        "rows of the heaviest person in postings": 12,
        "shared e-mail": 2,
        "subscriber in other letter case": 3,
        "subscriber without account": 1,
        "writer who joined later": 1,
    }


def test_the_folder_checks_clean_against_its_frozen_schema(firm):
    checked = firm.app.check(firm.folder)
    assert [one.code for one in checked.diagnostics] == []
    assert checked.catalogue is not None


def test_a_member_is_answered_with_her_pictures_and_without_what_leads_to_nobody(firm):
    asked = firm.app.plan(firm.folder, "access", members(22), "eu-gdpr")
    assert firm.app.access(firm.folder, asked.ask, firm.packages, silent).exit is Exit.WELL
    (package,) = firm.packages.iterdir()
    assert b"picture of 22" in b"".join(file.read_bytes() for file in package.rglob("*") if file.is_file())
    told = (package / "data.json").read_text()
    assert "M00000022" in told and "M00000023" not in told
    # As tables: the notice's own words name log lines and visitors, where it says from whom data may come.
    assert not {"log_lines", "visitors"} & {table["table"] for table in json.loads(told)["tables"]}


def test_members_are_erased_with_their_files_and_orders_stay_their_years(firm):
    asked = firm.app.plan(firm.folder, "erasure", members(40, 43, 46), "eu-gdpr")
    assert firm.app.erase(firm.folder, asked.ask, asked.digest, False, silent).exit is Exit.WELL
    uploads = firm.app.settings.environment["UPHELD_UPLOADS_URL"].removeprefix("file://")
    left = rows(firm, "select count(*) from members where id in (40, 43, 46) and coalesce(name, email, phone) is not null")
    assert left == [(0,)]
    held = rows(
        firm, "select delivered_at is null or ordered_at > '2020-11-22', total_cents from orders where member_id is null"
    )
    assert held and all(young and total is not None for young, total in held)
    assert [name for name in ("photos/000040.jpg", "photos/000043.jpg") if (firm.folder / uploads / name).exists()] == []


def test_the_canary_of_the_board_is_erased_with_her_files_and_its_twin_is_red(firm, pg):
    context = probe_context(firm.app, *checked_program(firm.app, firm.folder), lambda: pg)
    held = {each.control: each for each in CANARY_ASKS.run(context)}
    assert {each.outcome for each in held.values()} == {"held"}, [each.says for each in held.values()]
    detail = held["plan:erasure"].detail
    assert (detail["files before"], detail["files left"]) == (2, 0), "a picture and a film"
    with CANARY_ASKS.twin(context) as faulted:
        assert "failed" in {each.outcome for each in CANARY_ASKS.run(faulted)}


def test_the_canary_that_comes_back_with_a_backup_is_erased_again_with_her_files_and_the_twin_is_red(firm, pg):
    context = probe_context(firm.app, *checked_program(firm.app, firm.folder), lambda: pg)
    (held,) = RESTORED.run(context)
    assert held.outcome == "held", held.says
    assert held.detail["stores"] == 2 and held.detail["cells brought back"] > 0
    assert (held.detail["files brought back"], held.detail["files left"]) == (2, 0), "a picture and a film"
    assert held.detail["files of the stranger lost"] == 0
    with RESTORED.twin(context) as faulted:
        (failed,) = RESTORED.run(faulted)
    assert (failed.outcome, failed.detail["files left"]) == ("failed", 2), failed.says


def test_the_canary_of_the_calendar_takes_her_files_along(firm, pg):
    """A run that leaves files has not ended, and no clause of its would hold."""
    context = probe_context(firm.app, *checked_program(firm.app, firm.folder), lambda: pg)
    found = CALENDAR_CANARY.run(context)
    assert "held" in {each.outcome for each in found}
    assert [each.says for each in found if each.outcome == "failed"] == []


def test_what_is_past_its_date_ends_and_hidden_is_what_a_closed_account_showed(firm):
    due = firm.app.retain(firm.folder, None)
    assert due.total > 10
    assert firm.app.retain_run(firm.folder, due.plan.digest, silent).exit in (Exit.WELL, Exit.BROKEN)
    closed = rows(
        firm,
        "select count(*) from postings join members on members.id = member_id where not is_open and postings.hidden_at is null",
    )
    assert closed == [(0,)]
