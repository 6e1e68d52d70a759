"""Every E code has a page whose example shows it and whose remedy does not; the pages are the cases."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests import mariadb
from upheld.engine.estate.check import check_estate
from upheld.engine.estate.codes import SUMMARIES
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue
from upheld.engine.stores import catalogue_postgresql, catalogue_sqlite
from upheld.engine.stores.mariadb.session import MariaDBStore

PAGES = Path(__file__).parents[2] / "docs" / "codes"
LEAVES = frozenset(
    "email-address name own-writing username fax-number telephone-number birth-date physical-address account-history".split()
)
FOLLOWS = {
    "E102": {"E205"},
    "E302": {"E301"},
}  # a misspelt `links:` leaves the rows without an owner, a renamed table is unmapped
BLOCK = re.compile(r"^```(yaml|sql|sql postgresql|sql mariadb)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def cases(code):
    """(yaml, sql, engine) of the example and of the remedy; the remedy's schema is the example's unless it has its own."""
    page = (PAGES / f"{code}.md").read_text()
    example, remedy = page.split("\n## Remedy\n")
    schema = ("", "sql")
    for part in (example, remedy):
        blocks = BLOCK.findall(part)
        [text] = [text for kind, text in blocks if kind == "yaml"]
        for kind, sql in blocks:
            if kind != "yaml":
                schema = (sql, kind)
        yield text, *schema


def live(sql, kind, engine, postgres):
    if kind == "sql postgresql":
        postgres.rollback()
        postgres.execute(sql)
        return catalogue_postgresql.reflect(postgres, "shop")
    if kind == "sql mariadb":
        return live_mariadb(sql)
    connection = sqlite3.connect(":memory:")
    connection.executescript(sql)
    return replace(catalogue_sqlite.reflect(connection, "shop"), engine=engine)


def live_mariadb(sql):
    name = mariadb.create_database()
    try:
        mariadb.execute(mariadb.address(name), *(one for one in sql.split(";\n") if one.strip()))
        with closing(MariaDBStore("shop", mariadb.address(name))) as session:
            return session.catalogue()
    finally:
        mariadb.drop_database(name)


def findings(text, sql, kind, postgres=None):
    estate, found = read_estate({"estate/shop.yaml": text})
    engine = next(iter(estate.stores.values())).engine if estate.stores else "sqlite"
    catalogue = Catalogue({"shop": live(sql, kind, engine, postgres)}) if sql else None
    return [*found, *check_estate(estate, catalogue, LEAVES, {"fieldmouse-mail"})]


ELSEWHERE = re.compile(r"E41\d|E5\d\d")  # advice before work, drafts from other tools: raised and tested where they arise


def test_every_code_has_a_page_and_every_page_a_code():
    assert {path.stem for path in PAGES.glob("E*.md") if not ELSEWHERE.match(path.stem)} == set(SUMMARIES)


@pytest.mark.parametrize("code", sorted(SUMMARIES))
def test_the_page_starts_with_the_fixed_line_and_its_example_shows_the_code(code, request):
    if "```sql mariadb" in (PAGES / f"{code}.md").read_text():
        mariadb.needed()
    postgres = request.getfixturevalue("postgres") if "```sql postgresql" in (PAGES / f"{code}.md").read_text() else None
    assert (PAGES / f"{code}.md").read_text().startswith(f"# {code}: {SUMMARIES[code][1]}\n")
    (example, remedy) = cases(code)
    found = findings(*example, postgres)
    assert {finding.code for finding in found} - {code} <= {"E308"} | FOLLOWS.get(code, set()), found
    [first, *_] = [finding for finding in found if finding.code == code]
    assert first.file == "estate/shop.yaml" and first.severity == SUMMARIES[code][0]
    assert 1 <= first.line <= len(example[0].splitlines())
    assert first.detail.endswith(".") and first.help
    left = findings(*remedy, postgres)
    assert [finding for finding in left if finding.severity == "error" or finding.code == code] == []


def test_an_address_that_may_hold_a_secret_is_never_repeated():
    (example, _) = cases("E106")
    assert not any("secret" in finding.detail + finding.help for finding in findings(*example))


def test_an_unclassified_live_column_names_file_line_and_what_to_add():
    (_, remedy) = cases("E303")
    text, sql, kind = remedy
    sql = sql.replace("email TEXT", "email TEXT, gift_message VARCHAR(400)")
    [finding] = [finding for finding in findings(text, sql, kind) if finding.code == "E107"]
    assert "`shop.customers.gift_message` (varchar(400))" in finding.detail
    assert "estate/shop.yaml" in finding.help and "line 7" in finding.help and "`gift_message:" in finding.help


def test_a_missing_index_is_given_as_the_statement_that_creates_it():
    (example, _) = cases("E308")
    text, sql, kind = example
    [finding] = [finding for finding in findings(text, sql, kind) if finding.code == "E308"]
    assert finding.help == "Create it: CREATE INDEX orders_customer_id ON orders (customer_id);"
    mended = findings(text, sql + finding.help.removeprefix("Create it: "), kind)
    assert [finding.code for finding in mended] == []


def test_a_misspelt_name_is_met_with_the_nearest_known_one():
    for code, suggestion in {"E102": "links", "E108": "email-address", "E110": "fieldmouse-mail", "E201": "customers"}.items():
        (example, _) = cases(code)
        [first, *_] = [finding for finding in findings(*example) if finding.code == code]
        assert first.suggestion == suggestion and f"Did you mean `{suggestion}`?" in first.help


NAMED = """store: shop
engine: sqlite
url: env:SHOP_URL
place: IE
kind: primary
tables:
  customers:
    root: customer
    key: [id]
    identifies: {email: {form: email/1, names: one}}
    soft-delete: gone_at
    columns: {id: key, email: email-address, gone_at: {not-personal: a mark}}
  messages:
    key: [id]
    links:
      sender_id: {owning: customers, as: sender, when: {kind: letter}}
      recipient: {identity: customer, form: email/1, as: recipient}
    shared: {sender: {access: full, erasure: blank-mine, mine: [note]}, recipient: {access: without [note], erasure: keep}}
    columns: {id: key, sender_id: key, recipient: email-address, kind: {not-personal: a word}, note: own-writing}
"""


@pytest.mark.parametrize(
    "said,where",
    [
        ("key: [id]\n    identifies", "key"),
        ("identifies: {email:", "identifies"),
        ("soft-delete: gone_at", "soft-delete"),
        ("sender_id: {owning", "a link"),
        ("when: {kind:", "`when` of a link"),
        ("recipient: {identity", "a link"),
        ("mine: [note]", "`sender` in shared"),
        ("without [note]", "`recipient` in shared"),
    ],
)
def test_each_entry_that_names_a_column_is_judged(said, where):
    assert findings(NAMED, "", "sql") == []
    word = next(
        word for word in ("gone_at", "sender_id", "recipient", "kind", "note", "email", "id") if re.search(rf"\b{word}\b", said)
    )
    wrong = said[::-1].replace(word[::-1], f"{word}_x"[::-1], 1)[::-1] if word == "note" else said.replace(word, f"{word}_x", 1)
    found = findings(NAMED.replace(said, wrong, 1), "", "sql")
    assert [one for one in found if one.code == "E112" and one.detail.startswith(where) and f"`{word}_x`" in one.detail]
