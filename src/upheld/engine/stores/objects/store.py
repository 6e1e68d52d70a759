"""A prefix of a folder or bucket becomes files by name: read, looked for, erased; nothing outside of it, ever.

A value names a file below the prefix, as a path relative to it or as its whole address, in plain members: a value with `..`, empty members, a backslash or a link that
leads out names nothing here. Versions that a bucket keeps of a file go with it. Must never list or walk: only named files are touched.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import fsspec

from upheld.engine.estate.model import Estate
from upheld.engine.stores.faults import StoreFault

BLOCK_BYTES = 1 << 20
SCHEMES = ("file", "s3")


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """One object store, open. `root` is the prefix as its file system names it, without a slash at its end."""

    name: str
    url: str
    root: str
    files: Any

    def path_of(self, value: str) -> str | None:
        """The file's name below the prefix, or None where the value names none there."""
        base = self.url.rstrip("/") + "/"
        name = value.removeprefix(base)
        if name == value and self.is_folder:
            name = value.removeprefix(self.root + "/")
        parts = name.split("/")
        if "://" in name or any(part in ("", ".", "..") for part in parts) or any(ord(c) < 32 or c == "\\" for c in name):
            return None
        if self.is_folder and not os.path.realpath(self._place(name)).startswith(os.path.realpath(self.root) + os.sep):
            return None
        return name

    def values_of(self, name: str) -> tuple[str, ...]:
        """Every way in which a row may name this file."""
        whole = f"{self.url.rstrip('/')}/{name}"
        return (name, whole, self._place(name)) if self.is_folder else (name, whole)

    @property
    def is_folder(self) -> bool:
        """Whether it lies in this machine's file system, with folders and links."""
        return self.url.startswith("file:")

    def exists(self, name: str) -> bool:
        """Whether the file is there, in any version."""
        with _Told(self.name):
            self.files.invalidate_cache()
            return bool(self.files.exists(self._place(name))) or bool(self._versions(name))

    def erase(self, name: str) -> None:
        """The file is gone, with all its versions; nothing happens where it was gone before. StoreFault X353 for a folder of this name."""
        with _Told(self.name):
            place = self._place(name)
            self.files.invalidate_cache()
            if self.is_folder and os.path.isdir(place):
                raise StoreFault(
                    "X353", f"{self.name}: a row points to a folder", help="Correct the row: a folder is never erased."
                )
            for version in self._versions(name):
                bucket, _, key = place.partition("/")
                self.files.call_s3("delete_object", Bucket=bucket, Key=key, VersionId=version)
            self.files.invalidate_cache()
            if self.files.exists(place):
                self.files.rm_file(place)

    def blocks(self, name: str) -> Iterator[bytes]:
        """The file's bytes, a megabyte at a time."""
        with _Told(self.name), self.files.open(self._place(name), "rb") as file:
            first = file.read(BLOCK_BYTES)
            yield first  # also of an empty file: it is there
            while first and (block := file.read(BLOCK_BYTES)):
                yield block

    def digest(self, name: str) -> str:
        """SHA-256 (hex) of the file."""
        sha = hashlib.sha256()
        for block in self.blocks(name):
            sha.update(block)
        return sha.hexdigest()

    def _place(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _versions(self, name: str) -> Sequence[str]:
        """A versioned bucket's versions and marks of exactly this key."""
        if self.is_folder:
            return ()
        bucket, _, key = self._place(name).partition("/")
        found: list[str] = []
        more: dict[str, str] = {}
        while True:
            page = self.files.call_s3("list_object_versions", Bucket=bucket, Prefix=key, **more)
            every = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            found += [one["VersionId"] for one in every if one["Key"] == key and one["VersionId"] != "null"]
            if not page.get("IsTruncated"):
                return found
            more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}


class _Told:
    """Errors of the driver leave as faults; nothing of their text does, for it may quote a file's name."""

    def __init__(self, store: str) -> None:
        self._store = store

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, StoreFault) or not isinstance(error, Exception):
            return
        if isinstance(error, PermissionError):
            raise StoreFault("X161", self._store, help="Give Upheld the right to read and erase files there.") from None
        where = f"{self._store} ({type(error).__name__})"
        raise StoreFault(
            "X101",
            where,
            retry=True,
            help="Start the store, then run the same command again; an erasure that was begun goes on with --resume.",
        ) from None


def open_objects(estate: Estate, urls: Mapping[str, str]) -> dict[str, ObjectStore]:
    """The object stores that have an address, open. StoreFault X354 for an address that is neither `file://` nor `s3://`."""
    found = {}
    for name in estate.objects:
        if name not in urls:
            continue
        url = urls[name]
        scheme = url.partition("://")[0]
        if scheme not in SCHEMES or not url.partition("://")[2].strip("/"):
            raise StoreFault("X354", name, help="Write file:///folder or s3://bucket/prefix.")
        options = {"use_listings_cache": False, "skip_instance_cache": True} if scheme == "s3" else {}
        files, root = fsspec.core.url_to_fs(url, **options)
        found[name] = ObjectStore(name, url, str(root).rstrip("/"), files)
    return found
