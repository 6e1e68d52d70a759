"""What can go wrong with our own database, as faults with code, reason and remedy.

Never carries a URL, a password or a value from a row.
"""

from __future__ import annotations

SUMMARIES = {
    "X901": "the embedded database cannot start",
    "X902": "our own database is out of reach",
    "X903": "our own database has another schema than this version needs",
}


class OwnDatabaseFault(Exception):
    """Our own database cannot be used. `code` X901 (embedded server), X902 (out of reach), X903 (schema)."""

    def __init__(self, code: str, reason: str, help: str) -> None:
        super().__init__(f"{code}  {SUMMARIES[code]}: {reason} {help}")
        self.code = code
        self.summary = SUMMARIES[code]
        self.reason = reason
        self.help = help
