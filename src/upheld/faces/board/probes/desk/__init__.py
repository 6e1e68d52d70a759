"""The rights desk, tried whole: an installation of its own over shadows of the firm's stores, where an invented person asks for each right."""

from upheld.faces.board.probes.desk.trials import DESK

__all__ = ["DESK"]
