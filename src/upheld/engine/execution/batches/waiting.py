"""Asks that wait become batches: one ask of all their people, under steps that are, one by one, those that each of them was shown.

What was shown is what runs: an ask whose own plan has other steps (another schema, other promises, a hold) is left out. The counts that each plan showed are
added up, so that the blast radius is judged by what people saw. Ends once for all: the end of the batch is the end of each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg

from upheld.engine.execution.asks import State, StoredAsk, next_ask, note_state, store_bindings, store_plan
from upheld.engine.plan.digest import digest_of
from upheld.engine.plan.model import Ask, Binding
from upheld.engine.plan.plans import Plan, Preview
from upheld.records.keys import MasterKey, destroy_ask_key
from upheld.records.ledger import Leaf, append
from upheld.records.ledger.leaf import derived_id


@dataclass(frozen=True, slots=True)
class Batch:
    """Asks that may be carried out as one: their people, each once, and the counts that they were shown, added up."""

    members: tuple[str, ...]
    bindings: tuple[Binding, ...]
    shown: Plan
    preview: Preview
    holds: frozenset[str] = frozenset()


def waiting(connection: psycopg.Connection) -> tuple[list[str], list[str], list[str]]:
    """Numbers of the erasures that wait, oldest first; batches to go on with; batches of which all is done but what others must answer.

    Two statements.
    """
    asks = connection.execute("SELECT id FROM ask WHERE batch = '' AND state = 'planned' ORDER BY asked_at, id").fetchall()
    begun = connection.execute(
        "SELECT id, state = 'waiting' AND coalesce(answer -> 'recipients' <> '[]' AND answer -> 'open' = '[]' "
        "AND answer -> 'problems' = '[]', false) FROM ask WHERE batch = id AND state <> 'done' ORDER BY asked_at, id"
    ).fetchall()
    return [id for (id,) in asks], [id for id, told in begun if not told], [id for id, told in begun if told]


def gathered(asks: Iterable[StoredAsk]) -> tuple[Batch, ...]:
    """One batch for the asks of equal steps and regime. Every ask has a plan, counts and people."""
    groups: dict[tuple[object, ...], list[StoredAsk]] = {}
    for one in asks:
        assert one.plan is not None and one.preview is not None
        key = (one.ask.regime, one.plan.after, one.plan.stores)
        groups.setdefault(key, []).append(one)
    return tuple(_batch(members) for members in groups.values())


def _batch(asks: Sequence[StoredAsk]) -> Batch:
    rows: dict[tuple[str, int], int] = {}
    people: dict[str, Binding] = {}
    for one in asks:
        assert one.preview is not None
        for step, count in one.preview.rows.items():
            rows[step] = rows.get(step, 0) + count
        for binding in one.bindings:
            people[binding.ref] = _joined(people[binding.ref], binding) if binding.ref in people else binding
    first = asks[0].plan
    assert first is not None
    holds = frozenset(hold for one in asks for hold in one.holds)
    return Batch(tuple(one.ask.id for one in asks), tuple(people.values()), first, Preview(rows, len(people)), holds)


def _joined(one: Binding, other: Binding) -> Binding:
    """The same person, asked for twice: everything that either ask knows of them."""
    return replace(
        one,
        roots=_places(one.roots, other.roots),
        identifiers=tuple(dict.fromkeys((*one.identifiers, *other.identifiers))),
        contested=_places(one.contested, other.contested),
    )


Places = Mapping[tuple[str, str], tuple[tuple[object, ...], ...]]


def _places(one: Places, other: Places) -> dict[tuple[str, str], tuple[tuple[object, ...], ...]]:
    return {place: tuple(dict.fromkeys((*one.get(place, ()), *other.get(place, ())))) for place in {**one, **other}}


def carry(connection: psycopg.Connection, master: MasterKey, batch: Batch, now: datetime) -> tuple[Ask, Plan]:
    """The batch stands as an ask of its own, with its plan, and bears its members; all in the caller's transaction."""
    regime = batch.shown.ask.regime
    ask = next_ask(connection, "erasure", len(batch.bindings), regime, now)
    store_bindings(connection, master, ask, batch.bindings, now)
    plan = Plan(ask, batch.shown.stores, batch.shown.after, digest_of(ask, batch.shown.stores, batch.shown.after))
    store_plan(connection, plan, batch.preview, now, sorted(batch.holds))
    connection.execute("UPDATE ask SET batch = %s WHERE id = ANY(%s)", [ask.id, [ask.id, *batch.members]])
    return ask, plan


def part(connection: psycopg.Connection, batch: str, now: datetime) -> None:
    """The batch is at its end without being carried out; each of its asks waits again as it was shown. What the batch committed stays done."""
    connection.execute(
        "UPDATE ask SET state = 'planned', answer = NULL, batch = '' WHERE batch = %s AND id <> %s AND state <> 'done'",
        [batch, batch],
    )
    note_state(connection, batch, "done", now)


def end_members(
    connection: psycopg.Connection, batch: str, state: State, now: datetime, answer: Mapping[str, Any]
) -> list[str]:
    """The members have come as far as their batch. `done` ends each: its leaf is appended, its key destroyed, who asked is gone."""
    said = {key: value for key, value in answer.items() if key not in ("ask", "plan")}
    rows = connection.execute(
        "UPDATE ask SET state = %s, answer = %s::jsonb || jsonb_build_object('ask', id, 'batch', %s::text, 'plan', "
        "(SELECT digest FROM plan WHERE plan.ask = ask.id ORDER BY planned_at DESC LIMIT 1)), "
        "ended_at = CASE WHEN %s = 'done' THEN %s ELSE ended_at END WHERE batch = %s AND id <> %s "
        "RETURNING id, subjects, answer ->> 'plan'",
        [state, json.dumps(said), batch, state, now, batch, batch],
    ).fetchall()
    if state == "done":
        append(connection, [_leaf(plan, subjects, now) for _, subjects, plan in rows])
        for id, _, _ in rows:
            destroy_ask_key(connection, id)
        connection.execute("DELETE FROM ask_subject WHERE ask = ANY(%s)", [[id for id, _, _ in rows]])
    return sorted(id for id, _, _ in rows)


def _leaf(plan: str, subjects: int, now: datetime) -> Leaf:
    return Leaf("erasure:ask:fulfilled", now, (), {"subjects": subjects}, plan=plan, id=derived_id("ask", plan, "fulfilled"))
