"""One version beside another: what may follow what, what changed by meaning, and the duties that follow."""

from upheld.language.promises.versions.differences import differences
from upheld.language.promises.versions.model import Change, ChangeDuty, Differences
from upheld.language.promises.versions.succession import Earlier, dates_ahead, judge_succession

__all__ = ["Change", "ChangeDuty", "Differences", "Earlier", "dates_ahead", "differences", "judge_succession"]
