"""Countries of launch and the additions that they ask for become what keeps a version from being published there."""

from __future__ import annotations

from collections.abc import Iterator

from upheld.faces.app.scope.registry import FILE, Scope
from upheld.language.diagnostic import Diagnostic
from upheld.language.promises.model import Program

LINE = "addition that a country asks for is missing"
HELP = "Write the addition beside the notice (`supplements:` in its head), or take the country out of `launched-in:`."


def missing_additions(program: Program, scope: Scope) -> Iterator[Diagnostic]:
    """N322 for each country of launch whose addition does not stand beside the notice."""
    there = {one.notice for one in program.notices if one.supplements}
    for country, addition in sorted(scope.launched_in.items()):
        if addition and addition not in there:
            why = f"{country} asks for the addition `{addition[:60]}`, and no file beside the notice is it."
            yield Diagnostic(FILE, 1, "N322", "error", LINE, why, HELP)


def additions_for(program: Program, scope: Scope, country: str) -> tuple[str, ...]:
    """The additions that somebody of this country is shown: the one that the country asks for, as far as it stands."""
    wanted = scope.launched_in.get(country.upper(), "")
    return tuple(one.notice for one in program.notices if one.supplements and one.notice == wanted)
