"""What stands in the folder's files for the desk is checked with the notice and the estate, before anybody needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from upheld.engine.estate.model import Estate
from upheld.faces.app.declared import points, profiles
from upheld.faces.app.declared.reading import Declared
from upheld.faces.app.errors import LINES
from upheld.language.diagnostic import Diagnostic
from upheld.language.promises.model import Program


def check_declared(program: Program, estate: Estate | None, register: str, profile: str) -> Iterator[Diagnostic]:
    """R231 and R241, one a file; nothing for an empty text."""
    checks: tuple[tuple[str, Callable[[], object]], ...] = (
        (points.FILE, lambda: points.read_points(program, register)),
        (profiles.FILE, lambda: profiles.read_rules(profile, estate)),
    )
    for file, read in checks:
        try:
            read()
        except Declared as fault:
            yield Diagnostic(file, 1, fault.code, "error", LINES[fault.code], fault.reason, fault.help)
