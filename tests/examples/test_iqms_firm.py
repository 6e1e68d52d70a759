"""The office and its website, filled and run: one user is answered, others are erased, what is past its date ends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

import psycopg
import pytest

from tests.examples.running import Running, running, silent
from upheld.faces.app import Exit


@pytest.fixture(scope="module")
def firm(pg, own_template, tmp_path_factory) -> Iterator[Running]:
    with running("iqms", pg, own_template, tmp_path_factory.mktemp("iqms")) as made:
        yield made


def users(*numbers: int) -> list[str]:
    return [json.dumps({"table": "office.users", "key": {"id": number}}) for number in numbers]


def office(firm: Running, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(firm.app.settings.environment["UPHELD_OFFICE_URL"]) as connection:
        return connection.execute(query).fetchall()


def web(firm: Running, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(firm.app.settings.environment["UPHELD_WEB_URL"].removeprefix("sqlite:///"))
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_the_generator_makes_and_counts_the_awkward_people(firm):
    assert firm.counts == {
        "blank e-mail": 1,
        "case-variant e-mail": 1,
        "closed account": 3,
        "free text naming others": 48,
        "note of two owners": 30,
        "orphan row": 1,
        "person with two accounts": 1,
        "placeholder e-mail": 1,
        "rows of the heaviest person in cases": 3,
        "shared e-mail": 2,
        "subscriber in other letter case": 3,
        "subscriber without account": 1,
        "visitor who is nobody we know": 30,
    }


def test_the_folder_checks_clean_against_its_frozen_schema(firm):
    checked = firm.app.check(firm.folder)
    assert [one.code for one in checked.diagnostics] == []
    assert checked.catalogue is not None


def test_a_user_is_answered_from_both_stores_and_without_the_counts(firm):
    asked = firm.app.plan(firm.folder, "access", users(31), "eu-gdpr")
    assert firm.app.access(firm.folder, asked.ask, firm.packages, silent).exit is Exit.WELL
    (package,) = firm.packages.iterdir()
    told = (package / "data.json").read_text()
    assert "home.31@example.test" in told and "198.51.100." in told
    assert "spring fair" not in told and "home.32@example.test" not in told


def test_users_are_erased_and_their_bills_stay_their_years(firm):
    asked = firm.app.plan(firm.folder, "erasure", users(40, 43, 46), "eu-gdpr")
    ended = firm.app.erase(firm.folder, asked.ask, asked.digest, False, silent)
    assert ended.exit is Exit.WAITING, "whoever had the data is to be told, and has not answered yet"
    assert not any("sweep" in says for says in ended.says)
    left = "select count(*) from users where id in (40, 43, 46) and coalesce(name, email, phone, password_hash) is not null"
    assert office(firm, left) == [(0,)]
    bills = office(
        firm, "select billed_name is not null, invoiced_at > '2019-11-22' from invoices where user_id in (40, 43, 46)"
    )
    assert bills and all(young for kept, young in bills if kept)
    assert office(firm, "select count(*) from payment_means where user_id in (40, 43, 46)") == [(0,)]


def test_what_is_past_its_date_ends_once_and_whoever_opted_out_is_off_the_list(firm):
    due = firm.app.retain(firm.folder, None)
    assert due.total > 10 and due.findings() == []
    assert firm.app.retain_run(firm.folder, due.plan.digest, silent).exit is Exit.WELL
    assert web(firm, "select count(*) from subscribers where opted_out_at is not null and email is not null") == [(0,)]
    assert firm.app.retain(firm.folder, None).total == 0
