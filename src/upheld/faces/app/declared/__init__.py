"""What a firm declares beside its notice for its desk: where machines decide, and what people change themselves."""

from upheld.faces.app.declared.check import check_declared
from upheld.faces.app.declared.points import DecisionPoint, read_points
from upheld.faces.app.declared.profiles import Rules, read_rules

__all__ = ["DecisionPoint", "Rules", "check_declared", "read_points", "read_rules"]
