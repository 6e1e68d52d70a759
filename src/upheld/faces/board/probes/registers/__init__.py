"""Probes of the registers beside the notice: purposes and their bases, who answers, which law where and which addition."""

from upheld.faces.board.probes.registers.purposes import PURPOSES
from upheld.faces.board.probes.registers.regimes import REGIMES
from upheld.faces.board.probes.registers.roster import ROSTER

REGISTERS = (PURPOSES, REGIMES, ROSTER)

__all__ = ["REGISTERS"]
