"""A regime and a right become what a letter places of the law: citations, what a wait does to the clock, the contents it must hold.

Everything is read from `language.law`; what the regime does not say is left out, never guessed. Facts that nobody has seen in a text are
placed all the same and named for the desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from upheld.duties.messages.errors import MessageFault
from upheld.duties.messages.letters.catalogue import has, said
from upheld.duties.messages.letters.model import Authority
from upheld.duties.messages.letters.plain import line
from upheld.language.law import Clock, Fact, Regime, add_span, law_terms, load_law
from upheld.language.law.lookup import authorities, bound
from upheld.language.promises.model import Citation

# Sources that a citation names by one word, and the regime whose name is then written out.
KNOWN_AS = {"GDPR": "eu-gdpr", "UK GDPR": "uk-gdpr-pecr", "CCPA": "us-ca-ccpa"}
PARTS = {"Art.": "article", "Rec.": "recital"}  # how the regime files begin a place, and the text that writes it out
_CITED = re.compile(r"(GDPR|UK GDPR|CCPA) (?=Art\. |\d)(.+)")
_STANDS = ("suspend", "pause-inclusive")


@dataclass(slots=True)
class Placed:
    """The law of one letter. `flags` open parts; `facts` are what a template may cite; `unconfirmed` grows as facts are shown."""

    regime: Regime | None  # the one that gives the right, of several that bind
    right: str
    language: str
    flags: frozenset[str] = frozenset()
    facts: Mapping[str, Fact[Any] | None] = field(default_factory=dict)
    remedy_until: date | None = None
    unconfirmed: list[str] = field(default_factory=list)
    also: tuple[Regime, ...] = ()  # the others

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """All that bind, the one that gives the right first."""
        return () if self.regime is None else (self.regime, *self.also)

    def small(self, name: str) -> str:
        """Where the fact that a template cites stands; empty if the law does not say it."""
        return self._shown(self.facts.get(name))

    def cited(self, given: object) -> str:
        """A citation that the caller gives: text as it is, a fact of law or a Citation written out."""
        if isinstance(given, Fact):
            return self._shown(given)
        if not isinstance(given, Citation):
            return self._read(line(str(given)))
        if not given.confirmed:
            self.unconfirmed.append(f"{given.source} {given.at}")
        return self._read(f"{given.source} {given.at}")

    def contents(self, law: str) -> tuple[str, ...]:
        """The entries of the regime's list that this letter must hold. R403 where the law gives no more time at all."""
        if self.regime is None:
            return ()
        if law == "refusal" and self.also:
            both = (replace(self, regime=one, also=()).contents(law) for one in (self.regime, *self.also))
            return tuple(dict.fromkeys(entry for one in both for entry in one))
        terms = law_terms(load_law(), self.regime.id, self.right)
        if law == "acknowledgement":
            return terms.acknowledge.must_state if terms.acknowledge else ()
        if law == "refusal":
            return tuple(fact.value for fact in terms.refusal)
        if terms.clock is None or terms.clock.extension is None:
            raise MessageFault(
                "R403", f"{self.regime.name} gives no longer time for this right.", "Answer by the day that was told."
            )
        return terms.clock.extension.must_state

    def _read(self, given: str) -> str:
        """Text that begins as citations of ours do is written out; any other stays as it is."""
        known = _CITED.fullmatch(given)
        if known is not None:
            at = known.group(2)
            return self._named(
                KNOWN_AS[known.group(1)], at if known.group(1) == "CCPA" or at.startswith("Art. ") else f"Art. {at}"
            )
        return self._named(self.regime.id, given) if self.regime and given.startswith("Art. ") else given

    def _shown(self, fact: Fact[Any] | None) -> str:
        where = (fact.cite if fact else "").partition(";")[0].strip()
        if fact is None or self.regime is None or not where or where.startswith(("no rule", "none")):
            return ""
        if not fact.confirmed:
            self.unconfirmed.append(f"{self.regime.id} {where}")
        return self._named(self.regime.id, where)

    def _named(self, regime: str, where: str) -> str:
        head, _, rest = where.partition(" ")
        if head in PARTS:
            where = said(self.language, PARTS[head]).format(rest=rest)
        law = said(self.language, f"law.{regime}") if has(self.language, f"law.{regime}") else regime
        return said(self.language, "cite").format(law=law, article=where)


def place(regime: str, right: str, language: str, today: date) -> Placed:
    """What the law gives a letter about `right` under `regime` (empty: none). R402 for a regime that the package does not know."""
    if not regime:
        return Placed(None, right, language)
    for one in bound(regime):
        if one not in load_law().regimes:
            raise MessageFault("R402", f"No regime is called {one!r}.", f"Regimes: {', '.join(load_law().regimes)}.")
    several = [load_law().regimes[one] for one in bound(regime)]
    found = next((one for one in several if law_terms(load_law(), one.id, right).clock is not None), several[0])
    clock = law_terms(load_law(), found.id, right).clock
    last = found.clocks.get("appeal-to-authority")
    until = add_span(today, last.length.value) if last is not None and last.length.value is not None else None
    return Placed(
        found,
        right,
        language,
        frozenset(_flags(found, clock)),
        _facts(found, clock),
        until,
        also=tuple(one for one in several if one is not found),
    )


def whom_to_complain_to(regimes: Sequence[Regime], residence: str, infringement: str) -> tuple[Authority, ...]:
    """Of every regime that binds the authorities of a person who lives in `residence`, and of where the firm sits; everybody's where neither is known. None: the deployment must say."""
    found = [one for regime in regimes for one in authorities(regime, residence, infringement=infringement)]
    if not residence and not infringement:
        found = [one for one in found if not one.by or not one.place]
    named = {one.name: Authority(one.called, one.reach, one.web, one.confirmed) for one in reversed(found)}
    return tuple(named[name] for name in dict.fromkeys(one.name for one in found))


def _flags(regime: Regime, clock: Clock | None) -> Iterator[str]:
    if regime.fee.value == "none":
        yield "free"
    if clock is not None and clock.extension is not None and clock.extension.times == 1:
        yield "once"
    for trigger in ("identity", "clarification"):
        yield f"{trigger}_{_effect(clock, trigger)}"


def _facts(regime: Regime, clock: Clock | None) -> dict[str, Fact[Any] | None]:
    pauses = {by: pause.effect for pause in (clock.pauses if clock else ()) for by in pause.by}
    lifting = regime.clocks.get("restriction-lift-notice")
    return {
        "cite_respond": clock.length if clock else None,
        "cite_extension": clock.extension.by if clock and clock.extension else None,
        "cite_identity": pauses.get("identity"),
        "cite_clarification": pauses.get("clarification"),
        "cite_lifting": lifting.length if lifting else None,
        "cite_recipients": next((fact for fact in regime.rights if fact.value == "recipient-notice"), None),
        "cite_fee": regime.fee,
    }


def _effect(clock: Clock | None, trigger: str) -> str:
    """What waiting for the person does: `stands`, `restarts`, `runs`, or `unknown` where the law is silent."""
    for pause in clock.pauses if clock else ():
        if trigger in pause.by:
            value = pause.effect.value
            return "stands" if value in _STANDS else "restarts" if value == "restart" else "runs"
    return "unknown"
