"""The daily batch: erasures that wait for one another, so that a table without an index is read once and not once a person."""

from upheld.engine.execution.batches.waiting import Batch, carry, end_members, gathered, part, waiting

__all__ = ["Batch", "carry", "end_members", "gathered", "part", "waiting"]
