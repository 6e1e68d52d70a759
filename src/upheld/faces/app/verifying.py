"""Our own ledger, checked in its tables and exported for those who do not trust us."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from upheld.faces.app.installation import Installation
from upheld.language.diagnostic import counted
from upheld.records.ledger import checkpoint, export, first_key, verify_tables
from upheld.records.ledger.publications import verify_publications
from upheld.records.own import OwnDatabase

BLOCK = 64 * 1024


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


def exported(app: Installation) -> Iterator[bytes]:
    """The export as an independent checker reads it, block by block: every leaf and checkpoint, and nobody's name. What was recorded so far is
    numbered and signed for before the first block; the file goes with the last."""
    app.seal()
    folder = Path(tempfile.mkdtemp(prefix="export-", dir=app.data_folder))
    try:
        verify_ledger(app.own, app.settings.pinned_key, folder / "ledger.jsonl")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise

    def blocks() -> Iterator[bytes]:
        try:
            with (folder / "ledger.jsonl").open("rb") as file:
                yield from iter(lambda: file.read(BLOCK), b"")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return blocks()
