"""`law` under a key becomes the value that counts under the regimes of a promise: combined, never looser than any of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from upheld.language.law import Law, LawTerms, law_terms
from upheld.language.law.combining import owed, permitted, shortest
from upheld.language.promises.model import After, Kind, Moment, Name, Period, Pick


@dataclass(frozen=True, slots=True)
class LawValues:
    """What `law` is under some regimes; none given: all of the notice's."""

    law: Law | None
    regimes: tuple[str, ...]

    def within(self, right: str, regimes: tuple[str, ...]) -> Moment | None:
        """The shortest of the clocks; the earliest end where their units cannot be compared; None where no regime has one."""
        lengths: dict[tuple[str, str], int | None] = {}
        for terms in self._terms(right, regimes):
            clock = terms.clock
            if clock is not None and clock.length.value is not None:
                span = clock.length.value
                kind = (clock.start or "received", span.unit)
                lengths[kind] = shortest(lengths.get(kind), span.amount)
        moments = tuple(_after(amount, unit, start) for (start, unit), amount in lengths.items() if amount is not None)
        return None if not moments else moments[0] if len(moments) == 1 else Pick(False, moments)

    def proof(self, right: str, regimes: tuple[str, ...]) -> tuple[str, ...]:
        """Every proof that one of the regimes asks for, sorted."""
        return tuple(sorted(owed(*(terms.proof.value for terms in self._terms(right, regimes) if terms.proof))))

    def contents(self, right: str, regimes: tuple[str, ...]) -> tuple[str, ...]:
        """Everything that an answer holds under one of the regimes, in the order of the law."""
        found = (fact.value for terms in self._terms(right, regimes) for fact in terms.contents)
        return tuple(dict.fromkeys(found))

    def unless(self, right: str, regimes: tuple[str, ...]) -> tuple[str, ...]:
        """The grounds on which every regime that has a list lets the right be withheld, sorted."""
        lists = (frozenset(fact.value for fact in terms.unless) or None for terms in self._terms(right, regimes))
        return tuple(sorted(permitted(*lists)))

    def _terms(self, right: str, regimes: tuple[str, ...]) -> Iterable[LawTerms]:
        # The menu of a regime has one clock; access stands for it.
        asked = "access" if right == "all-rights" else right
        known = self.law.regimes if self.law else {}
        return (law_terms(self.law, regime, asked) for regime in regimes or self.regimes if self.law and regime in known)


def _after(amount: int, unit: str, start: str) -> Moment:
    period = Period(amount, unit)  # type: ignore[arg-type]
    return After(period, period, Name(Kind.EVENT, start))
