"""After an erasure: each store's commit opens a duty to overwrite; a store whose estate says so is compacted at once."""

from __future__ import annotations

from datetime import datetime

from upheld.engine.execution.overwriting import Duty, due_of, note_overwritten, note_unreachable
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import Compact
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks.firm import Firm
from upheld.faces.app.installation import Installation
from upheld.records.ledger import Leaf, append


def note_duties(app: Installation, firm: Firm, plan: Plan) -> tuple[StoreFault, ...]:
    """Duties stand for every store of the plan; faults of stores that were to be compacted at once, and whose duty stays open."""
    now, faults = app.settings.now(), []
    for part in plan.stores:
        store = firm.estate.stores[part.store]
        tables = tuple(sorted({table for step in part.steps if isinstance(step, Compact) for table in step.tables}))
        due, clauses = due_of(firm.program, store, tables, app.settings.today)
        with app.own.transaction() as connection:
            note_unreachable(connection, Duty(plan.ask.id, part.store, tables, now, due, clauses, None))
        if store.compact == "after-erasure":
            try:
                compacted(app, firm, part.store, tables, now)
            except StoreFault as fault:
                faults.append(fault)
    return tuple(faults)


def compacted(app: Installation, firm: Firm, store: str, tables: tuple[str, ...], began: datetime) -> list[Duty]:
    """The store's files are rewritten and its duties over these tables closed, on record; StoreFault leaves them open."""
    firm.stores[store].compact(tables)
    now = app.settings.now()
    with app.own.transaction() as connection:
        closed = note_overwritten(connection, store, tables, began, now)
        clauses = tuple(sorted({clause for duty in closed for clause in duty.clauses}))
        if closed:
            counts = {"asks": len(closed), "tables": len(tables)}
            append(connection, [Leaf("overwriting:store:done", now, clauses, counts)])
    return closed
