"""A file of the firm's folder becomes a mapping, or a refusal that names the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from upheld.faces.app.errors import Unusable


class Declared(Unusable):
    """A file of the folder that cannot be used."""


def text_in(folder: Path, file: str) -> str:
    """The file's text; empty where there is none."""
    path = folder / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def read_mapping(text: str, file: str, code: str, help: str) -> Mapping[Any, Any]:
    """The mapping that stands in the text; empty for none. Declared where it is no mapping."""
    try:
        said = yaml.safe_load(text) if text.strip() else {}
    except yaml.YAMLError:
        said = None
    if said is not None and isinstance(said, Mapping):
        return said
    raise Declared(code, f"{file} is no list of entries by name.", help)
