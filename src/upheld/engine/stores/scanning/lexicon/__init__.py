"""Words of six languages that columns are named with, and that values consist of. What is found here is likely at most."""

from upheld.engine.stores.scanning.lexicon.matching import ALL, kinds_of
from upheld.engine.stores.scanning.lexicon.tables import (
    lists_trade,
    names_goods,
    names_health,
    names_people,
    names_things,
    names_trade,
)
from upheld.engine.stores.scanning.lexicon.values import closed, fold, names

__all__ = [
    "ALL",
    "closed",
    "fold",
    "kinds_of",
    "lists_trade",
    "names",
    "names_goods",
    "names_health",
    "names_people",
    "names_things",
    "names_trade",
]
