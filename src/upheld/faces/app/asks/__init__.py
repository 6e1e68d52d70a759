"""Asks, from the lines of a file to the answer: who is meant, what would be done, doing it, telling how it ended."""

from upheld.faces.app.asks.answering import run_access_ask
from upheld.faces.app.asks.changes import run_change_ask
from upheld.faces.app.asks.ended import Ended
from upheld.faces.app.asks.erasing import run_erasure_ask
from upheld.faces.app.asks.planning import Planned, explain_plan, plan_again, plan_ask

__all__ = [
    "Ended",
    "Planned",
    "explain_plan",
    "plan_again",
    "plan_ask",
    "run_access_ask",
    "run_change_ask",
    "run_erasure_ask",
]
