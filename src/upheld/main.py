"""The composition root: the environment becomes Settings, an App, and the command line. Alone knows engines and faces."""

from __future__ import annotations

import os

import typer

from upheld.faces.app import App, from_environment
from upheld.faces.cli import Context, Terminal, build


def command_line() -> typer.Typer:
    """The command line over an App that opens its database at the first verb that needs it."""
    return build(_context)


def _context(ascii_only: bool) -> Context:
    apps: list[App] = []

    def make_app() -> App:
        if not apps:
            apps.append(App(from_environment(os.environ)))
        return apps[0]

    return Context(make_app, Terminal(ascii_only=ascii_only))


def run() -> None:
    """The program `upheld`, under this name however it was started."""
    command_line()(prog_name="upheld")
