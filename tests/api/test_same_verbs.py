"""What the console does the API does, and the other way: each address of the one stands beside its fellow of the other, or says why it has none."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Served
from tests.api.test_api import opened
from upheld.faces.api.part import UNDER
from upheld.faces.console import console_part
from upheld.faces.site import pages_of

CASE = "/desk/{id}"
# Address of the console → addresses of the API that do the same.
FELLOWS: dict[str, tuple[str, ...]] = {
    "GET /desk": ("GET /cases",),
    f"GET {CASE}": (
        "GET /cases/{id}",
        "GET /cases/{id}/plans",
        "GET /cases/{id}/letters",
        "GET /cases/{id}/rights/{right}/grounds",
    ),
    f"GET {CASE}/live": ("GET /cases/{id}",),
    "GET /new": ("GET /regimes/{regime}/rights",),
    "POST /new": ("POST /cases",),
    f"POST {CASE}/take": ("POST /cases/{id}/take",),
    f"POST {CASE}/note": ("POST /cases/{id}/notes",),
    f"POST {CASE}/link": ("POST /cases/{id}/link",),
    f"POST {CASE}/complete": ("POST /cases/{id}/details",),
    f"POST {CASE}/approve": ("POST /cases/{id}/approve",),
    f"POST {CASE}/send-back": ("POST /cases/{id}/send-back",),
    f"POST {CASE}/decide": ("POST /cases/{id}/answer",),
    f"POST {CASE}/extend": ("POST /cases/{id}/extend",),
    f"POST {CASE}/withdraw": ("POST /cases/{id}/withdraw",),
    f"POST {CASE}/refuse": ("POST /cases/{id}/refusals",),
    f"POST {CASE}/refuse/confirm": ("POST /cases/{id}/refusals/{right}/confirm",),
    f"POST {CASE}/fee": ("POST /cases/{id}/fee",),
    f"POST {CASE}/fee/paid": ("POST /cases/{id}/fee/paid",),
    f"POST {CASE}/weigh": ("POST /cases/{id}/weigh",),
    f"POST {CASE}/lifting": ("POST /cases/{id}/lifting",),
    f"POST {CASE}/lift": ("POST /cases/{id}/lift",),
    f"POST {CASE}/papers/{{serial}}": ("GET /cases/{id}/papers/{serial}",),
    f"POST {CASE}/identity": ("POST /cases/{id}/papers/accept", "POST /cases/{id}/papers/reject"),
    f"POST {CASE}/recipients/{{order}}": ("POST /cases/{id}/orders/{order}/answer", "POST /cases/{id}/orders/{order}/again"),
    f"GET {CASE}/letters/{{letter}}": ("GET /cases/{id}/letters/{letter}",),
    f"POST {CASE}/letters/{{letter}}": ("POST /cases/{id}/letters/{letter}/posted", "POST /cases/{id}/letters/{letter}/again"),
    "GET /incidents": ("GET /incidents",),
    "POST /incidents/{number}": ("POST /incidents/{number}/close",),
    "GET /decisions": ("GET /decisions",),
    "POST /decisions/{review}": ("POST /decisions/{review}",),
    "GET /choices": ("GET /choices",),
    "GET /retention": ("GET /retention",),
    "GET /recipients": ("GET /recipients",),
    "GET /ledger/export": ("GET /ledger/export",),
    "GET /ledger/key": ("GET /ledger/key",),
    "GET /account": ("GET /me", "GET /tokens"),
    "POST /account/tokens": ("POST /tokens",),
    "POST /account/tokens/{number}": ("DELETE /tokens/{number}",),
}
# Why the API has no such address, as its page says under "Not here".
CONSOLE_ALONE = {
    "who signs in": ("GET /sign-in", "POST /sign-in", "GET /sign-in/code", "POST /sign-in/code", "POST /sign-out"),
    "what opens one's own account": (
        "GET /first", "POST /first", "POST /account/password", "GET /account/second", "POST /account/second", "POST /account/second/confirm", "POST /account/second/codes",
        "POST /account/second/drop", "POST /account/sessions/{number}",
    ),
    "accounts of colleagues: a token would make itself a stronger fellow": (
        "GET /staff", "POST /staff", "POST /staff/{ref}/role", "POST /staff/{ref}/disable", "POST /staff/{ref}/enable", "POST /staff/{ref}/reset",
    ),
    "public, for programs too: /board.json, /estate, /ledger.txt": ("GET /board", "GET /estate", "GET /ledger"),
    "what a page is made of": ("GET /", "GET /assets/{name}", "GET /language/{code}"),
}  # fmt: skip
# The queue's page says it in a sentence where a job has failed; what was given to whom is a program's to report, or the command line's.
API_ALONE = {"GET /jobs", "POST /disclosures", "POST /cases/{id}/orders", "GET /cases/{id}/orders/{order}/answer"}


def addresses(handlers: list[Any]) -> set[str]:
    """`POST /desk/{id}` of each handler; whatever of it has a type is left out."""
    found = set()
    for handler in handlers:
        for path in handler.paths:
            parts = [f"{part.partition(':')[0]}}}" if ":" in part else part for part in path.split("/")]
            found |= {
                f"{method} {'/'.join(parts) or '/'}" for method in handler.http_methods if method not in ("HEAD", "OPTIONS")
            }
    return found


def test_every_address_of_the_console_has_its_fellow_in_the_api_or_a_reason(served: Served) -> None:
    app: Any = served.desk.app
    part = console_part(app, served.desk, pages_of(app, served.desk.folder))
    alone = {one for some in CONSOLE_ALONE.values() for one in some}
    assert addresses(list(part.handlers)) == set(FELLOWS) | alone and not set(FELLOWS) & alone


def test_every_address_of_the_api_has_its_fellow_at_the_console(served: Served) -> None:
    paths = served.client.get(f"{UNDER}/openapi.json").json()["paths"]
    found = {f"{method.upper()} {path.removeprefix(UNDER)}" for path, ops in paths.items() for method in ops}
    assert found == {one for some in FELLOWS.values() for one in some} | API_ALONE


def test_each_refuses_with_the_code_of_the_verb(served: Served) -> None:
    id = opened(served, rights=["access"], country="DE", person={"name": "Zq88 Pine", "email": "zq88@example.test"})
    fee = {"right": "access", "amount": "12.50 EUR", "what-for": "Printing"}
    weighed = {"purposes": [{"purpose": "analytics", "decision": "upheld"}]}
    for path, body, status, code in (
        ("fee", fee, 409, "R124"),
        ("fee", {**fee, "amount": "0.00 EUR"}, 422, "R125"),
        ("fee", {**fee, "amount": "a lot"}, 400, "R604"),
        ("fee/paid", None, 409, "R126"),
        ("weigh", weighed, 409, "R224"),
        ("lifting", {"day": "2027-01-01", "text": "It was right after all."}, 409, "R212"),
        ("lift", None, 409, "R212"),
    ):
        answer = served.ask("POST", f"/cases/{id}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), f"{path}: {answer.text}"
        assert served.ask("POST", f"/cases/{id}/{path}", role="verifier", json=body).status_code in (400, 403)
    found = served.ask("GET", f"/cases/{id}").json()
    assert found["fee"] == {"rights": [], "amount": "", "owed": False}


def test_letters_and_registers_are_told_as_the_console_shows_them(served: Served) -> None:
    id, other = opened(served), opened(served)
    served.work()
    letters = served.ask("GET", f"/cases/{id}/letters", role="operator").json()["letters"]
    assert letters and letters[0]["state"] == "to-post"
    path = f"/letters/{letters[0]['number']}"
    assert served.ask("GET", f"/cases/{id}{path}").content.startswith(b"%PDF-")
    assert (
        served.ask("GET", f"/cases/{other}{path}").status_code
        == served.ask("POST", f"/cases/{other}{path}/posted").status_code
        == 404
    )
    assert served.ask("GET", f"/cases/{id}/letters", role="auditor").status_code == 403
    assert served.ask("POST", f"/cases/{id}{path}/again").json()["code"] == "R402"
    assert [served.ask("POST", f"/cases/{id}{path}/posted").status_code for _ in range(2)] == [200, 409]
    assert served.ask("GET", f"/cases/{id}/plans").json() == {"plans": []}
    assert served.ask("GET", "/decisions", role="operator").json() == {"decisions": []}
    assert served.ask("POST", "/decisions/V-0001", json={"text": "Granted."}).status_code in (403, 404)
    assert served.ask("GET", "/choices", role="auditor").json() == {"choices": []}
    assert served.ask("GET", "/retention", role="auditor").json() == {"kept": []}
    recipients = {one["name"]: one for one in served.ask("GET", "/recipients", role="auditor").json()["recipients"]}
    assert recipients["freshdesk"]["standing"] == "unproven" and recipients["freshdesk"]["clauses"]
    lines = served.ask("GET", "/ledger/export", role="auditor").text.splitlines()
    assert len(lines) > 2 and served.ask("GET", "/ledger/key", role="auditor").json()["key"]


def test_a_link_goes_out_again(served: Served) -> None:
    id = opened(served, rights=["access"], country="DE", person={"name": "Zq89 Rook", "email": "zq89@example.test"})
    served.work()
    before = len(served.ask("GET", f"/cases/{id}/letters").json()["letters"])
    assert served.ask("POST", f"/cases/{id}/link", role="verifier").status_code == 200
    assert len(served.ask("GET", f"/cases/{id}/letters").json()["letters"]) == before + 1
