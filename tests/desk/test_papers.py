"""Papers prove what a link cannot; one verifier sees them; they go with the decision."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from tests.desk.conftest import Desked
from tests.desk.test_clocks_and_refusals import kinds
from tests.desk.test_thin_path import asked, letters, token_in
from upheld.duties.recipients.orders import orders_of
from upheld.duties.requests import Case, Received, RequestFault, details_of
from upheld.faces.app.desk import Asked
from upheld.faces.app.desk.going_on import prepared_of
from upheld.faces.app.desk.opening import measured
from upheld.faces.app.desk.papers.receiving import FOLDER, LARGEST, MOST
from upheld.faces.app.errors import Unusable
from upheld.language.law import load_law
from upheld.language.promises import compile_program

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


PARENT = "parent@example.test"


def for_somebody(desked: Desked, right: str, number: int, born: str) -> Asked:
    """A mother's request for the customer of this number, whom we know by another address than hers."""
    mine = asked(desked, right, PARENT)
    said = {**mine.details, "for-email": desked.email(number), "for-born": born, "authority": "my child"}
    return replace(mine, details=said, representative=True)


def test_a_guardian_shows_that_she_is_one_and_gets_the_childs_rows_at_her_own_address(desked: Desked) -> None:
    desk, child = desked.desk, desked.email(14)
    case = desk.open(for_somebody(desked, "access", 14, "2016-05-05")).case
    desked.work()
    assert [kind for kind, _ in letters(desked, case.id)] == ["acknowledgement", "more-identity"]
    assert "/prove/" not in letters(desked, case.id)[0][1], "her own address proves nothing of the child"
    with desk.own.connection() as connection:
        assert details_of(connection, desk.master, case.number)["unproven"] == "guardianship"
    desk.receive_paper(case.number, "guardianship", [PDF])
    desk.accept_papers(case.number, frozenset({"guardianship"}), "staff:7")
    desked.work()
    assert desk.case(case.number).state == "answered"
    found = desk.fetch(token_in(letters(desked, case.id)[-1][1], "file"))
    assert found is not None
    with zipfile.ZipFile(io.BytesIO(b"".join(found.blocks))) as archive:
        data = next(archive.read(name) for name in archive.namelist() if name.endswith("data.json"))
    assert child.encode() in data and PARENT.encode() not in data
    with desk.own.connection() as connection:
        sent = connection.execute("SELECT count(*) FROM letter WHERE ref = %s AND channel = 'mail'", [case.id]).fetchone()
    assert sent == (len(letters(desked, case.id)),)


def test_whoever_names_another_is_not_her_whatever_session_or_link_she_has(desked: Desked) -> None:
    desk, law, program = desked.desk, desked.desk.law, desked.desk.program
    named = replace(for_somebody(desked, "access", 14, ""), representative=False, signed_in=True)
    assert "authority" in measured(program, law, named).unproven
    case = desk.open(asked(desked, "access", PARENT)).case
    desked.work()
    link = token_in(letters(desked, case.id)[0][1], "prove")
    noted = {"approved-by": "staff:2", "verifier": "staff:2", "proven": "papers", "guardian": "yes", "representative": "yes"}
    desk.complete(case.number, {"for-email": desked.email(14), **noted}, by="staff:1")
    with desk.own.connection() as connection:
        assert not noted.keys() & details_of(connection, desk.master, case.number).keys(), "nobody says who looked or approved"
    assert desk.prove_email(link) is None and desk.case(case.number).state == "identity"
    for kind in ("account", "tenant"):
        with pytest.raises(Unusable, match="R110"):
            desk.complete(case.number, {kind: "somebody else's"}, by="staff:1")


def test_a_childs_erasure_waits_for_the_guardians_papers_and_ends_the_childs_rows(desked: Desked) -> None:
    desk, child = desked.desk, desked.email(15)
    case = desk.open(for_somebody(desked, "erasure", 15, "2016-05-05")).case
    desked.work()
    with psycopg.connect(desked.firm.app.settings.environment["UPHELD_PLATFORM_URL"]) as connection:
        count = "SELECT count(*) FROM customers WHERE email = %s"
        assert desk.case(case.number).state == "identity" and connection.execute(count, [child]).fetchone() == (1,)
        connection.rollback()
        desk.receive_paper(case.number, "guardianship", [PDF])
        desk.accept_papers(case.number, frozenset({"guardianship"}), "staff:7")
        desked.work()
        with desk.own.connection() as own:
            shown = prepared_of(details_of(own, desk.master, case.number), case.rights)["erasure"]
        desk.approve(case.number, [shown.digest], "staff:1")
        desked.work()
        assert desk.case(case.number).state in ("recipients", "answered")
        assert connection.execute(count, [child]).fetchone() == (0,)
    with desk.own.connection() as own:
        told = [order for order in orders_of(own, case.id) if order.recipient == "qualer-labs"]
    text = letters(desked, told[0].name)[0][1]
    assert child in text and PARENT not in text, "a recipient is told of the child, and not of who asked for her"


def test_of_a_grown_up_a_parent_shows_authority_as_anybody_else_does(desked: Desked) -> None:
    desk = desked.desk
    for born in ("2001-05-05", "", "tomorrow", "2199-01-01"):
        made = measured(desk.program, desk.law, for_somebody(desked, "access", 16, born))
        assert set(made.unproven) == {"identity", "authority"} and "guardian" not in made.details
    mine = replace(for_somebody(desked, "access", 16, "2016-05-05"), representative=False)
    assert "guardianship" not in measured(desk.program, desk.law, mine).unproven, "nobody is a guardian who does not say so"


CLUB = """---
notice: club
language: en
updated: 2026-03-01
effective: 2026-03-01
controller: swimmers
contacts: contacts.yaml
officer: none
officer-reason: We are small.
regimes: [{regime}]
---

You may have a copy. {{#r.1}}

```promise
will grant: access
to: subject
by: email
within: 20 days after received
proof: identity
---
define: swimmers
is: party
role: controller
```

And parents may, of a child. {{#r.2}}

```promise
will grant: access
to: guardian
age: under 13
by: email
within: 10 days after received
proof: guardianship
```
"""


@pytest.mark.parametrize("regime, oldest", [("eu-gdpr", 15), ("za-popia", 17), ("us-can-spam", 12), ("us-coppa", 12)])
def test_a_guardians_right_is_hers_below_the_highest_age_that_notice_or_law_gives(regime: str, oldest: int) -> None:
    program = compile_program({"notice.md": CLUB.format(regime=regime)}, "notice.md").draft
    assert program is not None
    law, now = load_law(), datetime(2026, 11, 22, 9, tzinfo=UTC)

    def ask(born: str, representative: bool = True) -> Received:
        said = {"email": PARENT, "name": "Ada", "for-born": born}
        return measured(program, law, Asked(("access",), regime, "email", now, said, representative=representative))

    for age in range(19):
        made = ask(f"{2026 - age}-11-22")
        assert (made.unproven == ("guardianship",)) == (age <= oldest), age
        assert made.promised == ("10 days" if age <= oldest else "20 days")
    other = ask("2016-05-05", representative=False)
    assert (other.unproven, other.promised) == (("identity",), "20 days"), "what guardians must show is asked of nobody else"
