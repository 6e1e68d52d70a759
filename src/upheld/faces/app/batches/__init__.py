"""Erasures that wait, carried out together once a day."""

from upheld.faces.app.batches.batching import BatchRun, run_batches

__all__ = ["BatchRun", "run_batches"]
