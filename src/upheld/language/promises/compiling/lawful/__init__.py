"""The notice against the law of its regimes: looser is refused, missing is named, `law` where the law is silent is no value."""

from __future__ import annotations

from collections.abc import Iterable

from upheld.language.diagnostic import Diagnostic
from upheld.language.law import Law
from upheld.language.promises.compiling.lawful.consents import check_consents
from upheld.language.promises.compiling.lawful.duties import check_duties, check_resolutions
from upheld.language.promises.compiling.lawful.keeping import check_keeping, check_places, check_purposes
from upheld.language.promises.compiling.lawful.rights import check_rights
from upheld.language.promises.compiling.lawful.under import under
from upheld.language.promises.compiling.lawful.values import LawValues
from upheld.language.promises.model import Program

__all__ = ["LawValues", "check_law"]


def check_law(program: Program, law: Law) -> Iterable[Diagnostic]:
    """P407, P501 to P511 and P513. Linear in promises times regimes, and in grants times grounds."""
    over = under(program, law)
    found = [
        *check_rights(over),
        *check_consents(over),
        *check_keeping(over),
        *check_purposes(over),
        *check_places(over),
        *check_duties(over),
    ]
    return [*found, *check_resolutions(over, found)]
