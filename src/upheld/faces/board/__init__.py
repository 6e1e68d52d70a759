"""The board: the notice itself, each clause in the state that dated evidence gives it."""

from upheld.faces.board.as_json import board_json
from upheld.faces.board.model import Attestation, Board, Cause, ClauseState, Evidence
from upheld.faces.board.page import Served, render_board
from upheld.faces.board.prove import close_cause, prove, read_board

__all__ = [
    "Attestation",
    "Board",
    "Cause",
    "ClauseState",
    "Evidence",
    "Served",
    "board_json",
    "close_cause",
    "prove",
    "read_board",
    "render_board",
]
