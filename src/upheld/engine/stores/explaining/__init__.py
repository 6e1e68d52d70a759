"""What an engine says that it would do, before it is asked to: which tables a statement reads from end to end, and how large they are."""

from upheld.engine.stores.explaining.reading import COUNTED_ROWS, EXPLAINED, sizes, whole_reads

__all__ = ["COUNTED_ROWS", "EXPLAINED", "sizes", "whole_reads"]
