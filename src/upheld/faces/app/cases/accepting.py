"""A case becomes a hold: named data of named people stay, on a ground, until a day; and counsel is told what is gone already.

The people come by file or stdin, never by argument; the hold has a number and no title, for titles of cases name people. Accepting waits for
running chunks: the hold is before a commit or after it. Of somebody erased before, the hold takes over what is still held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from upheld.engine.estate.model import Estate
from upheld.engine.execution import asks
from upheld.engine.execution.asks import key_text
from upheld.engine.execution.bind import Subject
from upheld.engine.execution.kept.asking import asked_identifiers
from upheld.engine.execution.kept.extending import extend
from upheld.engine.plan.from_asks import ERASES
from upheld.engine.plan.keeps import IN_CASE
from upheld.engine.plan.model import KeepRule, Until, Why
from upheld.faces.app.asks.firm import Firm, opened_firm
from upheld.faces.app.asks.meaning import each_ref_once, meant_with_gone
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import NotNow, Unusable
from upheld.faces.app.installation import Installation
from upheld.language.promises.model import Citation, Kind, Name, Program
from upheld.records.people.decisions import one_person
from upheld.records.people.holds import Hold, accept_hold, cover, next_hold
from upheld.records.people.tombstones import was_erased

HELP = (
    "Write: upheld hold accept FOLDER --ground tax-law --data invoice --until 2031-01-01 --cites 'GDPR 17(3)(e)' --subject FILE"
)


@dataclass(frozen=True, slots=True)
class Case:
    """What counsel says: the ground as the notice names it, data by name, the day until which (excluded), `SOURCE ARTICLE`."""

    ground: str
    data: tuple[str, ...]
    until: str
    cites: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A hold in force. `gone`: store → moment of the latest erasure that came before; `open`: asks that must be planned again."""

    hold: Hold
    people: int
    held_before: int  # rows of people erased before, which this hold now keeps too
    gone: Mapping[str, datetime] = field(default_factory=dict)
    doubtful: tuple[str, ...] = ()  # stores where the end of a commit is not known
    open: tuple[str, ...] = ()

    def says(self) -> list[str]:
        """In force for whom and until when; already erased in … at …; what must be planned again."""
        people = "one person" if self.people == 1 else f"{self.people:,} people"
        lines = [f"{self.hold.id}: in force for {people}, {', '.join(self.hold.leaves)}, until {self.hold.until.isoformat()}, "
                 f"on the ground {self.hold.ground} ({self.hold.cites.source} {self.hold.cites.at})."]  # fmt: skip
        if self.held_before:
            lines.append(
                f"Of people erased before, it also keeps {counted(self.held_before, 'row')} that stood on another ground."
            )
        lines += [f"Already erased in {store} at {at:%Y-%m-%d %H:%M} UTC." for store, at in sorted(self.gone.items())]
        lines += [f"Not known yet in {store}: an erasure was committing; ask again once it ended." for store in self.doubtful]
        lines += [f"{ask} was planned without it: upheld plan … --again {ask}" for ask in self.open]
        return lines

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "hold": self.hold.id, "ground": self.hold.ground, "cites": f"{self.hold.cites.source} {self.hold.cites.at}", "data": list(self.hold.leaves),
            "until": self.hold.until.isoformat(), "people": self.people, "held_before": self.held_before,
            "already_erased": {store: at.isoformat(timespec="seconds") for store, at in sorted(self.gone.items())},
            "doubtful": list(self.doubtful), "plan_again": list(self.open),
        }  # fmt: skip


def accept(app: Installation, folder: Path, lines: Sequence[str], case: Case) -> Accepted:
    """The hold is in force. Unusable (X252) for what the notice does not know; NotNow (X251) where nothing is left to hold."""
    with opened_firm(app, folder) as firm:
        ground, leaves, until, cites = _as_written(firm.program, case, app.settings.today)
        subjects = read_subjects(lines, firm.estate)
        meant = meant_with_gone(app, firm, subjects)
        if not meant.bindings:
            with app.own.connection() as connection:
                gone = _erased_before(connection, app, firm, subjects)
            said = "; ".join(f"{store} at {at:%Y-%m-%d %H:%M} UTC" for store, at in sorted(gone.items()))
            raise NotNow("X251", f"Everything was erased before: {said}.", "Tell counsel what is gone, and when.")
        with app.own.transaction() as connection:
            now = app.settings.now()
            bindings = each_ref_once(
                asks.known_people(connection, app.master, [one for one in meant.bindings if one.roots], now)
            )
            held = [one for one in meant.bindings if not one.roots]
            # Also of somebody who came back: what an erasure kept of her is known by a number of its own.
            numbers = {one.ref: sorted(meant.kept_as.get(one.ref, ())) for one in meant.bindings}
            refs = frozenset((*(one.ref for one in bindings), *(numbers[one.ref][0] for one in held)))
            also = sorted({number for each in numbers.values() for number in each} - refs)
            names = [name for names in one_person(connection, sorted(refs)).values() for name in names]
            hold = Hold(next_hold(connection), ground, _clause(firm.program, ground), cites, leaves, until, refs)
            accept_hold(connection, hold, now, asks.sealed_bindings(connection, app.master, f"hold:{hold.id}", bindings, now))
            cover(connection, hold.id, also)
            rule = KeepRule(
                ground, (), Until(until), Why((hold.clause,) if hold.clause else (), (cites,), f"{IN_CASE}{hold.id}")
            )
            rows = extend(connection, app.master, firm.estate, rule, frozenset(leaves), {*refs, *also}, now)
            # Asked once no chunk of theirs runs: one may have ended since the first look.
            gone = _erased_before(connection, app, firm, subjects)
            done, doubtful = _chunks_of(connection, names)
            waiting = _open_asks(connection, names)
    app.seal()
    return Accepted(
        hold,
        len(bindings) + len(held),
        rows,
        {**gone, **{s: max(at, gone.get(s, at)) for s, at in done.items()}},
        doubtful,
        waiting,
    )


def _as_written(program: Program, case: Case, today: date) -> tuple[str, tuple[str, ...], date, Citation]:
    ground = program.names.get(Name(Kind.GROUND, case.ground))
    if ground is None:
        known = sorted(name.id for name in program.names if name.kind is Kind.GROUND)
        raise Unusable("X252", f"The notice knows no such ground; known are {', '.join(known)}.", HELP)
    named = [program.names.get(Name(Kind.DATA, word)) for word in case.data]
    if not named or None in named:
        raise Unusable("X252", "The notice does not know all of this data.", "Name data as the notice does: --data invoice")
    leaves = frozenset(leaf.id for one in named if one is not None for leaf in one.leaves)
    only = {leaf.id for name in ground.keys.get("keeps-only", ()) for leaf in program.names[name].leaves}
    if only and not leaves <= only:
        reason = f"The ground {case.ground} keeps only {', '.join(sorted(only))}."
        raise Unusable("X252", reason, "Hold what the ground allows, or name another ground.")
    try:
        until = date.fromisoformat(case.until)
    except ValueError:
        raise Unusable(
            "X252", "The end is no date.", "Write --until 2031-01-01: a hold has an end, which may be moved."
        ) from None
    if until <= today:
        raise Unusable("X252", "The end lies behind us.", "Give a day to come.")
    source, _, at = case.cites.strip().partition(" ")
    if not source or not at:
        raise Unusable("X252", "No law is cited.", "Write --cites 'GDPR 17(3)(e)': a source and where it stands in it.")
    return case.ground, tuple(sorted(leaves)), until, Citation(source, at)


def _clause(program: Program, ground: str) -> str:
    return program.names[Name(Kind.GROUND, ground)].clause


def _erased_before(connection: Any, app: Installation, firm: Firm, subjects: Sequence[Subject]) -> dict[str, datetime]:
    """Store → moment of the latest erasure of any of these people that a tombstone speaks of."""
    found: dict[str, datetime] = {}
    for name in sorted({name for subject in subjects for name in _names(firm.estate, subject)}):
        for store, at in was_erased(connection, app.master, *name):
            found[store] = max(at, found.get(store, at))
    return found


def _names(estate: Estate, subject: Subject) -> set[tuple[str, str, str]]:
    keys = {(f"{store}.{table}", "key", key_text(key)) for (store, table), each in subject.keys.items() for key in each}
    return keys | set(asked_identifiers(estate, subject))


def _chunks_of(connection: Any, refs: list[str]) -> tuple[dict[str, datetime], tuple[str, ...]]:
    """What asks that are still open have committed of these people: by store when; and the stores of which that is not known."""
    rows = connection.execute(
        "SELECT store, max(at) FILTER (WHERE chunk.state = 'done'), bool_or(chunk.state = 'prepared') FROM chunk "
        "JOIN plan ON digest = chunk.plan JOIN ask ON id = ask WHERE kind = ANY(%s) AND record->'refs' ?| %s GROUP BY store",
        [sorted(ERASES), refs],
    ).fetchall()
    return {store: at for store, at, _ in rows if at is not None}, tuple(sorted(store for store, _, open in rows if open))


def _open_asks(connection: Any, refs: list[str]) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT DISTINCT ask.id FROM ask_subject JOIN ask ON ask.id = ask WHERE subject = ANY(%s) AND state <> 'done' AND kind = ANY(%s) "
        "AND coalesce(batch, '') IN ('', ask.id) AND EXISTS (SELECT FROM plan WHERE plan.ask = ask.id) ORDER BY 1",
        [refs, [*sorted(ERASES), "rectification"]],
    ).fetchall()
    return tuple(row[0] for row in rows)
