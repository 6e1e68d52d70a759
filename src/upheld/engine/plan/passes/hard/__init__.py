"""Passes for the hard schemas: personal keys, files that rows point to, derived stores, what an engine cannot do."""
