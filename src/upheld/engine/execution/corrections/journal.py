"""A correction's chunks become records and leaves; what each cell said before and says now is sealed, for the answer.

No tombstone is laid: nobody was erased. Before and after are on record before the store commits, since a second attempt finds the new value and could not
say what stood there. They are sealed under a key of their own (`corrected:A-0001`), which outlives the ask's: the answer is given from them, and destroying
the key is their end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from upheld.engine.execution.asks import plain, typed
from upheld.engine.execution.journal import Changed, ChunkRecord
from upheld.engine.execution.own_journal import OwnJournal
from upheld.records.keys import MasterKey, ask_key, destroy_ask_key, find_ask_key, seal, unseal
from upheld.records.ledger import Detail, Leaf
from upheld.records.ledger.leaf import derived_id
from upheld.records.people.tombstones import Erased


@dataclass(slots=True)
class CorrectingJournal(OwnJournal):
    """See OwnJournal. A hold that came since the plan stops a chunk: what it names may not change."""

    @property
    def _keeps(self) -> bool:
        return True

    def _keep(self, connection: psycopg.Connection, record: ChunkRecord, now: datetime) -> None:
        by_person: dict[str, list[Changed]] = {}
        for one in record.changed:
            by_person.setdefault(one.subject, []).append(one)
        if not by_person:
            return
        ask = self.plan.ask.id
        key = ask_key(connection, self.master, _name(ask), now)
        rows = connection.execute(
            "SELECT subject, cells FROM corrected WHERE ask = %s AND store = %s AND subject = ANY(%s) FOR UPDATE",
            [ask, record.store, sorted(by_person)],
        ).fetchall()
        before = {ref: _opened(key, ask, record.store, ref, sealed) for ref, sealed in rows}
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO corrected (ask, store, subject, cells, corrected_at) VALUES (%s, %s, %s, %s, %s) "
                "ON CONFLICT (ask, store, subject) DO UPDATE SET cells = excluded.cells",
                [
                    (ask, record.store, ref, _sealed(key, ask, record.store, ref, _joined(before.get(ref, ()), cells)), now)
                    for ref, cells in by_person.items()
                ],
            )

    def keep_more(self, record: ChunkRecord) -> int:
        """Cells that a settling run corrected, on record before its store commits; how many."""
        if record.changed:
            with self.own.transaction() as connection:
                self._keep(connection, record, self.now())
        return len(record.changed)

    def ahead(self, store: str, chunk: int, refs: Sequence[str]) -> None:
        """Nothing is worth doing while the store works."""

    def _leaves(self, record: ChunkRecord, now: datetime, subjects: bool) -> list[Leaf]:
        at = self._place(record.store)
        clauses = {clause for step in self.plan.stores[at].steps for clause in step.why.clauses}
        counts = {
            "subjects": len(record.refs),
            "cells": sum(record.rows.values()),
            "left": record.left + sum(record.found.values()),
        }
        chunk = Leaf(
            "rectification:chunk:done", now, tuple(sorted(clauses)), counts, plan=self.plan.digest, chunk=record.chunk, step=at
        )
        return [chunk, *(self._of_subjects(record.store, record.chunk, record.refs, now) if subjects else ())]

    def _subject_leaf(self, ref: str, chunk: int, now: datetime) -> Leaf:
        detail = Detail({"ask": self.plan.ask.id, "subject": ref}, ref)
        id = derived_id("subject", self.plan.digest, ref)
        return Leaf("rectification:subject:done", now, (), {}, plan=self.plan.digest, chunk=chunk, id=id, detail=detail)

    def _buried(self, store: str, refs: Sequence[str]) -> list[Erased]:
        return []


def corrections_of(
    connection: psycopg.Connection, master: MasterKey, subjects: Sequence[str], ask: str = ""
) -> list[tuple[object, ...]]:
    """(ref, ask, store, table, column, before, after, when) of each cell that was corrected for these people; of one ask, or of all.

    Empty where the key of a correction is gone. Two statements, and one an ask.
    """
    rows = connection.execute(
        "SELECT ask, store, subject, cells, corrected_at FROM corrected WHERE subject = ANY(%s) AND (%s = '' OR ask = %s) "
        "ORDER BY corrected_at, ask, store",
        [list(subjects), ask, ask],
    ).fetchall()
    keys = {name: find_ask_key(connection, master, _name(name)) for name in dict.fromkeys(row[0] for row in rows)}
    return [
        (ref, name, store, one.table, one.column, one.before, one.after, at)
        for name, store, ref, sealed, at in rows
        if (key := keys[name]) is not None
        for one in _opened(key, name, store, ref, sealed)
    ]


def forget_corrections(connection: psycopg.Connection, ask: str) -> bool:
    """What cells said before and say now can be opened no more; True if it could."""
    connection.execute("DELETE FROM corrected WHERE ask = %s", [ask])
    return destroy_ask_key(connection, _name(ask))


def _name(ask: str) -> str:
    return f"corrected:{ask}"


def _joined(before: Iterable[Changed], now: Iterable[Changed]) -> list[Changed]:
    """Of a cell that was changed twice, what it said first and what it says now."""
    found: dict[tuple[str, tuple[object, ...], str], Changed] = {}
    for one in (*before, *now):
        place = one.table, one.key, one.column
        first = found.get(place, one)
        found[place] = Changed(one.subject, one.table, one.key, one.column, first.before, one.after)
    return list(found.values())


def _sealed(key: bytes, ask: str, store: str, ref: str, cells: Iterable[Changed]) -> bytes:
    said = [[one.table, [plain(part) for part in one.key], one.column, one.before, one.after] for one in cells]
    return seal(key, json.dumps(said).encode(), f"{ask}/{store}/{ref}")


def _opened(key: bytes, ask: str, store: str, ref: str, sealed: bytes) -> list[Changed]:
    return [
        Changed(ref, table, tuple(typed(part) for part in parts), column, before, after)
        for table, parts, column, before, after in json.loads(unseal(key, sealed, f"{ask}/{store}/{ref}"))
    ]
