"""The console: where the firm's own people see the desk, the board and the estate, and do what a request asks for."""

from upheld.faces.console.part import console_part

__all__ = ["console_part"]
