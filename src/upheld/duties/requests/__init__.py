"""Requests: what a person asks for becomes a case with a clock, a state, a timeline and sealed details."""
