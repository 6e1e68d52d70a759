"""The page of the API: what it shows is sent as it stands, and answered as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Served
from upheld.faces.api.bearers import SCOPES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
CALL = re.compile(r"^> (\w+) (\S+)  \(([a-z ]+)\) ?(?:If-Match: (\S+))? ?(\{.*\})?\n< (\d+) (\{.*\})$", re.MULTILINE)
SHOWN = "R-0017"


def agrees(shown: Any, found: Any) -> bool:
    """Whether every member that the page shows is there so."""
    if isinstance(shown, dict) and isinstance(found, dict):
        return all(key in found and agrees(value, found[key]) for key, value in shown.items())
    return shown == "…" or bool(shown == found)


@pytest.fixture(scope="module")
def tokens(served: Served) -> dict[str, str]:
    scopes = {match[3] for match in CALL.finditer(PAGE)}
    return {said: served.token("privacy-lead", tuple(said.split())) for said in scopes}


def test_every_example_of_the_page_is_answered_as_it_says(served: Served, tokens: dict[str, str]) -> None:
    id, sent = SHOWN, 0
    for method, path, scopes, mark, body, status, answer in CALL.findall(PAGE):
        headers = {"Authorization": f"Bearer {tokens[scopes]}", **({"If-Match": mark} if mark else {})}
        given = {"json": json.loads(body)} if body else {}
        got = served.client.request(method, f"/api/v1{path.replace(SHOWN, id)}", headers=headers, **given)
        if got.status_code == 201 and path == "/cases":
            id = got.json()["case"]["id"]
        assert got.status_code == int(status), f"{method} {path}: {got.text}"
        assert agrees(json.loads(answer.replace(SHOWN, id)), got.json()), f"{method} {path}: {got.text}"
        sent += 1
    assert sent == PAGE.count("\n> ") >= 15


def test_the_page_names_every_scope_with_its_acts(served: Served) -> None:
    for scope, acts in SCOPES.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{scope}` |"))
        assert re.findall(r"`([a-z]+)`", row.rsplit("|", 2)[1]) == list(acts)


def test_the_page_names_every_decision(served: Served) -> None:
    paths = served.client.get("/api/v1/openapi.json").json()["paths"]
    said = (
        re.sub(r"`orders/N/", "`orders/{order}/", PAGE)
        .replace("refusals/RIGHT/", "refusals/{right}/")
        .replace("letters/N/", "letters/{letter}/")
    )
    decisions = [path.split("/cases/{id}/")[1] for path, ops in paths.items() if "/cases/{id}/" in path and "post" in ops]
    assert decisions and all(f"`{one}`" in said for one in decisions)
