"""An empty folder becomes a commented notice, contacts, estate and deployment file to start from. Never overwrites."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from upheld.faces.app.errors import Unusable

STARTING_FILES = ("notice.md", "contacts.yaml", "deployment.yaml", "estate/shop.yaml")


def write_start(folder: Path) -> list[str]:
    """The names of the files written. Unusable, and nothing written, if one of them is there already."""
    there = [name for name in STARTING_FILES if (folder / name).exists()]
    if there:
        raise Unusable("N005", f"{folder / there[0]} is there already.", "Nothing was written; choose another folder.")
    for name in STARTING_FILES:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(files("upheld.faces.app").joinpath("start", *name.split("/")).read_text("utf-8"), encoding="utf-8")
    return list(STARTING_FILES)
