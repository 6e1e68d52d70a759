"""Changing the keys of rows, in SQL."""
