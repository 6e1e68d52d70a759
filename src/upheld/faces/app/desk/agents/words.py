"""The protocol's words become ours, by a table: what is exercised, under which law, why something was denied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Words:
    """`regimes`: theirs → (ours, country). `exercise`: theirs → rights. `denied`: ground → their reason."""

    versions: frozenset[str]
    regimes: Mapping[str, tuple[str, str]]
    exercise: Mapping[str, tuple[str, ...]]
    denied: Mapping[str, str]


@cache
def words() -> Words:
    """The table of this room."""
    text = files("upheld.faces.app.desk.agents").joinpath("exercise.yaml").read_text(encoding="utf-8")
    said = yaml.safe_load(text)
    return Words(
        frozenset(said["versions"]),
        {name: (one["regime"], one["country"]) for name, one in said["regimes"].items()},
        {name: tuple(rights) for name, rights in said["exercise"].items()},
        said["denied"],
    )
