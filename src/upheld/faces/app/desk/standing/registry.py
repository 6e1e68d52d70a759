"""The folder's recipients, read with its notice: who got data, and how each is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upheld.duties.recipients import Registry, read_registry
from upheld.faces.app.declared.reading import text_in

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

FILE = "recipients.yaml"


def registry_of(desk: Desk) -> Registry:
    """Every recipient of the deployment, and what the notice gives whom."""
    path = desk.folder / FILE
    return read_registry(desk.program, text_in(path.parent, path.name) if path.is_file() else None)[0]
