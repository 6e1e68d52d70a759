"""What a change came to, in words and in JSON; and what follows from it in our own records: by what a person is known, which of her asks are open."""

from __future__ import annotations

from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.answer import Answer, StoreOutcome
from upheld.engine.execution.asks import State, StoredAsk
from upheld.engine.execution.corrections.following import known_anew
from upheld.engine.plan.model import Done, Failed, Outcome, Refused
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import TellRecipient
from upheld.faces.app.asks.ended import Ended, Told, ledger_entries, ledger_line
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import Exit
from upheld.faces.app.installation import Installation
from upheld.records.ledger import Leaf, append
from upheld.records.ledger.leaf import derived_id

WORDS = {"rectification": ("cell", "corrected"), "closing": ("row", "closed")}
COMMANDS = {"rectification": "correct", "closing": "close"}


def ended(
    app: Installation,
    found: StoredAsk,
    plan: Plan,
    answer: Answer,
    last: Answer | None,
    *,
    begun: bool,
    region: str,
    told: bool = False,
) -> Ended:
    """The end, or how far it came, is on record and told. Fulfilled: the ask's key and who asked are gone; before and after stay sealed."""
    recipients = [] if told else [step.party for step in plan.after if isinstance(step, TellRecipient)]
    left = sum(outcome.rows for outcome in last.stores) if last is not None else 0
    borne = sum(count for one in answer.stores for count in one.found.values())
    contested = sum(chunk.contested for one in answer.stores for chunk in one.chunks)
    clean = answer.is_done and last is not None and last.is_done and not (left or borne or contested)
    fulfilled = clean and not recipients
    state: State = "done" if fulfilled else "waiting" if begun else "planned"
    now = app.settings.now()
    document = {**_document(found, plan, answer, left, recipients, fulfilled), "clean": clean}
    with app.own.transaction() as connection:
        ids = append(connection, [_leaf(found, plan, left, recipients, fulfilled, now)]) if answer.is_done else []
        if clean:
            known_anew(connection, app.master, found, now, region)
        asks.note_state(connection, found.ask.id, state, now, document)
    app.seal()
    numbers = ledger_entries(app, ids)
    lines = (
        *(_line(found, outcome) for outcome in answer.stores),
        *(
            Told("waiting", store, "not begun", "")
            for store in answer.planned
            if store not in [one.store for one in answer.stores]
        ),
        *(Told("waiting", party, "had the data", "has not been told") for party in recipients),
    )
    says = (*_open(found, answer, left, contested, recipients), ledger_line(app, numbers))
    return Ended(
        found.ask.kind, _exit(answer, last, fulfilled), lines, says, _troubles(found, plan, answer, last, begun), {**document, "ledger": numbers}
    )  # fmt: skip


def ended_before(app: Installation, found: StoredAsk, plan: Plan) -> Ended:
    """The answer of an ask that was fulfilled before, as it was given; nothing is touched."""
    document = dict(found.answer or {})
    numbers = ledger_entries(app, [derived_id("ask", plan.digest, "fulfilled")])
    told = tuple(Told("kept", one["store"], _did(found, one["changed"]), "read back") for one in document.get("stores", ()))
    says = (f"{found.ask.id} was fulfilled before; this is its answer again. Nothing was touched.", ledger_line(app, numbers))
    return Ended(found.ask.kind, Exit.WELL, told, says, (), {**document, "ledger": numbers})


def _leaf(found: StoredAsk, plan: Plan, left: int, recipients: list[str], fulfilled: bool, now: Any) -> Leaf:
    counts = {"subjects": found.ask.subjects, "settled": left, "recipients": len(recipients)}
    outcome = "fulfilled" if fulfilled else "waiting"
    return Leaf(
        f"{found.ask.kind}:ask:{outcome}", now, (), counts, plan=plan.digest, id=derived_id("ask", plan.digest, outcome)
    )


def _did(found: StoredAsk, count: int) -> str:
    what, done = WORDS[found.ask.kind]
    return f"{counted(count, what)} {done}"


def _line(found: StoredAsk, outcome: StoreOutcome) -> Told:
    match outcome.outcome:
        case Done():
            borne = sum(outcome.found.values())
            read = f"{counted(borne, 'row')} still {'says' if borne == 1 else 'say'} the old" if borne else "read back"
            return Told("kept", outcome.store, _did(found, outcome.rows), read)
        case Refused(code=code):
            return Told("broken", outcome.store, f"refused, {code}", _committed(found, outcome))
        case Failed(code=code):
            return Told("waiting", outcome.store, f"failed, {code}", _committed(found, outcome))
        case _:
            return Told("waiting", outcome.store, "the line dropped at the commit", "unknown; asked again by --resume")


def _committed(found: StoredAsk, outcome: StoreOutcome) -> str:
    return f"before that: {_did(found, outcome.rows)}" if outcome.chunks else "nothing was committed"


def _problems(answer: Answer, last: Answer | None) -> list[tuple[str, Outcome]]:
    outcomes = [*answer.stores, *(last.stores if last else ())]
    return [(one.store, one.problem) for one in outcomes if one.problem is not None]


def _exit(answer: Answer, last: Answer | None, fulfilled: bool) -> Exit:
    problems = [problem for _, problem in _problems(answer, last)]
    if any(isinstance(problem, Refused) for problem in problems):
        return Exit.BROKEN
    if any(getattr(problem, "code", "") == "X105" for problem in problems):
        return Exit.WAITING
    if problems:
        return Exit.WORLD
    return Exit.WELL if fulfilled else Exit.WAITING


def _troubles(
    found: StoredAsk, plan: Plan, answer: Answer, last: Answer | None, begun: bool
) -> tuple[tuple[str, str, str], ...]:
    run = f"upheld {COMMANDS[found.ask.kind]} {found.ask.id} --plan {plan.digest[:16]}" + (" --resume" if begun else "")
    troubles = []
    for store, problem in _problems(answer, last):
        match problem:
            case Refused(code=code, reason=reason, help=help):
                reason = reason.partition(": ")[2] or reason
                troubles.append(
                    (code, f"{reason}.", f"{help} Look at a new plan: upheld plan … --again {found.ask.id}".strip())
                )
            case Failed(code=code, cause=cause, help=help):
                troubles.append((code, f"{cause}.", f"{help} Go on: {run}".strip()))
            case _:
                troubles.append(
                    ("X101", f"{store}: the line dropped at the commit, and its end is not known yet.", f"Go on: {run}")
                )
    return tuple(troubles)


def _open(found: StoredAsk, answer: Answer, left: int, contested: int, recipients: list[str]) -> list[str]:
    says = []
    if answer.open:
        says.append(f"Not fulfilled: {', '.join(answer.open)} did not end. What was committed stays.")
    if left:
        says.append(
            f"Not fulfilled: writers still bring in what was changed ({left:,} in the last round). Run it again with --resume."
        )
    for outcome in answer.stores:
        for place, count in outcome.found.items():
            says.append(
                f"Not fulfilled: {counted(count, 'row')} of {outcome.store}.{place} still {'says' if count == 1 else 'say'} the old. A person must look at them."
            )
    if contested:
        says.append(
            f"Not fulfilled: {counted(contested, 'row', 'is', 'are')} reached only by an identifier that several people share; a person decides whose."
        )
    if recipients and answer.is_done:
        says.append(f"Not fulfilled yet: {', '.join(recipients)} had the data and must be told and answer.")
    return says


def _document(
    found: StoredAsk, plan: Plan, answer: Answer, left: int, recipients: list[str], fulfilled: bool
) -> dict[str, Any]:
    return {
        "ask": found.ask.id, "kind": found.ask.kind, "plan": plan.digest, "fulfilled": fulfilled, "open": list(answer.open),
        "recipients": recipients, "settled": left,
        "stores": [
            {"store": one.store, "outcome": type(one.outcome).__name__.lower(), "changed": one.rows, "old_left": dict(one.found)}
            for one in answer.stores
        ],
    }  # fmt: skip
