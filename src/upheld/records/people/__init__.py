"""What is known of a person, by opaque ref: identities, choices, holds, tombstones, suppression, and the facts of it all."""

from upheld.records.people.choices import Choice, record_choice, record_objection
from upheld.records.people.facts import facts_of
from upheld.records.people.holds import Hold, accept_hold, guard
from upheld.records.people.identities import enrol, find_subjects
from upheld.records.people.tombstones import Erased, bury, was_erased

__all__ = [
    "Choice",
    "Erased",
    "Hold",
    "accept_hold",
    "bury",
    "enrol",
    "facts_of",
    "find_subjects",
    "guard",
    "record_choice",
    "record_objection",
    "was_erased",
]
