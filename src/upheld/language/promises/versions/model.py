"""What changed between two versions of a notice, and what follows from it, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from upheld.language.promises.model import Citation

Class = Literal[
    "wording",
    "narrower",
    "wider",
    "new-purpose",
    "new-recipient",
    "new-data",
    "new-place",
    "new-tracker",
    "longer-retention",
    "shorter-retention",
    "right-added",
    "right-removed",
    "right-widened",
    "right-narrowed",
    "choice-default",
    "duty-added",
    "duty-dropped",
    "definition",
    "contact",
]
# For the person: `narrower` is less that may happen, or more that is owed; what cannot be shown to be that is `wider`.
Effect = Literal["none", "narrower", "wider"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference by meaning. `what` says of what (`retention of email`); `before` and `after` are plain words, empty for nothing."""

    cls: Class
    effect: Effect
    clauses: tuple[str, ...]
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what}: {self.before or 'nothing'} → {self.after or 'nothing'}"

    def as_json(self) -> dict[str, Any]:
        """Class, effect, clauses, and the words."""
        words = {"what": self.what, "before": self.before, "after": self.after}
        return {"class": self.cls, "effect": self.effect, "clauses": list(self.clauses), **words}


@dataclass(frozen=True, slots=True)
class ChangeDuty:
    """Who must be told of changes, how, before what may start; `agreed`: what then may start needs the person's yes, too.

    `clauses`: where the notice promises it, empty where only law asks. `when`: facts on which it hangs, for people to state.
    `because`: the classes of change that call it up.
    """

    tells: tuple[str, ...]
    to: tuple[str, ...]
    by: tuple[str, ...]
    before: str
    contents: tuple[str, ...]
    because: tuple[Class, ...]
    clauses: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    agreed: bool = False
    regime: str = ""
    cites: tuple[Citation, ...] = field(default=())

    def __str__(self) -> str:
        by = f" by {', '.join(self.by)}" if self.by else ""
        when = f", when {' and '.join(self.when)}" if self.when else ""
        holds = f", with {', '.join(self.contents)}" if self.contents else ""
        yes = ", and have their yes" if self.agreed else ""
        return f"Tell {', '.join(self.to)} of {', '.join(self.tells)}{by}{holds}{yes}, before {self.before}{when}."

    def as_json(self) -> dict[str, Any]:
        """The same in JSON; each citation says whether somebody has seen it in a text."""
        cites = [
            {"source": one.source, "at": one.at, "confidence": one.confidence, "confirmed": one.confirmed} for one in self.cites
        ]
        lists = {name: list(getattr(self, name)) for name in ("tells", "to", "by", "contents", "when", "because", "clauses")}
        return {**lists, "before": self.before, "agreed": self.agreed, "regime": self.regime or None, "cites": cites}


@dataclass(frozen=True, slots=True)
class Differences:
    """All that changed, in the order of the newer notice's clauses, and the duties that follow."""

    changes: tuple[Change, ...]
    duties: tuple[ChangeDuty, ...]

    @property
    def effect(self) -> Effect:
        """Wider if anything is; else narrower if anything is; else none."""
        effects = {one.effect for one in self.changes}
        return "wider" if "wider" in effects else "narrower" if "narrower" in effects else "none"
