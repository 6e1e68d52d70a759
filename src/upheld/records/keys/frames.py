"""A stream becomes an encrypted stream of 64 KiB frames, at constant memory, whose end cannot be cut off unseen.

Layout: `UPF1`, salt (32 bytes), frames. The file's key is HKDF-SHA-256(ask key, salt), so counters may start at 0 in each file. A
frame is AES-256-GCM over up to 64 KiB; its nonce is the frame's number (11 bytes, big-endian) and one byte that is 1 in the last
frame alone. There is always a last frame, perhaps empty. Not taken: one tag over the whole file; a reader would have to keep
everything back until the end.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from upheld.records.keys.errors import KeyFault

MAGIC = b"UPF1"
SALT_BYTES = 32
FRAME_BYTES = 64 * 1024
TAG_BYTES = 16


class FrameWriter:
    """Takes plain bytes, writes frames to `out`. As a context manager it ends the stream, except when the block raised."""

    def __init__(self, key: bytes, out: BinaryIO) -> None:
        salt = os.urandom(SALT_BYTES)
        self._cipher = AESGCM(_file_key(key, salt))
        self._out = out
        self._held = bytearray()
        self._number = 0
        out.write(MAGIC + salt)

    def write(self, plain: bytes | memoryview) -> int:
        """Frames are written as they fill up."""
        self._held += plain
        view, start = memoryview(self._held), 0
        while len(self._held) - start > FRAME_BYTES:
            self._frame(bytes(view[start : start + FRAME_BYTES]), last=False)
            start += FRAME_BYTES
        view.release()
        del self._held[:start]
        return len(plain)

    def end(self) -> None:
        """The last frame is written; `out` stays open."""
        self._frame(bytes(self._held), last=True)
        self._held.clear()

    def __enter__(self) -> FrameWriter:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if failed is None:  # a stream that failed must not look complete
            self.end()

    def _frame(self, plain: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last), plain, None))
        self._number += 1


def read_frames(key: bytes, source: BinaryIO) -> Iterator[bytes]:
    """The plain bytes, frame by frame. X905 at the first frame that is missing, changed, moved or cut.

    What came before was genuine, but the stream is only complete when the iterator ends without a fault.
    """
    head = source.read(len(MAGIC) + SALT_BYTES)
    if len(head) != len(MAGIC) + SALT_BYTES or not head.startswith(MAGIC):
        raise KeyFault("X905", "This is no stream of ours.", "Restore the file.")
    cipher = AESGCM(_file_key(key, head[len(MAGIC) :]))
    number, frame = 0, source.read(FRAME_BYTES + TAG_BYTES)
    while True:
        following = source.read(FRAME_BYTES + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), frame, None)
        except (InvalidTag, ValueError):
            raise KeyFault("X905", "The key does not fit, or the stream was changed or cut.", "Run the ask again.") from None
        if not following:
            return
        number, frame = number + 1, following


def _file_key(key: bytes, salt: bytes) -> bytes:
    """HKDF (RFC 5869) for 32 bytes, which is one block: two hashes, where a general one makes four objects for each small copy."""
    return hmac.digest(hmac.digest(salt, key, "sha256"), b"upheld frames 1\x01", "sha256")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
