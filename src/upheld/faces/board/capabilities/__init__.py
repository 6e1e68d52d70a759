"""What the software is able to do, shown by controls that ran: a register of capabilities, and how each stands."""

from upheld.faces.board.capabilities.judging import judge_capabilities
from upheld.faces.board.capabilities.register import capabilities, proving

__all__ = ["capabilities", "judge_capabilities", "proving"]
