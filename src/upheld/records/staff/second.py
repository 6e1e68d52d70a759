"""The second factor: a secret shared with an authenticator (TOTP), and recovery codes for the day it is lost.

The secret is sealed under the account's own key; of a recovery code we keep a keyed hash. A code is good once: the step of the last one
that fitted is kept, so that whoever looks over a shoulder is late. Source: RFC 6238, thirty seconds, six digits, one step to either side.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import psycopg
import pyotp
import segno

from upheld.records.keys import MasterKey, ask_key, destroy_ask_key, find_ask_key, hash_key, keyed_hash, seal, unseal
from upheld.records.staff.accounts import account_of, key_name
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.leaves import note

STEP_S = 30
STEPS_ASIDE = 1
CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
CODE_LETTERS = 12  # 59 bits
USE = "staff-recovery"


def start(connection: psycopg.Connection, master: MasterKey, ref: str, now: datetime) -> str:
    """A new secret is kept, not yet in force; the secret in base32. An older one that is in force stays so until `confirm`: R504."""
    account = account_of(connection, ref)
    if account is None or account.second:
        raise StaffRefused("R504", "There is a second factor already.", "Take it away first.")
    secret = pyotp.random_base32()
    with connection.transaction():
        key = ask_key(connection, master, key_name(ref), now)
        sealed = seal(key, secret.encode(), _about(ref))
        connection.execute("UPDATE staff SET totp = %s, totp_on = false, totp_step = 0 WHERE ref = %s", [sealed, ref])
    return secret


def started(connection: psycopg.Connection, master: MasterKey, ref: str) -> str | None:
    """The secret that waits to be confirmed, in base32; None where none does."""
    row = connection.execute("SELECT totp FROM staff WHERE ref = %s AND NOT totp_on", [ref]).fetchone()
    key = find_ask_key(connection, master, key_name(ref)) if row and row[0] else None
    return unseal(key, row[0], _about(ref)).decode() if row and key else None


def confirm(connection: psycopg.Connection, master: MasterKey, ref: str, code: str, now: datetime) -> tuple[str, ...]:
    """The second factor is in force; the recovery codes, shown once. R504: the code is not of the secret that waits."""
    secret = started(connection, master, ref)
    step = _step(secret, code, now, after=0) if secret else None
    if step is None:
        raise StaffRefused("R504", "The code does not fit.", "Look at the clock of the authenticator, and take the next code.")
    with connection.transaction():
        connection.execute("UPDATE staff SET totp_on = true, totp_step = %s WHERE ref = %s", [step, ref])
        note(connection, "second-factor-set", ref, now)
        return new_codes(connection, master, ref, now)


def new_codes(connection: psycopg.Connection, master: MasterKey, ref: str, now: datetime) -> tuple[str, ...]:
    """Fresh recovery codes; those of before open nothing any more."""
    made = tuple("".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS)) for _ in range(CODES))
    key = hash_key(connection, master, USE, "", now)
    with connection.transaction():
        connection.execute("DELETE FROM staff_recovery WHERE staff = %s", [ref])
        connection.execute(
            "INSERT INTO staff_recovery (staff, hash) SELECT %s, hash FROM unnest(%s::bytea[]) AS hash",
            [ref, [keyed_hash(key, ref, code) for code in made]],
        )
        note(connection, "recovery-codes-made", ref, now)
    return tuple("-".join((code[:4], code[4:8], code[8:])) for code in made)


def codes_left(connection: psycopg.Connection, ref: str) -> int:
    """How many recovery codes have not been used."""
    row = connection.execute("SELECT count(*) FROM staff_recovery WHERE staff = %s", [ref]).fetchone()
    return int(row[0]) if row else 0


def drop(connection: psycopg.Connection, ref: str, now: datetime) -> None:
    """No second factor any more. R503: the password is too short to stand alone."""
    with connection.transaction():
        row = connection.execute("SELECT password_alone FROM staff WHERE ref = %s FOR UPDATE", [ref]).fetchone()
        if row is None or not row[0]:
            raise StaffRefused("R503", "The password is too short to stand alone.", "Choose a longer one first.")
        connection.execute("UPDATE staff SET totp = NULL, totp_on = false, totp_step = 0 WHERE ref = %s", [ref])
        connection.execute("DELETE FROM staff_recovery WHERE staff = %s", [ref])
        destroy_ask_key(connection, key_name(ref))
        note(connection, "second-factor-dropped", ref, now)


def fits(connection: psycopg.Connection, master: MasterKey, ref: str, code: str, now: datetime) -> str | None:
    """`totp` or `recovery` if the code fits and was not used before; it is used now. Inside the caller's transaction."""
    row = connection.execute("SELECT totp, totp_step FROM staff WHERE ref = %s AND totp_on FOR UPDATE", [ref]).fetchone()
    key = find_ask_key(connection, master, key_name(ref)) if row else None
    if row is None or key is None:
        return None
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    step = _step(unseal(key, row[0], _about(ref)).decode(), plain, now, after=int(row[1]))
    if step is not None:
        connection.execute("UPDATE staff SET totp_step = %s WHERE ref = %s", [step, ref])
        return "totp"
    hashed = keyed_hash(hash_key(connection, master, USE, "", now), ref, plain)
    used = connection.execute("DELETE FROM staff_recovery WHERE staff = %s AND hash = %s", [ref, hashed]).rowcount
    return "recovery" if used else None


def address_of(secret: str, email: str, firm: str) -> str:
    """What an authenticator reads: the `otpauth:` address of the secret."""
    return pyotp.TOTP(secret, name=email, issuer=firm).provisioning_uri()


def picture_of(address: str) -> str:
    """The address as a QR code: inline SVG without a style of its own, dark on light in every scheme."""
    code = segno.make(address, error="m")
    return str(code.svg_inline(scale=5, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=False))


def _step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The time step whose code this is, if it lies close enough and behind the last one used."""
    plain = "".join(sign for sign in code if sign in "0123456789")
    here = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    for step in range(here - STEPS_ASIDE, here + STEPS_ASIDE + 1):
        if step > after and secrets.compare_digest(totp.generate_otp(step), plain):
            return step
    return None


def _about(ref: str) -> str:
    return f"totp:{ref}"
