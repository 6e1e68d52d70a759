"""A JSON line of a correction becomes who asks, and what she says is wrong and right. A fault names the line, never what stands in it.

`{"email": "ada@example.test", "correct": [{"data": "name", "was": "Adda", "now": "Ada"}, {"column": "shop.customers.phone", "was": null, "now": "+47…"}]}`
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from upheld.engine.estate.model import Estate, leaves_of
from upheld.engine.plan.model import Correction
from upheld.faces.app.asks.subjects import said_by, unusable
from upheld.faces.app.errors import Unusable
from upheld.language.terms import ALIASES

MOST_CORRECTIONS = 200
HELP = (
    'Write {"data": CATEGORY, "was": …, "now": …}, or {"column": "store.table.column", "now": …} with "was" where it is known, '
    'and "row": {key} for one row alone.'
)
Said = tuple[str, tuple[Correction, ...]]  # the line without its corrections, and they


def read_corrections(lines: Sequence[str], estate: Estate) -> list[Said]:
    """Each line that is not blank, as a line of subjects, with its corrections. Unusable (X203) names the line and what is wrong with it."""
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        said = said_by(number, line)
        listed = said.pop("correct", None)
        if not isinstance(listed, list) or not listed or len(listed) > MOST_CORRECTIONS:
            raise Unusable("X203", f"Line {number} of the corrections names none, or more than {MOST_CORRECTIONS}.", HELP)
        found.append((json.dumps(said), tuple(correction_of(number, one, estate) for one in listed)))
    return found


def correction_of(number: int, said: object, estate: Estate) -> Correction:
    """One entry of `correct`."""
    if not isinstance(said, dict) or "now" not in said or not set(said) <= {"data", "column", "was", "now", "row"}:
        raise Unusable("X203", f"Line {number} holds a correction that cannot be read.", HELP)
    if ("data" in said) == ("column" in said):
        raise Unusable("X203", f"A correction in line {number} names neither or both of a category and a column.", HELP)
    was, now = _text(number, said.get("was")), _text(number, said["now"])
    if "data" in said:
        leaf = str(said["data"])
        if "row" in said or was is None:
            reason = f"A correction in line {number} of every `data` of a kind does not say what stands there now."
            raise Unusable("X203", reason, "Add `was`; name a `column` to complete what is missing.")
        return Correction(now, was, leaf=ALIASES.get(("data", leaf), leaf))
    return _of_column(number, said, was, now, estate)


def _of_column(number: int, said: Mapping[str, Any], was: str | None, now: str | None, estate: Estate) -> Correction:
    parts = str(said["column"]).split(".")
    store, table, column = parts[0], ".".join(parts[1:-1]), parts[-1]
    if len(parts) < 3 or store not in estate.stores or table not in estate.stores[store].tables:
        raise unusable(number, "a correction names no column of the estate, as store.table.column")
    mapped = estate.stores[store].tables[table]
    if column in {one.column for one in mapped.identifies}:
        # Whoever is known by it is known by it everywhere: half of it changed, her other rows would lead to nobody.
        if was is None:
            raise unusable(number, "a correction of what a person is known by does not say what it was (`was`)")
        return Correction(now, was, leaf=leaves_of(mapped.column(column).role)[0])
    key = said.get("row")
    if key is not None and (not isinstance(key, dict) or set(key) != set(mapped.key)):
        raise unusable(number, f"the key of {store}.{table} is {', '.join(mapped.key)}")
    row = None if key is None else tuple(key[one] for one in mapped.key)
    return Correction(now, was, place=(store, table, column), key=row, whatever="was" not in said)


def _text(number: int, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    raise unusable(number, "a value of a correction is neither text, number, truth nor null")
