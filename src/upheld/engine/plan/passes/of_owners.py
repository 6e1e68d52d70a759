"""Tables of which rows stay become the sets that say whose each row is: the access's sets, on the way to these tables alone.

An erasure's sets are of all subjects of a chunk together, which is enough to erase; whoever is kept something must be told apart. Nothing is
locked or changed. Not taken: a person's number in every set of an erasure; most chunks keep nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from upheld.engine.estate.model import StoreMap
from upheld.engine.plan.model import Why
from upheld.engine.plan.passes.of_access import select_steps
from upheld.engine.plan.passes.reach import Reached, reached
from upheld.engine.plan.steps import Step


def owner_steps(store: StoreMap, tables: Iterable[str], why: Why) -> tuple[Step, ...]:
    """The sets of `tables` and of all tables above them, parents first, each row with its subject. At most one statement a table."""
    reach = reached(store)
    wanted = _above(reach, set(tables) & set(reach.tables()))
    return select_steps(store, reach, wanted, why)


def _above(reach: Reached, tables: set[str]) -> set[str]:
    known = set(tables)
    while True:
        more = {link.parent for table in known for link, _ in reach.links[table].owning} - known
        if not more:
            return known
        known |= more
