"""`python -m upheld` is the program `upheld`."""

from upheld.main import run

run()
