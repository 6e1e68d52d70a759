"""A restored store and the moment of its backup become an ask: erase again whoever was erased after that moment.

To be run before the store opens. The first call looks and plans, touching nothing; with the plan's digest the second carries it out, as any erasure:
chunks, guards, read-backs, sweep, records. Only the restored store is touched: in the others the person may be back, and rightly so. Rules and
holds are those of now: what was kept then and need not be kept any more goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.restores import Restored, erased_since_backup
from upheld.engine.plan.model import AskKind
from upheld.faces.app.asks.changes.planned import CHANGES
from upheld.faces.app.asks.ended import Ended
from upheld.faces.app.asks.erasing import run_erasure_ask
from upheld.faces.app.asks.firm import Firm, opened_firm, or_refuse
from upheld.faces.app.asks.meaning import each_once, each_ref_once
from upheld.faces.app.asks.planning import Planned, planned_now
from upheld.faces.app.backups.aging import oldest_backup
from upheld.faces.app.checking import check_folder, counted
from upheld.faces.app.errors import Exit, NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.records.ledger import Leaf, append
from upheld.records.people.graves import Graves
from upheld.records.people.replays import Replay, begun, record_replay, replay_done, replay_of, undone, was_replayed

KIND: AskKind = "replay-after-restore"
SHORT = 16
Advance = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a look through a restored store came to. `planned` None: nobody in it was erased since, and it may open."""

    store: str
    backup_taken: datetime
    looked_at: int
    doubtful: int
    planned: Planned | None
    command: str
    by_address: bool = False  # a replay of this backup was done before, and rows are meant that an address alone names
    undone: tuple[str, ...] = ()  # corrections and closings that the restore took back
    retained: tuple[str, ...] = ()  # retention runs that ended rows there since
    begun: tuple[str, ...] = ()  # erasures that were stopped there before they were on record

    @property
    def exit(self) -> Exit:
        return Exit.WELL if self.planned is None else Exit.WAITING

    def head(self) -> list[str]:
        """What was looked at and found."""
        looked = f"{self.looked_at:,} {'key or identifier was' if self.looked_at == 1 else 'keys and identifiers were'} held against the tombstones"
        since = f"since {self.backup_taken.isoformat(timespec='seconds')}"
        if self.planned is None:
            return [
                f"Nothing found: nobody in {self.store} was erased {since}.",
                f"{looked}. The store may open.",
                *self._undone(),
            ]
        said = [f"The restore brought people back to {self.store} who were erased {since}.", f"{looked}."]
        if self.doubtful:
            rows = counted(self.doubtful, "row")
            said.append(f"{rows} may be of one of them or of somebody else; they are not touched, and a person decides.")
        if self.by_address:
            said.append(
                "A replay of this backup was done before. Go on only if the store was restored anew: of rows that are known by an address alone, nobody can tell "
                "those of somebody who came back since."
            )
        return [*said, *self._undone()]

    def _undone(self) -> list[str]:
        """What a replay does not do again: the values of corrections went with their asks, and what the calendar ended is past its date again."""
        says = []
        if self.begun:
            says.append(f"{', '.join(self.begun)}: stopped there before the end. Go on with --resume before the store opens.")
        if self.undone:
            asks = counted(len(self.undone), "ask")
            says.append(
                f"The restore took back what {asks} corrected or closed there since: {', '.join(self.undone)}. Carry it out anew."
            )
        if self.retained:
            says.append(
                f"The calendar ended rows there since ({', '.join(self.retained)}): run upheld retain before it opens, too."
            )
        return says

    def foot(self) -> list[str]:
        """How to go on."""
        if self.planned is None:
            return []
        short = self.planned.digest[:SHORT]
        return [
            f"Plan {short}. Keep the store closed until it is done: {self.command} --plan {short}",
            f"Why any line: upheld explain {short} [TABLE]",
        ]

    def as_json(self) -> dict[str, Any]:
        """Outcome, counts, and the plan where there is one."""
        outcome = "nothing-found" if self.planned is None else "planned"
        said: dict[str, Any] = {
            "outcome": outcome, "store": self.store, "backup_taken": self.backup_taken.isoformat(), "looked_at": self.looked_at,
            "doubtful": self.doubtful, "may_open": self.planned is None, "undone": list(self.undone),
            "retained": list(self.retained), "begun": list(self.begun), "ask": None, "plan": None,
        }  # fmt: skip
        return said if self.planned is None else {**said, **self.planned.as_json()}


def replay_store(app: Installation, folder: Path, store: str, taken: str, plan: str, advance: Advance) -> Replayed | Ended:
    """Without `plan`: who was erased since is looked for and planned. With it: the plan is carried out, and gone on with if it was stopped."""
    moment = _moment(taken, app.settings.now())
    _known(folder, store)
    if plan:
        return _carried_out(app, folder, store, moment, plan, advance)
    advance(0, note=f"looking through {store}")
    with opened_firm(app, folder, only=store) as firm:
        oldest = oldest_backup(firm.estate, store, app.settings.now())
        if oldest is not None and moment < oldest:
            reason = f"No backup of {store} is kept so long, and tombstones die with the oldest."
            raise NotNow("X505", reason, "Restore a younger one.")
        return _looked(app, folder, firm, store, moment)


def _looked(app: Installation, folder: Path, firm: Firm, store: str, moment: datetime) -> Replayed:
    found, again = _found(app, firm, store, moment)
    now = app.settings.now()
    planned = None
    with app.own.transaction() as connection:
        if found.bindings:
            bindings = each_ref_once(asks.known_people(connection, app.master, each_once(found.bindings), now))
            ask = asks.next_ask(connection, KIND, len(bindings), None, now, version=firm.version)
            asks.store_bindings(connection, app.master, ask, bindings, now)
            planned = Planned(ask, *planned_now(app, firm, connection, ask, bindings), None, folder)
        look = Replay(store, moment, now, found.looked_at, planned.ask if planned else None, None if planned else now)
        record_replay(connection, look)
        counts = {"identities": found.looked_at, "subjects": len(found.bindings), "doubtful": found.doubtful}
        taken_back = undone(connection, store, moment, CHANGES)
        retained = undone(connection, store, moment, ["retention"])
        stopped = begun(connection, store, ["erasure", "child-found"])
        append(connection, [Leaf("replay:store:looked" if planned else "replay:store:nothing-found", now, (), counts)])
    app.seal()
    by_address = again and found.linked > 0
    return Replayed(
        store, moment, found.looked_at, found.doubtful, planned, look.command(folder), by_address, taken_back, retained, stopped
    )


def _found(app: Installation, firm: Firm, store: str, moment: datetime) -> tuple[Restored, bool]:
    """Who is meant, and whether a replay of this backup was done before."""
    with app.own.lasting() as connection:
        again = was_replayed(connection, store, moment)
        graves = Graves(connection, app.master, store, moment)
        mapped, live = firm.estate.stores[store], firm.catalogue.stores.get(store)
        if live is None:
            raise NotNow("X121", f"{store} is not in estate.lock.", f"Scan it: upheld scan env:NAME --store {store}")
        found = erased_since_backup(mapped, live, firm.stores[store], graves, moment, app.settings.now(), again=again)
        return or_refuse(found), again


def _carried_out(app: Installation, folder: Path, store: str, moment: datetime, digest: str, advance: Advance) -> Ended:
    with app.own.connection() as connection:
        plan = asks.find_plan(connection, digest)
        if plan is None:
            raise Unusable(
                "X152", "No plan, or more than one, begins so.", "Give at least its first 8 digits, as replay printed them."
            )
        shown = or_refuse(plan)
        of = replay_of(connection, shown.ask.id)
    if of is None or (of.store, of.backup_taken_at) != (store, moment):
        help = "Run it again without --plan, and take the plan that it prints."
        raise Unusable("X504", f"{shown.ask.id} is no replay of {store} from a backup of that moment.", help)
    ended = run_erasure_ask(app, folder, shown.ask.id, digest, True, advance, kind=KIND, only=store)
    if ended.exit == Exit.WELL:
        with app.own.transaction() as connection:
            replay_done(connection, shown.ask.id, app.settings.now())
    return ended


def _moment(taken: str, now: datetime) -> datetime:
    """The moment that the backup's snapshot is of; a dump's is when it began. Never guessed: a zone must be there."""
    try:
        moment = datetime.fromisoformat(taken)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unusable(
            "X501", "It is no moment with a zone.", "Write it as 2026-01-15T02:30:00Z: the moment at which the backup began."
        )
    if moment > now:
        raise Unusable("X502", "No backup was taken then yet.", "Give the moment at which the backup began.")
    return moment


def _known(folder: Path, store: str) -> None:
    checked = check_folder(folder)
    stores = checked.estate.stores if checked.estate else {}
    if checked.estate is not None and store not in stores:
        raise Unusable("X503", f"The estate knows no store `{store[:40]}`.", f"Known are {', '.join(sorted(stores))}.")
    if checked.estate is not None and stores[store].kind == "backup":
        raise Unusable("X503", f"{store} is itself a backup.", "Name the store that was restored from it.")
