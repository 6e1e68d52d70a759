"""What a firm declares beside its notice for its desk: where machines decide, what people change themselves, the words for its own names."""

from upheld.faces.app.declared.check import check_declared
from upheld.faces.app.declared.labels import Labels, read_labels
from upheld.faces.app.declared.points import DecisionPoint, read_points
from upheld.faces.app.declared.profiles import Rules, read_rules

__all__ = ["DecisionPoint", "Labels", "Rules", "check_declared", "read_labels", "read_points", "read_rules"]
