"""The words: what a notice may say, and what each word is called elsewhere."""

from upheld.language.terms.codes import CODES, Code
from upheld.language.terms.names import ALIASES, builtin, builtin_groups, vocabulary
from upheld.language.terms.verbs import KEYS, KINDS, VERBS, KeyRule, KindRule, VerbRule

__all__ = [
    "ALIASES",
    "CODES",
    "KEYS",
    "KINDS",
    "VERBS",
    "Code",
    "KeyRule",
    "KindRule",
    "VerbRule",
    "builtin",
    "builtin_groups",
    "vocabulary",
]
