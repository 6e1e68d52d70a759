"""The law's deadline, tried on cases worked by hand: the clock of an answer, of an extension, over weekends and short months.

The cases are the product's, with the reason of each. The channel that would start the clock on a real request does not exist yet; this
is the function alone, and the margin says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.language.law import Law, Regime, respond_by

# (regime, received, extended, last day to answer). Worked by hand from GDPR Art. 12(3) with Regulation 1182/71, and 11 CCR 7021(b).
CASES = (
    ("eu-gdpr", date(2026, 3, 10), False, date(2026, 4, 10)),  # one month
    ("eu-gdpr", date(2026, 1, 30), False, date(2026, 3, 2)),  # no 30 February; the 28th is a Saturday, so Monday
    ("eu-gdpr", date(2028, 1, 30), False, date(2028, 2, 29)),  # a leap year has the 29th
    ("eu-gdpr", date(2026, 3, 10), True, date(2026, 6, 10)),  # two months further
    ("eu-gdpr", date(2026, 1, 31), True, date(2026, 4, 30)),  # months are added before the month's end is sought
    ("us-ca-ccpa", date(2026, 3, 2), False, date(2026, 4, 16)),  # 45 calendar days
    ("us-ca-ccpa", date(2026, 3, 2), True, date(2026, 5, 31)),  # 90; a Sunday, and it does not roll
    ("us-ca-ccpa", date(2027, 12, 20), False, date(2028, 2, 3)),  # over the turn of a year
)


def clocked(context: ProbeContext) -> list[Evidence]:
    """Every case of the notice's regimes."""
    wanted = {regime.id for notice in context.program.notices for regime in notice.regimes}
    cases = [case for case in CASES if case[0] in wanted and case[0] in context.law.regimes]
    late = [case for case in cases if respond_by(context.law, case[0], case[1], case[2]) != case[3]]
    covered = {case[0] for case in cases}
    says = f"{len(cases)} deadlines worked by hand, each met to the day"
    if late:
        says = f"{len(late)} of {len(cases)} deadlines worked by hand come out otherwise"
    return [
        evidence(
            context, "law:clock", "law-clock/1", len(cases), "failed" if late else "held", says,
            coverage=Coverage(len(covered), len(wanted), "regimes"),
            detail={"cases": len(cases), "other days": len(late)},
            mend="Correct the regime's file; answers sent by it may be late." if late else "",
        )
    ]  # fmt: skip


@contextmanager
def _a_month_more(context: ProbeContext) -> Iterator[ProbeContext]:
    """Law in which an answer may take one unit more than the statute says."""
    yield replace(context, law=_longer(context.law), sandboxed=True)


def _longer(law: Law) -> Law:
    return Law(MappingProxyType({name: _longer_regime(regime) for name, regime in law.regimes.items()}))


def _longer_regime(regime: Regime) -> Regime:
    respond = regime.clocks["respond"]
    assert respond.length.value is not None
    length = replace(respond.length, value=replace(respond.length.value, amount=respond.length.value.amount + 1))
    clocks = dict(regime.clocks) | {"respond": replace(respond, length=length)}
    return replace(regime, clocks=MappingProxyType(clocks))


LAW_CLOCK = Probe("law-clock", 1, frozenset({"law:clock"}), clocked, _a_month_more)
