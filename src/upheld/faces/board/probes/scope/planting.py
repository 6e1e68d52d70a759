"""The faults that the walk must find, planted in a copy of the firm's pages and register; the firm's own are never touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from upheld.faces.app.scope import standing_in
from upheld.faces.app.scope.registry import FILE
from upheld.faces.board.probes.context import ProbeContext

NOBODY = "nobody.example.test"
PLANTED = """<!doctype html><html lang="en"><head><title>Planted</title><script src="https://{nobody}/count.js"></script></head><body>
<form id="planted" action="/planted"><input name="email"></form><a href="https://{nobody}/">elsewhere</a> <a href="{address}?email=ada%40example.test">there</a>
</body></html>
"""


@contextmanager
def planted(context: ProbeContext) -> Iterator[ProbeContext]:
    """A copy of the register and its pages with every fault, a site of our own without a word of the notice, and one whose register names other owners
    and no merchant's statement."""
    assert context.folder is not None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="upheld-walk-")))
        said = yaml.safe_load((context.folder / FILE).read_text("utf-8"))
        _copy_pages(context.folder, folder, said)
        links = said.get("links") or {}
        address = next((row["address"] for row in links.values()), f"https://{NOBODY}/")
        _plant(folder, said, PLANTED.format(nobody=NOBODY, address=address))
        _spoil(folder, said)
        (folder / FILE).write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
        visit = None
        if context.copied is not None:
            copy, visit = stack.enter_context(context.copied())
            (copy / FILE).write_text(yaml.safe_dump({"links": _others(links)}), encoding="utf-8")
        site = folder / "our-own-site"
        site.mkdir()
        (site / "index.html").write_text(PLANTED.format(nobody=NOBODY, address=address), encoding="utf-8")
        served = stack.enter_context(standing_in(site))
        yield replace(context, folder=folder, visit=visit, address=served, sandboxed=True)


def _copy_pages(source: Path, target: Path, said: dict[str, Any]) -> None:
    places = [row.get("pages") for row in (said.get("surfaces") or {}).values()] + [said.get("stand-ins")]
    for place in filter(None, places):
        from_, to = source / place, target / place
        to.parent.mkdir(parents=True, exist_ok=True)
        if from_.is_dir():
            shutil.copytree(from_, to, dirs_exist_ok=True)
        elif from_.is_file():
            shutil.copyfile(from_, to)


def _plant(folder: Path, said: dict[str, Any], page: str) -> None:
    for row in (said.get("surfaces") or {}).values():
        place = folder / row["pages"] if row.get("pages") else None
        if place is None:
            continue
        if place.is_dir():
            (place / "planted.html").write_text(page, encoding="utf-8")
            first = place / "index.html"
            first.write_text(
                first.read_text("utf-8").replace("</body>", '<a href="/planted.html">more</a></body>'), encoding="utf-8"
            )
        else:
            place.write_text(page, encoding="utf-8")


def _spoil(folder: Path, said: dict[str, Any]) -> None:
    """A surface is forgotten, nothing is outside, no merchant was asked, and nobody stands in where the first link leads."""
    surfaces = said.get("surfaces") or {}
    surfaces.pop(next(iter(surfaces)), None)
    said["outside"] = {}
    for row in (said.get("links") or {}).values():
        row.pop("asked-to-join", None)
    stand_ins = folder / said["stand-ins"] if said.get("stand-ins") else None
    if stand_ins is not None and stand_ins.is_dir():
        for first in stand_ins.glob("*/index.html"):
            first.unlink()


def _others(links: dict[str, Any]) -> dict[str, Any]:
    return {name: {**row, "owner": "Nobody", "statement": f"https://{NOBODY}/"} for name, row in links.items()}
