"""Probes of when things end: what may stay after an erasure and until when, and how soon a row past its date is gone."""

from upheld.faces.board.probes.endings.disposal import DISPOSAL_CLOCK
from upheld.faces.board.probes.endings.grounds import GROUNDS

__all__ = ["DISPOSAL_CLOCK", "GROUNDS"]
