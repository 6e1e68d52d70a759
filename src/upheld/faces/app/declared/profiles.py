"""`profile.yaml` becomes what people change of their own row themselves, and how often they are asked whether all of it is right."""

from __future__ import annotations

from dataclasses import dataclass

from upheld.engine.estate.model import Estate
from upheld.faces.app.declared.reading import Declared, read_mapping

FILE = "profile.yaml"
A_YEAR = 365
HELP = "Write `editable: [store.table.column]` and `confirm-every: 365`."


@dataclass(frozen=True, slots=True)
class Rules:
    """`editable`: columns as store.table.column. `confirm_every`: days."""

    editable: frozenset[str] = frozenset()
    confirm_every: int = A_YEAR


def read_rules(text: str, estate: Estate | None = None) -> Rules:
    """What a file's text says; nothing is changed by people themselves where it says nothing. Declared (R241) where it cannot be read so, or names a
    column that the estate does not map."""
    said = read_mapping(text, FILE, "R241", HELP)
    editable, days = said.get("editable", []), said.get("confirm-every", A_YEAR)
    known = set(said) <= {"editable", "confirm-every"}
    if not known or not isinstance(editable, list) or not isinstance(days, int) or isinstance(days, bool) or days < 1:
        raise Declared("R241", f"{FILE} cannot be read.", HELP)
    unmapped = [one for one in map(str, editable) if estate is not None and one not in _columns(estate)]
    if unmapped:
        raise Declared("R241", f"{FILE}: the estate maps no `{unmapped[0][:80]}` of a table of people.", HELP)
    return Rules(frozenset(map(str, editable)), days)


def _columns(estate: Estate) -> frozenset[str]:
    return frozenset(
        f"{store.store}.{table.name}.{column.name}"
        for store in estate.stores.values()
        for table in store.tables.values()
        if table.root
        for column in table.columns
    )
