"""A closing's chunks become records and leaves. Nobody is erased, so no tombstone is laid; what a case holds stays readable, so a hold changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from upheld.engine.execution.journal import ChunkRecord
from upheld.engine.execution.own_journal import OwnJournal
from upheld.engine.plan.model import Refused
from upheld.records.ledger import Detail, Leaf
from upheld.records.ledger.leaf import derived_id
from upheld.records.people.tombstones import Erased


@dataclass(slots=True)
class ClosingJournal(OwnJournal):
    """See OwnJournal."""

    def guard(self, refs: Sequence[str]) -> Refused | None:
        with self.own.connection() as connection:
            rows = connection.execute("SELECT hold FROM hold_subject WHERE subject = ANY(%s)", [list(refs)]).fetchall()
        self.holds |= {hold for (hold,) in rows}
        self.watched = frozenset()
        return OwnJournal.guard(self, refs)

    def ahead(self, store: str, chunk: int, refs: Sequence[str]) -> None:
        """Nothing is worth doing while the store works."""

    def _leaves(self, record: ChunkRecord, now: datetime, subjects: bool) -> list[Leaf]:
        at = self._place(record.store)
        clauses = {clause for step in self.plan.stores[at].steps for clause in step.why.clauses}
        counts = {"subjects": len(record.refs), "rows": sum(record.rows.values()), "left": record.left}
        chunk = Leaf(
            "closing:chunk:done", now, tuple(sorted(clauses)), counts, plan=self.plan.digest, chunk=record.chunk, step=at
        )
        return [chunk, *(self._of_subjects(record.store, record.chunk, record.refs, now) if subjects else ())]

    def _subject_leaf(self, ref: str, chunk: int, now: datetime) -> Leaf:
        detail = Detail({"ask": self.plan.ask.id, "subject": ref}, ref)
        id = derived_id("subject", self.plan.digest, ref)
        return Leaf("closing:subject:done", now, (), {}, plan=self.plan.digest, chunk=chunk, id=id, detail=detail)

    def _buried(self, store: str, refs: Sequence[str]) -> list[Erased]:
        return []
