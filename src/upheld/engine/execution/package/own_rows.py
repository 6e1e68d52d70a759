"""What Upheld itself holds on a person becomes tables of her access answer: by what we know her, what she chose, asked for and is held by.

The map of these tables is `records/own/estate/upheld.yaml`; a test holds this file to it, column by column. Read for everybody of an ask at
once: a statement a table, whatever the number of people. Who of the firm's own people decided something is another's and is left out; of keys and
moments that a table keeps for itself the reason is said. Not taken: our own database as a store of the ask's plan; what is sealed opens here alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import psycopg

from upheld.engine.execution.access_rows import AccessColumn, AccessTable, Withheld
from upheld.engine.execution.corrections.journal import corrections_of
from upheld.records.keys import MasterKey
from upheld.records.people.decisions import one_person, opened_decisions, opened_merges
from upheld.records.people.identities import opened_identities
from upheld.records.people.rights.reviews import opened_reviews
from upheld.records.people.rights.statements import opened_statements

OURS = "upheld"
Rows = list[tuple[object, ...]]
Reader = Callable[[psycopg.Connection, MasterKey, list[str]], Rows]  # the person's ref first, then the columns
ANOTHERS, SEALED, LINK = (
    "it is another person's",
    "it is sealed with the ask's own key, which goes when the ask ends",
    "it only links our tables",
)
Because = Literal["not-personal", "others", "review", "right"]


@dataclass(frozen=True, slots=True)
class Own:
    """One table of ours: its columns with their categories, how it is read, and which columns are left out, why."""

    table: str
    title: str
    columns: tuple[tuple[str, str], ...]
    read: Reader
    left_out: Mapping[str, tuple[Because, str]]


def own_tables(connection: psycopg.Connection, master: MasterKey, refs: Sequence[str]) -> dict[str, tuple[AccessTable, ...]]:
    """By person, the tables of ours that hold a row of hers; who is unknown has none."""
    found: dict[str, list[AccessTable]] = {ref: [] for ref in refs}
    names: dict[str, list[str]] = {}  # under which a merge knows her, too
    for ref, known in one_person(connection, list(found)).items():
        for one in known:
            names.setdefault(one, []).append(ref)
    for own in TABLES:
        by_ref: dict[str, Rows] = {}
        for name, *row in own.read(connection, master, list(names)):
            for ref in names[str(name)]:
                by_ref.setdefault(ref, []).append(tuple(row))
        columns = tuple(AccessColumn(name, leaf) for name, leaf in own.columns)
        withheld = tuple(Withheld(name, because, says) for name, (because, says) in sorted(own.left_out.items()))
        for ref, rows in by_ref.items():
            found[ref].append(AccessTable(OURS, own.table, own.title, columns, tuple(rows), withheld))
    return {ref: tuple(tables) for ref, tables in found.items()}


def _plain(sql: str) -> Reader:
    def read(connection: psycopg.Connection, master: MasterKey, refs: list[str]) -> Rows:
        return connection.execute(cast("Any", sql), [refs]).fetchall()

    return read


def _details(connection: psycopg.Connection, master: MasterKey, refs: list[str]) -> Rows:
    rows = connection.execute(
        "SELECT subject, n, leaf, detail, nonce FROM ledger_detail LEFT JOIN ledger_entry ON id = leaf WHERE subject = ANY(%s) ORDER BY n, leaf", [refs]
    ).fetchall()  # fmt: skip
    return [
        (ref, n, str(leaf), json.dumps(detail, ensure_ascii=False, sort_keys=True), nonce.hex())
        for ref, n, leaf, detail, nonce in rows
    ]


def _corrected(connection: psycopg.Connection, master: MasterKey, refs: list[str]) -> Rows:
    return [
        (ref, ask, store, f"{table}.{column}: {_said(before)} became {_said(after)}", at)
        for ref, ask, store, table, column, before, after, at in corrections_of(connection, master, refs)
    ]


def _said(value: object) -> str:
    return "nothing" if value is None else f"“{value}”"


_PREFERENCE, _EVIDENCE, _IDENTITY = "privacy-preference", "evidence-reference", "request-identity"
_OF_LEDGER: Mapping[str, tuple[Because, str]] = {
    "leaf": ("not-personal", LINK),
    "serial": ("not-personal", "it is the order of our rows"),
}
_SUBJECT: Mapping[str, tuple[Because, str]] = {"subject": ("not-personal", LINK)}

TABLES: tuple[Own, ...] = (
    Own("person", "since when we know you", (("kind", ""), ("known_since", _EVIDENCE), ("erased_at", _EVIDENCE)),
        _plain("SELECT ref, kind, known_since, erased_at FROM person WHERE ref = ANY(%s)"), {"ref": ("not-personal", LINK)}),
    Own("person_identity", "by what we know you", (("form", ""), ("sealed", _IDENTITY), ("verified_at", _EVIDENCE), ("verified_how", _EVIDENCE)),
        opened_identities, {**_SUBJECT, "sought": ("not-personal", "it is a keyed hash of the identifier beside it")}),
    Own("person_choice", "what you chose", tuple((name, _PREFERENCE) for name in ("choice", "answer", "until", "answered_at", "version", "channel")),
        _plain("SELECT subject, choice, answer, until, answered_at, version, channel FROM person_choice WHERE subject = ANY(%s) ORDER BY serial"),
        {**_SUBJECT, **_OF_LEDGER}),
    Own("person_objection", "to what you objected",
        (*((name, _PREFERENCE) for name in ("purpose", "objected_at", "ended_at", "decision", "decided_at", "excepted_until")), ("excepted_by", "")),
        _plain("SELECT subject, purpose, objected_at, ended_at, decision, decided_at, excepted_until, excepted_by FROM person_objection "
               "WHERE subject = ANY(%s) ORDER BY serial"),
        {**_SUBJECT, **_OF_LEDGER, "decided_by": ("others", ANOTHERS)}),
    Own("person_restriction", "what was restricted",
        tuple((name, _PREFERENCE) for name in ("ground", "purposes", "data", "restricted_at", "announced_at", "announced_how", "lift_on", "lifted_at")),
        _plain("SELECT subject, ground, array_to_string(purposes, ', '), array_to_string(data, ', '), restricted_at, announced_at, announced_how, lift_on, lifted_at "
               "FROM person_restriction WHERE subject = ANY(%s) ORDER BY serial"),
        {**_SUBJECT, **_OF_LEDGER}),
    Own("person_statement", "what you say beside your data", (("about", _PREFERENCE), *((name, "own-writing") for name in ("words", "stated_at", "withdrawn_at"))),
        opened_statements, {**_SUBJECT, **_OF_LEDGER}),
    Own("person_dispute", "what you dispute", tuple((name, _PREFERENCE) for name in ("about", "disputed_at", "ended_at", "outcome")),
        _plain("SELECT subject, about, disputed_at, ended_at, outcome FROM person_dispute WHERE subject = ANY(%s) ORDER BY serial"),
        {**_SUBJECT, **_OF_LEDGER}),
    Own("person_disclosure", "what of yours we gave to whom",
        (("recipient", ""), ("data", ""), ("given_on", ""), ("purpose", ""), ("how", ""), ("recorded_at", _EVIDENCE)),
        _plain("SELECT subject, recipient, data, given_on, purpose, how, recorded_at FROM person_disclosure WHERE subject = ANY(%s) "
               "ORDER BY given_on, recipient, data, purpose"), _SUBJECT),
    Own("corrected", "what was corrected, with what it said before", (("ask", ""), ("store", ""), ("cells", _EVIDENCE), ("corrected_at", _EVIDENCE)),
        _corrected, _SUBJECT),
    Own("decision_review", "what a machine proposed, and what a person decided",
        (("id", ""), ("point", ""), *((name, _EVIDENCE) for name in ("proposed", "proposed_at", "decided", "decided_at"))),
        opened_reviews, {**_SUBJECT, "leaf": _OF_LEDGER["leaf"], "decided_by": ("others", ANOTHERS)}),
    Own("person_age", "your age", tuple((name, "birth-date") for name in ("born", "least", "below", "learned_at", "learned_how")),
        _plain("SELECT subject, born, least, below, learned_at, learned_how FROM person_age WHERE subject = ANY(%s)"), _SUBJECT),
    Own("person_fact", "what we were told of you", (("kind", ""), ("name", ""), *((name, _EVIDENCE) for name in ("truth", "day", "learned_at"))),
        _plain("SELECT subject, kind, name, truth, day, learned_at FROM person_fact WHERE subject = ANY(%s) ORDER BY kind, name"), _SUBJECT),
    Own("ask", "what you asked for", (("id", ""), ("kind", ""), ("regime", ""), ("asked_at", ""), ("state", ""), ("ended_at", "")),
        _plain("SELECT subject, id, kind, regime, asked_at, state, ended_at FROM ask_subject JOIN ask ON id = ask WHERE subject = ANY(%s) "
               "ORDER BY asked_at, id"),
        {"subjects": ("others", "how many asked with you"), "answer": ("not-personal", "counts over everybody of the ask"), "batch": ("not-personal", LINK)}),
    Own("ask_subject", "who you were in it", (("ask", ""), ("position", "")),
        _plain("SELECT subject, ask, position FROM ask_subject WHERE subject = ANY(%s) ORDER BY ask"), {**_SUBJECT, "binding": ("not-personal", SEALED)}),
    Own("hold", "what holds data of yours", (("id", ""), ("ground", ""), ("clause", ""), ("source", ""), ("at", ""), ("leaves", ""), ("until", ""), ("accepted_at", ""),
                                             ("ended_at", "")),
        _plain("SELECT subject, id, ground, clause, source, at, array_to_string(leaves, ', '), until, accepted_at, ended_at "
               "FROM hold_subject JOIN hold ON id = hold WHERE subject = ANY(%s) ORDER BY id"), {}),
    Own("row_decision", "rows that a person decided are yours or not", (("place", ""), ("key", _IDENTITY), ("hers", _IDENTITY), ("decided_at", _EVIDENCE)),
        opened_decisions, {**_SUBJECT, **_OF_LEDGER, "decided_by": ("others", ANOTHERS)}),
    Own("merge", "rows that a person said are yours alone", (("id", ""), ("roots", _IDENTITY), ("merged_at", _EVIDENCE), ("parted_at", _EVIDENCE)),
        opened_merges, {**_SUBJECT, "leaf": _OF_LEDGER["leaf"], "merged_by": ("others", ANOTHERS), "parted_by": ("others", ANOTHERS)}),
    Own("merge_person", "under how many names we knew you", (("merge", ""),),
        _plain("SELECT subject, merge FROM merge_person WHERE subject = ANY(%s) ORDER BY merge"), _SUBJECT),
    Own("ledger_detail", "what our ledger says of you", (("entry", ""), ("leaf", ""), ("detail", _EVIDENCE), ("nonce", "")), _details, _SUBJECT),
)  # fmt: skip
