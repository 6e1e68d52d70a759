"""The pages of a notice become a folder of files that any web server can serve: all of them, or none.

The folder is made beside its place and put there whole; a folder that holds anything else than such pages is never touched.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from upheld.faces.app import Unusable
from upheld.faces.site.published.publication import LINKED, LISTED, NOTICE, Publication, pages_of_notice

OURS = (NOTICE, LINKED, LISTED)


def write_pages(given: Publication, to: Path) -> list[str]:
    """The paths written, in order. X602 if something else lies at `to`; X802 if it cannot be written, and then what was there stands."""
    refuse_other(to)
    beside, before = to.with_name(f".{to.name}.new"), to.with_name(f".{to.name}.old")
    pages = pages_of_notice(given)
    try:
        shutil.rmtree(beside, ignore_errors=True)
        for path, make in pages.items():
            file = beside / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(make())
        shutil.rmtree(before, ignore_errors=True)
        if to.exists():
            os.replace(to, before)
        os.replace(beside, to)
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        if before.exists() and not to.exists():
            os.replace(before, to)
        said = f"{to} cannot be written: {(error.strerror or 'no reason given').lower()}."
        raise Unusable("X802", said, "Name a folder that you may write in, on a disk with room.") from None
    return list(pages)


def refuse_other(to: Path) -> None:
    """X602 if something else than such pages lies at `to`."""
    if to.exists() and not _is_ours(to):
        reason = f"{to} holds something else than the pages of a notice."
        raise Unusable("X602", reason, "Name a folder that is empty or not there yet.")


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and (not any(folder.iterdir()) or all((folder / name).is_file() for name in OURS))
