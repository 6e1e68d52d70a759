"""Probes that visit the notice's pages as a reader does, and read its text as its publication does."""

from upheld.faces.board.probes.served.bound import SENTENCES
from upheld.faces.board.probes.served.parts import PAGE_PARTS

__all__ = ["PAGE_PARTS", "SENTENCES"]
