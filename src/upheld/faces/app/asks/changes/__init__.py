"""Asks that change data and leave the rows: corrections, and accounts that are closed."""

from upheld.faces.app.asks.changes.planned import change_now, corrected_lines
from upheld.faces.app.asks.changes.running import run_change_ask

__all__ = ["change_now", "corrected_lines", "run_change_ask"]
