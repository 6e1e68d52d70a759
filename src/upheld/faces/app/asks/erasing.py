"""A stored erasure is carried out as its plan was shown: every store, then settled, then swept. Its end is told by `erased`.

It is fulfilled when every store was reached and read back, the settling run found nothing, the sweep of the live catalogues found nothing
that should not be there, and every recipient has answered. Until then the ask waits, and says for what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from upheld.engine.execution import asks
from upheld.engine.execution.answer import Answer
from upheld.engine.execution.asks import StoredAsk
from upheld.engine.execution.erasure import CHUNK_SUBJECTS, run_erasure, settle
from upheld.engine.execution.kept.ending import ends, places_of, roles_of
from upheld.engine.execution.objects import Objects, OwnPending
from upheld.engine.execution.own_journal import OwnJournal, SettlingJournal
from upheld.engine.execution.sweep import Swept, sweep
from upheld.engine.plan.ended import rooted_at
from upheld.engine.plan.keeps import shared_leaves
from upheld.engine.plan.model import AskKind, Binding
from upheld.engine.plan.plans import Plan
from upheld.engine.stores import Store, StoreFault
from upheld.faces.app.asks.ended import Ended, stored_ask
from upheld.faces.app.asks.erased import Carried, ended, ended_before
from upheld.faces.app.asks.firm import Firm, opened_firm, or_refuse
from upheld.faces.app.asks.meeting.others import others_held
from upheld.faces.app.asks.meeting.turns import in_turn
from upheld.faces.app.asks.second_date import note_duties
from upheld.faces.app.asks.statistics import all_tables, changed_tables, taken_meanwhile
from upheld.faces.app.errors import Unusable
from upheld.faces.app.installation import Installation
from upheld.records.keys import ask_key
from upheld.records.people.holds import ensure_guards

SETTLES = 3
Advance = Callable[..., None]


@dataclass(frozen=True, slots=True)
class _Run:
    app: Installation
    firm: Firm
    found: StoredAsk
    plan: Plan
    secret: str
    advance: Advance
    others: tuple[Binding, ...] = ()  # whom a case names and the ask does not


def run_erasure_ask(
    app: Installation,
    folder: Path,
    ask: str,
    digest: str,
    resume: bool,
    advance: Advance,
    *,
    kind: AskKind = "erasure",
    only: str = "",
    told: bool = False,
) -> Ended:
    """The plan that was shown is carried out, settled and swept; the ask ends only when nothing is open.

    `told`: every recipient of the data was told and has answered. `only`: the one store that this ask is about; no other is opened for it, swept, or missed.
    """
    found = stored_ask(app, ask, kind)
    or_refuse(asks.may_run(found, digest, resume, app.settings.now()))
    plan = found.plan
    assert plan is not None  # may_run
    if found.state == "done":
        return ended_before(app, found, plan)
    in_turn(app, found)
    with opened_firm(app, folder, only=only) as firm, _journal(app, found, plan, shared_leaves(firm.estate)) as journal:
        with app.own.transaction() as connection:
            asks.note_state(connection, ask, "running", app.settings.now())
        # Rows that an earlier erasure kept, or that somebody decided about, are bound by their own keys.
        firm = replace(firm, estate=rooted_at(firm.estate, places_of(found.bindings), roles_of(found.bindings)))
        with app.own.connection() as connection:
            others = others_held(app, connection, firm.estate, found.bindings).bindings
        run = _Run(app, firm, found, plan, _secret(app, ask), advance, others)
        carried = _carried(run, journal)
        if carried.answer.is_done:
            carried = replace(carried, uncompacted=note_duties(app, firm, plan))
        # The lease is held until the end is written: a second executor must not find the ask half told.
        return ended(app, found, plan, carried, folder, told)


@contextmanager
def _journal(app: Installation, found: StoredAsk, plan: Plan, watched: frozenset[str]) -> Iterator[OwnJournal]:
    refs = [binding.ref for binding in found.bindings]
    with app.own.transaction() as connection:
        ensure_guards(connection, refs)
        kept_before = ends(connection, found.ask.id)
    journal = OwnJournal(
        app.own, app.master, plan, {b.ref: b for b in found.bindings}, app.settings.now, found.holds,
        watched=watched, kept_before=kept_before,
    )  # fmt: skip
    try:
        yield journal.open()
    finally:
        journal.close()


def _carried(run: _Run, journal: OwnJournal) -> Carried:
    chunks = -(-len(run.found.bindings) // CHUNK_SUBJECTS)
    run.advance(0, note="erasing", total=chunks * len(run.plan.stores))

    def at(point: str) -> None:
        run.app.settings.failpoint(point)
        if point == "after-done":
            run.advance(1, note="erasing")

    answer = run_erasure(
        run.plan,
        run.firm.estate,
        run.firm.catalogue,
        run.found.bindings,
        run.firm.stores,
        today=run.app.settings.today,
        secret=run.secret,
        journal=journal,
        preview=run.found.preview,
        failpoint=at,
        objects=_objects(run),
        others=run.others,
    )
    if not answer.is_done:
        return Carried(answer, begun=journal.begun)
    # What a run changed that was killed, its settling rounds too, no record says.
    changed = changed_tables(run.plan, [answer]) if run.found.state == "planned" else all_tables(run.plan)
    with taken_meanwhile(run.firm, changed):
        return _verified(run, answer, journal)


def _verified(run: _Run, answer: Answer, journal: OwnJournal) -> Carried:
    """Settled, then swept, while the statistics are taken."""
    run.advance(0, note="settling")
    run.app.settings.failpoint("before-settling")
    rounds = _settled(run, journal)
    last = rounds[-1]
    with taken_meanwhile(run.firm, changed_tables(run.plan, [one for one in rounds if any(out.rows for out in one.stores)])):
        if not last.is_done:
            return Carried(answer, unsettled=last)
        left = sum(outcome.rows for outcome in last.stores)
        run.app.settings.failpoint("before-sweep")
        swept, unswept = _swept(run, answer)
    run.app.settings.failpoint("before-end")
    return Carried(answer, left=left, swept=swept, unswept=unswept)


def _objects(run: _Run) -> Objects:
    app = run.app
    pending = OwnPending(app.own, app.master, run.plan.digest, run.found.ask.id, app.settings.now)

    @contextmanager
    def beside(name: str) -> Iterator[Store]:
        try:
            with run.firm.beside(name) as session:
                yield session
        except Unusable as error:  # its address is not set: the files wait for it, the rows need not
            raise StoreFault(error.code, error.reason.rstrip("."), help=error.help) from error

    return Objects(run.firm.objects, pending, beside)


def _settled(run: _Run, journal: OwnJournal) -> list[Answer]:
    """Rows that writers brought in meanwhile, erased too; each round's answer. No row in the last is the only good end."""
    firm = run.firm
    rounds: list[Answer] = []
    for _ in range(SETTLES):
        last = settle(
            run.plan,
            firm.estate,
            firm.catalogue,
            run.found.bindings,
            firm.stores,
            today=run.app.settings.today,
            secret=run.secret,
            objects=_objects(run),
            others=run.others,
            journal=SettlingJournal(outer=journal),
        )
        rounds.append(last)
        if not last.is_done or not any(outcome.rows for outcome in last.stores):
            break
    return rounds


def _swept(run: _Run, answer: Answer) -> tuple[tuple[Swept, ...], tuple[StoreFault, ...]]:
    """What the sweep of each store found, and the stores that could not be swept."""
    results, faults = [], []
    for name, session in run.firm.stores.items():
        store = run.firm.estate.stores[name]
        stays = _staying(run, name, answer)
        try:
            told = lambda table, name=name: run.advance(0, note=f"sweeping {name}.{table}")  # noqa: E731
            results.append(sweep(session, store, run.found.bindings, stays, told, run.firm.catalogue.stores.get(name)))
        except StoreFault as fault:
            session.rollback()
            faults.append(fault)
    return tuple(results), tuple(faults)


def _staying(run: _Run, name: str, answer: Answer) -> dict[tuple[str, str], int | None]:
    """(table, column) → in how many cells an identifier may rightly stand: the rows kept there; all, where it is the other owner's."""
    rows: dict[tuple[str, str], int | None] = {}
    for kept in answer.store(name).kept:
        for column in kept.rule.columns:
            rows[kept.table, column] = (rows.get((kept.table, column)) or 0) + len(kept.keys)
    for table in run.firm.estate.stores[name].tables.values():
        if any(rule.erasure == "keep" for rule in table.shared.values()):
            rows |= {(table.name, column.name): None for column in table.columns}
        if table.tenant:
            # What a client's rows bear, too, is not hers alone, and the firm does not decide about them.
            kinds = {one.kind for binding in run.found.bindings for one in binding.identifiers if one.bearers > 1}
            rows |= {(table.name, one.column): None for one in table.identifies if table.root in kinds}
    return rows


def _secret(app: Installation, ask: str) -> str:
    """What tokens are made from: the same at every attempt, of this ask alone, and gone with its key."""
    with app.own.connection() as connection:
        return hashlib.sha256(ask_key(connection, app.master, ask, app.settings.now()) + b"tokens").hexdigest()
