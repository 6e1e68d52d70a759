"""Probes that visit the notice's pages as a reader does."""

from upheld.faces.board.probes.served.parts import PAGE_PARTS

__all__ = ["PAGE_PARTS"]
