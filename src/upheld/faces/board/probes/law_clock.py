"""The law's deadline, tried on cases worked by hand: the clock of an answer, of an extension, over weekends and short months.

The cases are the product's (`language/law/cases.yaml`), with the reason of each. The channel that would start the clock on a real request does not exist yet; this
is the function alone, and the margin says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.language.law.cases import load_cases
from upheld.language.law.from_files import read_law

RESPOND = re.compile(r"(?m)(^- clock: respond\n(?:[ ].*\n)*?    value: \{amount: )(\d+)")


def clocked(context: ProbeContext) -> list[Evidence]:
    """Every case of the notice's regimes."""
    wanted = {regime.id for notice in context.program.notices for regime in notice.regimes}
    cases = [case for case in load_cases() if case.regime in wanted and case.regime in context.law.regimes]
    late = [case for case in cases if not case.holds(context.law)]
    covered = {case.regime for case in cases}
    unseen = sum(not context.law.regimes[case.regime].clocks[case.clock].length.confirmed for case in cases)
    says = f"{len(cases)} deadlines worked by hand, each met to the day"
    says += f"; {unseen} rest on lengths that nobody has seen in a text (unconfirmed)" if unseen else ""
    if late:
        says = f"{len(late)} of {len(cases)} deadlines worked by hand come out otherwise"
    return [
        evidence(
            context, "law:clock", "law-clock/1", len(cases), "failed" if late else "held", says,
            coverage=Coverage(len(covered), len(wanted), "regimes"),
            detail={"cases": len(cases), "other days": len(late), "unconfirmed": unseen},
            mend="Correct the regime's file; answers sent by it may be late." if late else "",
        )
    ]  # fmt: skip


@contextmanager
def _a_month_more(context: ProbeContext) -> Iterator[ProbeContext]:
    """Regime files in which an answer may take one unit more than the statute says, read as the product reads its own."""
    texts = {name: RESPOND.sub(_one_more, text) for name, text in context.law_files.items()}
    yield replace(context, law=read_law(texts), law_files=texts, sandboxed=True)


def _one_more(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]) + 1}"


LAW_CLOCK = Probe("law-clock", 1, frozenset({"law:clock"}), clocked, _a_month_more)
