"""A personal key of rows that stay becomes a token, and every column that equals it with it.

One statement where the engine judges keys at a statement's end, keys deferred where it judges them at the commit; ON UPDATE CASCADE does its own part. The step stands behind every
other effect and its read-back, since sets hold the keys as they were. Not taken: a new row under a new key; its children would have to follow, and triggers would see a birth and a death.
"""

from __future__ import annotations

from upheld.engine.estate.replacements import Impossible, following, rekeying
from upheld.engine.plan.errors import refused
from upheld.engine.plan.model import Refused
from upheld.engine.plan.passes.fates import REKEY
from upheld.engine.plan.passes.work import Work
from upheld.engine.plan.steps import ByKey, Rekey, Rows, Step


def rekeys_of(work: Work) -> list[Step] | Refused:
    """One step per table whose rows may stay under a personal key; refused where the key cannot change (L112)."""
    steps: list[Step] = []
    for name in reversed(work.reach.tables()):
        for column in work.fates[name].rekeys:
            found = rekeying(work.live.tables, name, column, work.store.engine)
            if isinstance(found, Impossible):
                place = f"{work.store.store}.{name}.{column}: {found.why}"
                return refused("L112", place, "Use `erasure: delete`, or give the table a key that says nothing of a person.")
            keys = following(work.live.tables, name, column)
            cascading = {(child, own) for child, key, own in keys if key.on_update == "cascade"}
            others = {(child, own) for child, key, own in keys if key.on_update != "cascade"} | _soft(work, name, column)
            rows = Rows(name, work.store.tables[name].key, (ByKey(REKEY),))
            # Copies first, before the rows whose triggers make further ones.
            copied = work.store.copied_into
            followers = tuple(sorted(others - cascading - {(name, column)}, key=lambda at: (at[0] not in copied, at)))
            lost = _kept_under(work, {*followers, *cascading})
            if lost is not None:
                place = f"{work.store.store}.{name}.{column}: rows of `{lost}` that a rule keeps would have another key with it"
                return refused(
                    "L112", place, f"Give `{lost}` a key of its own, so that its rows are found again when the rule ends."
                )
            # MariaDB's own cascades fire no trigger.
            fired = followers if work.store.engine == "mariadb" else (*followers, *sorted(cascading))
            written = {name, *(table for table, _ in fired)}
            unfound = _unfound_copies(work, written, name, column)
            if unfound is not None:
                place = f"{work.store.store}.{name}.{column}: a trigger copies rows with it into `{unfound}`, and nothing there leads to it"
                return refused("L112", place, f"Map the column of `{unfound}` that gets the key: `owning: {name}`.")
            work.follow |= written
            steps.append(Rekey(rows, column, found.length, followers, tuple(sorted(cascading)), work.why))
    return steps


def _kept_under(work: Work, columns: set[tuple[str, str]]) -> str | None:
    """A table of which a rule may keep rows, and whose own key would become another."""
    return next((t for t, column in sorted(columns) if work.rules.get(t) and column in work.store.tables[t].key), None)


def _unfound_copies(work: Work, written: set[str], name: str, column: str) -> str | None:
    """A table into which a trigger copies the old key, and where no link finds it: other links of the row may be cut by then."""
    copied = {
        t.target
        for table in written & set(work.store.tables)
        for t in work.store.tables[table].triggers
        if t.rule == "copies-to"
    }
    for target in sorted(copied & set(work.reach.tables())):
        links = work.store.tables[target].owning
        if not any(link.parent == name and column in link.parent_columns for link in links):
            return target
    return None


def _soft(work: Work, name: str, column: str) -> set[tuple[str, str]]:
    """Columns of owning links that lead to the key without a foreign key."""
    return {
        (child, own)
        for child, table in work.store.tables.items()
        for link in table.owning
        if link.parent == name
        for own, target in zip(link.columns, link.parent_columns, strict=True)
        if target == column
    }
