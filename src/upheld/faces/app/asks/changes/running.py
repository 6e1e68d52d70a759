"""A stored change is carried out as its plan was shown: every store, then settled; then what we know of the person is what she says it is.

It is fulfilled when every store was reached and read back, settling found nothing new, no column that should say the new value says the old, and every
recipient has answered. Until then the ask waits, and says for what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from upheld.engine.execution import asks
from upheld.engine.execution.answer import Answer
from upheld.engine.execution.asks import StoredAsk
from upheld.engine.execution.corrections import ClosingJournal, CorrectingJournal, run_corrections
from upheld.engine.execution.erasure import run_erasure
from upheld.engine.execution.own_journal import OwnJournal, SettlingJournal
from upheld.engine.plan.keeps import shared_leaves
from upheld.engine.plan.model import AskKind
from upheld.engine.plan.plans import Plan
from upheld.faces.app.asks.changes.planned import region_of
from upheld.faces.app.asks.changes.told import ended, ended_before
from upheld.faces.app.asks.ended import Ended, stored_ask
from upheld.faces.app.asks.firm import Firm, opened_firm, or_refuse
from upheld.faces.app.asks.meeting.turns import in_turn
from upheld.faces.app.installation import Installation
from upheld.records.people.holds import ensure_guards

Advance = Callable[..., None]
JOURNALS: dict[str, type[OwnJournal]] = {"rectification": CorrectingJournal, "closing": ClosingJournal}
SETTLES = 3


@dataclass(frozen=True, slots=True)
class _Run:
    app: Installation
    firm: Firm
    found: StoredAsk
    plan: Plan


def run_change_ask(
    app: Installation, folder: Path, ask: str, digest: str, resume: bool, advance: Advance, kind: AskKind, *, told: bool = False
) -> Ended:
    """The plan that was shown is carried out and settled; the ask ends only when nothing is open. NotNow and Unusable as for an erasure.

    `told`: every recipient of the data was told and has answered.
    """
    found = stored_ask(app, ask, kind)
    or_refuse(asks.may_run(found, digest, resume, app.settings.now()))
    plan = found.plan
    assert plan is not None  # may_run
    if found.state == "done":
        return ended_before(app, found, plan)
    in_turn(app, found)
    with opened_firm(app, folder) as firm, _journal(app, found, plan, shared_leaves(firm.estate)) as journal:
        with app.own.transaction() as connection:
            asks.note_state(connection, ask, "running", app.settings.now())
        run = _Run(app, firm, found, plan)
        advance(0, note="changing", total=len(plan.stores))

        def at(point: str) -> None:
            app.settings.failpoint(point)
            if point == "after-done":
                advance(1, note="changing")

        answer = _ran(run, journal, at)
        last = _settled(run, journal) if answer.is_done else None
        app.settings.failpoint("before-end")
        # The lease is held until the end is written: a second executor must not find the ask half told.
        return ended(app, found, plan, answer, last, begun=journal.begun, region=region_of(firm), told=told)


@contextmanager
def _journal(app: Installation, found: StoredAsk, plan: Plan, watched: frozenset[str]) -> Iterator[OwnJournal]:
    with app.own.transaction() as connection:
        ensure_guards(connection, [binding.ref for binding in found.bindings])
    bindings = {binding.ref: binding for binding in found.bindings}
    journal = JOURNALS[found.ask.kind](app.own, app.master, plan, bindings, app.settings.now, found.holds, watched=watched)
    try:
        yield journal.open()
    finally:
        journal.close()


def _ran(run: _Run, journal: OwnJournal, at: Callable[[str], None]) -> Answer:
    firm, found, today = run.firm, run.found, run.app.settings.today
    if found.ask.kind == "rectification":
        return run_corrections(
            run.plan, firm.estate, firm.catalogue, found.bindings, firm.stores, today=today, journal=journal, preview=found.preview, failpoint=at
        )  # fmt: skip
    return run_erasure(
        run.plan, firm.estate, firm.catalogue, found.bindings, firm.stores, today=today, secret="", journal=journal, preview=found.preview,
        failpoint=at,
    )  # fmt: skip


def _settled(run: _Run, journal: OwnJournal) -> Answer:
    """The same again, after the longest writer; the last round's answer. No row in it is the only good end."""
    firm, found, today = run.firm, run.found, run.app.settings.today
    for _ in range(SETTLES):
        again = SettlingJournal(outer=journal)
        if found.ask.kind == "rectification":
            last = run_corrections(
                run.plan, firm.estate, firm.catalogue, found.bindings, firm.stores, today=today, journal=again, settling=True
            )  # fmt: skip
        else:
            last = run_erasure(
                run.plan, firm.estate, firm.catalogue, found.bindings, firm.stores, today=today, secret="", journal=again
            )  # fmt: skip
        if not last.is_done or not any(outcome.rows for outcome in last.stores):
            break
    return last
