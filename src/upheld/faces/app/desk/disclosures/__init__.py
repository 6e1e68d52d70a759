"""The disclosure ledger at the desk: what was given to whom is reported and noted; recipients are told by it, and answers quote it."""

from upheld.faces.app.desk.disclosures.knowing import on_record, spared
from upheld.faces.app.desk.disclosures.noting import note_order, note_push
from upheld.faces.app.desk.disclosures.reporting import Given, read_given, report

__all__ = ["Given", "note_order", "note_push", "on_record", "read_given", "report", "spared"]
