"""The register of versions is tried in a database of its own: the firm's notice is published twice, read back, altered, and judged by.

By the very function that `upheld publish` calls. The second version is the firm's text under a later date with one sentence more, the first has one permission less: so that
there is something that waits. Must never: write into our own register; what is published there is published. The twin's database bears triggers that
alter what is recorded.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from upheld.engine.stores.shadow import PostgreSQLShadow, Shadow
from upheld.faces.app.versions.publishing import Offer, Recorded, default_author, record_version
from upheld.faces.board.controls import needs_of
from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.faces.board.probes.people import Row
from upheld.language.promises import decide
from upheld.language.promises.facts import version_given
from upheld.language.promises.model import AllOf, AnyOf, Facts, Flow, Known, Name, Program, Promise, Record
from upheld.language.promises.versions import decide_by, in_order
from upheld.language.promises.versions.judging import agreed_to, told_of
from upheld.records.ledger import begin
from upheld.records.ledger.publications import published, verify_publications
from upheld.records.own import OwnDatabase, on_server

VERSION = "version-register/1"
WAITS, AUTHOR, REASON = "waits:version-effective", "record:author", "record:reason"
ORIGIN = "shadow.example.test/versions"
LATER = timedelta(days=30)
ALONE = "This sentence stands in the second version alone."
SENTENCE = f"\n\n{ALONE} {{#second-version-alone .informs}}\n"
BECAUSE = "A trial of the register."
NOBODY = "nobody-of-this-roster"
REFUSED = "42501"  # SQLSTATE: a privilege is missing, or a trigger refuses
TOUCHED = (
    "UPDATE publication SET updated = updated + 1",
    "DELETE FROM publication_file",
    "UPDATE publication_file SET content = ''",
)
ALTERED = """
ALTER TABLE publication_file DISABLE TRIGGER USER;
UPDATE publication_file SET content = content || ' ' WHERE number = 1
"""
PLANTED = """
CREATE FUNCTION planted_other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.published_by := ''''; NEW.because := ''''; RETURN NEW; END';
CREATE TRIGGER planted_other BEFORE INSERT ON publication FOR EACH ROW EXECUTE FUNCTION planted_other();
CREATE FUNCTION planted_text() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.content := NEW.content || '' ''; RETURN NEW; END';
CREATE TRIGGER planted_text BEFORE INSERT ON publication_file FOR EACH ROW EXECUTE FUNCTION planted_text();
"""


@dataclass
class _Tally:
    """What was tried of each control, and what came out otherwise."""

    tried: dict[str, int] = field(default_factory=lambda: dict.fromkeys((WAITS, AUTHOR, REASON), 0))
    wrong: dict[str, list[str]] = field(default_factory=lambda: {WAITS: [], AUTHOR: [], REASON: []})

    def note(self, control: str, good: bool, otherwise: str) -> None:
        self.tried[control] += 1
        if not good:
            self.wrong[control].append(otherwise)


def tried(context: ProbeContext) -> list[Evidence]:
    """Two versions, what may not follow them, what the register then holds, and who is judged by which."""
    tally = _Tally()
    with _register(context) as (own, name):
        _try(context, own, name, tally)
    return [found for control in (WAITS, AUTHOR, REASON) for found in _found(context, control, tally)]


def _found(context: ProbeContext, control: str, tally: _Tally) -> Iterator[Evidence]:
    scope = _of_versions(context.program, control)
    if not scope:
        return
    wrong = tally.wrong[control]
    says = f"{tally.tried[control]} trials of two versions in a register of its own, each as promised"
    if wrong:
        says = f"{len(wrong)} of {tally.tried[control]} trials of the register came out otherwise: {'; '.join(wrong)}"
    yield evidence(
        context, control, VERSION, tally.tried[control], "failed" if wrong else "held", says, "shadow", scope=scope,
        detail={"trials": tally.tried[control], "otherwise": len(wrong)},
        mend="Publish nothing before the register holds what it is given; see `upheld verify`." if wrong else "",
    )  # fmt: skip


def _of_versions(program: Program, control: str) -> frozenset[str]:
    """The clauses that call for the control by a promise to tell: the author and the reason of a refusal are others'."""
    tells = {one.id for one in program.promises if one.verb == "tell"}
    return frozenset(
        clause.id
        for version in program.notices
        for clause in version.clauses
        for need in needs_of(program, clause)
        if need.id == control and tells & set(need.promises)
    )


@contextmanager
def _register(context: ProbeContext) -> Iterator[tuple[OwnDatabase, str]]:
    """A register of our own making, empty; the twin's plants its faults in it."""
    server, name = context.server(), f"shadow_{secrets.token_hex(6)}"
    own = on_server(server, name, pool_size=2)
    try:
        own.migrate()
        if context.planting is not None:
            context.planting({name: PostgreSQLShadow(server.url(name))}, {})
        with own.connect() as connection:
            begin(connection, context.master, ORIGIN, context.now())
        yield own, name
    finally:
        own.let_go()
        server.drop_database(name)


# ---- the trials ------------------------------------------------------------------------------------------------------------


def _try(context: ProbeContext, own: OwnDatabase, name: str, tally: _Tally) -> None:
    program = context.program
    waiting = _waiting(program)
    first = replace(
        program, promises=tuple(one for one in program.promises if waiting is None or one.id != waiting[0].id), digest="first"
    )
    files = dict(context.notice_files) or {program.notices[0].file: context.notice_source}
    offered = Offer(first, program.notices[0].file, files, default_author(program.notices[0]), BECAUSE)
    day = max(one.updated for one in program.notices) + LATER
    now = datetime.combine(day, context.now().timetz())

    def publish(offer: Offer) -> Recorded:
        return record_version(own, offer, now)

    tally.note(WAITS, publish(offered)[1], "the first version was not taken")
    for dated, why in ((None, "a change under its old date"), (day + timedelta(days=1), "a date that has not come")):
        refused = publish(_later(offered, dated))
        tally.note(WAITS, refused[0] is None, f"{why} was published")
    second = _later(offered, day)
    tally.note(AUTHOR, publish(replace(second, by=NOBODY))[0] is None, "a version that nobody answers for was published")
    if _asks_reason(program):
        tally.note(REASON, publish(replace(second, because=""))[0] is None, "a change without its reason was published")
    tally.note(WAITS, publish(second)[1], "the second version was not taken")
    _read_back(own, (offered, second), tally)
    _touch(context, own, name, tally)
    if waiting is not None:
        later = replace(second.program, promises=program.promises, digest="second")
        _judge(first, later, waiting[1], waiting[2], tally)


def _asks_reason(program: Program) -> bool:
    return any("reason" in {need.id for need in one.terms.get("needs", ())} for one in program.promises if one.verb == "tell")


def _later(offered: Offer, day: date | None) -> Offer:
    """The same notice with one sentence more, under another date; None: under the old one."""
    files = {**offered.files, offered.main: later_text(offered.files[offered.main], day)}
    if day is None:
        return replace(offered, files=files)
    notice, *others = offered.program.notices
    dated = replace(offered.program, notices=(replace(notice, updated=day, effective=day), *others), digest=f"of {day}")
    return replace(offered, program=dated, files=files)


def later_text(text: str, day: date | None) -> str:
    """A notice's text with one sentence more, and with this date, if one is given."""
    dated = text if day is None else re.sub(r"(?m)^(updated|effective): .*$", rf"\1: {day}", text, count=2)
    return dated + SENTENCE


def _read_back(own: OwnDatabase, offers: tuple[Offer, Offer], tally: _Tally) -> None:
    with own.connect() as connection:
        rows = published(connection, offers[0].program.notices[0].notice)
        _, faults = verify_publications(connection)
    tally.note(WAITS, [row.number for row, _ in rows] == [1, 2], "the versions are not numbered 1 and 2")
    tally.note(WAITS, not faults, "what was recorded is not what its leaf pins")
    for (row, files), offer in zip(rows, offers, strict=False):
        same = all(files.get(name) == text for name, text in offer.files.items())
        tally.note(WAITS, same, f"version {row.number} does not read as it was published")
        tally.note(WAITS, row.updated == offer.program.notices[0].updated, f"version {row.number} bears another date")
        tally.note(AUTHOR, row.by == offer.by, f"version {row.number} does not name who published it")
        tally.note(REASON, row.because == offer.because, f"version {row.number} does not hold its reason")


def _touch(context: ProbeContext, own: OwnDatabase, name: str, tally: _Tally) -> None:
    """Nobody changes a version; whoever owns the tables and does is told of."""
    for statement in TOUCHED:
        tally.note(WAITS, _is_refused(own, statement), f"the register took: {statement.split(' ')[0]}")
    PostgreSQLShadow(context.server().url(name)).execute(ALTERED)
    with own.connect() as connection:
        _, faults = verify_publications(connection)
    tally.note(WAITS, "V301" in {one.code for one in faults}, "an altered version was not told of")


def _is_refused(own: OwnDatabase, statement: str) -> bool:
    try:
        with own.connect() as connection:
            connection.execute(statement)
    except Exception as error:  # of the driver, which this floor does not know; the state says what it was
        return getattr(error, "sqlstate", "") == REFUSED
    return False


def _judge(first: Program, second: Program, flow: Flow, facts: Facts, tally: _Tally) -> None:
    """What only the second version permits waits for who was given the first."""
    notice, day = second.notices[0].notice, max(one.updated for one in second.notices)
    versions = in_order([first, second])
    later = replace(flow, at=datetime.combine(day, flow.at.timetz()))
    hers = {**facts, version_given(notice): first.notices[0].effective}
    opened = {**hers, told_of(notice, day): True, agreed_to(notice, day): True}
    tally.note(WAITS, not decide_by(versions, later, hers).allowed, "a later permission did not wait for the telling")
    tally.note(WAITS, decide_by(versions, later, opened).allowed, "the telling did not open what waited for it")


# ---- something that waits --------------------------------------------------------------------------------------------------


def _waiting(program: Program) -> tuple[Promise, Flow, Facts] | None:
    """A permission without which a flow that passes is refused, that flow, and what must be known; None where there is none."""
    for promise in program.promises:
        if promise.verb != "use" or promise.modality != "may":
            continue
        flow, facts = flow_through(promise, datetime.combine(program.notices[0].updated, datetime.min.time()))
        without = replace(program, promises=tuple(one for one in program.promises if one is not promise), digest="without")
        if decide(program, flow, facts).allowed and not decide(without, flow, facts).allowed:
            return promise, flow, facts
    return None


def flow_through(promise: Promise, at: datetime) -> tuple[Flow, Facts]:
    """A flow of one leaf that states what the permission lists, cites what it needs, of a person of whom its facts are known."""
    keys: dict[str, frozenset[Name]] = {}
    cited: set[Record] = set()
    facts: dict[Name, bool] = {}
    for test in promise.scope:
        if isinstance(test, AnyOf):
            keys[test.key] = frozenset(sorted(test.names)[:1])
        elif isinstance(test, AllOf) and test.key == "needs":
            cited |= {Record(name, "canary") for name in test.names}
        elif isinstance(test, AllOf):
            keys[test.key] = test.names
        elif isinstance(test, Known):
            facts[test.fact] = test.wanted
    return Flow("use", frozenset(sorted(promise.object)[:1]), keys, "canary", at, frozenset(cited)), facts


@contextmanager
def _altering(context: ProbeContext) -> Iterator[ProbeContext]:
    """The same trials in a register whose triggers change every row that is recorded."""

    def plant(shadows: Mapping[str, Shadow], _: Mapping[str, list[Row]]) -> None:
        for shadow in shadows.values():
            shadow.execute(PLANTED)

    yield replace(context, planting=plant, sandboxed=True)


VERSION_REGISTER = Probe("version-register", 1, frozenset({WAITS, AUTHOR, REASON}), tried, _altering)
