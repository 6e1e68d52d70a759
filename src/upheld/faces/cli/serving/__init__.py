"""Commands that run until they are stopped, and what runs in the background."""

from upheld.faces.cli.serving.running import add_running

__all__ = ["add_running"]
