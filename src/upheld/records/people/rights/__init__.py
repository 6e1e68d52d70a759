"""What a person's rights change or stop, as rows with a leaf each: restrictions, objections, statements, disputes, reviews of decisions."""

from upheld.records.people.rights.disputes import Dispute, disputes_of, end_dispute, mark_disputed
from upheld.records.people.rights.statements import opened_statements, record_statement, withdraw_statement

__all__ = [
    "Dispute",
    "disputes_of",
    "end_dispute",
    "mark_disputed",
    "opened_statements",
    "record_statement",
    "withdraw_statement",
]
