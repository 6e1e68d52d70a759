"""Parameters of statements become values: keys of sets, bound roots, identifiers, days.

Holds one chunk's subjects and sets, in memory only. An identifier feeds a link only where it may link: borne by at most one root row, no
placeholder. Values never leave but as parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from string import ascii_lowercase, ascii_uppercase

from upheld.engine.estate.forms import keys_of, normalise
from upheld.engine.estate.model import StoreMap
from upheld.engine.execution.chunks.sets import KeySet, Row
from upheld.engine.plan.ends import Dated
from upheld.engine.plan.model import Binding, DueAfter
from upheld.engine.plan.periods import first_alive, first_alive_after
from upheld.engine.stores.sql.reading import SUBJECT
from upheld.engine.stores.sql.statements import Param

Place = str | Mapping[str, object]  # as the engine writes it, or a key by column
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(slots=True)
class ChunkValues:
    """What the statements of one chunk in one store are fed with."""

    store: StoreMap
    scopes: Mapping[str, Sequence[Binding]]  # "", "ask", and each hold's name
    today: date
    secret: str
    sets: dict[tuple[str, str], KeySet] = field(default_factory=dict)
    known: dict[Param, list[object]] = field(default_factory=dict)  # what no set changes: statements ask for it again and again
    spelt: dict[tuple[str, str], tuple[str, ...]] = field(
        default_factory=dict
    )  # (form, normal form) → keys of the engine's index
    verified: dict[tuple[str, str, str, frozenset[str]], list[Row]] = field(default_factory=dict)  # the same for many columns
    held_before: Mapping[tuple[str, str], frozenset[Row]] = field(default_factory=dict)  # (hold, table): kept by earlier chunks
    people: Mapping[Param, list[object]] = field(
        default_factory=dict
    )  # identifiers of whom another store's rows say something; odd writings of nobody

    between: tuple[Place, Place] = ("", "")  # places of a table: after the one, up to the other

    def __call__(self, param: Param) -> object:
        match param.kind:
            case "set":
                found = self.sets.get((param.scope, param.table)) or self._same(param)
                return found.take(param.part, param.columns) if found else []
            case "roots" | "identifiers":
                if param not in self.known:
                    self.known[param] = self._roots(param) if param.kind == "roots" else self._identifiers(param)
                return self.known[param]
            case "placeholders":
                taboo = sorted(taboo_of(self.store, param.table, param.form))
                return [*(key for normal in taboo for key in self._spelt(param.form, normal)), *self.people.get(param, ())]
            case "first-day":
                if isinstance(param.ends, Dated):
                    return first_alive_after(self.today, param.ends.lengths).isoformat()
                assert isinstance(param.ends, DueAfter)
                return first_alive(self.today, param.ends.amount, param.ends.unit).isoformat()
            case "secret":
                return self.secret
            case "place":
                place = self.between[0 if param.part == "after" else 1]
                return place if isinstance(place, str) else place[param.columns[0]]
            case "people":
                return self.people[param]
            case _:
                raise KeyError(param.kind)

    def _same(self, param: Param) -> KeySet | None:
        """With one chunk, the ask's sets are the chunk's."""
        return self.sets.get(("", param.table)) if param.scope == "ask" else None

    def _roots(self, param: Param) -> list[object]:
        names = (*self.store.tables[param.table].key, SUBJECT)
        rows = [
            (*key, ordinal)
            for ordinal, binding in enumerate(self.scopes.get(param.scope, ()))
            for key in binding.roots.get((self.store.store, param.table), ())
        ]
        return _columns(rows, names, param.columns)

    def _identifiers(self, param: Param) -> list[object]:
        scope = "" if param.scope == "verified" else param.scope
        wanted = (scope, param.person, param.form, taboo_of(self.store, param.table, param.form))
        if wanted not in self.verified:
            self.verified[wanted] = self._verified(*wanted)
        return _columns(self.verified[wanted], ("value", SUBJECT), param.columns or ("value",))

    def _verified(self, scope: str, person: str, form: str, taboo: frozenset[str]) -> list[Row]:
        """(key of the engine's index, ordinal) of every identifier that may link, in order."""
        # Ways of writing that the engine compares as one must come once, or an access would return the row once for each.
        rows = {
            (key.translate(_LOWER), i.normal, ordinal): key
            for ordinal, binding in enumerate(self.scopes.get(scope, ()))
            for i in binding.identifiers
            if i.kind == person and i.form == form and i.bearers <= 1 and i.normal not in taboo
            for key in (*self._spelt(form, i.normal), *(odd for place, odd in i.spelt if place == self.store.store))
        }
        return sorted((key, ordinal) for (_, _, ordinal), key in rows.items())

    def _spelt(self, form: str, normal: str) -> tuple[str, ...]:
        if (form, normal) not in self.spelt:
            region = self.store.region or self.store.place
            self.spelt[form, normal] = keys_of(form, normal, self.store.engine, region)
        return self.spelt[form, normal]


def _columns(rows: list[tuple[object, ...]], names: tuple[str, ...], wanted: tuple[str, ...]) -> list[object]:
    at = [names.index(c) for c in wanted]
    return [row[at[0]] for row in rows] if len(at) == 1 else [tuple(row[n] for n in at) for row in rows]


def taboo_of(store: StoreMap, table: str, form: str) -> frozenset[str]:
    """Placeholders of this table, in normal form: they never link."""
    region = store.region or store.place
    words = (*store.placeholders, *store.tables[table].placeholders)
    return frozenset(n for word in words if (n := normalise(form, word, region)) is not None)
