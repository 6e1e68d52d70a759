"""One version beside another: what may follow what."""

from upheld.language.promises.versions.succession import Earlier, dates_ahead, judge_succession

__all__ = ["Earlier", "dates_ahead", "judge_succession"]
