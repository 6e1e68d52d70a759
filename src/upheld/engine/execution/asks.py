"""Asks stand in our own database: who asked, sealed under the ask's key; the plan under its digest; how far it came.

A job, a screen or a command knows an ask by its number (A-0001) and nothing else. Destroying the ask's key ends every working copy. Must never write an
identifier or a row's key in plain. Not taken: the subjects in the plan; a plan may be shown to anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import psycopg

from upheld.engine.execution.errors import refused
from upheld.engine.plan.digest import plan_from_parts, plan_to_json
from upheld.engine.plan.errors import refused as refused_plan
from upheld.engine.plan.model import Ask, AskKind, Binding, Correction, HeldCells, Linked, Refused
from upheld.engine.plan.plans import Plan, Preview
from upheld.records.keys import MasterKey, ask_key, destroy_ask_key, find_ask_key, seal
from upheld.records.keys.asks import ask_key_asked
from upheld.records.keys.sealing import unsealing
from upheld.records.people.decisions import EACH_NAME_OF_ASK, one_person, record_merge
from upheld.records.people.holds import hold_together
from upheld.records.people.identities import Known, alone_enrolling, also_known, enrol, find_subjects

APPROVAL = timedelta(days=7)  # a plan that was shown may be carried out for so long
LINKED = "the estate's links"  # who says that two of our references are one person: rows of both lead to one another
# When an ask `other` was last planned: from then on its approval counts.
AGREED = "coalesce((SELECT max(planned_at) FROM plan WHERE plan.ask = other.id), other.asked_at)"
DISPUTED = "erasure-disputed"  # the ground of a restriction that stands until a dispute about an erasure is decided
State = Literal["planned", "running", "waiting", "done"]


@dataclass(frozen=True, slots=True)
class StoredAsk:
    """An ask with its newest plan. `bindings` are empty once the ask's key is gone; `answer` is there once it ended."""

    ask: Ask
    state: State
    asked_at: datetime
    plan: Plan | None
    preview: Preview | None
    planned_at: datetime | None
    bindings: tuple[Binding, ...]
    answer: Mapping[str, Any] | None
    holds: frozenset[str] = frozenset()  # of cases, that the plan knows
    batch: str | None = None  # "": waits for the daily batch; else the batch that carries it, itself if it is one


def next_ask(
    connection: psycopg.Connection,
    kind: AskKind,
    subjects: int,
    regime: str | None,
    now: datetime,
    *,
    waits: bool = False,
    version: str = "",
) -> Ask:
    """A new ask with the next number; it stands when the caller's transaction commits. `waits`: for the daily batch. `version`: see Ask."""
    row = connection.execute("SELECT nextval('ask_number')").fetchone()
    assert row is not None
    ask = Ask(f"A-{row[0]:04d}", kind, subjects, regime, version)
    connection.execute(
        "INSERT INTO ask (id, kind, regime, subjects, asked_at, batch) VALUES (%s, %s, %s, %s, %s, %s)",
        [ask.id, kind, regime, subjects, now, "" if waits else None],
    )
    return ask


def known_people(
    connection: psycopg.Connection, master: MasterKey, bindings: Sequence[Binding], now: datetime
) -> tuple[Binding, ...]:
    """The same bindings under the reference by which we know each person; who is new is enrolled. 9 statements, and some for whoever we learn more of.

    A row that leads to her and was not known as hers is from now on. Whom we knew under several references is one person from now on, too, on record like
    any merge: what was said under one of them counts for all.
    """
    names = {b.ref: _root_names(b) for b in bindings}
    alone_enrolling(connection)
    found = find_subjects(connection, master, [name for of in names.values() for name in of])
    refs: dict[str, str] = {}
    more: dict[str, list[tuple[str, str]]] = {}
    joined: list[str] = []
    for binding in bindings:
        of = names[binding.ref]
        known = sorted({one for name in of for one in found.get(name, ())})
        if not known:
            continue
        refs[binding.ref] = known[0]
        if not binding.roots:  # erased: what is held leads to her, and no row of hers is anew
            continue
        more.setdefault(known[0], []).extend(name for name in of if name not in found)
        if len(known) > 1 and not set(known) <= set(one_person(connection, known[:1])[known[0]]):
            record_merge(connection, master, known[0], (), (), LINKED, now, known)
            joined.append(known[0])
    if joined:
        hold_together(connection, joined, now.date())
    also_known(connection, master, {ref: each for ref, each in more.items() if each}, "ask", now)
    new = [b for b in bindings if b.ref not in refs]
    kinds = {b.ref: next((i.kind for i in b.identifiers), "person") for b in new}
    # Whoever has no row of her own any more was erased: asking what is held does not make her known again.
    people = [
        Known(
            kinds[b.ref],
            (*names[b.ref], *((i.form, i.normal) for i in b.identifiers if i.bearers <= 1)) if b.roots else (),
            "ask",
        )
        for b in new
    ]
    if people:
        refs |= dict(zip((b.ref for b in new), enrol(connection, master, people, now), strict=True))
    return tuple(replace(b, ref=refs[b.ref]) for b in bindings)


def key_json(key: Sequence[object]) -> str:
    """A row's key as identities write it, types kept."""
    return json.dumps([plain(part) for part in key])


def key_of_json(text: str) -> tuple[object, ...]:
    """The key that `key_json` wrote."""
    return tuple(typed(part) for part in json.loads(text))


def _root_names(binding: Binding) -> tuple[tuple[str, str], ...]:
    """By what a person is known; one without a row of her own here, by the identifiers that are hers alone."""
    keys = tuple(
        (f"key:{store}.{table}", key_json(key)) for (store, table), keys in sorted(binding.roots.items()) for key in keys
    )
    return keys or tuple((one.form, one.normal) for one in binding.identifiers if one.bearers <= 1)


def key_text(key: Sequence[object]) -> str:
    """A row's key as tombstones write it."""
    if len(key) == 1 and type(key[0]) is int:  # most keys are: the same, without a writer of JSON
        return f'["{key[0]}"]'
    return json.dumps([str(part) for part in key])


def store_bindings(
    connection: psycopg.Connection, master: MasterKey, ask: Ask, bindings: Sequence[Binding], now: datetime
) -> None:
    """Who asks, sealed under the ask's key, in the order of `bindings`; of an erasure in that of their rows.

    A large erasure runs in chunks of that order: neighbours in the store go together, so that a chunk's pages are few.
    """
    if ask.kind == "erasure":
        bindings = sorted(bindings, key=_by_rows)
    sealed = sealed_bindings(connection, master, ask.id, bindings, now)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ask_subject (ask, subject, position, binding) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (ask, subject) DO UPDATE SET binding = excluded.binding",
            [(ask.id, b.ref, position, sealed[b.ref]) for position, b in enumerate(bindings)],
        )


def sealed_bindings(
    connection: psycopg.Connection, master: MasterKey, name: str, bindings: Sequence[Binding], now: datetime
) -> dict[str, bytes]:
    """Each binding by its reference, sealed under the key of this name (an ask's number, `hold:H-0001`)."""
    key = ask_key(connection, master, name, now)
    return {b.ref: seal(key, json.dumps(_binding_to_json(b)).encode(), f"{name}/{b.ref}") for b in bindings}


def opened_bindings(
    connection: psycopg.Connection, master: MasterKey, name: str, sealed: Mapping[str, bytes]
) -> tuple[Binding, ...]:
    """What `sealed_bindings` sealed; none once the key of this name is destroyed."""
    key = find_ask_key(connection, master, name)
    if key is None:
        return ()
    return _opened(key, name, sealed.items())


def _opened(key: bytes, name: str, sealed: Iterable[tuple[str, bytes]]) -> tuple[Binding, ...]:
    unsealed = unsealing(key)
    # Read as one text: a reader's beginning costs as much as one person.
    said = json.loads(b"[" + b",".join(unsealed(one, f"{name}/{ref}") for ref, one in sealed) + b"]")
    return tuple(map(_binding_from_json, said))


def _by_rows(binding: Binding) -> list[tuple[str, str, str, Any]]:
    """Root rows in an order that values of several types have, too."""
    return sorted(
        (store, table, type(part).__name__, part)
        for (store, table), keys in binding.roots.items()
        for part in (key[0] for key in keys)
    )


def store_plan(connection: psycopg.Connection, plan: Plan, preview: Preview, now: datetime, holds: Sequence[str] = ()) -> None:
    """The plan stands under its digest, with the holds it was made with; planned again, the moment and the counts are the newest."""
    connection.execute(
        "INSERT INTO plan (digest, ask, content, preview, planned_at) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (digest) DO UPDATE SET preview = excluded.preview, planned_at = excluded.planned_at",
        [
            plan.digest,
            plan.ask.id,
            json.dumps(plan_to_json(plan)),
            json.dumps({**_preview_to_json(preview), "holds": sorted(holds)}),
            now,
        ],
    )


def find_ask(connection: psycopg.Connection, master: MasterKey, id: str) -> StoredAsk | None:
    """The ask with its newest plan and who asked; None if there is none of this number. 4 statements."""
    with connection.pipeline():
        said = connection.execute(
            "SELECT id, kind, subjects, regime, state, asked_at, answer, batch FROM ask WHERE id = %s", [id]
        )
        newest = connection.execute(
            "SELECT content->'ask', (content->'stores')::text, (content->'after')::text, content->>'digest', preview, planned_at "
            "FROM plan WHERE ask = %s ORDER BY planned_at DESC LIMIT 1",
            [id],
        )
        subjects = connection.execute("SELECT subject, binding FROM ask_subject WHERE ask = %s ORDER BY position", [id])
        opening = ask_key_asked(connection, master, id)
    row, planned, sealed, key = said.fetchone(), newest.fetchone(), subjects.fetchall(), opening()
    if row is None:
        return None
    ask = Ask(row[0], row[1], row[2], row[3])
    bindings = _opened(key, id, sealed) if key else ()
    plan = plan_from_parts(*planned[:4]) if planned else None
    preview = _preview_from_json(planned[4]) if planned else None
    return StoredAsk(
        ask,
        row[4],
        row[5],
        plan if isinstance(plan, Plan) else None,
        preview,
        planned[5] if planned else None,
        bindings,
        row[6],
        frozenset(planned[4].get("holds", ())) if planned else frozenset(),
        row[7],
    )


def find_plan(connection: psycopg.Connection, digest: str) -> Plan | Refused | None:
    """The stored plan of this digest (or of its first 8 digits and more); Refused (L205) if it was altered."""
    if len(digest) < 8 or not all(letter in "0123456789abcdef" for letter in digest):
        return None
    rows = connection.execute(
        "SELECT content->'ask', (content->'stores')::text, (content->'after')::text, content->>'digest' FROM plan WHERE digest LIKE %s LIMIT 2",
        [f"{digest}%"],
    ).fetchall()
    return plan_from_parts(*rows[0]) if len(rows) == 1 else None


def may_run(found: StoredAsk, digest: str, resume: bool, now: datetime, *, batch: bool = False) -> Refused | None:
    """Why the ask may not be carried out under the plan that was shown, or None. `batch`: together with others that wait."""
    if found.plan is None:
        return refused_plan(
            "L205", f"the stored one of {found.ask.id} was altered", f"Plan again: upheld plan … --again {found.ask.id}"
        )
    if not found.plan.digest.startswith(digest) or len(digest) < 8:
        return refused_plan("L205", f"{found.ask.id} has another", f"Look at it: upheld explain {found.plan.digest[:16]}")
    if found.state == "done":
        return None
    if not batch and found.batch is not None and found.batch != found.ask.id:
        where = f"{found.batch} carries it" if found.batch else "it is carried out together with others"
        return refused("E414", f"{found.ask.id}: {where}", "Carry out what waits, once a day: upheld batch FOLDER")
    if found.state in ("running", "waiting") and not resume:
        return refused("X206", f"{found.ask.id} was begun and is {found.state}", "Go on with it: add --resume.")
    if found.state == "planned" and found.planned_at is not None and now - found.planned_at > APPROVAL:
        return refused_plan(
            "L203",
            f"{found.ask.id} was planned more than {APPROVAL.days} days ago",
            f"Plan again, and look at it again: upheld plan … --again {found.ask.id}",
        )
    if not found.bindings:
        return refused("X206", f"{found.ask.id} has lost its subjects: the key of the ask is gone", "Ask again.")
    return None


def asks_before(connection: psycopg.Connection, id: str, now: datetime) -> list[tuple[str, str]]:
    """Open asks that came earlier, from a subject of this one under whatever name: (number, kind), oldest first. One statement.

    An ask that was only planned, and whose approval has lapsed, can no longer be carried out and holds nobody up, until it is planned again.
    """
    return connection.execute(
        f"{EACH_NAME_OF_ASK} SELECT DISTINCT other.id, other.kind FROM one JOIN ask_subject theirs USING (subject) "
        "JOIN ask other ON other.id = theirs.ask JOIN ask this ON this.id = %s "
        "WHERE other.id <> this.id AND other.state <> 'done' AND (other.asked_at, other.id) < (this.asked_at, this.id) "
        f"AND (other.state <> 'planned' OR {AGREED} > %s) ORDER BY 1",
        [id, id, now - APPROVAL],
    ).fetchall()


def rows_before(connection: psycopg.Connection, id: str, digest: str) -> dict[str, int]:
    """Store → rows that chunks of this ask touched under its other plans, and that are done. One statement."""
    rows = connection.execute(
        "SELECT store, sum(n.value::bigint) FROM plan JOIN chunk ON chunk.plan = digest, jsonb_each_text(record->'rows') AS n "
        "WHERE plan.ask = %s AND digest <> %s AND chunk.state = 'done' GROUP BY store",
        [id, digest],
    ).fetchall()
    return {store: int(count) for store, count in rows}


def standing(connection: psycopg.Connection, id: str) -> frozenset[str]:
    """What stands on any of the ask's people, whenever it was said: `restriction`, or `erasure-disputed`. One statement."""
    rows = connection.execute(
        f"{EACH_NAME_OF_ASK} SELECT DISTINCT ground FROM person_restriction JOIN one USING (subject) WHERE lifted_at IS NULL",
        [id],
    ).fetchall()
    return standing_on(ground for (ground,) in rows)


def standing_on(grounds: Iterable[str]) -> frozenset[str]:
    """What restrictions on these grounds are, in the words of the matrix."""
    return frozenset("erasure-disputed" if ground == DISPUTED else "restriction" for ground in grounds)


def note_state(
    connection: psycopg.Connection, id: str, state: State, now: datetime, answer: Mapping[str, Any] | None = None
) -> None:
    """How far the ask came. `done` ends it: its key is destroyed, so that no working copy can be opened, and who asked is gone."""
    connection.execute(
        "UPDATE ask SET state = %s, answer = coalesce(%s, answer), ended_at = CASE WHEN %s = 'done' THEN %s ELSE ended_at END WHERE id = %s",
        [state, json.dumps(answer) if answer is not None else None, state, now, id],
    )
    if state == "done":
        destroy_ask_key(connection, id)
        connection.execute("DELETE FROM ask_subject WHERE ask = %s", [id])


def run_again(connection: psycopg.Connection, ask: str, store: str, subject: str, decided: int) -> int:
    """Chunks of this ask in which the person's rows of this store were erased run again: so many contested rows were decided since.

    What they did stays counted; doing it again finds what is new. How many chunks.
    """
    return connection.execute(
        "UPDATE chunk SET state = 'prepared', token = '', "
        "record = jsonb_set(record, '{contested}', to_jsonb(greatest((record->>'contested')::int - %s, 0))) "
        "WHERE plan IN (SELECT digest FROM plan WHERE ask = %s) AND store = %s AND record->'refs' ? %s",
        [decided, ask, store, subject],
    ).rowcount


# ---- values to JSON and back


def _preview_to_json(preview: Preview) -> Any:
    return {"subjects": preview.subjects, "rows": [[store, step, rows] for (store, step), rows in sorted(preview.rows.items())]}


def _preview_from_json(said: Any) -> Preview:
    return Preview({(store, step): rows for store, step, rows in said["rows"]}, said["subjects"])


def _binding_to_json(binding: Binding) -> Any:
    return {
        "ref": binding.ref,
        "roots": _places_to_json(binding.roots),
        "identifiers": [[i.kind, i.form, i.normal, i.bearers, i.spelt] for i in binding.identifiers],
        "contested": _places_to_json(binding.contested),
        "held": [[h.store, h.table, [plain(part) for part in h.key], list(h.columns), sorted(h.roles)] for h in binding.held],
        "roles": sorted(binding.roles),
        **({"corrections": [_correction_to_json(one) for one in binding.corrections]} if binding.corrections else {}),
    }


def _binding_from_json(said: Any) -> Binding:
    identifiers = tuple([_linked(*one) for one in said["identifiers"]])
    held = tuple(
        [
            HeldCells(store, table, _key_from_json(key), tuple(columns), frozenset(roles))
            for store, table, key, columns, roles in said.get("held", ())
        ]
    )
    return Binding(
        said["ref"],
        _places_from_json(said["roots"]),
        identifiers,
        _places_from_json(said["contested"]),
        held,
        frozenset(said.get("roles", ())),
        tuple([_correction_from_json(*one) for one in said.get("corrections", ())]),
    )


def _correction_to_json(said: Correction) -> Any:
    key = None if said.key is None else [plain(part) for part in said.key]
    return [said.now, said.was, said.leaf, said.place, key, said.whatever]


def _correction_from_json(now: str | None, was: str | None, leaf: str, place: Any, key: Any, whatever: bool) -> Correction:
    return Correction(
        now, was, leaf, tuple(place) if place else None, None if key is None else tuple(typed(part) for part in key), whatever
    )


def _places_to_json(places: Mapping[tuple[str, str], tuple[tuple[object, ...], ...]]) -> Any:
    return [[store, table, [[plain(part) for part in key] for key in keys]] for (store, table), keys in sorted(places.items())]


def _places_from_json(said: Any) -> dict[tuple[str, str], tuple[tuple[object, ...], ...]]:
    return {(store, table): tuple([_key_from_json(key) for key in keys]) for store, table, keys in said}


def _key_from_json(said: list[Any]) -> tuple[object, ...]:
    return tuple(map(typed, said)) if dict in map(type, said) else tuple(said)


def plain(value: object) -> Any:
    """A key's part as JSON values; types that JSON lacks are written beside their text."""
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, UUID):
        return {"uuid": str(value)}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, float):
        return {"float": value.hex()}
    raise TypeError(f"a key of type {type(value).__name__}")


_TYPES: Mapping[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "uuid": UUID,
    "decimal": Decimal,
    "bytes": bytes.fromhex,
    "float": float.fromhex,
}


def typed(said: Any) -> object:
    """The key's part that `plain` wrote."""
    if isinstance(said, dict):
        ((kind, text),) = said.items()
        return _TYPES[kind](text)
    return said


def _linked(kind: str, form: str, normal: str, bearers: int, spelt: Sequence[Sequence[str]] = ()) -> Linked:
    return Linked(kind, form, normal, bearers, tuple((store, spelling) for store, spelling in spelt) if spelt else ())
