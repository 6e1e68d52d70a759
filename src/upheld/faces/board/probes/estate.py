"""Two counts over the live stores: every column has one leaf, every store stands where the notice allows.

Reads schemas and the map, never a row. A store out of reach lowers the coverage and never passes. Where a store stands is said by its
estate file alone, so the twin's fault lies in that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Estate, StoreCatalogue, StoreMap
from upheld.engine.stores.shadow import shadow_of
from upheld.faces.board.controls import names_under, of_promise
from upheld.faces.board.model import Coverage, Evidence, Outcome
from upheld.faces.board.probes.context import Probe, ProbeContext, evidence
from upheld.language.diagnostic import counted
from upheld.language.promises.model import Promise

CLASSIFIED = "estate-classified/1"
# Whatever data is defined calls for it; a notice may also promise it as a measure.
CLASSIFYING = frozenset({"estate:classified", "measure:classified-columns"})
LOCATED = "location-declared/1"
PLANTED = "planted_unclassified"
NOWHERE = "AQ"
PLACE = re.compile(r"^place:.*$", re.MULTILINE)


def classified(context: ProbeContext) -> list[Evidence]:
    """Live columns against the map, in every store."""
    columns, bare, reached = 0, 0, 0
    for store, live in _live(context):
        reached += 1
        seen, unmapped = _count(store, live)
        columns += seen
        bare += unmapped
    coverage = Coverage(reached, len(context.estate.stores), "stores")
    detail = {"live columns": columns, "not classified": bare}
    says = (
        f"{columns:,} live columns, each classified" if not bare else f"{bare:,} of {columns:,} live columns are not classified"
    )
    mend = "Say in the estate file what they hold; `upheld check` names them." if bare else ""
    outcome: Outcome = "failed" if bare else "held"
    return [
        evidence(context, control, CLASSIFIED, columns, outcome, says, coverage=coverage, detail=detail, mend=mend)
        for control in sorted(CLASSIFYING)
    ]


def _count(store: StoreMap, live: StoreCatalogue) -> tuple[int, int]:
    columns, bare = 0, 0
    for table in live.tables.values():
        if table.kind not in ("table", "partitioned", "foreign") or table.name in store.not_covered:
            continue
        mapped = {c.name for c in store.tables[table.name].columns} if table.name in store.tables else set()
        columns += len(table.columns)
        bare += sum(1 for c in table.columns if c.name not in mapped)
    return columns, bare


def _live(context: ProbeContext) -> Iterator[tuple[StoreMap, StoreCatalogue]]:
    for name, store in context.estate.stores.items():
        if name not in context.urls:
            continue
        opened = context.opened(store, context.urls[name])
        try:
            yield store, opened.catalogue()
        except Exception:  # out of reach, whatever the driver calls it: the coverage says so
            continue
        finally:
            opened.close()


@contextmanager
def _unclassified_column(context: ProbeContext) -> Iterator[ProbeContext]:
    """A column that nobody classified, in a shadow of the first store."""
    name, store = next((n, s) for n, s in context.estate.stores.items() if n in context.urls)
    table = next(iter(store.tables))
    with shadow_of(store.engine, context.urls[name], context.server) as shadow:
        shadow.execute(f'ALTER TABLE "{table}" ADD COLUMN {PLANTED} text')
        alone = Estate({name: store})
        yield replace(context, estate=alone, urls={name: shadow.url}, sandboxed=True)


def located(context: ProbeContext) -> list[Evidence]:
    """The place that each store declares against each clause that says where data is stored."""
    found: dict[str, list[Promise]] = {}
    for promise in context.program.promises:
        if promise.verb == "locate" and any(c == "location:declared" for c, _ in of_promise(promise)):
            for clause in promise.source.clauses:
                found.setdefault(clause, []).append(promise)
    return [_judged(context, clause, promises) for clause, promises in found.items()]


def _judged(context: ProbeContext, clause: str, promises: list[Promise]) -> Evidence:
    allowed = {place for promise in promises for place in names_under(promise, "in")}
    countries = {place.upper() for place in allowed if len(place) == 2}
    stores = context.estate.stores.values()
    outside = [s.store for s in stores if s.place.upper() not in countries]
    coverage = Coverage(len(context.estate.stores), len(context.estate.stores), "stores")
    if not countries:
        says = "the places are a list that names no country yet, so no store could be judged"
        return evidence(context, "location:declared", LOCATED, 0, "not run", says, scope=frozenset({clause}))
    says = f"{counted(len(stores), 'store', 'stands', 'stand')} in a country that the clause names"
    mend = ""
    if outside:
        says = f"{len(outside)} of {counted(len(stores), 'store')} {'stands' if len(outside) == 1 else 'stand'} in a country that the clause does not name: {', '.join(outside)}"
        mend = "Move the store, or name its country in the clause."
    detail = {"stores": len(stores), "elsewhere": len(outside)}
    return evidence(
        context, "location:declared", LOCATED, len(stores), "failed" if outside else "held", says,
        scope=frozenset({clause}), coverage=coverage, detail=detail, mend=mend,
    )  # fmt: skip


@contextmanager
def _store_elsewhere(context: ProbeContext) -> Iterator[ProbeContext]:
    """Estate files of which the first says that its store stands where nobody stores anything."""
    files = dict(context.estate_files)
    first = next(name for name, text in files.items() if PLACE.search(text))
    files[first] = PLACE.sub(f"place: {NOWHERE}", files[first], count=1)
    yield replace(context, estate=read_estate(files)[0], estate_files=files, sandboxed=True)


ESTATE_CLASSIFIED = Probe("estate-classified", 1, CLASSIFYING, classified, _unclassified_column)
LOCATION_DECLARED = Probe("location-declared", 1, frozenset({"location:declared"}), located, _store_elsewhere)
