"""Trials of a few controls become one evidence each: how many there were, and what came out otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import ProbeContext, evidence


@dataclass(slots=True)
class Trials:
    """By control: trials, and what was otherwise. `lacking`: why it could not be tried."""

    tried: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)

    def note(self, control: str, good: bool, otherwise: str) -> None:
        self.tried[control] = self.tried.get(control, 0) + 1
        if not good:
            self.wrong.setdefault(control, []).append(otherwise)

    def found(self, context: ProbeContext, probe: str, says: dict[str, str], mend: str) -> list[Evidence]:
        """One evidence a control of `says`, in its order."""
        return [self._one(context, control, probe, good, mend) for control, good in says.items()]

    def _one(self, context: ProbeContext, control: str, probe: str, good: str, mend: str) -> Evidence:
        tried, wrong = self.tried.get(control, 0), self.wrong.get(control, [])
        if control in self.lacking and not wrong:
            return evidence(context, control, probe, 0, "not run", self.lacking[control])
        says = (
            f"{len(wrong)} of {tried} came out otherwise: {'; '.join(dict.fromkeys(wrong[:3]))}"
            if wrong
            else f"{tried} trials: {good}"
        )
        return evidence(
            context, control, probe, tried, "failed" if wrong else "held", says, coverage=Coverage(1, 1, "registers"),
            detail={"trials": tried, "otherwise": len(wrong)}, mend=mend if wrong else "",
        )  # fmt: skip
