"""The grammar as tables: which modal words and keys a verb takes, what a key's value is, what a declaration says.

A value's shape is one of a few; kinds are listed in the order in which a name is looked for. Not taken: a parser per
verb; the tables are what the reference prints, what the tests walk over and what the compiler reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal[
    "names",
    "moment",
    "duration",
    "period",
    "lasts",
    "age",
    "text",
    "clauses",
    "citations",
    "cap",
    "number",
    "words",
    "key-path",
    "moments",
]


@dataclass(frozen=True, slots=True)
class KeyRule:
    """`kinds`: what a name may be, in order. `words`: closed list. `by_use`: an unknown name is introduced, not refused."""

    shape: Shape
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    by_use: str = ""


@dataclass(frozen=True, slots=True)
class VerbRule:
    """`must`: per modal word, groups of keys of which one is needed. `may_have`: further keys besides COMMON."""

    modal: tuple[str, ...]
    object: KeyRule
    must: dict[str, tuple[tuple[str, ...], ...]]
    may_have: tuple[str, ...]

    def keys(self) -> frozenset[str]:
        """Every key that the verb takes, whatever the modal word."""
        needed = {key for groups in self.must.values() for group in groups for key in group}
        return frozenset(needed | set(self.may_have) | set(COMMON))


@dataclass(frozen=True, slots=True)
class KindRule:
    """What `define … is: KIND` may say further."""

    keys: dict[str, KeyRule]


def _names(*kinds: str, words: str = "", by_use: str = "") -> KeyRule:
    return KeyRule("names", kinds, tuple(words.split()), by_use)


def _words(text: str) -> KeyRule:
    return KeyRule("words", (), tuple(text.split()))


MODAL = ("may", "will", "never")
COMMON = ("of", "age", "regime", "when", "unless", "keeps", "exception-to", "cites")
NARROWING = (
    "of",
    "age",
    "regime",
    "from",
    "on",
    "for",
    "to",
    "by",
    "in",
    "as",
    "with",
    "party",
    "act",
    "about",
    "ground",
    "basis",
    "consideration",
    "standard",
    "holds",
)
DEMANDING = ("when", "needs", "under", "contents", "proof")

KEYS: dict[str, KeyRule] = {
    "of": _names("group", "party"),
    "age": KeyRule("age"),
    "regime": _names("regime"),
    "from": _names("source", "party", "surface", "data"),
    "on": _names("surface", "message", "event"),
    "for": _names("purpose"),
    "to": _names("party", "group", "role"),
    "by": _names("channel", "surface", "measure", "form"),
    "answer-by": _names("channel", "surface"),
    "in": _names("place"),
    "act": _words("collection storage processing access disclosure"),
    "as": _names("form"),
    "with": _names("data"),
    "without": _names("data"),
    "party": _words("own helper partner provider social-network"),
    "about": _names("topic", by_use="topic"),
    "consideration": _words("any none"),
    "basis": _words("consent implied-consent contract legal-obligation vital-interests public-task legitimate-interests law"),
    "ground": _names("ground"),
    "choice": _names("choice", words="none strictly-necessary"),
    "when": _names("fact", "choice"),
    "unless": _names("fact", "ground", "choice", words="law"),
    "needs": _names("record"),
    "under": _names("agreement"),
    "contents": _names("item", words="law", by_use="item"),
    "proof": _names("item", words="none law", by_use="item"),
    "until": KeyRule("moment"),
    "while": _names("fact", "choice"),
    "within": KeyRule("moment"),
    "before": _names("event"),
    "every": KeyRule("period"),
    "overwritten-within": KeyRule("duration"),
    "lasts": KeyRule("lasts"),
    "window": KeyRule("period"),
    "at-most": KeyRule("cap"),
    "then": _words("erase anonymise aggregate hide hand-over review"),
    "meanwhile": _words("isolated hidden locked held suspended stored-only frozen marked-disputed"),
    "required": _names("data", words="none all per-service"),
    "enables": _names("feature", by_use="feature"),
    "options": _names("item", by_use="item"),
    "start": _words("yes no"),
    "per": _words("browser account address request"),
    "holds": _names("data", words="none"),
    "standard": _names("standard"),
    "fee": _words("none cost law"),
    "proven": _words("probe attestation"),
    "handled-by": _names("role", by_use="role"),
    "against": _names("threat", by_use="threat"),
    "set-by": _names("party"),
    "keeps": KeyRule("clauses"),
    "exception-to": KeyRule("clauses"),
    "cites": KeyRule("citations"),
}
SINGLE = ("then", "meanwhile", "start", "per", "fee", "consideration", "before", "handled-by", "set-by")

# What a key means where one verb reads it otherwise.
BY_VERB: dict[tuple[str, str], KeyRule] = {
    ("place", "as"): _words("cookie beacon script plugin storage"),
    ("offer", "as"): _words("consent objection preference acknowledgement"),
    ("protect", "by"): _names("measure"),
    ("collect", "by"): _names("measure", "channel", "surface"),
    ("retain", "by"): _names("channel", "surface", "measure"),
    ("tell", "needs"): _names("record"),
    ("protect", "in"): _names("place", "party"),
}

DATA = _names("data")
VERBS: dict[str, VerbRule] = {
    "collect": VerbRule(
        ("may", "never"),
        DATA,
        {"may": (("from",), ("on",), ("for",))},
        ("required", "without", "as", "by", "enables", "needs", "under", "choice"),
    ),
    "use": VerbRule(
        ("may", "never"),
        DATA,
        {"may": (("for",),)},
        ("without", "from", "as", "on", "to", "basis", "choice", "needs", "under", "ground", "with", "in"),
    ),
    "disclose": VerbRule(
        ("may", "will", "never"),
        DATA,
        {"may": (("to",), ("ground",)), "will": (("to",), ("ground",), ("within", "before", "every"))},
        ("without", "as", "from", "on", "for", "basis", "needs", "under", "choice", "consideration"),
    ),
    "message": VerbRule(
        ("may", "never"),
        _names("message"),
        {"may": (("to",), ("by",), ("choice",))},
        ("for", "about", "basis", "contents", "at-most", "needs", "on"),
    ),
    "publish": VerbRule(
        ("may", "never"), _names("statistic", by_use="statistic"), {"may": (("to",), ("standard",))}, ("for", "needs", "choice")
    ),
    "locate": VerbRule(("may", "never"), DATA, {"may": (("in",), ("act",))}, ("without", "from", "needs", "under", "choice")),
    "place": VerbRule(
        ("may", "never"),
        _names("tracker", by_use="tracker"),
        {"may": (("as",), ("party",), ("on",), ("for",), ("until",), ("choice",))},
        ("to", "holds", "enables", "needs", "under"),
    ),
    "retain": VerbRule(
        ("may", "will", "never"),
        DATA,
        {"may": (("until", "while"), ("then",)), "will": (("until", "while"),)},
        (
            "without",
            "from",
            "as",
            "in",
            "on",
            "for",
            "meanwhile",
            "ground",
            "needs",
            "standard",
            "within",
            "overwritten-within",
            "by",
            "to",
            "every",
            "handled-by",
        ),
    ),
    "grant": VerbRule(
        ("will",),
        _names("right"),
        {"will": (("to",), ("by",), ("within",), ("proof",))},
        (
            "contents",
            "as",
            "from",
            "without",
            "window",
            "fee",
            "meanwhile",
            "needs",
            "handled-by",
            "for",
            "at-most",
            "answer-by",
        ),
    ),
    "offer": VerbRule(
        ("will",),
        _names("choice", by_use="choice"),
        {"will": (("as",), ("start",), ("by",))},
        ("on", "to", "for", "options", "per", "enables", "within", "before", "every", "contents", "needs", "lasts"),
    ),
    "tell": VerbRule(
        ("will",),
        _names("event", "topic", by_use="topic"),
        {"will": (("to",), ("by", "on", "within"), ("on", "within", "before", "every"))},
        ("contents", "needs", "handled-by"),
    ),
    "protect": VerbRule(
        ("will",),
        _names("data", "surface", "record"),
        {"will": (("by",), ("proven",), ("every",))},
        ("handled-by", "against", "in", "on", "standard", "set-by", "under"),
    ),
}

_HOLDS_DATA = _names("data")
_TEXT = KeyRule("text")
_MOMENT = KeyRule("moment")
_FACTS = _names("fact", "choice")
_YES_NO = _words("yes no")
KINDS: dict[str, KindRule] = {
    "data": KindRule(
        {
            "holds": _HOLDS_DATA,
            "without": _HOLDS_DATA,
            "from": KEYS["from"],
            "when": _FACTS,
            "means": _TEXT,
            "protects": _words("persons companies"),
            "dpv": _TEXT,
            "covered": _YES_NO,
            "owner": _names("party"),
        }
    ),
    "purpose": KindRule(
        {"holds": _names("purpose"), "basis": KEYS["basis"], "needs": KEYS["needs"], "dpv": _TEXT, "means": _TEXT}
    ),
    "party": KindRule(
        {
            "role": _words("controller processor joint recipient"),
            "holds": _names("party"),
            "kinds": _TEXT,
            "list": _words("open closed"),
            "at-most": KeyRule("number"),
            "each": _words("tenant"),
            "regime": KEYS["regime"],
            "means": _TEXT,
        }
    ),
    "group": KindRule(
        {"holds": _names("group"), "when": _FACTS, "age": KeyRule("age"), "regime": KEYS["regime"], "means": _TEXT}
    ),
    "surface": KindRule(
        {
            "holds": _names("surface", "channel"),
            "of": _names("party", "group"),
            "when": _FACTS,
            "covered": _YES_NO,
            "owner": _names("party"),
            "means": _TEXT,
        }
    ),
    "event": KindRule(
        {
            "at": _MOMENT,
            "latest": KeyRule("moments"),
            "earliest": KeyRule("moments"),
            "quiet": KeyRule("period"),
            "of": KeyRule("key-path"),
            "unless": _FACTS,
            "means": _TEXT,
        }
    ),
    "fact": KindRule(
        {"when": _FACTS, "quiet": KeyRule("period"), "latest": KeyRule("moments"), "set-by": _names("party"), "means": _TEXT}
    ),
    "ground": KindRule(
        {"holds": _names("ground"), "needs": KEYS["needs"], "keeps-only": _HOLDS_DATA, "ends": _MOMENT, "means": _TEXT}
    ),
    "record": KindRule({"holds": _names("record"), "needs": KEYS["needs"], "means": _TEXT}),
    "agreement": KindRule(
        {"parties": _names("party"), "duties": _TEXT, "lasts": KeyRule("lasts"), "needs": KEYS["needs"], "means": _TEXT}
    ),
    "measure": KindRule({"set-by": _names("party"), "holds": _names("measure"), "means": _TEXT}),
    "place": KindRule({"holds": _names("place"), "list": _words("open closed"), "means": _TEXT}),
    "message": KindRule({"holds": _names("message"), "means": _TEXT}),
    "form": KindRule({"means": _TEXT, "standard": _names("standard"), "holds": _names("form")}),
    "standard": KindRule(
        {"group": KeyRule("number"), "dominance": KeyRule("number"), "protects": _words("persons companies"), "means": _TEXT}
    ),
    "source": KindRule({"holds": _names("source"), "means": _TEXT}),
    "channel": KindRule({"holds": _names("channel", "surface"), "means": _TEXT}),
    "right": KindRule({"holds": _names("right"), "means": _TEXT}),
    "tracker": KindRule({"holds": _names("tracker"), "means": _TEXT}),
    "statistic": KindRule({"holds": _names("statistic"), "means": _TEXT}),
    "topic": KindRule({"holds": _names("topic"), "means": _TEXT}),
    "item": KindRule({"holds": _names("item"), "means": _TEXT}),
    "threat": KindRule({"holds": _names("threat"), "means": _TEXT}),
}
RESOLVE_KEYS = ("prevails", "because", "by", "dated")
