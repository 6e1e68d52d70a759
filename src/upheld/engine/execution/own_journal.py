"""A run's chunks become records in our own database: prepared and done, each once, with ledger leaves, tombstones and kept keys.

Two commits a chunk. The guard transaction locks the holds of the chunk's subjects for share before the store is touched and ends with
the record *done*: a new hold is before the store's commit or after it, never lost. A lease with a rising epoch fences executors that
were thought dead: `done` of an old epoch fails. It cannot be taken while its holder is inside a chunk, by a lock that dies with the holder:
else two runs would each undo the other's record. Not taken: a marker table in the firm's store.
"""

from __future__ import annotations

import json
import select
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg.pq import TransactionStatus

from upheld.engine.execution.asks import key_text, standing_on
from upheld.engine.execution.errors import refused
from upheld.engine.execution.journal import ChunkRecord, Kept, MemoryJournal
from upheld.engine.execution.kept.people import share
from upheld.engine.execution.kept.rows import KeptRows, all_kept, bare, by_end, keep, kept_in, kept_keys, kept_name, kept_of
from upheld.engine.plan.digest import from_json, to_json
from upheld.engine.plan.keeps import case_of
from upheld.engine.plan.matrix import waits_for
from upheld.engine.plan.model import Binding, KeepRule, Refused
from upheld.engine.plan.plans import Plan
from upheld.engine.plan.steps import HoldRows
from upheld.records.keys import MasterKey
from upheld.records.ledger import Leaf, append
from upheld.records.ledger.leaf import Detail, derived_id, minute
from upheld.records.own import OwnDatabase
from upheld.records.people.holds import ended_asked, guard_shared, guarding, restrictions_asked
from upheld.records.people.tombstones import Erased, Grave, bury, bury_hashed, grave_key_asked, hashed

__all__ = ["KeptRows", "LeaseLost", "OwnJournal", "SettlingJournal", "all_kept", "kept_in", "kept_keys", "kept_name"]
LEASE = timedelta(minutes=10)
SENDING_S = 1.0
LEASED = (
    "INSERT INTO lease (plan, epoch, until) SELECT %s, extract(epoch FROM clock_timestamp()) * 1000, %s "
    "FROM set_config('synchronous_commit', 'off', true) WHERE pg_try_advisory_xact_lock(%s) "
    "ON CONFLICT (plan) DO UPDATE SET epoch = greatest(lease.epoch + 1, excluded.epoch), until = excluded.until RETURNING epoch"
)
NOTED = (
    "INSERT INTO chunk (plan, store, chunk, state, token, record, epoch, at) VALUES (%s, %s, %s, 'prepared', %s, %s, %s, %s) "
    "ON CONFLICT (plan, store, chunk) DO UPDATE SET token = excluded.token, record = excluded.record, epoch = excluded.epoch, "
    "at = excluded.at WHERE chunk.state = 'prepared' AND chunk.epoch <= excluded.epoch"
)
# Nothing ended means that the lease is another's: the division fails, and a failure takes the rest of the transaction with it.
ENDED = (
    "WITH ended AS (UPDATE chunk SET state = 'done', at = %(now)s WHERE plan = %(plan)s AND store = %(store)s AND chunk = %(chunk)s "
    "AND state = 'prepared' AND EXISTS (SELECT FROM lease WHERE lease.plan = %(plan)s AND lease.epoch = %(epoch)s) RETURNING 1), "
    "lasting AS (UPDATE lease SET until = %(until)s WHERE plan = %(plan)s AND epoch = %(epoch)s) SELECT 1 / count(*) FROM ended"
)


class LeaseLost(Exception):
    """Another executor has taken this plan over; what we committed in the store is found again by its own run."""

    code = "X105"
    reason = "It runs now, in another process; nothing is recorded twice."
    help = "Wait for it to end, then look at what it said."
    exit = 4  # neither broken nor refused: the ask is under way


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What lies in the guard's open transaction already, sent and not yet answered, and what only has to be sent."""

    store: str
    chunk: int
    at: str
    epoch: str
    graves: list[Grave]
    sending: AbstractContextManager[object]


@dataclass(slots=True)
class OwnJournal:
    """The journal of one plan. `open` takes the lease; use from one thread. `holds` are the ids that the plan already knows."""

    own: OwnDatabase
    master: MasterKey
    plan: Plan
    bindings: Mapping[str, Binding]
    now: Any
    holds: frozenset[str] = frozenset()
    epoch: int = 0
    watched: frozenset[str] = frozenset()  # data of rows that several share: a hold on it may name somebody else
    kept_before: bool = False  # the ask ends what an erasure kept: its people are the numbers under which they are kept
    _guard: psycopg.Connection | None = None
    _held: ExitStack = field(default_factory=ExitStack)
    _grave: tuple[str, bytes] | None = None
    _ahead: _Ahead | None = None
    _records: dict[tuple[str, int], tuple[str, ChunkRecord]] = field(default_factory=dict)

    def open(self) -> OwnJournal:
        """The lease is ours, with the next epoch; what was recorded before is read. LeaseLost while its holder is inside a chunk. 2 statements."""
        with self.own.connection() as connection:
            with connection.pipeline():  # one transaction, by itself
                # Not waited for: the commit of the first chunk's record makes it durable too. A crash before that loses the row and not the
                # order of epochs, since an epoch is never lower than the clock.
                lease = connection.execute(LEASED, [self.plan.digest, self.now() + LEASE, self._lock])
                before = connection.execute(
                    "SELECT store, chunk, state, token, record FROM chunk WHERE plan = %s", [self.plan.digest]
                )
            taken = lease.fetchone()
            if taken is None:
                raise LeaseLost
            self.epoch = taken[0]
            for store, chunk, state, token, record in before.fetchall():
                self._records[store, chunk] = (state, _record(store, chunk, token, record, self.bindings))
        return self

    def close(self) -> None:
        """Connections are given back. May be called twice."""
        self.release()
        self._guard = None
        self._held.close()

    @property
    def begun(self) -> bool:
        """Whether any chunk was ever prepared: then something may be committed."""
        return bool(self._records)

    @property
    def _lock(self) -> int:
        return int.from_bytes(bytes.fromhex(self.plan.digest[:16]), "big", signed=True)

    # ---- the protocol

    def state(self, store: str, chunk: int) -> tuple[Literal["new", "prepared", "done"], str]:
        if (store, chunk) not in self._records:
            return "new", ""
        state, record = self._records[store, chunk]
        return ("done" if state == "done" else "prepared"), record.token

    def record(self, store: str, chunk: int) -> ChunkRecord | None:
        found = self._records.get((store, chunk))
        return found[1] if found else None

    def guard(self, refs: Sequence[str]) -> Refused | None:
        """The holds and restrictions of these people cannot change until `done` or `release`. Refused if a hold is there that the plan
        does not know, or a restriction that suspends this kind of ask."""
        connection = self._guarding()
        # A cell is not kept, and nobody told that it is, on the ground of a case that is over.
        cases = sorted(
            {case_of(step.rule) or "" for part in self.plan.stores for step in part.steps if isinstance(step, HoldRows)} - {""}
        )
        with connection.pipeline():
            connection.execute("BEGIN")
            alone = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [self._lock])
            grave = grave_key_asked(connection, self.master, self.now())
            holds = guarding(connection, refs, self.now().date())
            restricted = restrictions_asked(connection, refs)
            over = ended_asked(connection, cases, self.now().date()) if cases else None
        if alone.fetchone() != (True,):
            self.release()
            raise LeaseLost
        self._grave = grave()
        unknown = {hold.id for hold in holds()} - self.holds
        if self.watched:
            unknown |= {hold.id for hold in guard_shared(connection, sorted(self.watched), self.now().date())} - self.holds
        suspended = waits_for(self.plan.ask.kind, (), standing_on(restricted()))
        ended = over() if over is not None else frozenset()
        if not unknown and not suspended and not ended:
            return None
        self.release()
        if suspended:
            help = "Lift the restriction, after telling the person; then run the same command again."
            return refused("X258", f"{suspended[0].why}; it was said while the ask ran", help)
        if not unknown:
            return refused(
                "X207", f"{len(ended)} that the plan knows came to an end", "Plan again; what nothing else keeps will go, too."
            )
        return refused("X207", f"{len(unknown)} that the plan does not know", "Plan again; what the hold names will stay.")

    def ahead(self, store: str, chunk: int, refs: Sequence[str]) -> None:
        """While the store works, the leaves of these people go into the guard's transaction, and their tombstones are hashed.

        Nothing of it stands before `done` commits. A tombstone is dated there: one older than a backup that still holds the person would not
        count after a restore.
        """
        if self._guard is None or self._grave is None or self._guard.info.transaction_status != TransactionStatus.INTRANS:
            return
        now, (epoch, key) = self.now(), self._grave
        sending = self._guard.pipeline()
        sending.__enter__()
        self._ahead = ahead = _Ahead(store, chunk, minute(now), epoch, [], sending)
        self._guard.execute("SAVEPOINT ahead")
        append(self._guard, self._of_subjects(store, chunk, refs, now))
        _send_all(self._guard)
        ahead.graves.extend(hashed(key, self._buried(store, refs)))

    def release(self) -> None:
        """The guard is given up without a record; nothing else changes."""
        with suppress(psycopg.Error):
            self._answered()
        if self._guard is not None and not self._guard.closed and self._guard.info.transaction_status != TransactionStatus.IDLE:
            self._guard.execute("ROLLBACK")

    def _answered(self) -> None:
        """What was sent ahead is answered; errors are raised."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.sending.__exit__(None, None, None)

    def prepared(self, record: ChunkRecord) -> None:
        """The chunk's counts and the keys of kept rows are on record before the store commits. One commit; LeaseLost before it."""
        now = self.now()
        with self.own.connection() as connection:
            # A lone statement is its own transaction.
            with connection.transaction() if self._keeps else nullcontext():
                noted = connection.execute(
                    NOTED,
                    [
                        self.plan.digest,
                        record.store,
                        record.chunk,
                        record.token,
                        json.dumps(_counts(record, self.bindings)),
                        self.epoch,
                        now,
                    ],
                )
                if noted.rowcount != 1:
                    raise LeaseLost
                # Before the commit, for after it a crash would lose the keys: nobody can find a kept row whose root is blank.
                if self._keeps:
                    self._keep(connection, record, now)
        self._records[record.store, record.chunk] = ("prepared", record)

    def done(self, record: ChunkRecord) -> None:
        """The chunk is done, once: its leaves and tombstones with it. LeaseLost if another executor took over."""
        connection = self._guarding()
        ahead = self._ahead
        try:
            if ahead is None and connection.info.transaction_status == TransactionStatus.IDLE:
                connection.execute("BEGIN")
            if ahead is not None and (ahead.store, ahead.chunk) != (record.store, record.chunk):
                raise AssertionError("a chunk ends that was not begun")
            self._done(connection, record, ahead)
        except psycopg.errors.DivisionByZero:
            self.release()
            raise LeaseLost from None
        except BaseException:
            self.release()
            raise
        self._records[record.store, record.chunk] = ("done", record)

    def _done(self, connection: psycopg.Connection, record: ChunkRecord, ahead: _Ahead | None) -> None:
        """All of it and its commit in one round trip; after an error the server does nothing of what follows."""
        now = self.now()
        with connection.pipeline() if ahead is None else nullcontext():
            if ahead is not None and ahead.at != minute(now):
                connection.execute("ROLLBACK TO SAVEPOINT ahead")  # a leaf says the minute in which the work was done
            connection.execute(
                ENDED,
                {
                    "now": now, "until": now + LEASE, "plan": self.plan.digest, "store": record.store, "chunk": record.chunk,
                    "epoch": self.epoch,
                },
            )  # fmt: skip
            if ahead is None:
                bury(connection, self.master, self._buried(record.store, record.refs), now)
            else:
                bury_hashed(connection, ahead.epoch, ahead.graves, now)
            subjects = ahead is None or ahead.at != minute(now)
            append(connection, self._leaves(record, now, subjects))
            connection.execute("COMMIT")
        self._answered()

    # ---- what a chunk leaves behind

    def _leaves(self, record: ChunkRecord, now: datetime, subjects: bool) -> list[Leaf]:
        at = self._place(record.store)
        clauses = {clause for step in self.plan.stores[at].steps for clause in step.why.clauses}
        counts = {
            "subjects": len(record.refs),
            "rows": sum(record.rows.values()),
            "kept": sum(len(kept.keys) for kept in record.kept),
            "left": record.left + sum(record.found.values()),
        }
        chunk = Leaf(
            "erasure:chunk:done", now, tuple(sorted(clauses)), counts, plan=self.plan.digest, chunk=record.chunk, step=at
        )
        return [chunk, *(self._of_subjects(record.store, record.chunk, record.refs, now) if subjects else ())]

    def _place(self, store: str) -> int:
        return next(number for number, part in enumerate(self.plan.stores) if part.store == store)

    def _of_subjects(self, store: str, chunk: int, refs: Sequence[str], now: datetime) -> list[Leaf]:
        """A leaf for every person of the chunk, with the last of the stores."""
        if self._place(store) < len(self.plan.stores) - 1:
            return []
        return [self._subject_leaf(ref, chunk, now) for ref in refs]

    def _subject_leaf(self, ref: str, chunk: int, now: datetime) -> Leaf:
        detail = Detail({"ask": self.plan.ask.id, "subject": ref}, ref)
        id = derived_id("subject", self.plan.digest, ref)
        return Leaf("erasure:subject:done", now, (), {}, plan=self.plan.digest, chunk=chunk, id=id, detail=detail)

    def _buried(self, store: str, refs: Sequence[str]) -> list[Erased]:
        return [one for ref in refs for one in buried(self.bindings[ref], store)]

    def _keep(self, connection: psycopg.Connection, record: ChunkRecord, now: datetime) -> None:
        """Kept keys and whose they are, sealed."""
        stored = keep(connection, self.master, self.plan.digest, self.plan.ask.id, record, now) if record.kept else []
        before = [self._records.get((part.store, record.chunk)) for part in self.plan.stores]
        frames = {(one.store, *frame) for one in (record, *(each[1] for each in before if each)) for frame in one.frames}
        share(
            connection, self.master, self.plan.digest, self.plan.ask.id, record, stored, self.bindings, frozenset(frames), now,
            kept_before=self.kept_before,
        )  # fmt: skip

    def keep_more(self, record: ChunkRecord) -> int:
        """Rows that a settling run kept and that are not on record: writers brought them in after the chunk; how many. One commit."""
        if not record.kept or not any(record.rows.values()):
            return 0  # nobody brought anything in
        with self.own.transaction() as connection:
            known = {
                (one.table, one.rule, key)
                for one in kept_of(connection, self.master, self.plan.digest, record.store)
                for key in one.keys
            }
            fresh = tuple(one for kept in record.kept if (one := _without(kept, known)).keys)
            if fresh:
                self._keep(connection, replace(record, kept=fresh), self.now())
        return sum(len(one.keys) for one in fresh)

    @property
    def _keeps(self) -> bool:
        """Whether anything can stay in any store."""
        return any(isinstance(step, HoldRows) for part in self.plan.stores for step in part.steps)

    def _guarding(self) -> psycopg.Connection:
        if self._guard is None or self._guard.closed:
            self._held.close()
            self._guard = self._held.enter_context(self.own.lasting())
        return self._guard


@dataclass(slots=True)
class SettlingJournal(MemoryJournal):
    """The journal of a settling run: no record of its own, but what it keeps is on record, before the store commits."""

    outer: OwnJournal | None = None

    def prepared(self, record: ChunkRecord) -> None:
        MemoryJournal.prepared(self, record)
        if self.outer is not None:
            self.outer.keep_more(record)

    def guard(self, refs: Sequence[str]) -> Refused | None:
        """A hold that came after the run is in force for what settling finds."""
        return self.outer.guard(refs) if self.outer is not None else None

    def done(self, record: ChunkRecord) -> None:
        MemoryJournal.done(self, record)
        self.release()

    def release(self) -> None:
        if self.outer is not None:
            self.outer.release()


def _send_all(connection: psycopg.Connection) -> None:
    """What the socket did not take at once would else wait for the pipeline's next statement, and the server with it."""
    while connection.pgconn.flush():
        select.select([], [connection.pgconn.socket], [], SENDING_S)


def _without(kept: Kept, known: set[tuple[str, KeepRule, tuple[object, ...]]]) -> Kept:
    """The rows that are not known yet under this rule."""
    new = [n for n, key in enumerate(kept.keys) if (kept.table, bare(kept.rule), key) not in known]
    owners = tuple(kept.owners[n] for n in new) if kept.owners else ()
    return replace(kept, keys=tuple(kept.keys[n] for n in new), until=tuple(kept.until[n] for n in new), owners=owners)


def _counts(record: ChunkRecord, bindings: Mapping[str, Binding]) -> dict[str, Any]:
    """What a record may hold in plain: counts, places, opaque references; never a key of a row."""
    return {
        "refs": list(record.refs),
        "rows": {str(step): rows for step, rows in record.rows.items()},
        "left": record.left,
        "found": dict(record.found),
        "contested": record.contested,
        "kept": [[kept.table, to_json(bare(kept.rule)), len(keys), until and until.isoformat()]
                 for kept in record.kept for until, keys in by_end(kept).items()],
        "frames": [[ref, table, number] for ref in record.refs for (store, table), keys in bindings[ref].roots.items() if store == record.store
                   for number, key in enumerate(keys) if (table, key) in record.frames],
    }  # fmt: skip


def _record(store: str, chunk: int, token: str, said: Mapping[str, Any], bindings: Mapping[str, Binding]) -> ChunkRecord:
    """A record read back: kept rows are counted, their keys stay sealed."""
    kept = []
    for table, rule, count, until in said["kept"]:
        day = date.fromisoformat(until) if until else None
        found = from_json(rule)
        assert isinstance(found, KeepRule)
        kept.append(Kept(table, found, ((),) * count, (day,) * count))
    rows = {int(step): count for step, count in said["rows"].items()}
    frames = {
        (table, bindings[ref].roots[store, table][number]) for ref, table, number in said.get("frames", ()) if ref in bindings
    }
    return ChunkRecord(
        store, chunk, tuple(said["refs"]), rows, said["left"], said["found"], tuple(kept), said["contested"], token, True, frozenset(frames)
    )  # fmt: skip


def buried(binding: Binding, store: str) -> list[Erased]:
    """What a tombstone of this store is made for: identifiers that are the person's alone, and the keys of her rows there."""
    found = [Erased(store, one.kind, one.form, one.normal) for one in binding.identifiers if one.bearers <= 1]
    for (place, table), keys in binding.roots.items():
        if place == store:
            found += [Erased(store, f"{place}.{table}", "key", key_text(key)) for key in keys]
    return found
