"""What erasures deleted is overwritten in the files of the stores, and the second date of each erasure noted: `upheld compact`.

Rewriting a table locks it while it lasts, so a person or a schedule says when, and not the erasure; a store whose estate says
`compact: after-erasure` is done at once. Logs of the engine and backups follow their own time; nothing here says that they are overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from upheld.engine.execution.overwriting import Duty, open_duties
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks.ended import line_of
from upheld.faces.app.asks.firm import opened_firm
from upheld.faces.app.asks.second_date import compacted
from upheld.faces.app.checking import check_folder, counted
from upheld.faces.app.errors import Exit, Unusable
from upheld.faces.app.installation import Installation

Advance = Callable[..., None]
BUSY = "Compact again when nobody reads or writes there."
LATER = ("X103", "X509")  # others are at work: the same call ends well another time


@dataclass(frozen=True, slots=True)
class Compacted:
    """By store: the duties that were closed, or the fault. `open`: duties that stand after it all."""

    closed: dict[str, list[Duty]]
    tables: dict[str, int]
    faults: dict[str, StoreFault]
    open: tuple[Duty, ...]
    today: date

    @property
    def exit(self) -> Exit:
        if not self.faults:
            return Exit.WELL
        return Exit.WAITING if all(fault.code in LATER for fault in self.faults.values()) else Exit.WORLD

    def rows(self) -> list[list[str]]:
        """Mark, store, tables, what it came to."""
        done = [
            ["kept", store, str(self.tables[store]), f"overwritten: {counted(len({d.ask for d in duties}), 'erasure')}"]
            for store, duties in self.closed.items()
        ]
        return done + [
            ["waiting", store, str(self.tables[store]), f"not overwritten, {fault.code}"]
            for store, fault in self.faults.items()
        ]

    def foot(self) -> list[str]:
        """What stays open, and what compacting does not reach."""
        if not self.rows():
            return ["Nothing waits to be overwritten."] if not self.open else []
        late = [duty for duty in self.open if duty.due is not None and duty.due < self.today]
        says = [
            f"Past its promised day: {duty.ask} in {duty.store}, due {duty.due} ({', '.join(duty.clauses)})." for duty in late
        ]
        if self.closed:
            says.append("The engines' logs are recycled in their own time, and backups go at their expiry: see docs/replay.md.")
        return says

    def findings(self) -> list[tuple[str, str, str, str]]:
        """What went wrong: code, fixed line, what is so here, remedy."""
        return [
            (fault.code, line_of(fault.code), f"{fault.cause}.", BUSY if fault.code == "X103" else fault.help)
            for fault in self.faults.values()
        ]

    def as_json(self) -> dict[str, Any]:
        """The contract of `compact --json`."""
        return {
            "stores": [
                *({"store": store, "tables": self.tables[store], "code": None, "overwritten": [d.as_json() for d in duties]}
                  for store, duties in self.closed.items()),
                *({"store": store, "tables": self.tables[store], "code": fault.code, "overwritten": []} for store, fault in self.faults.items()),
            ],
            "open": [duty.as_json() for duty in self.open],
        }  # fmt: skip


def compact_stores(app: Installation, folder: Path, store: str, advance: Advance) -> Compacted:
    """Every store in which something waits to be overwritten is compacted, or the one that is named. One that fails stays open, and the rest go on."""
    known = check_folder(folder).estate
    if store and known is not None and store not in known.stores:
        raise Unusable("X503", f"The estate knows no store `{store[:40]}`.", f"Known are {', '.join(sorted(known.stores))}.")
    with app.own.connection() as connection:
        waiting: dict[str, set[str]] = {}
        for duty in open_duties(connection, store):
            waiting.setdefault(duty.store, set()).update(duty.tables)
    closed: dict[str, list[Duty]] = {}
    faults: dict[str, StoreFault] = {}
    with opened_firm(app, folder) as firm:
        for name, tables in sorted(waiting.items()):
            if name not in firm.stores:
                continue  # no store of this folder
            advance(0, note=f"compacting {name}")
            try:
                closed[name] = compacted(app, firm, name, tuple(sorted(tables)), app.settings.now())
            except StoreFault as fault:
                faults[name] = fault
    app.seal()
    with app.own.connection() as connection:
        left = tuple(open_duties(connection, store))
    return Compacted(closed, {name: len(tables) for name, tables in waiting.items()}, faults, left, app.settings.today)
