"""Codes of execution, each with its fixed first line; a page of docs/codes stands behind each."""

from __future__ import annotations

from upheld.engine.plan.model import Refused

LINES = {
    "X201": "nobody found",
    "X202": "identifier fits several people",
    "X203": "subject cannot be read",
    "X204": "erased before",
    "X205": "identity unclear: further identifiers were still found",
    "X206": "ask cannot go on from its state",
    "X207": "holds changed since the plan",
    "X209": "held for a client, who decides",
    "X208": "another ask of the same person comes first",
    "X258": "processing of these people is restricted",
    "X401": "day of the plan has not come",
    "X402": "rows past their date are left",
    "X405": "rows are to be handed over and no folder was said",
    "X404": "an anonymised row can still be told apart",
    "X351": "row points to a file outside of the declared place",
    "X352": "object store is not open",
    "X355": "files were left after they were erased",
    "X301": "rows were left after a step",
    "L121": "store refuses what the plan would do",
    "E411": "search reads a whole table",
    "E412": "search would read a large table while its writers wait",
    "E413": "engine reads a whole table although an index leads there",
    "E414": "ask waits for the daily batch",
}


def refused(code: str, reason: str, help: str = "") -> Refused:
    """A refusal of this code; never a value from a row, and never an identifier."""
    return Refused(code, f"{LINES[code]}: {reason}", help)
