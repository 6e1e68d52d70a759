"""Copies hold what the law wants, the Californian report counts by category, bundles read back, fees begin with the second copy; what was given to whom is on
record once, decides who is told, and is quoted apart from what the notice lets happen."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import psycopg
import pytest
import yaml

from tests.desk.conftest import Desked
from tests.desk.test_thin_path import asked, letters, token_in
from tests.examples.firms import NOW
from tests.recipients.standins import Answered, StandIn, Wrong, serving
from tests.recipients.standins import Asked as Asking
from upheld.duties.recipients.callbacks import is_signed
from upheld.duties.recipients.orders import orders_of
from upheld.duties.requests import Case, RequestFault
from upheld.duties.requests.cases import asks_of
from upheld.faces.app.desk import Asked
from upheld.faces.app.desk.disclosures import Given, read_given, report
from upheld.faces.app.desk.works.copies import ask_fee, copies_before, fee_now, fee_paid
from upheld.faces.app.desk.works.porting import given_by_subject
from upheld.faces.app.desk.works.pushing import destinations
from upheld.faces.app.errors import Unusable
from upheld.records.people.disclosures import disclosures_of
from upheld.records.people.identities import find_subjects, forget

SECRET = "a secret between two firms"
ROOT = Path(__file__).parents[2]


def answered(desked: Desked, request: Asked) -> tuple[Case, bytes]:
    """The case, answered, and the file that the person fetched."""
    desk = desked.desk
    case = desk.open(request).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    case = desk.case(case.number)
    assert case.state == "answered", case.state
    found = desk.fetch(token_in(letters(desked, case.id)[-1][1], "file"))
    assert found is not None
    return case, b"".join(found.blocks)


def within(data: bytes, name: str) -> bytes:
    """A file of the package, in whatever folder of it."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    return archive.read(next(each for each in archive.namelist() if each.endswith(name)))


def test_a_copy_says_where_from_whom_what_for_how_long_and_whom_we_may_tell(desked: Desked) -> None:
    _, data = answered(desked, asked(desked, "access", desked.email(20)))
    said = json.loads(within(data, "data.json"))
    customers = next(table for table in said["tables"] if table["table"] == "customers")
    assert (
        customers["place"] == "United States of America" and customers["sources"] and customers["may_tell"] and customers["why"]
    )
    jsonschema_rs.validate(json.loads((ROOT / "docs" / "access-package.schema.json").read_text(encoding="utf-8")), said)


def test_the_californian_report_counts_the_pieces_of_twelve_months_by_category(desked: Desked) -> None:
    request = replace(asked(desked, "access", desked.email(21)), regime="us-ca-ccpa", country="US")
    _, data = answered(desked, request)
    report, copy = json.loads(within(data, "categories.json")), json.loads(within(data, "data.json"))
    assert report["from"] == "2025-11-22" and report["to"] == "2026-11-22"
    lines = {line["category"]: line for line in report["categories"]}
    assert lines["A"]["sources"] and lines["A"]["title"] == "Identifiers"
    # Counted anew from the copy and the estate's own file: rows of the window, or without a moment, column by column.
    moments = {
        (path.stem, table): {name for name, role in said["columns"].items() if isinstance(role, dict) and "event" in role}
        for path in sorted((ROOT / "examples" / "qualer" / "estate").glob("*.yaml"))
        for table, said in yaml.safe_load(path.read_text(encoding="utf-8"))["tables"].items()
    }
    pieces: dict[str, int] = {}
    for table in copy["tables"]:
        if table["store"] == "upheld":
            continue  # what we hold of her because she asked stands in the copy, and is none of the firm's collecting
        dated = moments.get((table["store"], table["table"]), set())
        for row in table["rows"]:
            days = [str(row[name])[:10] for name in dated if row.get(name) is not None]
            if days and max(days) < report["from"]:
                continue
            for column in table["columns"]:
                if column["leaf"] and row.get(column["name"]) not in (None, ""):
                    pieces[column["leaf"]] = pieces.get(column["leaf"], 0) + 1
    assert {kind for line in report["categories"] for kind in line["kinds"]} == set(pieces)
    for line in report["categories"]:
        assert line["pieces"] == sum(pieces[kind] for kind in line["kinds"]) > 0
    assert b"Categories of your personal information" in within(data, "categories.html")


def test_a_bundle_holds_what_the_person_gave_and_reads_back_as_it_stands(desked: Desked) -> None:
    email = desked.email(22)
    _, data = answered(desked, asked(desked, "portability", email))
    bundle = json.loads(data)
    jsonschema_rs.validate(json.loads((ROOT / "docs" / "portability.schema.json").read_text(encoding="utf-8")), bundle)
    given = given_by_subject(desked.desk.program)
    assert given and all(column["kind"] in given for table in bundle["tables"] for column in table["columns"])
    customers = next(table for table in bundle["tables"] if table["table"] == "customers")
    names = [column["name"] for column in customers["columns"]]
    with psycopg.connect(desked.firm.app.settings.environment["UPHELD_PLATFORM_URL"]) as connection:
        connection.execute("CREATE TEMP TABLE taken AS SELECT * FROM customers LIMIT 0")
        connection.execute(
            "INSERT INTO taken SELECT * FROM jsonb_populate_recordset(NULL::customers, %s)", [json.dumps(customers["rows"])]
        )
        columns = ", ".join(names)
        there = connection.execute(f"SELECT {columns} FROM customers WHERE email = %s", [email]).fetchall()
        assert connection.execute(f"SELECT {columns} FROM taken").fetchall() == there and there


def test_a_fee_is_never_asked_of_a_first_copy_and_told_before_a_second(desked: Desked) -> None:
    desk, email = desked.desk, desked.email(23)
    first, _ = answered(desked, asked(desked, "access", email))
    assert copies_before(desk, first) == 0
    again = desk.open(asked(desked, "access", email)).case
    desked.work()
    with pytest.raises(RequestFault) as early:
        ask_fee(desk, first.number, "access", "10.00 EUR", "Printing", "staff:1")
    assert early.value.code == "R124"
    desk.prove_email(token_in(letters(desked, again.id)[0][1], "prove"))
    desked.work()
    assert desk.case(again.number).state == "approval" and copies_before(desk, again) == 1
    for amount, what_for in (("ten", "Printing"), ("0.00 EUR", "Printing"), ("10.00 EUR", " "), ("10.001 EUR", "Printing")):
        with pytest.raises(RequestFault) as none:
            ask_fee(desk, again.number, "access", amount, what_for, "staff:1")
        assert none.value.code == "R125"
    assert fee_now(desk, desk.case(again.number)).rights == ("access",)
    ask_fee(desk, again.number, "access", "10.00 EUR", "Printing", "staff:1")
    with pytest.raises(RequestFault) as twice:
        ask_fee(desk, again.number, "access", "10.00 EUR", "Printing", "staff:1")
    assert twice.value.code == "R124" and fee_now(desk, desk.case(again.number)).owed
    assert letters(desked, again.id)[-1][0] == "fee" and "10.00 EUR" in letters(desked, again.id)[-1][1]
    fee_paid(desk, again.number, "staff:1")
    with pytest.raises(RequestFault) as paid:
        fee_paid(desk, again.number, "staff:1")
    assert paid.value.code == "R126"
    desk.approve(again.number, [], "staff:1")
    desked.work()
    assert desk.case(again.number).state == "answered"


def test_nobody_found_is_said_so_with_where_we_looked(desked: Desked) -> None:
    desk = desked.desk
    case = desk.open(asked(desked, "access", "stranger@elsewhere.example.test")).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    kind, text = letters(desked, case.id)[-1]
    assert (desk.case(case.number).state, kind) == ("answered", "nothing-found") and "platform" in text


class OtherFirm(StandIn):
    """Takes bundles that are signed, once each, and gives a receipt of their hash."""

    def answer(self, asked: Asking) -> Answered:
        if not is_signed(SECRET, asked.headers["x-upheld-signature"], asked.body, NOW):
            raise Wrong(403, "not signed")
        self.taken = json.loads(asked.body)
        return Answered(201, {"receipt": "T-17", "sha256": hashlib.sha256(asked.body).hexdigest()})


def test_a_bundle_goes_to_another_firm_that_the_deployment_names_and_waits_for_its_receipt(desked: Desked) -> None:
    desk = desked.desk
    request = asked(desked, "portability", desked.email(24))
    request = replace(request, details={**request.details, "recipient": "lab-two"})
    desk.app.settings = replace(desk.app.settings, environment={**desk.app.settings.environment, "LAB_TWO": SECRET})
    with serving(OtherFirm()) as other:
        said = f"portability:\n  lab-two: {{address: '{other.address}', secret: 'env:LAB_TWO', private: yes}}\n"
        desk.destinations = destinations(said)
        try:
            other.trouble = "down"
            case = desk.open(request).case
            desked.work()
            desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
            desked.work()
            assert desk.case(case.number).state == "working"
            other.trouble = ""
            desk.go_on(case.number)
            desked.work()
        finally:
            desk.destinations = {}
        assert desk.case(case.number).state == "answered"
        assert other.taken["format"] == "upheld-portability/1" and other.taken["tables"]
    assert "T-17" in letters(desked, case.id)[-1][1]


def test_a_destination_that_nobody_named_is_never_called_and_waits_for_a_person(desked: Desked) -> None:
    desk = desked.desk
    request = asked(desked, "portability", desked.email(25))
    case = desk.open(replace(request, details={**request.details, "recipient": "https://169.254.169.254/"})).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    assert desk.case(case.number).state == "approval"
    with pytest.raises(Unusable) as wrong:
        destinations("portability:\n  lab-two: {address: 'http://lab.example.test/', secret: 'env:X'}\n")
    assert wrong.value.code == "R112"


# ---- the disclosure ledger


def given(desked: Desked, email: str, recipient: str = "support-provider", days: int = 3, **more: object) -> Given:
    day = desked.clock().date() - timedelta(days=days)
    return replace(Given({"email": email}, recipient, ("email-address", "name"), day, "customer-care"), **more)  # type: ignore[arg-type]


def test_what_was_given_is_on_record_once_for_each_person_and_goes_with_her(desked: Desked) -> None:
    desk, (one, other) = desked.desk, (desked.email(40), desked.email(41))
    said = [given(desked, one), given(desked, one.upper()), given(desked, other, "hubspot")]
    assert report(desk, said) == 4 and report(desk, said) == 0
    with desk.own.transaction() as connection:
        of_each = {
            email: find_subjects(connection, desk.master, [("email/1", email)])[("email/1", email)] for email in (one, other)
        }
        assert {(d.recipient, d.data) for d in disclosures_of(connection, of_each[one])} == {
            ("support-provider", "email-address"), ("support-provider", "name"),
        }  # fmt: skip
        assert {d.recipient for d in disclosures_of(connection, of_each[other])} == {"hubspot"}
        forget(connection, sorted(of_each[other]), desk.now)
        assert disclosures_of(connection, of_each[other]) == ()


@pytest.mark.parametrize(
    "wrong", [{"recipient": "nobody-we-know"}, {"data": ("shoe-size-of-the-cat",)}, {"days": -1}, {"purpose": "mischief"}, {"data": ()}]
)  # fmt: skip
def test_a_report_in_names_that_nobody_has_is_refused_whole_and_quotes_nothing(
    desked: Desked, wrong: dict[str, object]
) -> None:
    email = desked.email(42)
    with pytest.raises(Unusable, match="R251") as refused:
        report(desked.desk, [given(desked, email), given(desked, email, **wrong)])  # type: ignore[arg-type]
    assert email not in str(refused.value) and "cat" not in str(refused.value)
    with pytest.raises(Unusable, match="R251"):
        report(desked.desk, [given(desked, email), given(desked, "nobody.at.all@example.test")])
    for line in ("{}", "[", '{"person": 7, "recipient": "hubspot", "data": ["name"], "day": "2020-01-01"}'):
        with pytest.raises(Unusable, match="Line 1"):
            read_given([line])
    with desked.desk.own.connection() as connection:
        assert find_subjects(connection, desked.desk.master, [("email/1", email)]) == {}


def test_a_recipient_on_record_is_told_of_her_and_one_whose_whole_record_lacks_her_is_not(desked: Desked) -> None:
    desk, file = desked.desk, desked.firm.folder / "recipients.yaml"
    before = file.read_text(encoding="utf-8")
    whole = before.replace("  support-provider:\n", "  support-provider:\n    recorded: yes\n").replace(
        "  qualer-labs:\n", "  qualer-labs:\n    recorded: yes\n"
    )
    report(desk, [given(desked, desked.email(43))])
    file.write_text(whole, encoding="utf-8")
    try:
        case = desk.open(replace(asked(desked, "restriction", desked.email(43)), origin="told")).case
        desked.work()
        desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
        desked.work()
        stranger = desk.open(replace(asked(desked, "objection-direct-marketing", "not.known@example.test"), country="IE")).case
        desked.work()
        desk.prove_email(token_in(letters(desked, stranger.id)[0][1], "prove"))
        desked.work()
    finally:
        file.write_text(before, encoding="utf-8")
    with desk.own.connection() as connection:
        told = {order.recipient for order in orders_of(connection, case.id)}
        of_nobody = {order.recipient for order in orders_of(connection, stranger.id)}
    assert "support-provider" in told and "qualer-labs" not in told and "qualer-europe" in told
    assert {"support-provider", "qualer-labs"} <= of_nobody, "who is not known is nobody's to spare"


def test_an_order_that_was_told_is_on_record_as_what_it_handed_over(desked: Desked) -> None:
    desk, email = desked.desk, desked.email(44)
    case = desk.open(asked(desked, "restriction", email)).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    desked.work()
    ref = desk.case(case.number).subject
    assert ref is not None
    with desk.own.connection() as connection:
        told = {order.recipient for order in orders_of(connection, case.id) if order.told_at is not None}
        noted = [one for one in disclosures_of(connection, [ref]) if one.how == "order"]
    assert told and {one.recipient for one in noted} == told and {one.data for one in noted} == {"email-address"}


def test_a_copy_and_the_californian_report_quote_the_record_apart_from_the_notice(desked: Desked) -> None:
    desk, email = desked.desk, desked.email(45)
    report(desk, [given(desked, email), given(desked, email, "hubspot", days=500)])
    request = replace(asked(desked, "access", email), regime="us-ca-ccpa", country="US")
    case, data = answered(desked, request)
    lines = {line["category"]: line for line in json.loads(within(data, "categories.json"))["categories"]}
    assert lines["A"]["disclosed_to"] == ["support-provider"] and "hubspot" not in lines["A"]["disclosed_to"]
    assert b"It may not be whole." in within(data, "categories.html") and lines["A"]["may_be_disclosed_to"]
    said = json.loads(within(data, "data.json"))
    customers = next(table for table in said["tables"] if table["table"] == "customers")
    assert [told.split(" (")[0] for told in customers["told"]] == ["HubSpot", "support provider"] and customers[
        "told_whole"
    ] == []
    ours = next(table for table in said["tables"] if table["table"] == "person_disclosure")
    assert {row["recipient"] for row in ours["rows"]} == {"support-provider", "hubspot"}
    with desk.own.connection() as connection:
        assert asks_of(connection, case.number)


# ---- very much of one person

ROWS = int(
    os.environ.get("UPHELD_ROWS", "200000" if int(os.environ.get("UPHELD_CASES", "0")) else "3000")
)  # the walk of many begins above 2,000
HEADROOM_KIB = 48 * 1024  # however many rows there are


def test_a_person_with_very_many_rows_streams_through_the_desk_into_a_file_that_is_fetched_in_blocks(desked: Desked) -> None:
    desk, email = desked.desk, desked.email(46)
    with psycopg.connect(desked.firm.app.settings.environment["UPHELD_PLATFORM_URL"]) as connection:
        made = connection.execute(
            "INSERT INTO sign_ins (id, account_id, outcome, features_used, signed_in_at) SELECT 10000000 + n, a.id, 'well', md5(n::text), now() "
            "FROM (SELECT min(a.id) AS id FROM accounts a JOIN customers c ON c.id = a.person_id AND a.person_type = 'customer' WHERE c.email = %s) a, generate_series(1, %s) n",
            [email, ROWS],
        )
        assert made.rowcount == ROWS
    case = desk.open(asked(desked, "access", email)).case
    desked.work()
    desk.prove_email(token_in(letters(desked, case.id)[0][1], "prove"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    desked.work()
    assert desk.case(case.number).state == "answered"
    found = desk.fetch(token_in(letters(desked, case.id)[-1][1], "file"))
    assert found is not None
    digest, size = hashlib.sha256(), 0
    for block in found.blocks:
        digest.update(block)
        size += len(block)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (digest.hexdigest(), size) == (found.sha256, found.size) and size > ROWS
    assert grown < HEADROOM_KIB, f"{ROWS:,} rows took {grown:,} KiB more"
