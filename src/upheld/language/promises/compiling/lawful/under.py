"""Which law stands over a promise: the regimes that it names, those of the people it is about, else all of its notice.

A regime that the package does not know (P201 says so) binds nothing here. Never looser: a promise that does not say for
whom it is stands under every regime of its notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from upheld.language.diagnostic import Diagnostic
from upheld.language.law import Fact, Law, Regime, Span
from upheld.language.notice import finding
from upheld.language.promises.compiling.walls import clause_of
from upheld.language.promises.model import AnyOf, Kind, Known, Name, Period, Program, Promise, Some, Test

PERSONAL_DATA = Name(Kind.DATA, "personal-data")


@dataclass(frozen=True, slots=True)
class Under:
    """A program and the law over it; `listed` are the regimes of each notice, a supplement's own or its base's."""

    program: Program
    law: Law
    listed: Mapping[str, tuple[str, ...]]

    def regimes(self, promise: Promise) -> tuple[Regime, ...]:
        """The regimes over the promise, in the notice's order; those it names itself where it names any."""
        own = tuple(self._named(promise.scope))
        return tuple(self.law.regimes[id] for id in own or self.listed.get(promise.source.notice, ()) if id in self.law.regimes)

    def of_notice(self, notice: str) -> tuple[Regime, ...]:
        """The regimes of a notice."""
        return tuple(self.law.regimes[id] for id in self.listed.get(notice, ()) if id in self.law.regimes)

    def collecting(self, notice: str) -> tuple[Regime, ...]:
        """The regimes of a notice under which something is collected: what the law wants told, it wants told then."""
        collects = [
            p for p in self.program.promises if p.verb == "collect" and p.modality == "may" and p.source.notice == notice
        ]
        under = {regime.id for promise in collects for regime in self.regimes(promise)}
        return tuple(regime for regime in self.of_notice(notice) if regime.id in under)

    def _named(self, tests: Iterable[Test]) -> Iterator[str]:
        for test in known_tests(tests):
            if test.key == "regime":
                yield test.fact.id
            elif test.key == "of" and test.fact in self.program.names:
                yield from self._named(t for t in self.program.names[test.fact].tests if _is_regime(t))


def under(program: Program, law: Law) -> Under:
    """The program with each notice's regimes."""
    own = {notice.notice: tuple(name.id for name in notice.regimes) for notice in program.notices}
    base = {notice.notice: own.get(notice.supplements, ()) for notice in program.notices}
    return Under(program, law, {notice: ids or base[notice] for notice, ids in own.items()})


def known_tests(tests: Iterable[Test]) -> Iterator[Known]:
    """Every test on a fact, those of a list one by one."""
    for test in tests:
        if isinstance(test, Known):
            yield test
        elif isinstance(test, Some):
            yield from test.tests


def named(promise: Promise, key: str) -> frozenset[Name]:
    """What the promise says under a key, whether that is a test or a term; empty if nothing."""
    tests = (test.names for test in promise.scope if isinstance(test, AnyOf) and test.key == key)
    return frozenset(promise.terms.get(key, ())).union(*tests)


def at(promise: Promise, code: str, why: str, help: str = "") -> Diagnostic:
    """A finding on the promise."""
    return finding(code, promise.source.file, promise.source.line, why, clause=clause_of(promise), help=help)


def cited(regime: Regime, fact: Fact[object]) -> str:
    """A fact's place in the law, marked where nobody has seen it in a text."""
    return f"{regime.id}, {fact.cite}{'' if fact.confirmed else ', unconfirmed'}"


def period(span: Span) -> Period:
    """A length of law as a length of the language."""
    return Period(span.amount, span.unit)


def spoken(length: Period | Span) -> str:
    """`1 month`, `72 hours`."""
    return f"{length.amount} {length.unit.removesuffix('s') if length.amount == 1 else length.unit}"


def _is_regime(test: Test) -> bool:
    return any(each.key == "regime" for each in known_tests((test,)))
