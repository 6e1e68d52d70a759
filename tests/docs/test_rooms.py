"""The page of the rooms: every room of the house with its first line, and every public name with what its docstring says first.

UPHELD_RECORD=1 writes the page anew.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rooms.md"
FLOORS = {
    "language": ("what a notice says", "terms law notice promises"),
    "records": ("our own database, proof, what is known of a person", "keys own jobs ledger people staff"),
    "engine": ("where data is, what would be done, by which engine, doing it", "estate plan stores execution"),
    "duties": ("what is owed to people who ask", "messages recipients incidents requests"),
    "faces": ("what people and programs meet", "app board site console api server cli"),
}
HEAD = """# The rooms

The house has floors, each with a few rooms. A room imports rooms on lower floors, and on its own floor only those to its left; never up, never in a
circle. `make walls` holds it so. Below, from the ground up: each room, what it is for, and every name that it offers to others. `upheld.main` alone knows them all;
`upheld.language.diagnostic` is for everybody.
"""


def rooms() -> list[str]:
    """Module names of all rooms that offer something, from the ground up; a room's inner rooms after it."""
    found = []
    for floor, (_, names) in FLOORS.items():
        for room in names.split():
            place = ROOT / "src" / "upheld" / floor / room
            inner = [path.parent.relative_to(ROOT / "src") for path in sorted(place.rglob("__init__.py"))]
            found += [".".join(path.parts) for path in inner if exported(path)]
    return found


def exported(path: Path) -> list[str]:
    tree = ast.parse((ROOT / "src" / path / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets):
            return [element.value for element in node.value.elts]  # type: ignore[attr-defined]
    return []


def first_line(thing: object) -> str:
    """The first paragraph of a docstring that somebody wrote; nothing for values."""
    if not (callable(thing) or inspect.ismodule(thing)) or (inspect.isclass(thing) and "__doc__" not in vars(thing)):
        return ""
    line = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return "" if line.startswith(f"{getattr(thing, '__name__', '')}(") else line


def page() -> str:
    lines = [HEAD]
    floor = ""
    for name in rooms():
        here = name.split(".")[1]
        if here != floor:
            floor = here
            lines.append(f"## {floor}: {FLOORS[floor][0]}\n")
        module = importlib.import_module(name)
        lines.append(f"### `{name}`\n\n{first_line(module)}\n")
        for public in module.__all__:
            said = first_line(getattr(module, public))
            lines.append(f"- `{public}`: {said}" if said else f"- `{public}`")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def test_every_room_and_every_public_name_is_on_the_page() -> None:
    if os.environ.get("UPHELD_RECORD"):
        PAGE.write_text(page(), encoding="utf-8")
    assert names_on(PAGE.read_text(encoding="utf-8")) == names_on(page()), "UPHELD_RECORD=1 writes it anew"
    assert len(rooms()) > 15


def names_on(text: str) -> dict[str, list[str]]:
    """Room → the names that the page lists under it, sorted."""
    rooms = re.findall(r"^### `([\w.]+)`\n(.*?)(?=^##|\Z)", text, flags=re.S | re.M)
    return {room: sorted(re.findall(r"^- `(\w+)`", said, flags=re.M)) for room, said in rooms}


def test_every_floor_and_room_of_the_source_is_listed() -> None:
    source = ROOT / "src" / "upheld"
    floors = {path.parent.name for path in source.glob("*/__init__.py")}
    assert floors == set(FLOORS)
    for floor, (_, names) in FLOORS.items():
        assert {path.parent.name for path in (source / floor).glob("*/__init__.py")} <= set(names.split())


def test_every_public_function_and_class_says_what_it_is() -> None:
    silent = []
    for name in rooms():
        module = importlib.import_module(name)
        for public in module.__all__:
            thing = getattr(module, public)
            if callable(thing) and not first_line(thing):
                silent.append(f"{name}.{public}")
    assert silent == []
