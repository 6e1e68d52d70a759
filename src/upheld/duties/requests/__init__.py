"""Requests: what a person asks for becomes a case with a clock, a state, a timeline and sealed details."""

from upheld.duties.requests.cases import by_link, note_event, open_request, queue_of, request_of, timeline
from upheld.duties.requests.details import details_of, note_details
from upheld.duties.requests.model import Case, Opened, Received, RequestFault

__all__ = [
    "Case",
    "Opened",
    "Received",
    "RequestFault",
    "by_link",
    "details_of",
    "note_details",
    "note_event",
    "open_request",
    "queue_of",
    "request_of",
    "timeline",
]
