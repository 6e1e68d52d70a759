"""The typed program, and what it decides: promises as values, may this flow happen, for one person or as a set."""

from upheld.language.promises.compiling.from_notice import Compiled, compile_program
from upheld.language.promises.deciding.as_sql import SqlPredicate, as_sql, fact_columns
from upheld.language.promises.deciding.decide import decide, permitted
from upheld.language.promises.deciding.explain_decision import explain_decision
from upheld.language.promises.supplied import Supplied, check_against_estate
from upheld.language.promises.to_json import from_json, to_json

__all__ = [
    "Compiled",
    "SqlPredicate",
    "Supplied",
    "as_sql",
    "check_against_estate",
    "compile_program",
    "decide",
    "explain_decision",
    "fact_columns",
    "from_json",
    "permitted",
    "to_json",
]
