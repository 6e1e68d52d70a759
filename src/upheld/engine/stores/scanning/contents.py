"""Columns that the map calls something become what their sampled values are seen to be, by shape and check digit alone.

No name is asked, so that what is said here is said by the values; they are looked at in memory and thrown away. Some addresses among other
values are told, too: three e-mail addresses in a column that holds nobody's data are three people's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from upheld.engine.estate.drift.contents import Content
from upheld.engine.estate.model import StoreCatalogue
from upheld.engine.stores.scanning import proofs
from upheld.engine.stores.scanning.samples import Connection, Sample, samples_of

ROWS_A_TABLE = 200
FEWEST = 3  # distinct values
SOME = 0.03  # of the distinct values
FAMILIES = ("text", "integer", "number", "other")
# Shapes that hardly anything else has, where they stand among other values.
_AMONG_OTHERS = {"email-address": proofs.is_email, "bank-account": proofs.is_iban}


def contents(
    connection: Connection, live: StoreCatalogue, columns: Mapping[str, Sequence[str]], place: str
) -> dict[tuple[str, str], Content]:
    """By table and column: the leaf that the values prove, in a store that stands in `place`; nothing where they prove none.

    One statement a table, of at most ROWS_A_TABLE rows. Columns that the live schema does not have, and dates, are left out.
    """
    found = {}
    for name, wanted in columns.items():
        table = live.tables.get(name)
        asked = (
            tuple(column for column in table.columns if column.name in wanted and column.family in FAMILIES) if table else ()
        )
        if table is None or not asked or table.kind not in ("table", "partitioned"):
            continue
        for column, sample in samples_of(connection, replace(table, columns=asked), ROWS_A_TABLE).items():
            if seen := _seen(sample, place):
                found[name, column] = seen
    return found


def _seen(sample: Sample, place: str) -> Content | None:
    of = len(sample.values)
    if proof := proofs.proven(sample.values, place):
        return Content(proof.leaf, of, of)
    for leaf, check in _AMONG_OTHERS.items():
        passed = sum(map(check, sample.values))
        if passed >= max(FEWEST, SOME * of):
            return Content(leaf, passed, of)
    return None
