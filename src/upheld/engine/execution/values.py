"""Parameters of statements become values: keys of sets, bound roots, identifiers, days.

Holds one chunk's subjects and sets, in memory only. An identifier feeds a link only where it may link: borne by at most one root row, no
placeholder. Values never leave but as parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from upheld.engine.estate.forms import keys_of, normalise
from upheld.engine.estate.model import StoreMap
from upheld.engine.execution.sets import KeySet
from upheld.engine.plan.model import Binding, DueAfter
from upheld.engine.plan.periods import first_alive
from upheld.engine.stores.statements import Param


@dataclass(slots=True)
class ChunkValues:
    """What the statements of one chunk in one store are fed with."""

    store: StoreMap
    scopes: Mapping[str, Sequence[Binding]]  # "", "ask", and each hold's name
    today: date
    secret: str
    sets: dict[tuple[str, str], KeySet] = field(default_factory=dict)

    def __call__(self, param: Param) -> object:
        match param.kind:
            case "set":
                found = self.sets.get((param.scope, param.table)) or self._same(param)
                return found.take(param.part, param.columns) if found else []
            case "roots":
                return self._roots(param)
            case "identifiers":
                return self._identifiers(param)
            case "first-day":
                assert isinstance(param.ends, DueAfter)
                return first_alive(self.today, param.ends.amount, param.ends.unit).isoformat()
            case "secret":
                return self.secret
            case _:
                raise KeyError(param.kind)

    def _same(self, param: Param) -> KeySet | None:
        """With one chunk, the ask's sets are the chunk's."""
        return self.sets.get(("", param.table)) if param.scope == "ask" else None

    def _roots(self, param: Param) -> list[object]:
        key = self.store.tables[param.table].key
        at = [key.index(c) for c in param.columns]
        found = [k for b in self.scopes.get(param.scope, ()) for k in b.roots.get((self.store.store, param.table), ())]
        return [k[at[0]] for k in found] if len(at) == 1 else [tuple(k[n] for n in at) for k in found]

    def _identifiers(self, param: Param) -> list[object]:
        verified = param.scope == "verified"
        bindings = self.scopes.get("" if verified else param.scope, ())
        taboo = taboo_of(self.store, param.table, param.form)
        normals = {
            i.normal
            for b in bindings
            for i in b.identifiers
            if i.kind == param.person and i.form == param.form and i.bearers <= 1 and i.normal not in taboo
        }
        region = self.store.region or self.store.place
        return sorted({key for normal in normals for key in keys_of(param.form, normal, self.store.engine, region)})


def taboo_of(store: StoreMap, table: str, form: str) -> frozenset[str]:
    """Placeholders of this table, in normal form: they never link."""
    region = store.region or store.place
    words = (*store.placeholders, *store.tables[table].placeholders)
    return frozenset(n for word in words if (n := normalise(form, word, region)) is not None)
