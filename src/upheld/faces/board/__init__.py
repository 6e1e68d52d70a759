"""The board: the notice itself, each clause in the state that dated evidence gives it."""

from upheld.faces.board.as_json import board_json
from upheld.faces.board.model import Board, Cause, ClauseState, Evidence
from upheld.faces.board.of_app import board_of_folder, checked_program, prove_folder
from upheld.faces.board.page import render_board
from upheld.faces.board.prove import close_cause, prove, read_board

__all__ = [
    "Board",
    "Cause",
    "ClauseState",
    "Evidence",
    "board_json",
    "board_of_folder",
    "checked_program",
    "close_cause",
    "prove",
    "prove_folder",
    "read_board",
    "render_board",
]
