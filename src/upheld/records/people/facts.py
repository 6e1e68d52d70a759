"""Rows of people become the facts that `decide` is given.

Where we are the record (objections, restrictions, holds) silence means no; elsewhere what was never learned is left out and stays unknown, which
refuses. Four statements for any number of people. Who was merged is one: of what was said under two names, the more protective counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import psycopg

from upheld.language.promises.facts import AGE_BELOW, AGE_LEAST, BIRTH_DATE, RESTRICTED
from upheld.language.promises.model import Facts, Kind, Name
from upheld.records.people.decisions import one_person

AGE_KNOWN = Name(Kind.FACT, "age-known")
OBJECTED = Name(Kind.FACT, "objected")
HOLD_OPEN = Name(Kind.FACT, "hold-open")

LATEST_CHOICES = """
SELECT DISTINCT ON (subject, choice) subject, choice, answer, until FROM person_choice WHERE subject = ANY(%s)
ORDER BY subject, choice, serial DESC
"""
CASES = """
SELECT s, EXISTS (SELECT FROM person_objection o WHERE o.subject = s AND o.ended_at IS NULL),
       ARRAY(SELECT DISTINCT purpose FROM person_objection o WHERE o.subject = s AND o.ended_at IS NULL),
       EXISTS (SELECT FROM person_restriction r WHERE r.subject = s AND r.lifted_at IS NULL),
       EXISTS (SELECT FROM hold_subject JOIN hold ON hold.id = hold_subject.hold
               WHERE hold_subject.subject = s AND hold.ended_at IS NULL AND hold.until > %s),
       born, least, below
FROM unnest(%s::text[]) AS s LEFT JOIN person_age ON person_age.subject = s
"""


def objected_to(purpose: str) -> Name:
    """The fact that the person objects to this one purpose."""
    return Name(Kind.FACT, f"objected-{purpose}")


def facts_of(connection: psycopg.Connection, subject: str, today: date) -> Facts:
    """What is known of one person on this day."""
    return facts_of_many(connection, [subject], today)[subject]


def facts_of_many(connection: psycopg.Connection, subjects: Sequence[str], today: date) -> dict[str, Facts]:
    """What is known of these people on this day, by ref; of an unknown ref only what silence says."""
    joined = one_person(connection, subjects)
    alone = _alone(connection, sorted({ref for refs in joined.values() for ref in refs}), today)
    return {ref: _joined([alone[one] for one in refs]) for ref, refs in joined.items()}


def _joined(each: Sequence[Facts]) -> Facts:
    """One person's facts out of those of her names: a no beats a yes, the earlier end and the lower age count, and what contradicts is unknown."""
    if len(each) == 1:
        return each[0]
    found: dict[Name, bool | date | int | str | None] = {}
    for name in dict.fromkeys(name for facts in each for name in facts):
        said = [facts[name] for facts in each if name in facts]
        if name.kind is Kind.CHOICE:
            days = [value for value in said if isinstance(value, date)]
            found[name] = False if False in said else min(days) if days else True
        elif name in (OBJECTED, RESTRICTED, HOLD_OPEN, AGE_KNOWN) or name.id.startswith(f"{OBJECTED.id}-"):
            found[name] = any(said)
        elif name == BIRTH_DATE:
            found[name] = max(value for value in said if isinstance(value, date))
        elif name in (AGE_LEAST, AGE_BELOW):
            found[name] = min(value for value in said if isinstance(value, int))
        elif len(set(said)) == 1:
            found[name] = said[0]
    return found


def _alone(connection: psycopg.Connection, refs: list[str], today: date) -> dict[str, Facts]:
    """What was said under each ref by itself."""
    found: dict[str, dict[Name, bool | date | int | str | None]] = {}
    for ref, objected, purposes, restricted, held, born, least, below in connection.execute(CASES, [today, refs]).fetchall():
        facts: dict[Name, bool | date | int | str | None] = {OBJECTED: objected, RESTRICTED: restricted, HOLD_OPEN: held}
        facts |= {objected_to(purpose): True for purpose in purposes}
        ages = {BIRTH_DATE: born, AGE_LEAST: least, AGE_BELOW: below}
        facts |= {name: value for name, value in ages.items() if value is not None}
        if any(value is not None for value in ages.values()):
            facts[AGE_KNOWN] = True
        found[ref] = facts
    for ref, choice, answer, until in connection.execute(LATEST_CHOICES, [refs]).fetchall():
        found[ref][Name(Kind.CHOICE, choice)] = until if answer and until is not None else answer
    for ref, kind, name, truth, day in connection.execute(
        "SELECT subject, kind, name, truth, day FROM person_fact WHERE subject = ANY(%s)", [refs]
    ).fetchall():
        found[ref][Name(Kind(kind), name)] = day if truth is None else truth
    return dict(found)
