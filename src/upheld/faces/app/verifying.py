"""Our own ledger, checked in its tables and exported for those who do not trust us."""

from __future__ import annotations

from pathlib import Path

from upheld.language.diagnostic import counted
from upheld.records.ledger import checkpoint, export, first_key, verify_tables
from upheld.records.ledger.publications import verify_publications
from upheld.records.own import OwnDatabase


def verify_ledger(own: OwnDatabase, pinned: str | None, export_to: Path | None) -> dict[str, str]:
    """What was checked, by name; `holds` is yes or no. With `export_to` the export and `EXPORT.key` are written too.

    `pinned` is the first vkey as it was written down outside the database, if it was.
    """
    with own.connect() as connection:
        verified = verify_tables(connection, pinned)
        versions, faults = verify_publications(connection)
        last = checkpoint(connection)
        said = {
            "holds": "no" if verified.findings or faults else "yes",
            "leaves": str(verified.leaves),
            "checkpoints": str(verified.checkpoints),
            "details": str(verified.details),
            "waiting": f"{counted(verified.unnumbered, 'leaf')} to be numbered",
            "versions": str(versions),
            "root": last.note.split("\n")[2],
            "first key": first_key(connection),
        }
        for finding in verified.findings:
            said[f"{finding.code} at {finding.at}"] = finding.summary
        for fault in faults:
            said[f"{fault.code} at {fault.at}"] = fault.summary
        if export_to is not None:
            export(connection, export_to)
            key_file = export_to.with_suffix(".key")
            key_file.write_text(f"{said['first key']}\n", encoding="ascii")
            said |= {"export": str(export_to), "key file": str(key_file)}
    return said
