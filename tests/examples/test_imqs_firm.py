"""The municipal host, filled and run: its people are made, one is answered, others are erased, what is past its date ends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

import psycopg
import pytest

from tests.desk.conftest import at_desk
from tests.examples.running import Running, running, silent
from upheld.duties.requests import details_of
from upheld.engine.plan.explain import explain
from upheld.faces.app import Exit, NotNow
from upheld.faces.app.desk import Asked, identifying
from upheld.faces.app.desk.going_on import ALSO_FOR_CLIENTS, FOR_CLIENTS, _prepared, prepared_of
from upheld.faces.board.of_app import prove_folder


@pytest.fixture(scope="module")
def firm(pg, own_template, tmp_path_factory) -> Iterator[Running]:
    here = tmp_path_factory.mktemp("imqs")
    with running("imqs", pg, own_template, here) as made:
        yield made


def consumers(*numbers: int) -> list[str]:
    return [json.dumps({"table": "hosting.consumers", "key": {"id": number}}) for number in numbers]


def test_the_generator_makes_and_counts_the_awkward_people(firm):
    assert firm.counts == {
        "blank e-mail": 1,
        "case-variant e-mail": 1,
        "consumer no longer held for a client": 6,
        "contact who is a user too": 4,
        "fault that follows another consumer's": 5,
        "firm among the consumers": 3,
        "free text naming others": 30,
        "orphan row": 1,
        "person with two clients": 1,
        "person with two sign-ins": 1,
        "placeholder e-mail": 1,
        "row of two owners": 18,
        "rows of the heaviest consumer in fault_reports": 3,
        "shared e-mail": 2,
        "soft-deleted row": 2,
        "subscriber who is nobody else": 1,
        "supply agreement with oneself": 42,
        "user removed by a client": 1,
    }


def test_the_folder_checks_clean_against_its_frozen_schema(firm):
    checked = firm.app.check(firm.folder)
    assert [one.code for one in checked.diagnostics] == []
    assert checked.catalogue is not None


def test_a_person_is_answered_and_the_other_client_s_rows_of_the_same_address_are_not_shown(firm):
    asked = firm.app.plan(firm.folder, "access", consumers(30), "za-popia")
    ended = firm.app.access(firm.folder, asked.ask, firm.packages, silent)
    assert ended.exit is Exit.WELL
    (package,) = firm.packages.iterdir()
    told = (package / "data.json").read_text()
    assert "-0000030" in told and "-0000031" not in told


def test_an_erasure_for_one_client_leaves_the_same_address_at_another_client_alone(firm):
    asked = firm.app.plan(firm.folder, "erasure", consumers(30, 40, 41), "za-popia")
    assert firm.app.erase(firm.folder, asked.ask, asked.digest, False, silent).exit is Exit.WELL
    with psycopg.connect(firm.app.settings.environment["UPHELD_HOSTING_URL"]) as connection:
        left = connection.execute("select id, name is null from consumers where id in (30, 31) order by id").fetchall()
    assert left == [(30, True), (31, False)]


def test_a_user_of_the_products_is_erased_in_the_office_too_however_the_address_is_written(firm):
    office = firm.app.settings.environment["UPHELD_OFFICE_URL"].removeprefix("sqlite:///")
    written = "select count(*) from contacts where email = 'USER.6@EXAMPLE.TEST'"
    assert sqlite3.connect(office).execute(written).fetchone() == (1,)
    line = json.dumps({"table": "hosting.users", "key": {"id": 6}})
    asked = firm.app.plan(firm.folder, "erasure", [line], "za-popia")
    assert firm.app.erase(firm.folder, asked.ask, asked.digest, False, silent).exit is Exit.WELL
    assert sqlite3.connect(office).execute(written).fetchone() == (0,)


def test_what_is_past_its_date_ends_once(firm):
    due = firm.app.retain(firm.folder, None)
    # Nobody can ever tell the end of a figure on a stand that is not there, nor of the day in an agreement both of whose parties were erased above.
    untold = [("L302", "hosting.demand_figures"), ("L302", "hosting.supply_agreements")]
    assert due.total > 10 and sorted((code, place) for code, place, *_ in due.findings()) == untold
    assert firm.app.retain_run(firm.folder, due.plan.digest, silent).exit is Exit.WELL
    assert firm.app.retain(firm.folder, None).total == 0


def test_what_is_proven_of_the_whole_is_broken_nowhere_and_says_what_is_not_kept_yet(firm):
    board, _ = prove_folder(firm.app, firm.folder, silent, None)
    totals = board.totals()
    assert totals["broken"] == 0 and totals["unproven"] >= 8
    assert sum(totals.values()) == len(board.clauses) == 37


def test_an_ask_on_a_clients_word_means_its_own_rows_and_one_to_the_firm_means_no_clients_row(firm):
    with psycopg.connect(firm.app.settings.environment["UPHELD_HOSTING_URL"]) as connection:
        id, client, number = connection.execute(
            "select id, client_id, consumer_number from consumers where id > 50 and deleted_at is null order by id limit 1"
        ).fetchone()

    def meant(**said):
        return firm.app.plan(firm.folder, "access", [json.dumps({"consumer_number": number, **said})], "za-popia")

    asked = meant(tenant=str(client))
    assert {line.place for line in explain(asked.plan) if line.effect} and asked.asked.subjects == 1
    for said, code in (({"tenant": str(client + 1000)}, "X201"), ({"tenant": ""}, "X209")):
        with pytest.raises(NotNow) as refused:
            meant(**said)
        assert refused.value.code == code
    with pytest.raises(NotNow) as keyed:
        firm.app.plan(
            firm.folder, "erasure", [json.dumps({"table": "hosting.consumers", "key": {"id": id}, "tenant": ""})], None
        )
    assert keyed.value.code == "X209"


def test_an_erasure_on_a_clients_word_touches_nothing_of_the_firms_own(firm):
    office = firm.app.settings.environment["UPHELD_OFFICE_URL"].removeprefix("sqlite:///")
    with psycopg.connect(firm.app.settings.environment["UPHELD_HOSTING_URL"]) as connection, sqlite3.connect(office) as own:
        addresses = [row[0].lower() for row in own.execute("select email from contacts where email like '%@%'")]
        id, client, email = connection.execute(
            "select id, client_id, email from users where lower(email) = any(%s) order by id limit 1", [addresses]
        ).fetchone()
        line = json.dumps({"table": "hosting.users", "key": {"id": id}, "tenant": str(client)})
        asked = firm.app.plan(firm.folder, "erasure", [line], "za-popia")
        connection.rollback()
        assert firm.app.erase(firm.folder, asked.ask, asked.digest, False, silent).exit is Exit.WELL
        assert connection.execute("select name is null from users where id = %s", [id]).fetchone() == (True,)
        assert own.execute("select count(*) from contacts where lower(email) = ?", [email.lower()]).fetchone() == (1,)


def test_the_desk_passes_a_clients_consumer_on_and_carries_out_what_the_client_asks(firm):
    desked = at_desk(firm)
    desk = desked.desk
    with psycopg.connect(firm.app.settings.environment["UPHELD_HOSTING_URL"]) as connection:
        own = sqlite3.connect(firm.app.settings.environment["UPHELD_OFFICE_URL"].removeprefix("sqlite:///"))
        known = [
            row[0].lower()
            for table in ("contacts", "subscribers", "document_requests")
            for row in own.execute(f"select email from {table} where email is not null")
        ]
        client, email = connection.execute(
            "select client_id, email from users where name is not null and email like '%%@%%' and lower(email) <> all(%s) order by id limit 1",
            [known],
        ).fetchone()
    said = {"name": "Thandi Example", "email": email, "tenant": str(client)}
    herself = desk.open(Asked(("access",), "za-popia", "email", desk.now, said)).case
    theirs = desk.open(Asked(("access",), "za-popia", "letter", desk.now, said, by="staff:1", signed_in=True)).case
    desked.work()
    while (case := desk.case(herself.number)).state == "identity":
        with desk.own.transaction() as connection:
            wanted = frozenset(details_of(connection, desk.master, case.number)["unproven"].split())
            identifying.proven(desk, connection, case.number, "papers", wanted, "staff:1")
    desked.work()
    assert desk.case(herself.number).state == "approval", "a client's word is written down by an operator, and by nobody else"
    with desk.own.connection() as connection:
        prepared = prepared_of(details_of(connection, desk.master, herself.number), ("access",))
        assert prepared["access"].note == FOR_CLIENTS and not prepared["access"].ask
    desk.answer_by_hand(herself.number, "Your municipality decides; we passed your request on.", "staff:1")
    desked.work()
    assert desk.case(herself.number).state == "answered"
    assert desk.case(theirs.number).state == "answered"
    with desk.own.connection() as connection:
        assert "file" in details_of(connection, desk.master, theirs.number)["outcome:access"]


def test_who_is_known_to_us_and_to_a_client_is_answered_of_ours_after_a_person_looked(firm):
    desk = at_desk(firm).desk
    with psycopg.connect(firm.app.settings.environment["UPHELD_HOSTING_URL"]) as connection:
        own = sqlite3.connect(firm.app.settings.environment["UPHELD_OFFICE_URL"].removeprefix("sqlite:///"))
        known = [
            row[0].lower()
            for t in ("contacts", "subscribers")
            for row in own.execute(f"select email from {t} where email like '%@%'")
        ]
        users = {row[0].lower() for row in connection.execute("select email from users where email is not null")}
        users |= {row[0].lower() for row in connection.execute("select email from consumers where email like '%@%'")}
    both, ours = (
        next(one for one in known if one in users),
        next(one for one in known if one not in users and "user" not in one),
    )
    for email, note in ((both, ALSO_FOR_CLIENTS), (ours, "")):
        case = desk.open(
            Asked(("access",), "za-popia", "letter", desk.now, {"name": "Thandi", "email": email}, by="staff:1")
        ).case
        prepared = _prepared(desk, case, "access")
        assert (prepared.note, prepared.approval, bool(prepared.ask)) == (note, bool(note), True), email


def test_an_erasure_asked_of_the_firm_leaves_a_clients_row_of_the_same_address_and_is_done(firm):
    with psycopg.connect(firm.app.settings.environment["UPHELD_HOSTING_URL"], autocommit=True) as connection:
        own = sqlite3.connect(firm.app.settings.environment["UPHELD_OFFICE_URL"].removeprefix("sqlite:///"))
        known = [row[0].lower() for row in own.execute("select email from contacts where email like '%@%'")]
        rows = "select lower(email) from users where lower(email) = any(%s) and name is not null group by 1 having count(*) = 1"
        ((email,), *_) = connection.execute(rows, [known]).fetchall()
        with firm.app.own.connection() as ours:
            graves = "select count(*) from tombstone where store = 'hosting' and kind = 'client-user'"
            before = ours.execute(graves).fetchone()
        asked = firm.app.plan(firm.folder, "erasure", [json.dumps({"email": email, "tenant": ""})], "za-popia")
        ended = firm.app.erase(firm.folder, asked.ask, asked.digest, False, silent)
        assert ended.exit is Exit.WELL and ended.document["fulfilled"], ended.says
        assert own.execute("select count(*) from contacts where lower(email) = ?", [email]).fetchone() == (0,)
        still = "select count(*) from users where lower(email) = %s and name is not null"
        assert connection.execute(still, [email]).fetchone() == (1,)
        with firm.app.own.connection() as ours:
            assert ours.execute(graves).fetchone() == before, "no restored copy of the clients' is searched for her"
