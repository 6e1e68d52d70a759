"""Papers: what proves identity, address or authority, seen by one verifier, destroyed with the decision."""

from upheld.faces.app.desk.papers.deciding import accept, destroy, reject, settled
from upheld.faces.app.desk.papers.receiving import LARGEST, Paper, papers_of, receive
from upheld.faces.app.desk.papers.seeing import see

__all__ = ["LARGEST", "Paper", "accept", "destroy", "papers_of", "receive", "reject", "see", "settled"]
