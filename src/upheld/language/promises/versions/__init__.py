"""One version beside another: what may follow what, what changed by meaning, the duties that follow, and who is judged by which."""

from upheld.language.promises.versions.differences import differences
from upheld.language.promises.versions.judging import Versions, as_sql_by, decide_by, fact_columns_by, in_order
from upheld.language.promises.versions.model import Change, ChangeDuty, Differences
from upheld.language.promises.versions.succession import Earlier, dates_ahead, judge_succession

__all__ = [
    "Change",
    "ChangeDuty",
    "Differences",
    "Earlier",
    "Versions",
    "as_sql_by",
    "dates_ahead",
    "decide_by",
    "differences",
    "fact_columns_by",
    "in_order",
    "judge_succession",
]
