"""A stored ask is carried out as its plan was shown, and its end is told: never done while anything is open.

An erasure is fulfilled when every store was reached and read back, the settling run found nothing, the sweep of the live catalogues found
nothing that should not be there, and every recipient has answered. Until then the ask waits, and says for what.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.access import run_access
from upheld.engine.execution.answer import Answer, StoreOutcome
from upheld.engine.execution.asks import StoredAsk
from upheld.engine.execution.erasure import run_erasure, settle
from upheld.engine.execution.own_journal import OwnJournal, known_holds
from upheld.engine.execution.package import PackageReceipt, write_package
from upheld.engine.execution.sweep import Swept, sweep
from upheld.engine.plan.matrix import waits_for
from upheld.engine.plan.model import Done, Failed, Refused, Unknown
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import Compact, HoldRows, TellRecipient
from upheld.faces.app.asking import Firm, opened_firm, or_refuse
from upheld.faces.app.errors import Exit, NotNow, OutOfReach, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.keys import ask_key
from upheld.records.ledger import Leaf, append, checkpoint
from upheld.records.ledger.leaf import Detail, derived_id
from upheld.records.people.holds import ensure_guards
from upheld.records.people.identities import forget

SETTLES = 3
Advance = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Told:
    """One store's line: mark, what was done, what the read-backs say, seconds."""

    mark: str
    store: str
    did: str
    read: str
    took_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How an ask ended, or how far it came. `exit` is what a script reads."""

    kind: str
    exit: Exit
    told: tuple[Told, ...]
    says: tuple[str, ...]
    document: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> list[list[str]]:
        """One line a store, and one a recipient that has not answered."""
        return [
            [one.mark, one.store, one.did, one.read, f"{one.took_s * 1000:,.0f} ms" if one.took_s else ""] for one in self.told
        ]

    def foot(self) -> list[str]:
        """What stays and why, what is open, where it stands in the ledger."""
        return list(self.says)

    def as_json(self) -> dict[str, Any]:
        """The contract of `access` and `erase`: ask, plan, outcomes, read-backs, ledger entries."""
        return dict(self.document)


# ---- access


def run_access_ask(app: Installation, folder: Path, ask: str, to: Path, advance: Advance) -> Ended:
    """A package for each subject lies in a folder of its own under `to`; the working copies are purged."""
    found = _stored(app, ask, "access")
    with opened_firm(app, folder) as firm:
        plan = _plan_of(found)
        began = time.perf_counter()
        work = app.data_folder / "work" / ask
        with app.own.connection() as connection:
            asks.note_state(connection, ask, "running", app.settings.now())
            key = ask_key(connection, app.master, ask, app.settings.now())
        copy = run_access(
            plan,
            firm.estate,
            firm.catalogue,
            found.bindings,
            firm.stores,
            today=app.settings.today,
            now=app.settings.now(),
            folder=work,
            key=key,
        )
        copy = or_refuse(copy)
        try:
            receipts = [
                _package(app, firm, copy, ref, to / f"{ask}-{number:04d}", advance)
                for number, ref in enumerate(copy.refs, start=1)
            ]
        finally:
            copy.purge()
    took = time.perf_counter() - began
    return _access_ended(app, found, plan, copy, receipts, took)


def _package(app: Installation, firm: Firm, copy: Any, ref: str, place: Path, advance: Advance) -> PackageReceipt:
    answer = copy.answer(ref, firm.estate, None)
    made = write_package(answer, place, made=app.settings.now())
    if isinstance(made, Refused):
        raise NotNow(made.code, made.reason, made.help)
    if isinstance(made, Failed):
        raise OutOfReach(made.code, made.cause, "Make room, then ask again.")
    advance(1)
    return made


def _access_ended(
    app: Installation, found: StoredAsk, plan: Plan, copy: Any, receipts: list[PackageReceipt], took: float
) -> Ended:
    now = app.settings.now()
    clauses = {clause for part in plan.stores for step in part.steps for clause in step.why.clauses}
    state: asks.State = "waiting" if copy.unreached else "done"
    with app.own.transaction() as connection:
        leaves = [
            Leaf("access:subject:answered", now, tuple(sorted(clauses)), {"rows": receipt.rows, "reviews": receipt.reviews}, plan=plan.digest,
                 id=derived_id("access", plan.digest, ref, receipt.digest), detail=Detail({"ask": found.ask.id, "subject": ref, "package": receipt.digest}, ref))
            for ref, receipt in zip(copy.refs, receipts, strict=True)
        ]  # fmt: skip
        ids = append(connection, leaves)
        asks.note_state(connection, found.ask.id, state, now)
    app.seal()
    rows, reviews = sum(one.rows for one in receipts), sum(one.reviews for one in receipts)
    contested = sum((copy.contested or {}).values())
    told = [Told("kept", moment.store, "read in one snapshot", f"at {moment.at:%H:%M:%S} UTC", 0.0) for moment in copy.moments]
    told += [Told("waiting", store, "was out of reach", "not read", 0.0) for store in copy.unreached]
    says = [
        f"{rows:,} rows in {len(receipts)} packages, {took * 1000:,.0f} ms. The first: {receipts[0].path / 'index.html'}"
        if receipts
        else "Nobody."
    ]
    if reviews:
        says.append(f"{reviews:,} texts may name other people and wait for a person's review; they are listed, not shown.")
    if contested:
        says.append(
            f"{contested:,} rows are reached only by an identifier that several people share; a person decides whose they are."
        )
    if copy.unreached:
        says.append(f"Not fulfilled: {', '.join(copy.unreached)} could not be read. Ask again when it answers.")
    says += _entries(app, ids)
    document = {
        "ask": found.ask.id, "kind": "access", "plan": plan.digest, "state": state, "rows": rows, "waiting_for_review": reviews, "contested": contested,
        "packages": [{"path": str(one.path), "rows": one.rows, "manifest_sha256": one.digest} for one in receipts],
        "stores": [{"store": one.store, "outcome": one.did, "read_back": one.read} for one in told], "ledger": _numbers(app, ids),
    }  # fmt: skip
    return Ended("access", Exit.WORLD if copy.unreached else Exit.WELL, tuple(told), tuple(says), document)


# ---- erasure


def run_erasure_ask(app: Installation, folder: Path, ask: str, digest: str, resume: bool, advance: Advance) -> Ended:
    """The plan that was shown is carried out, settled and swept; the ask ends only when nothing is open."""
    found = _stored(app, ask, "erasure")
    or_refuse(asks.may_run(found, digest, resume, app.settings.now()))
    if found.state == "done" and found.answer is not None:
        return _again(found)
    plan = _plan_of(found)
    _in_turn(app, found)
    with opened_firm(app, folder) as firm:
        with app.own.transaction() as connection:
            asks.note_state(connection, ask, "running", app.settings.now())
            refs = [binding.ref for binding in found.bindings]
            ensure_guards(connection, refs)
            known = known_holds(connection, refs, found.planned_at)
        secret = _secret(app, ask)
        journal = OwnJournal(app.own, app.master, plan, {b.ref: b for b in found.bindings}, app.settings.now, known).open()
        try:
            began = time.perf_counter()
            answer = run_erasure(
                plan,
                firm.estate,
                firm.catalogue,
                found.bindings,
                firm.stores,
                today=app.settings.today,
                secret=secret,
                journal=journal,
                preview=found.preview,
            )
            took = time.perf_counter() - began
            advance(1, note="settling")
            left = _settled(app, firm, plan, found, secret) if answer.is_done else 0
            swept = _swept(firm, plan, found, advance) if answer.is_done else ()
        finally:
            journal.close()
    return _erasure_ended(app, found, plan, answer, left, swept, took)


def _settled(app: Installation, firm: Firm, plan: Plan, found: StoredAsk, secret: str) -> int:
    """Rows that writers brought in meanwhile, erased too; what the last round still found. 0 is the only good end."""
    left = 0
    for _ in range(SETTLES):
        again = settle(plan, firm.estate, firm.catalogue, found.bindings, firm.stores, today=app.settings.today, secret=secret)
        left = sum(outcome.rows for outcome in again.stores) if again.is_done else 1
        if left == 0:
            return 0
    return left


def _swept(firm: Firm, plan: Plan, found: StoredAsk, advance: Advance) -> tuple[Swept, ...]:
    results = []
    for name, session in firm.stores.items():
        store = firm.estate.stores[name]
        stays = {
            (step.table, column)
            for part in plan.stores
            if part.store == name
            for step in part.steps
            if isinstance(step, HoldRows)
            for column in step.rule.columns
        }
        stays |= {
            (table.name, column.name)
            for table in store.tables.values()
            if any(rule.erasure == "keep" for rule in table.shared.values())
            for column in table.columns
        }
        results.append(
            sweep(
                session,
                store,
                found.bindings,
                frozenset(stays),
                _sweeping(advance, name),
            )
        )
    return tuple(results)


def _sweeping(advance: Advance, store: str) -> Callable[[str], None]:
    return lambda table: advance(0, note=f"sweeping {store}.{table}")


def _erasure_ended(
    app: Installation, found: StoredAsk, plan: Plan, answer: Answer, left: int, swept: tuple[Swept, ...], took: float
) -> Ended:
    recipients = [step.party for step in plan.after if isinstance(step, TellRecipient)]
    swept_left = sum(one.left for one in swept)
    fulfilled = answer.is_done and left == 0 and swept_left == 0 and not recipients
    document = _document(found, plan, answer, left, swept, recipients, fulfilled, app)
    now = app.settings.now()
    with app.own.transaction() as connection:
        ids = []
        if answer.is_done:
            counts = {"subjects": found.ask.subjects, "settled": left, "swept": swept_left, "recipients": len(recipients)}
            outcome = "fulfilled" if fulfilled else "waiting"
            ids = append(
                connection,
                [Leaf(f"erasure:ask:{outcome}", now, (), counts, plan=plan.digest, id=derived_id("ask", plan.digest, outcome))],
            )
        asks.note_state(connection, found.ask.id, "done" if fulfilled else "waiting", now, document)
        if fulfilled:
            forget(connection, [binding.ref for binding in found.bindings])
    app.seal()
    told = tuple(_told(outcome, took / max(len(answer.stores), 1)) for outcome in answer.stores)
    told += tuple(Told("waiting", party, "had the data", "has not been told", 0.0) for party in recipients)
    says = [*_kept(answer), *_open(answer, left, swept, recipients), *_dates(plan, answer), *_entries(app, ids)]
    return Ended("erasure", _exit(answer, fulfilled), told, tuple(says), {**document, "ledger": _numbers(app, ids)})


def _exit(answer: Answer, fulfilled: bool) -> Exit:
    problems = [outcome.problem for outcome in answer.stores if outcome.problem is not None]
    if any(isinstance(problem, Refused) for problem in problems):
        return Exit.BROKEN
    if problems:
        return Exit.WORLD
    return Exit.WELL if fulfilled else Exit.WAITING


def _told(outcome: StoreOutcome, took_s: float) -> Told:
    match outcome.outcome:
        case Done(rows=rows):
            kept = sum(len(one.keys) for one in outcome.kept)
            found = sum(outcome.found.values())
            did = f"{rows:,} rows erased, blanked or cut loose" + (f", {kept:,} held" if kept else "")
            return Told(
                "kept", outcome.store, did, f"{found:,} identifiers left" if found else "read back, nothing left", took_s
            )
        case Refused(code=code, reason=reason):
            return Told("broken", outcome.store, f"{code} {reason}", "nothing of this chunk was committed", 0.0)
        case Failed(code=code, cause=cause):
            return Told("waiting", outcome.store, f"{code} {cause}", "nothing of this chunk was committed", 0.0)
        case Unknown():
            return Told("waiting", outcome.store, "the line dropped at the commit", "unknown; it is asked at --resume", 0.0)


def _kept(answer: Answer) -> list[str]:
    """What stays, by table, ground and end: named columns only."""
    lines: dict[str, int] = {}
    for outcome in answer.stores:
        for kept in outcome.kept:
            ends = [day for day in kept.until if day is not None]
            last = f"until {max(ends).isoformat()} at the latest" if ends else "until its end is known"
            law = ", ".join([*kept.rule.why.clauses, *(f"{cite.source} {cite.at}" for cite in kept.rule.why.cites)])
            text = f"{outcome.store}.{kept.table}: {', '.join(kept.rule.columns)} stay {last}, on the ground {kept.rule.ground} ({law})"
            lines[text] = lines.get(text, 0) + len(kept.keys)
    return [f"{text}: {count:,} rows." for text, count in lines.items()]


def _open(answer: Answer, left: int, swept: tuple[Swept, ...], recipients: list[str]) -> list[str]:
    says = []
    if answer.open:
        says.append(f"Not fulfilled: {', '.join(answer.open)} did not end. What was committed stays; go on with --resume.")
    if left:
        says.append(
            f"Not fulfilled: writers still bring in rows of these people ({left:,} in the last round). Run it again with --resume."
        )
    for one in swept:
        for place, count in one.found.items():
            says.append(
                f"Not fulfilled: the sweep found an identifier in {count:,} cells of {one.store}.{place}. A person must look at them."
            )
        if one.expected:
            says.append(f"The sweep of {one.store} also met {sum(one.expected.values()):,} cells that rightly stay.")
    if recipients:
        says.append(
            f"Not fulfilled yet: {', '.join(recipients)} had the data and must be told and answer. Everything here is erased and read back."
        )
    return says


def _dates(plan: Plan, answer: Answer) -> list[str]:
    if not answer.is_done:
        return []
    tables = sum(len(step.tables) for part in plan.stores for step in part.steps if isinstance(step, Compact))
    return [
        f"Unreachable since the commit. Overwritten once the files of {tables} tables are compacted, and logs and backups have expired."
    ]


def _document(
    found: StoredAsk,
    plan: Plan,
    answer: Answer,
    left: int,
    swept: tuple[Swept, ...],
    recipients: list[str],
    fulfilled: bool,
    app: Installation,
) -> dict[str, Any]:
    stores = []
    for outcome in answer.stores:
        problem = outcome.problem
        stores.append(
            {
                "store": outcome.store,
                "outcome": type(outcome.outcome).__name__.lower(),
                "code": getattr(problem, "code", None),
                "rows": outcome.rows,
                "kept": [
                    {"table": k.table, "columns": list(k.rule.columns), "ground": k.rule.ground, "clauses": list(k.rule.why.clauses),
                     "cites": [f"{c.source} {c.at}".strip() for c in k.rule.why.cites], "until": _last(k.until), "rows": len(k.keys)}
                    for k in outcome.kept
                ],
                "read_back": {"keys": 0 if problem is None else None, "identifiers": dict(outcome.found)},
            }
        )  # fmt: skip
    return {
        "ask": found.ask.id, "kind": "erasure", "plan": plan.digest, "fulfilled": fulfilled, "open": list(answer.open), "stores": stores,
        "settled": left, "sweep": [{"store": one.store, "tables": one.tables, "columns": one.columns, "found": dict(one.found), "expected": dict(one.expected)} for one in swept],
        "recipients": recipients, "unreachable_since": app.settings.now().isoformat(timespec="seconds") if answer.is_done else None, "overwritten_since": None,
    }  # fmt: skip


def _last(days: tuple[date | None, ...]) -> str | None:
    known = [day for day in days if day is not None]
    return max(known).isoformat() if known else None


# ---- both


def _again(found: StoredAsk) -> Ended:
    document = dict(found.answer or {})
    return Ended(
        "erasure",
        Exit.WELL,
        (),
        (f"{found.ask.id} was fulfilled before; this is its answer again. Nothing was touched.",),
        document,
    )


def _stored(app: Installation, ask: str, kind: str) -> StoredAsk:
    with app.own.connection() as connection:
        found = asks.find_ask(connection, app.master, ask)
    if found is None:
        raise Unusable("X154", f"There is no ask `{ask[:12]}`.", "Give its number as `upheld plan` printed it, such as A-0001.")
    if found.ask.kind != kind:
        verb = "access" if found.ask.kind == "access" else "erase"
        raise Unusable("X155", f"{ask} asks for {found.ask.kind}.", f"Run: upheld {verb} {ask}")
    if kind == "access" and not found.bindings:
        raise NotNow(
            "X206", f"{ask} was answered before, and its working copies are destroyed.", "Ask again: upheld plan … --ask access"
        )
    return found


def _plan_of(found: StoredAsk) -> Plan:
    if found.plan is None:
        raise NotNow(
            "L205",
            f"The stored plan of {found.ask.id} does not fit its fingerprint.",
            "Plan again; the stored plan was altered.",
        )
    return found.plan


def _in_turn(app: Installation, found: StoredAsk) -> None:
    with app.own.connection() as connection:
        waits = waits_for(found.ask.kind, asks.asks_before(connection, found.ask.id))
    if waits:
        number, why = waits[0]
        raise NotNow("X208", f"{found.ask.id} waits for {number}: {why}.", f"Answer {number} first.")


def _secret(app: Installation, ask: str) -> str:
    """What tokens are made from: the same at every attempt, of this ask alone, and gone with its key."""
    with app.own.connection() as connection:
        return hashlib.sha256(ask_key(connection, app.master, ask, app.settings.now()) + b"tokens").hexdigest()


def _numbers(app: Installation, ids: list[str]) -> list[int]:
    with app.own.connection() as connection:
        rows = connection.execute("SELECT n FROM ledger_entry WHERE id = ANY(%s::uuid[]) ORDER BY n", [ids]).fetchall()
    return [row[0] for row in rows]


def _entries(app: Installation, ids: list[str]) -> list[str]:
    numbers = _numbers(app, ids)
    with app.own.connection() as connection:
        size = checkpoint(connection).size
    if not numbers:
        return [f"Ledger: checkpoint {size}."]
    span = f"entry {numbers[0]}" if len(numbers) == 1 else f"entries {numbers[0]} to {numbers[-1]}"
    return [f"Ledger: {span}, checkpoint {size}."]
