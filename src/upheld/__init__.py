"""Upheld: a privacy notice is a program. It is compiled, run over real systems, and proved sentence by sentence."""

__version__ = "0.1.0"
