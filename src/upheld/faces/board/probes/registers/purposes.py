"""The register of purposes that is served is held against what is decided, purpose by purpose; and each record behind a basis is let lapse.

Every use that the notice permits is decided, then again for each purpose that the register does not give to that data: it must be refused. A purpose more is a new purpose, and waits. A
purpose whose record is past its day is refused by name. The twin decides by a program whose uses are for everything and
rest on nothing, that forbids none, and keeps records of which the first is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from upheld.faces.app.purposes import FILE, Basis, lacking, locked, purposes_of, read_bases, required
from upheld.faces.app.purposes.register import purposes_in
from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext
from upheld.faces.board.probes.pages import NOTICE
from upheld.faces.board.probes.registers.tally import Trials
from upheld.faces.board.probes.versions import flow_through
from upheld.language.promises import decide, from_json
from upheld.language.promises.facts import AGE_BELOW, AGE_LEAST, RESTRICTED
from upheld.language.promises.model import AnyOf, Facts, Flow, Kind, Known, Name, Program, Promise, Some, Test
from upheld.language.promises.versions import differences

VERSION = "purposes/1"
CLOSED, VERSIONED, COMPLETE, LOCKED = "purposes:closed", "purposes:versioned", "bases:complete", "bases:locked"
SAYS = {
    CLOSED: "no use passes for a purpose that the served register does not give to that data",
    VERSIONED: "a purpose more is told as a new purpose, and the register bears its version's date",
    COMPLETE: "each basis has its record, and the record stands",
    LOCKED: "a purpose whose record is past its day, or gone, is refused by name",
}
MEND = "Look at bases.yaml and at `upheld diff`; decide nothing by another program than the one that is served."
REGISTER = f"{NOTICE}/notice.json"
EACH = 2  # data of one use that are tried
OF_AGE = 34
LATER = Name(Kind.PURPOSE, "purpose-of-a-later-day")
BEFORE = date(1990, 1, 1)
NONE = "no bases.yaml beside the notice keeps records"


def tried(context: ProbeContext) -> list[Evidence]:
    """Every use of the program."""
    trials = Trials()
    served = context.program if context.visit is None else from_json(context.visit(REGISTER).encode())
    passing = list(_passing(served, context.now()))
    if context.visit is None:
        trials.lacking |= dict.fromkeys((CLOSED, VERSIONED), "no site runs, so no register is served")
    else:
        _closed(context.program, served, passing, trials)
        _versioned(context.program, served, trials)
    file = context.folder / FILE if context.folder is not None else None
    if file is None or not file.is_file():
        trials.lacking |= dict.fromkeys((COMPLETE, LOCKED), NONE)
    else:
        _bases(context, served, file.read_text("utf-8"), passing, trials)
    return trials.found(context, VERSION, SAYS, MEND)


Passing = tuple[Promise, Flow, Facts]


def _passing(program: Program, now: datetime) -> Iterator[Passing]:
    """Each use that passes, with the flow and what is known of the person: of age, and nothing that stands against it."""
    known = _nothing_against(program)
    for promise in program.promises:
        if promise.verb == "use" and promise.modality == "may" and purposes_in(promise):
            for leaf in sorted(promise.object)[:EACH]:
                flow, needed = flow_through(replace(promise, object=frozenset({leaf})), now)
                flow, facts = replace(flow, tenant=Name(Kind.PARTY, "canary")), {**known, **needed}
                if decide(program, flow, facts).allowed:
                    yield promise, flow, facts


def _nothing_against(program: Program) -> dict[Name, bool | int]:
    facts: dict[Name, bool | int] = {RESTRICTED: False, AGE_LEAST: OF_AGE, AGE_BELOW: OF_AGE + 1}
    for promise in program.promises:
        facts |= {test.fact: False for test in _tests((*promise.scope, *(promise.door or ()))) if isinstance(test, Known)}
    for promise in program.promises:
        if promise.verb == "use" and promise.modality == "never":
            facts |= {test.fact: not test.wanted for test in _tests(promise.scope) if isinstance(test, Known)}
    return facts


def _tests(tests: Iterable[Test]) -> Iterator[Test]:
    for test in tests:
        yield from _tests(test.tests) if isinstance(test, Some) else (test,)


def _closed(program: Program, served: Program, passing: list[Passing], trials: Trials) -> None:
    register = {one.name: one for one in purposes_of(served)}
    leaves = sorted({leaf.id for n, m in program.names.items() if n.kind is Kind.PURPOSE for leaf in m.leaves} | set(register))
    for _, flow, facts in passing:
        (data,) = flow.data
        for purpose in leaves:
            if purpose not in register or data.id not in register[purpose].data:
                asked = replace(flow, keys={**flow.keys, "for": frozenset({Name(Kind.PURPOSE, purpose)})})
                good = not decide(program, asked, facts).allowed
                trials.note(CLOSED, good, f"{data.id} may be used for {purpose}, which the register does not say")
        unknown = replace(flow, keys={**flow.keys, "for": frozenset({Name(Kind.PURPOSE, "purpose-of-nobody")})})
        trials.note(CLOSED, not decide(program, unknown, facts).allowed, "a purpose that nobody knows passes")


def _versioned(program: Program, served: Program, trials: Trials) -> None:
    same = served.notices[0].updated == program.notices[0].updated and purposes_of(served) == purposes_of(program)
    trials.note(VERSIONED, same, "the register that is served is of another version")
    first = next((one for one in program.promises if one.verb == "use" and one.modality == "may" and purposes_in(one)), None)
    if first is not None:
        more = _listing(program, first, lambda names: names | {LATER})
        classes = {one.cls for one in differences(program, more).changes}
        trials.note(VERSIONED, "new-purpose" in classes, "a purpose more is not told as a new one")


def _listing(program: Program, promise: Promise, change: Callable[[frozenset[Name]], frozenset[Name]]) -> Program:
    """The program with other purposes under this promise."""
    scope = tuple(
        replace(test, names=change(test.names)) if isinstance(test, AnyOf) and test.key == "for" else test
        for test in promise.scope
    )
    other = replace(promise, scope=scope)
    return replace(program, promises=tuple(other if one is promise else one for one in program.promises), digest="other")


def _bases(context: ProbeContext, served: Program, text: str, passing: list[Passing], trials: Trials) -> None:
    program, today, wanted = context.program, context.now().date(), required(served)
    records = dict(read_bases(program, text))
    why = {(purpose, basis): said for purpose, basis, said in lacking(served, records, today)}
    for key in sorted(wanted):
        trials.note(COMPLETE, key not in why, f"{key[0]}: {why.get(key, '')}")
    lapsed = program.notices[0].updated - timedelta(days=1)
    stood = {key: Basis(one.kind, one.where) for key, one in records.items()}  # without days: whatever the clock says
    said = {promise.id: promise for promise in served.promises}
    for _, flow, facts in passing:
        for purpose in sorted({name.id for name in flow.keys.get("for", ())}):
            needed = {key for key in wanted if key[0] == purpose}
            by = decide(served, flow, facts).determining
            if not needed & set(stood) or not all(_rests(said[one], needed) for one in by):
                continue
            allowed = decide(program, flow, facts)
            trials.note(LOCKED, locked(program, stood, flow, allowed).allowed, f"{purpose} is refused though its record stands")
            for after in (_late(stood, needed, lapsed), {key: one for key, one in stood.items() if key not in needed}):
                shut = locked(program, after, flow, allowed)
                named = not shut.allowed and any(f"`{purpose}`" in reason.says for reason in shut.reasons)
                trials.note(LOCKED, named, f"{purpose} passes though its record does not stand")


def _late(records: dict[tuple[str, str], Basis], keys: set[tuple[str, str]], day: date) -> dict[tuple[str, str], Basis]:
    return {key: replace(one, review=day) if key in keys else one for key, one in records.items()}


def _rests(promise: Promise, keys: set[tuple[str, str]]) -> bool:
    """Whether the promise itself rests on one of these bases, and not another promise for the same purpose."""
    said = {name.id for test in promise.scope if isinstance(test, AnyOf) and test.key == "basis" for name in test.names}
    return bool((said or {basis for _, basis in keys}) & {basis for _, basis in keys})


@contextmanager
def _everything(context: ProbeContext) -> Iterator[ProbeContext]:
    """A program whose first use is for every purpose and whose uses rest on nothing; and records of which the first is gone."""
    with TemporaryDirectory(prefix="upheld-bases-") as name:
        source = context.folder / FILE if context.folder is not None else None
        said = yaml.safe_load(source.read_text("utf-8")) if source is not None and source.is_file() else {}
        if len(said) > 1:
            said.pop(next(iter(said)))
        else:
            said = {one: {basis: {**row, "review": BEFORE} for basis, row in rows.items()} for one, rows in said.items()}
        (Path(name) / FILE).write_text(yaml.safe_dump(said), encoding="utf-8")
        yield replace(context, program=_baseless(_widened(context.program)), folder=Path(name), sandboxed=True)


def _widened(program: Program) -> Program:
    """Each use that lists purposes lists all of them."""
    every = frozenset(leaf for n, m in program.names.items() if n.kind is Kind.PURPOSE for leaf in m.leaves)
    for promise in [one for one in program.promises if one.verb == "use" and one.modality == "may" and purposes_in(one)]:
        program = _listing(program, promise, lambda _: every)
    return program


def _baseless(program: Program) -> Program:
    """Nothing is forbidden, and beside each use stands one that rests on nothing."""
    kept = [one for one in program.promises if not (one.verb == "use" and one.modality == "never")]
    beside = [
        replace(one, id=f"{one.id}-planted", scope=tuple(test for test in one.scope if not (isinstance(test, AnyOf) and test.key == "basis")))
        for one in kept
        if one.verb == "use" and one.modality == "may"
    ]  # fmt: skip
    return replace(program, promises=(*kept, *beside), digest="baseless")


PURPOSES = Probe("purposes", 1, frozenset(SAYS), tried, _everything)
