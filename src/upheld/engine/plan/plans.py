"""A whole plan: steps per store, in the order of the run, under one digest.

The digest is SHA-256 over the RFC 8785 form of ask, steps, fingerprints and number of subjects: what was shown is what runs.
Preview counts stand beside the plan, not in the digest. Holds no personal data; subjects are opaque references.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from upheld.engine.estate.model import Engine
from upheld.engine.plan.model import Ask
from upheld.engine.plan.steps import Step


@dataclass(frozen=True, slots=True)
class StorePlan:
    """One store's steps in order. `holds`: case holds by name, with the opaque references of their subjects."""

    store: str
    engine: Engine
    fingerprint: str
    steps: tuple[Step, ...]
    holds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    large: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`stores` stand in the order of the run: leaf stores first. `after`: steps that no store executes."""

    ask: Ask
    stores: tuple[StorePlan, ...]
    after: tuple[Step, ...]
    digest: str

    def store(self, name: str) -> StorePlan:
        """The part of this store; KeyError if the plan does not touch it."""
        for part in self.stores:
            if part.store == name:
                return part
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Preview:
    """Rows that each step would touch, by store and position of the step, as counted at the time of the preview.

    `overwrites`: of a correction, cells in which a value stands that nobody named and that would be replaced, by store.table.column. Not stored.
    """

    rows: Mapping[tuple[str, int], int]
    subjects: int
    overwrites: Mapping[str, int] = field(default_factory=dict, compare=False)
