"""The notices, the estate and the catalogue become a plan that ends what is past its date, and findings about what has none.

Pure, like every plan. Table by table, rows that count on another row's event before that row, rows with a foreign key before the row that it leads to.
A row is deleted when every personal cell of it may go and nothing needs it; else its cells whose time is over are blanked. Whose row it is plays no
part: an orphan ends like any other. Not taken: an erasure of everybody; the calendar needs no person, and finds rows that nobody owns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate, Event, Table, leaves_of
from upheld.engine.plan.calendar import along, anonymous
from upheld.engine.plan.calendar.covers import Cover, Covers
from upheld.engine.plan.calendar.endings import ENDINGS, Group, hidden
from upheld.engine.plan.calendar.judged import Changes, Finding, Judged, Spared, keys_into
from upheld.engine.plan.calendar.on_record import ENDED, NOTED, Lists, on_list, stay_of
from upheld.engine.plan.calendar.untold import untold
from upheld.engine.plan.calendar.waits import (
    keep_events,
    outlives,
    spare_afar,
    spare_events,
    wait_for_circle,
    waited_for,
)
from upheld.engine.plan.calendar.ways import owners
from upheld.engine.plan.digest import digest_of
from upheld.engine.plan.ends import (
    NEVER,
    UNTOLD,
    Ends,
    Holds,
    Hop,
    Named,
    NoneLeft,
    Not,
    NotTrue,
    Over,
    both,
    day_column,
    elsewheres,
    first,
    is_known,
    is_told_by_others,
)
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Ask, KeepRule, Lasts, Refused, Replacement, Why
from upheld.engine.plan.passes.fates import nullable_of, personal_columns
from upheld.engine.plan.passes.graph import components
from upheld.engine.plan.passes.hard.derived import names_of, refreshed
from upheld.engine.plan.passes.hard.objects import deletes_of_objects, taking_files
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import (
    BlankColumns,
    ByKey,
    ByLink,
    Compact,
    CutLink,
    DayOf,
    DeleteRows,
    Flag,
    HandOver,
    HoldRows,
    Part,
    Past,
    ReadBackKeys,
    ReadPaths,
    Rows,
    SelectDue,
    Step,
    Wanted,
)
from upheld.language.promises.model import Program

GONE = "delete"
ANONYMOUS = "anonymous"
TREATMENTS = {**ENDINGS, "anonymise": anonymous.anonymised, "aggregate": anonymous.aggregated}


@dataclass(frozen=True, slots=True)
class Retention:
    """`plan` has no step where nothing can ever end. `findings` hold no row; whether any row is concerned is counted elsewhere.

    `reach`: (clause, store, table, whether the estate can tell the end) of all that the promises cover.
    """

    plan: Plan
    day: date
    findings: tuple[Finding, ...]
    reach: tuple[tuple[str, str, str, bool], ...] = ()
    lists: tuple[
        tuple[str, tuple[str, ...]], ...
    ] = ()  # of rows known by key: what the ends name, and of which bindings it is made


def retention(program: Program, estate: Estate, catalogue: Catalogue, ask: Ask, day: date,
              kept: frozenset[tuple[str, str]] = frozenset(), spared: tuple[Spared, ...] = (), grace: bool = False) -> Retention | Refused:  # fmt: skip
    """What is past its date on `day`, as a plan. Refused (L102, L103, L105) like any plan.

    `kept`: (store, table) of rows that stayed on a ground which has ended by now, known by their keys. `spared`: whose data stays for now.
    `grace`: only what is later than the promises' `within` allow, for whoever asks what is broken.
    """
    lists: Lists = {one.name: (one.name,) for one in spared}
    works: dict[str, Judged] = {}
    for name, store in sorted(estate.stores.items()):
        live = catalogue.stores.get(name)
        if store.kind == "backup":
            continue
        if live is None:
            return refused("L105", f"{name} is in no catalogue", "Run `upheld scan` and keep its estate.lock.")
        covers = Covers(program, estate, live, store, grace, kept=kept, lives=catalogue.stores, lists=lists)
        works[name] = Judged(store, live, covers, spared)
        problem = _cover(works[name])
        if problem is not None:
            return problem
    for work in works.values():
        spare_afar(work, works)
    parts: list[StorePlan] = []
    for name in _counting_first(works):
        work = works[name]
        _judge(work)
        steps = _steps(work, day)
        problem = _triggers(work, steps)
        if problem is not None:
            return problem
        if steps:
            parts.append(StorePlan(name, work.store.engine, work.live.fingerprint, steps, _named(lists), work.store.large))
    findings = [found for _, work in sorted(works.items()) for found in work.findings]
    reach = {one for work in works.values() for one in work.reach}
    stores = tuple(parts)
    named = {step.objects for part in stores for step in part.steps if isinstance(step, ReadPaths)}
    files = Why((), (), "what the rows that end pointed to")
    after = tuple(step for step in deletes_of_objects(estate, files) if step.objects in named)
    return Retention(
        Plan(ask, stores, after, digest_of(ask, stores, after)), day, tuple(findings), tuple(sorted(reach)), _named(lists)
    )


def _named(lists: Lists) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted(lists.items()))


# ---- judging -------------------------------------------------------------------------------------------------------


def _cover(work: Judged) -> Refused | None:
    """What the promises say of each column, before anything waits for anything."""
    for table in work.store.tables.values():
        if table.name not in work.live.tables or not table.key:
            return refused("L105", f"{work.store.store}.{table.name} is not in the catalogue", "Run `upheld scan` again.")
        problem = _groups(work, table)
        if problem is not None:
            return problem
    return None


def _counting_first(works: Mapping[str, Judged]) -> list[str]:
    """Stores whose rows count on another store's before that one; those that count on each other by name."""
    edges: dict[str, frozenset[str]] = {name: frozenset() for name in works}
    for name, work in works.items():
        for groups in work.groups.values():
            for group, _ in groups:
                for _, one in elsewheres(group.cover.ends):
                    if one.store in edges and one.store != name:
                        edges[one.store] |= {name}
    return [name for component in components(works, edges) for name in component]


def _judge(work: Judged) -> None:
    for table in work.store.tables.values():
        spare_events(work, table)
    for table in work.store.tables.values():
        _let_go(work, table)
    for name, cover in work.stuck:
        keep_events(work, name, cover)
    for table in work.store.tables.values():
        work.whole[table.name] = _whole(work, table, frozenset())
    for component in _children_first(work):
        for name in component:
            ends = _deletes(work, work.store.tables[name], frozenset(component))
            if ends is not None:
                work.deletes[name] = ends
            if name in work.nameless:
                waits = anonymous.children_left(work.store, work.store.tables[name], {**work.nameless, **work.deletes})
                work.nameless[name] = both(work.nameless[name], *waits)
                _hold_links(work, work.store.tables[name])
            if len(component) > 1:
                wait_for_circle(work, name)


def _let_go(work: Judged, table: Table) -> None:
    """An anonymised row leads to nobody once all of it is over: not before, for what is left of it would be somebody's."""
    mine = [(group, treated) for group, treated in work.groups.get(table.name, ()) if treated.method == "anonymise"]
    known = [c for c in personal_columns(table) if (table.name, c) not in work.ends]
    if mine and not known:
        work.nameless[table.name] = both(*(work.ends[table.name, c] for c in personal_columns(table)))
    elif mine:
        reason = f"{', '.join(known)} stays for ever or has no promise, so its row is always somebody's"
        for group, _ in mine:
            work.stuck.append((table.name, group.cover))
            _find(work, "L311", table, list(group.columns), group.cover.why.clauses, reason, "Say when its time is over.")
        work.groups[table.name] = [one for one in work.groups[table.name] if one not in mine]


def _hold_links(work: Judged, table: Table) -> None:
    """Links are cut when all of the row is over and nothing of somebody hangs on it; without links, nothing is anonymised before."""
    ends, links = work.nameless[table.name], anonymous.links_of(table)
    mine = [group for group, treated in work.groups[table.name] if treated.method == "anonymise"]
    for column in links or [c for group in mine for c in group.columns]:
        work.ends[table.name, column] = ends


def _groups(work: Judged, table: Table) -> Refused | None:
    """The table's personal columns by what their promises say; what none speaks of is a finding."""
    by_cover: dict[Cover, list[str]] = {}
    bare, endless = [], []
    for column in personal_columns(table):
        covers = [work.covers.of(table, leaf) for leaf in dict.fromkeys(leaves_of(table.column(column).role))]
        if not covers or any(cover is None for cover in covers):
            bare.append(column)
            continue
        found = [c for c in covers if c is not None]
        cover = found[0] if len(found) == 1 else _joined(found)
        work.reach |= {(c, work.store.store, table.name, is_known(cover.ends)) for c in cover.why.clauses}
        if not is_known(cover.ends):
            if cover.ends != NEVER:
                endless.append((column, cover))
            work.stays.add(table.name)
            continue
        by_cover.setdefault(_free(work, table, column, cover), []).append(column)
    if bare:
        work.stays.add(table.name)
        _find(work, "L301", table, bare, (), "no promise says how long this is kept",
              "Say it with `may retain`, or map the column otherwise.")  # fmt: skip
    for clauses, columns in _by_clauses(endless).items():
        _find(work, "L302", table, columns, clauses, "the promise's end is counted from what no column says for these rows",
              "Map the event or fact to a column, or count from another.")  # fmt: skip
    for cover, names in by_cover.items():
        work.findings += untold(work, table.name, cover, tuple(names))
        problem = _treat(work, table, cover, tuple(names))
        if problem is not None:
            return problem
    return None


def _treat(work: Judged, table: Table, cover: Cover, columns: tuple[str, ...]) -> Refused | None:
    group = Group(work.store.store, table, work.live.tables[table.name], work.live, columns, cover)
    treated = TREATMENTS[cover.then or "erase"](group)
    if isinstance(treated, Refused):
        if treated.code not in ("L102", "L310", "L311", "L313"):
            return treated
        work.stays.add(table.name)
        work.stuck.append((table.name, cover))
        _find(work, treated.code, table, list(columns), cover.why.clauses, treated.reason, treated.help)
        return None
    if treated.waits:
        return _review(work, table, group)
    work.groups.setdefault(table.name, []).append((group, treated))
    ends = cover.ends
    if treated.goes and (work.store.store, table.name) in (work.covers.kept or frozenset()):
        # Nothing may be left to tell the end of a kind that is blank already: its row goes with what was kept in it.
        ends = first(ends, both(work.covers.ended(table), Not(Holds(table.key, treated.changes))))
    for column in columns:
        work.ends[table.name, column] = ends
    if not treated.goes:
        work.stays.add(table.name)
    _hide_first(work, table, group)
    return None


def _review(work: Judged, table: Table, group: Group) -> Refused | None:
    """Rows that somebody has answered end on the day that she said; the others are listed for her, as long as they are on nobody's list."""
    cover = group.cover
    listed = both(cover.ends, NotTrue(on_list(work.covers.lists, table, NOTED, group.columns)))
    said = ("its time is over, and somebody has to look at it", "Look at these rows, then end them or say why they stay.")
    work.findings.append(Finding("L312", work.store.store, table.name, group.columns, cover.why.clauses, *said, listed))
    if (work.store.store, table.name) in (work.covers.kept or frozenset()):
        ends = both(cover.ends, on_list(work.covers.lists, table, ENDED, group.columns))
        return _treat(work, table, replace(cover, ends=ends, then="erase", ordinary=UNTOLD, held=(), moves=()), group.columns)
    work.stays.add(table.name)
    work.stuck.append((table.name, cover))
    return None


def _hide_first(work: Judged, table: Table, group: Group) -> None:
    """Stages of a cascade before the end: the row is hidden when the first of them is over, and goes on to its end."""
    for ends, then, why in group.cover.moves:
        if then != "hide" or not is_known(ends):
            continue
        stage = replace(group, cover=replace(group.cover, ends=ends, then="hide", why=why))
        treated = hidden(stage)
        if isinstance(treated, Refused):
            _find(work, treated.code, table, list(group.columns), why.clauses, treated.reason, treated.help)
        else:
            work.groups[table.name].append((stage, treated))


def _free(work: Judged, table: Table, column: str, cover: Cover) -> Cover:
    """The cover, but for people who are spared for now."""
    leaves = set(leaves_of(table.column(column).role))
    stays = [one for one in work.spared if one.leaves is None or one.leaves & leaves]
    free = [part for one in stays for part in _nobody_spared(work, table, one)]
    return replace(cover, ends=both(cover.ends, *free)) if free else cover


def _nobody_spared(work: Judged, table: Table, spared: Spared) -> Iterator[Ends]:
    """That the row is of none of these people, by every way up; where only an identifier leads to people, nothing ends for now."""
    if table.root:
        yield Not(Named(table.key, spared.name))
    ways = owners(work.store, table.name)
    for hops in ways:
        yield NoneLeft(hops, Named(work.store.tables[hops[-1].table].key, spared.name), None)
    if table.identity and not table.root and not ways:
        yield NEVER


def _joined(covers: list[Cover]) -> Cover:
    """A document with data of several kinds: its time is over with the last of them."""
    clauses = tuple(sorted({c for cover in covers for c in cover.why.clauses}))
    cites = tuple(dict.fromkeys(c for cover in covers for c in cover.why.cites))
    then = "erase" if any(c.then == "erase" for c in covers) else covers[0].then
    alike = max(c.alike for c in covers)
    return Cover(
        both(*(c.ends for c in covers)),
        then,
        Why(clauses, cites, covers[0].why.says),
        to=tuple(sorted({party for c in covers for party in c.to})),
        alike=alike,
    )


def _by_clauses(endless: list[tuple[str, Cover]]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for column, cover in endless:
        found.setdefault(cover.why.clauses, []).append(column)
    return found


def _find(work: Judged, code: str, table: Table, columns: list[str], clauses: tuple[str, ...], reason: str, help: str) -> None:
    work.findings.append(Finding(code, work.store.store, table.name, tuple(columns), clauses, reason, help))


def _whole(work: Judged, table: Table, below: frozenset[str]) -> Ends:
    """When every personal cell of a row may go. A row without any goes with a row that owns it."""
    if table.name in work.stays or table.name in below:
        return NEVER
    if personal_columns(table):
        columns = [work.ends[table.name, c] for c in personal_columns(table)]
        return both(*columns)
    owners = [
        Over(
            (Hop(link.parent, link.parent_columns, link.columns, True, link.when),),
            _goes(work, link.parent, below | {table.name}),
        )
        for link in table.owning
        if not outlives(work, table, link.parent)
    ]
    known = [one for one in owners if is_known(one)]
    return first(*known) if known else NEVER


def _goes(work: Judged, parent: str, below: frozenset[str]) -> Ends:
    table = work.store.tables.get(parent)
    return _whole(work, table, below) if table is not None and table.erasure == "delete" else NEVER


def _deletes(work: Judged, table: Table, together: frozenset[str]) -> Ends | None:
    """When a row is deleted: all of it may go, and no row needs it, by a foreign key or for its event."""
    whole = work.whole[table.name]
    if table.erasure != "delete" or not is_known(whole):
        return None
    needs: list[Ends] = []
    for child, key in keys_into(work, table.name):
        if nullable_of(work.live.tables[child], key.columns):
            continue
        going = work.deletes.get(child) if child not in together else None
        needs.append(NoneLeft((Hop(child, key.columns, key.target_columns, False),), None, going))
    work.bare[table.name] = both(
        whole,
        *needs,
        *work.waits.get(table.name, ()),
        *work.passed.get(table.name, ()),
        *work.afar.get(table.name, ()),
        *work.afar_passed.get(table.name, ()),
    )
    return both(work.bare[table.name], *work.circles.get(table.name, ()))


def _children_first(work: Judged) -> list[tuple[str, ...]]:
    """Tables in the order of the run: those with a key to a row, or that count on it, before it."""
    edges: dict[str, set[str]] = {name: set() for name in work.store.tables}
    for name in work.store.tables:
        for child, _ in keys_into(work, name):
            if child in edges and child != name:
                edges[name].add(child)
    asked: dict[str, set[str]] = {name: set() for name in work.store.tables}
    for name in work.nameless:
        asked[name] |= {t.name for t in work.store.tables.values() for o in t.owning if o.parent == name != t.name}
    for name, waits in (*work.waits.items(), *work.passed.items()):
        asked[name] |= {wait.hops[-1].table for wait in waits} - {name}
    for table in work.store.tables.values():
        if not personal_columns(table):
            for link in table.owning:
                if link.parent in asked and link.parent != table.name and not outlives(work, table, link.parent):
                    asked[link.parent].add(table.name)
    for name in edges:
        edges[name] |= asked[name]
    for table in work.store.tables.values():
        if not personal_columns(table) and table.name in work.whole:
            # It goes when all that its owner waits for has gone, and is asked after that.
            edges[table.name] |= {n for n in waited_for(work.whole[table.name]) if table.name not in _reach(edges, n)}
    found = components(edges, {k: frozenset(v) for k, v in edges.items()})
    # In a circle, what rows wait for by what they say comes first; what they wait for by a key is there in the next pass.
    said = {k: frozenset(v) for k, v in asked.items()}
    return [tuple(name for part in components(one, said) for name in part) for one in found]


def _reach(edges: Mapping[str, set[str]], start: str) -> set[str]:
    """All that comes before `start`, and itself."""
    found, ahead = {start}, [start]
    while ahead:
        new = edges.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


# ---- steps ---------------------------------------------------------------------------------------------------------


def _steps(work: Judged, day: date) -> tuple[Step, ...]:
    steps: list[Step] = []
    for table in work.store.tables.values():
        steps += _held(work, table, day)
    for component in _children_first(work):
        for name in component:
            steps += _unit(work, work.store.tables[name], day, len(steps))
    touched = tuple(sorted({s.wanted.table for s in steps if isinstance(s, SelectDue)}))
    if touched:
        views = refreshed(work.store, work.live, Why((), (), "a copy of the rows that end"))
        steps += views
        steps.append(
            Compact((*touched, *names_of(views)), Why((), (), "what was erased lies in files until they are rewritten"))
        )
    return tuple(steps)


def _unit(work: Judged, table: Table, day: date, at: int) -> list[Step]:
    """One table: its due rows are read and locked, links into rows that go are cut, cells blanked, rows deleted, all read back."""
    deletes = work.deletes.get(table.name)
    flags: list[Flag] = [] if deletes is None else [Flag("gone", Past(deletes))]
    parts = [] if deletes is None else [Part(GONE, ("gone",))]
    due: list[Ends] = [] if deletes is None else [deletes]
    effects: list[Step] = []
    copies: list[Step] = []  # after all else: each step that writes a row may copy it once more
    carry: dict[str, None] = {}
    for number, (changes, ends, why, party) in enumerate(_blanks(work, table)):
        if ends == deletes:
            continue  # whatever is over goes with its row
        flags.append(Flag(f"due{number}", Past(ends)))
        parts.append(Part(f"blank{number}", (f"due{number}",), minus=(GONE,) if deletes else ()))
        due.append(both(ends, Holds(table.key, changes)))
        rows = Rows(table.name, table.key, (ByKey(f"blank{number}"),))
        if party:
            effects.append(HandOver(rows, (*table.key, *(c for c, _ in changes if c not in table.key)), party, why))
        effects.append(BlankColumns(rows, changes, why))
        copied = along.after_blanking(work, table, f"blank{number}", frozenset(c for c, _ in changes))
        carry |= along.columns_of(copied)
        copies += copied
    if not due:
        return []
    alike = anonymous.alike_of(work.groups.get(table.name, ()))
    if alike is not None:
        flags.append(Flag(ANONYMOUS, Past(work.nameless[table.name])))
        parts.append(Part(ANONYMOUS, (ANONYMOUS,), minus=(GONE,) if deletes else ()))
        effects += anonymous.suppressing(Rows(table.name, table.key, (ByKey(ANONYMOUS),)), alike, _why(work, table))
    if deletes is not None:
        why = _why(work, table)
        cuts, carried = _cuts(work, table, why)
        carry |= dict.fromkeys(carried)
        gone = Rows(table.name, table.key, (ByKey(GONE),))
        effects += _handing(work, table, gone)
        effects += anonymous.counting(gone, table, work.groups.get(table.name, ()))
        before, after = along.before_it(work, table, GONE, why), along.after_it(work, table, GONE, why)
        carry |= along.columns_of([*before, *after])
        cuts = [s for s in cuts if not (isinstance(s, CutLink) and _cuts_what_goes(s, before))]
        effects = [*effects, *cuts, *before, DeleteRows(gone, why)]
        copies += after
    because = effects[-1].why  # type: ignore[union-attr]
    effects += copies
    wanted = Wanted(table.name, table.key, tuple(c for c in carry if c not in table.key), tuple(flags), (), tuple(parts))
    select = SelectDue(wanted, first(*due), day, because)
    effects = taking_files(work.store, effects, select.why)
    numbers = tuple(range(at + 1, at + 1 + len(effects)))
    return [select, *effects, ReadBackKeys(numbers, select.why)]


def _handing(work: Judged, table: Table, gone: Rows) -> list[Step]:
    """Rows that go are read for the party that gets them, once, whatever groups of their columns are over."""
    parties = {g.cover.to[0]: g.cover.why for g, treated in work.groups.get(table.name, ()) if treated.method == "hand-over"}
    live = {c.name for c in work.live.tables[table.name].columns}
    columns = tuple(c.name for c in table.columns if c.name in live)
    return [HandOver(gone, columns, party, why) for party, why in sorted(parties.items())]


def _held(work: Judged, table: Table, day: date) -> list[Step]:
    """Rows whose ordinary period another row says is over, and which are held from now on: their keys are put on record first."""
    steps: list[Step] = []
    for group, treated in work.groups.get(table.name, ()):
        for stay in group.cover.held if is_told_by_others(group.cover.ordinary) else ():
            known = on_list(work.covers.lists, table, NOTED, group.columns, stay_of(stay.ground, stay.why.clauses))
            due = both(group.cover.ordinary, NotTrue(stay.ends), Holds(table.key, treated.changes), Not(known))
            rule = KeepRule(stay.ground, group.columns, Lasts(stay.ends), stay.why)
            flags = [Flag("held", Past(due)), *([Flag("day", DayOf(stay.ends))] if day_column(stay.ends) else [])]
            wanted = Wanted(table.name, table.key, (), tuple(flags), (), (Part("held", ("held",)),))
            steps += [SelectDue(wanted, due, day, stay.why), HoldRows(table.name, "held", rule, stay.why)]
    return steps


def _blanks(work: Judged, table: Table) -> Iterator[tuple[Changes, Ends, Why, str]]:
    """(changes, when, why, who gets them first) of cells that are written: by group, events that others count on apart."""
    for group, treated in work.groups.get(table.name, ()):
        by_ends: dict[Ends, list[tuple[str, Replacement]]] = {}
        for column, replacement in treated.changes:
            ends = work.ends.get((table.name, column), group.cover.ends)
            if isinstance(table.column(column).role, Event):
                ends = both(
                    ends, *work.waits.get(table.name, ()), *work.circles.get(table.name, ()), *work.afar.get(table.name, ())
                )
            if not is_known(ends):
                continue
            by_ends.setdefault(ends, []).append((column, replacement))
        for ends, changes in by_ends.items():
            yield tuple(changes), ends, group.cover.why, group.cover.to[0] if treated.method == "hand-over" else ""


def _cuts(work: Judged, table: Table, why: Why) -> tuple[list[Step], list[str]]:
    """Nullable keys that lead to rows that go are let go of."""
    steps: list[Step] = []
    carried: list[str] = []
    for child, key in keys_into(work, table.name):
        columns = nullable_of(work.live.tables[child], key.columns)
        if columns:
            own_key = work.store.tables[child].key if child in work.store.tables else work.live.tables[child].primary_key
            by = ByLink(key.columns, table.name, key.target_columns, GONE)
            steps.append(CutLink(Rows(child, own_key, (by,)), columns, why, table.name))
            carried += key.target_columns
    return steps, carried


def _cuts_what_goes(cut: CutLink, going: list[Step]) -> bool:
    """Whether the rows whose link is cut are deleted by that very link. Cuts come first: a trigger may copy what they write."""
    found = {
        (s.rows.table, p.columns) for s in going if isinstance(s, DeleteRows) for p in s.rows.paths if isinstance(p, ByLink)
    }
    return any(isinstance(p, ByLink) and (cut.rows.table, p.columns) in found for p in cut.rows.paths)


def _why(work: Judged, table: Table) -> Why:
    groups = [group.cover.why for group, _ in work.groups.get(table.name, ())]
    clauses = tuple(sorted({c for why in groups for c in why.clauses}))
    cites = tuple(dict.fromkeys(c for why in groups for c in why.cites))
    return Why(
        clauses, cites, "every personal cell of the row is past its date" if groups else "goes with the row that owns it"
    )


def _triggers(work: Judged, steps: tuple[Step, ...]) -> Refused | None:
    events: dict[str, set[str]] = {}
    for step in steps:
        if isinstance(step, BlankColumns | CutLink):
            events.setdefault(step.rows.table, set()).add("update")
        elif isinstance(step, DeleteRows):
            events.setdefault(step.rows.table, set()).add("delete")
    for name, touched in events.items():
        declared = {t.name: t for t in work.store.tables[name].triggers} if name in work.store.tables else {}
        for trigger in work.live.tables[name].triggers:
            rule = declared.get(trigger.name)
            place = f"{work.store.store}.{name}, trigger {trigger.name}"
            if not touched & set(trigger.events):
                continue
            if rule is None:
                return refused("L103", f"{place} is not declared", "Say `harmless`, `copies-to` or `blocks` in the estate.")
            if rule.rule == "blocks":
                return refused("L103", f"{place} blocks", "Erase by the means that the trigger demands.")
    return None
