"""The rights' pages are visited as a person of each law visits them, and held against the law's files and the notice's promises.

What is looked for is read from the law, never from the page's own menu: exactly the law's and the notice's rights, the grounds on which each may be refused, no price where
the law and the notice have none, and every authority with its label where nobody has seen it in a text. Without a running site nothing is claimed. The twin reads other regime
files: with a right more, other grounds, other authorities and other prices than those that the pages were made from.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from upheld.duties.requests.offers import Offer, offers
from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.pages import NOTICE, plain
from upheld.faces.board.words import words_of
from upheld.language.law import Fact, Law, law_terms
from upheld.language.law.lookup import binding
from upheld.language.law.model import Authority, Regime
from upheld.language.law.residing import SEEING

VERSION = "rights-pages/1"
MENU, EXCEPTIONS, FREE, SHOWN = "rights:menu", "rights:exceptions", "rights:free", "authorities:shown"
CENTRE = "/your-data"
# What nobody asks a firm for, and what anybody may: by whatever law.
ELSEWHERE = frozenset({"complaint", "judicial-remedy", "non-retaliation", "recipient-notice"})
ALWAYS = frozenset({"answer-to-question", "complaint-to-controller"})
CHOICE = re.compile(r'<input type="checkbox" name="right" id="right-([a-z0-9-]+)".*?</li>', re.DOTALL)
TERMS = re.compile(r'<span class="terms">(.*?)</span>', re.DOTALL)
PAYING = re.compile(r'(type="(?:submit|button)"[^>]*>[^<]*\bpay\b|name="(?:card|iban|amount|payment)[^"]*")', re.IGNORECASE)
UNCONFIRMED = ("(not yet looked up in the text of the law)", ", not confirmed")
NOBODY = "Nobody's Authority of the Planted File"
COPIES = frozenset({"access", "portability", "document-copy", "parental-access"})
MEND = "Serve the pages from the folder and the law's files as they stand."


@dataclass(slots=True)
class _Tally:
    tried: dict[str, int] = field(default_factory=lambda: dict.fromkeys((MENU, EXCEPTIONS, FREE, SHOWN), 0))
    wrong: dict[str, list[str]] = field(default_factory=lambda: {one: [] for one in (MENU, EXCEPTIONS, FREE, SHOWN)})

    def note(self, control: str, good: bool, otherwise: str) -> None:
        self.tried[control] += 1
        if not good:
            self.wrong[control].append(otherwise)


def visited(context: ProbeContext) -> list[Evidence]:
    """One visit of the notice, and one of the privacy centre for each law."""
    if context.visit is None:
        return [evidence(context, one, VERSION, 0, "not run", "no site runs, so no page was visited") for one in CONTROLS]
    tally, laws = _Tally(), [name.id for name in context.program.notices[0].regimes if name.id in context.law.regimes]
    notice = context.visit(NOTICE)
    for law in (each for each in laws if _of_data(context.law.regimes[each])):
        page = context.visit(f"{CENTRE}?place={law}&lang=en")
        _menu(context, law, page, tally)
        _exceptions(context, law, _section(notice, f"at-rights-{law}"), tally)
        _free(context, law, page, tally)
        both = page, _section(notice, f"at-rights-{law}") + _section(notice, f"at-authorities-{law}")
        _authorities(context.law.regimes[law], *both, tally)
    return [_found(context, control, tally, len(laws)) for control in CONTROLS]


def _found(context: ProbeContext, control: str, tally: _Tally, laws: int) -> Evidence:
    wrong, tried = tally.wrong[control], tally.tried[control]
    says = f"{SAYS[control]}: {tried} looked for under {laws} laws"
    if wrong:
        says = f"{len(wrong)} of {tried} are otherwise: {'; '.join(wrong[:3])}"
    return evidence(
        context, control, VERSION, tried, "failed" if wrong else "held", says, coverage=Coverage(laws, laws, "laws"),
        detail={"looked for": tried, "otherwise": len(wrong)}, mend=MEND if wrong else "",
    )  # fmt: skip


def _of_data(regime: Regime) -> bool:
    """Whether it is a law of data, and not of messages alone."""
    return any(right.value == SEEING for right in regime.rights)


def _offered(context: ProbeContext, law: str) -> tuple[Offer, ...]:
    """What a person may ask for who lives under this law, and under whichever others bind her there."""
    bound = binding(context.law, [name.id for name in context.program.notices[0].regimes], law)
    return offers(context.program, context.law, bound)


def _menu(context: ProbeContext, law: str, page: str, tally: _Tally) -> None:
    """Every right that the law or the notice gives to be asked for, and none besides."""
    shown = set(CHOICE.findall(page))
    regime = context.law.regimes[law]
    by_law = {
        one.value for one in regime.rights if (terms := law_terms(context.law, law, one.value)) and terms.clock is not None
    }
    wanted = (by_law | _granted(context, law)) - ELSEWHERE
    for right in sorted(wanted):
        tally.note(MENU, right in shown, f"{words_of(right)} is not offered under {law}")
    for right in sorted(shown - wanted - ALWAYS):
        tally.note(MENU, False, f"{words_of(right)} is offered under {law}, which neither law nor notice gives")


def _granted(context: ProbeContext, law: str) -> set[str]:
    return {offer.right for offer in _offered(context, law) if offer.ways or offer.law is not None}


def _exceptions(context: ProbeContext, law: str, section: str, tally: _Tally) -> None:
    """Each ground of law or notice stands in the row of its right on the notice's page."""
    text = plain(section)
    for offer in _offered(context, law):
        if offer.ways and offer.right not in ELSEWHERE:
            for ground in sorted(offer.exceptions()):
                tally.note(EXCEPTIONS, words_of(ground) in text, f"{words_of(ground)} is not told under {law}")


def _free(context: ProbeContext, law: str, page: str, tally: _Tally) -> None:
    """No step of payment, and no price beside a right for which neither law nor notice has one."""
    tally.note(FREE, not PAYING.search(page), f"the page asks for a payment under {law}")
    said = {found[1]: plain(" ".join(TERMS.findall(found[0]))) for found in CHOICE.finditer(page)}
    for offer in _offered(context, law):
        prices = {way.fee for way in offer.ways} | ({offer.law.fee.value} if offer.law is not None else set())
        if offer.right in said and ("cost" not in prices or offer.right not in COPIES):
            priced = "cost" in {way.fee for way in offer.ways}
            tally.note(FREE, priced or "cost" not in said[offer.right], f"{words_of(offer.right)} bears a price under {law}")
        if offer.right in said and offer.right in COPIES and "cost" in prices:
            tally.note(
                FREE, "cost" in said[offer.right], f"the price of a copy is not told at {words_of(offer.right)} under {law}"
            )
        if offer.right in said and prices <= {"none", ""}:
            tally.note(
                FREE, said[offer.right].startswith("free"), f"{words_of(offer.right)} is not said to be free under {law}"
            )


def _authorities(regime: Regime, centre: str, notice: str, tally: _Tally) -> None:
    """Every authority on both pages, with its way, and with its label where nobody has seen it in a text; and no label where somebody has."""
    for one in regime.authorities:
        for page, label in ((centre, UNCONFIRMED[0]), (notice, UNCONFIRMED[1])):
            text = plain(page)
            name = one.called if one.called in text else one.name
            lines = _lines(text, name, regime)
            place = one.place or "everybody"
            tally.note(SHOWN, bool(lines), f"{regime.id}: the authority of {place} is missing")
            if lines:  # two countries' may bear one name
                known = [line for line in lines if not one.web or one.web in line]
                tally.note(SHOWN, bool(known), f"{regime.id}: no way to the authority of {place}")
                labelled = [line for line in known if (label in line) is not one.confirmed]
                tally.note(SHOWN, not known or bool(labelled), f"{regime.id}: the authority of {place} bears another label")


def _lines(text: str, name: str, regime: Regime) -> list[str]:
    """What is said from each place on where this name stands, until the next authority's."""
    others = {other.name for other in regime.authorities}
    found = []
    for rest in text.split(name)[1:]:
        ends = [at for other in others if (at := rest.find(other)) >= 0]
        found.append(rest[: min([*ends, 400])])
    return found


def _section(page: str, id: str) -> str:
    """The section of this id, as it stands in the page; empty where there is none."""
    _, found, rest = page.partition(f'id="{id}"')
    return html.unescape(rest.partition("</section>")[0]) if found else ""


SAYS = {
    MENU: "the page offers the rights of law and notice, and no other",
    EXCEPTIONS: "the page says on what grounds each right may be refused",
    FREE: "no step asks for money, and no right bears a price that it has not",
    SHOWN: "the pages name every authority, how to reach it, and what nobody has seen in a text",
}
CONTROLS = tuple(SAYS)


@contextmanager
def _other_law(context: ProbeContext) -> Iterator[ProbeContext]:
    """The same pages; but the law's files give a right more, a ground more, another price, and other authorities than those the pages were made from."""
    other = {
        id: _planted(context, regime)
        for id, regime in (
            (r.id, context.law.regimes[r.id]) for r in context.program.notices[0].regimes if r.id in context.law.regimes
        )
    }
    yield replace(
        context,
        law=Law(MappingProxyType({**{id: context.law.regimes[id] for id in context.law.regimes}, **other})),
        sandboxed=True,
    )


def _planted(context: ProbeContext, regime: Regime) -> Regime:
    fact: Fact[str] = Fact("planted-right", "nowhere", "low", "memory")
    clocks = {id: replace(clock, rights=(*clock.rights, fact.value)) for id, clock in regime.clocks.items()}
    grounds = {right: (*facts, replace(fact, value="planted-ground")) for right, facts in regime.withheld.items()}
    return replace(
        regime, rights=(*regime.rights, fact), clocks=MappingProxyType(clocks), withheld=MappingProxyType(grounds), fee=replace(regime.fee, value="none" if regime.fee.value == "cost" else "cost"),
        authorities=(*regime.authorities, Authority(NOBODY, "ZZ", replace(fact, value=NOBODY))),
    )  # fmt: skip


RIGHTS_PAGES = Probe("rights-pages", 1, frozenset(CONTROLS), visited, _other_law)
