"""Bytes become bytes that only the holder of a key can read, and whose change shows.

AES-256-GCM with a random nonce. `about` (what the bytes are) is bound in, so that a sealed value moved to another place does
not open. At most 2³² values per key: keys are per ask or wrap other keys, far below.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from upheld.records.keys.errors import KeyFault

KEY_BYTES = 32
NONCE_BYTES = 12


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plain: bytes, about: str) -> bytes:
    """Nonce (12 bytes), ciphertext and tag (16 bytes)."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes:
    """What was sealed under this key for this `about`; X905 otherwise."""
    return unsealing(key)(sealed, about)


def unsealing(key: bytes) -> Callable[[bytes, str], bytes]:
    """`unseal` for many values of one key, which is made ready once."""
    cipher = AESGCM(key)

    def opened(sealed: bytes, about: str) -> bytes:
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):
            raise KeyFault(
                "X905", "The key does not fit, or the data were changed.", "Restore key and data together."
            ) from None

    return opened
