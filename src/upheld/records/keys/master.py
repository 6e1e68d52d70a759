"""A setting or a file becomes the master key, which wraps all other keys.

The file is made on first use with mode 0600; one that others can read is refused. Whoever loses the key loses what it wraps:
identities, running asks, the ledger's signing key. It never enters a database, a log or a command line.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path

from upheld.records.keys.errors import KeyFault
from upheld.records.keys.sealing import KEY_BYTES, new_key, seal, unseal


@dataclass(frozen=True, slots=True)
class MasterKey:
    """Wraps and unwraps other keys. Its bytes never show in `repr`."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise KeyFault("X904", "It is not 32 bytes in base64.", "Make one: head -c 32 /dev/urandom | base64")

    def wrap(self, key: bytes, about: str) -> bytes:
        """A key, sealed for one use (`about`)."""
        return seal(self.secret, key, about)

    def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """The key; X905 if it was wrapped by another master key or for another use."""
        return unseal(self.secret, wrapped, about)


def load_master(setting: str | None, file: Path) -> MasterKey:
    """The key of the setting (base64, 32 bytes) if there is one, else of the file, made if missing (mode 0600)."""
    if setting:
        return MasterKey(_decode(setting))
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    except OSError as error:
        raise KeyFault("X904", f"Cannot write {file} ({error.strerror}).", "Set UPHELD_MASTER_KEY.") from None
    with open(descriptor, "wb") as out:
        key = new_key()
        out.write(base64.b64encode(key) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    return MasterKey(key)


def _read(file: Path) -> MasterKey:
    try:
        mode = file.stat().st_mode
        text = file.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise KeyFault("X904", f"Cannot read {file}.", "Restore it from your backup, or set UPHELD_MASTER_KEY.") from None
    if mode & 0o077:
        raise KeyFault("X904", f"Others can read {file}.", f"chmod 600 {file}, and think about who has read it.")
    return MasterKey(_decode(text))


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raise KeyFault("X904", "It is not base64.", "Make one: head -c 32 /dev/urandom | base64") from None
