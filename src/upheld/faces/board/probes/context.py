"""What a probe is given, and what a probe is: functions from a context to evidence, each with a twin that plants its fault.

A twin never changes probe or control: it lends a context whose store, map, file or ledger bears a planted fault, in a copy of our own.
The runner then demands that the same probe goes red over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from upheld.engine.estate.model import Estate, StoreCatalogue, StoreMap
from upheld.engine.stores.shadow import Shadow
from upheld.faces.board.model import Canary, Coverage, Evidence, Outcome
from upheld.faces.board.probes.people import Row
from upheld.language.law import Law
from upheld.language.promises.model import Program
from upheld.records.keys import MasterKey
from upheld.records.own import EmbeddedServer, OwnDatabase


class Readable(Protocol):
    """What a probe reads of a connected store: its live schema, and the text of its rows. Nothing of it is kept."""

    def catalogue(self) -> StoreCatalogue: ...
    def texts(self, table: str, columns: Sequence[str]) -> Iterator[bytes]: ...
    def close(self) -> None: ...


NO_POST = "no mailbox is set here (UPHELD_IMAP_URL), so no mail comes in"
Visit = Callable[[str], str]
Copied = Callable[[], AbstractContextManager[tuple[Path, Visit]]]
PublishedTwice = Callable[[str], AbstractContextManager[tuple[Visit, date]]]
Planting = Callable[[Mapping[str, Shadow], Mapping[str, list[Row]]], None]


@dataclass(frozen=True, slots=True)
class ProbeContext:
    """A firm as probes see it. `urls` are the stores' resolved addresses; `opened` opens one.

    `notice_source` is the text of the notice's file, `estate_files` and `law_files` are those of the map and of the regimes by name;
    `visit` fetches a page of the running site by its path, None while no site runs, and `copied` serves a copy of the firm's folder by
    the same site: its files may be altered while it runs. `server` lends an embedded server for shadows. `sandboxed` is true in a twin's context; `planting` is then told of the shadows
    that were filled, and plants its faults in their data. `notice_files`: all that a version of the notice consists of, by name.
    `published_twice` lends visits to a site over an installation of its own with two versions, the second of the day that is given; its statement is
    carried out in that register before the first visit. `folder`: the firm's own, whose texts a desk of our own making reads; None where none is on disk.
    `altering` is told of the copy of the firm's texts from which a desk of a probe's own is made, and plants its faults in them.
    `post` says why mail cannot come in and go out here, empty where it can. `address`: of the running site, empty where none runs.
    """

    program: Program
    estate: Estate
    urls: Mapping[str, str] = field(repr=False)  # may hold passwords
    opened: Callable[[StoreMap, str], Readable]
    own: OwnDatabase
    master: MasterKey
    law: Law
    now: Callable[[], datetime]
    server: Callable[[], EmbeddedServer]
    notice_source: str = ""
    estate_files: Mapping[str, str] = field(default_factory=dict)
    law_files: Mapping[str, str] = field(default_factory=dict)
    visit: Visit | None = None
    copied: Copied | None = None
    pinned_key: str | None = None
    backup_folders: Mapping[str, str] = field(default_factory=dict)  # where the backups of a store lie, by store
    sandboxed: bool = False
    planting: Planting | None = None
    notice_files: Mapping[str, str] = field(default_factory=dict)
    published_twice: PublishedTwice | None = None
    folder: Path | None = None
    post: Callable[[], str] = lambda: NO_POST
    address: str = ""
    altering: Callable[[Path], None] | None = None


Run = Callable[[ProbeContext], Sequence[Evidence]]
Twin = Callable[[ProbeContext], AbstractContextManager[ProbeContext]]


@dataclass(frozen=True, slots=True)
class Probe:
    """`controls` are those that it gives evidence of, `named` those that bear the program's own names; `version` changes when what it tries changes."""

    name: str
    version: int
    controls: frozenset[str]
    run: Run
    twin: Twin
    named: Callable[[Program], frozenset[str]] | None = None

    def given(self, program: Program) -> frozenset[str]:
        """Every control that it gives evidence of under this program."""
        return self.controls if self.named is None else self.controls | self.named(program)

    @property
    def id(self) -> str:
        return f"{self.name}/{self.version}"


def evidence(
    context: ProbeContext,
    control: str,
    probe: str,
    exercised: int,
    outcome: Outcome,
    says: str,
    canary: Canary = "count",
    *,
    scope: frozenset[str] = frozenset(),
    coverage: Coverage | None = None,
    detail: Mapping[str, int] | None = None,
    mend: str = "",
    bypasses: tuple[str, ...] = (),
) -> Evidence:
    """Evidence at the context's moment, without leaf and twin; the runner gives these."""
    return Evidence(
        control, probe, context.now(), exercised, outcome, canary, scope, None, bypasses, coverage, detail or {}, says, mend
    )
