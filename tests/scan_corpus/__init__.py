"""Forty databases of invented firms in six languages, each column labelled with what it truly holds; and what measures a scan by them."""
