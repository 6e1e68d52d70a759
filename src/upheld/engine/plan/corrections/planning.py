"""Corrections of people become a plan: which rows are theirs, which columns of them may change, what is read back, who is told.

Pure, and no value in it: what is wrong and what is right is sealed with who asks. Sets bear their subject, as an access's do, since each person corrects
her own. Tables into which triggers copy come once more behind the others, for what is copied meanwhile says the old. Not taken: a correction as an erasure
and a new row; keys, links and everything else of the row must stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from upheld.engine.estate.model import Catalogue, Estate, StoreCatalogue, StoreMap, leaves_of
from upheld.engine.plan.corrections.resolving import Place, contradiction, mine_of, places_of
from upheld.engine.plan.digest import digest_of
from upheld.engine.plan.errors import refused
from upheld.engine.plan.from_asks import identifying, run_order
from upheld.engine.plan.keeps import Hold, rights_of, tells_of
from upheld.engine.plan.model import Ask, Correction, Refused, Why
from upheld.engine.plan.passes.hard.derived import refreshed
from upheld.engine.plan.passes.of_owners import owner_steps
from upheld.engine.plan.plans import Plan, StorePlan
from upheld.engine.plan.steps import ByKey, CorrectColumns, ReadBackIdentifiers, ReadBackKeys, Rows, Searched, Step
from upheld.language.promises.model import Program


def plan_corrections(program: Program, estate: Estate, catalogue: Catalogue, holds: Sequence[Hold], ask: Ask,
                     corrections: Mapping[str, Sequence[Correction]], today: date) -> Plan | Refused:  # fmt: skip
    """The plan that carries out these corrections, by person; or why there is none. Cost: linear in tables, columns and corrections."""
    wanted: dict[Place, None] = {}
    for ref, said in corrections.items():
        problem = contradiction(estate, catalogue, said)
        if problem is not None:
            return problem
        for one in said:
            places = places_of(estate, catalogue, one)
            assert not isinstance(places, Refused)  # contradiction
            problem = _held(estate, places, ref, holds, today)
            if problem is not None:
                return problem
            wanted |= dict.fromkeys(places)
    why, everywhere = (
        rights_of(program, ask.kind, ask.regime),
        {one.leaf for said in corrections.values() for one in said if one.leaf},
    )
    stores = []
    for name in run_order(estate):
        tables: dict[str, list[str]] = {}
        for of, table, column in wanted:
            if of == name:
                tables.setdefault(table, []).append(column)
        if not tables:
            continue
        store, live = estate.stores[name], catalogue.stores[name]
        problem = next((found for table in tables if (found := stands_in_the_way(store, live, table)) is not None), None)
        if problem is not None:
            return problem
        searched = _searched(estate, store, live, everywhere)
        stores.append(StorePlan(name, store.engine, live.fingerprint, _steps(store, live, tables, searched, why)))
    after = tells_of(program, ask.kind)
    return Plan(ask, tuple(stores), after, digest_of(ask, tuple(stores), after))


def _steps(
    store: StoreMap, live: StoreCatalogue, tables: Mapping[str, Sequence[str]], searched: tuple[Searched, ...], why: Why
) -> tuple[Step, ...]:
    effects = {table: _correct(store, table, columns, why) for table, columns in tables.items()}
    steps: list[Step] = [*owner_steps(store, tables, why), *effects.values()]
    late = [table for table in tables if table in store.copied_into]
    if late:
        steps += [*owner_steps(store, late, why), *(effects[table] for table in late)]
    steps.append(ReadBackKeys(tuple(n for n, step in enumerate(steps) if isinstance(step, CorrectColumns)), why))
    if searched:
        steps.append(ReadBackIdentifiers(searched, why))
    return (*steps, *refreshed(store, live, why))


def _correct(store: StoreMap, table: str, columns: Sequence[str], why: Why) -> CorrectColumns:
    key = store.tables[table].key
    # A key changes last: the rows are found by it.
    ordered = (*(c for c in columns if c not in key), *(c for c in columns if c in key))
    return CorrectColumns(Rows(table, key, (ByKey(),)), ordered, why, mine_of(store, table))


def _searched(estate: Estate, store: StoreMap, live: StoreCatalogue, leaves: Iterable[str]) -> tuple[Searched, ...]:
    """Columns that may bear an identifier which is corrected everywhere."""
    bears, wanted = identifying(estate), set(leaves)
    return tuple(
        Searched(name, table.key, column.name, form, kind)
        for name, table in sorted(store.tables.items())
        if name in live.tables and live.tables[name].kind in ("table", "partitioned")
        for column in table.columns
        if live.tables[name].column(column.name).family == "text"
        for leaf in leaves_of(column.role)
        if leaf in wanted
        for kind, form in sorted(bears.get(leaf, ()))
    )


def _held(estate: Estate, places: Iterable[Place], ref: str, holds: Sequence[Hold], today: date) -> Refused | None:
    """What a case holds stays as it is: a correction would change evidence. A statement beside it does not."""
    for store, table, column in places:
        mapped = estate.table(store, table)
        leaves = set(leaves_of(mapped.column(column).role))
        for hold in holds:
            names_her = ref in hold.subjects or (hold.shared_only and bool(mapped.shared))
            if hold.until > today and names_her and leaves & hold.leaves:
                help = "Note the person's statement beside the data, and correct it when the case is over."
                return refused("L135", f"{store}.{table}.{column} ({hold.ground}, until {hold.until.isoformat()})", help)
    return None


def stands_in_the_way(store: StoreMap, live: StoreCatalogue, table: str) -> Refused | None:
    """A trigger or a publication of a table that is written to, of which the estate does not say what it does."""
    mapped, found = store.tables[table], live.tables[table]
    declared = {trigger.name: trigger for trigger in mapped.triggers}
    undeclared = sorted(set(found.publications) - set(declared))
    if undeclared:
        place = f"{store.store}.{table}, publication {undeclared[0]} is not declared"
        return refused("L103", place, "Say `harmless`, and map the place that it feeds as a derived store.")
    for trigger in found.triggers:
        if "update" not in trigger.events:
            continue
        place, rule = f"{store.store}.{table}, trigger {trigger.name}", declared.get(trigger.name)
        if rule is None:
            return refused("L103", f"{place} is not declared", "Say `harmless`, `copies-to` or `blocks` in the estate.")
        if rule.rule == "blocks":
            return refused("L103", f"{place} blocks", "Correct by the means that the trigger demands.")
    return None
