"""What stands in the folder's files for the desk is checked with the notice and the estate, before anybody needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from upheld.engine.estate.model import Estate
from upheld.faces.app.declared import agents, labels, points, profiles
from upheld.faces.app.declared.reading import Declared
from upheld.faces.app.errors import LINES, Unusable
from upheld.faces.app.purposes import bases as records
from upheld.faces.app.scope import registry
from upheld.language.diagnostic import Diagnostic
from upheld.language.promises.model import Program


def check_declared(
    program: Program,
    estate: Estate | None,
    register: str,
    profile: str,
    acting: str | None = None,
    scope: str = "",
    words: str = "",
    bases: str = "",
) -> Iterator[Diagnostic]:
    """R231, R241, R243, N321, N331, and R620 or R621, one a file; nothing for an empty text, or where there is no file of agents."""
    checks: tuple[tuple[str, Callable[[], object]], ...] = (
        (points.FILE, lambda: points.read_points(program, register)),
        (profiles.FILE, lambda: profiles.read_rules(profile, estate)),
        (registry.FILE, lambda: registry.read_scope(program, scope)),
        (records.FILE, lambda: records.read_bases(program, bases)),
        (labels.FILE, lambda: labels.check_labels(words, program, (*estate.stores, *estate.objects) if estate else None)),
        (agents.FILE, lambda: agents.read_agents(acting) if acting is not None else None),
    )
    for file, read in checks:
        try:
            read()
        except (Declared, Unusable) as fault:
            yield Diagnostic(file, 1, fault.code, "error", LINES[fault.code], fault.reason, fault.help)
