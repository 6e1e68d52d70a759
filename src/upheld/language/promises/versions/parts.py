"""A promise becomes its parts, each with a sense: whether more of it lets more happen, or lets less.

So that two promises are compared key by key, and every kind of key is understood in one place. What stands for a whole group of tests (a door) is
marked, for there the sense turns around. A key without a sense of its own can only be the same or different.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from upheld.language.promises.explain import listed, moment_words, period_words, said_of
from upheld.language.promises.model import (
    WHILE_ENDED,
    After,
    Age,
    AllOf,
    AnyOf,
    At,
    Known,
    Moment,
    Name,
    Period,
    Promise,
    Some,
    Test,
)
from upheld.language.promises.versions.lengths import no_later, no_longer

# `choices`: a list of which any one will do, and none written means all; `demands`: a list of which each is asked.
Shape = Literal["choices", "demands", "moment", "period", "plain"]


@dataclass(frozen=True, slots=True)
class Part:
    """One key of a promise. `value` is a set of names, a moment, a period or text, as `shape` says."""

    key: str
    shape: Shape
    value: frozenset[Name] | Moment | Period | str
    in_door: bool = False

    def words(self) -> str:
        """The value as people read it."""
        if isinstance(self.value, frozenset):
            return listed(self.value)
        if isinstance(self.value, Period):
            return period_words(self.value)
        return self.value if isinstance(self.value, str) else moment_words(self.value)


Place = tuple[str, Shape, bool]


def parts_of(promise: Promise) -> dict[Place, Part]:
    """The parts by key, shape and whether they stand in a door."""
    found: dict[Place, Part] = {}
    for part in _parts(promise):
        place = (part.key, part.shape, part.in_door)
        earlier = found.get(place)
        if earlier is not None and isinstance(earlier.value, frozenset) and isinstance(part.value, frozenset):
            part = Part(part.key, part.shape, earlier.value | part.value, part.in_door)
        found[place] = part
    return found


def _parts(promise: Promise) -> Iterator[Part]:
    yield Part("object", "choices", promise.object)
    yield from _tests(promise.scope, False)
    yield from _tests(promise.door or (), True)
    yield from (Part(key, "demands", frozenset(names)) for key, names in promise.terms.items())
    if promise.excepts:
        yield Part("exception-to", "plain", ", ".join(sorted(promise.excepts)))
    for key, moment in (("until", promise.end), ("within", _after_end(promise))):
        if moment is not None:
            yield Part(key, "moment", moment)
    if promise.lasting:
        yield Part("while", "demands", frozenset(promise.lasting))
    if isinstance(promise.lasts, Period):
        yield Part("lasts", "period", promise.lasts)
    elif promise.lasts is not None:
        yield Part("lasts", "moment", promise.lasts)
    for key, period in (("every", promise.every), ("window", promise.window), ("overwritten-within", promise.overwritten)):
        if period is not None:
            yield Part(key, "period", period)
    plain = {"before": promise.blocks.id if promise.blocks else "", "then": promise.then, "meanwhile": promise.state}
    yield from (Part(key, "plain", text) for key, text in plain.items() if text)


def _after_end(promise: Promise) -> Moment | None:
    """The latest time; counted from the promise's own end, whatever that is, so that a new end is not told twice."""
    due = promise.due
    return replace(due, of=WHILE_ENDED) if isinstance(due, After) and due.of == promise.end else due


def _tests(tests: tuple[Test, ...], in_door: bool) -> Iterator[Part]:
    for test in tests:
        match test:
            case AnyOf(key, names):
                yield Part(key, "choices", names, in_door)
            case AllOf(key, names):
                yield Part(key, "demands", names, in_door)
            case Some(tests=each):
                yield Part(each[0].key if each else "of", "choices", frozenset(one.fact for one in each), in_door)
            case Known(key, fact, wanted) if key in ("of", "regime") and wanted:
                yield Part(key, "choices", frozenset({fact}), in_door)
            case Known(key, fact, _):
                yield Part(key, "demands", frozenset({fact}), in_door)
            case Age():
                yield Part("age", "plain", said_of(test).removeprefix("of age "), in_door)


More = Literal["more", "less", "other"]


def compared(old: Part | None, new: Part | None) -> list[tuple[More, str, str]]:
    """How a part differs: more or less of what it lists or lasts, or merely other; with the words before and after."""
    before, after = old.words() if old else "", new.words() if new else ""
    shape = (new or old or Part("", "plain", "")).shape
    if shape == "choices":
        return _choices(old, new)
    if shape == "demands":
        gone, come = _names(old) - _names(new), _names(new) - _names(old)
        found: list[tuple[More, str, str]] = [("more", "", listed(come))] if come else []
        return found + ([("less", listed(gone), "")] if gone else [])
    if old is None or new is None:
        return [("more" if old is None else "less", before, after)]
    if isinstance(old.value, Period) and isinstance(new.value, Period):
        return [
            (
                "less" if no_longer(new.value, old.value) else "more" if no_longer(old.value, new.value) else "other",
                before,
                after,
            )
        ]
    if isinstance(old.value, frozenset | str | Period) or isinstance(new.value, frozenset | str | Period):
        return [("other", before, after)]
    sooner, later = no_later(new.value, old.value), no_later(old.value, new.value)
    return [("less" if sooner else "more" if later else "other", *_moments(old.value, new.value))]


def _choices(old: Part | None, new: Part | None) -> list[tuple[More, str, str]]:
    if old is None or new is None:
        said = (new or old or Part("", "choices", frozenset())).words()
        return [("less", "any", said)] if old is None else [("more", said, "any")]
    come, gone = _names(new) - _names(old), _names(old) - _names(new)
    if any(name.id in ("any", "anyone") for name in come | gone):
        return [("other", old.words(), new.words())]
    found: list[tuple[More, str, str]] = [("more", "", listed(come))] if come else []
    return found + ([("less", listed(gone), "")] if gone else [])


def _names(part: Part | None) -> frozenset[Name]:
    return part.value if part is not None and isinstance(part.value, frozenset) else frozenset()


def _moments(old: Moment, new: Moment) -> tuple[str, str]:
    """Both in words; `2 years after collected` is `2 years` beside a moment of the same event."""
    if isinstance(old, After) and isinstance(new, After) and old.of == new.of:
        return moment_words(old), moment_words(new)
    return moment_words(old) if not isinstance(old, At) else str(moment_words(old)), moment_words(new)
