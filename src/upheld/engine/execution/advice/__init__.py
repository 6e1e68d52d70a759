"""Advice before work: what the engine says of each step before anything runs, and which index would change its answer."""

from upheld.engine.execution.advice.before_work import Advice, Missing, advise

__all__ = ["Advice", "Missing", "advise"]
