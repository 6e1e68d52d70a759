"""D codes: each code becomes the fixed first line that people learn by sight, and its severity.

Every finding of drift counts, warnings too: what is warned of spoils speed or proof, what is an error can undo an erasure or makes
an execution refuse.
"""

from __future__ import annotations

from dataclasses import dataclass

from upheld.engine.estate.model import StoreMap
from upheld.language.diagnostic import Diagnostic, Severity

SUMMARIES: dict[str, tuple[Severity, str]] = {
    # the schema against its snapshot
    "D101": ("error", "table is new"),
    "D102": ("error", "table is gone"),
    "D103": ("error", "table seems to be renamed"),
    "D104": ("error", "column is new"),
    "D105": ("error", "column is gone"),
    "D106": ("error", "column seems to be renamed"),
    "D107": ("error", "column changed"),
    "D108": ("error", "check changed"),
    "D109": ("error", "primary key changed"),
    "D110": ("error", "foreign key changed"),
    "D111": ("error", "index changed"),
    "D112": ("error", "index of a link or an identifier is gone"),
    "D113": ("error", "trigger or rule changed"),
    "D114": ("error", "publication changed"),
    "D115": ("error", "view changed"),
    "D116": ("error", "table changed its kind, its partitions or its walls"),
    "D117": ("error", "schema changed in a part that the snapshot does not name"),
    "D118": ("error", "store is in no snapshot"),
    "D119": ("error", "policy of row-level security changed"),
    # ways round
    "D121": ("error", "row-level security does not bind the owner"),
    "D122": ("error", "role passes round row-level security"),
    "D123": ("error", "function works with its owner's rights"),
    "D124": ("error", "view works with its owner's rights"),
    # settings and state
    "D131": ("error", "store may lose what was committed"),
    "D132": ("warning", "store does not clean up after itself"),
    "D133": ("warning", "statistics are stale"),
    "D134": ("error", "rows break a foreign key"),
    "D135": ("warning", "free pages still hold what was deleted"),
    "D136": ("error", "sessions begin without the store's checks"),
    "D137": ("error", "values are not what the map says"),
    "D138": ("error", "row-level security will stop the eraser"),
    "D139": ("error", "role that Upheld works as cannot do its work"),
    # what others left
    "D141": ("error", "rows are half erased"),
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One difference. `place` is store.table.column; `said` names the file to edit; `statement` is what to run in the store, if anything."""

    store: str
    place: str
    said: Diagnostic
    statement: str = ""


def found(
    store: StoreMap, code: str, place: str, detail: str, help: str, *, line: int = 0, statement: str = "", suggestion: str | None = None
) -> Finding:  # fmt: skip
    """The finding of `code`; its line is the store's own where none is nearer."""
    severity, summary = SUMMARIES[code]
    where = f"{store.store}.{place}" if place else store.store
    return Finding(
        store.store,
        where,
        Diagnostic(store.file, line or store.line, code, severity, summary, detail, help, suggestion=suggestion),
        statement,
    )
