"""A text becomes a signed note: the ledger's Ed25519 keys, in C2SP form.

Private keys lie wrapped in our database, in the order in which they came into force; rows are never changed, so the public
history stays. Source: C2SP signed-note, RFC 8032; `docs/ledger-format.md` §5 and §6.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from upheld.records.keys.master import MasterKey
from upheld.records.keys.sealing import new_key

ED25519 = b"\x01"
DASH = "\u2014"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs notes under `name` (the ledger's origin)."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def vkey(self) -> str:
        """The public half, as a C2SP vkey: `name+hash+base64`."""
        tagged = ED25519 + self._private().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"{self.name}+{key_hash(self.name, tagged).hex()}+{base64.b64encode(tagged).decode()}"

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._private().sign(message)

    def sign_note(self, text: str) -> str:
        """The text (ending in a line feed), an empty line, one signature line."""
        hash_ = bytes.fromhex(self.vkey.split("+")[1])
        signature = base64.b64encode(hash_ + self.sign(text.encode())).decode()
        return f"{text}\n{DASH} {self.name} {signature}\n"

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def key_hash(name: str, tagged: bytes) -> bytes:
    """The first 4 bytes of SHA-256(name ‖ line feed ‖ 0x01 ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + tagged).digest()[:4]


def is_signed(vkey: str, message: bytes, signature: bytes) -> bool:
    """Did the key of this vkey sign the message? No, too, where vkey or signature have not their shape."""
    try:
        tagged = base64.b64decode(vkey.split("+", 2)[2], validate=True)
        Ed25519PublicKey.from_public_bytes(tagged[1:]).verify(signature, message)
    except (InvalidSignature, ValueError, IndexError):
        return False
    return True


def is_signed_note(vkey: str, note: str) -> bool:
    """Does the note bear a valid signature line of this key? Other lines are ignored."""
    name, _, rest = vkey.partition("+")
    hash_ = rest.partition("+")[0]
    text, _, lines = note.partition("\n\n")
    for line in lines.splitlines():
        if not line.startswith(f"{DASH} {name} "):
            continue
        try:
            raw = base64.b64decode(line.split(" ")[2], validate=True)
        except ValueError:
            continue
        if raw[:4].hex() == hash_ and is_signed(vkey, f"{text}\n".encode(), raw[4:]):
            return True
    return False


def add_signing_key(connection: psycopg.Connection, master: MasterKey, name: str, now: datetime) -> SigningKey:
    """A new key, in force once the transaction commits. The ledger says so to its readers (`ledger.change_key`)."""
    key = SigningKey(name, new_key())
    connection.execute(
        "INSERT INTO signing_key (name, vkey, wrapped, made_at) VALUES (%s, %s, %s, %s)",
        [name, key.vkey, master.wrap(key.seed, f"signing:{key.vkey}"), now],
    )
    return key


def signing_key(connection: psycopg.Connection, master: MasterKey) -> SigningKey | None:
    """The key in force: the last that was added; None before the ledger begins."""
    row = connection.execute("SELECT name, vkey, wrapped FROM signing_key ORDER BY serial DESC LIMIT 1").fetchone()
    return SigningKey(row[0], master.unwrap(row[2], f"signing:{row[1]}")) if row else None


def public_keys(connection: psycopg.Connection) -> list[str]:
    """vkeys of all keys, the first one first."""
    return [row[0] for row in connection.execute("SELECT vkey FROM signing_key ORDER BY serial").fetchall()]


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Did the holder of this public key (32 bytes) sign the message? No, too, where key or signature have not their shape."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
