"""What data is used for and what that rests on: the closed register of purposes, and the record behind each basis."""

from upheld.faces.app.purposes.bases import FILE, Basis, lacking, locked, read_bases, required
from upheld.faces.app.purposes.register import Purpose, purposes_of

__all__ = ["FILE", "Basis", "Purpose", "lacking", "locked", "purposes_of", "read_bases", "required"]
