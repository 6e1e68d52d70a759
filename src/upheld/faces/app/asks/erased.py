"""What an erasure came to, in words and in JSON: per store, what stays and why, what is open. Never done while anything is open."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.answer import Answer, StoreOutcome
from upheld.engine.execution.asks import State, StoredAsk
from upheld.engine.execution.batches import end_members
from upheld.engine.execution.kept.ending import ended as ended_rows
from upheld.engine.execution.overwriting import Duty, duties_of
from upheld.engine.execution.sweep import Swept
from upheld.engine.plan.model import Done, Failed, Outcome, Refused
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import Compact, TellRecipient
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks.ended import Ended, Told, ledger_entries, ledger_line
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import Exit
from upheld.faces.app.installation import Installation
from upheld.records.ledger import Leaf, append
from upheld.records.ledger.leaf import derived_id
from upheld.records.people.identities import forget

ANOTHER_EXECUTOR = "X105"
SHORT = 16


@dataclass(frozen=True, slots=True)
class Carried:
    """What ran: the stores' answer, then settling (`left` rows in its last round), then the sweep. `begun`: a chunk is on record."""

    answer: Answer
    left: int = 0
    unsettled: Answer | None = None
    swept: tuple[Swept, ...] = ()
    unswept: tuple[StoreFault, ...] = ()
    begun: bool = True
    uncompacted: tuple[StoreFault, ...] = ()  # stores whose files were to be rewritten at once: erased all the same

    @property
    def is_clean(self) -> bool:
        """Every store done, settled, swept, and nothing found that should not be there."""
        stands = sum(one.left for one in self.swept) + self.identifiers + self.contested
        return self.answer.is_done and self.unsettled is None and not (self.left or stands or self.unswept)

    @property
    def identifiers(self) -> int:
        """Rows in which the second read-back still found a verified identifier, whatever path the plan used."""
        return sum(count for one in self.answer.stores for count in one.found.values())

    @property
    def contested(self) -> int:
        """Rows that only an identifier of several people reaches: a person decides whose they are."""
        return sum(chunk.contested for one in self.answer.stores for chunk in one.chunks)

    @property
    def problems(self) -> list[tuple[str, Outcome]]:
        """(store, what stopped it), in the order of the run."""
        outcomes = [*self.answer.stores, *(self.unsettled.stores if self.unsettled else ())]
        found: list[tuple[str, Outcome]] = [(one.store, one.problem) for one in outcomes if one.problem is not None]
        return found + [("", Failed(fault.code, fault.cause, help=fault.help)) for fault in self.unswept]


def ended(app: Installation, found: StoredAsk, plan: Plan, carried: Carried, folder: Path, told: bool = False) -> Ended:
    """The end, or how far it came, is on record and told. Fulfilled: the ask's key and all that we knew of its people are gone.

    `told`: every recipient was told and has answered, which whoever places the orders knows.
    """
    carried = _with_earlier(app, found, plan, carried)
    recipients = [] if told else [step.party for step in plan.after if isinstance(step, TellRecipient)]
    fulfilled = carried.is_clean and not recipients
    document = _document(app, found, plan, carried, recipients, fulfilled)
    state: State = "done" if fulfilled else "waiting" if carried.begun else "planned"
    now = app.settings.now()
    with app.own.transaction() as connection:
        duties = duties_of(connection, found.ask.id)
        document |= overwriting(duties)
        ids = append(connection, [_leaf(found, plan, carried, recipients, fulfilled, now)]) if carried.answer.is_done else []
        asks.note_state(connection, found.ask.id, state, now, document)
        if found.batch == found.ask.id:
            end_members(connection, found.ask.id, state, now, document)
        if fulfilled:
            forget(connection, [binding.ref for binding in found.bindings], now)
            ended_rows(connection, app.master, found.ask.id, now)
    app.seal()
    numbers = ledger_entries(app, ids)
    says = (*_kept(document["stores"]), *_open(carried, recipients), *_dates(plan, carried, duties), ledger_line(app, numbers))
    document = {**document, "ledger": numbers}
    return Ended(
        "erasure",
        _exit(carried, fulfilled),
        _told(carried, recipients),
        says,
        _troubles(found, plan, carried, folder),
        document,
    )


def _with_earlier(app: Installation, found: StoredAsk, plan: Plan, carried: Carried) -> Carried:
    """What chunks of this ask did before it was planned again is not forgotten because it is not done twice."""
    with app.own.connection() as connection:
        before = asks.rows_before(connection, found.ask.id, plan.digest)
    if not before:
        return carried
    stores = tuple(replace(one, earlier=before.get(one.store, 0)) for one in carried.answer.stores)
    return replace(carried, answer=replace(carried.answer, stores=stores))


def ended_before(app: Installation, found: StoredAsk, plan: Plan) -> Ended:
    """The answer of an ask that was fulfilled before, as it was given; nothing is touched."""
    with app.own.connection() as connection:
        duties = duties_of(connection, found.ask.id)
    document = dict(found.answer or {}) | overwriting(duties)
    numbers = ledger_entries(app, [derived_id("ask", plan.digest, "fulfilled")])
    if document.get("fulfilled") is not True:  # a batch that was parted
        said = f"{found.ask.id} carried several, and ended without being fulfilled: each of their asks stands by itself. Nothing was touched."
        return Ended(
            "erasure",
            Exit.WAITING,
            (),
            (said,),
            (),
            {**document, "ask": found.ask.id, "plan": plan.digest, "fulfilled": False, "stores": []},
        )
    says = (
        *_kept(document.get("stores", ())),
        f"{found.ask.id} was fulfilled before; this is its answer again. Nothing was touched.",
        *_second_dates(duties),
        ledger_line(app, numbers),
    )
    told = tuple(
        Told("kept", one["store"], _did(one["rows"], sum(k["rows"] for k in one["kept"])), "read back, nothing left")
        for one in document.get("stores", ())
    )
    return Ended("erasure", Exit.WELL, told, says, (), {**document, "ledger": numbers})


def _leaf(found: StoredAsk, plan: Plan, carried: Carried, recipients: list[str], fulfilled: bool, now: Any) -> Leaf:
    swept = sum(one.left for one in carried.swept)
    counts = {"subjects": found.ask.subjects, "settled": carried.left, "swept": swept, "recipients": len(recipients)}
    outcome = "fulfilled" if fulfilled else "waiting"
    verb = "replay" if found.ask.kind == "replay-after-restore" else "erasure"
    return Leaf(f"{verb}:ask:{outcome}", now, (), counts, plan=plan.digest, id=derived_id("ask", plan.digest, outcome))


def _exit(carried: Carried, fulfilled: bool) -> Exit:
    problems = [problem for _, problem in carried.problems]
    if any(isinstance(problem, Refused) for problem in problems):
        return Exit.BROKEN
    if any(getattr(problem, "code", "") == ANOTHER_EXECUTOR for problem in problems):
        return Exit.WAITING
    if problems:
        return Exit.WORLD
    return Exit.WELL if fulfilled else Exit.WAITING


# ---- in words


def _told(carried: Carried, recipients: Iterable[str]) -> tuple[Told, ...]:
    came_to = [outcome.store for outcome in carried.answer.stores]
    return (
        *(_line(outcome) for outcome in carried.answer.stores),
        *(Told("waiting", store, "not begun", "") for store in carried.answer.planned if store not in came_to),
        *(Told("waiting", party, "had the data", "has not been told") for party in recipients),
    )


def _line(outcome: StoreOutcome) -> Told:
    rows = _did(outcome.rows)
    match outcome.outcome:
        case Done():
            held, found = sum(len(one.keys) for one in outcome.kept), sum(outcome.found.values())
            read = f"{found:,} identifiers left" if found else "read back, nothing left"
            return Told("kept", outcome.store, _did(outcome.rows, held), read)
        case Refused(code=code):
            return Told("broken", outcome.store, f"refused, {code}", _committed(outcome, rows))
        case Failed(code=code):
            return Told("waiting", outcome.store, f"failed, {code}", _committed(outcome, rows))
        case _:
            return Told("waiting", outcome.store, "the line dropped at the commit", "unknown; asked again by --resume")


def _did(rows: int, held: int = 0) -> str:
    return f"{counted(rows, 'row')} erased, blanked or cut loose" + (f", {held:,} held" if held else "")


def _committed(outcome: StoreOutcome, rows: str) -> str:
    return f"before that: {rows}" if outcome.chunks else "nothing was committed"


def _troubles(found: StoredAsk, plan: Plan, carried: Carried, folder: Path) -> tuple[tuple[str, str, str], ...]:
    place = shlex.quote(str(folder))
    again = f"Go on: upheld erase {found.ask.id} --plan {plan.digest[:SHORT]} --in {place} --resume"
    anew = f"Look at a new plan: upheld plan {place} --again {found.ask.id}"
    drift = f"Look at the differences: upheld drift {place}."
    if found.ask.kind == "replay-after-restore":
        again = f"Go on: run the same upheld replay again, with --plan {plan.digest[:SHORT]}"
        anew = "Run the same upheld replay again, without --plan."
    troubles = []
    for store, problem in carried.problems:
        match problem:
            case Refused(code=code, reason=reason, help=help):
                reason = reason.partition(": ")[2] or reason
                troubles.append((code, f"{reason}.", f"{help} {drift + ' ' if code == 'L202' else ''}{anew}".strip()))
            case Failed(code=code, cause=cause, help=help):
                go_on = again if carried.begun else again.removesuffix(" --resume")
                troubles.append((code, f"{cause}.", f"{help} {go_on}".strip()))
            case _:
                troubles.append(("X101", f"{store}: the line dropped at the commit, and its end is not known yet.", again))
    for fault in carried.uncompacted:
        reason = f"{fault.cause}: erased all the same, and not overwritten yet."
        troubles.append((fault.code, reason, f"Later: upheld compact {place}"))
    return tuple(troubles)


def _kept(stores: Iterable[Mapping[str, Any]]) -> list[str]:
    """What stays, by table, ground and end: named columns only."""
    lines: dict[str, int] = {}
    for one in stores:
        for kept in one.get("kept", ()):
            until = f"until {kept['until']} at the latest" if kept["until"] else "until its end is known"
            stay = f"{one['store']}.{kept['table']}: {_staying(kept['columns'])} {until}"
            text = f"{stay}, {_because(kept)}"
            lines[text] = lines.get(text, 0) + kept["rows"]
    return [f"{text}: {counted(count, 'row')}." for text, count in lines.items()]


def _staying(columns: Sequence[str]) -> str:
    """`name stays`, `name, street stay`."""
    return f"{', '.join(columns)} {'stays' if len(columns) == 1 else 'stay'}"


def _because(kept: Mapping[str, Any]) -> str:
    """A floor has no ground but the clause that promises it, so the clause is said once and as what it is."""
    cites, clauses = tuple(kept["cites"]), tuple(kept["clauses"])
    if kept["ground"] in clauses:
        beside = "; ".join((*cites, *(clause for clause in clauses if clause != kept["ground"])))
        return f"since {kept['ground']} promises to keep it that long" + (f" ({beside})" if beside else "")
    return f"on the ground {kept['ground']} ({'; '.join((*cites, *clauses))})"


def _open(carried: Carried, recipients: list[str]) -> list[str]:
    says = []
    if carried.answer.open:
        says.append(f"Not fulfilled: {', '.join(carried.answer.open)} did not end. What was committed stays.")
    if carried.unsettled is not None:
        says.append("Not fulfilled: everything was erased and read back, but it could not be settled.")
    if carried.left:
        says.append(
            f"Not fulfilled: writers still bring in rows of these people ({carried.left:,} in the last round). "
            "Run it again with --resume."
        )
    for outcome in carried.answer.stores:
        for place, count in outcome.found.items():
            says.append(
                f"Not fulfilled: {counted(count, 'row')} of {outcome.store}.{place} still {'bears' if count == 1 else 'bear'} a verified identifier. A person must look at them."
            )
    if carried.contested:
        says.append(
            f"Not fulfilled: {counted(carried.contested, 'row', 'is', 'are')} reached only by an identifier that several people share; a person decides whose they are."
        )
    for one in carried.swept:
        for place, count in one.found.items():
            says.append(
                f"Not fulfilled: the sweep found an identifier in {counted(count, 'cell')} of {one.store}.{place}. "
                "A person must look at them, and say in the store's file of estate/ what that column holds."
            )
        if one.expected:
            says.append(
                f"The sweep of {one.store} also met {counted(sum(one.expected.values()), 'cell', 'that rightly stays', 'that rightly stay')}."
            )
    if carried.unswept:
        says.append("Not fulfilled: a store could not be swept.")
    if recipients and carried.answer.is_done:
        clean = " Everything here is erased and read back." if carried.is_clean else ""
        says.append(f"Not fulfilled yet: {', '.join(recipients)} had the data and must be told and answer.{clean}")
    return says


def _dates(plan: Plan, carried: Carried, duties: list[Duty]) -> list[str]:
    if not carried.answer.is_done:
        return []
    if any(duty.overwritten_since for duty in duties):
        return _second_dates(duties)
    by = min((duty.due for duty in duties if duty.due is not None), default=None)
    tables = sum(len(step.tables) for part in plan.stores for step in part.steps if isinstance(step, Compact))
    return [
        f"Unreachable since the commit. Overwritten once the files of {counted(tables, 'table', 'are', 'are')} compacted, "
        "and logs and backups have expired." + (f" Promised by {by.isoformat()}." if by else "")
    ]


def _second_dates(duties: list[Duty]) -> list[str]:
    """By store: since when its files are overwritten, or by when they are to be."""
    says = []
    for duty in duties:
        if duty.overwritten_since is not None:
            when = duty.overwritten_since.date().isoformat()
            says.append(
                f"{duty.store}: unreachable since {duty.unreachable_since.date().isoformat()}, overwritten in its files since {when}."
            )
        else:
            by = f", promised by {duty.due.isoformat()}" if duty.due else ""
            says.append(
                f"{duty.store}: unreachable since {duty.unreachable_since.date().isoformat()}, not overwritten yet{by}."
            )
    return says


# ---- in JSON


def overwriting(duties: list[Duty]) -> dict[str, Any]:
    """The second date: of the whole erasure once every store has one, and of each store."""
    dates = [duty.overwritten_since for duty in duties]
    known = [at for at in dates if at is not None]
    whole = max(known).isoformat(timespec="seconds") if known and len(known) == len(dates) else None
    return {"overwritten_since": whole, "overwriting": [duty.as_json() for duty in duties]}


def _document(
    app: Installation, found: StoredAsk, plan: Plan, carried: Carried, recipients: list[str], fulfilled: bool
) -> dict[str, Any]:
    answer = carried.answer
    came_to = [outcome.store for outcome in answer.stores]
    return {
        "ask": found.ask.id, "kind": found.ask.kind, "plan": plan.digest, "fulfilled": fulfilled, "clean": carried.is_clean, "open": list(answer.open),
        "stores": [*map(_store, answer.stores), *({"store": name, "outcome": "open"} for name in answer.planned if name not in came_to)],
        "settled": None if carried.unsettled or not answer.is_done else carried.left,
        "sweep": [{"store": one.store, "tables": one.tables, "columns": one.columns, "found": dict(one.found), "expected": dict(one.expected)}
                  for one in carried.swept],
        "problems": [{"store": store or None, "code": getattr(problem, "code", None)} for store, problem in carried.problems],
        "recipients": recipients,
        "unreachable_since": app.settings.now().isoformat(timespec="seconds") if answer.is_done else None, "overwritten_since": None,
    }  # fmt: skip


def _store(outcome: StoreOutcome) -> dict[str, Any]:
    return {
        "store": outcome.store,
        "outcome": type(outcome.outcome).__name__.lower(),
        "code": getattr(outcome.problem, "code", None),
        "rows": outcome.rows,
        "kept": [
            {"table": k.table, "columns": list(k.rule.columns), "ground": k.rule.ground, "clauses": list(k.rule.why.clauses),
             "cites": [f"{c.source} {c.at}".strip() for c in k.rule.why.cites], "until": _last(k.until), "rows": len(k.keys)}
            for k in outcome.kept
        ],
        "read_back": {"keys": 0 if outcome.problem is None else None, "identifiers": dict(outcome.found)},
    }  # fmt: skip


def _last(days: tuple[date | None, ...]) -> str | None:
    known = [day for day in days if day is not None]
    return max(known).isoformat() if known else None
