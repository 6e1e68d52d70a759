"""A restore is tried: the canary is backed up, erased, restored and replayed, in shadows; and the backups that lie about are counted by age.

The tombstones are written to our own database in a transaction that is rolled back, so that a probe buries nobody. Each twin plants its fault in a store: a database of ours
that loses tombstones, a folder with a backup that outlived its life. Not taken: a restore of the firm's own backup; it would make a second
copy of everybody.
"""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from upheld.engine.estate.model import Backup, Estate
from upheld.engine.execution import bind, run_erasure
from upheld.engine.execution.objects import MemoryPending, Objects
from upheld.engine.execution.own_journal import buried
from upheld.engine.execution.restores import erased_since_backup
from upheld.engine.plan.from_asks import plan
from upheld.engine.plan.model import Ask, Binding, Failed, Refused
from upheld.engine.stores import open_store
from upheld.engine.stores.shadow import PostgreSQLShadow, Shadow, ShadowRefused, Taken, backup_of, restored
from upheld.faces.board.model import Coverage, Evidence
from upheld.faces.board.probes.canary import CANARY, STRANGER, World, canary_world, put_files, subject_of
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.people import PEOPLE, token
from upheld.language.diagnostic import counted as say
from upheld.records.own import on_server
from upheld.records.people import bury
from upheld.records.people.graves import Graves

RESTORE, BACKUPS = "restore/2", "backups/1"
BEFORE = timedelta(minutes=1)
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Holding:
    """Cells and files that stand for a person in one store."""

    cells: int
    files: int

    @classmethod
    def of(cls, world: World, shadow: Shadow, person: str) -> Holding:
        """`world` is of this store alone. Files are those that its rows named when they were made."""
        return cls(sum(shadow.found(token(world.run, person)).values()), len(world.files_of(person)))

    def off(self, other: Holding) -> Holding:
        return Holding(abs(self.cells - other.cells), abs(self.files - other.files))

    def __add__(self, other: Holding) -> Holding:
        return Holding(self.cells + other.cells, self.files + other.files)


NOTHING = Holding(0, 0)


def tried(context: ProbeContext) -> list[Evidence]:
    """Every store that can be restored here, with the files its rows name: after the replay it holds of the canary what her erasure left, and of the stranger all."""
    with canary_world(context) as world:
        bound = bind(world.estate, world.catalogue, world.stores, [subject_of(world)])
        if isinstance(bound, Refused):
            return [_told(context, 0, {}, f"the canary could not be bound: {bound.code}", False)]
        backups = _taken(context, world)
        alone = {name: _alone(world, name) for name in backups}
        brought = {n: Holding.of(alone[n], world.shadows[n], CANARY) for n in backups}
        problem = _erase(context, world, bound.bindings, "erasure")
        if problem:
            return [_told(context, 0, {}, f"the canary was not erased: {problem}", False)]
        left = harmed = back = NOTHING
        unended = []
        with context.own.connection() as connection, connection.transaction(force_rollback=True):
            dead = [one for name in backups for binding in bound.bindings for one in buried(binding, name)]
            bury(connection, context.master, dead, context.now())
            for name, backup in backups.items():
                rightly, others = (Holding.of(alone[name], world.shadows[name], person) for person in PEOPLE)
                put_files(alone[name])
                hers, theirs, problem = _replayed(context, alone[name], name, backup, connection)
                back += brought[name].off(rightly)
                left, harmed = left + hers.off(rightly), harmed + others.off(theirs)
                unended += [problem] if problem else []
    return [_ended(context, Coverage(len(backups), len(context.estate.stores), "stores"), back, left, harmed, unended)]


def _ended(
    context: ProbeContext, coverage: Coverage, back: Holding, left: Holding, harmed: Holding, unended: list[str]
) -> Evidence:
    stores = coverage.reached
    detail = {
        "stores": stores,
        "cells brought back": back.cells,
        "cells left": left.cells,
        "cells of the stranger lost": harmed.cells,
    }
    files = f" and {say(back.files, 'file')}" if back.files else ""
    if back.files or left.files or harmed.files:
        detail |= {"files brought back": back.files, "files left": left.files, "files of the stranger lost": harmed.files}
    says = f"{say(back.cells, 'cell')}{files} of the canary came back with a restore of {say(stores, 'store')}, and the replay erased each again"
    good = not unended and left == harmed == NOTHING
    if not good:
        says = f"after restore and replay {left.cells} cells and {left.files} files of the canary were left, {harmed.cells} cells and {harmed.files} files of the stranger were lost"
        says += "".join(f"; the replay of a store did not end: {one}" for one in unended)
    return _told(context, back.cells, detail, says, good, coverage)


def _taken(context: ProbeContext, world: World) -> dict[str, Taken]:
    """A backup of every store whose engine has one on this machine; the others lower the coverage."""
    taken = {}
    for name, shadow in world.shadows.items():
        with suppress(ShadowRefused):
            taken[name] = backup_of(shadow, context.server)
    return taken


def _alone(world: World, name: str) -> World:
    """One store of the world, as a replay sees it: no other store, and the firm's folders of files."""
    return World(
        Estate({name: world.estate.stores[name]}, world.estate.objects), world.run, rows={name: world.rows[name]},
        objects=world.objects, files_at=world.files_at,
    )  # fmt: skip


def _replayed(context: ProbeContext, world: World, name: str, backup: Taken, connection: Any) -> tuple[Holding, Holding, str]:
    """What the restored store holds of the canary and of the stranger once it was replayed, and why the replay did not end."""
    taken = context.now() - BEFORE
    problem = ""
    with restored(backup, context.server) as shadow, ExitStack() as stack:
        session = open_store(world.estate.stores[name], shadow.url)
        stack.callback(session.close)
        live = session.catalogue()
        graves = Graves(connection, context.master, name, taken)
        found = erased_since_backup(world.estate.stores[name], live, session, graves, taken, context.now(), again=False)
        if isinstance(found, Refused):
            problem = found.code
        elif found.bindings:
            again = replace(world, shadows={name: shadow}, live={name: live}, stores={name: session})
            problem = _erase(context, again, found.bindings, "replay-after-restore")
        return Holding.of(world, shadow, CANARY), Holding.of(world, shadow, STRANGER), problem


def _erase(context: ProbeContext, world: World, bindings: Sequence[Binding], kind: str) -> str:
    """Empty, or why the canary was not erased. Her files go along, as they do in the firm's own run."""
    day = context.now().date()
    made = plan(context.program, world.estate, world.catalogue, (), Ask("A-canary", kind, len(bindings)), day)  # type: ignore[arg-type]
    if isinstance(made, Refused):
        return f"the ordinary plan was refused, {made.code}"
    answer = run_erasure(
        made, world.estate, world.catalogue, bindings, world.stores,
        today=day, secret=secrets.token_hex(32), objects=Objects(world.objects, MemoryPending()),
    )  # fmt: skip
    if answer.is_done:
        return ""
    codes = sorted({store.problem.code for store in answer.stores if isinstance(store.problem, Refused | Failed)})
    return f"{say(len(answer.open), 'store')} did not end" + (f", {', '.join(codes)}" if codes else "")


def _told(context: ProbeContext, exercised: int, detail: dict[str, int], says: str, good: bool, coverage: Coverage | None = None,
          ) -> Evidence:  # fmt: skip
    mend = "" if good else "Look at docs/replay.md, and keep restored stores closed until it is found."
    return evidence(
        context, "restore:replayed", RESTORE, exercised, "held" if good else "failed", says, "shadow", coverage=coverage,
        detail=detail, mend=mend,
    )  # fmt: skip


LOSES = """
CREATE FUNCTION planted_loss() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER planted_loss BEFORE INSERT ON tombstone FOR EACH ROW EXECUTE FUNCTION planted_loss();
"""


@contextmanager
def _lost_tombstones(context: ProbeContext) -> Iterator[ProbeContext]:
    """A database of ours, made for this, in which a trigger loses every tombstone."""
    server, name = context.server(), f"shadow_{secrets.token_hex(6)}"
    own = on_server(server, name, pool_size=2)
    try:
        own.migrate()
        PostgreSQLShadow(server.url(name)).execute(LOSES)
        yield replace(context, own=own, sandboxed=True)
    finally:
        own.let_go()
        server.drop_database(name)


# ---- the backups that lie about ------------------------------------------------------------------------------------


def counted(context: ProbeContext) -> list[Evidence]:
    """Files of backups against the days that the estate says they are kept, and against who may read them."""
    said = {name: store.backup for name, store in context.estate.stores.items() if store.backup is not None}
    files = old = open_ = 0
    looked = 0
    for name, backup in said.items():
        folder = context.backup_folders.get(name)
        if folder is None or not Path(folder).is_dir():
            continue
        looked += 1
        limit = context.now() - timedelta(days=backup.kept_days)
        for file in (one for one in os.scandir(folder) if one.is_file()):
            state = file.stat()
            files += 1
            old += datetime.fromtimestamp(state.st_mtime, UTC) < limit
            open_ += bool(stat.S_IMODE(state.st_mode) & stat.S_IROTH)
    bare = sum(1 for backup in said.values() if not backup.isolated)
    detail = {
        "backups": files,
        "past their days": old,
        "readable by anybody": open_,
        "stores without a word on isolation": bare,
    }
    coverage = Coverage(looked, len(context.estate.stores), "stores")
    if not looked:
        says = "no store of the estate says where its backups lie (`backup: {files: env:NAME}`), so none could be looked at"
        return [evidence(context, "backup:isolated", BACKUPS, 0, "not run", says, coverage=coverage, detail=detail)]
    good = not (old or open_ or bare)
    says = f"{say(files, 'backup')} of {say(looked, 'store')}, none past its days, none that anybody may read"
    if not good:
        says = f"of {say(files, 'backup')} {old} {'is' if old == 1 else 'are'} past {'its' if old == 1 else 'their'} days and {open_} may be read by anybody; {say(bare, 'store', 'does', 'do')} not say why theirs are isolated"
    mend = (
        ""
        if good
        else "Remove what is past its days, shut the folder, and say in the estate why nothing that processes data reads it."
    )
    return [
        evidence(
            context,
            "backup:isolated",
            BACKUPS,
            files,
            "held" if good else "failed",
            says,
            coverage=coverage,
            detail=detail,
            mend=mend,
        )
    ]


@contextmanager
def _outlived(context: ProbeContext) -> Iterator[ProbeContext]:
    """A folder of our own with one backup that is two days older than it may be."""
    with tempfile.TemporaryDirectory(prefix="uph-backups-") as folder:
        file = Path(folder) / "outlived.dump"
        file.touch(mode=0o600)
        name, store = next(iter(context.estate.stores.items()))
        backup = replace(store.backup or Backup(1), kept_days=1, isolated="planted")
        past = (context.now() - timedelta(days=3)).timestamp()
        os.utime(file, (past, past))
        estate = Estate({name: replace(store, backup=backup)})
        yield replace(context, estate=estate, backup_folders={name: folder}, sandboxed=True)


RESTORED = Probe("restore", 2, frozenset({"restore:replayed"}), tried, _lost_tombstones)
BACKUPS_EXPIRE = Probe("backups", 1, frozenset({"backup:isolated"}), counted, _outlived)
