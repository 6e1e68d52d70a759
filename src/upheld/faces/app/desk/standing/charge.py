"""A case goes to whoever acts as the role that its sentence names: the account at the address that the roster gives for that role.

Where sentences name several roles for what came by this way, or nobody with an account acts as the one, the case is nobody's until somebody takes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case
from upheld.duties.requests.offers import offers
from upheld.faces.app.desk.standing.firm import address_of
from upheld.records.staff import all_accounts

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


def roles_of(desk: Desk, case: Case) -> frozenset[str]:
    """The roles that the notice names (`handled-by`) for what was asked, by the way it came."""
    menu = {offer.right: offer for offer in offers(desk.program, desk.law, case.regime)}
    return frozenset(role for right in case.rights if right in menu for role in menu[right].handled_by(case.channel))


def in_charge(desk: Desk, connection: Any, case: Case) -> str:
    """The account that the case goes to; empty where it is nobody's yet."""
    roles = roles_of(desk, case)
    address = address_of(desk.folder, min(roles)).strip().lower() if len(roles) == 1 else ""
    if not address:
        return ""
    accounts = (one for one in all_accounts(connection) if one.disabled is None)
    return next((one.ref for one in accounts if one.email.lower() == address), "")
