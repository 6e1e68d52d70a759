"""A promise to one plain sentence, for terminals, margins and findings.

Says what the promise says, in its order: whose data, where it stands, until when, what then. Words of the notice stay as
they are; long lists are cut with a count. Not taken: prose by template per clause; the notice itself is the prose.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from upheld.language.diagnostic import counted
from upheld.language.promises.model import (
    WHILE_ENDED,
    After,
    Age,
    Ahead,
    AllOf,
    AnyOf,
    At,
    Birthday,
    Kind,
    Known,
    Moment,
    Name,
    Period,
    Pick,
    Promise,
    Some,
    Test,
)

MOST_NAMES = 6
_VERBS = {
    "collect": "collect",
    "use": "use",
    "disclose": "disclose",
    "message": "send messages of the kind",
    "publish": "publish",
    "locate": "locate",
    "place": "place",
    "retain": "keep",
    "grant": "grant",
    "offer": "offer",
    "tell": "tell of",
    "protect": "protect",
}
_KEYS = {
    "as": "as",
    "by": "by",
    "under": "under",
    "needs": "with a record of",
    "contents": "containing",
    "proof": "on proof of",
    "ground": "on the ground of",
    "basis": "on the basis of",
    "act": "for",
    "party": "of party",
    "consideration": "for consideration:",
    "choice": "only with the choice",
    "holds": "holding",
    "standard": "by the standard",
    "handled-by": "handled by",
    "proven": "proven by",
    "start": "starting at",
    "required": "requiring",
    "enables": "enabling",
    "without": "without",
    "with": "joined with",
}


def sentence(promise: Promise) -> str:
    """One sentence, first word a capital, ended by a full stop."""
    parts = [f"We {promise.modality} {_VERBS[promise.verb]} {listed(promise.object)}"]
    parts += [part for test in promise.scope if (part := said_of(test))]
    if promise.door is not None:
        parts.append("unless " + " and ".join(filter(None, map(said_of, promise.door))))
    parts += [f"{_KEYS.get(key, key)} {listed(names)}" for key, names in promise.terms.items()]
    parts += _times(promise)
    text = " ".join(parts)
    return text + "."


def _times(promise: Promise) -> Iterable[str]:
    if promise.end is not None:
        yield f"until {moment_words(promise.end)}"
    if promise.lasting:
        yield f"{'and ' if promise.end else ''}while {listed(promise.lasting, 'or')}"
    if promise.then is not None:
        yield f"then {promise.then}"
    if promise.blocks is not None:
        yield f"before {promise.blocks.id}"
    if promise.due is not None:
        yield f"within {moment_words(promise.due)}"
    if promise.overwritten is not None:
        yield f"with no copy left within {period_words(promise.overwritten)}"
    if promise.every is not None:
        yield f"every {period_words(promise.every)}"
    if promise.lasts is not None:
        lasts = promise.lasts
        yield f"lasting {period_words(lasts) if isinstance(lasts, Period) else 'until ' + moment_words(lasts)}"
    if promise.window is not None:
        yield f"reaching back {period_words(promise.window)}"
    if promise.state is not None:
        yield f"({promise.state} meanwhile)"
    if promise.excepts:
        yield f"as an exception to {' and '.join(sorted(promise.excepts))}"


def listed(names: Iterable[Name], last: str = "and") -> str:
    """Names in words, sorted where they are a set; more than six are cut with a count."""
    ids = [name.id for name in (sorted(names) if isinstance(names, frozenset) else names)]
    if len(ids) > MOST_NAMES:
        ids = [*ids[: MOST_NAMES - 1], f"{len(ids) - MOST_NAMES + 1} others"]
    return ids[0] if len(ids) == 1 else f"{', '.join(ids[:-1])} {last} {ids[-1]}" if ids else "nothing"


def said_of(test: Test) -> str:
    """A test in words."""
    match test:
        case AnyOf(key, names):
            return f"{_KEYS.get(key, key)} {listed(names, 'or')}"
        case AllOf(key, names):
            return f"{_KEYS.get(key, key)} {listed(names)}"
        case Known(key, fact, wanted):
            return _known_words(key, fact, wanted)
        case Some(tests):
            return " or ".join(_known_words(each.key, each.fact, each.wanted) for each in tests)
        case Age(below, least):
            return f"of age under {below}" if below is not None else f"of age {least} or over"


def _known_words(key: str, fact: Name, wanted: bool) -> str:
    if fact.kind is Kind.CHOICE:
        return f"{'only with' if wanted else 'without'} the choice {fact.id}"
    if key == "of":
        return f"of {fact.id}"
    if key == "regime":
        return f"under {fact.id}"
    return f"{'when' if wanted else 'unless'} {fact.id}"


def period_words(period: Period) -> str:
    """`1 month`, `5 working days`."""
    unit = period.unit if period.amount != 1 else period.unit.removesuffix("s")
    return f"{period.amount} {unit}"


def moment_words(moment: Moment) -> str:
    """A moment as notices write it."""
    match moment:
        case Name():
            return "that" if moment == WHILE_ENDED else moment.id
        case After(low, high, of, named):
            length = period_words(high) if low == high else f"{low.amount} to {period_words(high)}"
            length = "at once" if high.amount == 0 and named is None else named if named and high.amount == 0 else length
            return f"{length} after {moment_words(of)}"
        case Ahead(period, of):
            return f"{period_words(period)} ahead of {moment_words(of)}"
        case Pick(latest, of):
            return f"the {'latest' if latest else 'earliest'} of {', '.join(map(moment_words, of))}"
        case At(Birthday(years)):
            return f"the birthday that completes {counted(years, 'year')}"
        case At(date() as day):
            return f"on {day.isoformat()}"
        case At(what):
            return str(what)
