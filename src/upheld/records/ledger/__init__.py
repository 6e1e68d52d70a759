"""The ledger: leaves recorded in the caller's transaction, numbered and signed, proved and exported."""

from upheld.records.ledger.append import append
from upheld.records.ledger.check import verify_tables
from upheld.records.ledger.export import export, first_key
from upheld.records.ledger.leaf import Detail, Leaf
from upheld.records.ledger.proofs import entry_of, inclusion_proof
from upheld.records.ledger.sequence import Sequencer, begin, checkpoint, sequence

__all__ = [
    "Detail",
    "Leaf",
    "Sequencer",
    "append",
    "begin",
    "checkpoint",
    "entry_of",
    "export",
    "first_key",
    "inclusion_proof",
    "sequence",
    "verify_tables",
]
