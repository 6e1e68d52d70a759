"""A proven case becomes the line by which the engine finds the person: her key where she signed in, else what she proved.

Where somebody asks for her, she is found by what was said of her, and never by the address of whoever asks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of
from upheld.faces.app.asks.subjects import has_tenants, said_by
from upheld.faces.app.desk.opening import FOR, TENANT, known_by
from upheld.faces.app.errors import NotNow

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

IDENTIFIERS = ("email", "phone")


def subject_line(desk: Desk, case: Case) -> str:
    """One JSON line for the engine. NotNow (R201) where nothing that identifies was said."""
    with desk.own.connection() as connection:
        said = details_of(
            connection, desk.master, case.number, [*IDENTIFIERS, *(f"{FOR}{kind}" for kind in IDENTIFIERS), "account", TENANT]
        )
    tenant = said.get(TENANT, "")
    if any(said.get(f"{FOR}{kind}") for kind in IDENTIFIERS):
        said = known_by(said)
    if "account" in said:
        return _for_tenant(desk, said["account"], tenant)
    found = {kind: said[kind] for kind in IDENTIFIERS if said.get(kind)}
    known = desk.identifiers
    found = {kind: value for kind, value in found.items() if kind in known}
    if not found:
        raise NotNow("R201", "The case names nothing by which anybody could be found.", "Ask the person for an identifier.")
    return _for_tenant(desk, json.dumps(found, ensure_ascii=False), tenant)


def _for_tenant(desk: Desk, line: str, tenant: str) -> str:
    """Where the firm holds rows for clients, who asks the firm means its own rows; a client's word is written down by an operator."""
    if desk.estate is None or not has_tenants(desk.estate):
        return line
    return json.dumps({**said_by(1, line), TENANT: tenant}, ensure_ascii=False)
