"""A stored calendar plan is carried out as it was shown, read back over whole tables, and told: clauses, methods and counts, of nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.asks import APPROVAL, StoredAsk
from upheld.engine.execution.calendar import CalendarJournal, Ended, run_calendar, token_secret
from upheld.engine.execution.errors import refused
from upheld.engine.execution.kept.people import tidy
from upheld.engine.execution.kept.rows import let_go
from upheld.engine.plan.errors import refused as refused_plan
from upheld.engine.plan.explain import explain, test_of
from upheld.engine.plan.model import Mark, Refused
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import BlankColumns, Compact, CountInto, HandOver, ReadBackGroups, SelectDue, Step, SuppressGroups
from upheld.faces.app.asks.ended import ledger_entries, ledger_line, line_of
from upheld.faces.app.asks.firm import Firm, opened_firm, or_refuse
from upheld.faces.app.asks.second_date import note_duties
from upheld.faces.app.calendar.files import erase_left, objects_of
from upheld.faces.app.calendar.handing import Handing, can_write
from upheld.faces.app.calendar.people import Lists, lists_of
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import Exit, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.ledger import Leaf, append
from upheld.records.ledger.leaf import derived_id

Advance = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a retention run came to. `lines`: (mark, table, rows, method, clauses); `troubles`: (code, reason, remedy)."""

    exit: Exit
    lines: tuple[tuple[str, str, str, str, str], ...]
    says: tuple[str, ...]
    troubles: tuple[tuple[str, str, str], ...]
    document: dict[str, Any]

    def findings(self) -> list[tuple[str, str, str, str]]:
        """Code, fixed line, what is so here, remedy."""
        return [(code, line_of(code), reason, help) for code, reason, help in self.troubles]


def retain_run(app: Installation, folder: Path, digest: str, advance: Advance, to: Path | None = None) -> Kept:
    """The plan that was shown is carried out. NotNow: altered, lapsed, of a day that has not come, or of another kind.

    `to`: the folder for what promises hand over; without it such a plan is refused (X405).
    """
    found, plan, day = _stored(app, digest)
    if found.state == "done":
        return _told(app, found, plan, dict(found.answer or {}), "It was carried out before; this is its answer again.")
    handing = or_refuse(_handing(found, plan, to))
    with opened_firm(app, folder) as firm, _journal(app, found, plan) as journal:
        with app.own.transaction() as connection:
            asks.note_state(connection, found.ask.id, "running", app.settings.now())
            known = lists_of(connection, app.master, app.settings.now(), day)
        or_refuse(_still_stands(found, plan, known))
        journal.restrictions = known.restrictions
        ended = _carried(app, firm, found, plan, day, journal, known, advance, handing)
        if ended.answer.is_done:
            note_duties(app, firm, plan)
            erase_left(app, firm, found.ask.id)
        return _ended(app, found, plan, ended, day, handing)


def _stored(app: Installation, digest: str) -> tuple[StoredAsk, Plan, date]:
    with app.own.connection() as connection:
        plan = asks.find_plan(connection, digest)
        if plan is None:
            raise Unusable(
                "X152", "No plan, or more than one, begins so.", "Give its fingerprint as `upheld retain` printed it."
            )
        plan = or_refuse(plan)
        found = asks.find_ask(connection, app.master, plan.ask.id)
    assert found is not None  # a plan stands for an ask
    if found.ask.kind != "retention":
        raise Unusable("X155", f"{found.ask.id} asks for {found.ask.kind}.", f"Run: upheld plan … --again {found.ask.id}")
    days = {step.day for part in plan.stores for step in part.steps if isinstance(step, SelectDue)}
    day = max(days, default=app.settings.today)
    or_refuse(_may_run(app, found, day))
    return found, plan, day


def _handing(found: StoredAsk, plan: Plan, to: Path | None) -> Handing | Refused:
    """Where handed-over rows go; with nothing to hand over, wherever."""
    parties = sorted({step.party for part in plan.stores for step in part.steps if isinstance(step, HandOver)})
    if parties and to is None:
        return refused(
            "X405",
            f"rows of {found.ask.id} go to {', '.join(parties)}",
            "Say the folder for their files: --hand-over-to FOLDER.",
        )
    if parties and to is not None and not can_write(to):
        return refused(
            "X405", f"{to}: no file can be written there", "Name a folder that may be written to: --hand-over-to FOLDER."
        )
    return Handing(to or Path(), found.ask.id)


def _may_run(app: Installation, found: StoredAsk, day: date) -> Refused | None:
    if day > app.settings.today:
        return refused("X401", f"{found.ask.id} is of {day.isoformat()}", "Run it on that day, or plan for today.")
    lapsed = found.planned_at is not None and app.settings.now() - found.planned_at > APPROVAL
    if found.state == "planned" and lapsed:
        return refused_plan(
            "L203", f"{found.ask.id} was planned more than {APPROVAL.days} days ago", "Run `upheld retain` again."
        )
    return None


def _still_stands(found: StoredAsk, plan: Plan, known: Lists) -> Refused | None:
    """Nobody has asked meanwhile for what the plan would end."""
    lists = {name for part in plan.stores for name, _ in part.holds}
    asked = [one.name for one in known.spared if one.name not in lists]
    if not asked or not plan.stores:
        return None
    return refused(
        "X207", f"{', '.join(asked)}: the plan does not know it", "Run `upheld retain` again; what it names will stay."
    )


@contextmanager
def _journal(app: Installation, found: StoredAsk, plan: Plan) -> Iterator[CalendarJournal]:
    journal = CalendarJournal(app.own, app.master, plan, {}, app.settings.now, found.holds)
    try:
        journal.open()
        yield journal
    finally:
        journal.close()


def _carried(app: Installation, firm: Firm, found: StoredAsk, plan: Plan, day: date, journal: CalendarJournal, known: Lists, advance: Advance,
             handing: Handing) -> Ended:  # fmt: skip
    total = sum((found.preview.rows if found.preview else {}).values())
    advance(0, note="ending what is past its date", total=total)
    ended = run_calendar(
        plan, firm.estate, firm.catalogue, firm.stores, day=day, secret=_secret(app), journal=journal, preview=found.preview,
        failpoint=app.settings.failpoint, told=lambda table, rows: advance(rows, note=f"ending {table}"), lists=known.bindings,
        hand_over=handing, objects=objects_of(app, firm, plan),
    )  # fmt: skip
    for part in plan.stores if ended.answer.is_done else ():
        tables = sorted({table for step in part.steps if isinstance(step, Compact) for table in step.tables})
        firm.stores[part.store].take_statistics([t for t in tables if _touched(ended, part.store)])
    return ended


def _touched(ended: Ended, store: str) -> bool:
    return ended.answer.store(store).rows > 0


def _secret(app: Installation) -> str:
    with app.own.transaction() as connection:
        return token_secret(connection, app.master, app.settings.now())


# ---- the end


def _ended(app: Installation, found: StoredAsk, plan: Plan, ended: Ended, day: date, handing: Handing) -> Kept:
    done = ended.answer.is_done and not ended.left
    gives = any(isinstance(step, HandOver) for part in plan.stores for step in part.steps)
    document = {**_document(found, plan, ended, done), "handed_over": handing.files() if gives else []}
    now = app.settings.now()
    with app.own.transaction() as connection:
        if ended.answer.is_done:
            append(connection, [_leaf(plan, document, done, now)])
        if done and let_go(connection, [part.store for part in plan.stores], day):
            tidy(connection, app.master, now)
        asks.note_state(connection, found.ask.id, "done" if done else "waiting", now, document)
    app.seal()
    return _told(app, found, plan, document, "")


def _leaf(plan: Plan, document: dict[str, Any], done: bool, now: Any) -> Leaf:
    counts = {"rows": sum(one["rows"] for one in document["ended"]), "left": sum(one["rows"] for one in document["left"])}
    clauses = tuple(sorted({c for one in document["ended"] for c in one["clauses"]}))
    outcome = "done" if done else "waiting"
    if document["files"]:
        counts["files"] = sum(one["files"] for one in document["files"])
    return Leaf(f"retention:run:{outcome}", now, clauses, counts, plan=plan.digest, id=derived_id("ask", plan.digest, outcome))


def _document(found: StoredAsk, plan: Plan, ended: Ended, done: bool) -> dict[str, Any]:
    rows: dict[tuple[str, int], int] = {}
    stored = {part.store for part in plan.stores}
    for outcome in (one for one in ended.answer.stores if one.store in stored):
        for chunk in outcome.chunks:
            for step, count in chunk.rows.items():
                rows[outcome.store, step] = rows.get((outcome.store, step), 0) + count
    steps = {(part.store, n): step for part in plan.stores for n, step in enumerate(part.steps)}
    lines = {(line.store, line.number): line for line in explain(plan)}
    methods = {(part.store, step.rows.table): f"anonymised: each row is one of {test_of(step.alike)}"
               for part in plan.stores for step in part.steps if isinstance(step, ReadBackGroups)}  # fmt: skip
    problems = [(o.store, o.problem) for o in ended.answer.stores if o.problem is not None]
    return {
        "ask": found.ask.id,
        "plan": plan.digest,
        "state": "done" if done else "waiting",
        "ended": [
            {"store": place[0], "place": lines[place].place, "method": _method(steps[place], lines[place].mark, methods, place[0]), "rows": count,
             "clauses": list(steps[place].why.clauses)}
            for place, count in sorted(rows.items()) if count
        ],
        "files": [{"store": o.store, "files": o.rows} for o in ended.answer.stores if o.store not in stored and o.rows],
        "left": [{"store": s, "table": t, "rows": count} for (s, t), count in sorted(ended.left.items())],
        "problems": [
            {"store": store, "code": getattr(one, "code", "X103"), "kind": type(one).__name__,
             "reason": str(getattr(one, "reason", "") or getattr(one, "cause", "") or "nobody knows what became of a commit"),
             "help": str(getattr(one, "help", ""))}
            for store, one in problems
        ],
    }  # fmt: skip


def _method(step: Step, mark: str, methods: Mapping[tuple[str, str], str], store: str) -> str:
    """The word that the receipt names: what became of the rows, and of anonymised ones the test that they passed."""
    match step:
        case CountInto():
            return f"counted in {step.into}"
        case HandOver():
            return f"written down for {step.party}"
        case BlankColumns() as blank if all(isinstance(new, Mark) for _, new in blank.columns):
            return "hidden"
        case BlankColumns() | SuppressGroups():
            return methods.get((store, step.rows.table), mark)
        case _:
            return mark


def _told(app: Installation, found: StoredAsk, plan: Plan, document: dict[str, Any], before: str) -> Kept:
    outcome = document.get("state", "waiting")
    numbers = ledger_entries(app, [derived_id("ask", plan.digest, outcome)])
    lines = tuple(
        ("kept", one["place"], f"{one['rows']:,}", one["method"], ", ".join(one["clauses"]))
        for one in document.get("ended", ())
    )
    lines += tuple(("kept", one["store"], f"{one['files']:,}", "files erased", "") for one in document.get("files", ()))
    troubles = [
        (one["code"], one["reason"], one["help"] or "Mend it, then run the same command again.")
        for one in document.get("problems", ())
    ]
    troubles += [
        (
            "X402",
            f"{one['store']}.{one['table']}: {counted(one['rows'], 'row')}.",
            "Look at what holds on to them, then plan again.",
        )
        for one in document.get("left", ())
    ]
    total = sum(one["rows"] for one in document.get("ended", ()))
    given = [
        f"For {one['party']}: {one['file']}, {counted(one['rows'], 'row')}, SHA-256 {one['sha256']}."
        for one in document.get("handed_over", ())
    ]
    says = [before] if before else [f"{found.ask.id}: {counted(total, 'row')} ended, read back over whole tables."]
    return Kept(
        _exit(document), lines, (*says, *given, ledger_line(app, numbers)), tuple(troubles), {**document, "ledger": numbers}
    )


def _exit(document: dict[str, Any]) -> Exit:
    kinds = {one["kind"] for one in document.get("problems", ())}
    if "Refused" in kinds:
        return Exit.BROKEN
    if kinds & {"Failed", "Unknown"}:
        return Exit.WORLD
    return Exit.WAITING if document.get("left") else Exit.WELL
