"""How an ask ended, or how far it came: lines for people, a document for machines, an exit code for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.asks import StoredAsk
from upheld.faces.app.errors import LINES, Exit, NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.ledger import checkpoint


@dataclass(frozen=True, slots=True)
class Told:
    """One store's line: mark, what was done, what the read-backs say."""

    mark: str
    store: str
    did: str
    read: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How an ask ended, or how far it came. `exit` is what a script reads; `troubles` are (code, place and reason, remedy)."""

    kind: str
    exit: Exit
    told: tuple[Told, ...]
    says: tuple[str, ...]
    troubles: tuple[tuple[str, str, str], ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> list[list[str]]:
        """One row a store, and one a recipient that has not answered."""
        return [[one.mark, one.store, one.did, one.read] for one in self.told]

    def foot(self) -> list[str]:
        """What stays and why, what is open, where it stands in the ledger."""
        return list(self.says)

    def findings(self) -> list[tuple[str, str, str, str]]:
        """What went wrong: code, fixed line, what is so here, remedy."""
        return [(code, line_of(code), reason, help) for code, reason, help in self.troubles]

    def as_json(self) -> dict[str, Any]:
        """The contract of `access` and `erase`: ask, plan, outcomes, read-backs, ledger entries."""
        return dict(self.document)


def line_of(code: str) -> str:
    """The fixed first line of a code."""
    return LINES.get(code, "")


def stored_ask(app: Installation, ask: str, kind: str) -> StoredAsk:
    """The ask of this number and kind. Unusable if there is none."""
    with app.own.connection() as connection:
        found = asks.find_ask(connection, app.master, ask)
    if found is None:
        raise Unusable("X154", f"There is no ask `{ask[:12]}`.", "Give its number as `upheld plan` printed it, such as A-0001.")
    if found.ask.kind != kind and (kind, found.ask.kind) != ("erasure", "child-found"):
        run = {"access": f"upheld access {ask}", "erasure": f"upheld erase {ask}", "child-found": f"upheld erase {ask}",
               "rectification": f"upheld correct {ask}", "closing": f"upheld close {ask}"}  # fmt: skip
        help = run.get(found.ask.kind, "upheld replay FOLDER STORE --backup-taken MOMENT --plan DIGEST")
        raise Unusable("X155", f"{ask} asks for {found.ask.kind}.", f"Run: {help}")
    if kind == "access" and not found.bindings:
        reason = f"{ask} was answered before, and its working copies are destroyed."
        raise NotNow("X206", reason, "Ask again: upheld plan … --ask access")
    return found


def ledger_entries(app: Installation, ids: list[str]) -> list[int]:
    """The numbers of these leaves in the ledger."""
    with app.own.connection() as connection:
        rows = connection.execute("SELECT n FROM ledger_entry WHERE id = ANY(%s::uuid[]) ORDER BY n", [ids]).fetchall()
    return [row[0] for row in rows]


def ledger_line(app: Installation, numbers: list[int]) -> str:
    """The entries and the checkpoint, in one line."""
    with app.own.connection() as connection:
        size = checkpoint(connection).size
    if not numbers:
        return f"Ledger: checkpoint {size:,}."
    several = f"entries {numbers[0]:,} to {numbers[-1]:,}"
    return f"Ledger: {f'entry {numbers[0]:,}' if len(numbers) == 1 else several}, checkpoint {size:,}."
