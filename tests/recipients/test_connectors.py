"""Every connector meets the same suite against a real local recipient, and what is its own besides."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tests.recipients.conftest import NOW, entry
from tests.recipients.standins import Answered, StandIn, serving
from tests.recipients.standins.protocols import Hook, Processor, processor
from tests.recipients.standins.services import ADA, BEN, Freshdesk, Hubspot, Salesforce
from upheld.duties.recipients import RecipientFault
from upheld.duties.recipients.connectors import MAKERS, Means, conform, connector_of
from upheld.duties.recipients.connectors.transport import Line, _is_public
from upheld.duties.recipients.kinds import KINDS
from upheld.duties.recipients.model import Act, Connector, Entry, Order

KEY = UUID("a7551968-d5d6-44b2-9831-815ac9017798")
SECRETS = {"SECRET": "s3cret", "KEY": "k3y", "TOKEN": "t0ken"}
SERVICES: dict[str, type[StandIn]] = {
    "webhook": Hook, "opendsr": Processor, "freshdesk": Freshdesk, "hubspot": Hubspot, "salesforce": Salesforce,
}  # fmt: skip


def order(act: Act = "erase", tries: int = 1, **more: object) -> Order:
    made = Order(7, "R-0001", "brightpost", act, KEY, (("email/1", ADA),), {}, "eu-gdpr", NOW, tries, "", "")
    return replace(made, **more)  # type: ignore[arg-type]


def means(**more: object) -> Means:
    given: dict[str, object] = {
        "now": lambda: NOW,
        "secret": SECRETS.get,
        "callback": "https://rights.example.test/answered",
        "seconds": 0.4,
    }
    return Means(**(given | more))  # type: ignore[arg-type]


def entry_for(kind: str, address: str, **more: object) -> Entry:
    secrets = {word: {"secret": "SECRET", "key": "KEY", "token": "TOKEN"}[word] for word in KINDS[kind].secrets}
    settings: Mapping[str, object] = {"certificate": processor()[1]} if kind == "opendsr" else {}
    given = {"address": address + ("/v1" if kind == "opendsr" else ""), "secrets": secrets, "settings": settings}
    return entry("brightpost", kind, **(given | more))


class Reached:
    """A service standing, and how it is reached."""

    def __init__(self, kind: str, standing: StandIn) -> None:
        self.kind, self.standing = kind, standing

    def connector(self, **more: object) -> Connector:
        return connector_of(entry_for(self.kind, self.standing.address, **more), means())


@pytest.fixture
def stand() -> Iterator[object]:
    with ExitStack() as stack:
        yield lambda kind: Reached(kind, stack.enter_context(serving(SERVICES[kind]())))


@pytest.mark.parametrize("kind", SERVICES)
def test_a_connector_conforms(kind: str, stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand(kind)
    assert conform(reached.connector, reached.standing, order(tries=2), [ADA, "s3cret", "k3y", "t0ken"]) == []


@pytest.mark.parametrize("trouble", ["down", "nonsense", "credentials"])
def test_the_suite_finds_a_connector_that_takes_trouble_for_success(trouble: str, stand) -> None:  # type: ignore[no-untyped-def]
    class Careless:
        name, capabilities = "careless", frozenset({"erase"})

        def __init__(self, inner: Connector) -> None:
            self._inner = inner

        def send(self, order: Order) -> object:
            try:
                return self._inner.send(order)
            except RecipientFault:
                from upheld.duties.recipients.model import Outcome

                return Outcome("done")

        poll = send

    reached = stand("hubspot")
    reached.standing.knows = frozenset({trouble})
    found = conform(lambda: Careless(reached.connector()), reached.standing, order(), [])  # type: ignore[arg-type, return-value]
    assert found == [f"In `{trouble}` it says done."]


def test_every_kind_has_a_maker_with_the_capabilities_that_files_are_checked_by() -> None:
    assert set(MAKERS) == set(KINDS) - {"none"}
    for kind, make in MAKERS.items():
        assert make(entry_for(kind, "http://127.0.0.1:9"), means()).capabilities == KINDS[kind].capabilities


# ---- transport ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.8",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_no_address_of_our_own_network_is_public(address: str) -> None:
    assert not _is_public(address)
    assert _is_public("93.184.215.14") and _is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize("base", ["http://example.test", "https://127.0.0.1:9", "https://localhost:9", "ftp://127.0.0.1"])
def test_an_order_goes_to_no_plain_and_no_private_address(base: str) -> None:
    with pytest.raises(RecipientFault, match="R325"):
        Line("brightpost", base).call("GET", "/", {})


def test_a_certificate_that_nobody_vouches_for_is_out_of_reach(stand) -> None:  # type: ignore[no-untyped-def]
    standing = stand("webhook").standing
    with pytest.raises(RecipientFault, match="R321"):
        Line("brightpost", standing.address.replace("http:", "https:"), private=True, seconds=2).call("GET", "/", {})
    assert standing.calls == []


def test_an_answer_larger_than_any_answer_is_cut_off(stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand("webhook")
    reached.standing.says = Answered(200, None, {}, b" " * 4_000_001)
    with pytest.raises(RecipientFault, match="R321"):
        connector_of(entry_for("webhook", reached.standing.address), means(seconds=10)).send(order())


def test_a_missing_credential_is_named_by_its_variable_alone() -> None:
    with pytest.raises(RecipientFault, match=r"R331.*SECRET"):
        connector_of(entry_for("webhook", "http://127.0.0.1:9"), means(secret=lambda name: None)).send(order())


# ---- one by one --------------------------------------------------------------------------------------------------------


def test_a_webhook_is_asked_later_where_it_said_and_only_there(stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand("webhook")
    first = reached.connector().send(order())
    assert (first.state, first.handle, first.real) == ("acknowledged", f"/status/{KEY}", False)
    reached.standing.orders[str(KEY)] = "done"
    assert reached.connector().poll(order(handle=first.handle)).state == "done"
    reached.standing.says = Answered(202, {"state": "acknowledged", "status": "https://elsewhere.example.test/status"})
    with pytest.raises(RecipientFault, match="R325"):
        reached.connector().send(order())


@pytest.mark.parametrize("kind", ["freshdesk", "hubspot", "salesforce"])
def test_every_page_of_a_persons_records_is_erased_and_nobody_elses(kind: str, stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand(kind)
    outcome = reached.connector().send(order())
    assert outcome.counts == {"records": 3} and reached.standing.others() == 1
    assert outcome.state == ("acknowledged" if kind == "salesforce" else "done")
    assert not outcome.real, "a stand-in proves nothing of the real one"


@pytest.mark.parametrize("kind", ["freshdesk", "hubspot", "salesforce"])
def test_an_access_returns_what_is_held(kind: str, stand) -> None:  # type: ignore[no-untyped-def]
    outcome = stand(kind).connector().send(order("access"))
    assert (
        outcome.state == "done"
        and outcome.counts == {"records": 3}
        and ADA.encode() in outcome.answer
        and BEN.encode() not in outcome.answer
    )


@pytest.mark.parametrize(
    ("kind", "field", "leaf"), [("freshdesk", "name", "name"), ("hubspot", "jobtitle", "job"), ("salesforce", "Title", "job")]
)
def test_a_correction_reaches_every_record_and_what_has_no_field_goes_to_a_person(
    kind: str, field: str, leaf: str, stand
) -> None:  # type: ignore[no-untyped-def]
    reached = stand(kind)
    outcome = reached.connector().send(order("rectify", corrections={leaf: 'Ada O\'Quill \\ "Q"'}))
    assert (outcome.state, outcome.counts) == ("done", {"records": 3})
    with pytest.raises(RecipientFault, match="R328"):
        reached.connector().send(order("rectify", corrections={"shoe-size": "41"}))
    asked = [call.body for call in reached.standing.calls if call.method in ("PUT", "PATCH")]
    assert asked and all(field.encode() in body for body in asked)


def test_salesforce_is_done_when_its_bin_is_empty_and_not_before(stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand("salesforce")
    assert reached.connector().send(order()).state == "acknowledged"
    assert reached.connector().poll(order()).state == "acknowledged"
    reached.standing.empty_bin()
    assert reached.connector().poll(order()).state == "done" and reached.standing.had == 3


def test_a_part_is_never_done(stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand("salesforce")
    reached.standing.resists = {"00Q000000000003AAA"}
    with pytest.raises(RecipientFault, match="R330"):
        reached.connector().send(order())
    reached.standing.resists = set()
    assert reached.connector().send(order()).counts == {"records": 1}


def test_hubspot_whose_search_lags_is_done_when_the_search_says_so(stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand("hubspot")
    reached.standing.lags = True
    assert reached.connector().send(order()).state == "acknowledged"
    reached.standing.lags = False
    assert reached.connector().poll(order()).state == "done" and reached.standing.had == 3


@pytest.mark.parametrize(("kind", "marks"), [("salesforce", {}), ("hubspot", {"marks": {"opt-out": {"asked_not_to": "true"}}})])
def test_an_opt_out_is_marked_where_a_field_is_declared_for_it(kind: str, marks: dict[str, object], stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand(kind)
    assert reached.connector(settings=marks).send(order("opt-out")).counts == {"records": 3}
    with pytest.raises(RecipientFault, match="R328"):
        reached.connector(settings=marks).send(order("restrict"))


def test_nobody_known_there_is_done_and_touches_nothing(stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand("freshdesk")
    outcome = reached.connector().send(order(identifiers=(("email/1", "o'nobody\\@example.test"),)))
    assert (outcome.state, reached.standing.had) == ("done", 0)


def test_a_processors_status_counts_when_its_certificate_signed_it(stand) -> None:  # type: ignore[no-untyped-def]
    reached = stand("opendsr")
    first = reached.connector().send(order())
    assert first.state == "acknowledged" and b"encoded_request" not in first.answer
    reached.standing.requests[str(KEY)] = "completed"
    reached.standing.forges = True
    with pytest.raises(RecipientFault, match="R326"):
        reached.connector().poll(order())
    reached.standing.forges = False
    assert reached.connector().poll(order()).state == "done"
    reached.standing.requests[str(KEY)] = "cancelled"
    assert reached.connector().poll(order()).state == "failed"
    late = means(now=lambda: NOW + timedelta(days=91))
    with pytest.raises(RecipientFault, match="R326"):
        connector_of(entry_for("opendsr", reached.standing.address), late).poll(order())


# ---- a recipient's database --------------------------------------------------------------------------------------------

STATEMENTS = {
    "engine": "sqlite",
    "statements": {
        "erase": ["DELETE FROM contact WHERE lower(email) = :email"],
        "rectify": [
            "UPDATE contact SET name = :new_name WHERE lower(email) = :email",
            "UPDATE contact SET town = :new_town WHERE lower(email) = :email",
        ],
    },
    "left": {"erase": ["SELECT count(*) FROM contact WHERE email LIKE '%:email%' OR lower(email) = :email"]},
    "find": ["SELECT name, email FROM contact WHERE lower(email) = :email"],
}


class Shelf:
    """A recipient's database as a stand-in."""

    trouble, knows = "", frozenset[str]()

    def __init__(self, path: Path) -> None:
        self.path = path
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE contact (id INTEGER PRIMARY KEY, name TEXT, town TEXT, email TEXT)")
            db.executemany(
                "INSERT INTO contact (name, email) VALUES (?, ?)", [("Ada", ADA), ("Ada too", ADA.upper()), ("Ben", BEN)]
            )

    def count(self, where: str) -> int:
        with sqlite3.connect(self.path) as db:
            return int(db.execute(f"SELECT count(*) FROM contact WHERE {where}").fetchone()[0])

    def effects(self) -> int:
        return 2 - self.count(f"lower(email) = '{ADA}'")

    def others(self) -> int:
        return self.count(f"email = '{BEN}'")


def shelf_connector(shelf: Shelf, **settings: object) -> Connector:
    made = entry("brightpost", "sql", address="env:SHELF", secrets={}, settings=STATEMENTS | settings)
    return connector_of(made, means(secret={"SHELF": f"sqlite:///{shelf.path}"}.get))


def test_a_recipients_database_conforms(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf.sqlite")
    assert conform(lambda: shelf_connector(shelf), shelf, order(), [ADA]) == []


def test_statements_correct_what_the_order_corrects_and_find_what_is_held(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf.sqlite")
    outcome = shelf_connector(shelf).send(order("rectify", corrections={"name": "Ada Quillfeather"}))
    assert outcome.counts == {"records": 2} and shelf.count("name = 'Ada Quillfeather' AND town IS NULL") == 2
    assert shelf_connector(shelf).send(order("access")).counts == {"records": 2}
    with pytest.raises(RecipientFault, match="R328"):
        shelf_connector(shelf).send(order("restrict"))


def test_what_statements_leave_behind_undoes_them_and_says_so(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf.sqlite")
    careless = {"erase": ["DELETE FROM contact WHERE email = :email"]}
    with pytest.raises(RecipientFault, match="R330"):
        shelf_connector(shelf, statements=careless).send(order())
    assert shelf.effects() == 0


def test_a_statement_that_fails_carries_no_value_out(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf.sqlite")
    with pytest.raises(RecipientFault) as caught:
        shelf_connector(shelf, statements={"erase": ["DELETE FROM nothing WHERE email = :email"]}).send(order())
    assert ADA not in str(caught.value) and caught.value.__cause__ is None


def test_statements_run_in_postgresql_too(fresh_database: str) -> None:
    from upheld.duties.recipients.connectors.sql import run

    setup = [
        ("CREATE TABLE contact (name text, email text)", {}),
        ("INSERT INTO contact VALUES ('Ada 100%', :email)", {"email": ADA}),
    ]
    assert run("brightpost", "postgresql", fresh_database, setup)[1] == 1
    again = [
        ("DELETE FROM contact WHERE email = :email::text AND name LIKE '%0%'", {"email": ADA}),
        ("SELECT count(*) FROM contact", {}),
    ]
    assert run("brightpost", "postgresql", fresh_database, again)[0] == 1


# ---- people ------------------------------------------------------------------------------------------------------------


def test_a_letter_goes_to_the_recipients_address_and_needs_mail_to_be_set_up() -> None:
    sent: list[tuple[str, str]] = []
    made = entry("brightpost", "mail", address="privacy@brightpost.example.test", secrets={})
    mail = connector_of(made, means(mail=lambda address, one: sent.append((address, one.link))))
    assert mail.send(order(link="https://rights.example.test/answer/7")).state == "told" and mail.poll(order()).state == "told"
    assert sent == [("privacy@brightpost.example.test", "https://rights.example.test/answer/7")]
    with pytest.raises(RecipientFault, match="R331"):
        connector_of(made, means()).send(order())
