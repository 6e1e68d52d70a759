"""A linked estate with our own database beside it: people ask, and what they asked for is carried out, as the product does it.

Asking (people are bound and enrolled, the plan is made, previewed and stored) and carrying out (the stored ask is read, unsealed and run
with its records) are apart, as in the product; what is timed is the carrying out, and how long the asking took is said beside it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from bench.linked import Linked
from upheld.engine.execution import Answer, Bound, Subject, WorkingCopy, asks, bind, run_access, run_erasure
from upheld.engine.execution.own_journal import OwnJournal
from upheld.engine.execution.preview import preview
from upheld.engine.plan.from_asks import plan_for
from upheld.engine.plan.model import AskKind, Binding
from upheld.engine.plan.plans import Plan, Preview
from upheld.engine.stores import Store
from upheld.records.keys import MasterKey, ask_key
from upheld.records.ledger import Leaf, append
from upheld.records.ledger.leaf import Detail, derived_id
from upheld.records.own import EmbeddedServer, OwnDatabase, on_server

MASTER = MasterKey(bytes(range(32)))
TODAY = date(2026, 1, 15)
SECRET = "5e" * 32


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Firm:
    """One store and our own database; `asking_s` collects how long each asking took."""

    linked: Linked
    own: OwnDatabase
    store: Store
    asking_s: list[float] = field(default_factory=list)

    def ask(self, kind: AskKind, ids: Sequence[int]) -> str:
        """The number of a stored ask of these customers, known by their e-mail addresses."""
        began = time.perf_counter()
        subjects = [Subject(f"s{i}", {}, (("customer", "email/1", email(i)),)) for i in ids]
        bound = bind(self.linked.estate, self.linked.catalogue, {"linked": self.store}, subjects)
        assert isinstance(bound, Bound), bound
        with self.own.transaction() as connection:
            bindings = asks.known_people(connection, MASTER, bound.bindings, now())
            ask = asks.next_ask(connection, kind, len(bindings), None, now())
            plan = plan_for(self.linked.estate, self.linked.catalogue, {}, ask)
            assert isinstance(plan, Plan), plan
            counts = Preview({}, len(ids))
            if kind == "erasure":
                found = preview(plan, self.linked.estate, self.linked.catalogue, bindings, {"linked": self.store}, TODAY)
                assert isinstance(found, Preview), found
                counts = found
            asks.store_bindings(connection, MASTER, ask, bindings, now())
            asks.store_plan(connection, plan, counts, now())
        self.asking_s.append(time.perf_counter() - began)
        return ask.id

    def erase(self, ask: str) -> Answer:
        """The stored ask, carried out with its two commits, tombstones and leaves."""
        with self.own.connection() as connection:
            found = asks.find_ask(connection, MASTER, ask)
        assert found is not None and found.plan is not None
        bindings: dict[str, Binding] = {one.ref: one for one in found.bindings}
        with closing(OwnJournal(self.own, MASTER, found.plan, bindings, now).open()) as journal:
            answer = run_erasure(
                found.plan, self.linked.estate, self.linked.catalogue, found.bindings, {"linked": self.store}, today=TODAY,
                secret=SECRET, journal=journal, preview=found.preview,
            )  # fmt: skip
        assert answer.is_done and not answer.stores[0].found, answer
        return answer

    def access(self, ask: str, folder: Path) -> WorkingCopy:
        """The stored ask's working copies, encrypted, with a leaf for each subject."""
        with self.own.connection() as connection:
            found = asks.find_ask(connection, MASTER, ask)
            assert found is not None and found.plan is not None
            key = ask_key(connection, MASTER, ask, now())
        copy = run_access(
            found.plan, self.linked.estate, self.linked.catalogue, found.bindings, {"linked": self.store}, today=TODAY, now=now(),
            folder=folder, key=key,
        )  # fmt: skip
        assert isinstance(copy, WorkingCopy), copy
        leaves = [
            Leaf("access:subject:answered", now(), (), {}, plan=found.plan.digest, id=derived_id("access", found.plan.digest, ref),
                 detail=Detail({"ask": ask, "subject": ref}, ref))
            for ref in copy.refs
        ]  # fmt: skip
        with self.own.transaction() as connection:
            append(connection, leaves)
            asks.note_state(connection, ask, "done", now())
        return copy

    def close(self) -> None:
        """Sessions are closed."""
        self.store.close()
        self.own._pool.close()


def firm(server: EmbeddedServer, linked: Linked, own: str = "own") -> Firm:
    """The firm of a filled store, with our own database `own` on the same server."""
    ours = on_server(server, own)
    ours.migrate()
    return Firm(linked, ours, linked.store())


def email(customer: int) -> str:
    """The address that `linked.sql` gives to this customer."""
    return f"person.{customer}@example.test"
