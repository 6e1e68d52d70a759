"""What follows from a correction in our own records: by what the person is known, and how her other asks that are open find her rows.

An ask that waited its turn was bound by the old address; rows that an identity link reached by it bear the new one now. It gets both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import psycopg

from upheld.engine.execution.asks import StoredAsk, opened_bindings, sealed_bindings
from upheld.engine.execution.corrections.cells import corrected_identifiers
from upheld.engine.plan.model import Binding, Linked
from upheld.records.keys import MasterKey
from upheld.records.people.rights.carrying import carry_identifier
from upheld.records.people.rights.disputes import end_dispute


def known_anew(connection: psycopg.Connection, master: MasterKey, found: StoredAsk, now: datetime, region: str) -> None:
    """Identities, suppressions and open asks follow the corrected identifiers; disputes about what was corrected are over. Again changes nothing."""
    for binding in found.bindings:
        for said in binding.corrections:
            about = said.leaf or ".".join(said.place or ())
            end_dispute(connection, binding.ref, about, "corrected", now)
        changed = corrected_identifiers(binding, region)
        for linked, normal in changed:
            carry_identifier(connection, master, binding.ref, (linked.form, linked.normal), (linked.form, normal), now)
        if changed:
            _widen(connection, master, found.ask.id, binding, changed, now)


def _widen(connection: psycopg.Connection, master: MasterKey, this: str, binding: Binding, changed: Sequence[tuple[Linked, str]],
           now: datetime) -> None:  # fmt: skip
    """Open asks of this person also look for what she is known by now."""
    rows = connection.execute(
        "SELECT ask, binding FROM ask_subject JOIN ask ON id = ask WHERE subject = %s AND ask <> %s AND state <> 'done'",
        [binding.ref, this],
    ).fetchall()
    more = {(linked.kind, linked.form, normal): replace(linked, normal=normal, spelt=()) for linked, normal in changed}
    for ask, sealed in rows:
        for theirs in opened_bindings(connection, master, ask, {binding.ref: sealed}):
            known = {(one.kind, one.form, one.normal) for one in theirs.identifiers}
            wider = replace(
                theirs, identifiers=(*theirs.identifiers, *(one for name, one in more.items() if name not in known))
            )
            again = sealed_bindings(connection, master, ask, [wider], now)[binding.ref]
            connection.execute("UPDATE ask_subject SET binding = %s WHERE ask = %s AND subject = %s", [again, ask, binding.ref])
