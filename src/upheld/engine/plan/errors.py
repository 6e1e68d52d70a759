"""Codes of the planner, each with its fixed first line; a page of docs/codes stands behind each."""

from __future__ import annotations

from upheld.engine.plan.model import Refused

LINES = {
    "L101": "nothing to plan: no table of the estate is reached from a person",
    "L102": "column cannot be blanked",
    "L103": "trigger stands in the way of an erasure",
    "L104": "table cannot be worked on",
    "L105": "estate and catalogue do not fit",
    "L106": "rows can only be deleted together, and this engine cannot",
    "L108": "search without an index over a large table",
    "L111": "engine is not asked to do this",
    "L112": "key of rows that stay is personal and cannot change",
    "L131": "data that cannot be corrected so",
    "L132": "new value does not fit its column",
    "L133": "corrections contradict each other",
    "L134": "identifier is another person's already",
    "L135": "data is held for a case and may not change",
    "L136": "nothing stands where a correction points",
    "L141": "estate does not say how an account is closed",
    "L201": "row outside of the ask references a row that would be deleted",
    "L202": "schema drifted since the plan",
    "L203": "approval of the plan has expired",
    "L204": "a step touches far more rows than its preview",
    "L205": "plan is not the one that was shown",
    "L301": "data that no promise covers",
    "L302": "end of a period cannot be told",
    "L313": "rows cannot be hidden or handed over so",
    "L310": "ending that nothing here carries out yet",
    "L311": "rows cannot be anonymised or counted so",
    "L312": "data that waits for a person's review",
}


def refused(code: str, reason: str, help: str = "") -> Refused:
    """A refusal of this code; `reason` names store.table.column, never a value from a row."""
    return Refused(code, f"{LINES[code]}: {reason}", help)


def drifted(store: str) -> Refused:
    """L202: the store's live schema is another than the plan was made for."""
    return refused(
        "L202", store,
        "`upheld drift` names each difference, and the file and line of the estate to edit; say there what is true, freeze the schema anew with --relock, and plan again.",
    )  # fmt: skip
