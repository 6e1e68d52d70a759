"""The calendar: what the notices say of time becomes plans that nobody has to ask for."""

from upheld.engine.plan.calendar.judged import Finding, Spared
from upheld.engine.plan.calendar.retention import Retention, retention

__all__ = ["Finding", "Retention", "Spared", "retention"]
