"""The register of versions: a notice as it was published becomes a number, its files, and a leaf that pins them."""

from upheld.records.ledger.publications.check import PublicationFault, verify_publications
from upheld.records.ledger.publications.read import publication_files, publications, published
from upheld.records.ledger.publications.record import EVENT, Publication, Registered, register

__all__ = [
    "EVENT",
    "Publication",
    "PublicationFault",
    "Registered",
    "publication_files",
    "publications",
    "published",
    "register",
    "verify_publications",
]
