"""What stands in the folder's files for the desk is checked with the notice and the estate, before anybody needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from upheld.engine.estate.model import Estate
from upheld.faces.app.declared import agents, labels, points, profiles
from upheld.faces.app.declared.reading import Declared, line_of
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
    checks: tuple[tuple[str, str, Callable[[], object]], ...] = (
        (points.FILE, register, lambda: points.read_points(program, register)),
        (profiles.FILE, profile, lambda: profiles.read_rules(profile, estate)),
        (registry.FILE, scope, lambda: registry.read_scope(program, scope)),
        (records.FILE, bases, lambda: records.read_bases(program, bases)),
        (
            labels.FILE,
            words,
            lambda: labels.check_labels(words, program, (*estate.stores, *estate.objects) if estate else None),
        ),
        (agents.FILE, acting or "", lambda: agents.read_agents(acting) if acting is not None else None),
    )
    for file, text, read in checks:
        try:
            read()
        except (Declared, Unusable) as fault:
            yield Diagnostic(file, _line(text, fault), fault.code, "error", LINES[fault.code], fault.reason, fault.help)


def _line(text: str, fault: Unusable) -> int:
    """Where the reader stopped, or where the entry stands that its reason names: in backticks, or as the agent of that number."""
    if getattr(fault, "line", 0):
        return int(getattr(fault, "line", 0))
    agent = re.search(r": agent (\d+): ", fault.reason)
    if agent:
        return line_of(text, "agents", int(agent[1]))
    named = re.search(r"`([^`]+)`", fault.reason)
    return line_of(text, named[1]) if named else line_of(text, "\0")
