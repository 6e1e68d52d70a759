"""A named person's word for what only people can keep."""

from upheld.faces.board.attesting.signing import Duty, attest, duties

__all__ = ["Duty", "attest", "duties"]
