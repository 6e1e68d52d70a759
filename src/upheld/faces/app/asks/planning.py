"""An ask is bound, planned, rehearsed and stored; what a rehearsal touches in a store is rolled back.

The folder must check clean, and its stores must answer. Who asks is bound once, sealed under the ask's key, and never looked up again:
planned again, an ask keeps its people and gets the promises, holds and counts of now.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.advice import Advice, advise
from upheld.engine.execution.advice.rehearsal import rehearse
from upheld.engine.execution.errors import LINES
from upheld.engine.execution.kept.ending import places_of, roles_of
from upheld.engine.execution.preview import preview
from upheld.engine.plan.ended import rooted_at
from upheld.engine.plan.explain import Line, explain
from upheld.engine.plan.from_asks import ERASES
from upheld.engine.plan.from_asks import plan as plan_of
from upheld.engine.plan.keeps import Hold
from upheld.engine.plan.matrix import Turn
from upheld.engine.plan.model import Ask, AskKind, Binding
from upheld.engine.plan.plans import Plan, Preview
from upheld.engine.stores.explaining import EXPLAINED
from upheld.faces.app.asks.changes.planned import CHANGES, change_now, corrected_lines
from upheld.faces.app.asks.firm import Firm, by_version, opened_firm, or_refuse
from upheld.faces.app.asks.meaning import each_ref_once, who_is_meant, who_is_meant_with_held
from upheld.faces.app.asks.meeting.decided import with_decisions
from upheld.faces.app.asks.meeting.others import others_held
from upheld.faces.app.asks.meeting.turns import said, turns
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.language.law import load_law
from upheld.language.law.clocks import answer_by
from upheld.language.law.lookup import bound
from upheld.records.people.holds import holds_on
from upheld.records.people.replays import replay_of

KINDS: tuple[AskKind, ...] = ("access", "erasure", "child-found", *CHANGES)
MARKS = {
    "erased": "kept",
    "blanked": "kept",
    "cut": "kept",
    "held": "held",
    "read": "kept",
    "corrected": "kept",
    "waiting": "waiting",
    "": "",
}
COMMANDS = {"rectification": "correct", "closing": "close"}
SHORT = 16  # digits of a fingerprint that people are shown


@dataclass(frozen=True, slots=True)
class Planned:
    """A stored ask and its plan, with counts.

    `answer_by`: the last day that the regime's law allows, if a regime was given. `folder`: the firm's, as whoever asked named it.
    `advice`: what the engines said of the steps before anything ran.
    """

    asked: Ask
    plan: Plan
    counts: Preview
    answer_by: date | None = None
    folder: Path = Path(".")
    waits: tuple[Turn, ...] = ()
    advice: Advice = field(default_factory=lambda: Advice(()))
    batch: bool = False  # it waits for the daily batch
    ahead: bool = False  # the folder's text is another than the one in force
    command: str = ""  # what carries it out, where no verb takes the ask's number

    @property
    def ask(self) -> str:
        return self.asked.id

    @property
    def digest(self) -> str:
        return self.plan.digest

    def head(self) -> list[str]:
        """What is asked, how much it touches, and that nothing was touched."""
        people = f"{self.asked.subjects:,} people" if self.asked.subjects != 1 else "one person"
        regime = f", {self.asked.regime}" if self.asked.regime else ""
        by = f" Answer by {self.answer_by.isoformat()}." if self.answer_by else ""
        tables = {line.place for line in explain(self.plan) if self._is_shown(line)}
        statements = sum(len(part.steps) for part in self.plan.stores)
        stores = counted(len(self.plan.stores), "store")
        what = "cell" if self.asked.kind == "rectification" else "row"
        rows = f"{counted(self.total, what)} in " if self.asked.kind in (*ERASES, *CHANGES) else ""
        return [
            f"{self.asked.kind.replace(chr(45), chr(32)).capitalize()}, ask {self.ask}, {people}{regime}.{by}",
            f"{rows}{counted(len(tables), 'table')} of {stores}, at most {statements} statements per 1,000 people. "
            "Nothing has been touched.",
            *by_version(self.asked.version, self.ahead),
        ]

    @property
    def total(self) -> int:
        """Rows that would change: erased, blanked or cut loose; of a correction its cells."""
        return sum(self.by_mark().get(mark, 0) for mark in ("erased", "blanked", "cut", "corrected"))

    def by_mark(self) -> dict[str, int]:
        """Rows by what happens to them; a row that is both cut and blanked counts in each."""
        found: dict[str, int] = {}
        for line in explain(self.plan):
            if line.effect and self._rows(line):
                found[line.mark] = found.get(line.mark, 0) + self._rows(line)
        return found

    def _rows(self, line: Line) -> int:
        return self.counts.rows.get((line.store, line.number), 0)

    def rows(self) -> list[list[str]]:
        """Mark, table, rows, action, because: one line for each effect that finds a row; for an access each table that is read."""
        shown = []
        for line in explain(self.plan):
            rows = self._rows(line)
            if self._is_shown(line):
                shown.append([MARKS[line.mark], line.place, f"{rows:,}" if rows else "", line.action, line.short])
        return shown

    def _is_shown(self, line: Line) -> bool:
        """An effect that finds rows, or rows of several owners whose number only the reading can tell."""
        uncounted = line.mark == "read" and (line.store, line.number) not in self.counts.rows
        return line.effect and bool(line.store) and (self._rows(line) > 0 or uncounted)

    def sums(self) -> list[str]:
        """The table's last line: all rows, and by what happens to them. Empty for an access."""
        counts = self.by_mark()
        words = {"erased": "erased", "blanked": "blanked", "cut": "cut loose", "held": "held"}
        said = ", ".join(f"{counts[mark]:,} {word}" for mark, word in words.items() if counts.get(mark))
        return ["", "", f"{self.total:,}", said, ""] if self.asked.kind in ERASES else []

    def foot(self) -> list[str]:
        """Who is told after, the fingerprint, and how to go on."""
        short = self.digest[:SHORT]
        told = [line.place for line in explain(self.plan) if line.effect and not line.store]
        verb = COMMANDS.get(self.asked.kind, "erase")
        run = f"upheld access {self.ask}" if self.asked.kind == "access" else f"upheld {verb} {self.ask} --plan {short}"
        run = f"{self.command} --plan {short}" if self.command else run
        run += "" if self.command or self.folder == Path(".") else f" --in {shlex.quote(str(self.folder))}"
        if self.batch:
            return [
                *([f"Then tell: {', '.join(told)}.", ""] if told else []),
                f"Plan {short}. {self.ask} waits for the daily batch: it is erased together with the others that wait, so that what has no index is "
                f"read once for all. To run all of them: upheld batch {shlex.quote(str(self.folder))}",
                f"Why any line: upheld explain {short} [TABLE]",
            ]
        return [
            *([f"Then tell: {', '.join(told)}.", ""] if told else []),
            *([*said(self.waits), ""] if self.waits else []),
            *(
                [f"A value stands there that nobody named, and would be replaced: {self.replaced}.", ""]
                if self.replaced
                else []
            ),
            f"Plan {short}. To run it: {run}",
            f"Why any line: upheld explain {short} [TABLE]",
        ]

    @property
    def replaced(self) -> str:
        """Places with how many cells, of a correction that does not say what stands there; empty where nothing does. Never what stands there."""
        return ", ".join(f"{place} ({counted(cells, 'cell')})" for place, cells in sorted(self.counts.overwrites.items()))

    def findings(self) -> list[tuple[str, str, str, str]]:
        """What the engines said before work: code, fixed line, what is so here and what it costs, the statement to run."""
        return [
            (one.code, LINES[one.code], one.says, f"{one.help} Run in `{one.store}`: {one.statement}")
            for one in self.advice.missing
        ]

    def as_json(self) -> dict[str, Any]:
        """Ask, digest, steps in words with counts."""
        return {
            "ask": self.ask,
            "kind": self.asked.kind,
            "subjects": self.asked.subjects,
            "regime": self.asked.regime, "version": self.asked.version or None,
            "answer_by": self.answer_by.isoformat() if self.answer_by else None,
            "plan": self.digest,
            "rows": self.total,
            "counts": self.by_mark(),
            "overwrites": dict(sorted(self.counts.overwrites.items())),
            "waits_for": [{"ask": one.ask or None, "code": one.code, "why": one.why} for one in self.waits],
            "waits_for_batch": self.batch,
            "advice": [
                {"code": one.code, "place": f"{one.store}.{one.table}", "by": one.by, "rows": one.rows, "statement": one.statement}
                for one in self.advice.missing
            ],
            "steps": [
                {"store": line.store or None, "step": line.number, "place": line.place, "action": line.action, "effect": line.effect,
                 "because": line.because, "rows": self.counts.rows.get((line.store, line.number))}
                for line in explain(self.plan)
            ],
        }  # fmt: skip


def plan_ask(
    app: Installation, folder: Path, kind: str, lines: Sequence[str], regime: str | None, batch: bool = False
) -> Planned:
    """The ask is stored with its plan. NotNow names what forbids it; StoreFault where a store is out of reach.

    `batch`: an erasure that waits for the daily batch, where a search without an index is read once for all.
    """
    if kind not in KINDS:
        raise Unusable("X150", f"There is no ask `{kind[:20]}`.", f"Ask for {' or '.join(KINDS)}.")
    if batch and kind != "erasure":
        raise Unusable("X150", f"An ask for {kind} does not wait for the daily batch.", "Leave --wait-for-batch out.")
    with opened_firm(app, folder) as firm:
        named = {one.id for version in firm.program.notices for one in version.regimes}
        if regime is not None and not named.issuperset(bound(regime)):
            reason = f"The notice does not name the regime `{regime[:20]}`."
            raise Unusable("X151", reason, "Give one of its `regimes:`, or none.")
        if kind == "rectification":
            bindings = corrected_lines(app, firm, lines)
        else:
            meant = who_is_meant_with_held if kind == "access" else who_is_meant
            bindings = meant(app, firm, read_subjects(lines, firm.estate))
        now = app.settings.now()
        with app.own.transaction() as connection:
            bindings = _each_known_once(kind, asks.known_people(connection, app.master, bindings, now))
            bindings = with_decisions(app, connection, bindings)
            asked_for = next(one for one in KINDS if one == kind)
            ask = asks.next_ask(connection, asked_for, len(bindings), regime, now, waits=batch, version=firm.version)
            asks.store_bindings(connection, app.master, ask, bindings, now)
            plan, counts, advice = _advised_now(app, firm, connection, ask, bindings, batch)
            waits = turns(app, connection, ask)
    return Planned(ask, plan, counts, _answer_by(ask, app.settings.today), folder, waits, advice, batch, firm.ahead)


def _each_known_once(kind: str, bindings: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """Lines whose rows lead to one another no more, of somebody we know as one person, are one. NotNow (X202) for a copy: the rows may be another's by now."""
    once = each_ref_once(bindings)
    if kind == "access" and len(once) < len(bindings):
        reason = "Two lines name rows that were one person's and that no longer lead to one another."
        raise NotNow("X202", reason, "Ask for each by itself; if they are one person's, record it: upheld queue … --merge FILE")
    return once


def plan_again(app: Installation, folder: Path, id: str) -> Planned:
    """A new plan of a stored ask, of the same people, under the promises, holds, schema and rows of now. What was done stays done."""
    with app.own.connection() as connection:
        found = asks.find_ask(connection, app.master, id)
    if found is None:
        raise Unusable("X154", f"There is no ask `{id[:12]}`.", "Give its number as `upheld plan` printed it, such as A-0001.")
    if not found.bindings:
        raise NotNow("X206", f"{id} has ended, and nobody knows any more who asked.", "Ask anew, with --subject.")
    with app.own.connection() as connection:
        of = replay_of(connection, id)  # an ask of the restored store alone
    with opened_firm(app, folder, only=of.store if of else "") as firm, app.own.transaction() as connection:
        ask = replace(found.ask, version=firm.version)
        plan, counts, advice = _advised_now(app, firm, connection, ask, found.bindings, found.batch is not None)
        waits = turns(app, connection, ask)
    by = _answer_by(found.ask, found.asked_at.date())
    command = of.command(folder) if of else ""
    return Planned(ask, plan, counts, by, folder, waits, advice, found.batch == "", firm.ahead, command)


def planned_now(app: Installation, firm: Firm, connection: Any, ask: Ask, bindings: Sequence[Binding]) -> tuple[Plan, Preview]:
    """The ask's plan under the promises, holds, schema and rows of now, stored with its counts. NotNow names what forbids it."""
    plan, counts, _ = _advised_now(app, firm, connection, ask, bindings, False)
    return plan, counts


def _advised_now(
    app: Installation, firm: Firm, connection: Any, ask: Ask, bindings: Sequence[Binding], batch: bool
) -> tuple[Plan, Preview, Advice]:
    """The same, and what the engines said of its steps. `batch`: it waits for the daily batch, and may read a large table whole."""
    today = app.settings.today
    estate = rooted_at(firm.estate, places_of(bindings), roles_of(bindings))
    others = others_held(app, connection, estate, bindings)
    holds = (*holds_of(connection, bindings, app), *others.holds)
    if ask.kind in CHANGES:
        plan, counts = change_now(app, firm, ask, bindings, holds)
        asks.store_plan(connection, plan, counts, app.settings.now(), [*others.known.union(hold.ref for hold in holds)])
        return plan, counts, Advice(())
    # An engine that explains its plans is asked itself, below; of any other the catalogue's estimates are all that is known.
    judge = not batch and not all(store.engine in EXPLAINED for store in estate.stores.values())
    plan = or_refuse(plan_of(firm.program, estate, firm.catalogue, holds, ask, today, judge_indexes=judge))
    advice = advise(plan, estate, firm.catalogue, firm.stores)
    if not batch:
        or_refuse(advice.refusal())
    counts = or_refuse(preview(plan, estate, firm.catalogue, bindings, firm.stores, today, others.bindings))
    if ask.kind in ERASES:
        or_refuse(rehearse(plan, estate, firm.catalogue, bindings, firm.stores, today, counts, others.bindings))
    asks.store_plan(connection, plan, counts, app.settings.now(), [*others.known.union(hold.ref for hold in holds)])
    return plan, counts, advice


def _answer_by(ask: Ask, asked: date) -> date | None:
    """By the asked right's own clock; None where no law was named, or it gives this right no number."""
    return answer_by(load_law(), ask.regime, ask.kind, asked) if ask.regime is not None else None


def explain_plan(app: Installation, digest: str, table: str) -> list[dict[str, str]]:
    """Each step of the stored plan in words; only of `table` (store.table), if given."""
    with app.own.connection() as connection:
        found = asks.find_plan(connection, digest)
    if found is None:
        help = "Give at least its first 8 digits, as `upheld plan` printed them."
        raise Unusable("X152", "No plan, or more than one, begins so.", help)
    plan = or_refuse(found)
    lines = [line for line in explain(plan) if not table or line.place == table or table in line.place.split(", ")]
    if not lines:
        raise Unusable("X153", f"The plan has no step for `{table[:60]}`.", "Name it as store.table, as the plan does.")
    return [{"place": line.place, "action": line.action, "says": line.says, "because": line.because} for line in lines]


def holds_of(connection: Any, bindings: Sequence[Binding], app: Installation) -> tuple[Hold, ...]:
    """Holds in force on these people, as plans take them."""
    found = holds_on(connection, [binding.ref for binding in bindings], app.settings.today)
    return tuple(Hold(one.id, one.ground, frozenset(one.leaves), one.until, one.subjects, (one.cites,)) for one in found)
