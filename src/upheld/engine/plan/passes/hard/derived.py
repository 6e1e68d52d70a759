"""Materialised views that repeat personal data become the step that makes them anew once rows have ended.

Their old rows lie in files like any other's, so they are compacted with the tables. Assumes that the estate names them in the order in which they
depend on each other.
"""

from __future__ import annotations

from upheld.engine.estate.model import StoreCatalogue, StoreMap
from upheld.engine.plan.model import Why
from upheld.engine.plan.steps import RefreshDerived


def refreshed(store: StoreMap, live: StoreCatalogue, why: Why) -> tuple[RefreshDerived, ...]:
    """One step for all of the store's views, none where it has none; readers go on where a unique index allows it."""
    views = [live.tables[name] for name in store.derived if name in live.tables]
    quick = [any(index.unique and not index.partial for index in view.indexes) for view in views]
    return (RefreshDerived(tuple((v.name, q) for v, q in zip(views, quick, strict=True)), why),) if views else ()


def names_of(steps: tuple[RefreshDerived, ...]) -> tuple[str, ...]:
    """The views that the steps make anew."""
    return tuple(name for step in steps for name, _ in step.views)
