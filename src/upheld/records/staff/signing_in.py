"""An address and a password, then a code, become a session; a failure says nothing but that it failed.

Constant answers: whether the account exists, is disabled, or has another password is answered with the same words, after the same work
(an unknown account is checked against a hash that fits nobody). Each try is counted before it is judged, and each failure is a leaf; those
that the limit stops are none, so that nobody fills the ledger by guessing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from upheld.records.keys import MasterKey
from upheld.records.own import OwnDatabase
from upheld.records.staff import second, sessions
from upheld.records.staff.accounts import COLUMNS, email_form
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.leaves import note
from upheld.records.staff.limits import Tries
from upheld.records.staff.model import Account
from upheld.records.staff.passwords import fits, hash_of, is_old
from upheld.records.staff.sessions import Session


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` goes into the browser's cookie; `half`: the second factor is still to be given."""

    token: str
    account: Account
    half: bool


def sign_in(own: OwnDatabase, master: MasterKey, email: str, password: str, address: str, now: datetime) -> SignedIn:
    """A session has begun. R501: these do not open an account; R502: too many tries. `address`: where the visitor comes from."""
    with own.connection() as connection:
        tries = Tries(connection, master, email_form(email), address, now)
        tries.count(connection, now)
        row = connection.execute(
            f"SELECT password, {COLUMNS} FROM staff WHERE email = %s",  # type: ignore[arg-type]
            [email_form(email)],
        ).fetchone()
    hash, account = (row[0], Account(*row[1:])) if row else (None, None)
    right = fits(hash, password)  # no connection is held meanwhile
    with own.transaction() as connection:
        if not right or account is None or account.disabled is not None:
            note(connection, "sign-in-failed", account.ref if account else None, now, outcome="refused")
        else:
            tries.forget(connection)
            sessions.sweep(connection, now)
            if hash and is_old(hash):
                connection.execute("UPDATE staff SET password = %s WHERE ref = %s", [hash_of(password), account.ref])
            if not account.second:
                note(connection, "signed-in", account.ref, now)
            return SignedIn(sessions.begin(connection, account.ref, account.second, now), account, account.second)
    raise _refused()


def give_code(own: OwnDatabase, master: MasterKey, token: str, code: str, address: str, now: datetime) -> SignedIn:
    """The half session becomes a whole one, with a token of its own. R501: no such session; R502; R504: the code does not fit."""
    with own.connection() as connection:
        found = sessions.session_of(connection, token, now)
        if found is None or not found.half:
            raise StaffRefused("R501", "The sign-in took too long.", "Begin again.")
        ref = found.account.ref
        tries = Tries(connection, master, f"code:{ref}", address, now)
        tries.count(connection, now)
    with own.transaction() as connection:
        kind = second.fits(connection, master, ref, code, now)
        if kind is None:
            note(connection, "sign-in-failed", ref, now, outcome="code-refused")
        else:
            tries.forget(connection)
            sessions.end(connection, ref, found.number)
            note(connection, "signed-in", ref, now, second=kind)
            return SignedIn(sessions.begin(connection, ref, False, now), found.account, False)
    raise StaffRefused("R504", "The code does not fit, or was used before.", "Take the next one, or a recovery code.")


def is_password(own: OwnDatabase, master: MasterKey, account: Account, password: str, address: str, now: datetime) -> None:
    """Whoever sits at a session that is open knows its password. R501: it is another; R502: too many tries."""
    with own.connection() as connection:
        tries = Tries(connection, master, f"present:{account.ref}", address, now)
        tries.count(connection, now)
        row = connection.execute("SELECT password FROM staff WHERE ref = %s", [account.ref]).fetchone()
    if not fits(row[0] if row else None, password):
        raise StaffRefused("R501", "The present password is another.", "Type it again.")
    with own.connection() as connection:
        tries.forget(connection)


def sign_out(own: OwnDatabase, session: Session, now: datetime) -> None:
    """The session is over."""
    with own.transaction() as connection:
        sessions.end(connection, session.account.ref, session.number)
        note(connection, "signed-out", session.account.ref, now)


def _refused() -> StaffRefused:
    reason = "No account opens with this address and this password."
    return StaffRefused("R501", reason, "Try again, or have the password reset by whoever leads.")
