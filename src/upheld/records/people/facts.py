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
OPTED_OUT = Name(Kind.FACT, "opted-out")
DISPUTED = Name(Kind.FACT, "disputed")
ANY_SAYS = (OBJECTED, RESTRICTED, HOLD_OPEN, AGE_KNOWN, OPTED_OUT, DISPUTED)
MARKETING = "direct-marketing"  # an objection to it is absolute: whoever made it is opted out

LATEST_CHOICES = """
SELECT DISTINCT ON (subject, choice) subject, choice, answer, until FROM person_choice WHERE subject = ANY(%s)
ORDER BY subject, choice, serial DESC
"""
# An objection counts while it is looked into and once it is upheld; where a contract stands against it, again from the day that the contract ends.
CASES = """
SELECT s, EXISTS (SELECT FROM objections o WHERE o.subject = s AND (%(purposes)s::text[] IS NULL OR o.purpose = ANY(%(purposes)s))),
       ARRAY(SELECT DISTINCT purpose FROM objections o WHERE o.subject = s),
       EXISTS (SELECT FROM person_restriction r WHERE r.subject = s AND r.lifted_at IS NULL
               AND (r.purposes IS NULL OR %(purposes)s::text[] IS NULL OR r.purposes && %(purposes)s)
               AND (r.data IS NULL OR %(data)s::text[] IS NULL OR r.data && %(data)s)),
       EXISTS (SELECT FROM hold_subject JOIN hold ON hold.id = hold_subject.hold
               WHERE hold_subject.subject = s AND hold.ended_at IS NULL AND hold.until > %(today)s),
       ARRAY(SELECT DISTINCT about FROM person_dispute d WHERE d.subject = s AND d.ended_at IS NULL),
       born, least, below
FROM unnest(%(refs)s::text[]) AS s LEFT JOIN person_age ON person_age.subject = s
"""
OBJECTIONS = """
WITH objections AS (SELECT subject, purpose FROM person_objection
                    WHERE subject = ANY(%(refs)s) AND ended_at IS NULL AND (excepted_until IS NULL OR excepted_until <= %(today)s))
"""


def objected_to(purpose: str) -> Name:
    """The fact that the person objects to this one purpose."""
    return Name(Kind.FACT, f"objected-{purpose}")


def disputed(about: str) -> Name:
    """The fact that the person disputes data of this category (or named column)."""
    return Name(Kind.FACT, f"disputed-{about}")


def facts_of(connection: psycopg.Connection, subject: str, today: date, purposes: Sequence[str] | None = None,
             data: Sequence[str] | None = None) -> Facts:  # fmt: skip
    """What is known of one person on this day. See `facts_of_many`."""
    return facts_of_many(connection, [subject], today, purposes, data)[subject]


def facts_of_many(connection: psycopg.Connection, subjects: Sequence[str], today: date, purposes: Sequence[str] | None = None,
                  data: Sequence[str] | None = None) -> dict[str, Facts]:  # fmt: skip
    """What is known of these people on this day, by ref; of an unknown ref only what silence says.

    `purposes`, `data`: of the flow that is asked for. An objection to another purpose, and a restriction of other purposes or data, do not count then;
    without them every one counts, which is the more protective reading.
    """
    joined = one_person(connection, subjects)
    about = (list(purposes) if purposes is not None else None, list(data) if data is not None else None)
    alone = _alone(connection, sorted({ref for refs in joined.values() for ref in refs}), today, *about)
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
        elif name in ANY_SAYS or name.id.startswith((f"{OBJECTED.id}-", f"{DISPUTED.id}-")):
            found[name] = any(said)
        elif name == BIRTH_DATE:
            found[name] = max(value for value in said if isinstance(value, date))
        elif name in (AGE_LEAST, AGE_BELOW):
            found[name] = min(value for value in said if isinstance(value, int))
        elif len(set(said)) == 1:
            found[name] = said[0]
    return found


def _alone(
    connection: psycopg.Connection, refs: list[str], today: date, purposes: list[str] | None, data: list[str] | None
) -> dict[str, Facts]:
    """What was said under each ref by itself."""
    found: dict[str, dict[Name, bool | date | int | str | None]] = {}
    given = {"today": today, "refs": refs, "purposes": purposes, "data": data}
    for ref, objected, to, restricted, held, disputes, born, least, below in connection.execute(OBJECTIONS + CASES, given):
        facts: dict[Name, bool | date | int | str | None] = {OBJECTED: objected, RESTRICTED: restricted, HOLD_OPEN: held}
        facts |= {OPTED_OUT: MARKETING in to, DISPUTED: bool(disputes)}
        # Of what the flow names we are the record, too: silence means no.
        facts |= {objected_to(one): False for one in purposes or ()} | {disputed(one): False for one in data or ()}
        facts |= {objected_to(purpose): True for purpose in to} | {disputed(about): True for about in disputes}
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
