"""Probes of changes that leave the rows: a correction of the canary's address, everywhere and back."""

from upheld.faces.board.probes.changes.corrected import CORRECTED, corrected

__all__ = ["CORRECTED", "corrected"]
