"""What a person's rights change or stop, as rows with a leaf each: restrictions, objections, statements, disputes, reviews of decisions."""

from upheld.records.people.rights.disputes import end_dispute, mark_disputed
from upheld.records.people.rights.faults import RightsFault
from upheld.records.people.rights.objections import Objection, objections_of, weigh
from upheld.records.people.rights.restrictions import Restriction, announce_lifting, lift, restrictions_of
from upheld.records.people.rights.statements import record_statement, withdraw_statement

__all__ = [
    "Objection",
    "Restriction",
    "RightsFault",
    "announce_lifting",
    "end_dispute",
    "lift",
    "mark_disputed",
    "objections_of",
    "record_statement",
    "restrictions_of",
    "weigh",
    "withdraw_statement",
]
