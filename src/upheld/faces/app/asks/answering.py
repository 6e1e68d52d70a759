"""A stored access ask becomes a package for each person; its working copies are purged, and the ask's key with them.

Read in one snapshot per store, written one person after the other: neither memory nor open files grow with the number of people. An answer
from which a store is missing says so, and the ask waits; asked again, what this ask left unfinished is written anew.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from upheld.engine.execution import asks
from upheld.engine.execution.access import run_access
from upheld.engine.execution.access_rows import AccessTable
from upheld.engine.execution.asks import StoredAsk
from upheld.engine.execution.copies.working_copy import WorkingCopy
from upheld.engine.execution.kept.ending import places_of, roles_of
from upheld.engine.execution.package import PackageReceipt, write_package
from upheld.engine.execution.package.files import files_of
from upheld.engine.execution.package.own_rows import OURS, own_tables
from upheld.engine.plan.ended import rooted_at
from upheld.engine.plan.model import Failed, Refused
from upheld.engine.plan.plans import Plan
from upheld.faces.app.asks.ended import Ended, Told, ledger_entries, ledger_line, stored_ask
from upheld.faces.app.asks.firm import Firm, opened_firm, or_refuse
from upheld.faces.app.asks.meeting.turns import in_turn
from upheld.faces.app.asks.words import Words, words_of
from upheld.faces.app.errors import Exit, NotNow, OutOfReach
from upheld.faces.app.installation import Installation
from upheld.language.diagnostic import counted
from upheld.records.keys import ask_key
from upheld.records.ledger import Leaf, append
from upheld.records.ledger.leaf import Detail, derived_id

Advance = Callable[..., None]
HEAD_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class _Answered:
    """What was read and written: counts over everybody, and each person's receipt as (reference, place, rows, reviews, digest)."""

    copy: WorkingCopy
    receipts: list[tuple[str, Path, int, int, str]]
    took_s: float


Through = Callable[[AccessTable], AccessTable | None]


def run_access_ask(
    app: Installation,
    folder: Path,
    ask: str,
    to: Path,
    advance: Advance,
    *,
    zipped: bool = False,
    through: Through | None = None,
    ours: bool = True,
    lives: str = "",
    wronged: str = "",
) -> Ended:
    """A package for each subject lies in a folder of its own under `to`, or is a zip there; the working copies are purged.

    `through`: each table of the firm passes it on its way into the package, narrowed, watched or (None) left out; our own tables do not. `ours`: whether
    these stand beside the firm's in the package.
    `lives`, `wronged`: the country of the person and of the firm, as far as known; they say whom she may complain to.
    """
    found = stored_ask(app, ask, "access")
    if found.plan is None:
        raise NotNow("L205", f"the stored plan of {ask} was altered.", f"Plan again: upheld plan … --again {ask}")
    in_turn(app, found)
    began = time.perf_counter()
    with opened_firm(app, folder, reading=True) as firm, _copied(app, firm, found, found.plan, advance) as copy:
        words = words_of(app, firm, found, folder, lives, wronged)
        with app.own.connection() as connection:
            held = own_tables(connection, app.master, copy.refs)
        receipts = []
        advance(0, note="writing packages", total=len(copy.refs))
        for number, ref in enumerate(copy.refs, start=1):
            place = to / f"{ask}-{number:04d}{'.zip' if zipped else ''}"
            made = _package(app, firm, copy, ref, place, words, held[ref] if ours else (), through)
            # What is told and counted is the firm's rows; our own stand in the package beside them.
            rows = made.rows - (sum(len(list(table.rows)) for table in held[ref]) if ours else 0)
            receipts.append((ref, made.path, rows, made.reviews, made.digest))
            app.settings.failpoint("after-package")
            advance(1, note="writing packages")
    app.settings.failpoint("before-end")
    return _ended(app, found, found.plan, _Answered(copy, receipts, time.perf_counter() - began))


@contextmanager
def _copied(app: Installation, firm: Firm, found: StoredAsk, plan: Plan, advance: Advance) -> Iterator[WorkingCopy]:
    """The working copy of everybody, purged when the block ends, however it ends."""
    work = app.data_folder / "work" / found.ask.id
    with app.own.connection() as connection:
        asks.note_state(connection, found.ask.id, "running", app.settings.now())
        key = ask_key(connection, app.master, found.ask.id, app.settings.now())
    advance(0, note="reading")
    work.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        copy = or_refuse(
            run_access(
                plan,
                rooted_at(firm.estate, places_of(found.bindings), roles_of(found.bindings)),
                firm.catalogue,
                found.bindings,
                firm.stores,
                today=app.settings.today,
                now=app.settings.now(),
                folder=work,
                key=key,
            )
        )
        if not copy.moments:
            first = next(iter(copy.why.values()), Failed("X101", ", ".join(copy.unreached), help="Start it."))
            help = f"{first.help} Run again: upheld access {found.ask.id}"
            raise OutOfReach(first.code, f"{first.cause}: no store could be read.", help)
        yield copy
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _package(
    app: Installation, firm: Firm, copy: WorkingCopy, ref: str, place: Path, words: Words, held: Sequence[AccessTable],
    through: Through | None,
) -> PackageReceipt:  # fmt: skip
    if place.suffix == ".zip":
        place.unlink(missing_ok=True)  # of this ask's own folder: from a run that did not end
    elif _is_unfinished(place, ref):
        shutil.rmtree(place)
    answer = copy.answer(ref, firm.estate, words.regime, words.stays(copy, ref))
    answer = words.said(replace(answer, tables=chain(answer.tables, held)))
    if through is not None:
        passed = (table if table.store == OURS else through(table) for table in answer.tables)
        answer = replace(answer, tables=(each for each in passed if each is not None))
    made = write_package(answer, place, made=app.settings.now(), files=files_of(firm.estate, firm.objects, firm.stores))
    if isinstance(made, Refused):
        raise NotNow(made.code, made.reason, made.help)
    if isinstance(made, Failed):
        raise OutOfReach(made.code, f"{made.cause}.", f"Make room, then run again: upheld access {copy.ask}")
    return made


def _is_unfinished(place: Path, ref: str) -> bool:
    """Whether what lies there is of this very ask and person, from a run that did not end: the reference is random and used once."""
    try:
        with (place / "data.json").open("rb") as file:
            return f'"subject":"{ref}"'.encode() in file.read(HEAD_BYTES)
    except OSError:
        return False


def _ended(app: Installation, found: StoredAsk, plan: Plan, done: _Answered) -> Ended:
    now, copy = app.settings.now(), done.copy
    clauses = tuple(sorted({clause for part in plan.stores for step in part.steps for clause in step.why.clauses}))
    state: asks.State = "waiting" if copy.unreached else "done"
    event = "access:subject:answered" if state == "done" else "access:subject:answered-in-part"
    with app.own.transaction() as connection:
        leaves = [
            Leaf(event, now, clauses, {"rows": rows, "reviews": reviews}, plan=plan.digest,
                 id=derived_id("access", plan.digest, ref, digest), detail=Detail({"ask": found.ask.id, "subject": ref, "package": digest}, ref))
            for ref, _, rows, reviews, digest in done.receipts
        ]  # fmt: skip
        ids = append(connection, leaves)
        asks.note_state(connection, found.ask.id, state, now)
    app.seal()
    numbers = ledger_entries(app, ids)
    told = [Told("kept", moment.store, "read in one snapshot", f"at {moment.at:%H:%M:%S} UTC") for moment in copy.moments]
    told += [Told("waiting", store, "was out of reach", "not read") for store in copy.unreached]
    troubles = tuple(
        _unread(store, copy.why.get(store), f"Run again: upheld access {found.ask.id}") for store in copy.unreached
    )
    exit = Exit.WORLD if copy.unreached else Exit.WELL
    says = (*_says(done), ledger_line(app, numbers))
    return Ended("access", exit, tuple(told), says, troubles, _document(found, plan, done, state, told, numbers))


def _unread(store: str, why: Failed | None, again: str) -> tuple[str, str, str]:
    """What stood in the way of a store, and how that is mended."""
    said = "could not be read; every package says that it is not complete."
    return (why.code, f"{why.cause} {said}", f"{why.help} {again}") if why is not None else ("X101", f"{store} {said}", again)


def _says(done: _Answered) -> list[str]:
    rows, reviews = sum(one[2] for one in done.receipts), sum(one[3] for one in done.receipts)
    contested = sum((done.copy.contested or {}).values())
    packages = counted(len(done.receipts), "package")
    says = [
        f"{counted(rows, 'row')} in {packages}, {done.took_s * 1000:,.0f} ms.",
        f"The first: {done.receipts[0][1] / 'index.html'}",
    ]
    if reviews:
        text = "text waits" if reviews == 1 else "texts wait"
        says.append(f"{reviews:,} {text} for a person's review, since it may name others; listed, not shown.")
    if contested:
        says.append(
            f"{counted(contested, 'row', 'is', 'are')} reached only by an identifier that several people share; "
            f"a person decides {'whose it is' if contested == 1 else 'whose they are'}."
        )
    return says


def _document(
    found: StoredAsk, plan: Plan, done: _Answered, state: str, told: list[Told], numbers: list[int]
) -> dict[str, object]:
    return {
        "ask": found.ask.id, "kind": "access", "plan": plan.digest, "state": state, "fulfilled": state == "done", "open": list(done.copy.unreached),
        "rows": sum(one[2] for one in done.receipts), "waiting_for_review": sum(one[3] for one in done.receipts),
        "contested": sum((done.copy.contested or {}).values()),
        "packages": [{"path": str(path), "rows": rows, "manifest_sha256": digest} for _, path, rows, _, digest in done.receipts],
        "stores": [{"store": one.store, "outcome": one.did, "read_back": one.read} for one in told], "ledger": numbers,
    }  # fmt: skip
