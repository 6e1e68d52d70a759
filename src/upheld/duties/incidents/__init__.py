"""Incidents: something that went against a promise or a law, with what it is about, until a person closes it with its cause."""

from upheld.duties.incidents.register import Incident, close_incident, incidents, open_incident

__all__ = ["Incident", "close_incident", "incidents", "open_incident"]
