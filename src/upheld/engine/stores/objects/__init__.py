"""Folders and buckets of files that rows point to, by fsspec."""

from upheld.engine.stores.objects.store import ObjectStore, open_objects

__all__ = ["ObjectStore", "open_objects"]
