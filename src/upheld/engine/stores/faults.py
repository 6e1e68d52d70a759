"""A driver's error becomes a fault with code, cause and remedy, and without any value.

Messages of engines quote rows ("Key (email)=(…) already exists"), so only their codes and the names of constraint and table are taken.
"""

from __future__ import annotations

from typing import Literal

LINES = {
    "X101": "store is out of reach",
    "X102": "store refused or failed",
    "X103": "store stayed locked by others",
    "X104": "store warned during a data step",
    "X105": "another executor holds this plan",
    "X106": "row-level security hides rows from the eraser",
    "X107": "store has no room left",
    "X108": "constraint of the store forbids the step",
    "X353": "file cannot be erased",
    "X356": "store only reads",
    "X354": "address of an object store cannot be used",
    "X160": "statement ran too long and was stopped",
    "X161": "role may not do this in the store",
    "X509": "deleted rows are still seen, so they are not overwritten",
    "X510": "old statistics quote values, and the role may not rewrite them",
    "X163": "statement is longer than the server takes",
    "X162": "server is of a kind or version that is not supported",
}
Fate = Literal["aborted", "lost"]


class StoreFault(Exception):
    """Work in a store failed. `retry`: the same work may run again at once; `lost`: the line dropped, the end is unknown."""

    def __init__(self, code: str, cause: str, *, retry: bool = False, lost: bool = False, help: str = "") -> None:
        super().__init__(f"{code}  {LINES.get(code, 'store failed')}: {cause}")
        self.code = code
        self.cause = cause
        self.retry = retry
        self.lost = lost
        self.help = help
        self.step: int | None = None  # the plan's step at which it came, where a plan was carried out


def forbidden(store: str, table: str, policies: bool) -> StoreFault:
    """The fault where PostgreSQL says that the role may not (42501): because of a table's policies, or for want of rights."""
    where, named = f"{store}{f', table {table}' if table else ''} (42501)", f"`{table}`" if table else "the table"
    if policies:
        force = f"ALTER TABLE {table or 'it'} NO FORCE ROW LEVEL SECURITY"
        help = f"Policies of {named} bind Upheld's role. Give it BYPASSRLS (ALTER ROLE it BYPASSRLS), or, where it owns {named}: {force}."
        return StoreFault("X106", where, help=help)
    return StoreFault(
        "X161", where, help=f"Give Upheld's role SELECT, UPDATE and DELETE on {named} and every other mapped table."
    )


def from_sqlstate(state: str | None, store: str, place: str = "", lost: bool = False) -> StoreFault:
    """The fault for a PostgreSQL error code; `place` names constraint or table."""
    where = f"{store}{f', {place}' if place else ''}"
    if state in ("40001", "40P01", "55P03"):
        return StoreFault("X103", f"{where} ({state})", retry=True, help="Run the ask again when the store is quieter.")
    if lost or state is None or state.startswith(("08", "57P")):
        return StoreFault(
            "X101",
            where,
            lost=True,
            help="Start the store, then run the same command again; an erasure that was begun goes on with --resume.",
        )
    if state.startswith("53"):
        return StoreFault(
            "X107",
            f"{where} ({state})",
            help="Make room, then run the same command again; an erasure that was begun goes on with --resume.",
        )
    if state.startswith("23"):
        return StoreFault("X108", f"{where} ({state})", help="Correct the estate or the constraint, then plan again.")
    if state == "25006":
        return StoreFault("X356", where, help="Erase in the primary: this server is a copy, or its role may only read.")
    return StoreFault("X102", f"{where} ({state})", help="Look the code up in the engine's manual.")
