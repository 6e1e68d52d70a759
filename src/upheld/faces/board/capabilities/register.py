"""Package data become the register of capabilities: number, name, and the controls that show it.

Read once. Not taken: a list in code beside each probe; then leaving a control out would be a change that nobody reads.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from upheld.faces.board.model import Capability


@cache
def capabilities() -> tuple[Capability, ...]:
    """Every capability in the order of its number."""
    text = files("upheld.faces.board.capabilities").joinpath("register.yaml").read_text("utf-8")
    read = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(Capability(id, row["name"], tuple(row.get("controls", ()))) for id, row in read.items())


@cache
def proving() -> frozenset[str]:
    """Every control that shows some capability."""
    return frozenset(control for one in capabilities() for control in one.controls)
