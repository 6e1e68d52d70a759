"""An ask is bound, planned and stored; nothing is touched in any store.

The folder must check clean, and its stores must answer. Who asks is bound once, sealed under the ask's key, and never looked up again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upheld.engine.estate.forms import normalise
from upheld.engine.estate.model import Catalogue, Estate
from upheld.engine.execution import asks
from upheld.engine.execution.bind import Bound, Subject, bind
from upheld.engine.execution.preview import preview
from upheld.engine.plan.explain import Line, explain
from upheld.engine.plan.from_asks import plan as plan_of
from upheld.engine.plan.keeps import Hold
from upheld.engine.plan.model import Ask, AskKind, Binding, Refused
from upheld.engine.plan.plans import Plan, Preview
from upheld.engine.stores import Store, Timeouts, open_stores
from upheld.faces.app.addresses import urls_of
from upheld.faces.app.checking import Checked, check_folder
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.faces.app.subjects import read_subjects
from upheld.language.promises.model import Program
from upheld.records.people.holds import holds_on
from upheld.records.people.tombstones import was_erased

KINDS: tuple[AskKind, ...] = ("access", "erasure")
MARKS = {"erased": "kept", "blanked": "kept", "cut": "kept", "held": "held", "read": "kept", "waiting": "waiting", "": ""}


@dataclass(frozen=True, slots=True)
class Firm:
    """A folder that checks clean, with its stores open."""

    checked: Checked
    program: Program
    estate: Estate
    catalogue: Catalogue
    stores: dict[str, Store]


@dataclass(frozen=True, slots=True)
class Planned:
    """A stored ask and its plan, with counts."""

    asked: Ask
    plan: Plan
    counts: Preview

    @property
    def ask(self) -> str:
        return self.asked.id

    @property
    def digest(self) -> str:
        return self.plan.digest

    def head(self) -> list[str]:
        """What is asked, how much it touches, and that nothing was touched."""
        people = f"{self.asked.subjects} people" if self.asked.subjects != 1 else "one person"
        regime = f", {self.asked.regime}" if self.asked.regime else ""
        lines = [line for line in explain(self.plan) if line.effect and line.store]
        tables = {line.place for line in lines}
        statements = sum(len(part.steps) for part in self.plan.stores)
        rows = f"{self.total:,} rows in " if self.asked.kind == "erasure" else ""
        return [
            f"{self.asked.kind.capitalize()}, ask {self.ask}, {people}{regime}.",
            f"{rows}{len(tables)} tables of {len(self.plan.stores)} stores, at most {statements} statements for each thousand. Nothing has been touched.",
        ]

    @property
    def total(self) -> int:
        """Rows that would change."""
        return sum(self._rows(line) for line in explain(self.plan) if line.effect and line.mark != "held")

    def _rows(self, line: Line) -> int:
        return self.counts.rows.get((line.store, line.number), 0)

    def rows(self) -> list[list[str]]:
        """Mark, table, rows, action, because: one line for each effect that finds a row, or that waits for somebody."""
        shown = []
        for line in explain(self.plan):
            rows = self._rows(line)
            if line.effect and (rows or line.mark in ("read", "waiting")):
                shown.append([MARKS[line.mark], line.place, f"{rows:,}" if rows else "", line.action, line.short])
        return sorted(shown, key=lambda row: (row[1].partition(".")[0], row[0] == "waiting"))

    def foot(self) -> list[str]:
        """The fingerprint, and how to go on."""
        verb = (
            f"upheld erase {self.ask} --plan {self.digest[:16]}"
            if self.asked.kind == "erasure"
            else f"upheld access {self.ask}"
        )
        return [f"Plan {self.digest[:16]}. To run it: {verb}", f"Why any line: upheld explain {self.digest[:16]} [TABLE]"]

    def as_json(self) -> dict[str, Any]:
        """Ask, digest, steps in words with counts."""
        return {
            "ask": self.ask,
            "kind": self.asked.kind,
            "subjects": self.asked.subjects,
            "regime": self.asked.regime,
            "plan": self.digest,
            "rows": self.total,
            "steps": [
                {"store": line.store, "step": line.number, "place": line.place, "action": line.action, "because": line.because,
                 "rows": self.counts.rows.get((line.store, line.number))}
                for line in explain(self.plan)
            ],
        }  # fmt: skip


def plan_ask(app: Installation, folder: Path, kind: str, lines: Sequence[str], regime: str | None) -> Planned:
    """The ask is stored with its plan. NotNow names what forbids it; StoreFault where a store is out of reach."""
    if kind not in KINDS:
        raise Unusable("X150", f"There is no ask `{kind}`.", f"Ask for {' or '.join(KINDS)}.")
    with opened_firm(app, folder) as firm:
        if regime is not None and regime not in {one.id for version in firm.program.notices for one in version.regimes}:
            raise Unusable("X151", f"The notice does not name the regime `{regime}`.", "Give one of its `regimes:`, or none.")
        bindings = _bound(app, firm, read_subjects(lines, firm.estate))
        with app.own.transaction() as connection:
            bindings = asks.known_people(connection, app.master, bindings, app.settings.now())
            ask = asks.next_ask(
                connection, "access" if kind == "access" else "erasure", len(bindings), regime, app.settings.now()
            )
            holds = holds_of(connection, bindings, app)
            plan = or_refuse(plan_of(firm.program, firm.estate, firm.catalogue, holds, ask, app.settings.today))
            counts = or_refuse(preview(plan, firm.estate, firm.catalogue, bindings, firm.stores, app.settings.today))
            asks.store_bindings(connection, app.master, ask, bindings, app.settings.now())
            asks.store_plan(connection, plan, counts, app.settings.now())
    return Planned(ask, plan, counts)


def explain_plan(app: Installation, digest: str, table: str) -> list[dict[str, str]]:
    """Each step of the stored plan in words; only of `table` (store.table), if given."""
    with app.own.connection() as connection:
        found = asks.find_plan(connection, digest)
    if found is None:
        raise Unusable(
            "X152", "There is no plan of this fingerprint.", "Give at least its first 8 digits, as `upheld plan` printed them."
        )
    plan = or_refuse(found)
    lines = [line for line in explain(plan) if not table or line.place == table or table in line.place.split(", ")]
    if not lines:
        raise Unusable("X153", f"The plan has no step for `{table}`.", "Name it as store.table, as the plan does.")
    return [{"place": line.place, "action": line.action, "says": line.says, "because": line.because} for line in lines]


@contextmanager
def opened_firm(app: Installation, folder: Path, timeouts: Timeouts | None = None) -> Iterator[Firm]:
    """The folder, checked clean and compared with its lock; its stores are closed when the block ends."""
    checked = check_folder(folder)
    if checked.program is None or checked.errors:
        raise NotNow(
            "X120",
            f"{folder} has {checked.errors} errors, and an error is a promise that cannot be kept.",
            f"Run: upheld check {folder}",
        )
    if checked.estate is None or checked.catalogue is None:
        raise NotNow(
            "X121",
            f"{folder} has no estate, or no estate.lock.",
            f"Scan each store: upheld scan env:NAME --to {folder} --store NAME",
        )
    stores = open_stores(checked.estate, urls_of(checked.estate, app.settings.environment), timeouts)
    try:
        yield Firm(checked, checked.program, checked.estate, checked.catalogue, stores)
    finally:
        for store in stores.values():
            store.close()


def or_refuse(found: Any) -> Any:
    """The value, unless it is a refusal."""
    if isinstance(found, Refused):
        raise NotNow(found.code, f"{found.reason}.", found.help)
    return found


def holds_of(connection: Any, bindings: Sequence[Binding], app: Installation) -> tuple[Hold, ...]:
    """Holds in force on these people, as plans take them."""
    found = holds_on(connection, [binding.ref for binding in bindings], app.settings.today)
    return tuple(Hold(one.id, one.ground, frozenset(one.leaves), one.until, one.subjects, (one.cites,)) for one in found)


# ---- binding


def _bound(app: Installation, firm: Firm, subjects: list[Subject]) -> tuple[Binding, ...]:
    found = bind(firm.estate, firm.catalogue, firm.stores, subjects)
    if isinstance(found, Bound):
        return found.bindings
    if len(subjects) == 1:
        raise _whose(app, firm, subjects[0], found)
    faulty = _faulty(firm, subjects)
    first, why = faulty[0]
    places = ", ".join(subject.ref for subject, _ in faulty[:5]) + (f" and {len(faulty) - 5} more" if len(faulty) > 5 else "")
    raise _whose(app, firm, first, why, f"{places}: ")


def _faulty(firm: Firm, subjects: list[Subject]) -> list[tuple[Subject, Refused]]:
    """The subjects that cannot be bound, each with its reason, found by halving: most lines of a file are well."""
    found = bind(firm.estate, firm.catalogue, firm.stores, subjects)
    if isinstance(found, Bound):
        return []
    if len(subjects) == 1:
        return [(subjects[0], found)]
    middle = len(subjects) // 2
    return _faulty(firm, subjects[:middle]) + _faulty(firm, subjects[middle:])


def _whose(app: Installation, firm: Firm, subject: Subject, why: Refused, where: str = "") -> NotNow:
    """The refusal of one subject; nobody found asks the tombstones and never says erased without one."""
    erased = _erased(app, firm, subject) if why.code == "X201" else ()
    if erased:
        said = "; ".join(f"{store} on {at.date().isoformat()}" for store, at in erased)
        return NotNow("X204", f"{where}erased before: {said}.", "There is nothing left to ask for; the answer says so.")
    return NotNow(why.code, f"{where}{why.reason}.", why.help)


def _erased(app: Installation, firm: Firm, subject: Subject) -> tuple[tuple[str, Any], ...]:
    found: dict[str, Any] = {}
    with app.own.connection() as connection:
        for kind, form, normal in _asked_for(firm, subject):
            for store, at in was_erased(connection, app.master, kind, form, normal):
                found[store] = max(at, found.get(store, at))
    return tuple(sorted(found.items()))


def _asked_for(firm: Firm, subject: Subject) -> Iterator[tuple[str, str, str]]:
    region = next(iter(firm.estate.stores.values())).place
    for kind, form, value in subject.identifiers:
        normal = normalise(form, value, region)
        if normal is not None:
            yield kind, form, normal
    for (store, table), keys in subject.keys.items():
        for key in keys:
            yield f"{store}.{table}", "key", asks.key_text(key)
