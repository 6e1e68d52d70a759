"""The firm's roster of contacts becomes who writes a letter: the officer for data protection, or whoever stands first."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from upheld.duties.messages import Firm
from upheld.faces.app.declared.reading import text_in
from upheld.language.promises.model import NoticeVersion


def firm_of(folder: Path, version: NoticeVersion) -> Firm:
    """Who signs. A roster is a list of people with `role`, or a mapping from role to details; without one the controller's name."""
    people = sorted(_roster(folder), key=lambda one: one["role"] != version.officer)
    first = people[0] if people else {}
    post = [part.strip() for part in str(first.get("post") or "").split(",") if part.strip()]
    return Firm(
        name=_name(version),
        address=tuple(post),
        contact=str(first.get("email") or ""),
        phone=str(first.get("phone") or ""),
        signed_by=str(first.get("name") or ""),
        role=str(first.get("role") or "").replace("-", " "),
        country=str(first.get("country") or "").upper(),
    )


def address_of(folder: Path, role: str) -> str:
    """Where the roster says that whoever acts as this role is reached by mail; empty where it says nothing."""
    return next((str(one.get("email") or "") for one in _roster(folder) if one["role"] == role), "")


def _roster(folder: Path) -> list[dict[str, Any]]:
    path = folder / "contacts.yaml"
    read = _read(text_in(path.parent, path.name)) if path.is_file() else []
    if isinstance(read, dict):
        read = [{"role": role, **details} for role, details in read.items() if isinstance(details, dict)]
    return [one for one in read or () if isinstance(one, dict) and one.get("role")]


@lru_cache(maxsize=8)
def _read(text: str) -> Any:
    return yaml.safe_load(text)


def _name(version: NoticeVersion) -> str:
    """As the notice's title writes it, else the controller's id in words."""
    said = version.controller.replace("-", " ")
    written = re.search(rf"\b{re.escape(said)}\b", version.title, re.IGNORECASE)
    return written.group() if written else said.title()
