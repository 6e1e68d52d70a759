"""Versions of a notice: published, compared, judged by."""
