"""What the notices promise of one kind of data in one table becomes when its time is over, what then, and on which clauses that rests.

Purposes: one row held for several lives until the last of them ends; for one purpose the shortest period counts (language.md, section 7). A looser
rule counts where it names the clause that it excepts, or a resolution lets it prevail. A held state and a floor are waited for, row by row. Whom a
promise covers is asked of the estate; where that cannot be told, the later end counts. Not taken: one date per table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from upheld.engine.estate.model import Category, Estate, Event, StoreCatalogue, StoreMap, Table, leaves_of
from upheld.engine.plan.calendar.identified import elsewhere
from upheld.engine.plan.calendar.on_record import ENDED, NOTED, Lists, on_list
from upheld.engine.plan.calendar.ways import Bears, Way, along, event_columns, ways
from upheld.engine.plan.ends import (
    NEVER,
    UNTOLD,
    Dated,
    Ends,
    Fact,
    Lengths,
    Not,
    OnDay,
    Over,
    Untold,
    both,
    first,
    is_known,
    is_told_by_others,
    last,
)
from upheld.engine.plan.model import Why
from upheld.engine.plan.passes.fates import personal_columns
from upheld.engine.plan.periods import Unit, later
from upheld.language.promises.model import (
    After,
    Age,
    Ahead,
    AnyOf,
    At,
    Birthday,
    Definition,
    Ending,
    Kind,
    Known,
    Moment,
    Name,
    Period,
    Pick,
    Program,
    Promise,
    Some,
    Test,
)
from upheld.language.promises.overlaid import overlaid

BIRTH = "birth-date"
UNITS: dict[str, tuple[Unit, int]] = {
    "days": ("days", 1), "working days": ("days", 1), "weeks": ("days", 7), "months": ("months", 1), "years": ("years", 1),
}  # fmt: skip
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Cover:
    """What ends one kind of data in one table. `then` None: no promise of an ending, only of a move. `moves`: stages before it.

    `ordinary` is over where the ordinary period is; `held`: what then still stays, on which ground, until when.
    """

    ends: Ends
    then: Ending | None
    why: Why
    moves: tuple[tuple[Ends, Ending, Why], ...] = ()
    to: tuple[str, ...] = ()
    ordinary: Ends = UNTOLD
    held: tuple[Stay, ...] = ()
    alike: int = 0  # the smallest group that the promises' standards allow


@dataclass(frozen=True, slots=True)
class Stay:
    """A held state or a floor: `ends` on the day that the row, or one that owns it, says."""

    ground: str
    ends: Ends
    why: Why


@dataclass(frozen=True, slots=True)
class Periods:
    """The promises of one kind of data in one table: when the ordinary period is over (`free`), and what stays then."""

    found: list[Promise]
    may: list[Promise]
    ordinary: list[Promise]
    ending: list[Promise]
    free: Ends
    stays: tuple[Stay, ...]


@dataclass(slots=True)
class Covers:
    """The promises about keeping, asked for leaves of tables. `grace`: their `within` counts too, for what is surely late."""

    program: Program
    estate: Estate
    live: StoreCatalogue | None
    store: StoreMap
    grace: bool = False
    kept: frozenset[tuple[str, str]] | None = None  # tables with rows whose ground has ended, known by key
    lives: Mapping[str, StoreCatalogue] = field(default_factory=dict)  # of all stores, for what another one says of a person
    alone: bool = False  # ask no other table by an identifier
    known: dict[tuple[str, str], Cover | None] = field(default_factory=dict)
    periods: dict[tuple[str, str], Periods | None] = field(default_factory=dict)
    lists: Lists = field(default_factory=dict)  # that any end names, of rows known by key

    def of(self, table: Table, leaf: str) -> Cover | None:
        """The cover of this leaf in this table; None if no promise speaks of it."""
        place = table.name, leaf
        if place not in self.known:
            self.known[place] = self._cover(table, leaf)
        return self.known[place]

    def _periods(self, table: Table, leaf: str) -> Periods | None:
        place = table.name, leaf
        if place not in self.periods:
            self.periods[place] = self._promised(table, leaf)
        return self.periods[place]

    def _promised(self, table: Table, leaf: str) -> Periods | None:
        found = [p for p in retains(self.program) if leaf in {n.id for n in p.object} and is_in(p, self.store)]
        found = [p for p in found if not names_under(p, "as")] or found
        may = [p for p in found if p.modality == "may"]
        if not may:
            return None
        ordinary = [p for p in may if not names_under(p, "ground")]
        ending = [p for p in ordinary if p.then not in ("hide", "review")]
        held = [p for p in may if names_under(p, "ground")] + [p for p in found if p.modality == "will"]
        free = self._ordinary(table, ending or ordinary, ordinary)
        stays = tuple(_stay(p, end) for p in held if (end := self.near(table, p)) is not None)
        return Periods(found, may, ordinary, ending, free, stays)

    def _together(self, table: Table, mine: Periods) -> tuple[str, ...]:
        """Columns of one kind each whose periods are over, and held, together with these: any of them on record says so of all."""
        found = [(column, self._periods(table, leaf)) for column, leaf in _kinds(table)]
        return tuple(c for c, one in found if one is not None and (one.free, one.stays) == (mine.free, mine.stays))

    def _cover(self, table: Table, leaf: str) -> Cover | None:
        said = self._periods(table, leaf)
        if said is None:
            return None
        found, ordinary, ending, free, stays = said.found, said.ordinary, said.ending, said.free, said.stays
        if stays and is_known(free) and is_told_by_others(free):
            # Once held, a kind's ordinary period is over for good in its row, also when the row that said so is gone.
            free = first(free, on_list(self.lists, table, NOTED, self._together(table, said)))
        ends = both(free, *(stay.ends for stay in stays)) if ordinary or stays else Untold()
        if self.kept is not None and (self.store.store, table.name) in self.kept:
            ends = first(on_list(self.lists, table, ENDED, (c for c, one in _kinds(table) if one == leaf)), ends)
        # What ends the cells is named first; the law that keeps some of them longer is the reason of the stay, not of the end.
        clauses = tuple(dict.fromkeys(c for p in (*(ordinary or found), *found) for c in sorted(p.source.clauses)))
        cites = tuple(dict.fromkeys(c for p in ordinary or found for c in p.source.cites))
        moves = tuple(
            (self._until(table, p), p.then, Why(p.source.clauses, p.source.cites, "hidden until its end"))
            for p in ordinary
            if p.then in ("hide", "review") and ending
        )
        to = tuple(sorted({party for p in ordinary for party in names_under(p, "to")}))
        why = Why(clauses, cites, "its time is over")
        return Cover(ends, _then(ending or ordinary or said.may), why, moves, to, free, stays, self._alike(ordinary))

    def ended(self, table: Table) -> Ends:
        """That of something in the row its day has come."""
        return on_list(self.lists, table, ENDED, personal_columns(table))

    def _alike(self, promises: list[Promise]) -> int:
        names = {name for p in promises for name in p.terms.get("standard", ()) if name in self.program.names}
        sizes = [size.id for name in names for size in self.program.names[name].keys.get("group", ())]
        return max((int(size) for size in sizes if size.isdigit()), default=0)

    def near(self, table: Table, promise: Promise) -> Ends | None:
        """When a held state or floor lets go of a row; None where neither the row nor one that owns it bears its event."""
        ends = self._end(table, promise, near=True)
        members = [test for test in persons(promise) if not self._is_law(test)]
        if ends is None or not members:
            return ends
        member = both(*(self._truth(table, test, DEEPEST) for test in members))
        return ends if not is_known(member) else first(Not(member), ends)

    def _is_law(self, test: Test) -> bool:
        """Whether only a regime decides, which the ask knows and no row."""
        if isinstance(test, Some):
            return all(map(self._is_law, test.tests))
        if not isinstance(test, Known):
            return False
        tests = self.program.names[test.fact].tests if test.fact in self.program.names else ()
        return test.fact.kind is Kind.REGIME or (bool(tests) and all(map(self._is_law, tests)))

    # ---- several promises of one leaf

    def _ordinary(self, table: Table, promises: list[Promise], ordinary: list[Promise]) -> Ends:
        if not promises:
            return both()
        everybody = [p for p in promises if not persons(p)]
        constraints: list[tuple[Promise, Ends]] = []
        for promise in promises:
            ends = self._until(table, promise)
            for looser in self._excepting(promise, ordinary):
                ends = both(ends, first(*self._not_member(table, looser), self._until(table, looser)))
            if persons(promise) and everybody:
                ends = both(self._member(table, promise), ends)
            constraints.append((promise, ends))
        purposes = sorted({name for p in everybody or promises for name in names_under(p, "for")})
        if not purposes:
            return first(*(ends for _, ends in constraints))
        return both(*(first(*_for(purpose, constraints)) for purpose in purposes))

    def _excepting(self, promise: Promise, others: Iterable[Promise]) -> Iterator[Promise]:
        """Promises that may keep longer than this one: they name its clause, or a resolution lets them prevail."""
        clauses = set(promise.source.clauses)
        for other in others:
            mine = set(other.source.clauses)
            prevails = any(
                r.prevails in mine and set(r.clauses) & clauses and r.prevails not in clauses for r in self.program.resolutions
            )
            if other is not promise and (other.excepts & clauses or prevails):
                yield other

    # ---- whom a promise covers

    def _member(self, table: Table, promise: Promise) -> Ends:
        return both(*(self._truth(table, test, DEEPEST) for test in persons(promise)))

    def _not_member(self, table: Table, promise: Promise) -> tuple[Ends, ...]:
        return (Not(self._member(table, promise)),) if persons(promise) else ()

    def _truth(self, table: Table, test: Test, depth: int) -> Ends:
        """Whether the row's person passes the test, as far as a column says."""
        match test:
            case Known(fact=fact, wanted=wanted):
                tests = self.program.names[fact].tests if fact.kind is Kind.GROUP and fact in self.program.names else ()
                if tests and depth:
                    inner = both(*(self._truth(table, one, depth - 1) for one in tests))
                    return inner if wanted else Not(inner)
                return self._fact(table, fact.id, wanted)
            case Some(tests=several):
                return first(*(self._truth(table, one, depth) for one in several))
            case Age(below=below, least=least):
                found = self._birthday(table, below if below is not None else least or 0, ())
                return Not(found) if below is not None else found
            case _:
                return Untold()

    def _fact(self, table: Table, fact: str, wanted: bool) -> Ends:
        def bears(one: Table) -> tuple[str, ...]:
            tables = self.live.tables if self.live else {}
            live = tables.get(one.live_name) or tables.get(one.name)
            named = [c.name for c in one.columns if c.fact == fact and not isinstance(c.role, Event)]
            return tuple(name for name in named if live and live.column(name).family == "boolean")

        found = self._over(table, bears, lambda column: Fact(column, wanted), far=True)
        return found if is_known(found) else self._elsewhere(table, lambda there, one: there._fact(one, fact, wanted))

    # ---- moments

    def _until(self, table: Table, promise: Promise) -> Ends:
        return self._end(table, promise, near=False) or Untold()

    def _end(self, table: Table, promise: Promise, near: bool) -> Ends | None:
        """When the promise ends; None if `near` and no column of the row or of a row that owns it says so."""
        lengths: Lengths = ()
        if self.grace and isinstance(promise.due, After):
            lengths = (_length(promise.due.high, at_least=True),)
        ends: list[Ends] = []
        if promise.end is not None:
            found = self._moment(table, promise.end, lengths, promise.modality == "will", near)
            if near and not _says(found):
                return None
            ends.append(found)
        ends += [self._stands(table, fact, lengths) for fact in promise.lasting]
        return both(*ends) if ends else None

    def _stands(self, table: Table, fact: Name, lengths: Lengths) -> Ends:
        """Over once the fact of a `while` no longer stands."""
        defined = self.program.names.get(fact)
        if defined is not None and "quiet" in defined.periods:
            latest = [m for key, m in defined.moments.items() if key.startswith("latest")]
            ends = [self._moment(table, m, (_length(defined.periods["quiet"]), *lengths), False, False) for m in latest]
            return last(*ends) if ends else Untold()
        return self._fact(table, fact.id, False)

    def _moment(self, table: Table, moment: Moment, lengths: Lengths, lower: bool, near: bool) -> Ends:
        """All events of one table: judged row by row there. Else each event where it is nearest."""
        symbols: list[str] = []
        plain = self._tree(moment, lengths, lower, lambda event, _: symbols.append(event) or Untold(), DEEPEST, table, near)  # type: ignore[func-returns-value]
        found = {event: self._ways(table, event, far=not near) for event in symbols}
        if not symbols and is_known(plain):
            return plain  # a birthday that stands here, or a day: what stands nearer is surer than what another store says
        if not near and not any(found.values()):
            whole = self._elsewhere(table, lambda there, one: there._moment(one, moment, lengths, lower, near))
            if is_known(whole):
                return whole
        hops = {frozenset(way.hops for way in places) for places in found.values()}
        if len(found) > 1 and len(hops) == 1 and any(found.values()) and not any(map(self._of, found)):
            tables = {way.hops: self.store.tables[way.table] for places in found.values() for way in places}
            joint = [
                _over(way, self._tree(moment, lengths, lower, _in_row(there), DEEPEST, table, near))
                for way, there in tables.items()
            ]
            return last(*joint)

        def leaf(event: str, after: Lengths) -> Ends:
            if found[event] or near:
                return self._dated(found[event], event, after, lower)
            return self._elsewhere(table, lambda there, one: there._dated(there._ways(one, event), event, after, lower))

        return self._tree(moment, lengths, lower, leaf, DEEPEST, table, near)

    def _ways(self, table: Table, event: str, far: bool = True) -> tuple[Way, ...]:
        """The nearest rows that bear the event; of one that is defined `of` another row, the rows that its key path leads to."""
        defined = self._of(event)
        if defined is None:
            return ways(self.store, table.name, event_columns(event), far=far)
        path = tuple(part for word in defined.keys["of"] for part in word.id.split("."))
        counted = [event_columns(one.id) for moment in defined.moments.values() for one in _events(moment)]

        def bears(one: Table) -> tuple[str, ...]:
            return tuple(dict.fromkeys(column for columns in counted for column in columns(one)))

        return along(self.store, self.live, table.name, path, bears, far=far)

    def _of(self, event: str) -> Definition | None:
        """What defines an event of another row, where no column bears it."""
        defined = self.program.names.get(Name(Kind.EVENT, event))
        if defined is None or "of" not in defined.keys:
            return None
        return None if any(event_columns(event)(table) for table in self.store.tables.values()) else defined

    def _dated(self, places: tuple[Way, ...], event: str, after: Lengths, lower: bool) -> Ends:
        """The event in each row of these places; of one that is defined `of` their rows, what its definition says of each."""
        defined = self._of(event)
        if defined is None:
            return _dated(places, after)
        found = []
        for way in places:
            there = self.store.tables[way.table]

            def inner(one: Moment, lengths: Lengths = after, there: Table = there) -> Ends:
                return self._tree(one, lengths, lower, _in_row(there), DEEPEST - 1, there, True)

            found.append(_over(way.hops, self._said(defined, after, inner)))
        return last(*found) if found else Untold()

    def _elsewhere(self, table: Table, ask: Callable[[Covers, Table], Ends]) -> Ends:
        """What other tables say of the row's person, by an identifier; each answers for itself alone."""
        if self.alone:
            return Untold()

        def asked(store: StoreMap, one: Table) -> Ends:
            return ask(replace(self, store=store, live=self.lives.get(store.store), alone=True, known={}), one)

        return elsewhere(self.estate, self.store, table, asked)

    def _tree(self, moment: Moment, lengths: Lengths, lower: bool, leaf: Callable[[str, Lengths], Ends], depth: int,
              table: Table, near: bool) -> Ends:  # fmt: skip
        if not depth:
            return Untold()

        def inner(one: Moment, after: Lengths = lengths) -> Ends:
            return self._tree(one, after, lower, leaf, depth - 1, table, near)

        match moment:
            case Name():
                return self._event(moment, lengths, leaf, inner)
            case After(low=low, high=high, of=of, named=named):
                if named is not None and high.amount == 0:
                    return Untold()  # a column holds the length
                return inner(of, (_length(low if lower else high, at_least=lower), *lengths))
            case Ahead(period=period, of=of):
                amount, unit = _length(period)
                return inner(of, ((-amount, unit), *lengths))
            case Pick(latest=latest, of=parts):
                return (last if latest else first)(*(inner(part) for part in parts))
            case At(what=Birthday(years=years)):
                return self._birthday(table, years, lengths)
            case At(what="without end"):
                return NEVER
            case At(what=str()):
                return Untold()
            case At(what=day):
                for amount, unit in lengths:
                    day = later(day, amount, unit)  # type: ignore[arg-type]
                return OnDay(day)  # type: ignore[arg-type]

    def _event(self, event: Name, lengths: Lengths, leaf: Callable[[str, Lengths], Ends],
               inner: Callable[..., Ends]) -> Ends:  # fmt: skip
        """A column's event, or else what the event is defined by."""
        borne = any(event_columns(event.id)(table) for table in self.store.tables.values())
        defined = self.program.names.get(event)
        told = leaf(event.id, lengths)
        if borne or defined is None or not defined.moments or is_known(told) or "of" in defined.keys:
            return told
        return self._said(defined, lengths, inner)

    def _said(self, defined: Definition, lengths: Lengths, inner: Callable[..., Ends]) -> Ends:
        """What the event is defined by."""
        if defined.keys.get("unless"):
            return Untold()
        said = defined.moments
        latest = [m for key, m in said.items() if key.startswith("latest")]
        earliest = [m for key, m in said.items() if key.startswith("earliest")]
        quiet = (_length(defined.periods["quiet"]),) if "quiet" in defined.periods else ()
        parts: list[Ends] = [inner(said["at"], lengths)] if "at" in said else []
        if latest:
            parts.append(last(*(inner(m, (*quiet, *lengths)) for m in latest)))
        if earliest:
            parts.append(first(*(inner(m, lengths) for m in earliest)))
        return first(*parts) if parts else Untold()

    def _birthday(self, table: Table, years: int, lengths: Lengths) -> Ends:
        def bears(one: Table) -> tuple[str, ...]:
            return tuple(c.name for c in one.columns if isinstance(c.role, Category) and c.role.leaf == BIRTH)

        return self._over(table, bears, lambda column: Dated(column, ((years, "years"), *lengths)), far=False)

    def _over(self, table: Table, bears: Bears, ends: Callable[[str], Ends], far: bool) -> Ends:
        found = [_over(way.hops, last(*map(ends, way.columns))) for way in ways(self.store, table.name, bears, far=far)]
        return last(*found) if found else Untold()


def _kinds(table: Table) -> Iterator[tuple[str, str]]:
    """Columns of one kind each, with the kind."""
    for column in personal_columns(table):
        leaves = set(leaves_of(table.column(column).role))
        if len(leaves) == 1:
            yield column, leaves.pop()


def _dated(places: tuple[Way, ...], after: Lengths) -> Ends:
    ends = [_over(way.hops, last(*(Dated(c, after) for c in way.columns))) for way in places]
    return last(*ends) if ends else Untold()


def retains(program: Program) -> Iterator[Promise]:
    """The promises to keep: ceilings, held states and floors."""
    return (p for p in overlaid(program) if p.verb == "retain" and p.modality in ("may", "will"))


def names_under(promise: Promise, key: str) -> frozenset[str]:
    """Ids that stand under a key of the promise."""
    found = {n.id for n in promise.terms.get(key, ())}
    return frozenset(
        found | {n.id for test in promise.scope if isinstance(test, AnyOf) and test.key == key for n in test.names}
    )


def persons(promise: Promise) -> tuple[Test, ...]:
    """The tests of a promise that tell people apart."""
    return tuple(test for test in promise.scope if isinstance(test, Known | Some | Age))


def is_in(promise: Promise, store: StoreMap) -> bool:
    """Whether the promise speaks of this store: of all, by its name, its place, or its kind."""
    places = names_under(promise, "in")
    mine = {store.store, store.place, store.place.lower(), "any", *({"backups", "backup"} if store.kind == "backup" else ())}
    return not places or bool(places & mine)


def _says(ends: Ends) -> bool:
    match ends:
        case Untold():
            return False
        case _:
            return not hasattr(ends, "of") or any(map(_says, ends.of if isinstance(ends.of, tuple) else (ends.of,)))


def _over(hops: tuple[object, ...], ends: Ends) -> Ends:
    return Over(hops, ends) if hops else ends  # type: ignore[arg-type]


def _events(moment: Moment) -> Iterator[Name]:
    match moment:
        case Name():
            yield moment
        case Pick(of=parts):
            for part in parts:
                yield from _events(part)
        case After(of=one) | Ahead(of=one):
            yield from _events(one)


def _in_row(table: Table) -> Callable[[str, Lengths], Ends]:
    return lambda event, after: last(*(Dated(c, after) for c in event_columns(event)(table)))


def _for(purpose: str, constraints: list[tuple[Promise, Ends]]) -> Iterator[Ends]:
    for promise, ends in constraints:
        named = names_under(promise, "for")
        if not named or purpose in named:
            yield ends


def _stay(promise: Promise, ends: Ends) -> Stay:
    ground = ", ".join(sorted(names_under(promise, "ground"))) or promise.source.clauses[0]
    return Stay(ground, ends, Why(promise.source.clauses, promise.source.cites, f"stays on {ground}"))


def _then(promises: list[Promise]) -> Ending | None:
    said = [p.then for p in promises if p.then is not None]
    return "erase" if "erase" in said else said[0] if said else None


def _length(period: Period, at_least: bool = False) -> tuple[int, Unit]:
    """Working days count as days, which is never later; for a floor, as the days that they can last, its weekends with them, which is never earlier."""
    if at_least and period.unit == "working days":
        return period.amount + 2 * -(-period.amount // 5), "days"
    if period.unit == "hours":
        return -(-period.amount // 24), "days"
    unit, times = UNITS[period.unit]
    return period.amount * times, unit
