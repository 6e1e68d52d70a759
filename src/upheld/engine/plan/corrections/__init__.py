"""Changes that leave the rows: what a person says is wrong becomes a plan of the columns that say it; an account that ends, of those that close it."""

from upheld.engine.plan.corrections.closing import plan_closing
from upheld.engine.plan.corrections.planning import plan_corrections
from upheld.engine.plan.corrections.resolving import Place, places_of

__all__ = ["Place", "places_of", "plan_closing", "plan_corrections"]
