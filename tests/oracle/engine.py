"""The engine under test, asked about a world: plan, bind, run; and its answers in the oracle's words."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

from tests.oracle.case import Subject as Asker
from tests.oracle.databases import reflected
from tests.oracle.generate import World
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue, Estate, StoreCatalogue
from upheld.engine.execution import Answer, Bound, Subject, WorkingCopy, bind, run_access, run_erasure
from upheld.engine.execution.journal import ChunkRecord, Journal, MemoryJournal
from upheld.engine.execution.objects import MemoryPending, Objects
from upheld.engine.execution.preview import preview
from upheld.engine.plan.from_asks import plan_for
from upheld.engine.plan.model import Ask, Refused
from upheld.engine.plan.plans import Plan, Preview, StorePlan
from upheld.engine.stores import Store, open_stores
from upheld.engine.stores.objects import open_objects
from upheld.engine.stores.sql.statements import Script

SECRET = "5e" * 16


@dataclass
class Engine:
    """Everything that a run over a world needs. The estate is the one that was read from text, the catalogue scanned."""

    world: World
    estate: Estate
    catalogue: Catalogue
    stores: dict[str, Store]
    objects: Objects | None = None

    def plan(self, kind: str = "erasure") -> Plan:
        made = plan_for(self.estate, self.catalogue, self.world.keeps, Ask("A-0001", kind, len(self.world.subjects)))
        assert not isinstance(made, Refused), made
        return made

    def bind(self, subjects: tuple[Asker, ...] | None = None) -> Bound | Refused:
        asked = [Subject(s.ref, s.keys, s.identifiers) for s in subjects or self.world.subjects]
        return bind(self.estate, self.catalogue, self.stores, asked)

    def erase(
        self,
        bound: Bound,
        plan: Plan | None = None,
        *,
        journal: Journal | None = None,
        failpoint: Callable[[str], None] = lambda _: None,
        chunk_subjects: int = 1000,
        preview: Preview | None = None,
    ) -> Answer:
        return run_erasure(
            plan or self.plan(), self.estate, self.catalogue, bound.bindings, self.stores, today=self.world.today, secret=SECRET,
            journal=journal or MemoryJournal(), chunk_subjects=chunk_subjects, failpoint=failpoint, preview=preview, objects=self.objects,
        )  # fmt: skip

    def preview(self, bound: Bound) -> Preview | Refused:
        return preview(self.plan(), self.estate, self.catalogue, bound.bindings, self.stores, self.world.today)

    def access(self, bound: Bound, folder: Path) -> WorkingCopy | Refused:
        now = datetime.combine(self.world.today, time(), UTC)
        return run_access(
            self.plan("access"), self.estate, self.catalogue, bound.bindings, self.stores,
            today=self.world.today, now=now, folder=folder, key=bytes(32),
        )  # fmt: skip

    def leave_out(self, store: str, step: int) -> None:
        """The store forgets the statement of one step, as a faulty dialect would."""
        session = self.stores[store]
        self.stores[store] = Forgetful(session, step)  # type: ignore[assignment]


class Forgetful:
    """A store that answers nothing to one step's statement."""

    def __init__(self, session: Store, step: int) -> None:
        self._session, self._step = session, step

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)

    def script(self, plan: StorePlan, catalogue: StoreCatalogue, region: str = "") -> Script:
        whole = self._session.script(plan, catalogue, region)
        return replace(whole, statements={n: s for n, s in whole.statements.items() if n != self._step})


@contextmanager
def engine_of(world: World, addresses: dict[str, str]) -> Iterator[Engine]:
    """The engine, connected to a created world."""
    estate, findings = read_estate(world.yaml)
    assert findings == ()
    stores = open_stores(estate, addresses)
    try:
        yield Engine(world, estate, reflected(world, addresses), stores, _objects(estate, addresses))
    finally:
        for store in stores.values():
            store.close()


def _objects(estate: Estate, addresses: dict[str, str]) -> Objects | None:
    """The world's files, with a record of what must go that outlives its process."""
    opened = open_objects(estate, addresses)
    places = [Path(addresses[name].removeprefix("file://")) for name in opened]
    return Objects(opened, FilePending(places[0].with_suffix(".pending"))) if places else None


class FilePending(MemoryPending):
    """A record of files that must go, written whole at every call."""

    def __init__(self, path: Path) -> None:
        super().__init__(pickle.loads(path.read_bytes()) if path.exists() else {})
        self._path = path

    def note(self, store: str, chunk: int, files: Sequence[tuple[str, str]]) -> None:
        MemoryPending.note(self, store, chunk, files)
        self._path.write_bytes(pickle.dumps(self.files))

    def gone(self) -> None:
        MemoryPending.gone(self)
        self._path.write_bytes(pickle.dumps(self.files))


class FileJournal(MemoryJournal):
    """A journal that outlives its process: written whole, and synced, at every call."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.exists():
            self.records, self.ended = pickle.loads(path.read_bytes())

    def prepared(self, record: ChunkRecord) -> None:
        MemoryJournal.prepared(self, record)
        self._write()

    def done(self, record: ChunkRecord) -> None:
        MemoryJournal.done(self, record)
        self._write()

    def _write(self) -> None:
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(pickle.dumps((self.records, self.ended)))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
