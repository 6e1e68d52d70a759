"""What the server is made of: parts that faces hand it, and the work that is done in the background."""

from upheld.faces.app.parts.building import build_application
from upheld.faces.app.parts.part import HEADERS, POLICY, Part
from upheld.faces.app.parts.work import Work, joined, work_of

__all__ = ["HEADERS", "POLICY", "Part", "Work", "build_application", "joined", "work_of"]
