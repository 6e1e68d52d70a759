"""Probes of what the notice covers and of where its pages lead: every surface is walked, every link asked for."""

from upheld.faces.board.probes.scope.walking import SURFACES

__all__ = ["SURFACES"]
