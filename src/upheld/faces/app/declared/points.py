"""`decision-points.yaml` becomes the register of the places where a machine proposes something about a person, each held to the notice.

What is not declared decides nothing; what is declared names a purpose and data of the notice, its effect, its basis, and whose function it is to review.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from upheld.faces.app.declared.reading import Declared, read_mapping
from upheld.language.promises.model import Kind, Name, Program
from upheld.language.terms import ALIASES

FILE = "decision-points.yaml"
KEYS = frozenset({"purpose", "data", "effect", "basis", "reviewed-by", "clause"})
NEEDED = ("purpose", "data", "effect", "basis", "reviewed-by")
EFFECTS = ("legal", "significant", "none")
HELP = "Mend the file; until then nothing is decided by machine."


@dataclass(frozen=True, slots=True)
class DecisionPoint:
    """One place where a machine proposes something about a person. `effect`: in law, as weighty as that, or none."""

    name: str
    purpose: str
    data: tuple[str, ...]
    effect: str
    basis: str
    reviewed_by: str
    clause: str = ""


def read_points(program: Program, text: str) -> Mapping[str, DecisionPoint]:
    """The register that a file's text holds; empty where it holds nothing. Declared (R231) names the point and what is wrong with it."""
    return {str(name): _point(program, str(name), one) for name, one in read_mapping(text, FILE, "R231", HELP).items()}


def _point(program: Program, name: str, said: Any) -> DecisionPoint:
    if not isinstance(said, Mapping) or not set(said) <= KEYS or any(not said.get(key) for key in NEEDED):
        raise _wrong(name, f"it says {', '.join(NEEDED)}, and nothing else but `clause`")
    data = tuple(
        ALIASES.get(("data", str(one)), str(one))
        for one in (said["data"] if isinstance(said["data"], list) else [said["data"]])
    )
    if Name(Kind.PURPOSE, str(said["purpose"])) not in program.names:
        raise _wrong(name, "the notice knows no such purpose")
    unknown = [one for one in data if Name(Kind.DATA, one) not in program.names]
    if unknown:
        raise _wrong(name, f"the notice knows no data `{unknown[0][:40]}`")
    if said["effect"] not in EFFECTS:
        raise _wrong(name, f"its effect is one of {', '.join(EFFECTS)}")
    clause = str(said.get("clause", ""))
    if clause and clause not in {one.id for version in program.notices for one in version.clauses}:
        raise _wrong(name, "the notice has no such clause")
    return DecisionPoint(
        name, str(said["purpose"]), data, str(said["effect"]), str(said["basis"]), str(said["reviewed-by"]), clause
    )


def _wrong(name: str, why: str) -> Declared:
    return Declared("R231", f"{FILE}: `{name[:40]}` cannot be used: {why}.", HELP)
