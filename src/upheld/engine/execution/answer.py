"""What an erasure came to, per store: what was done, what stays and why, what is still open. Never a false done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from upheld.engine.execution.journal import ChunkRecord, Kept
from upheld.engine.plan.model import Done, Outcome


@dataclass(frozen=True, slots=True)
class StoreOutcome:
    """One store's part. `problem` None: every chunk is done."""

    store: str
    problem: Outcome | None
    chunks: tuple[ChunkRecord, ...] = ()
    earlier: int = 0  # rows that chunks touched before the ask was planned again

    @property
    def outcome(self) -> Outcome:
        return self.problem or Done(self.rows)

    @property
    def stops(self) -> bool:
        """The run does not go on to the next store: the stores that provide identities come last."""
        return self.problem is not None

    @property
    def rows(self) -> int:
        """Cells' rows touched, over all steps and chunks; or as many as an earlier plan of the same ask did, where that was more."""
        return max(self.earlier, sum(n for chunk in self.chunks for n in chunk.rows.values()))

    @property
    def kept(self) -> tuple[Kept, ...]:
        return tuple(k for chunk in self.chunks for k in chunk.kept)

    @property
    def found(self) -> Mapping[str, int]:
        """Rows in which a verified identifier was still found, by table.column."""
        total: dict[str, int] = {}
        for chunk in self.chunks:
            for place, count in chunk.found.items():
                total[place] = total.get(place, 0) + count
        return total


@dataclass(frozen=True, slots=True)
class Answer:
    """An ask's end, or how far it came. `planned`: the stores that the plan names, in order."""

    ask: str
    plan: str
    stores: tuple[StoreOutcome, ...]
    planned: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        """Every planned store was reached, every chunk committed and read back. Not yet: settled, swept, told."""
        return tuple(s.store for s in self.stores) == self.planned and all(s.problem is None for s in self.stores)

    @property
    def open(self) -> tuple[str, ...]:
        """Stores that were not reached or did not end."""
        done = {s.store for s in self.stores if s.problem is None}
        return tuple(name for name in self.planned if name not in done)

    def store(self, name: str) -> StoreOutcome:
        """This store's part; KeyError if the run did not come to it."""
        for outcome in self.stores:
            if outcome.store == name:
                return outcome
        raise KeyError(name)
