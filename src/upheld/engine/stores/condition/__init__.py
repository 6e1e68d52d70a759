"""The condition a store is in, beside its schema: read from its catalogue, never from a row."""

from upheld.engine.stores.condition.reading import condition_of

__all__ = ["condition_of"]
