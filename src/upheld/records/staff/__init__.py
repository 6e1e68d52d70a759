"""The firm's own people who work at the desk: accounts, roles, second factors, sessions, API tokens, and what two of them must agree on."""

from upheld.records.staff.accounts import account_of, add, all_accounts, disable, set_password, set_role
from upheld.records.staff.approvals import approve, needs_second
from upheld.records.staff.model import Account, may
from upheld.records.staff.signing_in import sign_in
from upheld.records.staff.tokens import token_of

__all__ = [
    "Account",
    "account_of",
    "add",
    "all_accounts",
    "approve",
    "disable",
    "may",
    "needs_second",
    "set_password",
    "set_role",
    "sign_in",
    "token_of",
]
