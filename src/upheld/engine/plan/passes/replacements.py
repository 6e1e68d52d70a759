"""A column that must be blanked becomes its replacement: NULL, a token per row, a neutral value, or a document's removed members.

What can stand in a column, the estate's rules say (`estate.replacements`); here it becomes part of a step, and what cannot be chosen is refused
before a plan is shown. Not taken: trying values in the firm's database at plan time.
"""

from __future__ import annotations

from typing import assert_never

from upheld.engine.estate.model import FreeText, JsonPaths, LiveColumn, LiveTable, NotPersonal, Role
from upheld.engine.estate.replacements import Impossible, blanking
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Refused, RemovePaths, Replacement, SetNull, SetToken, SetValue


def choose(place: str, table: LiveTable, column: LiveColumn, role: Role, referenced: frozenset[str] = frozenset(),
           ) -> Replacement | Refused | None:  # fmt: skip
    """What `column` is blanked with; None for a generated column, which is never written. `place` is store.table.column.

    `referenced`: columns that foreign keys of other tables lead to.
    """
    if column.generated:
        return None
    if isinstance(role, JsonPaths):
        return _removal(role)
    found = blanking(table, column.name, referenced)
    if isinstance(found, Impossible):
        return refused("L102", f"{place}: {found.why}", "Make the column nullable, or erase its rows with `erasure: delete`.")
    match found.kind:
        case "null":
            return SetNull()
        case "token":
            return SetToken(found.length)
        case "value":
            assert found.value is not None
            return SetValue(found.value)
        case _:
            assert_never(found.kind)


def _removal(role: JsonPaths) -> RemovePaths:
    personal = tuple(sorted(p for p, r in role.paths.items() if not isinstance(r, NotPersonal)))
    staying = tuple(sorted(p for p, r in role.paths.items() if isinstance(r, NotPersonal)))
    return RemovePaths(personal, isinstance(role.others, FreeText), staying)
