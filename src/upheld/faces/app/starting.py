"""An empty folder becomes a commented notice, contacts, estate and deployment file to start from. Never overwrites."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from upheld.faces.app.errors import Unusable

STARTING_FILES = ("notice.md", "contacts.yaml", "deployment.yaml", "estate/shop.yaml")
EXAMPLE = "estate/shop.yaml"


def write_start(folder: Path) -> list[str]:
    """The names of the files written. Unusable, and nothing written, if one of them is there already.

    A folder that holds estate files, as `scan` drafts them, keeps them and gets no example of one.
    """
    wanted = [name for name in STARTING_FILES if name != EXAMPLE or not any((folder / "estate").glob("*.yaml"))]
    there = [name for name in wanted if (folder / name).exists()]
    if there:
        raise Unusable("N005", f"{folder / there[0]} is there already.", "Nothing was written; choose another folder.")
    for name in wanted:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_packaged(name), encoding="utf-8")
    return wanted


def take_example_away(folder: Path) -> str:
    """The example of a map stands there only until there is a real one: removed if nobody has changed it; its name, or empty."""
    example = folder / EXAMPLE
    if not example.is_file() or example.read_bytes() != _packaged(EXAMPLE).encode():
        return ""
    example.unlink()
    return EXAMPLE


def _packaged(name: str) -> str:
    return files("upheld.faces.app").joinpath("start", *name.split("/")).read_text("utf-8")
