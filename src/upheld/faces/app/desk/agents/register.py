"""Who is an agent now: the firm's file, read at each use, so that an agent whose entry goes is one no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upheld.faces.app.declared.agents import FILE, Agent, Agents, read_agents
from upheld.faces.app.declared.reading import text_in

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

__all__ = ["Agent", "Agents", "agents_of", "read_agents"]


def agents_of(desk: Desk) -> Agents:
    """Who is registered now; nobody without a file. Unusable R620, R621."""
    path = desk.folder / FILE
    return read_agents(text_in(path.parent, path.name)) if path.is_file() else Agents()
