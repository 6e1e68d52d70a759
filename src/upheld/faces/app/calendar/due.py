"""The folder and a day become what is past its date: a stored plan with counts, and data that no promise covers. Nothing is touched."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.calendar import count_bare, preview_due, token_secret
from upheld.engine.plan.calendar import Finding, retention
from upheld.engine.plan.explain import Line, explain
from upheld.engine.plan.plans import Plan, Preview
from upheld.engine.plan.steps import HandOver
from upheld.faces.app.asks.firm import by_version, opened_firm, or_refuse
from upheld.faces.app.backups.aging import bury_no_longer
from upheld.faces.app.calendar.files import left_behind
from upheld.faces.app.calendar.people import lists_of
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import Exit
from upheld.faces.app.installation import Installation

SHORT = 16
MARKS = {"erased": "kept", "blanked": "kept", "cut": "kept", "waiting": "waiting", "held": "held", "read": "kept", "": ""}


@dataclass(frozen=True, slots=True)
class Due:
    """What is past its date on `day`. `bare`: rows that hold data which nothing ends, by finding."""

    ask: str
    plan: Plan
    counts: Preview
    day: date
    bare: Mapping[Finding, int]
    folder: Path
    behind: tuple[str, ...] = ()  # earlier asks whose run was stopped before its files were gone
    ahead: bool = False  # the folder's text is another than the one in force

    @property
    def exit(self) -> Exit:
        if any(one.code != "L312" for one in self.bare):
            return Exit.BROKEN
        return Exit.WAITING if self.bare else Exit.WELL

    @property
    def total(self) -> int:
        """Rows that would be erased or blanked."""
        return sum(rows for line, rows in self._lines() if line.mark in ("erased", "blanked"))

    def _lines(self) -> list[tuple[Line, int]]:
        lines = [(line, self.counts.rows.get((line.store, line.number), 0)) for line in explain(self.plan)]
        return [(line, rows) for line, rows in lines if line.effect and rows]

    def head(self) -> list[str]:
        """The day, how much it is, and that nothing was touched."""
        rows = counted(self.total, "row")
        return [
            f"Retention on {self.day.isoformat()}, {self.ask}: {rows} past their date. Nothing has been touched.",
            *by_version(self.plan.ask.version, self.ahead),
        ]

    def rows(self) -> list[list[str]]:
        """Mark, table, rows, action, because."""
        return [[MARKS[line.mark], line.place, f"{rows:,}", line.action, line.short] for line, rows in self._lines()]

    def findings(self) -> list[tuple[str, str, str, str, str]]:
        """Code, place, what is so, remedy, clauses: data that the calendar cannot end."""
        return [
            (
                f.code,
                f"{f.store}.{f.table}",
                f"{', '.join(f.columns)}: {f.reason} ({counted(rows, 'row')}).",
                f.help,
                ", ".join(f.clauses),
            )
            for f, rows in self.bare.items()
        ]

    def foot(self) -> list[str]:
        """The fingerprint, and how to go on."""
        if not self.total and not self.behind:
            return ["Nothing is past its date."]
        run = f"upheld retain {shlex.quote(str(self.folder))} --plan {self.plan.digest[:SHORT]}"
        if any(isinstance(step, HandOver) for part in self.plan.stores for step in part.steps):
            run += " --hand-over-to FOLDER"
        waiting = [f"Files that {', '.join(self.behind)} left behind go with the next run."] if self.behind else []
        return [
            *waiting,
            f"Plan {self.plan.digest[:SHORT]}. To run it: {run}",
            f"Why any line: upheld explain {self.plan.digest[:SHORT]} [TABLE]",
        ]

    def as_json(self) -> dict[str, Any]:
        """The contract of `retain --json`."""
        return {
            "ask": self.ask,
            "day": self.day.isoformat(),
            "plan": self.plan.digest,
            "version": self.plan.ask.version or None,
            "rows": self.total,
            "steps": [
                {"store": line.store, "step": line.number, "place": line.place, "action": line.action, "because": line.because, "rows": rows}
                for line, rows in self._lines()
            ],
            "findings": [
                {"code": f.code, "store": f.store, "table": f.table, "columns": list(f.columns), "clauses": list(f.clauses),
                 "reason": f.reason, "help": f.help, "rows": rows}
                for f, rows in self.bare.items()
            ],
        }  # fmt: skip


def retain_plan(app: Installation, folder: Path, day: date | None) -> Due:
    """What is past its date on `day` (today) stands as a plan. NotNow names what forbids it; StoreFault where a store is out of reach."""
    day, now = day or app.settings.today, app.settings.now()
    with opened_firm(app, folder, on=day) as firm, app.own.transaction() as connection:
        ask = asks.next_ask(connection, "retention", 0, None, now, version=firm.version)
        known = lists_of(connection, app.master, now, day)
        found = or_refuse(retention(firm.program, firm.estate, firm.catalogue, ask, day, known.kept, known.spared))
        counts = or_refuse(
            preview_due(
                found,
                firm.estate,
                firm.catalogue,
                firm.stores,
                known.bindings,
                secret=token_secret(connection, app.master, now),
            )
        )
        bare = count_bare(found, firm.estate, firm.catalogue, firm.stores, known.bindings)
        asks.store_plan(connection, found.plan, counts, now, known.holds)
        behind = tuple(dict.fromkeys(other for other, _ in left_behind(connection)))
    bury_no_longer(app, firm.estate)
    return Due(ask.id, found.plan, counts, day, bare, folder, behind, firm.ahead)
