"""The firm's people at the desk: an account is made, given a role and a password, disabled; every change is a leaf.

Assumes that whoever calls has asked `may` (or is at the command line, with the database's own key). An account is never taken away while
the ledger may ask who it was; its person is erased as any other by the map of our own database.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime

import psycopg

from upheld.records.keys import destroy_ask_key
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.leaves import note
from upheld.records.staff.model import Account, role_named
from upheld.records.staff.passwords import PasswordRules, fits, hash_of, judge
from upheld.records.staff.sessions import end_all

COLUMNS = "ref, name, email, role, totp IS NOT NULL AND totp_on, password_set_at, disabled_at, added_at, password_handed"
NAME_SIGNS = 200


def email_form(email: str) -> str:
    """The form under which an address is kept and sought."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def key_name(ref: str) -> str:
    """Under which name the account's own key is kept; it opens what is sealed of the account."""
    return f"staff:{ref}"


def add(connection: psycopg.Connection, name: str, email: str, role: str, now: datetime, by: str | None = None) -> Account:
    """The account exists, without a password. R506: the address has one; R507: no name, no address, or no such role. 2 statements."""
    found, said = role_named(role), " ".join(name.split())
    address = email_form(email)
    local, at, domain = address.rpartition("@")
    if not said or len(said) > NAME_SIGNS:
        raise StaffRefused("R507", "A person has a name.", f"Give one of at most {NAME_SIGNS} signs.")
    if not (local and at and "." in domain) or any(sign.isspace() for sign in address) or len(address) > NAME_SIGNS:
        raise StaffRefused("R507", "The address is none.", "Write it so: maeve@larkspur.example.test.")
    if found is None:
        raise StaffRefused("R507", "There is no such role.", "Roles: privacy-lead, verifier, operator, auditor.")
    ref = secrets.token_hex(8)
    with connection.transaction():
        made = connection.execute(
            "INSERT INTO staff (ref, name, email, role, added_at) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (email) DO NOTHING",
            [ref, said, address, found, now],
        )
        if not made.rowcount:
            raise StaffRefused("R506", "An account has this address.", "Change its role, or reset its password.")
        note(connection, "added", ref, now, role=found, by=by or "")
    return Account(ref, said, address, found, added=now)


def all_accounts(connection: psycopg.Connection) -> tuple[Account, ...]:
    """Every account, by name. One statement."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM staff ORDER BY name, ref").fetchall()  # type: ignore[arg-type]
    return tuple(Account(*row) for row in rows)


def account_of(connection: psycopg.Connection, ref: str) -> Account | None:
    """The account of this number. One statement."""
    row = connection.execute(f"SELECT {COLUMNS} FROM staff WHERE ref = %s", [ref]).fetchone()  # type: ignore[arg-type]
    return Account(*row) if row else None


def account_at(connection: psycopg.Connection, email: str) -> Account:
    """The account of this address. R505: none has it."""
    row = connection.execute(f"SELECT {COLUMNS} FROM staff WHERE email = %s", [email_form(email)]).fetchone()  # type: ignore[arg-type]
    if row is None:
        raise StaffRefused("R505", "No account has this address.", "Look at them: upheld staff list")
    return Account(*row)


def set_role(connection: psycopg.Connection, ref: str, role: str, now: datetime, by: str | None = None) -> None:
    """The account has this role from now on, in sessions that run, too. R507: no such role; R511: the last who leads."""
    found = role_named(role)
    if found is None:
        raise StaffRefused("R507", "There is no such role.", "Roles: privacy-lead, verifier, operator, auditor.")
    with connection.transaction():
        before = _locked(connection, ref)
        if found != "privacy-lead":
            _leads_without(connection, ref)
        connection.execute("UPDATE staff SET role = %s WHERE ref = %s", [found, ref])
        note(connection, "role-changed", ref, now, role=found, before=before.role, by=by or "")


def disable(connection: psycopg.Connection, ref: str, now: datetime, by: str | None = None) -> None:
    """Nobody signs in with the account, and its sessions and API tokens end. R511: the last who leads."""
    with connection.transaction():
        _locked(connection, ref)
        _leads_without(connection, ref)
        connection.execute("UPDATE staff SET disabled_at = coalesce(disabled_at, %s) WHERE ref = %s", [now, ref])
        connection.execute("UPDATE staff_token SET ended_at = coalesce(ended_at, %s) WHERE staff = %s", [now, ref])
        end_all(connection, ref)
        note(connection, "disabled", ref, now, by=by or "")


def enable(connection: psycopg.Connection, ref: str, now: datetime, by: str | None = None) -> None:
    """A disabled account may be signed in to again."""
    with connection.transaction():
        _locked(connection, ref)
        connection.execute("UPDATE staff SET disabled_at = NULL WHERE ref = %s", [ref])
        note(connection, "enabled", ref, now, by=by or "")


def set_password(
    connection: psycopg.Connection,
    ref: str,
    password: str,
    rules: PasswordRules,
    now: datetime,
    keep: str | None = None,
    handed: bool = False,
) -> None:
    """The account has this password, and all its sessions end but the one of number `keep`. `handed`: somebody else chose it. R503 says what is wrong with it,
    also that another was set meanwhile: a reset is not undone by whoever it shuts out."""
    account, before = _known(connection, ref), _hash_of_account(connection, ref)
    judge(password, rules, account.second, (account.name, account.email))
    if account.handed and fits(before, password):
        raise StaffRefused("R503", "It is the one that somebody else chose for you.", "Choose another.")
    hashed = hash_of(password)  # outside the transaction: it takes its time
    with connection.transaction():
        # What was judged above is what is replaced here, or nothing is.
        same = "SELECT 1 FROM staff WHERE ref = %s AND password IS NOT DISTINCT FROM %s AND password_handed = %s FOR UPDATE"
        if connection.execute(same, [ref, before, account.handed]).fetchone() is None:
            raise StaffRefused("R503", "Another was set meanwhile.", "Sign in again, with that one.")
        connection.execute(
            "UPDATE staff SET password = %s, password_alone = %s, password_set_at = %s, password_handed = %s WHERE ref = %s",
            [hashed, len(password) >= rules.alone, now, handed, ref],
        )
        end_all(connection, ref, keep)
        note(connection, "password-set", ref, now)


def reset(connection: psycopg.Connection, ref: str, password: str, rules: PasswordRules, now: datetime) -> None:
    """A new password, no second factor, no recovery codes, no session, no API token: for whoever lost them and was recognised by a person.
    Somebody else knows it now, and it is good for one thing: to choose another."""
    account = _known(connection, ref)
    judge(password, rules, False, (account.name, account.email))
    hashed = hash_of(password)
    with connection.transaction():
        connection.execute(
            "UPDATE staff SET password = %s, password_alone = true, password_set_at = %s, totp = NULL, totp_on = false, "
            "totp_step = 0, password_handed = true WHERE ref = %s",
            [hashed, now, ref],
        )
        connection.execute("DELETE FROM staff_recovery WHERE staff = %s", [ref])
        connection.execute("UPDATE staff_token SET ended_at = coalesce(ended_at, %s) WHERE staff = %s", [now, ref])
        destroy_ask_key(connection, key_name(ref))
        end_all(connection, ref)
        note(connection, "reset", ref, now)


def _known(connection: psycopg.Connection, ref: str) -> Account:
    found = account_of(connection, ref)
    if found is None:
        raise StaffRefused("R505", "No account has this number.", "Look at them: upheld staff list")
    return found


def _hash_of_account(connection: psycopg.Connection, ref: str) -> str | None:
    row = connection.execute("SELECT password FROM staff WHERE ref = %s", [ref]).fetchone()
    return row[0] if row else None


def _locked(connection: psycopg.Connection, ref: str) -> Account:
    # Two changes at once must not leave nobody who leads: both look at the same locked rows.
    connection.execute("SELECT FROM staff WHERE role = 'privacy-lead' OR ref = %s ORDER BY ref FOR UPDATE", [ref])
    return _known(connection, ref)


def _leads_without(connection: psycopg.Connection, ref: str) -> None:
    rest = connection.execute(
        "SELECT count(*) FROM staff WHERE role = 'privacy-lead' AND disabled_at IS NULL AND ref <> %s", [ref]
    ).fetchone()
    leads = connection.execute("SELECT FROM staff WHERE ref = %s AND role = 'privacy-lead'", [ref]).fetchone()
    if leads is not None and not (rest and rest[0]):
        raise StaffRefused("R511", "It is the last account that leads.", "Give another the role privacy-lead first.")
