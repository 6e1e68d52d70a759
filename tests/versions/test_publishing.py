"""A notice is published as numbered, dated versions that nobody can change; what may not follow is refused with its place."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import psycopg
import pytest

from tests.versions.conftest import Clock, Notice
from upheld.faces.app import App
from upheld.records.ledger.publications import verify_publications
from upheld.records.own import OwnDatabase

VERIFIER = Path(__file__).resolve().parents[2] / "verifier" / "verify.py"
SECOND = "We use your address to repair your bicycle and to call for it."


def codes(app: App, notice: Notice, **given: str) -> list[str]:
    return [one.code for one in app.publish(notice.written(), **given).diagnostics]


def second(notice: Notice) -> Notice:
    notice.clauses["use.1"] = (SECOND, notice.clauses["use.1"][1])
    return notice.dated("2026-05-01")


def test_a_publication_is_numbered_dated_and_pinned_by_a_leaf(app: App, notice: Notice, tmp_path: Path) -> None:
    first = app.publish(notice.written())
    then = app.publish(second(notice).written(), because="We fetch bicycles now.")
    assert [one.number for one in then.versions] == [1, 2] and then.fresh
    assert (first.registered.updated, then.registered.updated) == (date(2026, 3, 1), date(2026, 5, 1))
    assert (then.registered.by, then.registered.because) == ("privacy-lead", "We fetch bicycles now.")
    assert set(then.versions[0].files) == {"notice.md", "contacts.yaml", "program.json"}
    assert then.versions[0].program == first.checked.program
    assert "2 leaves" not in then.checkpoint and then.checkpoint.startswith("ledger.example.test/upheld\n2\n")
    said = app.verify(None)
    assert (said["holds"], said["versions"]) == ("yes", "2")
    assert verified(app, tmp_path) == (0, "")


def test_the_same_text_again_is_the_same_version(app: App, notice: Notice, clock: Clock) -> None:
    first = app.publish(notice.written())
    clock.today = date(2026, 8, 1)
    again = app.publish(notice.written())
    assert not again.fresh and again.registered == first.registered
    assert len(app.published("harbour")) == 1


def test_changed_text_under_an_unchanged_date_is_not_published(app: App, notice: Notice) -> None:
    app.publish(notice.written())
    notice.clauses["use.1"] = (SECOND, notice.clauses["use.1"][1])
    refused = app.publish(notice.written())
    assert [(one.code, one.file, one.line) for one in refused.diagnostics] == [("N301", "notice.md", 4)]
    assert refused.version is None and len(app.published("harbour")) == 1


def test_a_changed_contact_or_promise_under_an_unchanged_date_is_not_published(app: App, notice: Notice) -> None:
    app.publish(notice.written())
    notice.roster = ROSTER_CHANGED
    refused = app.publish(notice.written())
    assert [one.code for one in refused.diagnostics] == ["N310"] and "contacts.yaml" in refused.diagnostics[0].detail
    assert app.publish(notice.dated("2026-04-01").written()).registered.number == 2
    text, block = notice.clauses["keep.1"]
    notice.clauses["keep.1"] = (text, block.replace("2 years", "1 years"))
    assert codes(app, notice) == ["N310"]


ROSTER_CHANGED = "privacy-lead: {name: Bo Reed, email: privacy@harbour.example.test}\n"


def test_a_check_warns_of_a_date_to_come_until_that_day(app: App, notice: Notice, clock: Clock) -> None:
    folder = notice.dated("2026-06-02").written()
    (warned,) = app.check(folder).diagnostics
    assert (warned.code, warned.severity, warned.line) == ("N311", "warning", 4) and "2026-06-01" in warned.detail
    assert app.check(folder).errors == 0
    clock.today = date(2026, 6, 2)
    assert app.check(folder).diagnostics == ()


def test_a_date_that_has_not_come_or_goes_back_is_not_published(app: App, notice: Notice, clock: Clock) -> None:
    assert codes(app, notice.dated("2026-06-02")) == ["N311"]
    app.publish(notice.dated("2026-04-01").written())
    assert codes(app, second(notice).dated("2026-03-31")) == ["N312", "N313"]
    notice.front |= {"updated": "2026-05-01"}
    assert codes(app, notice) == ["N313"]
    notice.front |= {"effective": "2027-01-01"}
    assert codes(app, notice) == []


def test_an_id_is_retired_when_its_clause_goes_and_never_used_again(app: App, notice: Notice) -> None:
    app.publish(notice.written())
    gone = notice.clauses.pop("keep.1")
    notice.clauses["keep.2"] = gone
    refused = app.publish(notice.dated("2026-04-01").written())
    assert [(one.code, one.clause) for one in refused.diagnostics] == [("N315", "harbour.keep.1")]
    notice.front["retired"] = "[keep.1]"
    assert codes(app, notice) == []
    notice.clauses["keep.1"] = notice.clauses.pop("keep.2")
    notice.front["retired"] = "[keep.2]"
    assert codes(app, notice.dated("2026-05-01")) == ["N314"]


def test_a_reason_that_the_notice_promises_is_asked_for_at_every_change(app: App, notice: Notice) -> None:
    block = "will tell: new-version\nto: anyone\non: notice\nby: posting\nbefore: version-effective\nneeds: [author, reason]"
    notice.clauses["intro.5"] = ("Every new version has its reason.", f"{block}\n---\ndefine: notice\nis: surface")
    assert codes(app, notice) == []
    found = app.publish(second(notice).written()).diagnostics
    assert [(one.code, one.clause) for one in found] == [("N316", "harbour.intro.5")]
    assert codes(app, notice, because="We fetch bicycles now.") == []


def test_a_version_is_published_by_a_role_of_the_roster(app: App, notice: Notice) -> None:
    assert codes(app, notice, by="night-watch") == ["N317"]
    assert codes(app, notice, by="privacy-lead") == []


def test_a_notice_with_an_error_is_not_published(app: App, notice: Notice) -> None:
    notice.clauses["use.2"] = ("We also sing.", "may use: [song]\nfor: service")
    refused = app.publish(notice.written())
    assert refused.version is None and {one.code for one in refused.diagnostics} == {"P201"}
    assert app.published("harbour") == ()


# ---- nobody can change what was published ------------------------------------------------------------------------------

ALTERED = [
    ("V301", "altered-version", "UPDATE publication_file SET content = content || ' ' WHERE name = 'notice.md' AND number = 1"),
    ("V301", "altered-version", "UPDATE publication SET updated = '2026-02-01' WHERE number = 1"),
    ("V301", "altered-version", "UPDATE publication SET because = 'Nothing.' WHERE number = 2"),
    ("V301", "altered-version", "DELETE FROM publication_file WHERE name = 'contacts.yaml'"),
    ("V302", "missing-version", "DELETE FROM publication_file WHERE number = 2; DELETE FROM publication WHERE number = 2"),
    ("V304", "missing-version", "DELETE FROM publication_file WHERE number = 1; DELETE FROM publication WHERE number = 1"),
    ("V302", "missing-version", "DELETE FROM ledger_detail WHERE detail ->> 'notice' = 'harbour'"),
]


@pytest.mark.parametrize(("code", "reason", "change"), ALTERED)
def test_a_version_that_its_owner_alters_is_told_by_both_verifiers(
    app: App, notice: Notice, own: OwnDatabase, tmp_path: Path, code: str, reason: str, change: str
) -> None:
    app.publish(notice.written())
    app.publish(second(notice).written())
    with psycopg.connect(own._owner_url, autocommit=True) as owner:
        for table in ("publication", "publication_file"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(change)
    said = app.verify(None)
    assert said["holds"] == "no" and any(name.startswith(code) for name in said)
    assert verified(app, tmp_path) == (1, reason)


def test_a_version_that_was_put_in_is_told(app: App, notice: Notice, own: OwnDatabase) -> None:
    app.publish(notice.written())
    with own.transaction() as connection:
        connection.execute("INSERT INTO ledger_leaf (id, leaf) VALUES ('00000000-0000-0000-0000-000000000001', '{}')")
        connection.execute(
            "INSERT INTO publication SELECT notice, 2, updated, effective, text_digest, program_digest, published_at, published_by, because, "
            "'00000000-0000-0000-0000-000000000001' FROM publication"
        )
    with own.connection() as connection:
        assert [one.code for one in verify_publications(connection)[1]] == ["V303"]


@pytest.mark.parametrize("table", ["publication", "publication_file"])
@pytest.mark.parametrize("change", ["UPDATE {} SET number = 7", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_no_role_changes_the_register_by_mistake(app: App, notice: Notice, own: OwnDatabase, table: str, change: str) -> None:
    app.publish(notice.written())
    with own.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(change.format(table))
    with psycopg.connect(own._owner_url, autocommit=True) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(change.format(table))


def verified(app: App, tmp_path: Path) -> tuple[int, str]:
    """What the independent verifier says of an export: its exit code, and the reason."""
    export = tmp_path / "ledger.jsonl"
    app.verify(export)
    done = subprocess.run(
        [sys.executable, str(VERIFIER), str(export), "--key", str(export.with_suffix(".key"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, "" if done.returncode == 0 else done.stdout.split()[1]
