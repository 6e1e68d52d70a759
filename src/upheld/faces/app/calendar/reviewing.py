"""Rows that a promise gives to a person (`then: review`) become her answer: they end now, or they stay until a day and end then.

The answer is a list of row keys, sealed like those of rows that a ground keeps, and an entry of the ledger with counts; who answered and why stands in the
entry's detail. The next retention run obeys it. An answer may be followed by a later day, never by an earlier one. Nothing in the store is touched here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from upheld.engine.execution import asks
from upheld.engine.execution.asks import key_json
from upheld.engine.execution.calendar import keys_to_review
from upheld.engine.execution.journal import ChunkRecord, Kept
from upheld.engine.execution.kept.rows import keep
from upheld.engine.plan.calendar import Finding, retention
from upheld.engine.plan.model import Ask, KeepRule, Until, Why
from upheld.engine.plan.plans import Preview
from upheld.faces.app.asks.firm import opened_firm, or_refuse
from upheld.faces.app.calendar.people import lists_of
from upheld.faces.app.checking import counted
from upheld.faces.app.errors import Unusable
from upheld.faces.app.installation import Installation
from upheld.records.ledger import Detail, Leaf, append

LOOKING = Ask("A-0000", "retention", 0)  # whoever only looks leaves no ask behind


@dataclass(frozen=True, slots=True)
class Answer:
    """`until` None: the rows end with the next run. `rows`: their keys as they were shown; none: all that wait."""

    until: date | None
    by: str
    because: str
    rows: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """Rows of one table that wait, by key, or what was answered of how many."""

    place: str
    keys: tuple[str, ...]
    answered: int = 0
    until: date | None = None

    def says(self) -> list[str]:
        """The keys and how to answer, or what stands now."""
        if self.answered:
            end = f"stay until {self.until.isoformat()}, and end then" if self.until else "end with the next run"
            return [f"{counted(self.answered, 'row')} of {self.place} {end}.", "Now run: upheld retain FOLDER"]
        if not self.keys:
            return [f"No row of {self.place} waits for a review."]
        how = "Answer: --review STORE.TABLE [--row KEY …] --decide erase|keep --until DATE --by NAME --because REASON"
        return [*(f"{self.place}: {key}" for key in self.keys), "", how]

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        until = self.until.isoformat() if self.until else None
        return {"place": self.place, "waiting": list(self.keys), "answered": self.answered, "until": until}


def review(app: Installation, folder: Path, place: str, answer: Answer | None = None) -> Review:
    """What waits in `store.table`; with an answer, what was answered. Unusable (X421, X422, X259) where nothing waits so, or nobody answers."""
    now, day = app.settings.now(), app.settings.today
    if answer is not None:
        _well_said(answer, day)
    with opened_firm(app, folder) as firm, app.own.transaction() as connection:
        known = lists_of(connection, app.master, now, day)
        ask = asks.next_ask(connection, "retention", 0, None, now, version=firm.version) if answer is not None else LOOKING
        found = or_refuse(retention(firm.program, firm.estate, firm.catalogue, ask, day, known.kept, known.spared))
        mine = [one for one in found.findings if one.code == "L312" and f"{one.store}.{one.table}" == place]
        if not mine:
            raise Unusable(
                "X421", f"No promise says `then: review` of {place[:60]}.", "Look at what waits: upheld retain FOLDER"
            )
        rows = [keys_to_review(found, one, firm.estate, firm.catalogue, firm.stores, known.bindings) for one in mine]
        waiting = {key_json(row): row for some in rows for row in some}
        if answer is None:
            return Review(place, tuple(waiting))
        chosen = _chosen(place, waiting, answer)
        asks.store_plan(connection, found.plan, Preview({}, 0), now, known.holds)
        answered = {waiting[key] for key in chosen}
        asked = [(one, tuple(row for row in some if row in answered)) for one, some in zip(mine, rows, strict=True)]
        _record(app, connection, ask.id, found.plan.digest, asked, len(chosen), answer)
        asks.note_state(connection, ask.id, "done", now, {"reviewed": place, "rows": len(chosen)})
    app.seal()
    return Review(place, (), len(chosen), answer.until)


def _well_said(answer: Answer, today: date) -> None:
    if not answer.by.strip() or not answer.because.strip():
        raise Unusable("X259", "An answer is given by somebody, for a reason.", "Write --by NAME and --because REASON.")
    if answer.until is not None and answer.until <= today:
        raise Unusable("X422", "Rows are kept until a day to come.", "Write --until with a later day, or --decide erase.")


def _chosen(place: str, waiting: dict[str, tuple[object, ...]], answer: Answer) -> list[str]:
    bare = {
        str(row[0]): key for key, row in waiting.items() if len(row) == 1
    }  # a key of one column may be said without brackets
    said = answer.rows or tuple(waiting)
    chosen = list(dict.fromkeys(key if key in waiting else bare.get(key, key) for key in said))
    if not chosen or not set(chosen) <= set(waiting):
        raise Unusable(
            "X422",
            f"Such a row of {place} does not wait for a review.",
            f"Look at them: upheld queue FOLDER --review {place}; write --row as it is shown there.",
        )
    return chosen


def _record(app: Installation, connection: Any, ask: str, plan: str, asked: list[tuple[Finding, tuple[tuple[object, ...], ...]]], rows: int,
            answer: Answer) -> None:  # fmt: skip
    """The keys, sealed, by what of them waited, with the day on which the next run ends it; and the leaf."""
    now, day = app.settings.now(), app.settings.today
    until = answer.until or day
    kept = []
    for one, keys in asked:
        rule = KeepRule("review", one.columns, Until(until), Why(one.clauses, (), "somebody looked at it"))
        kept.append(Kept(one.table, rule, keys, tuple(until for _ in keys)))
    one = asked[0][0]
    clauses = tuple(dict.fromkeys(c for each, _ in asked for c in each.clauses))
    keep(connection, app.master, plan, ask, ChunkRecord(one.store, 0, (), {}, kept=tuple(k for k in kept if k.keys)), now)
    counts = {"rows": rows, "kept": rows if answer.until else 0}
    what = {"by": answer.by, "because": answer.because, "place": f"{one.store}.{one.table}", "until": until.isoformat()}
    append(connection, [Leaf("retention:reviewed", now, clauses, counts, detail=Detail(what))])
